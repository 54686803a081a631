//! The layout of vector files: a value that fits on the rest of its line is written on one line.

use serde_json::Value;

/// Longest line, in bytes.
const WIDTH: usize = 150;

/// Lays out the text of a vector file; the values and their order stay the same.
///
/// # Errors
///
/// If the text is not JSON.
pub fn format_file(text: &str) -> Result<String, serde_json::Error> {
    let value: Value = serde_json::from_str(text)?;
    let mut out = String::new();
    write(&value, 0, 0, true, &mut out);
    out.push('\n');
    Ok(out)
}

/// Writes `value`, of whose line `used` columns are taken; `breaks` forces one line for each
/// element.
fn write(value: &Value, indent: usize, used: usize, breaks: bool, out: &mut String) {
    let line = inline(value);
    if !breaks && used + line.len() <= WIDTH {
        out.push_str(&line);
        return;
    }
    let pad = "  ".repeat(indent + 1);
    match value {
        Value::Array(list) if !list.is_empty() => {
            out.push('[');
            for (i, item) in list.iter().enumerate() {
                out.push_str(if i == 0 { "\n" } else { ",\n" });
                out.push_str(&pad);
                write(
                    item,
                    indent + 1,
                    pad.len(),
                    item.get("steps").is_some() || item.get("events").is_some(),
                    out,
                );
            }
            close(indent, ']', out);
        }
        Value::Object(map) if !map.is_empty() => {
            out.push('{');
            for (i, (key, item)) in map.iter().enumerate() {
                let label = format!("{}: ", Value::String(key.clone()));
                out.push_str(if i == 0 { "\n" } else { ",\n" });
                out.push_str(&pad);
                out.push_str(&label);
                let breaks = matches!(key.as_str(), "cases" | "steps") && item.is_array();
                write(item, indent + 1, pad.len() + label.len() + 1, breaks, out);
            }
            close(indent, '}', out);
        }
        _ => out.push_str(&line),
    }
}

fn close(indent: usize, bracket: char, out: &mut String) {
    out.push('\n');
    out.push_str(&"  ".repeat(indent));
    out.push(bracket);
}

fn inline(value: &Value) -> String {
    match value {
        Value::Array(list) => format!(
            "[{}]",
            list.iter().map(inline).collect::<Vec<_>>().join(", ")
        ),
        Value::Object(map) => {
            let fields = map
                .iter()
                .map(|(k, v)| format!("{}: {}", Value::String(k.clone()), inline(v)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

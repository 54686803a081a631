//! Matrix expansion: one case as it is written becomes one JSON object for each combination of its axes.

use serde_json::{Map, Value};

/// Most cases one matrix may make.
const MAX_CASES: usize = 100_000;

/// What one JSON value costs beside its text, in bytes of memory.
const VALUE: usize = 64;

/// How much the expansion of a file may still grow: a few lines can multiply without end.
#[derive(Debug)]
pub(crate) struct Room(usize);

impl Room {
    pub(crate) const MOST: usize = 64 << 20;

    pub(crate) fn new() -> Room {
        Room(Self::MOST)
    }

    pub(crate) fn take(&mut self, bytes: usize) -> Result<(), String> {
        self.0 = self
            .0
            .checked_sub(bytes)
            .ok_or_else(|| format!("makes more than {} MiB", Self::MOST >> 20))?;
        Ok(())
    }
}

/// One combination, its names filled in.
#[derive(Debug)]
pub(crate) struct Expanded {
    pub(crate) id: String,
    pub(crate) json: Map<String, Value>,
    pub(crate) autobahn: Vec<String>,
}

/// An axis: its name, and label and value of each of its points.
type Axis = (String, Vec<(String, Value)>);

/// Expands a case. The error names a field and says what is wrong with it.
pub(crate) fn expand(
    source: &Map<String, Value>,
    room: &mut Room,
) -> Result<Vec<Expanded>, (String, String)> {
    let fault = |field: &str, message: String| (field.to_owned(), message);
    let id = source
        .get("id")
        .and_then(Value::as_str)
        .ok_or_else(|| fault("id", "missing".into()))?;
    let axes = match source.get("matrix") {
        None => Vec::new(),
        Some(Value::Object(matrix)) => matrix
            .iter()
            .map(|(name, points)| {
                axis(name, points)
                    .map(|p| (name.clone(), p))
                    .map_err(|m| fault("matrix", m))
            })
            .collect::<Result<Vec<Axis>, _>>()?,
        Some(_) => return Err(fault("matrix", "must be an object".into())),
    };
    for (name, _) in &axes {
        if !id.contains(&format!("{{{name}}}")) {
            return Err(fault(
                "id",
                format!("the axis `{name}` does not stand in the id"),
            ));
        }
    }
    if axes
        .iter()
        .try_fold(1, |cases: usize, (_, p)| cases.checked_mul(p.len()))
        .is_none_or(|n| n > MAX_CASES)
    {
        return Err(fault("matrix", format!("more than {MAX_CASES} cases")));
    }
    let cases: usize = axes.iter().map(|(_, p)| p.len()).product();
    let repeated = VALUE * axes.len() + source.get("autobahn").map_or(0, cost);
    room.take(cases.saturating_mul(repeated))
        .map_err(|m| fault("matrix", m))?;
    let except = exceptions(source, &axes).map_err(|m| fault("except", m))?;
    let mut found = Vec::new();
    for point in combinations(&axes) {
        let labels: Vec<&str> = point.iter().map(|(_, label, _)| *label).collect();
        if except.iter().any(|out| {
            out.iter()
                .all(|(axis, label)| point.iter().any(|(n, l, _)| n == axis && l == label))
        }) {
            continue;
        }
        let mut full_id = id.to_owned();
        for (name, label, _) in &point {
            full_id = full_id.replace(&format!("{{{name}}}"), label);
        }
        room.take(full_id.len()).map_err(|m| fault("id", m))?;
        let autobahn = autobahn(source.get("autobahn"), &labels.join("-"))
            .map_err(|m| fault("autobahn", m))?;
        let mut json = Map::new();
        for (key, value) in source {
            let filled = match key.as_str() {
                "id" => Value::String(full_id.clone()),
                "matrix" | "except" | "autobahn" => Value::Null,
                _ => fill(value, &point, room).map_err(|m| fault(key, m))?,
            };
            json.insert(key.clone(), filled);
        }
        found.push(Expanded {
            id: full_id,
            json,
            autobahn,
        });
    }
    if let Some(Value::Object(map)) = source.get("autobahn") {
        let known: Vec<String> = combinations(&axes)
            .iter()
            .map(|p| p.iter().map(|x| x.1).collect::<Vec<_>>().join("-"))
            .collect();
        if let Some(label) = map.keys().find(|label| !known.contains(label)) {
            return Err(fault(
                "autobahn",
                format!("the matrix has no combination `{label}`"),
            ));
        }
    }
    Ok(found)
}

fn axis(name: &str, points: &Value) -> Result<Vec<(String, Value)>, String> {
    let points: Vec<(String, Value)> = match points {
        Value::Object(map) => map.iter().map(|(l, v)| (l.clone(), v.clone())).collect(),
        Value::Array(list) => list
            .iter()
            .map(|v| label(v).map(|l| (l, v.clone())))
            .collect::<Result<_, _>>()?,
        _ => return Err(format!("the axis `{name}` is neither a list nor an object")),
    };
    if points.is_empty() {
        return Err(format!("the axis `{name}` is empty"));
    }
    let sound = |l: &str| {
        !l.is_empty()
            && l.bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-._".contains(&b))
    };
    match points.iter().find(|(l, _)| !sound(l)) {
        Some((bad, _)) => Err(format!(
            "the axis `{name}` has the label `{bad}`, which cannot stand in an id"
        )),
        None => Ok(points),
    }
}

/// The label of a value in a list.
fn label(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(n) => Ok(n.to_string()),
        Value::Bool(b) => Ok(b.to_string()),
        Value::Array(list) if list.is_empty() => Ok("none".into()),
        Value::Array(list) => Ok(list
            .iter()
            .map(label)
            .collect::<Result<Vec<_>, _>>()?
            .join("-")),
        other => Err(format!(
            "{other} needs a label: write the axis as an object"
        )),
    }
}

fn exceptions<'a>(
    source: &'a Map<String, Value>,
    axes: &[Axis],
) -> Result<Vec<Vec<(&'a str, String)>>, String> {
    let Some(list) = source.get("except") else {
        return Ok(Vec::new());
    };
    let list = list.as_array().ok_or("must be a list")?;
    let mut found = Vec::new();
    for out in list {
        let mut one = Vec::new();
        for (name, value) in out.as_object().ok_or("must be a list of objects")? {
            let label = label(value)?;
            let known = axes
                .iter()
                .any(|(n, points)| n == name && points.iter().any(|(l, _)| *l == label));
            if !known {
                return Err(format!("the axis `{name}` has no `{label}`"));
            }
            one.push((name.as_str(), label));
        }
        found.push(one);
    }
    Ok(found)
}

fn autobahn(source: Option<&Value>, labels: &str) -> Result<Vec<String>, String> {
    match source {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(id)) => Ok(vec![id.clone()]),
        Some(Value::Array(ids)) => ids
            .iter()
            .map(|id| {
                id.as_str()
                    .map(str::to_owned)
                    .ok_or_else(|| "ids are strings".to_owned())
            })
            .collect(),
        Some(Value::Object(by_label)) => autobahn(by_label.get(labels), labels),
        Some(_) => Err("is an id, a list of ids, or an object from label to id".into()),
    }
}

/// One point of the matrix: axis, label and value, in the order of the axes.
type Point<'a> = Vec<(&'a str, &'a str, &'a Value)>;

fn combinations(axes: &[Axis]) -> Vec<Point<'_>> {
    axes.iter()
        .fold(vec![Vec::new()], |rows: Vec<Point<'_>>, (name, points)| {
            rows.iter()
                .flat_map(|row| {
                    points.iter().map(move |(label, value)| {
                        let mut row = row.clone();
                        row.push((name.as_str(), label.as_str(), value));
                        row
                    })
                })
                .collect()
        })
}

/// Replaces declared names in `value`.
fn fill(value: &Value, point: &Point<'_>, room: &mut Room) -> Result<Value, String> {
    room.take(VALUE)?;
    Ok(match value {
        Value::String(text) => fill_text(text, point, room)?,
        Value::Array(list) => {
            let mut filled = Vec::new();
            for item in list {
                match (item, fill(item, point, room)?) {
                    // Alone in a list, a name that stands for a list splices it.
                    (Value::String(_), Value::Array(many)) => filled.extend(many),
                    (_, one) => filled.push(one),
                }
            }
            Value::Array(filled)
        }
        Value::Object(map) => {
            let mut filled = Map::new();
            for (key, value) in map {
                let key = match fill_text(key, point, room)? {
                    Value::String(text) => text,
                    other => {
                        return Err(format!("`{key}` stands for {other}, which cannot be a key"));
                    }
                };
                filled.insert(key, fill(value, point, room)?);
            }
            Value::Object(filled)
        }
        other => other.clone(),
    })
}

fn fill_text(text: &str, point: &Point<'_>, room: &mut Room) -> Result<Value, String> {
    if let Some(name) = text.strip_prefix('{').and_then(|t| t.strip_suffix('}'))
        && let Some(value) = look_up(name, point)?
    {
        room.take(cost(value))?;
        return Ok(value.clone());
    }
    room.take(text.len())?;
    let mut filled = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('{') {
        filled.push_str(&rest[..start]);
        rest = &rest[start..];
        let found = match rest.find('}') {
            Some(end) => look_up(&rest[1..end], point)?.map(|v| (v, end)),
            None => None,
        };
        if let Some((value, end)) = found {
            let label = label(value)?;
            room.take(label.len())?;
            filled.push_str(&label);
            rest = &rest[end + 1..];
        } else {
            filled.push('{');
            rest = &rest[1..];
        }
    }
    filled.push_str(rest);
    Ok(Value::String(filled))
}

/// The memory of a value.
fn cost(value: &Value) -> usize {
    VALUE
        + match value {
            Value::String(text) => text.len(),
            Value::Array(list) => list.iter().map(cost).sum(),
            Value::Object(map) => map.iter().map(|(key, value)| key.len() + cost(value)).sum(),
            _ => 0,
        }
}

/// The value of `axis` or `axis.field`; `None` if no axis is called so.
fn look_up<'a>(name: &str, point: &Point<'a>) -> Result<Option<&'a Value>, String> {
    let (axis, field) = name
        .split_once('.')
        .map_or((name, None), |(a, f)| (a, Some(f)));
    let Some((_, label, value)) = point.iter().find(|(n, _, _)| *n == axis) else {
        return Ok(None);
    };
    match field {
        None => Ok(Some(value)),
        Some(field) => value
            .get(field)
            .map(Some)
            .ok_or_else(|| format!("`{label}` of the axis `{axis}` has no `{field}`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ids(source: &Value) -> Result<Vec<String>, (String, String)> {
        expand(source.as_object().unwrap(), &mut Room::new())
            .map(|list| list.into_iter().map(|e| e.id).collect())
    }

    #[test]
    fn values_keep_their_type_and_lists_are_spliced() {
        let source = json!({"id": "x-{a}-{b}", "matrix": {"a": {"one": [1, 2]}, "b": [true]},
            "steps": ["{a}", "{c}", {"{b}x": "<{b}>"}], "n": "{a}"});
        let one = &expand(source.as_object().unwrap(), &mut Room::new()).unwrap()[0].json;
        assert_eq!(one["steps"], json!([1, 2, "{c}", {"truex": "<true>"}]));
        assert_eq!(one["n"], json!([1, 2]));
        assert_eq!(one["id"], "x-one-true");
    }

    #[test]
    fn a_few_lines_do_not_multiply_without_end() {
        let axes: Map<String, Value> = (0..64).map(|n| (format!("a{n}"), json!([1, 2]))).collect();
        let id = axes
            .keys()
            .map(|name| format!("{{{name}}}"))
            .collect::<Vec<_>>()
            .concat();
        assert_eq!(
            ids(&json!({"id": id, "matrix": axes})).unwrap_err().0,
            "matrix"
        );
        let many: Vec<u64> = (0..10_000).collect();
        let text = "x".repeat(40_000);
        assert_eq!(
            ids(&json!({"id": "{a}", "matrix": {"a": many}, "about": text}))
                .unwrap_err()
                .0,
            "about"
        );
    }

    #[test]
    fn every_axis_stands_in_the_id_and_exceptions_are_left_out() {
        assert_eq!(
            ids(&json!({"id": "x", "matrix": {"a": [1]}}))
                .unwrap_err()
                .0,
            "id"
        );
        let source = json!({"id": "{a}.{b}", "matrix": {"a": [1, 2], "b": [3, 4]}, "except": [{"a": 1, "b": 4}]});
        assert_eq!(ids(&source).unwrap(), ["1.3", "2.3", "2.4"]);
        let unknown = json!({"id": "{a}", "matrix": {"a": [1]}, "autobahn": {"2": "1.1.1"}});
        assert_eq!(ids(&unknown).unwrap_err().0, "autobahn");
    }
}

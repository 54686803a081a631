//! Heads of a case as the bytes of HTTP/1.1.

use wsspec_core::Role;
use wsspec_vectors::{FieldValue, Head};

use super::super::fields::{field_lines, lines_of, overridden};
use super::super::names::Names;

/// The bytes of the opening request.
pub(super) fn request(head: &Head, names: &Names<'_>) -> Vec<u8> {
    let start = format!(
        "{} {} {}",
        names.fill(head.method.as_deref().unwrap_or("GET")),
        names.fill(head.target.as_deref().unwrap_or("{target}")),
        head.version.as_deref().unwrap_or("HTTP/1.1"),
    );
    let mut fields = lines_of(&[
        ("Host", "{host}"),
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Key", "{key}"),
        ("Sec-WebSocket-Version", "13"),
    ]);
    fields.extend(
        names
            .setup
            .headers
            .iter()
            .map(|(n, v)| (n.clone(), FieldValue::Lines(vec![v.clone()]))),
    );
    write_head(head, &start, fields, names)
}

/// The bytes of the answer to a request.
pub(super) fn response(head: &Head, names: &Names<'_>) -> Vec<u8> {
    let status = head.status.unwrap_or(101);
    let usual = match status {
        100 => "Continue",
        101 => "Switching Protocols",
        200 => "OK",
        204 => "No Content",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        404 => "Not Found",
        426 => "Upgrade Required",
        500 => "Internal Server Error",
        _ => "Status",
    };
    let version = head.version.as_deref().unwrap_or("HTTP/1.1");
    let start = format!(
        "{version} {status} {}",
        head.reason.as_deref().unwrap_or(usual)
    );
    let fields = lines_of(&[
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Accept", "{accept}"),
    ]);
    write_head(head, &start, fields, names)
}

fn write_head(
    head: &Head,
    start: &str,
    usual: Vec<(String, FieldValue)>,
    names: &Names<'_>,
) -> Vec<u8> {
    if let Some(raw) = &head.raw {
        return match std::str::from_utf8(&raw.bytes()) {
            Ok(text) => names.fill(text).into_bytes(),
            Err(_) => raw.bytes(),
        };
    }
    let mut out = Lines {
        bytes: Vec::new(),
        end: head.eol.text().as_bytes(),
    };
    if let Some(lines) = &head.lines {
        write_lines(lines, names, &mut out);
    } else {
        out.line(start.as_bytes());
        for (name, value) in overridden(usual, head) {
            write_field(&names.fill(&name), &value, names, &mut out);
        }
    }
    if !head.unfinished {
        out.line(b"");
    }
    out.bytes
}

/// Lines with the line end of a head.
struct Lines<'a> {
    bytes: Vec<u8>,
    end: &'a [u8],
}

impl Lines<'_> {
    fn line(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.bytes.extend_from_slice(self.end);
    }

    fn field(&mut self, name: &str, value: &[u8]) {
        self.line(&[name.as_bytes(), b": ", value].concat());
    }
}

/// The lines that a case writes out, and the fields that every request of the run carries, unless
/// they stand there.
fn write_lines(lines: &[String], names: &Names<'_>, out: &mut Lines<'_>) {
    for text in lines {
        out.line(names.fill(text).as_bytes());
    }
    if names.setup.target != Role::Server {
        return;
    }
    for (name, value) in &names.setup.headers {
        let written = lines.iter().any(|line| {
            line.split(':')
                .next()
                .is_some_and(|written| written.trim().eq_ignore_ascii_case(name))
        });
        if !written {
            out.field(name, value.as_bytes());
        }
    }
}

fn write_field(name: &str, value: &FieldValue, names: &Names<'_>, out: &mut Lines<'_>) {
    for line in field_lines(value, names) {
        out.field(name, &line);
    }
}

/// Whether a conforming server can answer this request with nothing but a plain 101.
pub(super) fn is_plain(head: &Head) -> bool {
    let whole = head.lines.is_none()
        && head.raw.is_none()
        && head.method.is_none()
        && head.version.is_none();
    whole && !names_field(head, "sec-websocket-key") && !names_field(head, "upgrade")
}

/// Whether a field of the head has a name that begins like this.
fn names_field(head: &Head, beginning: &str) -> bool {
    head.headers.iter().any(|(name, _)| {
        name.get(..beginning.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(beginning))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_request_leaves_a_server_nothing_to_object_to() {
        let with = |name: &str| Head {
            headers: lines_of(&[(name, "x")]),
            ..Head::default()
        };
        for plain in [
            Head::default(),
            with("Origin"),
            with("Sec-WebSocket-Protocol"),
            with("Up"),
        ] {
            assert!(is_plain(&plain), "{plain:?}");
        }
        let some = || Some("x".to_owned());
        for odd in [
            with("Upgrade"),
            with("SEC-WEBSOCKET-KEY"),
            Head {
                lines: Some(Vec::new()),
                ..Head::default()
            },
            Head {
                method: some(),
                ..Head::default()
            },
            Head {
                version: some(),
                ..Head::default()
            },
        ] {
            assert!(!is_plain(&odd), "{odd:?}");
        }
    }
}

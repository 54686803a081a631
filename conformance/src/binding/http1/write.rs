//! Heads of a case as bytes, and what the names in braces stand for.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};
use wsspec_core::Role;
use wsspec_core::dissect::hex_digits;
use wsspec_core::handshake::{GUID, accept_for};
use wsspec_vectors::{FieldValue, Head};

use crate::exchange::Setup;

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

/// The usual fields, replaced and extended by those of the case.
fn overridden(mut fields: Vec<(String, FieldValue)>, head: &Head) -> Vec<(String, FieldValue)> {
    for (name, value) in &head.headers {
        match fields
            .iter_mut()
            .find(|(usual, _)| usual.eq_ignore_ascii_case(name))
        {
            Some(field) => *field = (name.clone(), value.clone()),
            None => fields.push((name.clone(), value.clone())),
        }
    }
    fields
}

fn write_field(name: &str, value: &FieldValue, names: &Names<'_>, out: &mut Lines<'_>) {
    match value {
        FieldValue::Removed => {}
        FieldValue::Lines(values) => {
            for value in values {
                out.field(name, names.fill(value).as_bytes());
            }
        }
        FieldValue::Times(value, times) => {
            for _ in 0..*times {
                out.field(name, names.fill(value).as_bytes());
            }
        }
        FieldValue::Made(payload) => out.field(name, &payload.bytes()),
    }
}

fn lines_of(fields: &[(&str, &str)]) -> Vec<(String, FieldValue)> {
    fields
        .iter()
        .map(|(name, value)| {
            (
                (*name).to_owned(),
                FieldValue::Lines(vec![(*value).to_owned()]),
            )
        })
        .collect()
}

/// Digest of the key and a GUID, as Sec-WebSocket-Accept wants it.
fn hash(text: &[u8], guid: &str) -> impl AsRef<[u8]> {
    Sha1::new().chain_update(text).chain_update(guid).finalize()
}

/// What the names in braces stand for.
#[derive(Clone, Copy)]
pub(super) struct Names<'a> {
    pub(super) setup: &'a Setup,
    /// The Sec-WebSocket-Key of the conversation.
    pub(super) key: &'a str,
}

impl Names<'_> {
    pub(super) fn fill(&self, text: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let found = after
                .split_once('}')
                .and_then(|(name, tail)| self.value(name).map(|v| (v, tail)));
            if let Some((value, tail)) = found {
                filled.push_str(&value);
                rest = tail;
            } else {
                filled.push('{');
                rest = after;
            }
        }
        filled + rest
    }

    fn value(&self, name: &str) -> Option<String> {
        let key = self.key;
        Some(match name {
            "host" => self.setup.host.clone(),
            "target" => self.setup.resource.clone(),
            "key" => key.to_owned(),
            "accept" => accept_for(key),
            "accept.other-key" => accept_for(&accept_for(key)),
            "accept.lower" => accept_for(key).to_lowercase(),
            "accept.hex" => hex_digits(hash(key.as_bytes(), GUID).as_ref()),
            "accept.no-guid" => STANDARD.encode(hash(key.as_bytes(), "")),
            "accept.wrong-guid" => STANDARD.encode(hash(
                key.as_bytes(),
                &GUID.replacen("258EAFA5", "258EAF5", 1),
            )),
            "accept.decoded-key" => {
                STANDARD.encode(hash(&STANDARD.decode(key).unwrap_or_default(), GUID))
            }
            _ => return None,
        })
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

    /// The key and the hash of RFC 6455 §1.3; the others were computed apart.
    #[test]
    fn every_name_stands_for_what_the_language_says() {
        let setup = Setup::new(Role::Server, "example.org:9001", "/chat");
        let names = Names {
            setup: &setup,
            key: "dGhlIHNhbXBsZSBub25jZQ==",
        };
        for (text, filled) in [
            ("{host}{target}", "example.org:9001/chat"),
            ("{key}", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("{accept}", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
            ("{accept.other-key}", "kpDBBn8VZvTYhWdv53B3QZyq2Ac="),
            ("{accept.lower}", "s3pplmbitxaq9kygzzhzrbk+xoo="),
            ("{accept.hex}", "b37a4f2cc0624f1690f64606cf385945b2bec4ea"),
            ("{accept.no-guid}", "hHLtf2V1k8aDQZfNjw3Ia1hCwt0="),
            ("{accept.wrong-guid}", "KN2CsFkOBHmr0YG6dJaSCImFV4Y="),
            ("{accept.decoded-key}", "BXhwxM0SZasKmCD9S4BfpPmCnEw="),
            ("{nothing} {", "{nothing} {"),
        ] {
            assert_eq!(names.fill(text), filled);
        }
    }

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

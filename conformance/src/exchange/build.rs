//! Turns frames and heads of a case into bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};
use wsspec_core::Role;
use wsspec_core::deflate::message::Deflator;
use wsspec_core::dissect::hex_digits;
use wsspec_core::frame::{FrameWriter, Opcode};
use wsspec_core::handshake::{Extension, GUID, HeadReader, accept_for};
use wsspec_core::violation::ViolationSet;

use super::Setup;
use wsspec_vectors::{Content, FieldValue, Fragments, Frame, Head, Mask, SplitMix64};

/// RSV1, the mark of a compressed message.
const RSV1: u8 = 4;

/// The bytes of a frame, or of a message in fragments, as `sender` sends it. Without a deflator, because compression
/// was not agreed on, nothing is compressed.
pub fn frame_bytes(
    frame: &Frame,
    sender: Role,
    random: &mut SplitMix64,
    deflator: Option<&mut Deflator>,
) -> Vec<u8> {
    let (opcode, mut payload) = match &frame.content {
        Content::Raw(payload) => return payload.bytes(),
        Content::Payload(opcode, payload) => (*opcode, payload.bytes()),
        Content::Close(body) => (Opcode::CLOSE, body.bytes()),
    };
    let mut first_rsv = frame.rsv;
    if let Some(deflator) = deflator.filter(|_| frame.deflate) {
        payload = deflator.message(&payload);
        first_rsv |= RSV1;
    }
    let pieces = match &frame.fragments {
        None => vec![payload.as_slice()],
        Some(fragments) => cut(&payload, fragments),
    };
    let masked = sender.masks() == (frame.mask == Mask::Right);
    let mut bytes = Vec::new();
    let last = pieces.len() - 1;
    for (i, piece) in pieces.into_iter().enumerate() {
        let key = masked.then(|| {
            frame
                .key
                .unwrap_or_else(|| (random.next() as u32).to_le_bytes())
        });
        let opcode = if i == 0 { opcode } else { Opcode::CONTINUATION };
        let rsv = if i == 0 { first_rsv } else { 0 };
        let mut writer = FrameWriter::new(opcode, piece)
            .fin(i == last && frame.fin)
            .rsv(rsv)
            .mask(key);
        if let Some(length) = frame.length {
            writer = writer.length(length);
        }
        if let Some(form) = frame.form {
            writer = writer.form(form);
        }
        writer.write(&mut bytes);
        if let Some(between) = frame.between.as_ref().filter(|_| i < last) {
            bytes.extend(frame_bytes(between, sender, random, None));
        }
    }
    if let Some(cut) = frame.cut {
        bytes.truncate(cut);
    }
    bytes
}

fn cut<'a>(payload: &'a [u8], fragments: &Fragments) -> Vec<&'a [u8]> {
    match fragments {
        Fragments::Each(_) if payload.is_empty() => vec![payload],
        Fragments::Each(size) => payload.chunks(*size).collect(),
        Fragments::Sizes(sizes) => {
            let mut pieces = Vec::new();
            let mut rest = payload;
            for size in sizes {
                let (piece, left) = rest.split_at((*size).min(rest.len()));
                pieces.push(piece);
                rest = left;
            }
            pieces.push(rest);
            pieces
        }
    }
}

/// The bytes of the opening request.
pub fn request(head: &Head, setup: &Setup, key: &str) -> Vec<u8> {
    let names = Names { setup, key };
    let start = format!(
        "{} {} {}",
        names.fill(head.method.as_deref().unwrap_or("GET")),
        names.fill(head.target.as_deref().unwrap_or("{target}")),
        head.version.as_deref().unwrap_or("HTTP/1.1"),
    );
    let mut fields: Vec<(String, FieldValue)> = [
        ("Host", "{host}"),
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Key", "{key}"),
        ("Sec-WebSocket-Version", "13"),
    ]
    .into_iter()
    .map(|(n, v)| (n.to_owned(), FieldValue::Lines(vec![v.to_owned()])))
    .collect();
    fields.extend(
        setup
            .headers
            .iter()
            .map(|(n, v)| (n.clone(), FieldValue::Lines(vec![v.clone()]))),
    );
    write_head(head, &start, fields, &names)
}

/// The bytes of the answer to a request with this key.
pub fn response(head: &Head, setup: &Setup, key: &str) -> Vec<u8> {
    let names = Names { setup, key };
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
    let fields = [
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Accept", "{accept}"),
    ]
    .into_iter()
    .map(|(n, v)| (n.to_owned(), FieldValue::Lines(vec![v.to_owned()])))
    .collect();
    write_head(head, &start, fields, &names)
}

/// What a whole 101 of ours agrees to, whatever else may be wrong with it: its extensions. `None` for another answer.
pub(crate) fn upgrade(response: &[u8]) -> Option<Vec<Extension>> {
    let mut head = HeadReader::response().tolerating(ViolationSet::ALL);
    if head.read(&mut &*response) != Ok(true) {
        return None;
    }
    head.parse_response()
        .ok()
        .filter(|r| r.status == 101)
        .map(|r| r.extensions())
}

fn write_head(
    head: &Head,
    start: &str,
    mut fields: Vec<(String, FieldValue)>,
    names: &Names<'_>,
) -> Vec<u8> {
    if let Some(raw) = &head.raw {
        return match std::str::from_utf8(&raw.bytes()) {
            Ok(text) => names.fill(text).into_bytes(),
            Err(_) => raw.bytes(),
        };
    }
    let eol = head.eol.text().as_bytes();
    let mut out = Vec::new();
    let mut line = |text: &[u8]| {
        out.extend_from_slice(text);
        out.extend_from_slice(eol);
    };
    if let Some(lines) = &head.lines {
        for text in lines {
            line(names.fill(text).as_bytes());
        }
        let stands = |name: &str| {
            lines.iter().any(|l| {
                l.split(':')
                    .next()
                    .is_some_and(|n| n.trim().eq_ignore_ascii_case(name))
            })
        };
        let added = names
            .setup
            .headers
            .iter()
            .filter(|(n, _)| names.setup.target == Role::Server && !stands(n));
        added.for_each(|(n, v)| line(format!("{n}: {v}").as_bytes()));
    } else {
        for (name, value) in &head.headers {
            match fields
                .iter_mut()
                .find(|(n, _)| n.eq_ignore_ascii_case(name))
            {
                Some(field) => *field = (name.clone(), value.clone()),
                None => fields.push((name.clone(), value.clone())),
            }
        }
        line(start.as_bytes());
        for (name, value) in &fields {
            let name = names.fill(name);
            let mut field = |value: &[u8]| line(&[name.as_bytes(), b": ", value].concat());
            match value {
                FieldValue::Removed => {}
                FieldValue::Lines(values) => {
                    values.iter().for_each(|v| field(names.fill(v).as_bytes()))
                }
                FieldValue::Times(value, times) => {
                    (0..*times).for_each(|_| field(names.fill(value).as_bytes()))
                }
                FieldValue::Made(payload) => field(&payload.bytes()),
            }
        }
    }
    if !head.unfinished {
        out.extend_from_slice(eol);
    }
    out
}

/// What the names in braces stand for.
struct Names<'a> {
    setup: &'a Setup,
    key: &'a str,
}

impl Names<'_> {
    fn fill(&self, text: &str) -> String {
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
        let hash =
            |text: &[u8], guid: &str| Sha1::new().chain_update(text).chain_update(guid).finalize();
        Some(match name {
            "host" => self.setup.host.clone(),
            "target" => self.setup.resource.clone(),
            "key" => key.to_owned(),
            "accept" => accept_for(key),
            "accept.other-key" => accept_for(&accept_for(key)),
            "accept.lower" => accept_for(key).to_lowercase(),
            "accept.hex" => hex_digits(&hash(key.as_bytes(), GUID)),
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

/// Fills names in a value that the answer has to have.
pub(crate) fn fill_demand(text: &str, setup: &Setup, key: &str) -> String {
    Names { setup, key }.fill(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key and the hash of RFC 6455 §1.3; the others were computed apart.
    #[test]
    fn every_name_stands_for_what_the_language_says() {
        let setup = Setup::new(Role::Server, "example.org:9001", "/chat");
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
            assert_eq!(
                fill_demand(text, &setup, "dGhlIHNhbXBsZSBub25jZQ=="),
                filled
            );
        }
    }
}

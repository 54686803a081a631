//! Heads between HTTP/1.1 and HTTP/2 or HTTP/3, as a model gateway translates them (RFC 8441 §5).
//!
//! Inside, a model has every head in the form of HTTP/1.1.

use wsspec_core::handshake::Fields;

use super::Habit;
use super::heads::HeadLines;
use crate::binding::Field;
use crate::binding::connect::readable;

/// Fields of HTTP/1.1 that HTTP/2 and HTTP/3 do not have (RFC 9113 §8.2.2, RFC 8441 §5).
const OF_HTTP1: [&str; 7] = [
    "connection",
    "upgrade",
    "host",
    "keep-alive",
    "proxy-connection",
    "sec-websocket-key",
    "transfer-encoding",
];

/// The request of a client; `None` if it is malformed.
pub(super) fn request_of(fields: &[Field], habit: Option<Habit>) -> Option<HeadLines> {
    let fields = well_formed(fields, habit)?;
    let path = fields.get(":path")?;
    let mut head = HeadLines::new(format!("GET {path} HTTP/1.1"));
    head.add("Host", fields.get(":authority").unwrap_or_default());
    head.add("Upgrade", fields.get(":protocol").unwrap_or_default());
    head.add("Connection", "Upgrade");
    take_over(&mut head, &fields, habit);
    Some(head)
}

/// The answer of a server; `None` if it is malformed.
pub(super) fn response_of(fields: &[Field], habit: Option<Habit>) -> Option<HeadLines> {
    let fields = well_formed(fields, habit)?;
    let status: u16 = fields.get(":status")?.parse().ok()?;
    let opens = (200..300).contains(&status);
    let mut head = if opens {
        HeadLines::new("HTTP/1.1 101 Switching Protocols".into())
    } else {
        HeadLines::new(format!("HTTP/1.1 {status} "))
    };
    if opens {
        head.add("Upgrade", "websocket");
        head.add("Connection", "Upgrade");
    } else {
        head.add("Content-Length", "0");
    }
    take_over(&mut head, &fields, habit);
    Some(head)
}

/// The fields, unless they break a rule of HTTP/2 for which a message is malformed.
fn well_formed(fields: &[Field], habit: Option<Habit>) -> Option<Fields<'_>> {
    let splits = fields.iter().any(|(name, value)| {
        name.iter()
            .chain(value)
            .any(|byte| b"\r\n\0".contains(byte))
    });
    let of_http1 = ["connection", "upgrade", "transfer-encoding"]
        .iter()
        .any(|name| readable(fields).count(name) > 0);
    let wrong = splits && habit != Some(Habit::PassesLineEnds)
        || of_http1 && habit != Some(Habit::PassesFieldsOfHttp1);
    (!wrong).then(|| readable(fields))
}

fn take_over(head: &mut HeadLines, fields: &Fields<'_>, habit: Option<Habit>) {
    let mut cookies = Vec::new();
    for (name, value) in fields.iter() {
        let value = String::from_utf8_lossy(value).into_owned();
        if name == "cookie" && habit != Some(Habit::LeavesCookiesApart) {
            cookies.push(value);
        } else if !name.starts_with(':') {
            head.add(name, &value);
        }
    }
    if !cookies.is_empty() {
        // RFC 9113 §8.2.3.
        head.add("Cookie", &cookies.join("; "));
    }
}

/// The extended CONNECT of a request.
pub(super) fn connect(head: &HeadLines, habit: Option<Habit>) -> Vec<Field> {
    let host = head.field("host").cloned().unwrap_or_default();
    let mut fields = vec![
        field(":method", "CONNECT"),
        field(":protocol", "websocket"),
        field(":scheme", "http"),
        field(":path", head.target()),
        field(":authority", &host),
    ];
    if habit == Some(Habit::LosesProtocol) {
        fields.remove(1);
    }
    fields.extend(translated(head, habit));
    fields
}

/// The fields of an answer.
pub(super) fn answer(head: &HeadLines, habit: Option<Habit>) -> Vec<Field> {
    let status = match (head.status(), habit) {
        (Some(101), Some(Habit::Keeps101)) => 101,
        (Some(101), _) => 200,
        (Some(_), Some(Habit::LosesStatus)) => 200,
        // A 2xx that refuses the upgrade would open an extended CONNECT.
        (Some(200..300), habit) if habit != Some(Habit::OpensBy2xx) => 502,
        (status, _) => status.unwrap_or_default(),
    };
    let mut fields = vec![field(":status", &status.to_string())];
    let accept = head.field("sec-websocket-accept");
    fields.extend(translated(head, habit));
    if let (Some(accept), Some(Habit::LeavesAccept)) = (accept, habit) {
        fields.push(field("sec-websocket-accept", accept));
    }
    fields
}

/// The fields that are not of HTTP/1.1 alone.
fn translated(head: &HeadLines, habit: Option<Habit>) -> Vec<Field> {
    head.fields()
        .map(|(name, value)| (name.to_ascii_lowercase(), value))
        .filter(|(name, _)| !is_left_out(name, habit))
        .map(|(name, value)| field(&name, value))
        .collect()
}

fn is_left_out(name: &str, habit: Option<Habit>) -> bool {
    let of_http1 = OF_HTTP1.contains(&name) && habit != Some(Habit::LeavesFieldsOfHttp1);
    of_http1 || ["sec-websocket-accept", "content-length"].contains(&name)
}

fn field(name: &str, value: &str) -> Field {
    (name.into(), value.into())
}

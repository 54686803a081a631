//! Heads of HTTP/1.1 as fields of a stream, and the reverse (RFC 8441 §5).

use wsspec_core::handshake::{HeadReader, accept_for};
use wsspec_core::http2::Field;
use wsspec_core::violation::ViolationSet;

/// The key of every upgrade behind a gateway: it has no meaning for the other side.
const KEY: &str = "d3NzcGVjIGdhdGV3YXk9PQ==";

/// Fields that belong to the connection, or to the upgrade, of HTTP/1.1.
const LEFT_OUT: [&str; 6] = [
    "connection",
    "upgrade",
    "host",
    "sec-websocket-key",
    "sec-websocket-accept",
    "transfer-encoding",
];

/// Reads the head that an endpoint sends.
#[derive(Debug)]
pub(super) struct Head {
    reader: HeadReader,
    complete: bool,
}

/// What an endpoint sent.
pub(super) enum Said {
    /// The head is not complete.
    Nothing,
    /// No head can be made of it.
    Garbage,
    /// The head of a request, and what follows it.
    Request(Request, Vec<u8>),
    /// The status and the fields of a response, and what follows them.
    Response(u16, Vec<Field>, Vec<u8>),
    /// An interim response, and what follows it.
    Interim(u16, Vec<u8>),
    /// More of what follows the head.
    Bytes(Vec<u8>),
}

/// A request, for the fields of a CONNECT.
pub(super) struct Request {
    pub(super) host: String,
    pub(super) path: String,
    pub(super) key: String,
    pub(super) fields: Vec<Field>,
}

impl Head {
    pub(super) fn request() -> Head {
        Head {
            reader: HeadReader::request().tolerating(ViolationSet::ALL),
            complete: false,
        }
    }

    pub(super) fn response() -> Head {
        Head {
            reader: HeadReader::response().tolerating(ViolationSet::ALL),
            complete: false,
        }
    }

    /// Takes what the endpoint says.
    pub(super) fn take(&mut self, bytes: Vec<u8>, client: bool) -> Said {
        if self.complete {
            return Said::Bytes(bytes);
        }
        let mut rest = bytes.as_slice();
        match self.reader.read(&mut rest) {
            Ok(true) => {}
            Ok(false) => return Said::Nothing,
            Err(_) => return Said::Garbage,
        }
        self.complete = true;
        if client {
            let Ok(request) = self.reader.parse_request() else {
                return Said::Garbage;
            };
            let text = |name| request.fields.get(name).unwrap_or_default().to_owned();
            let head = Request {
                host: text("host"),
                path: path(request.target).to_owned(),
                key: text("sec-websocket-key"),
                fields: kept(request.fields.iter()),
            };
            return Said::Request(head, rest.to_vec());
        }
        match self.reader.parse_response() {
            Ok(response) if (100..200).contains(&response.status) && response.status != 101 => {
                let said = Said::Interim(response.status, rest.to_vec());
                *self = Head::response();
                said
            }
            Ok(response) => {
                let fields = kept(response.fields.iter());
                Said::Response(response.status, fields, rest.to_vec())
            }
            Err(_) => Said::Garbage,
        }
    }
}

/// The `:path` that a request target becomes: of an absolute URI, what follows its authority (RFC
/// 9113 §8.3.1).
fn path(target: &str) -> &str {
    if target.starts_with('/') {
        return target;
    }
    let authority = target.split_once("://").map(|(_, rest)| rest);
    authority
        .and_then(|rest| rest.find('/').map(|at| &rest[at..]))
        .unwrap_or(target)
}

fn kept<'a>(fields: impl Iterator<Item = (&'a str, &'a [u8])>) -> Vec<Field> {
    fields
        .map(|(name, value)| (name.to_ascii_lowercase(), value))
        .filter(|(name, _)| !LEFT_OUT.contains(&name.as_str()))
        .map(|(name, value)| (name.into_bytes(), value.to_vec()))
        .collect()
}

/// The upgrade that a CONNECT becomes.
pub(super) fn upgrade(fields: &[Field]) -> Vec<u8> {
    let path = value(fields, b":path");
    let host = value(fields, b":authority").or_else(|| value(fields, b"host"));
    let mut head = [
        b"GET ",
        path.unwrap_or(b"/"),
        b" HTTP/1.1\r\nHost: ",
        host.unwrap_or_default(),
        b"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ",
        KEY.as_bytes(),
        b"\r\n",
    ]
    .concat();
    push_fields(fields, &mut head);
    head
}

/// The answer of HTTP/1.1 that the answer to a CONNECT becomes, for the request with this key.
pub(super) fn answer(status: u16, fields: &[Field], key: &str) -> Vec<u8> {
    let opens = (200..300).contains(&status);
    let start = if opens {
        format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n",
            accept_for(key)
        )
    } else {
        format!("HTTP/1.1 {status} Status\r\n")
    };
    let mut head = start.into_bytes();
    push_fields(fields, &mut head);
    head
}

/// Appends the fields that mean the same in HTTP/1.1, and the end of the head.
fn push_fields(fields: &[Field], head: &mut Vec<u8>) {
    for (name, value) in fields {
        let left_out = LEFT_OUT.iter().any(|known| known.as_bytes() == name);
        if name.first() != Some(&b':') && !left_out {
            head.extend([name.as_slice(), b": ", value, b"\r\n"].concat());
        }
    }
    head.extend(b"\r\n");
}

pub(super) fn value<'a>(fields: &'a [Field], name: &[u8]) -> Option<&'a [u8]> {
    let found = fields.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_slice())
}

//! Opening handshakes: legal variants, and some that a server may refuse.

use serde_json::{Map, Value, json};
use wsspec_core::Role;

use super::plan::{Opening, Split};
use wsspec_vectors::SplitMix64;

/// Request fields spelled differently with the same meaning (RFC 6455 §4.2.1, RFC 9110 §5.1 and
/// §5.6).
const EQUIVALENT_FIELDS: &[(&str, &str)] = &[
    ("upgrade", "websocket"),
    ("UPGRADE", "WebSocket"),
    ("Upgrade", "WEBSOCKET"),
    ("connection", "upgrade"),
    ("Connection", "keep-alive, Upgrade"),
    ("CONNECTION", "Upgrade,keep-alive"),
    ("sec-websocket-version", "13"),
    ("SEC-WEBSOCKET-VERSION", "13"),
    ("sec-websocket-key", "{key}"),
    ("host", "{host}"),
];

/// Request fields that a server may ignore.
const IGNORABLE_FIELDS: &[(&str, &str)] = &[
    ("X-Fuzz", "1"),
    ("X-Empty", ""),
    ("Cookie", "a=b; c=\"d, e\""),
    ("User-Agent", "wsspec (fuzz)"),
    ("Accept-Language", "en;q=0.5, *"),
    ("Pragma", "no-cache"),
    (
        "Sec-WebSocket-Extensions",
        "x-unknown; a=1; b=\"c\", x-other",
    ),
    (
        "X-Long",
        "loooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooong",
    ),
];

/// Response fields spelled differently with the same meaning, and some that a client may ignore.
const RESPONSE_FIELDS: &[(&str, &str)] = &[
    ("upgrade", "websocket"),
    ("UPGRADE", "WebSocket"),
    ("connection", "upgrade"),
    ("Connection", "Upgrade, keep-alive"),
    ("sec-websocket-accept", "{accept}"),
    ("SEC-WEBSOCKET-ACCEPT", "{accept}"),
    ("X-Fuzz", "1"),
    ("Server", "wsspec"),
    ("Date", "Sat, 21 Nov 2026 20:00:00 GMT"),
    ("Set-Cookie", "a=b; Path=/"),
];

/// Fields for which a server may refuse a request; `None` leaves the field out.
const REFUSABLE_FIELDS: &[(&str, Option<&str>)] = &[
    ("Upgrade", None),
    ("Upgrade", Some("h2c")),
    ("Connection", None),
    ("Connection", Some("close")),
    ("Sec-WebSocket-Key", None),
    ("Sec-WebSocket-Key", Some("")),
    ("Sec-WebSocket-Key", Some("dGhlIHNhbXBsZQ==")),
    ("Sec-WebSocket-Version", None),
    ("Sec-WebSocket-Version", Some("14")),
    ("Sec-WebSocket-Version", Some("thirteen")),
    ("Host", None),
    ("Host", Some("a b")),
    ("Content-Length", Some("5")),
    ("Transfer-Encoding", Some("chunked")),
    (
        "Sec-WebSocket-Extensions",
        Some("permessage-deflate; client_max_window_bits=99"),
    ),
    ("Sec-WebSocket-Extensions", Some(",;=\"")),
    ("Sec-WebSocket-Protocol", Some("a,,b a")),
    ("X Y", Some("blank in the name")),
];

/// A random opening by the suite for a target of this role.
pub(crate) fn opening(random: &mut SplitMix64, target: Role) -> Opening {
    let mut headers = Map::new();
    let legal: Vec<&(&str, &str)> = if target == Role::Server {
        EQUIVALENT_FIELDS.iter().chain(IGNORABLE_FIELDS).collect()
    } else {
        RESPONSE_FIELDS.iter().collect()
    };
    for _ in 0..=below(random, 4) {
        let (name, value) = legal[below(random, legal.len())];
        // A repeated field has another meaning.
        if !has_field(&headers, name) {
            headers.insert((*name).to_owned(), json!(value));
        }
    }
    let refusable = target == Role::Server && below(random, 3) == 0;
    if refusable {
        let (name, value) = REFUSABLE_FIELDS[below(random, REFUSABLE_FIELDS.len())];
        headers.retain(|known, _| !known.eq_ignore_ascii_case(name));
        headers.insert(name.to_owned(), value.map_or(Value::Null, Value::from));
    }
    let split = match below(random, 6) {
        0 => Split::EachByte,
        1 => Split::Every(1 + below(random, 40)),
        2 => Split::At(vec![[-1, -2, -3, -4, -5][below(random, 5)]]),
        _ => Split::Never,
    };
    Opening {
        headers,
        split,
        refusable,
    }
}

/// A random number below `n`.
fn below(random: &mut SplitMix64, n: usize) -> usize {
    ((random.next() >> 11) as usize) % n
}

fn has_field(headers: &Map<String, Value>, name: &str) -> bool {
    headers.keys().any(|known| known.eq_ignore_ascii_case(name))
}

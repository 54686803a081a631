//! Opening handshakes in every legal spelling, and some that are none.

use serde_json::{Map, Value, json};
use wsspec_core::Role;

use super::plan::{Heading, Split};
use wsspec_vectors::SplitMix64;

/// Fields that say the same in other words (RFC 6455 §4.2.1, RFC 9110 §5.1 and §5.6).
const SAME: &[(&str, &str)] = &[
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

/// Fields that nobody has to know.
const MORE: &[(&str, &str)] = &[
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

/// The same of an answer.
const ANSWERS: &[(&str, &str)] = &[
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

/// What makes a request wrong: a field and its value, none where it is left out.
const WRONG: &[(&str, Option<&str>)] = &[
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

/// An opening of the suite's, for such a target.
pub(crate) fn heading(random: &mut SplitMix64, target: Role) -> Heading {
    let mut below = |n: usize| ((random.next() >> 11) as usize) % n;
    let mut headers = Map::new();
    let right: Vec<&(&str, &str)> = if target == Role::Server {
        SAME.iter().chain(MORE).collect()
    } else {
        ANSWERS.iter().collect()
    };
    for _ in 0..=below(4) {
        let (name, value) = right[below(right.len())];
        // The same field twice is another story.
        if !headers
            .keys()
            .any(|known: &String| known.eq_ignore_ascii_case(name))
        {
            headers.insert((*name).to_owned(), json!(value));
        }
    }
    let wrong = target == Role::Server && below(3) == 0;
    if wrong {
        let (name, value) = WRONG[below(WRONG.len())];
        headers.retain(|known, _| !known.eq_ignore_ascii_case(name));
        headers.insert(name.to_owned(), value.map_or(Value::Null, Value::from));
    }
    let split = match below(6) {
        0 => Split::EachByte,
        1 => Split::Every(1 + below(40)),
        2 => Split::At(vec![[-1, -2, -3, -4, -5][below(5)]]),
        _ => Split::Never,
    };
    Heading {
        headers,
        split,
        wrong,
    }
}

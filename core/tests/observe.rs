//! What an observer reports of whole connections.

use wsspec_core::deflate::message::{Context, Deflator};
use wsspec_core::frame::{FrameWriter, MessageKind, Opcode};
use wsspec_core::message::Incoming;
use wsspec_core::observe::{Observation, ObservationKind as Kind, Observer};
use wsspec_core::{Role, Violation};

const RESPONSE: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";

/// Returns the observations of `stream` at this chunking. Every head is followed by `agree`.
fn observe(
    mut observer: Observer,
    stream: &[u8],
    chunk: usize,
    agree: Option<Context>,
) -> Vec<Observation> {
    let mut copy = stream.to_vec();
    let mut seen = Vec::new();
    for piece in copy.chunks_mut(chunk) {
        let mut input = piece;
        while let Some(observation) = observer.next(&mut input) {
            if let (Kind::Head(_), Some(context)) = (&observation.kind, agree) {
                observer.agree(context);
            }
            seen.push(observation);
        }
    }
    seen
}

/// Returns the observations as text, with their places.
fn short(seen: &[Observation]) -> Vec<(u64, u64, String)> {
    let name = |kind: &Kind| match kind {
        Kind::Interim(head) => format!("interim {}", head.parse_response().unwrap().status),
        Kind::Head(head) => match head.parse_response() {
            Ok(response) => format!("response {}", response.status),
            Err(_) => format!("request {}", head.parse_request().unwrap().target),
        },
        Kind::Body(length) => format!("body {length:?}"),
        Kind::Frame(header) => format!("{} frame", header.opcode),
        Kind::Incoming(Incoming::Message(kind, payload)) => {
            format!("{} {}", kind.name(), payload.escape_ascii())
        }
        Kind::Incoming(incoming) => format!("{incoming:?}"),
        Kind::Fault(fault) => fault.violation.name().to_owned(),
        Kind::Failed(fault) => format!("failed {}", fault.violation.name()),
    };
    seen.iter()
        .map(|o| (o.start, o.end, name(&o.kind)))
        .collect()
}

/// Checks the observations at any chunking.
fn assert_seen(observer: &Observer, stream: &[u8], expected: &[(u64, u64, &str)]) {
    for chunk in [1, 2, 3, 7, 64, stream.len()] {
        let seen = short(&observe(observer.clone(), stream, chunk, None));
        let seen: Vec<_> = seen.iter().map(|(a, b, s)| (*a, *b, s.as_str())).collect();
        assert_eq!(seen, expected, "chunks of {chunk}");
    }
}

#[test]
fn masking_keys_are_found_at_any_chunking() {
    let mut stream = Vec::new();
    for (size, key) in [
        (0, [1; 4]),
        (125, [2; 4]),
        (126, [3; 4]),
        (70_000, [4; 4]),
        (1, [0; 4]),
    ] {
        let payload = vec![0x81; size];
        FrameWriter::new(Opcode::BINARY, &payload)
            .mask(Some(key))
            .write(&mut stream);
        FrameWriter::new(Opcode::PING, b"not masked").write(&mut stream);
    }
    for chunk in [1, 2, 3, 7, 64, stream.len()] {
        let observer = Observer::new(Role::Client).already_open();
        let keys: Vec<_> = observe(observer, &stream, chunk, None)
            .into_iter()
            .filter_map(|o| match o.kind {
                Kind::Frame(header) => header.mask,
                _ => None,
            })
            .collect();
        assert_eq!(
            keys,
            [[1; 4], [2; 4], [3; 4], [4; 4], [0; 4]],
            "chunks of {chunk}"
        );
    }
}

#[test]
fn an_opened_connection() {
    let stream = [RESPONSE, b"\x01\x01a\x89\x00\x80\x02bc\x88\x00\x82\x00"].concat();
    assert_seen(
        &Observer::new(Role::Server),
        &stream,
        &[
            (0, 56, "response 101"),
            (56, 58, "text frame"),
            (59, 61, "ping frame"),
            (59, 61, "Ping([])"),
            (61, 63, "continuation frame"),
            (56, 65, "text abc"),
            (65, 67, "close frame"),
            (65, 67, "Close([])"),
            (67, 68, "data-after-close"),
            (67, 69, "binary frame"),
            (67, 69, "binary "),
        ],
    );
}

#[test]
fn a_refusal_has_a_body_and_may_be_followed_by_frames() {
    let stream = b"HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nNo!\x8a\x00";
    let observer = Observer::new(Role::Server);
    let expected = [
        (0, 45, "response 404"),
        (45, 48, "body Some(3)"),
        (48, 50, "pong frame"),
        (48, 50, "Pong([])"),
    ];
    assert_seen(&observer, stream, &expected);
    let stream = b"HTTP/1.1 404 Not Found\r\n\r\nNo!\x8a\x00";
    let expected = [(0, 26, "response 404"), (26, u64::MAX, "body None")];
    assert_seen(&observer, stream, &expected);
}

#[test]
fn interim_responses_precede_the_final_one() {
    let stream = [b"HTTP/1.1 103 Early Hints\n\r\n", RESPONSE, b"\xf2\x00"].concat();
    assert_seen(
        &Observer::new(Role::Server).starting_at(100),
        &stream,
        &[
            (124, 125, "line-end-bare"),
            (100, 127, "interim 103"),
            (127, 183, "response 101"),
            (183, 184, "rsv-set"),
            (183, 185, "binary frame"),
            (183, 185, "binary "),
        ],
    );
}

#[test]
fn a_head_that_cannot_be_read_ends_it() {
    let interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP 101\r\n\r\n\x82\x00";
    let expected = [
        (0, 25, "interim 100"),
        (34, 35, "failed start-line-malformed"),
    ];
    assert_seen(&Observer::new(Role::Server), interim, &expected);
    let request = b"GET / HTTP/1.1\r\n: a\r\n\r\n\x82\x00";
    let expected = [(20, 21, "failed field-malformed")];
    assert_seen(&Observer::new(Role::Client), request, &expected);
}

/// The terms apply to frames in the same chunk as the head.
#[test]
fn compression_can_be_agreed_on_when_the_head_has_come() {
    let context = Context::default();
    let mut stream = RESPONSE.to_vec();
    let compressed = Deflator::new(context).message(b"Hello, Hello");
    FrameWriter::new(Opcode::TEXT, &compressed)
        .rsv(4)
        .write(&mut stream);
    for chunk in [1, 60, stream.len()] {
        let seen = observe(Observer::new(Role::Server), &stream, chunk, Some(context));
        let message = Incoming::Message(MessageKind::Text, b"Hello, Hello".to_vec());
        assert_eq!(seen[2].kind, Kind::Incoming(message), "chunks of {chunk}");
        assert_eq!((seen.len(), seen[2].start), (3, 56));
    }
}

#[test]
fn the_size_limit_can_be_raised() {
    let mut observer = Observer::new(Role::Server).already_open().max_message(1);
    assert!(observer.at_boundary());
    let mut next = |bytes: &[u8]| observer.next(&mut &mut bytes.to_vec()[..]).map(|o| o.kind);
    assert!(matches!(next(&[0x82, 1]), Some(Kind::Frame(_))));
    assert!(matches!(next(b"x"), Some(Kind::Incoming(_))));
    observer.set_max_message(2);
    let mut next = |bytes: &[u8]| observer.next(&mut &mut bytes.to_vec()[..]).map(|o| o.kind);
    assert!(matches!(next(&[0x82, 2]), Some(Kind::Frame(_))));
    assert!(matches!(next(b"xx"), Some(Kind::Incoming(_))));
    let failed = Violation::MessageTooBig.at(8);
    assert_eq!(next(&[0x82, 3]), Some(Kind::Failed(failed)));
    assert_eq!(next(b"xxx"), None);
}

mod violations;

use std::collections::BTreeSet;

use super::*;
use crate::http3::{frame, varint};
use Violation as V;

const CONNECT: &[(&str, &str)] = &[
    (":method", "CONNECT"),
    (":protocol", "websocket"),
    (":scheme", "https"),
    (":path", "/chat"),
    (":authority", "localhost"),
    ("sec-websocket-version", "13"),
];
const OK: &[(&str, &str)] = &[(":status", "200")];

fn fields(rows: &[(&str, &str)]) -> Vec<Field> {
    let field = |row: &(&str, &str)| (row.0.into(), row.1.into());
    rows.iter().map(field).collect()
}

fn section(rows: &[(&str, &str)]) -> Vec<u8> {
    qpack::write(&fields(rows), qpack::Style::default())
}

/// A frame.
fn f(kind: u64, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    frame::write(kind, payload, &mut bytes);
    bytes
}

fn headers(rows: &[(&str, &str)]) -> Vec<u8> {
    f(frame::HEADERS, &section(rows))
}

fn settings_frame(rows: &[Setting]) -> Vec<u8> {
    f(frame::SETTINGS, &settings::write(rows))
}

/// A control stream that begins with SETTINGS.
fn control(more: &[u8]) -> Vec<u8> {
    [&[0][..], &settings_frame(&[]), more].concat()
}

/// Our end, which announced extended CONNECT.
fn end(ours: Role) -> Connection {
    let mut connection = Connection::new(ours, Options::default());
    connection.start(&[(settings::ENABLE_CONNECT_PROTOCOL, 1)]);
    connection.output();
    connection
}

fn violations(events: &[Event]) -> Vec<Violation> {
    let violation = |event: &Event| match event {
        Event::Violation(found) => Some(found.violation),
        _ => None,
    };
    events.iter().filter_map(violation).collect()
}

/// Moves what one end wrote to the other.
fn carry(from: &mut Connection, to: &mut Connection) -> Vec<Event> {
    let carried = from.output().into_iter().flat_map(|output| match output {
        Output::Write { stream, bytes } => to.receive(stream, &bytes, false),
        Output::Finish { stream } => to.receive(stream, &[], true),
        Output::Reset { stream, code } => to.was_reset(stream, code),
        Output::Stop { stream, code } => to.was_stopped(stream, code),
        Output::Close { .. } => Vec::new(),
    });
    carried.collect()
}

#[test]
fn a_conversation_of_two_ends() {
    let mut client = Connection::new(Role::Client, Options::default());
    let mut server = Connection::new(Role::Server, Options::default());
    client.start(&[]);
    server.start(&[(settings::ENABLE_CONNECT_PROTOCOL, 1)]);
    assert_eq!(
        carry(&mut server, &mut client),
        [Event::Settings(vec![(8, 1)])]
    );
    assert_eq!(client.peer_setting(8), Some(1));

    let stream = client.open_bidirectional();
    client.headers(stream, &fields(CONNECT));
    let events = carry(&mut client, &mut server);
    let request = Event::Headers {
        stream: 0,
        fields: fields(CONNECT),
    };
    assert_eq!(events, [Event::Settings(Vec::new()), request]);

    server.headers(stream, &fields(OK));
    server.data(stream, b"Hello");
    server.data(stream, b"");
    server.finish(stream);
    server.goaway(4);
    let answer = [
        Event::Headers {
            stream,
            fields: fields(OK),
        },
        Event::Data {
            stream,
            bytes: b"Hello".to_vec(),
        },
        Event::End { stream },
        Event::GoAway { id: 4 },
    ];
    assert_eq!(carry(&mut server, &mut client), answer);

    client.stop(stream, ErrorCode::REQUEST_CANCELLED);
    client.reset(stream, ErrorCode::REQUEST_CANCELLED);
    let code = ErrorCode::REQUEST_CANCELLED;
    assert_eq!(
        carry(&mut client, &mut server),
        [
            Event::Stopped { stream, code },
            Event::Reset { stream, code }
        ]
    );
    assert_eq!(client.open_bidirectional(), 4);
    assert_eq!(client.open_unidirectional(), 6);
    assert_eq!(server.open_unidirectional(), 7);
    assert_eq!(server.open_bidirectional(), 1);
}

/// Our role, the stream, what the peer sends there, whether it ends, and what is wrong.
type Row = (Role, u64, Vec<u8>, bool, &'static [Violation]);

#[test]
fn critical_streams_are_one_each_and_live() {
    let mut server = end(Role::Server);
    for (kind, repeated) in [
        (0, V::ControlStreamRepeated),
        (2, V::EncoderStreamRepeated),
        (3, V::DecoderStreamRepeated),
    ] {
        let id = kind * 4 + 2;
        assert_eq!(server.receive(id, &[kind as u8], false), []);
        let again = server.receive(id + 40, &[kind as u8], false);
        assert_eq!(violations(&again), [repeated]);
        // The second has no meaning.
        assert_eq!(server.receive(id + 40, b"anything", true), []);
    }
    let code = ErrorCode::NO_ERROR;
    let reset = |server: &mut Connection, id| violations(&server.was_reset(id, code));
    assert_eq!(reset(&mut server, 2), [V::ControlStreamClosed]);
    assert_eq!(reset(&mut server, 10), [V::QpackStreamClosed]);
    let stopped = server.was_stopped(3, code);
    assert_eq!(violations(&stopped), [V::ControlStreamStopped]);
}

#[test]
fn in_a_tunnel_there_is_data_alone() {
    let more = [headers(&[("a", "b")]), f(frame::DATA, b"x")].concat();
    let mut server = end(Role::Server);
    server.receive(0, &headers(CONNECT), false);
    server.headers(0, &fields(OK));
    assert_eq!(
        violations(&server.receive(0, &more, true)),
        [V::FrameInTunnel]
    );

    let mut client = end(Role::Client);
    client.headers(0, &fields(CONNECT));
    client.receive(0, &headers(OK), false);
    assert_eq!(
        violations(&client.receive(0, &more, true)),
        [V::FrameInTunnel]
    );

    // A refusal has trailers like any other response.
    let mut client = end(Role::Client);
    client.headers(0, &fields(CONNECT));
    client.receive(0, &headers(&[(":status", "404")]), false);
    client.receive(0, &f(frame::DATA, b"x"), false);
    assert_eq!(
        violations(&client.receive(0, &headers(&[("a", "b")]), true)),
        []
    );
}

#[test]
fn a_protocol_needs_the_announcement() {
    let told = |start: &[Setting]| {
        let mut server = Connection::new(Role::Server, Options::default());
        server.start(start);
        violations(&server.receive(0, &headers(CONNECT), false))
    };
    assert_eq!(told(&[(8, 1)]), []);
    assert_eq!(told(&[(8, 0)]), [V::ProtocolNotAnnounced]);
    assert_eq!(told(&[]), [V::ProtocolNotAnnounced]);
}

#[test]
fn our_own_limits_are_no_faults() {
    let mut server = end(Role::Server);
    server.options.largest_frame = 10;
    let skipped = Event::Skipped {
        stream: 0,
        kind: frame::HEADERS,
        length: section(CONNECT).len() as u64,
    };
    let bytes = [headers(CONNECT), f(frame::DATA, b"x"), headers(OK)].concat();
    let events = server.receive(0, &bytes, true);
    assert_eq!(violations(&events), []);
    assert_eq!(events.first(), Some(&skipped));
    assert_eq!(events.last(), Some(&Event::End { stream: 0 }));

    // The sum of what is being buffered is bounded, and given back.
    let mut server = end(Role::Server);
    server.options.largest_sum = 100;
    let mut head = Vec::new();
    frame::write_head(frame::HEADERS, 60, &mut head);
    assert_eq!(server.receive(0, &head, false), []);
    assert!(matches!(
        server.receive(4, &head, false)[..],
        [Event::Skipped { .. }]
    ));
    server.was_reset(0, ErrorCode::NO_ERROR);
    assert_eq!(server.receive(8, &head, false), []);

    let mut server = end(Role::Server);
    server.options.most_streams = 1;
    server.receive(0, &headers(CONNECT), false);
    assert_eq!(server.receive(4, &headers(CONNECT), false), [Event::Broken]);
    assert_eq!(server.receive(0, b"x", true), []);
}

#[test]
fn a_dynamic_table_that_we_allowed_is_no_fault() {
    let mut server = Connection::new(Role::Server, Options::default());
    server.start(&[(settings::QPACK_MAX_TABLE_CAPACITY, 4096)]);
    assert_eq!(server.receive(2, &[2, 0x3f, 0xe1, 0x1f, 0xc0], false), []);
    let events = server.receive(0, &f(frame::HEADERS, b"\x02\x00\x80"), false);
    assert!(matches!(events[..], [Event::Skipped { .. }]));
}

#[test]
fn a_violation_is_answered_as_far_as_it_reaches() {
    let mut server = end(Role::Server);
    let found = |violation| Found {
        violation,
        stream: 4,
        at: 0,
    };
    server.answer(&found(V::Status101));
    server.answer(&found(V::SettingsMissing));
    let (stream, code) = (4, ErrorCode::MESSAGE_ERROR);
    assert_eq!(
        server.output(),
        [
            Output::Stop { stream, code },
            Output::Reset { stream, code },
            Output::Close {
                code: ErrorCode::MISSING_SETTINGS
            },
        ]
    );
}

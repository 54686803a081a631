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

fn rows() -> Vec<Row> {
    use Role::{Client, Server};
    let get: &[(&str, &str)] = &[
        (":method", "GET"),
        (":scheme", "https"),
        (":path", "/"),
        (":authority", "a"),
    ];
    let trailers = headers(&[("a", "b")]);
    let data = f(frame::DATA, b"x");
    let push = f(frame::PUSH_PROMISE, b"\0\0\0");
    let number = |kind, id| f(kind, &varint::bytes(id));
    let join = |parts: &[&[u8]]| parts.concat();
    let setting = |rows: &[Setting]| join(&[&[0], &settings_frame(rows)]);
    let mut rows: Vec<Row> = vec![
        // Streams.
        (Client, 1, vec![], false, &[V::ServerOpensBidirectional]),
        (Client, 7, vec![1, 0], false, &[V::PushStreamUnasked]),
        (Server, 2, vec![1, 0], false, &[V::PushStreamFromClient]),
        (Server, 2, control(&[]), true, &[V::ControlStreamClosed]),
        (Server, 2, vec![2, 0x20], false, &[]),
        (Server, 2, vec![2], true, &[V::QpackStreamClosed]),
        (Server, 2, vec![3], true, &[V::QpackStreamClosed]),
        (
            Server,
            2,
            vec![2, 0x20, 0x3f, 1],
            false,
            &[V::EncoderInstructionInvalid],
        ),
        (
            Server,
            2,
            vec![3, 0x40, 0x01],
            false,
            &[V::DecoderInstructionInvalid],
        ),
        // a stream that ends before its type, and one of a type without meaning
        (Server, 2, vec![0x40], true, &[]),
        (Server, 2, vec![0x21, 1, 2, 3], true, &[]),
        // Frames on the control stream.
        (Server, 2, vec![0], false, &[]),
        (Server, 2, control(&f(frame::grease(3), b"abc")), false, &[]),
        (Server, 2, control(&data), false, &[V::DataOnControl]),
        (Server, 2, control(&trailers), false, &[V::HeadersOnControl]),
        (
            Server,
            2,
            control(&push),
            false,
            &[V::PushPromiseFromClient],
        ),
        (Client, 3, control(&push), false, &[V::PushPromiseOnControl]),
        (
            Server,
            2,
            control(&number(frame::CANCEL_PUSH, 1)),
            false,
            &[V::CancelPushUnknown],
        ),
        (
            Server,
            2,
            control(&settings_frame(&[])),
            false,
            &[V::SettingsRepeated],
        ),
        (Client, 3, control(&number(frame::GOAWAY, 8)), false, &[]),
        (
            Client,
            3,
            control(&number(frame::GOAWAY, 2)),
            false,
            &[V::GoAwayWrongId],
        ),
        (Server, 2, control(&number(frame::GOAWAY, 2)), false, &[]),
        (
            Client,
            3,
            control(&join(&[
                &number(frame::GOAWAY, 4),
                &number(frame::GOAWAY, 8),
            ])),
            false,
            &[V::GoAwayGrows],
        ),
        (
            Client,
            3,
            control(&number(frame::MAX_PUSH_ID, 1)),
            false,
            &[V::MaxPushIdFromServer],
        ),
        (
            Server,
            2,
            control(&join(&[
                &number(frame::MAX_PUSH_ID, 2),
                &number(frame::MAX_PUSH_ID, 1),
            ])),
            false,
            &[V::MaxPushIdShrinks],
        ),
        (
            Server,
            2,
            control(&f(frame::GOAWAY, &[0, 0])),
            false,
            &[V::FrameLengthWrong],
        ),
        (
            Server,
            2,
            control(&f(frame::GOAWAY, &[0x40])),
            false,
            &[V::FrameLengthWrong],
        ),
        (
            Server,
            2,
            control(&f(frame::GOAWAY, &[])),
            false,
            &[V::FrameLengthWrong],
        ),
        (
            Server,
            2,
            control(&f(0x06, b"12345678")),
            false,
            &[V::FrameOfHttp2],
        ),
        (
            Server,
            2,
            control(&[7]),
            true,
            &[V::FrameTruncated, V::ControlStreamClosed],
        ),
        // Settings.
        (
            Server,
            2,
            join(&[&[0], &data]),
            false,
            &[V::SettingsMissing],
        ),
        (
            Server,
            2,
            join(&[&[0], &f(frame::grease(0), b""), &settings_frame(&[])]),
            false,
            &[V::SettingsMissing],
        ),
        (
            Server,
            2,
            setting(&[(0x21, 5), (8, 1), (0x33, 0), (0, 9)]),
            false,
            &[],
        ),
        (
            Server,
            2,
            setting(&[(8, 0), (8, 0)]),
            false,
            &[V::SettingRepeated],
        ),
        (
            Server,
            2,
            setting(&[(4, 65_535)]),
            false,
            &[V::SettingOfHttp2],
        ),
        (
            Server,
            2,
            setting(&[(8, 2)]),
            false,
            &[V::ConnectProtocolNotBoolean],
        ),
        (
            Server,
            2,
            setting(&[(0x33, 2)]),
            false,
            &[V::DatagramNotBoolean],
        ),
        (Server, 2, vec![0, 4, 1, 8], false, &[V::FrameLengthWrong]),
        // Messages.
        (Server, 0, join(&[&headers(CONNECT), &data]), true, &[]),
        (
            Server,
            0,
            join(&[&headers(get), &data, &trailers]),
            true,
            &[],
        ),
        (
            Server,
            0,
            join(&[&f(frame::grease(9), b"z"), &headers(get)]),
            true,
            &[],
        ),
        (Server, 0, data.clone(), false, &[V::DataBeforeHeaders]),
        (Server, 0, vec![], true, &[V::RequestIncomplete]),
        (
            Client,
            0,
            headers(&[(":status", "103")]),
            true,
            &[V::ResponseIncomplete],
        ),
        (
            Client,
            0,
            join(&[&headers(&[(":status", "103")]), &headers(OK)]),
            true,
            &[],
        ),
        (
            Client,
            0,
            join(&[&headers(&[(":status", "101")]), &data]),
            true,
            &[V::Status101],
        ),
        (
            Server,
            0,
            join(&[&headers(get), &trailers, &data]),
            false,
            &[V::FrameAfterTrailers],
        ),
        (
            Server,
            0,
            headers(&[]),
            false,
            &[V::MethodMissing, V::SchemeMissing],
        ),
        (
            Server,
            0,
            join(&[&headers(get), &headers(&[(":status", "200")])]),
            false,
            &[V::PseudoInTrailers],
        ),
        (
            Server,
            0,
            headers(get)[..5].to_vec(),
            true,
            &[V::FrameTruncated],
        ),
        (
            Server,
            0,
            settings_frame(&[]),
            false,
            &[V::SettingsMisplaced],
        ),
        (
            Server,
            0,
            number(frame::GOAWAY, 0),
            false,
            &[V::GoAwayMisplaced],
        ),
        (
            Server,
            0,
            number(frame::CANCEL_PUSH, 0),
            false,
            &[V::CancelPushMisplaced],
        ),
        (
            Server,
            0,
            number(frame::MAX_PUSH_ID, 0),
            false,
            &[V::MaxPushIdMisplaced],
        ),
        (Server, 0, push.clone(), false, &[V::PushPromiseFromClient]),
        (Client, 0, push, false, &[V::PushPromiseUnasked]),
        // QPACK. Nothing is known of what follows.
        (
            Server,
            0,
            join(&[&f(frame::HEADERS, b"\0"), &data, &trailers]),
            true,
            &[V::FieldSectionMalformed],
        ),
        (
            Server,
            0,
            f(frame::HEADERS, b"\x02\x00\x80"),
            false,
            &[V::FieldSectionDynamic],
        ),
        (
            Server,
            0,
            f(frame::HEADERS, b"\0\x80"),
            false,
            &[V::FieldSectionBase],
        ),
        (
            Server,
            0,
            f(frame::HEADERS, b"\0\0\xff\x24"),
            false,
            &[V::StaticIndexInvalid],
        ),
        (
            Server,
            0,
            f(frame::HEADERS, b"\0\0\x51\x81\0"),
            false,
            &[V::HuffmanInvalid],
        ),
    ];
    for kind in [0x02, 0x06, 0x08, 0x09] {
        rows.push((Server, 0, f(kind, b"1234"), false, &[V::FrameOfHttp2]));
    }
    rows
}

#[test]
fn every_violation_is_told() {
    for (ours, stream, bytes, fin, expected) in rows() {
        let events = end(ours).receive(stream, &bytes, fin);
        assert_eq!(violations(&events), expected, "{stream} {bytes:02x?}");

        let mut by_byte = end(ours);
        let mut seen = Vec::new();
        for byte in &bytes {
            seen.extend(by_byte.receive(stream, &[*byte], false));
        }
        seen.extend(by_byte.receive(stream, &[], fin));
        assert_eq!(seen, events, "{stream} {bytes:02x?}");
        // Nothing follows an end.
        assert!(!fin || by_byte.receive(stream, &bytes, true).is_empty());
    }
}

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

/// Those of a message are in the tests of `message`.
#[test]
fn the_tests_reach_every_violation_of_streams_and_frames() {
    let mut reached: BTreeSet<Violation> = rows().iter().flat_map(|row| row.4).copied().collect();
    reached.extend([
        V::ControlStreamRepeated,
        V::EncoderStreamRepeated,
        V::DecoderStreamRepeated,
        V::ControlStreamStopped,
        V::FrameInTunnel,
        V::ProtocolNotAnnounced,
    ]);
    let of_streams = |violation: &&Violation| violation.code() != ErrorCode::MESSAGE_ERROR;
    for violation in V::ALL.iter().filter(of_streams) {
        assert!(reached.contains(violation), "{violation:?}");
    }
}

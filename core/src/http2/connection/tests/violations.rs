//! Each violation, shown by the frames that break its rule.

use std::collections::BTreeSet;

use super::*;

/// Who reads the frames.
enum Reader {
    /// A server, after SETTINGS.
    Server,
    /// A server that announced extended CONNECT.
    Websocket,
    /// A client, after SETTINGS.
    Client,
    /// A client with a CONNECT on stream 1 and a GET on stream 3.
    Asked,
    /// The same, with 103 and 200 on both.
    Answered,
}

use Reader::{Answered, Asked, Client, Server, Websocket};

fn reader(reader: &Reader) -> Connection {
    match reader {
        Server => begun(Role::Server),
        Websocket => begun_with(Role::Server, &[(settings::ENABLE_CONNECT_PROTOCOL, 1)], &[]),
        Client => begun(Role::Client),
        Asked => asked(),
        Answered => {
            let mut client = asked();
            for stream in [1, 3] {
                let heads = bytes(&[
                    (HEADERS, END_HEADERS, stream, STATUS_103),
                    (HEADERS, END_HEADERS, stream, STATUS_200),
                ]);
                assert_eq!(violations(&client.receive(&heads)), []);
            }
            client
        }
    }
}

/// What each of these frames shows.
#[rustfmt::skip] // a table
fn rows() -> Vec<(Reader, Vec<Frame<'static>>, Vec<V>)> {
    const OPEN: Frame<'_> = (HEADERS, END_HEADERS, 1, GET);
    const ENDED: Frame<'_> = (HEADERS, WHOLE, 1, GET);
    const RESET: Frame<'_> = (RST_STREAM, 0, 1, &[0; 4]);
    const ONE: &[u8] = &[0, 0, 0, 1];
    const MOST: &[u8] = &[0x7f, 0xff, 0xff, 0xff];
    /// `POST http:/` with `content-length: 2`.
    const POST_2: &[u8] = b"\x83\x86\x84\x0f\x0d\x012";
    const TWICE_200: &[u8] = &[0x88, 0x88];
    const BIG: &[u8] = &[0; 16_385];
    const OWN_CONNECT: &[u8] = b"\x02\x07CONNECT\x01\x01a";
    vec![
        // Any frame.
        (Server, vec![(PING, 0, 0, BIG)], vec![V::FrameTooLarge, V::PingLengthWrong]),
        (Server, vec![OPEN, (DATA, 0, 1, BIG)], vec![V::StreamFrameTooLarge]),
        (Server, vec![(PING, 0, 1 << 31, &[0; 8])], vec![V::ReservedBitSet]),
        (Server, vec![(PING, 2, 0, &[0; 8])], vec![V::FlagUndefined]),
        (Server, vec![(0xfa, 0xff, 0, b"x"), (0xfb, 0xff, 7, b"x")], vec![]),
        // The length of payloads.
        (Server, vec![OPEN, (DATA, PADDED, 1, b"")], vec![V::DataLengthWrong]),
        (Server, vec![OPEN, (DATA, PADDED, 1, b"\x01")], vec![V::DataPaddingTooLong]),
        (Server, vec![OPEN, (DATA, PADDED, 1, b"\x01\x01")], vec![V::DataPaddingNotZero]),
        (Server, vec![(HEADERS, WHOLE | PADDED, 1, b"")], vec![V::HeadersLengthWrong]),
        (Server, vec![(HEADERS, WHOLE | PRIORITY_FLAG, 1, &[0; 4])], vec![V::HeadersLengthWrong]),
        (Server, vec![(HEADERS, WHOLE | PADDED | PRIORITY_FLAG, 1, &[1, 0, 0, 0, 0, 0])], vec![V::HeadersPaddingTooLong]),
        (Server, vec![(HEADERS, WHOLE | PADDED, 1, b"\x04\x82\x86\x84")], vec![V::HeadersPaddingTooLong]),
        (Server, vec![(HEADERS, WHOLE | PADDED, 1, b"\x01\x82\x86\x84\x01")], vec![V::HeadersPaddingNotZero]),
        (Server, vec![(PRIORITY, 0, 1, &[0; 4])], vec![V::PriorityLengthWrong]),
        (Server, vec![OPEN, (RST_STREAM, 0, 1, &[0; 3])], vec![V::ResetLengthWrong]),
        (Server, vec![(SETTINGS, 0, 0, &[0; 5])], vec![V::SettingsLengthWrong]),
        (Server, vec![(SETTINGS, ACK, 0, &[0; 6])], vec![V::SettingsAckNotEmpty]),
        (Asked, vec![(PUSH_PROMISE, END_HEADERS, 1, &[0; 3])], vec![V::PushPromiseLengthWrong]),
        (Asked, vec![(PUSH_PROMISE, END_HEADERS | PADDED, 1, &[1, 0, 0, 0, 2])], vec![V::PushPromisePaddingTooLong]),
        (Asked, vec![(PUSH_PROMISE, END_HEADERS | PADDED, 1, &[1, 0, 0, 0, 2, 0x82, 1])], vec![V::PushPromisePaddingNotZero]),
        (Server, vec![(PING, 0, 0, &[0; 7])], vec![V::PingLengthWrong]),
        (Server, vec![(GOAWAY, 0, 0, &[0; 7])], vec![V::GoAwayLengthWrong]),
        (Server, vec![(WINDOW_UPDATE, 0, 0, &[1; 3])], vec![V::WindowUpdateLengthWrong]),
        // Where a frame is.
        (Server, vec![(DATA, 0, 0, b"")], vec![V::DataOnConnection]),
        (Server, vec![(HEADERS, WHOLE, 0, GET)], vec![V::HeadersOnConnection]),
        (Server, vec![(PRIORITY, 0, 0, &[0; 5])], vec![V::PriorityOnConnection]),
        (Server, vec![(RST_STREAM, 0, 0, &[0; 4])], vec![V::ResetOnConnection]),
        (Server, vec![(SETTINGS, 0, 1, b"")], vec![V::SettingsOnStream]),
        (Client, vec![(PUSH_PROMISE, END_HEADERS, 0, &[0, 0, 0, 2])], vec![V::PushPromiseOnConnection]),
        (Server, vec![(PING, 0, 1, &[0; 8])], vec![V::PingOnStream]),
        (Server, vec![(GOAWAY, 0, 1, &[0; 8])], vec![V::GoAwayOnStream]),
        (Server, vec![(CONTINUATION, END_HEADERS, 0, b"")], vec![V::ContinuationOnConnection]),
        (Server, vec![ENDED, (CONTINUATION, END_HEADERS, 1, b"")], vec![V::ContinuationOrphan]),
        (Server, vec![(HEADERS, 0, 1, GET), (PING, 0, 0, &[0; 8])], vec![V::ContinuationMissing]),
        (Server, vec![(HEADERS, 0, 1, GET), (CONTINUATION, END_HEADERS, 3, b"")], vec![V::ContinuationMissing]),
        // Streams.
        (Server, vec![(HEADERS, WHOLE, 2, GET)], vec![V::StreamUnexpected]),
        (Client, vec![(HEADERS, WHOLE, 1, STATUS_200)], vec![V::StreamUnexpected]),
        (Client, vec![(HEADERS, WHOLE, 2, STATUS_200)], vec![V::StreamUnexpected]),
        (Server, vec![(HEADERS, WHOLE, 5, GET), (HEADERS, WHOLE, 3, GET)], vec![V::StreamIdShrinks]),
        (Server, vec![(DATA, 0, 1, b"")], vec![V::FrameOnIdle]),
        (Server, vec![(WINDOW_UPDATE, 0, 2, ONE)], vec![V::FrameOnIdle]),
        (Server, vec![RESET], vec![V::ResetOnIdle]),
        (Server, vec![ENDED, (DATA, 0, 1, b"")], vec![V::FrameAfterEnd]),
        (Server, vec![ENDED, ENDED], vec![V::FrameAfterEnd]),
        (Server, vec![ENDED, (WINDOW_UPDATE, 0, 1, ONE), (PRIORITY, 0, 1, &[0; 5]), RESET], vec![]),
        (Server, vec![OPEN, RESET, (PRIORITY, 0, 1, &[0; 5]), RESET], vec![]),
        (Server, vec![OPEN, RESET, (DATA, 0, 1, b"")], vec![V::FrameAfterReset]),
        (Server, vec![OPEN, RESET, ENDED], vec![V::FrameAfterReset]),
        (Server, vec![OPEN, RESET, (WINDOW_UPDATE, 0, 1, ONE)], vec![V::FrameAfterReset]),
        // Windows.
        (Server, vec![OPEN, (WINDOW_UPDATE, 0, 1, &[0; 4])], vec![V::StreamIncrementZero]),
        (Server, vec![(WINDOW_UPDATE, 0, 0, &[0x80, 0, 0, 0])], vec![V::ConnectionIncrementZero]),
        (Server, vec![OPEN, (WINDOW_UPDATE, 0, 1, MOST)], vec![V::StreamWindowOverflows]),
        (Server, vec![(WINDOW_UPDATE, 0, 0, MOST)], vec![V::ConnectionWindowOverflows]),
        (Server, vec![OPEN, (WINDOW_UPDATE, 0, 1, ONE), (SETTINGS, 0, 0, &[0, 4, 0x7f, 0xff, 0xff, 0xff])], vec![V::InitialWindowOverflows]),
        // Settings.
        (Server, vec![(SETTINGS, 0, 0, &[0, 2, 0, 0, 0, 2])], vec![V::EnablePushNotBoolean]),
        (Server, vec![(SETTINGS, 0, 0, &[0, 2, 0, 0, 0, 1])], vec![]),
        (Client, vec![(SETTINGS, 0, 0, &[0, 2, 0, 0, 0, 1])], vec![V::EnablePushFromServer]),
        (Client, vec![(SETTINGS, 0, 0, &[0, 2, 0, 0, 0, 0])], vec![]),
        (Server, vec![(SETTINGS, 0, 0, &[0, 4, 0x80, 0, 0, 0])], vec![V::InitialWindowTooLarge]),
        (Server, vec![(SETTINGS, 0, 0, &[0, 5, 0, 0, 0x3f, 0xff])], vec![V::MaxFrameSizeInvalid]),
        (Server, vec![(SETTINGS, 0, 0, &[0, 5, 1, 0, 0, 0])], vec![V::MaxFrameSizeInvalid]),
        (Client, vec![(SETTINGS, 0, 0, &[0, 8, 0, 0, 0, 2])], vec![V::ConnectProtocolNotBoolean]),
        (Client, vec![(SETTINGS, 0, 0, &[0, 8, 0, 0, 0, 1]), (SETTINGS, 0, 0, &[0, 8, 0, 0, 0, 0])], vec![V::ConnectProtocolWithdrawn]),
        // Push and the end of the connection.
        (Server, vec![(PUSH_PROMISE, END_HEADERS, 1, &[0, 0, 0, 3])], vec![V::PushPromiseFromClient]),
        (Asked, vec![(PUSH_PROMISE, END_HEADERS, 1, &[0, 0, 0, 3])], vec![V::PushPromiseIdInvalid]),
        (Client, vec![(PUSH_PROMISE, END_HEADERS, 1, &[0, 0, 0, 2])], vec![V::PushPromiseMisplaced]),
        (Asked, vec![(PUSH_PROMISE, END_HEADERS, 1, &[0, 0, 0, 2]), (PUSH_PROMISE, END_HEADERS, 2, &[0, 0, 0, 4])], vec![V::PushPromiseMisplaced]),
        (Answered, vec![(DATA, END_STREAM, 3, b""), (PUSH_PROMISE, END_HEADERS, 3, &[0, 0, 0, 2])], vec![V::PushPromiseMisplaced]),
        (Asked, vec![(PUSH_PROMISE, END_HEADERS, 1, &[0, 0, 0, 2]), (HEADERS, WHOLE, 2, STATUS_200)], vec![]),
        (Server, vec![(GOAWAY, 0, 0, &[0, 0, 0, 2, 0, 0, 0, 0]), (GOAWAY, 0, 0, &[0, 0, 0, 4, 0, 0, 0, 0])], vec![V::GoAwayGrows]),
        // Messages.
        (Asked, vec![(DATA, 0, 1, b"x")], vec![V::DataBeforeHeaders]),
        (Asked, vec![(HEADERS, END_HEADERS, 1, STATUS_103), (DATA, 0, 1, b"x")], vec![V::DataBeforeHeaders]),
        (Asked, vec![(HEADERS, WHOLE, 1, STATUS_103)], vec![V::InterimEndsStream]),
        (Answered, vec![(DATA, 0, 1, b"x"), (DATA, END_STREAM, 1, b"")], vec![]),
        (Answered, vec![(HEADERS, WHOLE, 1, b"\x00\x01a\x01b")], vec![V::HeadersInTunnel]),
        (Answered, vec![(HEADERS, WHOLE, 3, b"\x00\x01a\x01b")], vec![]),
        (Answered, vec![(HEADERS, END_HEADERS, 3, b"\x00\x01a\x01b")], vec![V::TrailersWithoutEnd]),
        (Answered, vec![(HEADERS, WHOLE, 3, STATUS_200)], vec![V::PseudoInTrailers]),
        (Server, vec![(HEADERS, END_HEADERS, 1, POST_2), (DATA, 0, 1, b"a"), (DATA, PADDED | END_STREAM, 1, b"\x01b\0")], vec![]),
        (Server, vec![(HEADERS, END_HEADERS, 1, POST_2), (DATA, 0, 1, b"a"), (HEADERS, WHOLE, 1, b"\x00\x01a\x01b")], vec![V::ContentLengthWrong]),
        (Server, vec![(HEADERS, END_HEADERS, 1, POST_2), (DATA, END_STREAM, 1, b"a")], vec![V::ContentLengthWrong]),
        (Server, vec![(HEADERS, END_HEADERS, 1, POST_2), (DATA, 0, 1, b"abc"), (DATA, END_STREAM, 1, b"d")], vec![V::ContentLengthWrong]),
        (Server, vec![(HEADERS, WHOLE, 1, POST_2)], vec![V::ContentLengthWrong]),
        (Server, vec![(HEADERS, END_HEADERS, 1, POST_2), RESET], vec![]),
        (Asked, vec![(HEADERS, END_HEADERS, 1, b"\x8d\x0f\x0d\x012"), (DATA, END_STREAM, 1, b"a")], vec![V::ContentLengthWrong]),
        (Asked, vec![(HEADERS, END_HEADERS, 1, b"\x88\x0f\x0d\x010"), (DATA, END_STREAM, 1, b"a")], vec![]),
        (Asked, vec![(HEADERS, WHOLE, 3, b"\x89\x0f\x0d\x012")], vec![]),
        (Asked, vec![(HEADERS, WHOLE, 3, b"\x8b\x0f\x0d\x012")], vec![]),
        (Asked, vec![(HEADERS, WHOLE, 3, b"\x88\x0f\x0d\x012\x0f\x0d\x013")], vec![]),
        (Answered, vec![(HEADERS, WHOLE, 3, b"\x00\x01A\x01b")], vec![V::FieldNameUppercase]),
        (Answered, vec![(HEADERS, WHOLE, 3, b"\x00\x01 \x01b")], vec![V::FieldNameInvalid]),
        (Answered, vec![(HEADERS, WHOLE, 3, b"\x00\x01a\x01\0")], vec![V::FieldValueInvalid]),
        (Answered, vec![(HEADERS, WHOLE, 3, b"\x00\x07upgrade\x01b")], vec![V::FieldOfTheConnection]),
        (Answered, vec![(HEADERS, WHOLE, 3, b"\x00\x02te\x01b")], vec![V::TeInvalid]),
        (Asked, vec![(HEADERS, WHOLE, 1, b"\x88\x00\x02:a\x01b")], vec![V::PseudoUnknown]),
        (Asked, vec![(HEADERS, WHOLE, 1, b"\x88\x84")], vec![V::PseudoOfTheOther]),
        (Asked, vec![(HEADERS, WHOLE, 1, b"\x00\x01a\x01b\x88")], vec![V::PseudoLate]),
        (Asked, vec![(HEADERS, WHOLE, 1, TWICE_200)], vec![V::PseudoRepeated]),
        (Asked, vec![(HEADERS, WHOLE, 1, b"\x00\x01a\x01b")], vec![V::StatusMissing]),
        (Asked, vec![(HEADERS, WHOLE, 1, b"\x08\x0220")], vec![V::StatusInvalid]),
        (Asked, vec![(HEADERS, END_HEADERS, 1, b"\x08\x03101"), (DATA, 0, 1, b"x")], vec![V::Status101]),
        (Asked, vec![(HEADERS, END_HEADERS, 1, b"\x08\x03101"), (HEADERS, END_HEADERS, 1, STATUS_200), (DATA, END_STREAM, 1, b"x")], vec![V::Status101]),
        (Server, vec![(HEADERS, WHOLE, 1, b"\x86\x84")], vec![V::MethodMissing]),
        (Server, vec![(HEADERS, WHOLE, 1, b"\x82\x84")], vec![V::SchemeMissing]),
        (Server, vec![(HEADERS, WHOLE, 1, b"\x82\x86")], vec![V::PathMissing]),
        (Server, vec![(HEADERS, WHOLE, 1, b"\x82\x86\x84\x01\x01a\x0f\x17\x01b")], vec![V::AuthorityDiffers]),
        (Server, vec![(HEADERS, WHOLE, 1, b"\x82\x86\x84\x01\x03u@a")], vec![V::AuthorityWithUserinfo]),
        (Server, vec![(HEADERS, END_HEADERS, 1, OWN_CONNECT)], vec![]),
        (Server, vec![(HEADERS, END_HEADERS, 1, b"\x02\x07CONNECT")], vec![V::ConnectWithoutAuthority]),
        (Server, vec![(HEADERS, END_HEADERS, 1, b"\x02\x07CONNECT\x01\x01a\x84")], vec![V::ConnectWithTarget]),
        (Websocket, vec![(HEADERS, END_HEADERS, 1, CONNECT)], vec![]),
        (Server, vec![(HEADERS, END_HEADERS, 1, CONNECT)], vec![V::ProtocolNotAnnounced]),
        (Websocket, vec![(HEADERS, END_HEADERS, 1, b"\x02\x07CONNECT\x86\x01\x01a\x00\x09:protocol\x09websocket")], vec![V::ConnectWithoutTarget]),
        (Websocket, vec![(HEADERS, END_HEADERS, 1, b"\x82\x86\x84\x00\x09:protocol\x09websocket")], vec![V::ProtocolWithoutConnect]),
        // HPACK.
        (Server, vec![(HEADERS, WHOLE, 1, b"\x00\x02a")], vec![V::FieldBlockTruncated]),
        (Server, vec![(HEADERS, WHOLE, 1, &[0xff; 12])], vec![V::IntegerTooLarge]),
        (Server, vec![(HEADERS, WHOLE, 1, b"\x80")], vec![V::IndexInvalid]),
        (Server, vec![(HEADERS, WHOLE, 1, b"\x00\x81\xff\x00")], vec![V::HuffmanInvalid]),
        (Server, vec![(HEADERS, WHOLE, 1, b"\x3f\xff\xff\x01")], vec![V::TableSizeTooLarge]),
        (Server, vec![(HEADERS, WHOLE, 1, b"\x82\x86\x84\x20")], vec![V::TableSizeMisplaced]),
    ]
}

/// What needs more than frames after SETTINGS is tested by itself.
const ELSEWHERE: &[V] = &[
    V::PrefaceMissing,
    V::SettingsNotFirst,
    V::StreamsTooMany,
    V::StreamWindowExceeded,
    V::ConnectionWindowExceeded,
    V::PushPromiseDisabled,
    V::TableSizeUnchanged,
];

#[test]
fn frames_show_violations() {
    for (by, frames, expected) in rows() {
        let events = reader(&by).receive(&bytes(&frames));
        assert_eq!(violations(&events), expected, "{frames:02x?}: {events:?}");
    }
}

#[test]
fn every_violation_is_shown() {
    let shown: BTreeSet<V> = rows().into_iter().flat_map(|row| row.2).collect();
    for violation in V::ALL {
        let here = shown.contains(violation);
        assert_ne!(here, ELSEWHERE.contains(violation), "{violation:?}");
    }
}

#[test]
fn the_beginning() {
    let mut server = Connection::new(Role::Server, Options::default());
    let lose = |violation, at| {
        let stream = None;
        let found = Found {
            violation,
            stream,
            at,
        };
        vec![Event::Violation(found), Event::Broken]
    };
    let events = server.receive(b"PRI * HTTP/1");
    assert_eq!(events, lose(V::PrefaceMissing, 11));
    assert_eq!(server.receive(b"more"), []);

    let mut client = Connection::new(Role::Client, Options::default());
    let events = client.receive(b"HTTP/1.1 400 Bad Request\r\n");
    assert_eq!(
        violations(&events),
        [V::SettingsNotFirst, V::StreamFrameTooLarge]
    );
    assert_eq!(events.last(), Some(&Event::Broken));

    let mut client = Connection::new(Role::Client, Options::default());
    let ack = bytes(&[(SETTINGS, ACK, 0, b""), (PING, 0, 0, &[0; 8])]);
    assert_eq!(violations(&client.receive(&ack)), [V::SettingsNotFirst]);
}

#[test]
fn places_are_those_of_frames() {
    let mut server = begun(Role::Server);
    let before = PREFACE.len() as u64 + 2 * HEAD as u64;
    let frames = [(PING, 0, 0, &[0; 8][..]), (HEADERS, WHOLE, 1, &GET[1..])];
    let events = server.receive(&bytes(&frames));
    let found = Found {
        violation: V::MethodMissing,
        stream: Some(1),
        at: before + HEAD as u64 + 8,
    };
    assert_eq!(events[1], Event::Violation(found));
}

#[test]
fn more_streams_than_allowed() {
    let mut server = begun_with(Role::Server, &[(settings::MAX_CONCURRENT_STREAMS, 1)], &[]);
    let open = |stream| bytes(&[(HEADERS, END_HEADERS, stream, GET)]);
    assert_eq!(violations(&server.receive(&open(1))), []);
    assert_eq!(violations(&server.receive(&open(3))), [V::StreamsTooMany]);
    server.reset(1, ErrorCode::CANCEL);
    server.reset(3, ErrorCode::REFUSED_STREAM);
    assert_eq!(violations(&server.receive(&open(5))), []);
}

/// A status in a request of ours answers nothing.
#[test]
fn a_request_with_a_status_opens_no_tunnel() {
    let mut client = begun(Role::Client);
    let fields = [(":status", "200"), (":method", "CONNECT")];
    let fields = fields.map(|(name, value)| (name.into(), value.into()));
    client.headers(1, &fields, false);
    let refused = bytes(&[(HEADERS, WHOLE, 1, b"\x8d")]);
    assert_eq!(violations(&client.receive(&refused)), []);
}

/// Promised streams count once their response begins (RFC 9113 §5.1.2).
#[test]
fn promised_streams_do_not_count() {
    let mut client = begun_with(Role::Client, &[(settings::MAX_CONCURRENT_STREAMS, 1)], &[]);
    client.headers(1, &[(b":method".into(), b"GET".into())], true);
    let promises = [
        (PUSH_PROMISE, END_HEADERS, 1, &[0, 0, 0, 2][..]),
        (PUSH_PROMISE, END_HEADERS, 1, &[0, 0, 0, 4]),
        (HEADERS, END_HEADERS, 2, STATUS_200),
    ];
    assert_eq!(violations(&client.receive(&bytes(&promises))), []);
    let second = bytes(&[(HEADERS, END_HEADERS, 4, STATUS_200)]);
    assert_eq!(violations(&client.receive(&second)), [V::StreamsTooMany]);
}

/// Where we send nothing more there is no window (RFC 9113 §6.9.2).
#[test]
fn a_window_that_is_not_used_does_not_overflow() {
    let frames = [
        (WINDOW_UPDATE, 0, 1, &[0, 0, 0, 1][..]),
        (SETTINGS, 0, 0, &[0, 4, 0x7f, 0xff, 0xff, 0xff]),
    ];
    for (ended, expected) in [(false, vec![V::InitialWindowOverflows]), (true, vec![])] {
        let mut client = begun(Role::Client);
        client.headers(1, &[(b":method".into(), b"GET".into())], ended);
        assert_eq!(violations(&client.receive(&bytes(&frames))), expected);
    }
}

#[test]
fn push_after_it_was_switched_off() {
    let promise = bytes(&[(PUSH_PROMISE, END_HEADERS, 1, &[0, 0, 0, 2])]);
    let mut client = begun_with(Role::Client, &[(settings::ENABLE_PUSH, 0)], &[]);
    assert_eq!(
        violations(&client.receive(&promise)),
        [V::PushPromiseDisabled]
    );
    // Before the acknowledgement the server may not know.
    let mut client = begun(Role::Client);
    client.headers(1, &[(b":method".into(), b"GET".into())], true);
    client.settings(&[(settings::ENABLE_PUSH, 0)]);
    assert_eq!(violations(&client.receive(&promise)), []);
}

#[test]
fn a_table_that_should_be_smaller() {
    let mut server = begun_with(Role::Server, &[(settings::HEADER_TABLE_SIZE, 0)], &[]);
    let get = bytes(&[(HEADERS, WHOLE, 1, GET)]);
    assert_eq!(violations(&server.receive(&get)), [V::TableSizeUnchanged]);
}

//! Each violation of streams and frames, shown by the bytes of a peer.

use super::*;

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

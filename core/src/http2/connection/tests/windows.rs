//! Windows of both directions.

use super::*;

const OPEN: Frame<'_> = (HEADERS, END_HEADERS, 1, GET);

fn initial_window(size: u32) -> Vec<Setting> {
    vec![(settings::INITIAL_WINDOW_SIZE, size)]
}

#[test]
fn the_peer_exceeds_a_window() {
    let data = |stream, length| bytes(&[(DATA, 0, stream, &vec![0; length])]);
    let mut server = begun_with(Role::Server, &initial_window(10), &[]);
    server.receive(&bytes(&[OPEN]));
    assert_eq!(violations(&server.receive(&data(1, 10))), []);
    let events = server.receive(&data(1, 1));
    assert_eq!(violations(&events), [V::StreamWindowExceeded]);
    assert!(matches!(events.last(), Some(Event::Data { .. })));
    assert_eq!(violations(&server.receive(&data(1, 0))), []);

    let mut server = begun_with(Role::Server, &initial_window(1 << 20), &[]);
    server.receive(&bytes(&[OPEN]));
    for _ in 0..3 {
        assert_eq!(violations(&server.receive(&data(1, 16_384))), []);
    }
    assert_eq!(violations(&server.receive(&data(1, 16_383))), []);
    let more = server.receive(&data(1, 1));
    assert_eq!(violations(&more), [V::ConnectionWindowExceeded]);
}

/// Until it acknowledges them, the peer may not know our settings (RFC 9113 §6.5.3).
#[test]
fn a_smaller_window_holds_once_acknowledged() {
    let mut server = begun(Role::Server);
    server.receive(&bytes(&[OPEN]));
    server.settings(&initial_window(0));
    assert_eq!(
        violations(&server.receive(&bytes(&[(DATA, 0, 1, b"x")]))),
        []
    );
    server.receive(&bytes(&[(SETTINGS, ACK, 0, b"")]));
    let events = server.receive(&bytes(&[(DATA, 0, 1, b"x")]));
    assert_eq!(violations(&events), [V::StreamWindowExceeded]);
}

#[test]
fn data_and_padding_are_given_back() {
    let mut server = begun(Role::Server);
    server.receive(&bytes(&[OPEN, (DATA, PADDED, 1, b"\x02abc\0\0")]));
    let six = vec![0, 0, 0, 6];
    let (connection, stream) = (
        (WINDOW_UPDATE, 0, 0, six.clone()),
        (WINDOW_UPDATE, 0, 1, six),
    );
    assert_eq!(frames(&server.output()), [connection, stream]);
    assert!(server.output().is_empty());
}

#[test]
fn a_held_stream_gets_nothing_back() {
    let mut server = begun(Role::Server);
    server.receive(&bytes(&[OPEN]));
    server.hold(1);
    let came = |server: &mut Connection| {
        server.receive(&bytes(&[(DATA, 0, 1, b"x")]));
        frames(&server.output())
    };
    let one = |stream| (WINDOW_UPDATE, 0, stream, vec![0, 0, 0, 1]);
    assert_eq!(came(&mut server), [one(0)]);
    assert_eq!(came(&mut server), [one(0)]);
    server.resume(1);
    let two = (WINDOW_UPDATE, 0, 1, vec![0, 0, 0, 2]);
    assert_eq!(frames(&server.output()), [two]);
    assert_eq!(came(&mut server), [one(0), one(1)]);
}

#[test]
fn nothing_is_given_back_unless_asked_for() {
    let options = Options {
        auto: Auto {
            settings_ack: false,
            ping_ack: false,
            window_credit: false,
        },
        ..Options::default()
    };
    let mut server = Connection::new(Role::Server, options);
    server.receive(PREFACE);
    let came = [
        (SETTINGS, 0, 0, &b""[..]),
        OPEN,
        (DATA, 0, 1, b"x"),
        (PING, 0, 0, &[0; 8]),
    ];
    server.receive(&bytes(&came));
    assert!(server.output().is_empty());
}

#[test]
fn data_waits_for_windows() {
    let mut client = begun_with(Role::Client, &[], &initial_window(3));
    client.headers(1, &[(b":method".into(), b"GET".into())], false);
    client.output();
    client.data(1, b"abcdefg".to_vec(), Some(9));
    client.finish(1);
    assert!(client.queued(1));
    assert_eq!(frames(&client.output()), [(DATA, 0, 1, b"abc".to_vec())]);
    let more = |client: &mut Connection, increment: u8| {
        client.receive(&bytes(&[(WINDOW_UPDATE, 0, 1, &[0, 0, 0, increment])]));
        frames(&client.output())
    };
    assert_eq!(more(&mut client, 1), [(DATA, 0, 1, b"d".to_vec())]);
    assert!(client.queued(1));
    // The rest with its padding is 13 bytes.
    let last = [
        (DATA, PADDED, 1, [&b"\x09efg"[..], &[0; 9]].concat()),
        (DATA, END_STREAM, 1, Vec::new()),
    ];
    assert_eq!(more(&mut client, 13), last);
    assert!(!client.queued(1));
}

/// RFC 9113 §6.9.2.
#[test]
fn new_initial_windows_are_for_open_streams_too() {
    let mut client = begun_with(Role::Client, &[], &initial_window(3));
    client.headers(1, &[(b":method".into(), b"GET".into())], false);
    client.data(1, b"abcdef".to_vec(), None);
    client.output();
    let mut announce = |size| {
        client.receive(&bytes(&[(
            SETTINGS,
            0,
            0,
            &settings::write(&initial_window(size)),
        )]));
        let sent = frames(&client.output());
        (
            client.windows(1).0,
            sent.into_iter().filter(|frame| frame.0 == DATA).count(),
        )
    };
    assert_eq!(announce(1), (-2, 0));
    assert_eq!(announce(3), (0, 0));
    assert_eq!(announce(4), (0, 1));
}

#[test]
fn streams_share_the_connection_by_turns() {
    let mut client = begun_with(Role::Client, &[], &initial_window(1 << 20));
    for stream in [1, 3] {
        client.headers(stream, &[(b":method".into(), b"GET".into())], false);
    }
    client.output();
    client.data(1, vec![0; 70_000], None);
    client.output();
    client.data(3, vec![0; 20_000], None);
    assert_eq!(client.windows(1).1, 0);
    client.receive(&bytes(&[(WINDOW_UPDATE, 0, 0, &[0, 0, 0x10, 0])]));
    let first: Vec<(u32, usize)> = frames(&client.output())
        .iter()
        .map(|f| (f.2, f.3.len()))
        .collect();
    assert_eq!(first, [(1, 4096)]);
    client.receive(&bytes(&[(WINDOW_UPDATE, 0, 0, &[0, 1, 0, 0])]));
    let all: Vec<u32> = frames(&client.output())
        .iter()
        .map(|frame| frame.2)
        .collect();
    assert_eq!(all, [1, 3, 3]);
}

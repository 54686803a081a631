use super::*;
use crate::http2::error;

fn pair() -> (Connection, Connection) {
    let mut client = Connection::new(Role::Client, Manual::default());
    let mut server = Connection::new(Role::Server, Manual::default());
    client.preface();
    client.settings(&[]);
    server.settings(&[(settings::ENABLE_CONNECT_PROTOCOL, 1)]);
    (client, server)
}

/// Lets both sides speak until they have nothing more to say; what each heard.
fn settle(client: &mut Connection, server: &mut Connection) -> (Vec<Event>, Vec<Event>) {
    let (mut to_client, mut to_server) = (Vec::new(), Vec::new());
    for _ in 0..100_000 {
        let (up, down) = (client.output(), server.output());
        if up.is_empty() && down.is_empty() {
            break;
        }
        to_server.extend(server.receive(&up));
        to_client.extend(client.receive(&down));
    }
    (to_client, to_server)
}

fn field(name: &str, value: &str) -> Field {
    (name.into(), value.into())
}

fn request() -> Vec<Field> {
    vec![
        field(":method", "CONNECT"),
        field(":protocol", "websocket"),
        field(":scheme", "https"),
        field(":path", "/"),
        field(":authority", "a"),
    ]
}

fn violations(events: &[Event]) -> Vec<Violation> {
    let found = events.iter().filter_map(|event| match event {
        Event::Violation(found) => Some(found.violation),
        _ => None,
    });
    found.collect()
}

fn content(events: &[Event]) -> Vec<u8> {
    let bytes = events.iter().filter_map(|event| match event {
        Event::Data { bytes, .. } => Some(bytes.as_slice()),
        _ => None,
    });
    bytes.collect::<Vec<_>>().concat()
}

#[test]
fn a_conversation_breaks_no_rule_whatever_the_window() {
    for window in [0, 1, 7, 65_535, 1 << 20] {
        let (mut client, mut server) = pair();
        server.settings(&[(settings::INITIAL_WINDOW_SIZE, window)]);
        settle(&mut client, &mut server);
        let stream = client.next_stream();
        client.headers(stream, &request(), false);
        let sent: Vec<u8> = (0..200_000_u32).map(|i| i as u8).collect();
        let sent = &sent[..if window > 100 { 200_000 } else { 500 }];
        client.data(stream, sent.to_vec(), Some(200));
        client.finish(stream);
        if window < 202 {
            // No frame with this much padding fits.
            continue;
        }
        let (heard, came) = settle(&mut client, &mut server);
        assert_eq!(violations(&heard), [], "{window}");
        assert_eq!(violations(&came), [], "{window}");
        assert_eq!(content(&came), sent, "{window}");
        assert!(matches!(came.last(), Some(Event::Data { end: true, .. })));
    }
}

#[test]
fn a_window_of_one_byte_is_enough() {
    let (mut client, mut server) = pair();
    server.settings(&[(settings::INITIAL_WINDOW_SIZE, 1)]);
    settle(&mut client, &mut server);
    let stream = client.next_stream();
    client.headers(stream, &request(), false);
    client.data(stream, b"hello".to_vec(), None);
    let (_, came) = settle(&mut client, &mut server);
    assert_eq!(content(&came), b"hello");
    assert_eq!(violations(&came), []);
}

#[test]
fn a_stream_that_is_held_sends_its_window_and_no_more() {
    let (mut client, mut server) = pair();
    settle(&mut client, &mut server);
    let stream = client.next_stream();
    client.headers(stream, &request(), false);
    settle(&mut client, &mut server);
    server.hold(stream);
    client.data(stream, vec![7; 100_000], None);
    let (_, came) = settle(&mut client, &mut server);
    assert_eq!(content(&came).len(), 65_535);
    assert!(client.holds_back(stream));
    server.resume(stream);
    let (_, came) = settle(&mut client, &mut server);
    assert_eq!(content(&came).len(), 100_000 - 65_535);
}

#[test]
fn a_large_head_is_continued() {
    let (mut client, mut server) = pair();
    let stream = client.next_stream();
    let mut fields = request();
    fields.push((b"x".to_vec(), vec![b'~'; 50_000]));
    client.headers(stream, &fields, true);
    let (_, came) = settle(&mut client, &mut server);
    assert!(came.contains(&Event::Fields {
        stream,
        fields,
        end: true
    }));
}

#[test]
fn any_chunking_gives_the_same_events() {
    let (mut client, _) = pair();
    let stream = client.next_stream();
    client.headers(stream, &request(), false);
    client.data(stream, b"abc".to_vec(), Some(3));
    client.raw(kind::RST_STREAM, 0, 9, &[0; 4]);
    client.reset(stream, error::CANCEL);
    let bytes = client.output();
    let mut whole = Connection::new(Role::Server, Manual::default());
    let expected = whole.receive(&bytes);
    let mut cut = Connection::new(Role::Server, Manual::default());
    let pieces = bytes.chunks(1).flat_map(|piece| cut.receive(piece));
    assert_eq!(pieces.collect::<Vec<_>>(), expected);
    assert_eq!(violations(&expected), [Violation::StreamIdle]);
}

/// What a client sends after its preface and SETTINGS, and what a server finds in it.
#[test]
fn each_rule_is_found_by_name() {
    type Breaks = fn(&mut Connection);
    let cases: [(Violation, Breaks); 22] = [
        (Violation::FrameTooLarge, |c| {
            c.raw(kind::DATA, 0, 1, &[0; 20_000])
        }),
        (Violation::FrameSizeWrong, |c| {
            c.raw(kind::PING, 0, 0, &[0; 7])
        }),
        (Violation::PrioritySizeWrong, |c| {
            c.raw(kind::PRIORITY, 0, 1, &[0; 4])
        }),
        (Violation::BlockUndecodable, |c| {
            c.raw(kind::HEADERS, flag::END_HEADERS, 1, &[0xff; 9])
        }),
        (Violation::BlockInterrupted, |c| {
            c.raw(kind::HEADERS, 0, 1, &[0x82]);
            c.raw(kind::PING, 0, 0, &[0; 8]);
        }),
        (Violation::ContinuationOrphan, |c| {
            c.raw(kind::CONTINUATION, 0, 1, &[])
        }),
        (Violation::StreamMissing, |c| {
            c.raw(kind::RST_STREAM, 0, 0, &[0; 4])
        }),
        (Violation::StreamUnexpected, |c| {
            c.raw(kind::SETTINGS, 0, 1, &[])
        }),
        (Violation::StreamIdle, |c| c.raw(kind::DATA, 0, 5, &[])),
        (Violation::StreamNotNew, |c| {
            c.headers(5, &request(), false);
            c.headers(3, &request(), false);
        }),
        (Violation::AfterEndStream, |c| {
            c.headers(1, &request(), true);
            c.raw(kind::DATA, 0, 1, b"x");
        }),
        (Violation::AfterReset, |c| {
            c.headers(1, &request(), false);
            c.reset(1, error::CANCEL);
            c.raw(kind::DATA, 0, 1, b"x");
        }),
        (Violation::PaddingTooLong, |c| {
            c.headers(1, &request(), false);
            c.raw(kind::DATA, flag::PADDED, 1, &[2, 0]);
        }),
        (Violation::PushUnwanted, |c| {
            c.raw(kind::PUSH_PROMISE, flag::END_HEADERS, 1, &[0, 0, 0, 2])
        }),
        (Violation::WindowExceeded, |c| {
            c.headers(1, &request(), false);
            // In one read, before any window is granted.
            for _ in 0..4 {
                c.raw(kind::DATA, 0, 1, &[0; 16_384]);
            }
        }),
        (Violation::WindowOverflow, |c| {
            c.raw(kind::WINDOW_UPDATE, 0, 0, &[0x7f, 0xff, 0xff, 0xff])
        }),
        (Violation::IncrementZero, |c| {
            c.raw(kind::WINDOW_UPDATE, 0, 0, &[0; 4])
        }),
        (Violation::SettingsAckWithPayload, |c| {
            c.raw(kind::SETTINGS, flag::ACK, 0, &[0; 6])
        }),
        (Violation::EnablePushInvalid, |c| {
            c.settings(&[(settings::ENABLE_PUSH, 2)])
        }),
        (Violation::InitialWindowInvalid, |c| {
            c.settings(&[(settings::INITIAL_WINDOW_SIZE, u32::MAX)])
        }),
        (Violation::MaxFrameInvalid, |c| {
            c.settings(&[(settings::MAX_FRAME_SIZE, 16)])
        }),
        (Violation::ConnectProtocolInvalid, |c| {
            c.settings(&[(settings::ENABLE_CONNECT_PROTOCOL, 2)])
        }),
    ];
    for (violation, breaks) in cases {
        let (mut client, mut server) = pair();
        settle(&mut client, &mut server);
        breaks(&mut client);
        let came = server.receive(&client.output());
        assert!(violations(&came).contains(&violation), "{violation:?}");
    }
}

#[test]
fn a_server_that_begins_with_something_else_than_settings() {
    let mut client = Connection::new(Role::Client, Manual::default());
    let mut server = Connection::new(Role::Server, Manual::default());
    server.raw(kind::PING, 0, 0, &[0; 8]);
    let came = client.receive(&server.output());
    assert_eq!(violations(&came), [Violation::SettingsNotFirst]);
    let came = Connection::new(Role::Server, Manual::default()).receive(b"GET / HTTP/1.1\r\n");
    assert_eq!(violations(&came), [Violation::PrefaceMissing]);
}

/// The size of the table has to be said in the next block (RFC 7541 §4.2).
#[test]
fn a_smaller_table_is_kept_to() {
    let (mut client, mut server) = pair();
    server.settings(&[(settings::HEADER_TABLE_SIZE, 0)]);
    settle(&mut client, &mut server);
    for _ in 0..3 {
        let stream = client.next_stream();
        client.headers(stream, &request(), false);
    }
    let (_, came) = settle(&mut client, &mut server);
    assert_eq!(violations(&came), []);
    assert_eq!(came.len(), 3);
}

//! What is legal, and what is written.

use super::*;

fn fields(text: &[(&str, &str)]) -> Vec<Field> {
    let field = |(name, value): &(&str, &str)| ((*name).into(), (*value).into());
    text.iter().map(field).collect()
}

fn websocket() -> Vec<Field> {
    fields(&[
        (":method", "CONNECT"),
        (":protocol", "websocket"),
        (":scheme", "http"),
        (":path", "/"),
        (":authority", "a"),
    ])
}

/// Hands over what each side writes until neither has more; gives what the first and the second
/// saw.
fn talk(a: &mut Connection, b: &mut Connection) -> (Vec<Event>, Vec<Event>) {
    let (mut seen_by_a, mut seen_by_b) = (Vec::new(), Vec::new());
    loop {
        let (from_a, from_b) = (a.output(), b.output());
        if from_a.is_empty() && from_b.is_empty() {
            return (seen_by_a, seen_by_b);
        }
        seen_by_b.extend(b.receive(&from_a));
        seen_by_a.extend(a.receive(&from_b));
    }
}

#[test]
fn a_tunnel_from_end_to_end() {
    let mut client = Connection::new(Role::Client, Options::default());
    let mut server = Connection::new(Role::Server, Options::default());
    client.preface();
    client.settings(&[(settings::ENABLE_PUSH, 0)]);
    server.preface();
    let announced = vec![(settings::ENABLE_CONNECT_PROTOCOL, 1)];
    server.settings(&announced);
    let (of_client, _) = talk(&mut client, &mut server);
    assert_eq!(of_client, [Event::Settings(announced), Event::SettingsAck]);
    assert_eq!(
        client.peer_setting(settings::ENABLE_CONNECT_PROTOCOL),
        Some(1)
    );

    let stream = client.next_stream();
    client.headers(stream, &websocket(), false);
    let (_, of_server) = talk(&mut client, &mut server);
    let asked = Event::Headers {
        stream,
        fields: websocket(),
        end: false,
    };
    assert_eq!(of_server, [asked]);

    let answer = fields(&[(":status", "200")]);
    server.headers(stream, &answer, false);
    server.data(stream, b"hello".to_vec(), Some(3));
    server.finish(stream);
    let (of_client, _) = talk(&mut client, &mut server);
    let data = |bytes: &[u8], end| Event::Data {
        stream,
        bytes: bytes.into(),
        end,
    };
    let answered = Event::Headers {
        stream,
        fields: answer,
        end: false,
    };
    assert_eq!(
        of_client,
        [answered, data(b"hello", false), data(b"", true)]
    );

    client.reset(stream, ErrorCode::CANCEL);
    client.goaway(0, ErrorCode::NO_ERROR);
    let (_, of_server) = talk(&mut client, &mut server);
    let code = ErrorCode::CANCEL;
    let bye = Event::GoAway {
        last: 0,
        code: ErrorCode::NO_ERROR,
        debug: Vec::new(),
    };
    let window_update = |event: &Event| matches!(event, Event::WindowUpdate { .. });
    let rest: Vec<Event> = of_server
        .into_iter()
        .filter(|event| !window_update(event))
        .collect();
    assert_eq!(rest, [Event::Reset { stream, code }, bye]);
}

/// What the peer sent before it saw our RST_STREAM is ignored, but counts and is decoded.
#[test]
fn frames_that_crossed_our_reset() {
    let mut client = asked();
    client.reset(1, ErrorCode::CANCEL);
    client.output();
    let indexed = b"\x88\x40\x01a\x01b";
    let late = [
        (HEADERS, END_HEADERS, 1, &indexed[..]),
        (DATA, 0, 1, b"x"),
        (WINDOW_UPDATE, 0, 1, &[0; 4]),
    ];
    assert_eq!(client.receive(&bytes(&late)), []);
    assert_eq!(
        frames(&client.output()),
        [(WINDOW_UPDATE, 0, 0, vec![0, 0, 0, 1])]
    );
    let events = client.receive(&bytes(&[(HEADERS, END_HEADERS, 3, &[0x88, 0xbe])]));
    let other = Event::Headers {
        stream: 3,
        fields: fields(&[(":status", "200"), ("a", "b")]),
        end: false,
    };
    assert_eq!(events, [other]);
}

#[test]
fn long_blocks_are_continued() {
    let mut client = begun(Role::Client);
    let mut server = begun(Role::Server);
    let long = fields(&[
        (":method", "GET"),
        (":scheme", "http"),
        (":path", "/"),
        ("a", &"b".repeat(40_000)),
    ]);
    client.headers(1, &long, true);
    let output = client.output();
    let kinds: Vec<(u8, u8)> = frames(&output)
        .iter()
        .map(|frame| (frame.0, frame.1))
        .collect();
    assert_eq!(
        kinds,
        [
            (HEADERS, END_STREAM),
            (CONTINUATION, 0),
            (CONTINUATION, END_HEADERS)
        ]
    );
    let came = Event::Headers {
        stream: 1,
        fields: long,
        end: true,
    };
    assert_eq!(server.receive(&output), [came]);
}

#[test]
fn trailers_wait_for_data_and_a_reset_does_not() {
    let mut client = begun_with(Role::Client, &[], &[(settings::INITIAL_WINDOW_SIZE, 0)]);
    client.headers(1, &fields(&[(":method", "GET")]), false);
    client.output();
    client.data(1, b"x".to_vec(), None);
    client.headers(1, &fields(&[("a", "b")]), true);
    assert!(client.output().is_empty());
    client.reset(1, ErrorCode::CANCEL);
    assert_eq!(
        frames(&client.output()),
        [(RST_STREAM, 0, 1, vec![0, 0, 0, 8])]
    );
    assert!(!client.queued(1));
}

#[test]
fn pings_and_settings_are_acknowledged_in_order() {
    let mut server = begun(Role::Server);
    let data = *b"12345678";
    let came = [
        (PING, 0, 0, &data[..]),
        (SETTINGS, 0, 0, b""),
        (PING, ACK, 0, &data),
    ];
    server.receive(&bytes(&came));
    let sent = [
        (PING, ACK, 0, data.to_vec()),
        (SETTINGS, ACK, 0, Vec::new()),
    ];
    assert_eq!(frames(&server.output()), sent);
}

#[test]
fn the_peers_table_size_is_kept() {
    let options = Options {
        style: Style {
            dynamic: true,
            ..Style::default()
        },
        ..Options::default()
    };
    let mut client = Connection::new(Role::Client, options);
    client.receive(&bytes(&[(SETTINGS, 0, 0, &[0, 1, 0, 0, 0, 0])]));
    client.headers(1, &fields(&[("a", "b")]), true);
    let output = client.output();
    let block = &frames(&output).last().unwrap().3.clone();
    assert_eq!(block, b"\x20\x40\x01a\x01b");
}

#[test]
fn nothing_follows_the_peers_reset() {
    let mut server = begun(Role::Server);
    server.receive(&bytes(&[
        (HEADERS, END_HEADERS, 1, GET),
        (RST_STREAM, 0, 1, &[0; 4]),
    ]));
    server.headers(1, &fields(&[(":status", "200")]), false);
    server.data(1, b"x".to_vec(), None);
    server.finish(1);
    assert!(server.output().is_empty());
}

#[test]
fn what_ends_within_a_frame() {
    let mut server = Connection::new(Role::Server, Options::default());
    assert!(!server.is_within_frame());
    let mut within = |bytes: &[u8]| {
        server.receive(bytes);
        server.is_within_frame()
    };
    assert!(within(&PREFACE[..5]));
    assert!(!within(&PREFACE[5..]));
    assert!(!within(&bytes(&[(SETTINGS, 0, 0, b"")])));
    assert!(within(&bytes(&[(HEADERS, 0, 1, GET)])));
    assert!(!within(&bytes(&[(CONTINUATION, END_HEADERS, 1, b"")])));
    assert!(within(b"\0"));
}

#[test]
fn answers_to_violations() {
    let mut server = begun(Role::Server);
    server.receive(&bytes(&[(HEADERS, END_HEADERS, 5, GET)]));
    let found = |violation, stream| Found {
        violation,
        stream,
        at: 0,
    };
    server.answer(found(V::DataPaddingNotZero, Some(5)));
    server.answer(found(V::FrameAfterEnd, Some(5)));
    server.answer(found(V::FrameOnIdle, None));
    let sent = [
        (RST_STREAM, 0, 5, vec![0, 0, 0, 5]),
        (GOAWAY, 0, 0, vec![0, 0, 0, 5, 0, 0, 0, 1]),
    ];
    assert_eq!(frames(&server.output()), sent);
}

#[test]
fn raw_frames_count() {
    let mut client = begun(Role::Client);
    client.raw(HEADERS, END_HEADERS, 7, CONNECT);
    client.raw(DATA, 0, 7, &[0; 100]);
    client.raw(RST_STREAM, 0, 6, &[0; 4]);
    assert_eq!(client.windows(7), (65_435, 65_435));
    assert_eq!(client.next_stream(), 9);
    // The server may answer on either.
    let came = [
        (HEADERS, END_HEADERS, 7, STATUS_200),
        (RST_STREAM, 0, 6, &[0; 4]),
    ];
    assert_eq!(violations(&client.receive(&bytes(&came))), []);
}

#[test]
fn streams_are_forgotten_and_not_accused() {
    let options = Options {
        max_streams: 2,
        ..Options::default()
    };
    let mut server = Connection::new(Role::Server, options);
    server.receive(PREFACE);
    server.receive(&bytes(&[(SETTINGS, 0, 0, b"")]));
    for stream in [1, 3, 5] {
        let events = server.receive(&bytes(&[(HEADERS, WHOLE, stream, GET)]));
        assert_eq!(violations(&events), []);
        server.finish(stream);
    }
    let late = [
        (DATA, 0, 1, &b""[..]),
        (HEADERS, WHOLE, 1, GET),
        (WINDOW_UPDATE, 0, 1, &[0, 0, 0, 1]),
    ];
    assert_eq!(server.receive(&bytes(&late)), []);
    // Too many that are open at once are beyond us.
    for stream in [7, 9] {
        server.receive(&bytes(&[(HEADERS, END_HEADERS, stream, GET)]));
    }
    assert!(!server.is_broken());
    let events = server.receive(&bytes(&[(HEADERS, END_HEADERS, 11, GET)]));
    assert_eq!(events.last(), Some(&Event::Broken));
}

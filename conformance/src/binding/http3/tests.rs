use super::*;

const ENABLED: u64 = 0x8;

fn server() -> Http3 {
    let mut carrier = Http3::new(Role::Server);
    carrier.begin(Some(&[]));
    carrier
}

fn connect(carrier: &mut Http3, on: u32) {
    carrier.fields(on, &[(b":method".to_vec(), b"CONNECT".to_vec())]);
}

fn channels(actions: &[OnChannel]) -> Vec<u32> {
    actions.iter().map(|(on, _)| *on).collect()
}

#[test]
fn each_stream_is_a_channel_by_its_number() {
    let mut carrier = Http3::new(Role::Server);
    let begun = carrier.begin(Some(&[]));
    assert_eq!(channels(&begun), [3, 7, 11], "control, encoder and decoder");
    let first = carrier.fields(1, &[]);
    let second = carrier.fields(2, &[]);
    assert_eq!(channels(&[first, second].concat()), [1, 5]);
    assert_eq!((carrier.channel(1), carrier.channel(2)), (1, 5));
    let mut carrier = Http3::new(Role::Client);
    let begun = carrier.begin(Some(&[(ENABLED, 1)]));
    assert_eq!(channels(&begun), [4, 8, 12]);
}

#[test]
fn settings_come_on_a_stream_of_the_target() {
    let mut carrier = server();
    assert_eq!(carrier.in_force(), None);
    let control = [0, 4, 2, ENABLED as u8, 1];
    for byte in control {
        carrier.receive(4, &[byte]);
    }
    let in_force = carrier.in_force().expect("they are complete");
    assert_eq!(in_force.get(&ENABLED), Some(&1));
}

#[test]
fn an_abrupt_end_is_one_of_both_directions() {
    let mut carrier = server();
    connect(&mut carrier, 1);
    let cancelled = ErrorCode::REQUEST_CANCELLED;
    assert_eq!(
        carrier.act(1, WireAction::Reset),
        [
            (1, WireAction::Quic(QuicAction::Reset(cancelled))),
            (1, WireAction::Quic(QuicAction::Stop(cancelled))),
        ]
    );
}

#[test]
fn ends_of_a_stream_are_told_apart() {
    let code = number(ErrorCode::MESSAGE_ERROR);
    for end in [EndOfStream::Finished, EndOfStream::Cancelled(code)] {
        let mut carrier = server();
        connect(&mut carrier, 1);
        let (came, answers) = carrier.ended(1, end);
        assert_eq!(came, [(1, Came::End(end))]);
        assert_eq!(answers, []);
        assert_eq!(carrier.aborted(), None);
    }
}

/// Who wants no more may still send; our own direction has to be reset (RFC 9000 §3.5).
#[test]
fn a_stream_that_is_stopped_is_reset() {
    let mut carrier = server();
    connect(&mut carrier, 1);
    let code = ErrorCode::MESSAGE_ERROR;
    let (came, answers) = carrier.stopped(1, number(code));
    assert_eq!(came, [(1, Came::Stopped(number(code)))]);
    let reset = WireAction::Quic(QuicAction::Reset(code));
    assert_eq!(answers, [(1, reset)]);
}

#[test]
fn the_end_of_the_connection_ends_every_stream() {
    let mut carrier = server();
    connect(&mut carrier, 1);
    connect(&mut carrier, 2);
    carrier.ended(1, EndOfStream::Finished);
    let end = EndOfStream::Aborted(Some(number(ErrorCode::INTERNAL_ERROR)));
    let (came, _) = carrier.ended(CONNECTION, end);
    assert_eq!(came, [(2, Came::End(end))]);
    assert!(carrier.aborted().is_some());
}

#[test]
fn a_stream_that_no_connection_comes_to_is_no_channel() {
    assert_eq!(channel_of(u64::from(u32::MAX)), None);
    assert_eq!(channel_of(8).and_then(stream_of), Some(8));
    assert_eq!(stream_of(CONNECTION), None);
}

/// A server names the first stream that it will not serve, a client a push.
#[test]
fn goaway_leaves_open_streams_alone() {
    let goaway = |carrier: &mut Http3, signal| carrier.signal(1, signal);
    let written = |channel, bytes: &[u8]| Some(vec![(channel, WireAction::Write(bytes.to_vec()))]);
    let mut carrier = server();
    connect(&mut carrier, 1);
    assert_eq!(goaway(&mut carrier, Signal::Goaway), written(3, &[7, 1, 0]));
    let highest = [7, 8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    assert_eq!(
        goaway(&mut carrier, Signal::GoawaySoon),
        written(3, &highest)
    );
    let mut carrier = Http3::new(Role::Client);
    carrier.begin(Some(&[(ENABLED, 1)]));
    // Stream 0 of the client: a HEADERS frame without fields.
    carrier.receive(1, &[1, 2, 0, 0]);
    assert_eq!(goaway(&mut carrier, Signal::Goaway), written(4, &[7, 1, 4]));
    assert_eq!(goaway(&mut carrier, Signal::Reset), None);
}

/// A client may ask for a page on the connection of its WebSocket, before it or after.
#[test]
fn an_ordinary_request_is_answered_and_begins_nothing() {
    let field = |name: &str, value: &str| (name.into(), value.into());
    let get = [field(":method", "GET"), field(":path", "/")];
    let connect = [field(":method", "CONNECT"), field(":protocol", "websocket")];
    let mut client = Connection::new(Role::Client, Options::default());
    let mut sent = |fields: &[Field], ends: bool| {
        let stream = client.open_bidirectional();
        client.headers(stream, fields);
        if ends {
            client.finish(stream);
        }
        on_channels(client.output())
    };
    let mut carrier = Http3::new(Role::Client);
    carrier.begin(Some(&[(ENABLED, 1)]));
    let mut take = |actions: Vec<OnChannel>| {
        let mut all = (Vec::new(), Vec::new());
        for (on, action) in actions {
            let (came, answers) = match action {
                WireAction::Write(bytes) => carrier.receive(on, &bytes),
                _ => carrier.ended(on, EndOfStream::Finished),
            };
            all.0.extend(came);
            all.1.extend(answers);
        }
        all
    };
    for page in [1, 9] {
        let (came, answers) = take(sent(&get, true));
        assert_eq!(came, []);
        assert_eq!(channels(&answers), [page, page], "fields and the end");
        if page == 1 {
            let (came, answers) = take(sent(&connect, false));
            assert_eq!(came, [(1, Came::Fields(connect.to_vec(), false))]);
            assert_eq!(answers, []);
        }
    }
}

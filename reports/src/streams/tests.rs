use wsspec_core::Role;
use wsspec_core::http3::{Connection, ErrorCode, Options, Output};

use super::*;
use crate::{Circumstances, wire};

/// A text frame of one byte, which a server sends.
const FRAME: [u8; 3] = [0x81, 0x01, b'a'];

const SECRET: &[u8] = b"hunter2hunter2";

fn entry(on: u32, who: Who, what: What) -> Entry {
    Entry {
        at_us: 0,
        on,
        who,
        what,
    }
}

/// What an end of HTTP/3 says, as a transcript keeps it.
fn said(who: Who, connection: &mut Connection) -> Vec<Entry> {
    let channel = |stream: u64| stream as u32 + 1;
    let outputs = connection.output().into_iter();
    let entries = outputs.map(|output| match output {
        Output::Write { stream, bytes } => entry(channel(stream), who, What::Bytes(bytes)),
        Output::Finish { stream } => entry(channel(stream), who, What::Fin),
        Output::Reset { stream, code } => entry(channel(stream), who, What::StreamReset(code.0)),
        Output::Stop { stream, code } => entry(channel(stream), who, What::StreamStopped(code.0)),
        Output::Close { code } => entry(0, who, What::ConnectionClosed(Some(code.0))),
    });
    entries.collect()
}

/// Two streams: the first gets a frame in two pieces and is ended, the second is reset.
fn transcript() -> Transcript {
    let mut client = Connection::new(Role::Client, Options::default());
    client.start(&[]);
    client.start_qpack();
    for stream in [0, 4] {
        let fields = [
            (b":method".to_vec(), b"CONNECT".to_vec()),
            (b"cookie".to_vec(), SECRET.to_vec()),
        ];
        client.headers(stream, &fields);
    }
    let mut server = Connection::new(Role::Server, Options::default());
    server.start(&[(8, 1)]);
    server.headers(0, &[(b":status".to_vec(), b"200".to_vec())]);
    server.data(0, &FRAME[..2]);
    server.data(0, &FRAME[2..]);
    server.finish(0);
    server.reset(4, ErrorCode::REQUEST_CANCELLED);
    let circumstances = Circumstances {
        over: Transport::H3,
        ..Circumstances::default()
    };
    let asked = said(Who::Suite, &mut client);
    let answered = said(Who::Target, &mut server);
    Transcript {
        target_role: crate::TargetRole::Server,
        circumstances: Some(Box::new(circumstances)),
        entries: [asked, answered].concat(),
    }
}

#[test]
fn conversations_over_http3_are_those_of_their_streams() {
    let happened = conversations(&transcript()).into_owned().entries;
    assert_eq!(
        happened,
        [
            entry(1, Who::Target, What::Bytes(FRAME[..2].to_vec())),
            entry(1, Who::Target, What::Bytes(FRAME[2..].to_vec())),
            entry(1, Who::Target, What::Fin),
            entry(2, Who::Target, What::Rst),
        ]
    );
}

/// The WebSocket frame begins where its DATA has it, after its own head and the frames before.
#[test]
fn the_wire_log_of_http3_has_the_offsets_of_the_stream() {
    let transcript = transcript();
    let is_data = |entry: &&Entry| entry.on == 1 && entry.who == Who::Target;
    let before: usize = transcript
        .entries
        .iter()
        .filter(is_data)
        .map(|entry| match &entry.what {
            What::Bytes(bytes) => bytes.len(),
            _ => 0,
        })
        .take(1)
        .sum();
    let data = before as u64;
    let lines = wire::lines(&transcript);
    let shown: Vec<(Option<u64>, bool)> = lines
        .iter()
        .filter(|line| line.who == Who::Target && line.offset >= Some(data))
        .map(|line| (line.offset, line.hex.is_empty()))
        .collect();
    // The head of DATA has two bytes.
    assert_eq!(
        shown,
        [
            (Some(data), true),
            (Some(data + 2), false),
            (Some(data + 4), true),
        ]
    );
}

#[test]
fn no_secret_is_left_in_fields_over_http3() {
    let before = transcript();
    let mut after = before.clone();
    blank_fields(&mut after, Who::Suite);
    let sent = |transcript: &Transcript| {
        let entries = transcript.entries.iter();
        let bytes = entries.filter_map(|entry| match &entry.what {
            What::Bytes(bytes) if entry.who == Who::Suite => Some(bytes.clone()),
            _ => None,
        });
        bytes.collect::<Vec<_>>().concat()
    };
    let has_secret = |bytes: &[u8]| bytes.windows(SECRET.len()).any(|part| part == SECRET);
    assert!(has_secret(&sent(&before)));
    assert!(!has_secret(&sent(&after)));
    assert_eq!(sent(&before).len(), sent(&after).len());
    assert_eq!(
        conversations(&before).entries,
        conversations(&after).entries
    );
}

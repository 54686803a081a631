//! The view after the binding of HTTP/1.1: what it notes, and what counts as a flood.

use super::super::Setup;
use super::super::flood::{EXCESS_BYTES, EXCESS_FRAMES};
use super::*;
use crate::binding::http1::Http1;
use crate::binding::{Binding, Command};
use wsspec_vectors::{FieldValue, Head};

/// What the target has sent, as a server, in answer to a request.
struct Target {
    binding: Http1,
    view: View,
}

const CONFORMING: &str =
    "Upgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

impl Target {
    fn asked(head: &Head) -> Target {
        let setup = Setup::new(Role::Server, "a", "/");
        let mut binding = Http1::new(Role::Server, "dGhlIHNhbXBsZSBub25jZQ==".to_owned());
        binding.send(Command::Open(head), &setup).unwrap();
        Target {
            binding,
            view: View::new(Role::Server, 0),
        }
    }

    fn answered(fields: &str) -> Target {
        Target::answered_to(true, fields)
    }

    fn answered_to(plain_request: bool, fields: &str) -> Target {
        let mut head = Head::default();
        if !plain_request {
            let value = FieldValue::Lines(vec!["websocket".to_owned()]);
            head.headers = vec![("Upgrade".to_owned(), value)];
        }
        let mut target = Target::asked(&head);
        let head =
            format!("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n{fields}\r\n");
        target.sent(head.as_bytes());
        target
    }

    fn sent(&mut self, bytes: &[u8]) {
        self.view.came(bytes.len(), Duration::ZERO);
        for input in self.binding.receive(bytes) {
            self.view.take(input);
            read_on(&mut self.view);
        }
    }
}

/// Reads all that has come.
fn read_on(view: &mut View) {
    let clues = Clues {
        limit: view.max_message(),
        ..Clues::default()
    };
    while view.read_on(&clues, false).is_some() {}
}

/// What follows: bytes that would be a frame with a reserved bit.
#[test]
fn a_101_to_another_protocol_is_followed_by_no_frames() {
    for (fields, to_plain, to_odd) in [
        (CONFORMING, true, true),
        ("Upgrade: WebSocket\r\n", true, false),
        (
            "Upgrade: h2c\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n",
            false,
            false,
        ),
    ] {
        for (plain, frames) in [(true, to_plain), (false, to_odd)] {
            let mut target = Target::answered_to(plain, fields);
            target.sent(b"8jKS'y:G*Co,Wxa-");
            let faults = &target.view.own.faults;
            let noted = faults.iter().any(|f| f.violation == Violation::RsvSet);
            assert_eq!(
                noted, frames,
                "{fields} to a request that is plain: {plain}"
            );
        }
    }
}

/// Each of our messages and pings may have its answer, and as many frames may come unasked.
#[test]
fn a_flood_is_what_goes_beyond_the_answers_to_what_was_sent() {
    for sent in [0, 1, 1000] {
        let most = EXCESS_FRAMES + 2 * sent;
        let mut target = Target::answered(CONFORMING);
        target.view.owes(sent, 0);
        target.sent(&[0x8a, 0].repeat(most as usize));
        let pongs = target.view.pongs.all.len() as u64;
        assert_eq!((target.view.flood(), pongs), (None, most));
        target.sent(&[0x8a, 0]);
        assert_eq!(target.view.flood(), Some(Flood::Frames(most)));
    }
    for sent in [1, 1000] {
        let most = EXCESS_BYTES + sent;
        let mut target = Target::answered(CONFORMING);
        target.view.owes(0, sent);
        let header = [&[0x82, 127][..], &most.to_be_bytes()].concat();
        target.sent(&[header, vec![0; most as usize]].concat());
        let messages = target.view.messages.len();
        assert_eq!((target.view.flood(), messages), (None, 1));
        target.sent(&[0x82, 1, 0]);
        assert_eq!(target.view.flood(), Some(Flood::Bytes(most)));
    }
}

/// A Close and the end of the stream end it; after a Close only a data frame that is right in all
/// else counts.
#[test]
fn what_follows_a_close_belongs_to_one_passive_rule() {
    for (bytes, noted) in [
        (&[0x82, 1, 0][..], true),
        (&[0x89, 0], false),
        (&[0xc2, 0], false),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", false),
    ] {
        let mut target = Target::answered(CONFORMING);
        assert!(!target.view.over());
        target.sent(&[0x88, 0]);
        assert!(target.view.over());
        target.sent(bytes);
        let faults: Vec<Violation> = target.view.own.faults.iter().map(|f| f.violation).collect();
        assert_eq!(
            faults,
            [Violation::DataAfterClose][..usize::from(noted)],
            "{bytes:02x?}"
        );
        assert!(target.view.messages.is_empty());
    }
    let mut target = Target::answered(CONFORMING);
    target.view.end = Some(EndOfStream::Finished);
    assert!(target.view.over());
}

/// Pings and pongs may come at any time; all else ends a silence, half a head as well.
#[test]
fn silence_is_broken_by_all_but_pings_and_pongs() {
    let mut target = Target::asked(&Head::default());
    target.sent(b"HTTP");
    let activity = target.view.activity;
    assert_eq!((activity.count, activity.bytes), (4, 4));
    for (bytes, breaks) in [
        (&[0x89, 0][..], false),
        (&[0x8a, 0], false),
        (&[0x82, 0], true),
        (&[0x88, 0], true),
    ] {
        let mut target = Target::answered(CONFORMING);
        let before = target.view.activity.count;
        target.sent(bytes);
        let after = target.view.activity.count;
        assert_eq!(after > before, breaks, "{bytes:02x?}");
    }
}

#[test]
fn masking_keys_are_found_at_any_chunking() {
    use wsspec_core::frame::{FrameWriter, Opcode};
    let mut stream = b"GET / HTTP/1.1\r\n\r\n".to_vec();
    for (size, key) in [(0, 1), (125, 2), (126, 3), (70_000, 4), (1, 0)] {
        let payload = vec![0x81; size];
        let frame = FrameWriter::new(Opcode::BINARY, &payload).mask(Some([key; 4]));
        stream.extend(frame.to_vec());
        stream.extend(FrameWriter::new(Opcode::PING, b"not masked").to_vec());
    }
    for chunk in [1, 2, 3, 7, 64, stream.len()] {
        let mut binding = Http1::new(Role::Client, String::new());
        let mut view = View::new(Role::Client, 0);
        view.owes(0, 1 << 20);
        for piece in stream.chunks(chunk) {
            for input in binding.receive(piece) {
                view.take(input);
                read_on(&mut view);
            }
        }
        let keys = [[1; 4], [2; 4], [3; 4], [4; 4], [0; 4]];
        assert_eq!(view.own.keys, keys, "chunks of {chunk}");
    }
}

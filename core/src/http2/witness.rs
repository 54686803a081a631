//! Both directions of a connection between two others, read from between them.
//!
//! Two [`Connection`]s that send nothing: each reads what one side sends, and notes what the other one
//! sends as if it were its own. What a side may do by what it has seen is judged as a receiver at
//! this place would.

use super::connection::{Auto, Connection, Event, Options};
use super::settings::HEADER_TABLE_SIZE;
use super::{FrameReader, RawFrame, Violation};
use crate::Role;

/// The largest dynamic table that is kept of a side, in bytes. Where a larger one is announced, field blocks
/// are not read.
const MAX_TABLE: u32 = 1 << 20;

/// Rules that depend on how much of a DATA frame the receiver has read: it may give that back before the frame
/// is whole, and only then is it seen here.
const UNSURE: [Violation; 3] = [
    Violation::StreamWindowOverflows,
    Violation::ConnectionWindowOverflows,
    Violation::InitialWindowOverflows,
];

/// Nothing is sent.
const OPTIONS: Auto = Auto {
    settings_ack: false,
    ping_ack: false,
    window_credit: false,
};

/// Reads a connection between two others.
#[derive(Debug)]
pub struct Witness {
    ends: [End; 2],
}

/// What is known of one side.
#[derive(Debug)]
struct End {
    /// Reads what this side sends, in place of the other one.
    reader: Connection,
    frames: FrameReader,
}

/// What bytes of a side brought.
#[derive(Debug)]
pub struct Seen {
    /// The frames that are complete now.
    pub frames: Vec<RawFrame>,
    /// What they mean.
    pub events: Vec<Event>,
}

impl Default for Witness {
    /// Of a connection on which nothing was sent yet.
    fn default() -> Witness {
        Witness {
            ends: [Role::Client, Role::Server].map(End::new),
        }
    }
}

impl End {
    fn new(sender: Role) -> End {
        let options = Options {
            auto: OPTIONS,
            ..Options::default()
        };
        End {
            reader: Connection::new(sender.peer(), options),
            frames: FrameReader::new(sender == Role::Client),
        }
    }
}

impl Witness {
    /// Reads what this side sent. What caused the bytes of a side has to be read before them.
    pub fn receive(&mut self, from: Role, bytes: &[u8]) -> Seen {
        let [client, server] = &mut self.ends;
        let (end, other) = match from {
            Role::Client => (client, server),
            Role::Server => (server, client),
        };
        let frames = end.frames.frames(bytes);
        let mut events = end.reader.receive(bytes);
        for frame in &frames {
            other.reader.sent_in_our_place(frame);
        }
        events.retain(|event| !is_unsure(event));
        let mut unreadable = false;
        for event in &events {
            match event {
                Event::Headers { stream, fields, .. } => other.reader.note_fields(*stream, fields),
                Event::Settings(settings) => {
                    unreadable |= settings
                        .iter()
                        .any(|(id, value)| *id == HEADER_TABLE_SIZE && *value > MAX_TABLE);
                }
                _ => {}
            }
        }
        events.extend(unreadable.then_some(Event::Broken));
        Seen { frames, events }
    }
}

fn is_unsure(event: &Event) -> bool {
    matches!(event, Event::Violation(found) if UNSURE.contains(&found.violation))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http2::{ErrorCode, Field, frame, settings};

    fn fields(lines: &[(&str, &str)]) -> Vec<Field> {
        let lines = lines.iter();
        lines.map(|(n, v)| ((*n).into(), (*v).into())).collect()
    }

    /// The two ends of a connection, with a witness between them.
    struct Between {
        client: Connection,
        server: Connection,
        witness: Witness,
        events: Vec<(Role, Event)>,
    }

    impl Between {
        fn new(of_server: &[(u16, u32)]) -> Between {
            let mut between = Between {
                client: Connection::new(Role::Client, Options::default()),
                server: Connection::new(Role::Server, Options::default()),
                witness: Witness::default(),
                events: Vec::new(),
            };
            between.client.preface();
            between.client.settings(&[]);
            between.server.settings(of_server);
            between.pass();
            between
        }

        /// Carries everything to and fro, a byte at a time.
        fn pass(&mut self) {
            for from in [Role::Client, Role::Server].repeat(3) {
                let (sender, receiver) = match from {
                    Role::Client => (&mut self.client, &mut self.server),
                    Role::Server => (&mut self.server, &mut self.client),
                };
                let bytes = sender.output();
                for byte in bytes.chunks(1) {
                    let seen = self.witness.receive(from, byte);
                    let seen = seen.events.into_iter();
                    self.events.extend(seen.map(|event| (from, event)));
                }
                receiver.receive(&bytes);
            }
        }

        fn violations(&self) -> Vec<(Role, Violation)> {
            let broken = self.events.iter().filter_map(|(from, event)| match event {
                Event::Violation(found) => Some((*from, found.violation)),
                _ => None,
            });
            broken.collect()
        }

        fn ask(&mut self) {
            let request = [
                (":method", "CONNECT"),
                (":protocol", "websocket"),
                (":scheme", "http"),
                (":path", "/"),
                (":authority", "a"),
            ];
            self.client.headers(1, &fields(&request), false);
            self.pass();
        }
    }

    #[test]
    fn a_conversation_that_keeps_the_rules_breaks_none() {
        let mut between = Between::new(&[(settings::ENABLE_CONNECT_PROTOCOL, 1)]);
        between.ask();
        between
            .server
            .headers(1, &fields(&[(":status", "200")]), false);
        for _ in 0..8 {
            between.client.data(1, vec![0; 60_000], None);
            between.pass();
        }
        between.client.finish(1);
        between.server.finish(1);
        between.pass();
        assert_eq!(between.violations(), []);
        let data = between.events.iter().filter_map(|(_, event)| match event {
            Event::Data { bytes, .. } => Some(bytes.len()),
            _ => None,
        });
        assert_eq!(data.sum::<usize>(), 480_000);
    }

    #[test]
    fn what_one_side_sent_decides_what_the_other_may() {
        let mut between = Between::new(&[(settings::ENABLE_CONNECT_PROTOCOL, 0)]);
        between.ask();
        between
            .server
            .headers(1, &fields(&[(":status", "200")]), false);
        between.server.headers(1, &fields(&[("a", "b")]), true);
        between.server.window_update(1, 0);
        between.pass();
        between.server.raw(0, 0, 3, b"never opened");
        between.pass();
        assert_eq!(
            between.violations(),
            [
                (Role::Client, Violation::ProtocolNotAnnounced),
                (Role::Server, Violation::HeadersInTunnel),
                (Role::Server, Violation::StreamIncrementZero),
                (Role::Server, Violation::FrameOnIdle),
            ]
        );
    }

    #[test]
    fn a_promised_stream_may_be_reset() {
        let mut between = Between::new(&[]);
        let get = [(":method", "GET"), (":scheme", "http"), (":path", "/")];
        between.client.headers(1, &fields(&get), true);
        between.pass();
        // A promise of stream 2, with the indexed fields of the same request.
        let promise = b"\0\0\0\x02\x82\x86\x84";
        let whole = frame::END_HEADERS;
        between.server.raw(frame::PUSH_PROMISE, whole, 1, promise);
        between.pass();
        between.client.reset(2, ErrorCode::CANCEL);
        between.pass();
        assert_eq!(between.violations(), []);
    }

    #[test]
    fn what_is_given_back_of_a_frame_under_way_is_no_overflow() {
        let mut between = Between::new(&[]);
        let get = [(":method", "POST"), (":scheme", "http"), (":path", "/")];
        between.client.headers(1, &fields(&get), false);
        let most = settings::LARGEST_WINDOW - settings::DEFAULT_WINDOW;
        between.server.window_update(0, most);
        between.pass();
        between.server.window_update(0, 100);
        between.pass();
        assert_eq!(between.violations(), []);
    }

    #[test]
    fn a_table_of_any_size_is_not_kept() {
        let between = Between::new(&[(settings::HEADER_TABLE_SIZE, u32::MAX)]);
        let mut events = between.events.iter();
        assert!(events.any(|(_, event)| *event == Event::Broken));
        assert_eq!(between.violations(), []);
    }
}

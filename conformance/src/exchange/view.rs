//! The target's side of the story: what it has said so far, sorted into lanes.
//!
//! Everything is read by tolerant decoders: what breaks a rule is noted as a passive fault and reading goes on.

use std::time::Duration;

use wsspec_core::Role;
use wsspec_core::close::split_body;
use wsspec_core::deflate::message::Context;
use wsspec_core::deflate::negotiation::{self, Parameters};
use wsspec_core::frame::MessageKind;
use wsspec_core::handshake::{Extension, HeadReader, Offered, Request};
use wsspec_core::message::{self, MessageReader};
use wsspec_core::violation::{Fault, Violation, ViolationSet};

use super::keys::Keys;

/// Bytes a target may send in messages and control frames beyond what it was sent itself.
const EXCESS: u64 = 2 << 20;

/// Messages and control frames it may send unasked.
const EXCESS_FRAMES: u64 = 4096;

/// How often the bytes of the frames it sends may be those it was sent: an echo in tiny fragments is mostly headers.
const EXCESS_FACTOR: u64 = 16;

/// What a request begins with, and no frame that a client may send: it would be reserved and not masked.
const NEXT: &[u8] = b"GET ";

/// So much of it is kept; there is no request of such a length.
const NEXT_AT_MOST: usize = 64 << 10;

/// How the target ended TCP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndOfStream {
    /// Orderly.
    Fin,
    /// By a reset.
    Rst,
}

/// The head the target sent, in parts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    /// 0 for a request.
    pub(crate) status: u16,
    pub(crate) reason: String,
    pub(crate) fields: Vec<(String, Vec<u8>)>,
    pub(crate) violations: Vec<Violation>,
    /// The terms of permessage-deflate that a response agrees to.
    pub(crate) compression: Option<Parameters>,
    /// The extensions that a request offers.
    pub(crate) extensions: Vec<Extension>,
    /// The key of a request.
    pub(crate) key: String,
    /// Method, target and version of a request.
    pub(crate) line: [String; 3],
}

/// A message from the target.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) kind: MessageKind,
    pub(crate) payload: Vec<u8>,
    pub(crate) use_: MessageUse,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MessageUse {
    /// Nobody asked for it, so far.
    Unasked,
    /// It pays a debt.
    Pays,
    /// It pays a debt that only a lenient target pays.
    PaysDoubtful,
    /// An expectation asked for it, or it is of no interest.
    Settled,
}

/// What the target does next, for the exchange to react to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Incoming {
    Head,
    Message(usize),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close,
}

/// Everything the target has said so far.
#[derive(Debug)]
pub(crate) struct View {
    target: Role,
    head: HeadReader,
    /// The head, once it is whole.
    pub(crate) answer: Option<Answer>,
    /// Bytes of interim responses in front of it.
    interim: u64,
    /// Bytes of its body that are still to come, where its length is known.
    body: Option<u64>,
    /// The head can never become right.
    pub(crate) garbage: Option<Fault>,
    reader: MessageReader,
    pub(crate) messages: Vec<Message>,
    pub(crate) pongs: Vec<Vec<u8>>,
    /// Pongs that an expectation has used.
    pub(crate) pongs_used: usize,
    /// Code and reason of its Close frame.
    pub(crate) close: Option<(Option<u16>, Vec<u8>)>,
    /// That Close answered ours: we had sent it before the target's came.
    pub(crate) answers_close: bool,
    pub(crate) end: Option<EndOfStream>,
    pub(crate) faults: Vec<Fault>,
    /// The masking keys of a client.
    pub(crate) keys: Keys,
    /// Our request was an ordinary one: what is wrong with the 101 is the target's own doing.
    pub(crate) plain_request: bool,
    /// When it last said anything.
    pub(crate) last: Duration,
    /// Bytes it has sent.
    pub(crate) bytes: u64,
    /// Grows with all it sends but pings and pongs, which may come at any time (RFC 6455 §5.5.2, §5.5.3).
    pub(crate) stir: u64,
    /// It sent more than anybody has to read; what it says from then on is not looked at.
    pub(crate) flood: Option<Flood>,
    /// What is kept of its messages and control frames: bytes, and how many they are.
    kept: [u64; 2],
    /// Bytes of frames, kept or not.
    framed: u64,
    /// The beginning of another request of a client on the same connection, which it took our answer to leave open
    /// for HTTP: this conversation is over.
    pub(crate) again: Option<Vec<u8>>,
    /// How much of that may be.
    allowed: [u64; 2],
}

/// A target without measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flood {
    /// More bytes than this in messages, pings and pongs, or in one of them, or many times that in their frames.
    Bytes(u64),
    /// More messages, pings, pongs, broken rules or interim responses than this.
    Frames(u64),
}

impl View {
    /// A view of a target that owes `weight` bytes at most.
    pub(crate) fn new(target: Role, weight: u64) -> View {
        let head = match target {
            Role::Server => HeadReader::response(),
            Role::Client => HeadReader::request(),
        };
        View {
            target,
            head: head.tolerating(ViolationSet::ALL),
            answer: None,
            interim: 0,
            body: None,
            garbage: None,
            reader: MessageReader::new(target.peer()),
            messages: Vec::new(),
            pongs: Vec::new(),
            pongs_used: 0,
            close: None,
            answers_close: false,
            end: None,
            faults: Vec::new(),
            keys: Keys::default(),
            plain_request: false,
            last: Duration::ZERO,
            bytes: 0,
            stir: 0,
            flood: None,
            kept: [0; 2],
            framed: 0,
            again: None,
            allowed: [EXCESS + weight, EXCESS_FRAMES],
        }
    }

    /// The target was sent so many messages and control frames, each of which it may answer, and so many bytes in
    /// messages, inflated.
    pub(crate) fn owes(&mut self, frames: u64, bytes: u64) {
        self.allowed[1] = EXCESS_FRAMES + 2 * frames;
        if self.allowed[0] < EXCESS + bytes {
            self.allowed[0] = EXCESS + bytes;
            self.reader = self.reader.clone().max_message(self.allowed[0]);
        }
    }

    /// Whether the target has closed or ended the connection.
    pub(crate) fn over(&self) -> bool {
        self.close.is_some() || self.end.is_some()
    }

    /// Whether frames can flow: the handshake is through.
    pub(crate) fn is_open(&self) -> bool {
        match self.target {
            Role::Server => self.answer.as_ref().is_some_and(|a| a.status == 101),
            Role::Client => self.answer.is_some(),
        }
    }

    /// Whether its head begins with something that can be read.
    pub(crate) fn begins_like_text(&self) -> bool {
        self.head.bytes().first().is_some_and(u8::is_ascii_graphic)
    }

    /// Whether what follows its head is frames of RFC 6455. A 101 to another protocol promises none (RFC 9110 §7.8),
    /// nor does one without Sec-WebSocket-Accept to an odd request, such as that of a draft of this protocol.
    fn speaks_frames(&self) -> bool {
        let elsewhere = |violation: &Violation| match violation {
            Violation::ResponseUpgradeWrong => true,
            Violation::AcceptMissing => !self.plain_request,
            _ => false,
        };
        self.is_open()
            && !self
                .answer
                .as_ref()
                .is_some_and(|answer| answer.violations.iter().any(elsewhere))
    }

    /// The beginning of the next request, unless it is too long for one.
    pub(crate) fn next_request(&mut self) -> Option<Vec<u8>> {
        self.again.take().filter(|bytes| bytes.len() < NEXT_AT_MOST)
    }

    /// Whether these bytes are a client's next request.
    fn asks_again(&self, bytes: &[u8]) -> bool {
        let begins = self.target == Role::Client && self.answer.is_some() && self.framed == 0;
        self.again.is_some() || begins && bytes.starts_with(NEXT)
    }

    /// Takes what the target sent.
    pub(crate) fn received(
        &mut self,
        bytes: &[u8],
        now: Duration,
        offered: &Offered<'_>,
    ) -> Vec<Incoming> {
        if self.asks_again(bytes) {
            let again = self.again.get_or_insert_default();
            again.extend(bytes.iter().take(NEXT_AT_MOST - again.len()));
            return Vec::new();
        }
        self.last = now;
        self.bytes += bytes.len() as u64;
        if self.flood.is_some() {
            return Vec::new();
        }
        if !self.is_open() {
            self.stir += bytes.len() as u64;
        }
        let mut incoming = Vec::new();
        let mut rest = bytes;
        while self.answer.is_none()
            && self.garbage.is_none()
            && self.flood.is_none()
            && !rest.is_empty()
        {
            match self.head.read(&mut rest) {
                Ok(true) => {
                    self.read_head(offered);
                    incoming.extend(self.answer.is_some().then_some(Incoming::Head));
                }
                Ok(false) => {}
                Err(fault) => self.garbage = Some(fault),
            }
        }
        if self.answer.is_some() && !self.is_open() {
            // Behind the body of a refusal there is nothing to come; frames there are for the case to judge.
            let skip = self
                .body
                .map_or(rest.len(), |left| left.min(rest.len() as u64) as usize);
            self.body = self.body.map(|left| left - skip as u64);
            rest = &rest[skip..];
        }
        if self.answer.is_some() && !rest.is_empty() {
            if self.target == Role::Client {
                self.keys.read(rest);
            }
            self.framed += rest.len() as u64;
            let mut copy = rest.to_vec();
            self.read_frames(&mut copy, &mut incoming);
        }
        incoming
    }

    fn read_head(&mut self, offered: &Offered<'_>) {
        let parsed = match self.target {
            Role::Server => self.head.parse_response().map(|r| Answer {
                status: r.status,
                reason: r.reason.to_owned(),
                fields: r
                    .fields
                    .iter()
                    .map(|(n, v)| (n.to_owned(), v.to_vec()))
                    .collect(),
                violations: r.violations(offered),
                compression: negotiation::judge(&r.extensions(), offered.extensions).0,
                extensions: Vec::new(),
                key: String::new(),
                line: Default::default(),
            }),
            Role::Client => self.head.parse_request().map(|r: Request<'_>| Answer {
                status: 0,
                reason: String::new(),
                fields: r
                    .fields
                    .iter()
                    .map(|(n, v)| (n.to_owned(), v.to_vec()))
                    .collect(),
                violations: bare_line_end(self.head.bytes())
                    .into_iter()
                    .chain(r.violations())
                    .collect(),
                compression: None,
                extensions: r.extensions(),
                key: r.key().unwrap_or_default().to_owned(),
                line: [
                    r.method.to_owned(),
                    r.target.to_owned(),
                    format!("HTTP/1.{}", r.minor),
                ],
            }),
        };
        match parsed {
            // An interim response; the final one follows (RFC 9110 §15.2).
            Ok(answer) if (100..200).contains(&answer.status) && answer.status != 101 => {
                self.interim += self.head.bytes().len() as u64;
                self.kept[1] += 1;
                if self.kept[1] > EXCESS_FRAMES {
                    self.flood = Some(Flood::Frames(EXCESS_FRAMES));
                }
                self.head = HeadReader::response().tolerating(ViolationSet::ALL);
            }
            Ok(answer) => {
                let length = answer
                    .fields
                    .iter()
                    .find(|(n, _)| n.eq_ignore_ascii_case("content-length"));
                self.body = length.and_then(|(_, v)| std::str::from_utf8(v).ok()?.parse().ok());
                let offset = self.interim + self.head.bytes().len() as u64;
                self.reader = MessageReader::new(self.target.peer())
                    .tolerating(tolerated())
                    .max_message(self.allowed[0])
                    .starting_at(offset)
                    .compression(answer.compression.map(|p| p.context(self.target)));
                if answer.status == 101 && self.plain_request {
                    let bare = bare_line_end(self.head.bytes());
                    self.faults.extend(
                        answer
                            .violations
                            .iter()
                            .copied()
                            .chain(bare)
                            .map(|v| v.at(offset - 1)),
                    );
                }
                self.answer = Some(answer);
            }
            Err(fault) => self.garbage = Some(fault),
        }
    }

    fn read_frames(&mut self, bytes: &mut [u8], incoming: &mut Vec<Incoming>) {
        let mut input = bytes;
        loop {
            let closed = self.close.is_some();
            let read = self.reader.read(&mut input);
            let more = matches!(read, Ok(Some(_)));
            self.measure(&read);
            let asks = matches!(
                read,
                Ok(Some(message::Incoming::Ping(_) | message::Incoming::Pong(_)) | None)
            );
            self.stir += u64::from(!asks);
            match read {
                // What follows a Close belongs to the passive rule alone.
                Ok(Some(message::Incoming::Message(kind, payload))) if self.close.is_none() => {
                    incoming.push(Incoming::Message(self.messages.len()));
                    self.messages.push(Message {
                        kind,
                        payload,
                        use_: MessageUse::Unasked,
                    });
                }
                Ok(Some(message::Incoming::Ping(payload))) => {
                    incoming.push(Incoming::Ping(payload))
                }
                Ok(Some(message::Incoming::Pong(payload))) => {
                    incoming.push(Incoming::Pong(payload.clone()));
                    self.pongs.push(payload);
                }
                Ok(Some(message::Incoming::Close(body))) if self.close.is_none() => {
                    let parts = split_body(&body);
                    self.close = Some((
                        parts.map(|(c, _)| c.0),
                        parts.map_or(Vec::new(), |(_, r)| r.to_vec()),
                    ));
                    incoming.push(Incoming::Close);
                }
                Ok(_) => {}
                Err(fault) => {
                    if !closed && !self.faults.contains(&fault) {
                        self.faults.push(fault);
                    }
                }
            }
            let noted = self.reader.take_tolerated();
            // Behind a Close there may be bytes that are no frames at all, such as an HTTP error page: only a
            // data frame that is right in all else counts.
            let counts = match &noted[..] {
                [only] if only.violation == Violation::DataAfterClose => more,
                _ => !closed && self.speaks_frames(),
            };
            if counts {
                self.faults.extend(noted);
            }
            if !more || self.flood.is_some() {
                return;
            }
        }
    }

    /// Keeps the account of what is kept.
    fn measure(&mut self, read: &Result<Option<message::Incoming>, Fault>) {
        let [bytes, frames] = self.allowed;
        match read {
            Ok(Some(
                message::Incoming::Message(_, payload)
                | message::Incoming::Ping(payload)
                | message::Incoming::Pong(payload),
            )) => self.kept = [self.kept[0] + payload.len() as u64, self.kept[1] + 1],
            Err(Fault {
                violation: Violation::MessageTooBig,
                ..
            }) => self.flood = Some(Flood::Bytes(bytes)),
            _ => {}
        }
        let much = self.kept[0] > bytes || self.framed > EXCESS + (bytes - EXCESS) * EXCESS_FACTOR;
        let over = [much, self.kept[1] + self.faults.len() as u64 > frames];
        match over {
            [true, _] => self.flood = Some(Flood::Bytes(bytes)),
            [_, true] => self.flood = Some(Flood::Frames(frames)),
            _ => {}
        }
    }

    /// What the target compresses from here on is inflated.
    pub(crate) fn agree(&mut self, context: Context) {
        self.reader = self.reader.clone().compression(Some(context));
    }

    /// The lines of a field of the head.
    pub(crate) fn field<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> + 'a {
        let fields = self.answer.iter().flat_map(|a| &a.fields);
        fields
            .filter(move |(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.as_slice())
    }
}

/// The reader goes on after a line that ends with LF alone; it is a violation all the same.
fn bare_line_end(head: &[u8]) -> Option<Violation> {
    let mut lines = head.split_inclusive(|b| *b == b'\n');
    lines
        .any(|line| !line.ends_with(b"\r\n"))
        .then_some(Violation::LineEndBare)
}

/// Everything but what would make memory unbounded.
fn tolerated() -> ViolationSet {
    Violation::ALL
        .iter()
        .copied()
        .filter(|v| *v != Violation::MessageTooBig)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFERED: Offered<'_> = Offered {
        key: "dGhlIHNhbXBsZSBub25jZQ==",
        subprotocols: &[],
        extensions: &[],
    };

    fn answered(fields: &str) -> View {
        answered_to(true, fields)
    }

    fn answered_to(plain_request: bool, fields: &str) -> View {
        let mut view = View::new(Role::Server, 0);
        view.plain_request = plain_request;
        let head =
            format!("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n{fields}\r\n");
        view.received(head.as_bytes(), Duration::ZERO, &OFFERED);
        view
    }

    const RIGHT: &str =
        "Upgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

    /// What follows: bytes that would be a frame with a reserved bit.
    #[test]
    fn a_101_to_another_protocol_is_followed_by_no_frames() {
        for (fields, to_plain, to_odd) in [
            (RIGHT, true, true),
            ("Upgrade: WebSocket\r\n", true, false),
            (
                "Upgrade: h2c\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n",
                false,
                false,
            ),
        ] {
            for (plain, frames) in [(true, to_plain), (false, to_odd)] {
                let mut view = answered_to(plain, fields);
                view.received(b"8jKS'y:G*Co,Wxa-", Duration::ZERO, &OFFERED);
                let noted = view.faults.iter().any(|f| f.violation == Violation::RsvSet);
                assert_eq!(
                    noted, frames,
                    "{fields} to a request that is plain: {plain}"
                );
            }
        }
    }

    /// Each of our messages and pings may have its answer, and as many frames may come unasked for it.
    #[test]
    fn a_flood_is_what_goes_beyond_the_answers_to_what_was_sent() {
        for sent in [0, 1, 1000] {
            let most = EXCESS_FRAMES + 2 * sent;
            let mut view = answered(RIGHT);
            view.owes(sent, 0);
            view.received(&[0x8a, 0].repeat(most as usize), Duration::ZERO, &OFFERED);
            assert_eq!((view.flood, view.pongs.len() as u64), (None, most));
            view.received(&[0x8a, 0], Duration::ZERO, &OFFERED);
            assert_eq!(view.flood, Some(Flood::Frames(most)));
        }
        for sent in [1, 1000] {
            let most = EXCESS + sent;
            let mut view = answered(RIGHT);
            view.owes(0, sent);
            let message = |size: u64| {
                [
                    &[0x82, 127][..],
                    &size.to_be_bytes(),
                    &vec![0; size as usize],
                ]
                .concat()
            };
            view.received(&message(most), Duration::ZERO, &OFFERED);
            assert_eq!((view.flood, view.messages.len()), (None, 1));
            view.received(&[0x82, 1, 0], Duration::ZERO, &OFFERED);
            assert_eq!(view.flood, Some(Flood::Bytes(most)));
        }
    }

    /// A Close and the end of TCP end it; behind a Close only a data frame that is right in all else counts.
    #[test]
    fn what_follows_a_close_belongs_to_one_passive_rule() {
        for (bytes, noted) in [
            (&[0x82, 1, 0][..], true),
            (&[0x89, 0], false),
            (&[0xc2, 0], false),
            (b"HTTP/1.1 400 Bad Request\r\n\r\n", false),
        ] {
            let mut view = answered(RIGHT);
            assert!(!view.over());
            view.received(&[0x88, 0], Duration::ZERO, &OFFERED);
            assert!(view.over());
            view.received(bytes, Duration::ZERO, &OFFERED);
            let faults: Vec<Violation> = view.faults.iter().map(|f| f.violation).collect();
            assert_eq!(
                faults,
                [Violation::DataAfterClose][..usize::from(noted)],
                "{bytes:02x?}"
            );
            assert!(view.messages.is_empty());
        }
        let mut view = answered(RIGHT);
        view.end = Some(EndOfStream::Fin);
        assert!(view.over());
    }

    /// Pings and pongs may come at any time; all else ends a silence, half a head as well.
    #[test]
    fn silence_is_broken_by_all_but_pings_and_pongs() {
        let mut view = View::new(Role::Server, 0);
        view.received(b"HTTP", Duration::ZERO, &OFFERED);
        assert_eq!((view.stir, view.bytes), (4, 4));
        for (bytes, stirs) in [
            (&[0x89, 0][..], false),
            (&[0x8a, 0], false),
            (&[0x82, 0], true),
            (&[0x88, 0], true),
        ] {
            let mut view = answered(RIGHT);
            let before = view.stir;
            view.received(bytes, Duration::ZERO, &OFFERED);
            assert_eq!(view.stir > before, stirs, "{bytes:02x?}");
        }
    }
}

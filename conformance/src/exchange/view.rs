//! The target's side of a conversation: what it has sent so far, sorted into lanes.
//!
//! Everything is read tolerantly: what breaks a rule is noted as a fault, and reading goes on.

use std::time::Duration;

use wsspec_core::Role;
use wsspec_core::close::split_body;
use wsspec_core::deflate::message::Context;
use wsspec_core::frame::MessageKind;
use wsspec_core::message::Incoming as Received;
use wsspec_core::observe::{ObservationKind, Observer};
use wsspec_core::tls::{Alert, ClientHello};
use wsspec_core::violation::{Fault, Violation};

use super::flood::{Flood, Limits};
use super::framing::{Clues, Framing};
use super::reason::Lost;
use crate::binding::{EndOfStream, ErrorNumber, HeadKind, Input, ReceivedHead};

/// Masking keys kept of one connection.
const MAX_KEYS: usize = 4096;

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
    /// Nothing asked for it, so far.
    Unasked,
    /// Nothing asked for it, and the application may have sent it for reasons of its own.
    Beside,
    /// It pays a debt.
    Pays,
    /// It pays a debt that only a lenient target pays.
    PaysDoubtful,
    /// An expectation asked for it, or it is of no interest.
    Settled,
}

/// What the target does, for the exchange to react to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Incoming {
    Head,
    /// The place of a message in [`View::messages`].
    Message(usize),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close,
}

/// The Close frame of the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CloseFrame {
    pub(crate) code: Option<u16>,
    pub(crate) reason: Vec<u8>,
    /// It answers ours, which had been sent before it came.
    pub(crate) answers: bool,
}

/// Everything the target has sent so far in one conversation.
#[derive(Debug)]
pub(crate) struct View {
    target: Role,
    /// The head, once it is complete.
    pub(crate) head: Option<ReceivedHead>,
    /// The head can never become one.
    pub(crate) garbage: Option<Fault>,
    pub(crate) framing: Framing,
    observer: Observer,
    limits: Limits,
    pub(crate) messages: Vec<Message>,
    pub(crate) pongs: Pongs,
    pub(crate) close: Option<CloseFrame>,
    pub(crate) end: Option<EndOfStream>,
    /// The error with which the target refused to read more of the stream (STOP_SENDING).
    pub(crate) stopped: Option<ErrorNumber>,
    /// The ClientHello, where we are a server of TLS.
    pub(crate) hello: Option<ClientHello>,
    /// The fatal alert of TLS, if there was one.
    pub(crate) alert: Option<Alert>,
    pub(crate) own: OwnBytes,
    /// When the target last sent anything, and how much.
    pub(crate) activity: Activity,
    /// When the first ping of the target came.
    pub(crate) pinged: Option<Duration>,
    /// The client has gone on to its next HTTP request: this conversation is over.
    pub(crate) moved_on: bool,
}

/// The pongs of the target.
#[derive(Debug, Default)]
pub(crate) struct Pongs {
    pub(crate) all: Vec<Vec<u8>>,
    /// Those at the beginning that an expectation has used.
    pub(crate) used: usize,
}

/// What the rules judge that hold whatever a case is about.
#[derive(Debug, Default)]
pub(crate) struct OwnBytes {
    /// Rules that the target's bytes broke.
    pub(crate) faults: Vec<Fault>,
    /// The masking keys of a client's frames, in their order.
    pub(crate) keys: Vec<[u8; 4]>,
}

/// When the target last sent anything, and how much.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Activity {
    /// The time of the latest bytes.
    pub(crate) last: Duration,
    /// Bytes in all.
    pub(crate) bytes: u64,
    /// Grows with all that is sent but pings and pongs, which may come at any time (RFC 6455
    /// §5.5.2, §5.5.3).
    pub(crate) count: u64,
    /// How much of that were messages.
    pub(crate) messages: u64,
}

impl Activity {
    /// How much was sent beside messages.
    pub(crate) fn beside_messages(self) -> u64 {
        self.count - self.messages
    }
}

impl View {
    /// A view of a target that owes at most `weight` bytes.
    pub(crate) fn new(target: Role, weight: u64) -> View {
        View {
            target,
            head: None,
            garbage: None,
            framing: Framing::new(target),
            observer: Observer::new(target).already_open(),
            limits: Limits::new(weight),
            messages: Vec::new(),
            pongs: Pongs::default(),
            close: None,
            end: None,
            stopped: None,
            hello: None,
            alert: None,
            own: OwnBytes::default(),
            activity: Activity::default(),
            pinged: None,
            moved_on: false,
        }
    }

    /// The target was sent `frames` messages and control frames, each of which it may answer, and
    /// messages of `bytes` bytes, inflated.
    pub(crate) fn owes(&mut self, frames: u64, bytes: u64) {
        if self.limits.owes(frames, bytes) {
            self.observer.set_max_message(self.limits.max_bytes());
        }
    }

    /// The target wants no more of the stream. Without an error, that says nothing of what it sends
    /// (RFC 9114 §4.1).
    pub(crate) fn stopped(&mut self, code: ErrorNumber) {
        if !code.is_none() {
            self.stopped.get_or_insert(code);
        }
    }

    /// Whether the target has closed or ended the connection.
    pub(crate) fn over(&self) -> bool {
        self.close.is_some() || self.end.is_some()
    }

    /// Whether the target's part of the opening handshake is done.
    pub(crate) fn is_open(&self) -> bool {
        self.head.as_ref().is_some_and(ReceivedHead::opens)
    }

    /// The target sent more than it has any reason to; the rest is not looked at.
    pub(crate) fn flood(&self) -> Option<Flood> {
        self.limits.flood
    }

    /// How the conversation was lost for what needs an open one, if it was.
    pub(crate) fn lost(&self) -> Option<Lost> {
        if let Some(close) = &self.close {
            return Some(Lost::Closed(close.code));
        }
        if let Some(end) = self.end {
            return Some(Lost::Ended(end));
        }
        match self.head.as_ref().map(|head| &head.kind) {
            Some(HeadKind::Answer(status)) if !status.opens => Some(Lost::Refused(status.clone())),
            _ => self.garbage.map(Lost::BrokenHead),
        }
    }

    /// The lines of a field of the head.
    pub(crate) fn field<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> + 'a {
        self.head.iter().flat_map(move |head| head.field(name))
    }

    /// What the target compresses from here on is inflated.
    pub(crate) fn agree(&mut self, context: Context) {
        self.framing.agree();
        self.observer.agree(context);
    }

    /// Notes that bytes came.
    pub(crate) fn came(&mut self, bytes: usize, now: Duration) {
        self.activity.last = now;
        self.activity.bytes += bytes as u64;
        if !self.is_open() {
            self.activity.count += bytes as u64;
        }
    }

    /// The size of the largest message that is read.
    pub(crate) fn max_message(&self) -> u64 {
        self.limits.max_bytes()
    }

    /// Takes what the binding made of the bytes. Frames are read by [`read_on`](Self::read_on).
    pub(crate) fn take(&mut self, input: Input) -> Option<Incoming> {
        if self.flood().is_some() {
            return None;
        }
        match input {
            Input::Interim => self.limits.interim(),
            Input::Broken(fault) => self.garbage = Some(fault),
            Input::NextRequest => self.moved_on = true,
            Input::Head(head) => {
                self.take_head(*head);
                return Some(Incoming::Head);
            }
            Input::Data(bytes) => {
                self.limits.framed(bytes.len());
                self.framing.push(bytes);
            }
        }
        None
    }

    /// Reads what has come, at most to the end of a frame. `None` if more has to come, or nothing
    /// more can be read. With `last`, nothing more is waited for.
    pub(crate) fn read_on(&mut self, clues: &Clues<'_>, last: bool) -> Option<Vec<Incoming>> {
        if self.flood().is_some() {
            return None;
        }
        let mut incoming = Vec::new();
        let Some(mut bytes) = self.framing.next(clues, last) else {
            self.limits.check(self.own.faults.len());
            return None;
        };
        self.read_frames(&mut bytes, &mut incoming);
        if self.close.is_some() {
            self.framing.closed();
        }
        Some(incoming)
    }

    fn take_head(&mut self, head: ReceivedHead) {
        self.observer = Observer::new(self.target)
            .already_open()
            .max_message(self.limits.max_bytes())
            .starting_at(head.end)
            .compression(head.terms.map(|terms| terms.context(self.target)));
        self.own.faults.extend(&head.faults);
        if head.frames_follow {
            self.framing.frames_follow();
        }
        if head.terms.is_some() {
            self.framing.agree();
        }
        self.head = Some(head);
    }

    fn read_frames(&mut self, mut input: &mut [u8], incoming: &mut Vec<Incoming>) {
        let mut noted = Vec::new();
        while self.flood().is_none() {
            let Some(observation) = self.observer.next(&mut input) else {
                self.limits.check(self.own.faults.len());
                self.keep(&mut noted, self.close.is_some(), false);
                return;
            };
            match observation.kind {
                ObservationKind::Fault(fault) => noted.push(fault),
                ObservationKind::Frame(header) => {
                    if self.target == Role::Client && self.own.keys.len() < MAX_KEYS {
                        self.own.keys.extend(header.mask);
                    }
                }
                ObservationKind::Failed(fault) => {
                    // Only a message over the limit is not tolerated.
                    self.limits.message_too_big();
                    self.activity.count += 1;
                    if self.close.is_none() && !self.own.faults.contains(&fault) {
                        self.own.faults.push(fault);
                    }
                    self.keep(&mut noted, self.close.is_some(), false);
                    return;
                }
                ObservationKind::Incoming(received) => {
                    let closed = self.close.is_some();
                    self.measure(&received);
                    self.sort(received, incoming);
                    self.keep(&mut noted, closed, true);
                }
                // Heads and bodies belong to the binding.
                ObservationKind::Interim(_)
                | ObservationKind::Head(_)
                | ObservationKind::Body(_) => {}
            }
        }
    }

    fn measure(&mut self, received: &Received) {
        if let Received::Message(_, payload) | Received::Ping(payload) | Received::Pong(payload) =
            received
        {
            self.limits.kept(payload.len());
        }
        self.limits.check(self.own.faults.len());
    }

    /// Puts what came into its lane.
    fn sort(&mut self, received: Received, incoming: &mut Vec<Incoming>) {
        match received {
            Received::Ping(payload) => {
                self.pinged.get_or_insert(self.activity.last);
                incoming.push(Incoming::Ping(payload));
                return;
            }
            Received::Pong(payload) => {
                incoming.push(Incoming::Pong(payload.clone()));
                self.pongs.all.push(payload);
                return;
            }
            // What follows a Close belongs to the passive rule alone.
            Received::Message(kind, payload) if self.close.is_none() => {
                incoming.push(Incoming::Message(self.messages.len()));
                self.activity.messages += 1;
                self.messages.push(Message {
                    kind,
                    payload,
                    use_: MessageUse::Unasked,
                });
            }
            Received::Close(body) if self.close.is_none() => {
                let parts = split_body(&body);
                self.close = Some(CloseFrame {
                    code: parts.map(|(code, _)| code.0),
                    reason: parts.map_or(Vec::new(), |(_, reason)| reason.to_vec()),
                    answers: false,
                });
                incoming.push(Incoming::Close);
            }
            Received::Message(..) | Received::Close(_) | Received::Reserved(..) => {}
        }
        self.activity.count += 1;
    }

    /// Keeps the faults noted on the way to a message or control frame (`complete`), or to the end
    /// of the bytes.
    fn keep(&mut self, noted: &mut Vec<Fault>, closed: bool, complete: bool) {
        let counts = if counts_after_close(noted) {
            complete
        } else {
            !closed && self.head.as_ref().is_some_and(|head| head.frames_follow)
        };
        if counts {
            self.own.faults.append(noted);
        }
        noted.clear();
    }
}

/// Whether these faults of a whole frame count after a Close. There may be bytes that are no frames at
/// all, such as an HTTP error page: only a data frame that is right in all else counts.
pub(crate) fn counts_after_close(faults: &[Fault]) -> bool {
    matches!(faults, [only] if only.violation == Violation::DataAfterClose)
}

#[cfg(test)]
mod tests;

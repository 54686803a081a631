//! Reads a conversation as a conforming target does, and writes down what each step may bring
//! about.

use serde_json::{Map, Value, json};
use wsspec_core::deflate::message::Context;
use wsspec_core::frame::Sequence;
use wsspec_core::message::Incoming;
use wsspec_core::observe::{ObservationKind, Observer};
use wsspec_core::violation::ViolationSet;
use wsspec_core::{Role, Violation};

use super::encoder::Encoder;
use super::outcomes::{self, Rest};
use crate::fuzz::plan::{Body, Piece, SendStep};

/// A larger message may exceed a target's limit (RFC 6455 §10.4), in bytes.
const LARGE_MESSAGE: usize = 4 << 10;

/// A message in more fragments may exceed a target's limit.
const MANY_FRAGMENTS: usize = 16;

/// More frames sent without a wait may exceed a target's limit.
const MANY_FRAMES: u32 = 24;

/// What a step does to the conversation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    Continues,
    /// The conversation ends because the step breaks this rule.
    Violates(Violation),
    /// The conversation ends with our Close.
    Closes,
}

/// The conversation up to the current step, as the target has read it.
pub(super) struct ModelReader {
    /// Tolerates every violation: its first fault is where a strict reader stops.
    observer: Observer,
    encoder: Encoder,
    steps: Vec<Value>,
    /// Messages whose echo has not been awaited.
    owed: usize,
    /// The payload of the last ping whose pong has not been awaited.
    ping: Option<Vec<u8>>,
    load: Load,
}

/// What may exceed a target's limits.
struct Load {
    frames: u32,
    /// Of these frames, those whose effect has been awaited.
    settled: u32,
    /// The largest message, in bytes.
    largest_message: usize,
    most_fragments: usize,
}

impl ModelReader {
    /// A reader at the start of a connection to a target of this role.
    pub(super) fn new(compresses: bool, target: Role) -> ModelReader {
        let context = compresses.then_some(Context {
            window_bits: 15,
            takeover: true,
        });
        ModelReader {
            observer: Observer::new(target.peer())
                .already_open()
                .compression(context)
                .tolerating(ViolationSet::ALL),
            encoder: Encoder::new(context, target.peer()),
            steps: Vec::new(),
            owed: 0,
            ping: None,
            load: Load {
                frames: 0,
                settled: 0,
                largest_message: 0,
                most_fragments: 1,
            },
        }
    }

    /// Begins the vector with these steps.
    pub(super) fn begin(&mut self, steps: Vec<Value>) {
        self.steps = steps;
    }

    /// The vector's steps, and the number of frames sent.
    pub(super) fn finish(self) -> (Vec<Value>, u32) {
        (self.steps, self.load.frames)
    }

    /// The state of the target before `step`, and the magnitude of the step.
    pub(super) fn state(&self, step: &SendStep) -> String {
        let size: u64 = step.frames.iter().map(size).sum();
        let sequence = if self.observer.sequence() == Sequence::Idle {
            "idle"
        } else {
            "within a message"
        };
        let owed = self.owed.min(3);
        format!("{sequence}, {owed} owed, 2^{}", (size + 1).ilog2())
    }

    /// Adds `step` and its allowed outcomes. `None` where these cannot be determined.
    pub(super) fn take(&mut self, step: &SendStep) -> Option<Progress> {
        let (steps_before, owed_before) = (self.steps.len(), self.owed);
        self.steps.push(step.json());
        let frames = self.encoder.encode(step)?;
        self.load.frames += frames.len() as u32;
        let most_fragments = step.frames.iter().map(fragments).max();
        self.load.most_fragments = self.load.most_fragments.max(most_fragments.unwrap_or(1));
        for (i, bytes) in frames.iter().enumerate() {
            match self.read(bytes) {
                Progress::Continues => {}
                Progress::Closes => {
                    self.expect_close(steps_before, owed_before);
                    return Some(Progress::Closes);
                }
                Progress::Violates(violation) => {
                    let rest = self.rest(violation, &frames[i + 1..]);
                    let violation = cause(violation, step);
                    self.expect_failure(violation, rest)?;
                    return Some(Progress::Violates(violation));
                }
            }
        }
        if step.wait {
            self.settle(true)?;
        }
        Some(Progress::Continues)
    }

    /// Reads one frame, or one message in fragments. After a violation or a Close, the rest of it
    /// is read as well, but does not count.
    fn read(&mut self, bytes: &[u8]) -> Progress {
        let mut copy = bytes.to_vec();
        let mut input = copy.as_mut_slice();
        let mut progress = Progress::Continues;
        while let Some(observation) = self.observer.next(&mut input) {
            if progress == Progress::Continues {
                progress = self.note(observation.kind);
            }
        }
        progress
    }

    fn note(&mut self, kind: ObservationKind) -> Progress {
        match kind {
            ObservationKind::Fault(fault) | ObservationKind::Failed(fault) => {
                return Progress::Violates(fault.violation);
            }
            ObservationKind::Incoming(Incoming::Close(_)) => return Progress::Closes,
            ObservationKind::Incoming(Incoming::Message(_, payload)) => {
                self.owed += 1;
                self.load.largest_message = self.load.largest_message.max(payload.len());
            }
            ObservationKind::Incoming(Incoming::Ping(payload)) => self.ping = Some(payload),
            _ => {}
        }
        Progress::Continues
    }

    /// Reads the frames of the step that follow the broken rule.
    fn rest(&mut self, violation: Violation, frames: &[Vec<u8>]) -> Rest {
        let mut closes = false;
        for bytes in frames {
            let mut copy = bytes.clone();
            let mut input = copy.as_mut_slice();
            while let Some(observation) = self.observer.next(&mut input) {
                let kind = observation.kind;
                closes |= matches!(kind, ObservationKind::Incoming(Incoming::Close(_)));
            }
        }
        let of_message = matches!(
            violation,
            Violation::TextNotUtf8 | Violation::DeflateInvalid
        );
        let complete = self.observer.at_boundary()
            && (!of_message || self.observer.sequence() == Sequence::Idle);
        match (complete, closes) {
            (true, _) => Rest::Complete,
            (false, true) => Rest::Closed,
            (false, false) => Rest::Missing,
        }
    }

    /// Waits for every answer that is due. `asks`: where none is, a ping asks for one. `None` where
    /// something is due within a frame, where nothing can be asked.
    pub(super) fn settle(&mut self, asks: bool) -> Option<()> {
        let ping = self.ping.take();
        if !self.observer.at_boundary() {
            if self.owed > 0 || ping.is_some() {
                return None;
            }
            self.expect(outcomes::silence());
            return Some(());
        }
        let may_exceed_limits = self.may_exceed_limits();
        self.load.settled = self.load.frames;
        if let Some(payload) = &ping {
            let answer = json!({"pong": Body::Bytes(payload.clone()).json()});
            self.expect(outcomes::answer(answer, may_exceed_limits));
        }
        if self.owed > 0 {
            self.expect(outcomes::answer(json!("echo"), may_exceed_limits));
        } else if asks && ping.is_none() {
            self.expect(json!("alive"));
        }
        self.owed = 0;
        Some(())
    }

    fn may_exceed_limits(&self) -> bool {
        self.load.largest_message > LARGE_MESSAGE
            || self.load.most_fragments > MANY_FRAGMENTS
            || self.load.frames - self.load.settled > MANY_FRAMES
    }

    fn expect(&mut self, outcomes: Value) {
        let step = Map::from_iter([("expect".to_owned(), outcomes)]);
        self.steps.push(step.into());
    }

    /// Ends the vector with our Close. What was owed before the step comes before it.
    fn expect_close(&mut self, steps_before: usize, owed_before: usize) {
        if owed_before > 0 {
            let echo = outcomes::answer(json!("echo"), true);
            self.steps.insert(steps_before, json!({"expect": echo}));
        }
        self.expect(outcomes::close());
    }

    /// Ends the vector with a violation. `None` where the outcomes cannot be determined.
    fn expect_failure(&mut self, violation: Violation, rest: Rest) -> Option<()> {
        if rest != Rest::Complete && self.owed > 0 {
            return None;
        }
        self.expect(outcomes::failure(violation, rest)?);
        Some(())
    }
}

/// The rule that a step breaks where the reader finds `violation`: a control frame may be too long
/// by its length form alone.
fn cause(violation: Violation, step: &SendStep) -> Violation {
    let has_long_form = step
        .frames
        .iter()
        .any(|piece| matches!(piece, Piece::Generated(spec) if spec.length_bits.is_some()));
    match violation {
        Violation::ControlTooLong if has_long_form => Violation::LengthNotMinimal,
        violation => violation,
    }
}

/// The number of fragments of a message; for one from a vector, an upper bound.
fn fragments(piece: &Piece) -> usize {
    match piece {
        Piece::Generated(spec) => spec.fragments.len() + 1,
        Piece::FromVector(frame) if frame.contains_key("fragments") => MANY_FRAGMENTS + 1,
        Piece::FromVector(_) | Piece::Raw(_) => 1,
    }
}

/// The size of a payload in bytes; for one from a vector, a guess.
fn size(piece: &Piece) -> u64 {
    match piece {
        Piece::Generated(spec) => spec.body.size(),
        Piece::Raw(bytes) => bytes.len() as u64,
        Piece::FromVector(_) => 64,
    }
}

//! What a target may do at each point of a generated conversation.
//!
//! The frames are read as a right target reads them; from what it finds follows the set of outcomes that the standard
//! allows, in the words of the vector language. A conversation for which that set cannot be told is none.

use serde_json::{Value, json};
use wsspec_core::deflate::message::{Context, Deflator};
use wsspec_core::frame::Sequence;
use wsspec_core::message::{Incoming, MessageReader};
use wsspec_core::violation::{Answer, ViolationSet};
use wsspec_core::{Role, Violation as V};

use super::plan::{Body, Move, Piece, Plan};
use crate::exchange::frame_bytes;
use wsspec_vectors::{Content, Frame, SplitMix64};

/// Bytes that a conversation sends, at most.
const MOST: usize = 1 << 20;

/// A message of more bytes than this, or in more fragments, may be too much for a target (RFC 6455 §10.4).
const LARGE: usize = 4 << 10;
const FRAGMENTS: usize = 16;

/// So many frames at once may be too many for it.
const AT_ONCE: u32 = 24;

/// A conversation with what is allowed in it.
#[derive(Debug, Clone)]
pub(crate) struct Modelled {
    /// The steps of the vector.
    pub(crate) steps: Vec<Value>,
    /// The rule that is broken in the end, if one is.
    pub(crate) broken: Option<V>,
    /// The requirement that the conversation is about.
    pub(crate) requirement: &'static str,
    /// Frames, or messages in fragments, that are sent.
    pub(crate) frames: u32,
    /// What state the target is in when the last move comes, in few words, and how large that is.
    pub(crate) state: String,
}

/// The allowed outcomes of `plan`. `None` where they cannot be told, or it is too large.
pub(crate) fn model(plan: &Plan, target: Role) -> Option<Modelled> {
    let context = plan.terms.map(|_| Context {
        window_bits: 15,
        takeover: true,
    });
    let mut reading = Reading {
        reader: MessageReader::new(target).compression(context),
        lenient: MessageReader::new(target)
            .compression(context)
            .tolerating(ViolationSet::ALL),
        deflator: context.map(Deflator::new),
        random: SplitMix64(1),
        sender: target.peer(),
        sent: 0,
        frames: 0,
        settled: 0,
        steps: Vec::new(),
        owed: 0,
        largest: 0,
        most_fragments: 1,
        ping: None,
    };
    let mut requirement = "RFC6455-5.6-2";
    if let Some(heading) = &plan.heading {
        reading.steps = heading.steps(target);
        requirement = opening(target);
        if heading.wrong {
            let Reading { steps, frames, .. } = reading;
            let state = format!(
                "refusable {}",
                heading
                    .headers
                    .keys()
                    .next_back()
                    .map_or("", String::as_str)
            );
            return Some(Modelled {
                steps,
                broken: None,
                requirement,
                frames,
                state,
            });
        }
    }
    let mut last = String::new();
    for moved in &plan.moves {
        requirement = about(moved, plan.terms.is_some(), requirement);
        last = reading.state(moved);
        let course = reading.take(moved)?;
        if course != Course::GoesOn {
            let broken = if let Course::Broken(violation) = course {
                Some(violation)
            } else {
                None
            };
            return Some(Modelled {
                steps: reading.steps,
                broken,
                requirement: broken.map_or("RFC6455-5.5.1-8", V::requirement),
                frames: reading.frames,
                state: last,
            });
        }
    }
    reading.settle(false)?;
    let Reading { steps, frames, .. } = reading;
    Some(Modelled {
        steps,
        broken: None,
        requirement,
        frames,
        state: last,
    })
}

/// What a move makes of the conversation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Course {
    GoesOn,
    /// It ends with a rule that is broken.
    Broken(V),
    Closed,
}

/// The frames so far, read by a right target.
struct Reading {
    reader: MessageReader,
    /// Reads on where the other has found something.
    lenient: MessageReader,
    deflator: Option<Deflator>,
    random: SplitMix64,
    sender: Role,
    sent: usize,
    frames: u32,
    /// Of them, those that were waited for.
    settled: u32,
    steps: Vec<Value>,
    /// Messages that have not been waited for.
    owed: usize,
    /// The largest message that was sent.
    largest: usize,
    most_fragments: usize,
    /// The last ping that was not waited for.
    ping: Option<Vec<u8>>,
}

impl Reading {
    fn state(&self, moved: &Move) -> String {
        let size: u64 = moved.frames.iter().map(size).sum();
        let sequence = if self.reader.sequence() == Sequence::Idle {
            "idle"
        } else {
            "within a message"
        };
        format!(
            "{sequence}, {} owed, 2^{}",
            self.owed.min(3),
            (size + 1).ilog2()
        )
    }

    /// Takes a move in, and writes down what it may bring about.
    fn take(&mut self, moved: &Move) -> Option<Course> {
        let (before, owed_before) = (self.steps.len(), self.owed);
        self.steps.push(moved.json());
        let read = |piece: &Piece| serde_json::from_value::<Frame>(piece.json()).ok();
        let frames = moved
            .frames
            .iter()
            .map(|piece| Some((piece, read(piece)?)))
            .collect::<Option<Vec<_>>>()?;
        let mut pieces = Vec::new();
        for (piece, frame) in (0..moved.times).flat_map(|_| &frames) {
            let bytes = frame_bytes(frame, self.sender, &mut self.random, self.deflator.as_mut());
            self.sent += bytes.len();
            self.frames += 1;
            if self.sent > MOST {
                return None;
            }
            if self.deflator.is_some() && is_riddle(piece, frame) {
                return None;
            }
            self.most_fragments = self.most_fragments.max(fragments(piece));
            pieces.push(bytes);
        }
        for (i, bytes) in pieces.iter().enumerate() {
            let mut copy = bytes.clone();
            let mut input = copy.as_mut_slice();
            loop {
                match self.reader.read(&mut input) {
                    Ok(None) => break,
                    Ok(Some(incoming)) => {
                        if self.came(incoming) {
                            return self.over(Course::Closed, false, before, owed_before);
                        }
                    }
                    Err(fault) => {
                        let whole = self.completes(fault.violation, &pieces[i..]);
                        let long_form = moved
                            .frames
                            .iter()
                            .any(|p| matches!(p, Piece::Made(made) if made.form.is_some()));
                        let violation = match fault.violation {
                            // By its length form alone.
                            V::ControlTooLong if long_form => V::LengthNotMinimal,
                            violation => violation,
                        };
                        return self.over(Course::Broken(violation), whole, before, owed_before);
                    }
                }
            }
            read_all(&mut self.lenient, bytes);
        }
        if moved.wait {
            self.settle(true)?;
        }
        Some(Course::GoesOn)
    }

    /// Whether what breaks the rule was sent to its end: the frame, or the message whose content is wrong.
    fn completes(&mut self, violation: V, pieces: &[Vec<u8>]) -> bool {
        pieces
            .iter()
            .for_each(|bytes| read_all(&mut self.lenient, bytes));
        let of_message = matches!(violation, V::TextNotUtf8 | V::DeflateInvalid);
        self.lenient.at_boundary() && (!of_message || self.lenient.sequence() == Sequence::Idle)
    }

    /// Whether it ends the conversation.
    fn came(&mut self, incoming: Incoming) -> bool {
        match incoming {
            Incoming::Message(_, payload) => {
                self.owed += 1;
                self.largest = self.largest.max(payload.len());
            }
            Incoming::Ping(payload) => self.ping = Some(payload),
            Incoming::Close(_) => return true,
            Incoming::Pong(_) | Incoming::Reserved(..) => {}
        }
        false
    }

    /// Waits for all that is due. In the midst of a frame nothing can be asked.
    fn settle(&mut self, asks: bool) -> Option<()> {
        let ping = self.ping.take();
        if !self.reader.at_boundary() {
            // What is still to come would break the silence.
            if self.owed > 0 || ping.is_some() {
                return None;
            }
            self.steps.push(json!({"expect": [
                "quiet",
                {"failed": "any", "verdict": "informational", "why": "does not wait for the rest of a frame"},
            ]}));
            return Some(());
        }
        // What is large, or much at once, may be too much for a target.
        let much = self.largest > LARGE
            || self.most_fragments > FRAGMENTS
            || self.frames - self.settled > AT_ONCE;
        self.settled = self.frames;
        let expect = |outcome: Value| {
            let why = "takes no more than so much";
            let limits = json!({"failed": "any", "verdict": "informational", "why": why});
            if much {
                json!({"expect": [outcome, "limited", limits]})
            } else {
                json!({"expect": outcome})
            }
        };
        if let Some(payload) = &ping {
            self.steps
                .push(expect(json!({"pong": Body::Bytes(payload.clone()).json()})));
        }
        if self.owed > 0 {
            self.steps.push(expect(json!("echo")));
        } else if asks && ping.is_none() {
            self.steps.push(json!({"expect": "alive"}));
        }
        self.owed = 0;
        Some(())
    }

    /// The move that began at `before` ends the conversation.
    fn over(
        &mut self,
        course: Course,
        whole: bool,
        before: usize,
        owed_before: usize,
    ) -> Option<Course> {
        let outcomes = match course {
            Course::GoesOn => return Some(course),
            Course::Closed => json!([
                {"closed": "any"},
                {"failed": "any", "verdict": "non-strict", "why": "answers a right Close as if it were wrong"},
            ]),
            Course::Broken(_) if !whole && self.owed > 0 => return None,
            Course::Broken(violation) => reaction(violation, whole)?,
        };
        // What was owed before a Close comes before it, or never.
        if course == Course::Closed && owed_before > 0 {
            self.steps.insert(
                before,
                json!({"expect": [
                    "echo",
                    "limited",
                    {"failed": "any", "verdict": "informational", "why": "takes no more than so much"},
                ]}),
            );
        }
        self.steps.push(json!({"expect": outcomes}));
        Some(course)
    }
}

/// For a reader that takes everything.
fn read_all(reader: &mut MessageReader, bytes: &[u8]) {
    let mut copy = bytes.to_vec();
    let mut input = copy.as_mut_slice();
    while let Ok(Some(_)) = reader.read(&mut input) {}
}

/// What a target may make of this; `whole`: it was sent to its end. Where it was not, a target may wait for the rest
/// before it looks at it, but for a length that no rest can follow.
fn reaction(violation: V, whole: bool) -> Option<Value> {
    let soft =
        |word: &str, verdict: &str, why: &str| json!({word: "any", "verdict": verdict, "why": why});
    let lenient = "no rule tells the receiver to refuse it";
    let mut outcomes = match violation {
        V::LengthNotMinimal => vec![
            json!({"failed": 1002}),
            json!("limited"),
            json!({"echo": true, "verdict": "non-strict", "why": "reads a length form the sender should not have used"}),
            json!({"alive": true, "verdict": "non-strict", "why": "reads a length form the sender should not have used"}),
        ],
        V::LengthTopBit => return Some(json!([{"failed": 1002}, "limited"])),
        V::CloseCodeForbidden | V::CloseBodyOneByte => {
            vec![
                json!({"failed": 1002}),
                soft(
                    "closed",
                    "non-strict",
                    "took the body of a Close for a right one",
                ),
            ]
        }
        V::CloseCodeUnassigned => vec![
            json!({"failed": 1002}),
            soft("closed", "informational", lenient),
        ],
        V::CloseReasonNotUtf8 => {
            vec![
                json!({"failed": [1007, 1002]}),
                soft(
                    "closed",
                    "non-strict",
                    "closed without a look at the reason",
                ),
            ]
        }
        V::DeflateInvalid => vec![json!({"failed": [1007, 1002, 1003, 1009, 1011]})],
        // What is delivered of them is anybody's guess, and allowed.
        V::DeflateUnfinished
        | V::DeflateBeyondWindow
        | V::DeflateBeyondMessage
        | V::MessageTooBig => return None,
        _ => match violation.answer() {
            Answer::Close(code) => vec![json!({"failed": code})],
            _ => return None,
        },
    };
    if !whole {
        let why = "waits for the rest before it looks at it";
        outcomes.extend(
            ["alive", "quiet"]
                .map(|word| json!({word: true, "verdict": "informational", "why": why})),
        );
    }
    Some(if outcomes.len() == 1 {
        outcomes.remove(0)
    } else {
        outcomes.into()
    })
}

/// Whether it claims to be compressed, is not by us, and might mean something: what is delivered of it then is anybody's
/// guess. A block of the reserved type, to begin with, means nothing (RFC 1951 §3.2.3).
fn is_riddle(piece: &Piece, frame: &Frame) -> bool {
    const RESERVED_TYPE: u8 = 0b110;
    match (piece, &frame.content) {
        // The rest of it would be bytes as they are; and some read what is there of it, some wait.
        (Piece::Made(made), _) if made.deflate && !made.fin => true,
        (Piece::Made(made), Content::Payload(_, payload)) => {
            let compressed = made.rsv.contains(&1) && matches!(made.opcode, 1 | 2);
            compressed
                && payload
                    .bytes()
                    .first()
                    .is_none_or(|first| first & RESERVED_TYPE != RESERVED_TYPE)
        }
        (Piece::Given(frame), _) => frame.contains_key("rsv"),
        _ => false,
    }
}

fn fragments(piece: &Piece) -> usize {
    match piece {
        Piece::Made(made) => made.fragments.len() + 1,
        Piece::Given(frame) if frame.contains_key("fragments") => FRAGMENTS + 1,
        Piece::Given(_) | Piece::Raw(_) => 1,
    }
}

fn size(piece: &Piece) -> u64 {
    match piece {
        Piece::Made(made) => made.body.size(),
        Piece::Raw(bytes) => bytes.len() as u64,
        Piece::Given(_) => 64,
    }
}

/// The requirement that a right opening handshake is about.
pub(crate) fn opening(target: Role) -> &'static str {
    if target == Role::Server {
        "RFC6455-4.2.2-1"
    } else {
        "RFC6455-4.1-34"
    }
}

/// The requirement that a legal move is about.
fn about(moved: &Move, compresses: bool, before: &'static str) -> &'static str {
    let Some(Piece::Made(made)) = moved.frames.last() else {
        return before;
    };
    match made {
        _ if made.deflate && compresses => "RFC7692-6.2-1",
        _ if made.opcode == 9 => "RFC6455-5.5.2-2",
        _ if made.is_control() => "RFC6455-5.4-2",
        _ if made.opcode == 0 || !made.fin || !made.fragments.is_empty() => "RFC6455-5.4-4",
        _ if moved.frames.len() == 1 => "RFC6455-5.6-2",
        _ => before,
    }
}

//! An exchange with a peer that does as arbitrary bytes say, in memory and on a simulated clock.
//!
//! The peer is the right one with a script in front of it: each time the suite waits, the next byte of the script
//! says what comes, its upper half what, its lower half how much. What the right peer would have said can be sent,
//! cut, spoilt or lost; anything else can be said in its place. At the end of the script the peer goes on as its
//! [`Last`] says.

use std::time::Duration;

use wsspec_core::Role;
use wsspec_core::frame::{FrameWriter, Opcode};

use crate::exchange::{Action, Conclusion, EndOfStream, Exchange, Setup};
use crate::peer::{PeerConnection, ReferencePeer};
use wsspec_vectors::Case;

/// Most bytes said at once.
const LONGEST: usize = 256 << 10;

/// What passes over the simulated wire in a millisecond.
const PER_MS: u64 = 256 << 10;

/// What the peer does when its script is at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Last {
    /// Goes on as a right peer.
    Right,
    /// Says nothing more.
    Silent,
    /// Says what it said last again and again.
    Floods,
    /// Ends TCP.
    Ends,
}

/// What came of it.
#[derive(Debug)]
pub struct Played {
    /// The result of the case.
    pub conclusion: Conclusion,
    /// What the suite asked its driver for, all in all.
    pub actions: usize,
    /// Bytes the suite wrote.
    pub written: u64,
    /// Bytes it was given.
    pub said: u64,
    /// The peer ended the connection.
    pub ended: bool,
}

/// Runs a case against a peer that follows `script`; `None` when the suite asks for more than `most` actions.
pub fn run(case: &Case, setup: &Setup, script: &[u8], last: Last, most: usize) -> Option<Played> {
    let mut exchange = Exchange::new(case, setup);
    let mut target = Target::new(case, setup, script, last);
    let mut now = Duration::ZERO;
    let (mut written, mut said, mut reading, mut ended) = (0, 0, true, false);
    for actions in 0..most {
        match exchange.next(now) {
            Action::Write(mut bytes) => {
                written += bytes.len() as u64;
                target.party.receive(&mut bytes);
            }
            Action::Fin => target.party.receive_end(),
            Action::Rst => target.party.receive_reset(),
            Action::ReadStop => reading = false,
            Action::ReadGo => reading = true,
            Action::Tell(tell) => target.party.tell(&tell),
            Action::Second => exchange.second(target.serves_another()),
            Action::Wait(until) if !reading || ended => now = now.max(until),
            Action::Wait(until) => match target.does() {
                Deed::Says(bytes) if !bytes.is_empty() => {
                    said += bytes.len() as u64;
                    now += Duration::from_micros(1 + bytes.len() as u64 * 1000 / PER_MS);
                    exchange.received(&bytes, now);
                }
                Deed::Says(_) => now += Duration::from_micros(1),
                Deed::Ends(how) => {
                    ended = true;
                    exchange.ended(how, now);
                }
                Deed::Waits(pause) => now = until.min(now.saturating_add(pause)),
            },
            Action::Done => {
                return Some(Played {
                    conclusion: exchange.conclude_all(),
                    actions,
                    written,
                    said,
                    ended,
                });
            }
        }
    }
    None
}

enum Deed {
    Says(Vec<u8>),
    Ends(EndOfStream),
    Waits(Duration),
}

struct Target<'a> {
    party: PeerConnection,
    role: Role,
    script: &'a [u8],
    last: Last,
    /// What the right peer has said and nobody has heard.
    pending: Vec<u8>,
    /// What was said last.
    before: Vec<u8>,
}

impl<'a> Target<'a> {
    fn new(case: &Case, setup: &Setup, script: &'a [u8], last: Last) -> Target<'a> {
        let (peer, seed) = (ReferencePeer::conforming(), setup.client_seed(&case.id));
        let dialled = case
            .dial
            .as_ref()
            .and_then(|dial| peer.dialing(dial, &setup.host, seed));
        let party = dialled.unwrap_or_else(|| peer.connection(setup.target, seed));
        Target {
            party,
            role: setup.target,
            script,
            last,
            pending: Vec::new(),
            before: Vec::new(),
        }
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.script.split_first()?;
        self.script = rest;
        Some(*first)
    }

    fn bytes(&mut self, size: usize) -> Vec<u8> {
        let (taken, rest) = self.script.split_at(size.min(self.script.len()));
        self.script = rest;
        taken.to_vec()
    }

    fn serves_another(&mut self) -> bool {
        self.byte().is_none_or(|byte| byte % 4 != 0)
    }

    /// What it does while the suite waits.
    fn does(&mut self) -> Deed {
        self.pending.extend(self.party.take_output());
        let deed = match self.byte() {
            Some(byte) => self.act(byte >> 4, usize::from(byte & 15)),
            None => match self.last {
                Last::Right => self.is_right(),
                Last::Silent => Deed::Waits(Duration::MAX),
                Last::Floods if self.before.is_empty() => Deed::Waits(Duration::MAX),
                Last::Floods => Deed::Says(self.again(LONGEST)),
                Last::Ends => Deed::Ends(EndOfStream::Fin),
            },
        };
        if let Deed::Says(bytes) = &deed
            && !bytes.is_empty()
        {
            self.before.clone_from(bytes);
        }
        deed
    }

    fn act(&mut self, what: u8, how: usize) -> Deed {
        Deed::Says(match what {
            0..=3 => return self.is_right(),
            4 => self
                .pending
                .drain(..self.pending.len().min(how * how + 1))
                .collect(),
            5 => self.spoilt(how),
            6 => {
                self.pending.clear();
                Vec::new()
            }
            7 => self.bytes(how + 1),
            8 => self.frame(how as u8),
            9 => self.again(1 << how),
            10 => return Deed::Waits(Duration::from_millis(1 << how)),
            11 => b"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(how + 1),
            12 if how >= 12 => return Deed::Ends(EndOfStream::Fin),
            13 if how >= 12 => return Deed::Ends(EndOfStream::Rst),
            12 | 13 => return Deed::Waits(Duration::ZERO),
            14 => [[0x80 | how as u8, 127].to_vec(), self.bytes(8)].concat(),
            _ => {
                let line = [
                    &b"HTTP/1.1 101 X"[..],
                    b"HTTP/1.1 200 OK",
                    b"GET / HTTP/1.1",
                    b"HTTP/2.0 101",
                ][how % 4];
                let upgrade: &[u8] = b"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nHost: x\r\nContent-Length: 9";
                [
                    line,
                    if how & 4 == 0 { upgrade } else { b"" },
                    if how & 8 == 0 { b"\r\n\r\n" } else { b"\r\n" },
                ]
                .concat()
            }
        })
    }

    fn is_right(&mut self) -> Deed {
        match (self.pending.is_empty(), self.party.wants_end()) {
            (false, _) => Deed::Says(std::mem::take(&mut self.pending)),
            (true, true) => Deed::Ends(EndOfStream::Fin),
            (true, false) => Deed::Waits(Duration::MAX),
        }
    }

    /// The right answer with a byte changed, left out, or put in.
    fn spoilt(&mut self, how: usize) -> Vec<u8> {
        let mut bytes = std::mem::take(&mut self.pending);
        let (at, by) = (self.byte().unwrap_or_default(), self.byte().unwrap_or(1));
        let at = usize::from(at) * bytes.len() / 256;
        match (how % 4, bytes.get_mut(at)) {
            (0 | 1, Some(byte)) => *byte ^= by,
            (2, Some(_)) => _ = bytes.remove(at),
            _ => bytes.insert(at, by),
        }
        bytes
    }

    /// A frame, right or wrong.
    fn frame(&mut self, opcode: u8) -> Vec<u8> {
        let bits = self.byte().unwrap_or_default();
        let size = usize::from(self.byte().unwrap_or_default());
        let payload = self.bytes(size.min(126 + usize::from(bits & 1)));
        let masked = (self.role == Role::Client) != (bits & 2 == 2);
        let rsv = if bits & 4 == 4 { bits >> 5 } else { 0 };
        let frame = FrameWriter::new(Opcode::from_bits(opcode), &payload)
            .fin(bits & 8 == 0)
            .rsv(rsv);
        let frame = if bits & 16 == 16 {
            frame.length(u64::from(bits) << 20)
        } else {
            frame
        };
        frame.mask(masked.then_some([bits, 2, 3, 4])).to_vec()
    }

    /// What was said last, so many times, as far as that is not too much.
    fn again(&self, times: usize) -> Vec<u8> {
        self.before
            .repeat(times.min(LONGEST / self.before.len().max(1)).max(1))
    }
}

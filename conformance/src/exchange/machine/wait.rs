//! Waiting on an expectation: what has been learned so far, whether that decides it, and the barrier ping that asks.

use std::sync::Arc;
use std::time::Duration;

use wsspec_core::frame::Opcode;
use wsspec_reports::{Peer, What, Who};

use super::super::decide::{Decision, Evidence, decide};
use super::super::setup::BARRIER;
use super::super::{Action, describe};
use super::{BUSY, Exchange, LineKind, Second};
use wsspec_vectors::{Outcome, Word};

/// So many quiet times has a silence to last that is no pass: a busy target may only be late.
const SURE: u32 = 8;

impl Exchange<'_> {
    pub(super) fn expect(
        &mut self,
        alternatives: &Arc<[Outcome]>,
        kind: LineKind,
    ) -> Option<Duration> {
        let (began, stir_before) = *self.began.get_or_insert((self.now, self.view.stir));
        let wants_second = alternatives.iter().any(|o| o.word == Word::Serves);
        if wants_second && self.second == Second::NotAsked {
            self.second = Second::Asked;
            self.actions.push_back(Action::Second);
            return None;
        }
        let timing = &self.setup.timing;
        let grace = timing.grace_for(self.slowest);
        let last = self.view.last.max(began);
        let deadline = began + timing.patience(self.sent_bytes).max(grace * 4);
        // Who was asked and is slow to answer is not silent yet.
        let asked = self.barrier.sent.is_some() && self.barrier.answered.is_none();
        let blamed = alternatives
            .iter()
            .any(|o| o.word == Word::Quiet && o.verdict.is_some());
        let silence = if blamed {
            (timing.quiet * SURE).max(grace * 4)
        } else {
            timing.quiet.max(grace * 2)
        };
        let quiet = if asked { deadline } else { last + silence };
        // What is large may take longer than the pong to a ping.
        let owed: u64 = self
            .sent
            .debts
            .iter()
            .map(|debt| debt.payload.len() as u64)
            .sum();
        let work = timing.grace * (1 + (self.sent_bytes.max(owed) / 16_384).min(255) as u32);
        let awaits = |o: &Outcome| {
            matches!(o.word, Word::Echo | Word::Text(_) | Word::Binary(_)) && o.verdict.is_none()
        };
        let overtaken = if alternatives.iter().any(awaits) {
            timing.overtaken
        } else {
            Duration::ZERO
        };
        let settled = self
            .barrier
            .answered
            .map(|at| at.max(self.view.last) + grace.max(work).max(overtaken));
        let has_quiet = alternatives.iter().any(|o| o.word == Word::Quiet);
        let evidence = Evidence {
            setup: self.setup,
            view: &self.view,
            sent: &self.sent,
            key: &self.offer.key,
            pong: self.barrier.answered.is_some(),
            settled: settled.is_some_and(|at| self.now >= at),
            // Who begins with something else says no more here.
            quiet: has_quiet && (self.now >= quiet || self.view.again.is_some()),
            late: self.now >= deadline,
            stir_before,
            second: if let Second::Answered(served) = self.second {
                Some(served)
            } else {
                None
            },
        };
        match decide(alternatives, &evidence) {
            Decision::Matched(which, graded) => {
                // What is odd about an opening that the case takes for granted is for the passive rules to say.
                let graded = graded.filter(|_| kind != LineKind::Granted);
                self.matched(&alternatives[which], graded);
                None
            }
            Decision::Failed(reason) => {
                let late = evidence.late;
                if late {
                    self.log.event(self.now, Who::Suite, What::TimedOut);
                }
                let busy = late && asked && !self.view.over() && self.sent_bytes >= BUSY;
                if busy {
                    // Slow or stuck: nobody can tell, and a slow target does nothing wrong.
                    let waited = self.now.saturating_sub(began).as_secs();
                    let reason =
                        format!("too slow to be judged: still busy after {waited} s; {reason}");
                    self.fail(
                        LineKind::Busy,
                        reason,
                        Some(describe::outcomes(alternatives)),
                    );
                    return None;
                }
                self.fail(kind, reason, Some(describe::outcomes(alternatives)));
                None
            }
            Decision::Undecided if self.view.flood.is_some() => {
                // It may be busy for ever; whether it would have done right behind all that, nobody can tell.
                let kind = if kind == LineKind::Granted {
                    kind
                } else {
                    LineKind::Busy
                };
                let reason = self.view.flood.map_or_else(String::new, describe::flood);
                self.fail(kind, reason, Some(describe::outcomes(alternatives)));
                None
            }
            Decision::Undecided if self.cannot_be_asked(alternatives) => {
                self.skip(Some("needs a target that answers pings".into()));
                None
            }
            Decision::Undecided => {
                let ping = self.barrier_due(alternatives, last, grace);
                if ping.is_some_and(|at| self.now >= at) {
                    self.send_barrier();
                    return None;
                }
                let times = [ping, settled, has_quiet.then_some(quiet)]
                    .into_iter()
                    .flatten();
                Some(
                    times
                        .filter(|at| *at > self.now)
                        .fold(deadline, Duration::min),
                )
            }
        }
    }

    /// Whether nothing but a sign of life is awaited.
    fn asks_only(&self, alternatives: &[Outcome]) -> bool {
        alternatives
            .iter()
            .all(|o| o.word == Word::Alive || o.word == Word::Echo && self.setup.peer != Peer::Echo)
    }

    /// A sign of life is awaited inside a message, from a target that gives it only by echoing a message.
    fn cannot_be_asked(&self, alternatives: &[Outcome]) -> bool {
        self.asks_only(alternatives)
            && !self.setup.pongs
            && self.barrier.sent.is_none()
            && self.sent.takes_control()
            && !self.sent.takes_message()
    }

    /// When the barrier of this expectation goes out; `None` if it has, or cannot.
    fn barrier_due(
        &self,
        alternatives: &[Outcome],
        last: Duration,
        grace: Duration,
    ) -> Option<Duration> {
        if self.barrier.sent.is_some() || !self.can_ask() {
            return None;
        }
        // A pong is owed without a further message: one that comes only with the answer to it is none.
        if !self.setup.pongs && alternatives.iter().any(|o| matches!(o.word, Word::Pong(_))) {
            return None;
        }
        // These are decided by what the target does of itself; a ping would only disturb.
        let helps = |o: &Outcome| {
            !matches!(
                o.word,
                Word::Opened(_)
                    | Word::Refused(_)
                    | Word::Requested(_)
                    | Word::Serves
                    | Word::Quiet
                    | Word::Closed(_)
            )
        };
        // A target may answer the latest ping alone (RFC 6455 §5.5.3), and some the earliest: those that the case
        // sent have their pongs first.
        let unanswered = self.setup.pongs && self.view.pongs.len() < self.sent.pings;
        if self.asks_only(alternatives) {
            Some(if unanswered {
                last + grace
            } else {
                Duration::ZERO
            })
        } else {
            alternatives.iter().any(helps).then_some(last + grace)
        }
    }

    /// Whether the target can be asked for a sign of life now.
    pub(super) fn can_ask(&self) -> bool {
        let possible = if self.setup.pongs {
            self.sent.takes_control()
        } else {
            self.sent.takes_message()
        };
        self.is_open() && !self.view.over() && possible && !self.over
    }

    fn send_barrier(&mut self) {
        self.barriers += 1;
        self.barrier.payload = [BARRIER, self.barriers.to_string().as_bytes()].concat();
        self.barrier.sent = Some(self.now);
        let opcode = if self.setup.pongs {
            Opcode::PING
        } else {
            Opcode::TEXT
        };
        let payload = self.barrier.payload.clone();
        self.send_frame(opcode, &payload);
    }

    pub(super) fn answered(&mut self) {
        self.barrier.answered = Some(self.now);
        if let Some(sent) = self.barrier.sent {
            let trip = self.now.saturating_sub(sent);
            self.round_trip = Some(self.round_trip.map_or(trip, |r| r.min(trip)));
            self.slowest = self.slowest.max(trip);
        }
    }
}

//! Waiting on an expectation: what has been learned so far, whether that decides it, and the
//! barrier ping that asks.

use std::sync::Arc;
use std::time::Duration;

use wsspec_core::frame::Opcode;
use wsspec_reports::{MessageBehaviour, What, Who};
use wsspec_vectors::Outcome;

use super::super::decide::{Decision, Evidence, decide, time_out};
use super::super::flood::Flood;
use super::super::reason::{Breakdown, Needs, Reason};
use super::super::script::{Line, LineKind};
use super::{Action, Began, Exchange, Second};
use wsspec_reports::BARRIER;

/// A target that was sent at least this many bytes may still be busy with them when the time is
/// over.
const BUSY_BYTES: u64 = 1 << 20;

/// Quiet times that a silence has to last where it counts against the target: a busy one may only
/// be late.
const BLAMED_QUIET_TIMES: u32 = 8;

/// Bytes for which one more grace is waited after the answer to a barrier.
const BYTES_PER_GRACE: u64 = 16_384;

/// Most additional graces.
const MAX_GRACES: u64 = 255;

/// Graces after which a target that goes on sending is asked, and taken to be done.
const NOISE: u32 = 10;

/// The times at which waiting on an expectation ends.
struct Times {
    /// When the line began.
    began: Duration,
    /// What comes later than this after an answer is not waited for.
    grace: Duration,
    /// When the target last sent anything, or the line began.
    last: Duration,
    /// No evidence is waited for any longer.
    deadline: Duration,
    /// The silence has lasted long enough, where silence is asked for.
    quiet: Option<Duration>,
    /// What was sent before the barrier has been answered, as far as it ever will be.
    settled: Option<Duration>,
}

impl Exchange<'_> {
    /// Waits on an expectation. `Some` when there is nothing to do but wait.
    pub(super) fn expect(
        &mut self,
        line: &Line,
        alternatives: &Arc<[Outcome]>,
    ) -> Option<Duration> {
        let began = self.began(line.on);
        let asks_second = alternatives
            .iter()
            .any(|outcome| outcome.word.needs_second_connection());
        if asks_second && self.second == Second::NotAsked {
            self.second = Second::Asked;
            self.actions.push_back(Action::Second);
            return None;
        }
        let times = self.times(line.on, began, alternatives);
        if self.now >= times.deadline {
            self.read_on(line.on, true);
        }
        if let Some(lost) = self.on(line.on).view.framing.lost().cloned() {
            self.fail(line, lost.into(), Some(alternatives));
            return None;
        }
        let evidence = self.evidence(line.on, began, &times);
        let late = evidence.late;
        let settled = evidence.is_all();
        match decide(alternatives, &evidence) {
            // Answers to what came before it may still come.
            Decision::Matched(..) if line.kind == LineKind::Settled && !settled => {
                self.undecided(line, alternatives, &times)
            }
            Decision::Matched(which, graded) => {
                // What is odd about an opening that the case takes for granted is for the passive
                // rules to say.
                let graded = graded.filter(|_| line.kind != LineKind::Granted);
                if line.kind == LineKind::Settled {
                    self.on_mut(line.on).settle();
                }
                self.matched(line, &alternatives[which], graded);
                None
            }
            // When the time is over, what is missing may be in bytes that were not read any more.
            Decision::Failed(_) if late && self.on(line.on).view.flood().is_some() => {
                self.undecided(line, alternatives, &times)
            }
            Decision::Failed(reason) => {
                self.failed(line, alternatives, reason, late);
                None
            }
            Decision::Undecided => self.undecided(line, alternatives, &times),
        }
    }

    fn times(&self, on: u32, began: Began, alternatives: &[Outcome]) -> Times {
        let timing = &self.setup.timing;
        let conversation = self.on(on);
        let grace = timing.grace_for(conversation.pace.slowest);
        let last = conversation.view.activity.last.max(began.at);
        let time_out = alternatives.iter().find_map(|o| o.word.time_out());
        let deadline = if let Some(what) = time_out {
            time_out::deadline(what, began.at, &conversation.view, &self.setup.limits)
        } else {
            let patience = timing.patience(conversation.sent_bytes).max(grace * 4);
            began.at + patience + self.lost.saturating_sub(began.lost)
        };
        let barrier = &conversation.barrier;
        // A target that was asked and is slow to answer is not silent yet.
        let asked = barrier.sent.is_some() && barrier.answered.is_none();
        let mut silences = alternatives.iter().filter(|o| o.word.is_silence());
        let quiet = silences.next().map(|silence| {
            let blamed = silences.chain([silence]).any(|o| o.verdict.is_some());
            let silence = if blamed {
                (timing.quiet * BLAMED_QUIET_TIMES).max(grace * 4)
            } else {
                timing.quiet.max(grace * 2)
            };
            if asked { deadline } else { last + silence }
        });
        // What is large may take longer than the pong to a ping.
        let owed: u64 = conversation
            .sent
            .debts
            .iter()
            .map(|debt| debt.payload.len() as u64)
            .sum();
        let large = conversation.sent_bytes.max(owed) / BYTES_PER_GRACE;
        let work = timing.grace * (1 + large.min(MAX_GRACES) as u32);
        let awaits_messages = alternatives.iter().any(|o| o.word.awaits_messages());
        let overtaken = if awaits_messages {
            timing.overtaken
        } else {
            Duration::ZERO
        };
        let rest = grace.max(work).max(overtaken);
        let last_activity = conversation.view.activity.last;
        let settled = barrier.answered.map(|at| {
            let noise = at + grace.max(work) * NOISE;
            let last = if self.is_noisy() {
                last_activity.min(noise)
            } else {
                last_activity
            };
            at.max(last) + rest
        });
        Times {
            began: began.at,
            grace,
            last,
            deadline,
            quiet,
            settled,
        }
    }

    fn evidence(&self, on: u32, began: Began, times: &Times) -> Evidence<'_> {
        let conversation = self.on(on);
        Evidence {
            setup: self.setup,
            view: &conversation.view,
            sent: &conversation.sent,
            binding: conversation.binding.as_ref(),
            barrier: (conversation.barrier.sent.is_some() && self.setup.pongs)
                .then_some(conversation.barrier.payload.as_slice()),
            pong: conversation.barrier.answered.is_some(),
            settled: times.settled.is_some_and(|at| self.now >= at),
            // A client that has gone on to its next request sends no more here.
            quiet: times
                .quiet
                .is_some_and(|at| self.now >= at || conversation.view.moved_on),
            late: self.now >= times.deadline,
            began: began.at,
            now: self.now,
            activity_before: began.activity,
            carrier: self.carrier.as_deref(),
            second: match self.second {
                Second::Answered(served) => Some(served),
                Second::NotAsked | Second::Asked => None,
            },
        }
    }

    fn failed(&mut self, line: &Line, alternatives: &Arc<[Outcome]>, reason: Reason, late: bool) {
        if late {
            self.log
                .event(self.now, line.on, Who::Suite, What::TimedOut);
        }
        let conversation = self.on(line.on);
        let barrier = &conversation.barrier;
        let asked = barrier.sent.is_some() && barrier.answered.is_none();
        let framing = &conversation.view.framing;
        if late && let Some(length) = framing.announces_beyond(conversation.view.max_message()) {
            let breakdown = Breakdown::AnnouncesTooMuch(length);
            return self.give_up(line.on, breakdown, alternatives);
        }
        if late && asked && !conversation.view.over() && conversation.sent_bytes >= BUSY_BYTES {
            // Slow or stuck cannot be told apart, and a slow target does nothing wrong.
            let began = self.began(line.on).at;
            let breakdown = Breakdown::TooSlow {
                seconds: self.now.saturating_sub(began).as_secs(),
                reason: Box::new(reason),
            };
            self.give_up(line.on, breakdown, alternatives);
        } else {
            self.fail(line, reason, Some(alternatives));
        }
    }

    fn undecided(
        &mut self,
        line: &Line,
        alternatives: &Arc<[Outcome]>,
        times: &Times,
    ) -> Option<Duration> {
        if let Some(flood) = self.on(line.on).view.flood() {
            // It may send for ever; whether it would have done right after all that cannot be told.
            let breakdown = match flood {
                Flood::Bytes(most) => Breakdown::FloodOfBytes(most),
                Flood::Frames(most) => Breakdown::FloodOfFrames(most),
            };
            if matches!(line.kind, LineKind::Granted | LineKind::Settled) {
                self.fail(line, breakdown.into(), Some(alternatives));
            } else {
                self.give_up(line.on, breakdown, alternatives);
            }
            return None;
        }
        if self.cannot_be_asked(line.on, alternatives) {
            self.skip(Needs::Pongs);
            return None;
        }
        let ping = self.barrier_due(line.on, alternatives, times);
        if ping.is_some_and(|at| self.now >= at) {
            self.send_barrier(line.on);
            return None;
        }
        let next = [ping, times.settled, times.quiet]
            .into_iter()
            .flatten()
            .filter(|at| *at > self.now)
            .fold(times.deadline, Duration::min);
        Some(next)
    }

    /// Whether the target may send messages of its own accord, so that it may never fall silent.
    fn is_noisy(&self) -> bool {
        self.setup.pushes || self.setup.watching
    }

    /// Whether only a sign of life is awaited.
    fn asks_only(&self, alternatives: &[Outcome]) -> bool {
        let echoes = self.setup.peer == MessageBehaviour::Echo;
        alternatives
            .iter()
            .all(|outcome| outcome.word.is_sign_of_life(echoes))
    }

    /// A sign of life is awaited inside a message, from a target that gives it only by echoing a
    /// message.
    fn cannot_be_asked(&self, on: u32, alternatives: &[Outcome]) -> bool {
        let conversation = self.on(on);
        self.asks_only(alternatives)
            && !self.setup.pongs
            && conversation.barrier.sent.is_none()
            && conversation.sent.takes_control()
            && !conversation.sent.takes_message()
    }

    /// When the barrier of this expectation goes out; `None` if it has, or cannot.
    fn barrier_due(&self, on: u32, alternatives: &[Outcome], times: &Times) -> Option<Duration> {
        let conversation = self.on(on);
        let pongs = self.setup.pongs;
        if conversation.barrier.sent.is_some() || !conversation.can_ask(pongs) {
            return None;
        }
        // A pong is owed without a further message: one that comes only with the answer to it is
        // none.
        if !pongs && alternatives.iter().any(|o| o.word.wants_ping()) {
            return None;
        }
        // A target may answer the latest ping alone (RFC 6455 §5.5.3), and some the earliest: those
        // that the case sent have their pongs first.
        let unanswered = pongs && conversation.view.pongs.all.len() < conversation.sent.pings;
        if self.asks_only(alternatives) && !unanswered {
            return Some(Duration::ZERO);
        }
        let helps = alternatives.iter().any(|o| o.word.wants_barrier());
        let calm = times.last + times.grace;
        helps.then_some(if self.is_noisy() {
            calm.min(times.began + times.grace * NOISE)
        } else {
            calm
        })
    }

    fn send_barrier(&mut self, on: u32) {
        let (now, setup) = (self.now, self.setup);
        let opcode = if setup.pongs {
            Opcode::PING
        } else {
            Opcode::TEXT
        };
        let conversation = self.on_mut(on);
        conversation.barriers += 1;
        let payload = match &setup.application.message {
            Some(message) if !setup.pongs => message.clone().into_bytes(),
            _ => [BARRIER, conversation.barriers.to_string().as_bytes()].concat(),
        };
        conversation.barrier.payload.clone_from(&payload);
        conversation.barrier.sent = Some(now);
        self.send_frame(on, opcode, &payload);
        if !setup.pongs && setup.application.reply.is_some() {
            // It is not sent back.
            self.on_mut(on).sent.debts.pop_back();
        }
    }
}

#[cfg(test)]
mod tests;

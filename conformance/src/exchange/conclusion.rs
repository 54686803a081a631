//! What an exchange asks of its driver, and what comes of it.

use std::sync::Arc;
use std::time::Duration;

use wsspec_core::Role;
use wsspec_core::http3::ErrorCode;
use wsspec_core::violation::{Fault, Violation};
use wsspec_reports::{
    BARRIER, Close, Entry, Growth, Measure, TargetRole, Transcript, Usage, Verdict, What, Who,
};
use wsspec_vectors::{Costs, Outcome, Tell, Word};

use super::conversation::Conversation;
use super::reaction::Reaction;
use super::reason::{Cost, Reason};
use super::ruling::{Missed, Ruling, verdict_of};
use super::{Setup, describe};
use crate::binding::{Breach, EndOfStream};

/// What the driver has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Begin this conversation, the second or a later one: dial a server, or wait for a client.
    Connect(u32),
    /// Do this on the wire of this conversation.
    Wire(u32, WireAction),
    /// Do this, which ends a conversation once the verdict is in: no transcript keeps it.
    Leave(u32, WireAction),
    /// Tell the application under test to do this.
    Tell(Tell),
    /// Find out whether a second connection is served, and call
    /// [`Exchange::second`](super::Exchange::second).
    Second,
    /// Wait for the target, at most until then.
    Wait(Duration),
    /// Wait until the target has read what was written so far, so that what follows is a read of
    /// its own, and call [`Exchange::read_up`](super::Exchange::read_up).
    Cut(Cut),
    /// The exchange is over.
    Done,
}

/// A place where one write ends and the next is to be read apart from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// The conversation.
    pub on: u32,
    /// The wire waits at least until then; but see `early`.
    pub least: Duration,
    /// Evidence may end the wait even before that.
    pub early: bool,
    /// The end of the wait on a wire that can tell that the target has not read yet.
    pub most: Duration,
}

/// What has to be done on a wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WireAction {
    /// Write these bytes, in one write.
    Write(Vec<u8>),
    /// End our direction once everything is written.
    Finish,
    /// Reset the connection.
    Reset,
    /// Stop reading.
    StopReading,
    /// Read again.
    ReadAgain,
    /// What only a stream of QUIC has. Another wire is never asked for it.
    Quic(QuicAction),
}

/// What only QUIC has, with the error codes of HTTP/3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuicAction {
    /// Reset our direction of the stream (RESET_STREAM).
    Reset(ErrorCode),
    /// Ask the target to send no more on the stream (STOP_SENDING), of which nothing more is reported.
    Stop(ErrorCode),
    /// Close the connection (CONNECTION_CLOSE), once all is sent that was written.
    Close(ErrorCode),
}

impl QuicAction {
    /// What a transcript keeps of it.
    pub(crate) const fn what(self) -> What {
        match self {
            QuicAction::Reset(code) => What::StreamReset(code.0),
            QuicAction::Stop(code) => What::StreamStopped(code.0),
            QuicAction::Close(code) => What::ConnectionClosed(Some(code.0)),
        }
    }
}

impl WireAction {
    /// Whether it settles what a client has asked for: by an answer, or by the end.
    pub(crate) fn is_answer(&self) -> bool {
        match self {
            WireAction::Write(_) | WireAction::Finish | WireAction::Reset | WireAction::Quic(_) => {
                true
            }
            WireAction::StopReading | WireAction::ReadAgain => false,
        }
    }
}

/// What came of an exchange.
#[derive(Debug, Clone)]
pub struct Conclusion {
    /// The verdict on the case.
    pub verdict: Verdict,
    /// Why; `None` for a plain pass.
    pub reason: Option<Reason>,
    /// The id of the row to look at instead, where a plainer one that the case rests on fails.
    pub rests_on: Option<String>,
    /// The requirement that was broken, where that was found by comparing conversations.
    pub blamed: Option<&'static str>,
    /// What was sent last before it was decided; not given for a pass.
    pub sent: Option<String>,
    /// The expectation at which it was decided.
    pub expected: Option<Arc<[Outcome]>>,
    /// What had come by then.
    pub received: Option<String>,
    /// Where in the case it failed, if it did.
    pub missed: Option<Missed>,
    /// How the first conversation stood when the verdict was in.
    pub reaction: Reaction,
    /// How the target closed.
    pub close: Option<Close>,
    /// Everything that went over the connections.
    pub transcript: Arc<Transcript>,
    /// What the rules judge that hold whatever a case is about.
    pub observed: Observed,
    /// What was learned of the target's time.
    pub pace: Pace,
    /// Number of messages that the target sent.
    pub messages: usize,
    /// How many of them, at the beginning, a prelude brought about.
    pub settled: usize,
    /// How many of those after that answer no barrier.
    pub greeting: usize,
    /// How the target answered the opening request.
    pub opening: Opening,
    /// A wait was ended by its deadline, and not by evidence.
    pub timed_out: bool,
    /// The target sent more than it had any reason to.
    pub flooded: bool,
    /// How long it took.
    pub duration: Duration,
    /// The last lines that a client wrote to its standard error; none of one that passed.
    pub stderr: Vec<String>,
    /// What its processes took, where they are watched and the case is about that.
    pub usage: Option<Usage>,
    /// How its cost grows with its size, where the case is about that and is not cheap.
    pub growth: Option<Growth>,
}

impl Conclusion {
    /// Notes what the case cost the processes of the target, and fails if that was too much.
    /// `claimed` is the claimed limit on memory growth, in bytes.
    pub(crate) fn cost(&mut self, usage: Usage, most: &Costs, claimed: Option<u64>) {
        self.usage = Some(usage);
        let memory = claimed.or(most.memory).map(|most| most >> 10);
        let grew = usage.growth_kib();
        let cost = match (memory, most.cpu_ms()) {
            (Some(most), _) if grew > most => Cost::Memory(grew, most),
            (_, Some(most)) if usage.cpu_ms > most => Cost::Processor(usage.cpu_ms, most),
            _ => match most.left {
                Some(most) if usage.threads_left > most.threads => {
                    Cost::Threads(usage.threads_left, most.threads)
                }
                Some(most) if usage.files_left > most.files => {
                    Cost::Files(usage.files_left, most.files)
                }
                _ => return,
            },
        };
        self.costs_too_much(
            cost,
            match (most.verdict, claimed) {
                (Some(verdict), None) => verdict_of(verdict),
                _ => Verdict::Fail,
            },
        );
    }

    /// Notes how the cost of the case grows, which is too fast. A duration is no proof: the machine
    /// may be busy with other things.
    pub(crate) fn grows_too_fast(&mut self, growth: Growth, most: &Costs) {
        let verdict = match growth.measure {
            Measure::Processor => most.verdict.map_or(Verdict::Fail, verdict_of),
            Measure::Duration => Verdict::Informational,
        };
        self.costs_too_much(Cost::Growth(growth), verdict);
    }

    fn costs_too_much(&mut self, cost: Cost, verdict: Verdict) {
        // A target that is busy, or out of memory, is late.
        let follows = match self.verdict {
            Verdict::Pass | Verdict::Informational | Verdict::NonStrict => true,
            Verdict::Fail => self.reason.as_ref().is_some_and(Reason::may_be_lateness),
            Verdict::Skipped | Verdict::Flaky | Verdict::Error => false,
        };
        if follows && self.verdict <= verdict {
            self.verdict = verdict;
            self.reason = Some(Reason::Cost(cost));
            self.rests_on = None;
        }
    }
}

/// What the target's own bytes showed, in all conversations of an exchange.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    /// Rules they broke.
    pub faults: Vec<Fault>,
    /// Rules of HTTP/2 or HTTP/3 they broke.
    pub carried: Vec<Breach>,
    /// A rule on Close frames was broken as we had broken it.
    pub mirrored: bool,
    /// A conversation was opened: there was something to judge.
    pub opened: bool,
    /// The Sec-WebSocket-Key of each request of a client.
    pub nonces: Vec<String>,
    /// The masking keys of the frames of a client, by conversation, in their order.
    pub masking_keys: Vec<Vec<[u8; 4]>>,
}

/// What was learned of the target's time.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pace {
    /// The shortest round trip.
    pub round_trip: Option<Duration>,
    /// What a KiB of the opening took beyond it.
    pub per_kib: Option<Duration>,
}

/// How the target answered the opening request of the first conversation.
#[derive(Debug, Clone, Default)]
pub struct Opening {
    /// It opened the conversation.
    pub opens: bool,
    /// It refused to.
    pub declines: bool,
    /// The Sec-WebSocket-Extensions of its answer.
    pub extensions: Option<String>,
    /// The Server field of its answer.
    pub server: Option<String>,
}

impl Conclusion {
    /// The role of the target.
    pub(crate) fn role(&self) -> Role {
        self.transcript.target_role.role()
    }

    /// Whether the target sent anything at all.
    pub(crate) fn heard(&self) -> bool {
        self.transcript
            .entries
            .iter()
            .any(|entry| entry.who == Who::Target && matches!(entry.what, What::Bytes(_)))
    }

    /// The reason for people; empty for a plain pass. At most 2,000 bytes.
    pub fn explanation(&self) -> String {
        self.reason.as_ref().map_or(String::new(), |reason| {
            describe::shortened(reason.to_string())
        })
    }

    /// The key of the reason; empty for a plain pass.
    pub fn reason_key(&self) -> String {
        self.reason
            .as_ref()
            .map_or(String::new(), |reason| reason.key().into_owned())
    }

    /// The expectation at which it was decided, in words.
    pub fn expectation(&self) -> Option<String> {
        self.expected.as_deref().map(describe::outcomes)
    }

    /// Whether it was decided where the target had to fail the connection.
    pub(crate) fn expected_failure(&self) -> bool {
        self.expected.as_ref().is_some_and(|alternatives| {
            alternatives
                .iter()
                .any(|outcome| matches!(outcome.word, Word::Failed(_)))
        })
    }
}

/// What an exchange has gathered.
pub(super) struct Parts<'a> {
    pub(super) setup: &'a Setup,
    pub(super) conversations: Vec<Conversation>,
    pub(super) carried: Vec<Breach>,
    pub(super) ruling: Ruling,
    pub(super) entries: Vec<Entry>,
    pub(super) duration: Duration,
}

/// Sums up an exchange.
pub(super) fn conclude(parts: Parts<'_>) -> Conclusion {
    let Parts {
        setup,
        mut conversations,
        carried,
        ruling,
        entries,
        duration,
    } = parts;
    let mut observed = observed(&mut conversations, setup.target);
    observed.carried = carried;
    let flooded = conversations.iter().any(|c| c.view.flood().is_some());
    let first = conversations.swap_remove(0);
    let stimulus = ruling
        .stimulus
        .filter(|_| ruling.verdict != Verdict::Pass)
        .map(|(bytes, agreed)| {
            describe::shortened(describe::stream(&bytes, setup.suite(), agreed))
        });
    Conclusion {
        verdict: ruling.verdict,
        reason: ruling.reason,
        rests_on: None,
        blamed: None,
        sent: stimulus,
        expected: ruling.expected,
        received: ruling.received.map(describe::shortened),
        missed: ruling.missed,
        reaction: ruling.reaction,
        close: close(&first),
        observed,
        pace: Pace {
            round_trip: first.pace.round_trip,
            per_kib: first.pace.per_kib(),
        },
        opening: opening(&first, setup.target),
        timed_out: entries.iter().any(|entry| entry.what == What::TimedOut),
        transcript: Arc::new(Transcript {
            target_role: match setup.target {
                Role::Server => TargetRole::Server,
                Role::Client => TargetRole::Client,
            },
            circumstances: Some(Box::new(setup.circumstances())),
            entries,
        }),
        messages: first.view.messages.len(),
        settled: first.settled,
        greeting: greeting(&first),
        flooded,
        duration,
        stderr: Vec::new(),
        usage: None,
        growth: None,
    }
}

fn greeting(conversation: &Conversation) -> usize {
    let messages = &conversation.view.messages[conversation.settled..];
    let other = messages.iter().filter(|m| !m.payload.starts_with(BARRIER));
    other.count()
}

fn close(conversation: &Conversation) -> Option<Close> {
    let close = conversation.view.close.as_ref()?;
    let reset = conversation.view.end == Some(EndOfStream::Reset);
    Some(Close {
        code: close.code,
        reason: describe::shortened(String::from_utf8_lossy(&close.reason).into_owned()),
        clean: conversation.sent.closed && !reset,
        answers: close.answers,
    })
}

fn opening(conversation: &Conversation, target: Role) -> Opening {
    let Some(head) = conversation
        .view
        .head
        .as_ref()
        .filter(|_| target == Role::Server)
    else {
        return Opening::default();
    };
    let field = |name| {
        let value = head.field(name).next()?;
        Some(describe::shortened(
            String::from_utf8_lossy(value).into_owned(),
        ))
    };
    Opening {
        opens: head.opens(),
        declines: !head.opens(),
        extensions: field("sec-websocket-extensions"),
        server: field("server"),
    }
}

fn is_of_a_close(violation: Violation) -> bool {
    matches!(
        violation,
        Violation::CloseBodyOneByte
            | Violation::CloseCodeForbidden
            | Violation::CloseCodeUnassigned
            | Violation::CloseReasonNotUtf8
    )
}

fn observed(conversations: &mut [Conversation], target: Role) -> Observed {
    let mut observed = Observed::default();
    for conversation in conversations {
        let view = &mut conversation.view;
        let sent = &conversation.sent;
        for fault in view.own.faults.drain(..) {
            let rule = fault.violation;
            // Text comes back as it was, in whatever conversation; another rule that is broken has
            // to be the one that the case is about.
            let ours = sent.broken.contains(rule)
                && (rule == Violation::TextNotUtf8 || sent.broke == Some(rule));
            if is_of_a_close(rule) {
                // Whatever we sent, a Close is the target's own (RFC 6455 §5.5.1, §7.4.1).
                observed.mirrored |= ours;
                observed.faults.push(fault);
            } else if !ours {
                // An echo of what we sent wrongly shows that it was taken: that is for the case to
                // say.
                observed.faults.push(fault);
            }
        }
        observed
            .masking_keys
            .push(std::mem::take(&mut view.own.keys));
        if let Some(head) = &view.head {
            let has_key = target == Role::Client && !head.key.is_empty();
            // Over streams there is no key (RFC 8441 §5).
            let asked = has_key || head.exact_names && head.frames_follow;
            observed.opened |= head.opens() && (target == Role::Server || asked);
            observed.nonces.extend(has_key.then(|| head.key.clone()));
        }
    }
    observed
}

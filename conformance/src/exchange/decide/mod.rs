//! The judge: is an expectation decided, and how?
//!
//! A pure function of the alternatives, both sides of the conversation, and how long was waited.
//! The exchange calls it until it answers; a stored transcript that is played back is judged by the
//! same function.

mod closing;
mod fields;
mod messages;
mod opening;
pub(super) mod time_out;
mod transport;

use std::time::Duration;

pub(crate) use fields::unmet_by;
pub(crate) use time_out::LONGEST as LONGEST_TIME_OUT;

use wsspec_core::frame::MessageKind;
use wsspec_reports::MessageBehaviour;
use wsspec_vectors::{Grade, Outcome, Word};

use super::Setup;
use super::reason::{Beyond, MessageReason, MessageSample, Reason};
use super::sent::Sent;
use super::view::{Activity, Message, MessageUse, View};
use crate::binding::{Binding, Carrier};

/// What is known when an expectation is judged.
pub(crate) struct Evidence<'a> {
    pub(crate) setup: &'a Setup,
    pub(crate) view: &'a View,
    pub(crate) sent: &'a Sent,
    pub(crate) binding: &'a dyn Binding,
    /// The payload of the barrier of this expectation, if one was sent.
    pub(crate) barrier: Option<&'a [u8]>,
    /// That barrier was answered.
    pub(crate) pong: bool,
    /// It was answered one grace ago, and nothing has come since.
    pub(crate) settled: bool,
    /// Nothing has come for the quiet time.
    pub(crate) quiet: bool,
    /// The time for this expectation is over.
    pub(crate) late: bool,
    /// When the expectation began.
    pub(crate) began: Duration,
    /// The time now.
    pub(crate) now: Duration,
    /// The target's activity when the expectation began.
    pub(crate) activity_before: Activity,
    /// Whether a second connection was served, once that is known.
    pub(crate) second: Option<bool>,
    /// What carries the conversation, where several share a connection.
    pub(crate) carrier: Option<&'a dyn Carrier>,
}

impl Evidence<'_> {
    /// Whether nothing more is waited for.
    pub(crate) fn is_all(&self) -> bool {
        self.settled || self.late
    }
}

/// A grade that is not a plain pass, and its reason.
pub(crate) type Graded = (Grade, Reason);

/// What became of an expectation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Wait for more evidence.
    Undecided,
    /// An alternative matched: which, and its grade; `None` is a plain pass.
    Matched(usize, Option<Graded>),
    /// Nothing matches, and nothing can any more.
    Failed(Reason),
}

/// What one alternative says.
enum Assessment {
    Matches(Option<Graded>),
    Open,
    Impossible(Reason),
}

use Assessment::{Impossible, Matches, Open};

fn impossible(reason: impl Into<Reason>) -> Assessment {
    Impossible(reason.into())
}

fn soft(grade: Grade, reason: impl Into<Reason>) -> Assessment {
    Matches(Some((grade, reason.into())))
}

/// Judges an expectation.
pub(crate) fn decide(alternatives: &[Outcome], evidence: &Evidence<'_>) -> Decision {
    if let Some(reason) = unwelcome_message(alternatives, evidence) {
        return Decision::Failed(reason.into());
    }
    let mut best: Option<(usize, Option<Graded>)> = None;
    let mut reasons: Vec<Reason> = Vec::new();
    let mut open: Option<Option<Grade>> = None;
    for (i, outcome) in alternatives.iter().enumerate() {
        let stated = stated(outcome, evidence.setup);
        let says = grade(stated.as_ref());
        match assess(outcome, evidence) {
            // A verdict that is stated stands for the codes that are named, and for no softer
            // reading.
            Matches(Some((_, reason))) if says.is_some() && outcome.word.names_codes() => {
                reasons.push(reason);
            }
            Matches(own) => {
                let graded = worse(stated, own);
                match graded {
                    Some((Grade::Fail, reason)) => return Decision::Failed(reason),
                    graded
                        if best
                            .as_ref()
                            .is_none_or(|(_, b)| milder(graded.as_ref(), b.as_ref())) =>
                    {
                        best = Some((i, graded));
                    }
                    _ => {}
                }
            }
            Open if open.is_none_or(|o| rank(says) < rank(o)) => {
                open = Some(says);
            }
            Open => {}
            Impossible(reason) if says != Some(Grade::Fail) && !reasons.contains(&reason) => {
                reasons.push(reason);
            }
            Impossible(_) => {}
        }
    }
    match (best, open) {
        (Some((_, graded)), Some(open))
            if rank(open) < rank(grade(graded.as_ref())) && !evidence.late && !evidence.quiet =>
        {
            Decision::Undecided
        }
        (Some((i, graded)), _) => Decision::Matched(i, graded),
        (None, Some(_)) => Decision::Undecided,
        (None, None) => Decision::Failed(Reason::none_of(reasons)),
    }
}

/// What the vector says of an alternative, or the user by a limit that was exceeded then.
fn stated(outcome: &Outcome, setup: &Setup) -> Option<Graded> {
    let beyond = outcome.beyond.as_ref();
    if let Some(beyond) = beyond.and_then(|taken| Beyond::of(taken, &setup.limits)) {
        return Some((Grade::Fail, Reason::Beyond(beyond)));
    }
    let why = outcome.why.clone().unwrap_or_default();
    let word = outcome.word.name();
    outcome
        .verdict
        .map(|grade| (grade, Reason::Stated { word, why }))
}

/// The worse of what the vector says of an alternative and what the word found in it.
fn worse(stated: Option<Graded>, own: Option<Graded>) -> Option<Graded> {
    match (stated, own) {
        (Some(stated), Some(own)) => Some(if rank(Some(stated.0)) < rank(Some(own.0)) {
            own
        } else {
            stated
        }),
        (stated, own) => stated.or(own),
    }
}

fn grade(graded: Option<&Graded>) -> Option<Grade> {
    graded.map(|(grade, _)| *grade)
}

fn milder(a: Option<&Graded>, b: Option<&Graded>) -> bool {
    rank(grade(a)) < rank(grade(b))
}

/// How bad a grade is; `None` is a plain pass.
fn rank(grade: Option<Grade>) -> u8 {
    match grade {
        None => 0,
        Some(Grade::Informational) => 1,
        Some(Grade::NonStrict) => 2,
        Some(Grade::Fail) => 3,
    }
}

/// A data message that pays no debt and that no alternative asks for. In the time of a time-out any may
/// come: the probe did not watch for that long.
fn unwelcome_message(alternatives: &[Outcome], e: &Evidence<'_>) -> Option<MessageReason> {
    if alternatives.iter().any(|o| o.word.time_out().is_some()) {
        return None;
    }
    let message = e
        .view
        .messages
        .iter()
        .find(|message| is_unwelcome(message, alternatives))?;
    let came = MessageSample::of(message.kind, &message.payload);
    if message.use_ == MessageUse::PaysDoubtful {
        return Some(MessageReason::Delivered(came));
    }
    let Some(owed) = e.sent.debts.front() else {
        return Some(MessageReason::Unasked(came));
    };
    let sent = MessageSample::of(owed.kind, &owed.payload);
    if owed.kind != message.kind || owed.payload.len() != message.payload.len() {
        return Some(MessageReason::InsteadOfEcho { came, sent });
    }
    let mut pairs = owed.payload.iter().zip(&message.payload);
    Some(match pairs.position(|(a, b)| a != b) {
        // What is owed now may be this very message: it came when another was due.
        None => MessageReason::BeforeItsTurn(came),
        Some(at) => MessageReason::EchoDiffers { at, came, sent },
    })
}

fn is_unwelcome(message: &Message, alternatives: &[Outcome]) -> bool {
    match message.use_ {
        MessageUse::Unasked => !is_asked_for(message, alternatives),
        MessageUse::PaysDoubtful => {
            let echoes = alternatives.iter().any(|o| o.word == Word::Echo);
            !echoes && !is_asked_for(message, alternatives)
        }
        MessageUse::Pays | MessageUse::Beside | MessageUse::Settled => false,
    }
}

fn is_asked_for(message: &Message, alternatives: &[Outcome]) -> bool {
    alternatives
        .iter()
        .any(|outcome| match outcome.word.message() {
            Some((kind, payload)) => kind == message.kind && payload.bytes() == message.payload,
            None => false,
        })
}

fn assess(outcome: &Outcome, e: &Evidence<'_>) -> Assessment {
    match &outcome.word {
        Word::Close(codes, reason) => closing::close(codes, reason.as_ref(), e),
        Word::Alive => messages::alive(e),
        Word::Echo => messages::echo(e),
        Word::Text(_) | Word::Binary(_)
            if e.setup.watching && outcome.verdict.is_none() && wants_echo(&outcome.word, e) =>
        {
            messages::watched(e)
        }
        Word::Text(payload) => messages::message(MessageKind::Text, payload, e),
        Word::Binary(payload) => messages::message(MessageKind::Binary, payload, e),
        Word::Pong(payload) => messages::pong(payload, e),
        Word::Failed(codes) => closing::failed(codes, e),
        Word::Closed(codes) => closing::closed(codes, e),
        Word::Opened(fields) => opening::opened(fields, &outcome.headers, e),
        Word::Refused(codes) => opening::refused(codes, &outcome.headers, e),
        Word::Requested(None) => opening::not_requested(e),
        Word::Requested(Some(fields)) => opening::requested(fields, &outcome.headers, e),
        Word::Ended(kind) => closing::ended(*kind, e),
        Word::Quiet => closing::quiet(e),
        Word::Limited => closing::limited(e),
        Word::TimesOut(what) => time_out::times_out(*what, e),
        Word::Serves => match e.second {
            None => Open,
            Some(true) => Matches(None),
            Some(false) => Impossible(Reason::NotServed),
        },
        Word::Transport(word) => transport::transport(word, e),
    }
}

/// Whether a word asks for a message that was sent; for another one, the case knows the application.
fn wants_echo(word: &Word, e: &Evidence<'_>) -> bool {
    word.message().is_some_and(|(kind, payload)| {
        let payload = payload.bytes();
        e.sent
            .kept
            .iter()
            .any(|sent| *sent == (kind, payload.clone()))
    })
}

/// Whether an echo is expected of the target.
fn echoes(e: &Evidence<'_>) -> bool {
    e.setup.peer == MessageBehaviour::Echo
}

#[cfg(test)]
mod tests;

//! What a conversation of the probe shows, judged by what came and when.

use std::borrow::Cow;
use std::time::Duration;

use wsspec_core::close::split_body;
use wsspec_core::frame::MessageKind;
use wsspec_core::message::Incoming;
use wsspec_core::observe::{ObservationKind, Observer};
use wsspec_reports::{BARRIER, Lifetime, Reaction, Rhythm, Transcript, What, Who, streams};

use super::cases::{BIG, Question, is_of_a_question};
use crate::exchange::{Conclusion, LostFraming, Reason};

/// Bytes of a message that are looked at.
const MOST: u64 = 4 * BIG as u64;

/// The code of a Close without one, and that of an end without a Close (RFC 6455 §7.1.5).
const NO_CODE: u16 = 1005;
const NO_CLOSE: u16 = 1006;

/// Something that one side did.
#[derive(Debug, PartialEq, Eq)]
enum Event {
    Message(MessageKind, Vec<u8>),
    Ping,
    Close(u16),
    End,
}

/// What one side did in the first conversation, and when, in microseconds.
fn timeline(transcript: &Transcript, who: Who) -> Vec<(u64, Event)> {
    let target = transcript.target_role.role();
    let sender = match who {
        Who::Target => target,
        Who::Suite => target.peer(),
    };
    let transcript = streams::conversations(transcript);
    let mut observer = Observer::new(sender).max_message(MOST);
    if matches!(transcript, Cow::Owned(_)) {
        observer = observer.already_open();
    }
    let mut events = Vec::new();
    for entry in &transcript.entries {
        if entry.who != who || entry.on != 1 {
            continue;
        }
        match &entry.what {
            What::Bytes(bytes) => {
                let mut bytes = bytes.clone();
                let mut input = bytes.as_mut_slice();
                while let Some(observation) = observer.next(&mut input) {
                    let ObservationKind::Incoming(incoming) = observation.kind else {
                        continue;
                    };
                    events.extend(event(incoming).map(|event| (entry.at_us, event)));
                }
            }
            What::Fin | What::Truncated | What::Rst => events.push((entry.at_us, Event::End)),
            What::Hello(_)
            | What::Alert(_)
            | What::StreamReset(_)
            | What::Fields(_)
            | What::StreamStopped(_)
            | What::ConnectionClosed(_)
            | What::Left(_)
            | What::TimedOut
            | What::ServesAnother(_) => {}
        }
    }
    events
}

fn event(incoming: Incoming) -> Option<Event> {
    match incoming {
        Incoming::Message(_, payload) if payload.starts_with(BARRIER) => None,
        Incoming::Message(kind, payload) => Some(Event::Message(kind, payload)),
        Incoming::Ping(_) => Some(Event::Ping),
        Incoming::Close(body) => {
            let code = split_body(&body).map_or(NO_CODE, |(code, _)| code.0);
            Some(Event::Close(code))
        }
        Incoming::Pong(_) | Incoming::Reserved(..) => None,
    }
}

/// The answer to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) reaction: Reaction,
    /// The time until the answer, or the echo.
    pub(super) after: Option<Duration>,
    /// A message that another connection sent came here.
    pub(super) broadcast: bool,
    /// A wrong echo: the answer has the size of the question, or cannot be read because its length
    /// is wrong.
    pub(super) wrong_echo: bool,
}

/// The answer to `question`; `None` if it was never sent.
pub(super) fn asked(question: &Question, conclusion: &Conclusion) -> Option<Asked> {
    let ours = timeline(&conclusion.transcript, Who::Suite);
    let (sent, _) = ours.iter().find(|(_, event)| {
        matches!(event, Event::Message(kind, payload)
            if *kind == question.kind && *payload == question.payload)
    })?;
    let theirs = timeline(&conclusion.transcript, Who::Target);
    let mut broadcast = false;
    let mut messages = Vec::new();
    for (at, event) in &theirs {
        let Event::Message(kind, payload) = event else {
            continue;
        };
        if question.is_of_another(payload) {
            broadcast = true;
        } else if at >= sent {
            messages.push((*at, *kind, payload));
        }
    }
    let is_answer = |kind: MessageKind, payload: &[u8]| {
        kind == question.kind && payload == question.answer.as_slice()
    };
    let back = messages
        .iter()
        .any(|(_, kind, payload)| is_answer(*kind, payload));
    let count = messages.len() as u32;
    let reaction = match ending(&ours, &theirs) {
        Some(code) => Reaction::Closes(code),
        None if back && count == 1 => Reaction::Back,
        None if back => Reaction::Among(count),
        None if count > 0 => Reaction::Others(count),
        None if conclusion.timed_out => Reaction::Stuck,
        None => Reaction::Silent,
    };
    let size = question.payload.len();
    Some(Asked {
        reaction,
        after: messages
            .iter()
            .find(|(_, kind, payload)| is_answer(*kind, payload))
            .map(|(at, ..)| Duration::from_micros(at - sent)),
        broadcast,
        wrong_echo: messages.iter().any(|(_, _, payload)| payload.len() == size)
            || matches!(
                conclusion.reason,
                Some(Reason::FramingLost(LostFraming::Length { .. }))
            ),
    })
}

fn is_end(event: &Event) -> bool {
    matches!(event, Event::Close(_) | Event::End)
}

/// The code with which the target ended a conversation of its own accord, if it did.
fn ending(ours: &[(u64, Event)], theirs: &[(u64, Event)]) -> Option<u16> {
    let (at, end) = theirs.iter().find(|(_, event)| is_end(event))?;
    let we_did = ours.iter().any(|(ours, event)| is_end(event) && ours < at);
    match end {
        _ if we_did => None,
        Event::Close(code) => Some(*code),
        _ => Some(NO_CLOSE),
    }
}

/// What a silent connection shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Watched {
    pub(super) pushes: Option<Rhythm>,
    pub(super) pings: Option<Rhythm>,
    pub(super) lifetime: Option<Lifetime>,
    /// A message that another connection sent came here.
    pub(super) broadcast: bool,
}

/// What a connection shows on which we sent nothing, beyond a greeting of `greeting` messages.
pub(super) fn watched(conclusion: &Conclusion, greeting: u32) -> Watched {
    let ours = timeline(&conclusion.transcript, Who::Suite);
    let theirs = timeline(&conclusion.transcript, Who::Target);
    let opened = conclusion
        .transcript
        .entries
        .iter()
        .find(|entry| entry.who == Who::Target)
        .map_or(0, |entry| entry.at_us);
    let mut pushes = Vec::new();
    let mut pings = Vec::new();
    let mut broadcast = false;
    for (at, event) in &theirs {
        match event {
            Event::Message(_, payload) if is_of_a_question(payload) => broadcast = true,
            Event::Message(..) => pushes.push(*at),
            Event::Ping => pings.push(*at),
            Event::Close(_) | Event::End => {}
        }
    }
    let lifetime = ending(&ours, &theirs).map(|code| {
        let end = theirs.last().map_or(opened, |(at, _)| *at);
        Lifetime {
            after_ms: end.saturating_sub(opened) / 1000,
            code,
        }
    });
    Watched {
        pushes: rhythm(pushes.get(greeting as usize..).unwrap_or_default(), opened),
        pings: rhythm(&pings, opened),
        lifetime,
        broadcast,
    }
}

/// How often something happened, at these times.
fn rhythm(times: &[u64], opened: u64) -> Option<Rhythm> {
    let (first, last) = (times.first()?, times.last()?);
    let gaps = times.len() as u64 - 1;
    let every = (last - first)
        .checked_div(gaps)
        .unwrap_or(first.saturating_sub(opened));
    Some(Rhythm {
        count: times.len() as u32,
        every_ms: every / 1000,
    })
}

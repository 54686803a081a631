//! What a target does with messages and heads, asked in several conversations at once.

use std::time::Duration;

use wsspec_core::Role;
use wsspec_core::frame::MessageKind;
use wsspec_reports::{MessageBehaviour, Probe, Reaction, Reply};
use wsspec_vectors::Case;

use super::Probed;
use super::cases::{BIG, FIELD, Question, SMALLER, SMALLER_FIELDS, offer, padded};
use super::reaction::{Asked, asked};
use crate::exchange::{Conclusion, Setup};

/// The longest wait for an answer that comes after the pong to a later ping.
const LATE: Duration = Duration::from_millis(400);

/// An answer that takes longer than this comes late: a pong and a grace take less.
const IN_TIME: Duration = Duration::from_millis(60);

/// The longest that a big message may take on its way; one that would take longer is not sent.
const BIG_TIME: Duration = Duration::from_millis(500);

/// Asks about messages and heads. What is known already is forgotten.
pub(super) async fn ask<R>(probed: &mut Probed, setup: &Setup, run: &R)
where
    R: AsyncFn(Case, Setup) -> Conclusion,
{
    let setup = &patient(setup);
    let (text, binary) = (Question::text(), Question::binary());
    let (text, binary, ()) = tokio::join!(
        question(&text, setup, run),
        question(&binary, setup, run),
        heads(&mut probed.found, probed.pace, setup, run)
    );
    probed.learn_pace(&text.1);
    probed.learn_pace(&binary.1);
    let (text, binary) = (text.0, binary.0);
    let late = [
        late(text, &Question::text(), setup, run).await,
        late(binary, &Question::binary(), setup, run).await,
    ];
    let found = &mut probed.found;
    found.max_message = None;
    found.echoes.text = text.map(|asked| asked.reaction);
    found.echoes.binary = binary.map(|asked| asked.reaction);
    found.broadcasts |= [text, binary].into_iter().flatten().any(|a| a.broadcast);
    let late = late.into_iter().flatten().max();
    found.answers_after_us = late.map(|late| late.as_micros() as u64);
    found.peer = behaviour(text.or(binary));
    probed.wrong_echo = text.is_some_and(|asked| asked.wrong_echo);
    super::measure(probed, setup, run).await;
    if let Some(liked) = Question::liked(&setup.application) {
        let (asked, _) = question(&liked, setup, run).await;
        let any = setup.application.reply == Some(Reply::Any);
        probed.found.liked = asked.map(|asked| match asked.reaction {
            Reaction::Others(_) if any => Reaction::Back,
            reaction => reaction,
        });
    }
    more(probed, setup, run).await;
}

/// With time for answers that come late.
fn patient(setup: &Setup) -> Setup {
    let mut setup = setup.clone();
    setup.timing.overtaken = LATE;
    setup
}

/// Asks what depends on the kind of message that comes back: an empty one, and a big one.
async fn more<R>(probed: &mut Probed, setup: &Setup, run: &R)
where
    R: AsyncFn(Case, Setup) -> Conclusion,
{
    let echoes = &mut probed.found.echoes;
    let Some(kind) = comes_back(echoes.text, echoes.binary) else {
        return;
    };
    let empty = Question::empty(kind);
    let on_its_way = probed.pace * (BIG >> 10) as u32;
    if on_its_way > BIG_TIME {
        let (empty, _) = question(&empty, setup, run).await;
        echoes.empty = empty.map(|asked| asked.reaction);
        return;
    }
    let big = Question::sized(kind, BIG);
    let ((empty, _), (big, _)) =
        tokio::join!(question(&empty, setup, run), question(&big, setup, run));
    echoes.empty = empty.map(|asked| asked.reaction);
    echoes.big = big.map(|asked| asked.reaction);
    if echoes.big.is_some_and(|big| !big.comes_back()) {
        probed.found.max_message = largest(kind, setup, run).await;
    }
}

/// The kind of message that comes back, text if both do.
fn comes_back(text: Option<Reaction>, binary: Option<Reaction>) -> Option<MessageKind> {
    if text?.comes_back() {
        Some(MessageKind::Text)
    } else if binary?.comes_back() {
        Some(MessageKind::Binary)
    } else {
        None
    }
}

/// The largest message smaller than a big one that comes back, of those that are tried.
async fn largest<R>(kind: MessageKind, setup: &Setup, run: &R) -> Option<u64>
where
    R: AsyncFn(Case, Setup) -> Conclusion,
{
    for size in SMALLER.into_iter().rev() {
        let (asked, _) = question(&Question::sized(kind, size), setup, run).await;
        if asked.is_some_and(|asked| asked.reaction.comes_back()) {
            return Some(size as u64);
        }
    }
    None
}

/// Offers an extension, and sends a big head.
async fn heads<R>(found: &mut Probe, pace: Duration, setup: &Setup, run: &R)
where
    R: AsyncFn(Case, Setup) -> Conclusion,
{
    if setup.target == Role::Client {
        return;
    }
    let (offered, large) = tokio::join!(
        run(offer(), setup.clone()),
        run(padded(FIELD), setup.clone())
    );
    found.extensions = offered.opening.extensions;
    found.max_field = None;
    let on_its_way = pace * (FIELD >> 10) as u32;
    if large.opening.opens || large.timed_out || on_its_way > BIG_TIME {
        return;
    }
    for size in SMALLER_FIELDS.into_iter().rev() {
        if run(padded(size), setup.clone()).await.opening.opens {
            found.max_field = Some(size as u64);
            return;
        }
    }
}

async fn question<R>(question: &Question, setup: &Setup, run: &R) -> (Option<Asked>, Conclusion)
where
    R: AsyncFn(Case, Setup) -> Conclusion,
{
    let conclusion = run(question.case(), setup.clone()).await;
    (asked(question, &conclusion), conclusion)
}

/// The time that the answer to a question took, where it took much longer than a pong and does so
/// once more: the longer of both.
async fn late<R>(
    asked: Option<Asked>,
    question: &Question,
    setup: &Setup,
    run: &R,
) -> Option<Duration>
where
    R: AsyncFn(Case, Setup) -> Conclusion,
{
    let in_time = IN_TIME.max(setup.timing.grace_for(Duration::ZERO));
    let first = asked?.after.filter(|after| *after > in_time)?;
    let (again, _) = self::question(question, setup, run).await;
    let again = again?.after.filter(|after| *after > in_time)?;
    Some(first.max(again))
}

/// What the target does with messages, by what it did with one.
fn behaviour(asked: Option<Asked>) -> MessageBehaviour {
    match asked.map(|asked| asked.reaction) {
        Some(Reaction::Back | Reaction::Among(_)) => MessageBehaviour::Echo,
        Some(Reaction::Silent) => MessageBehaviour::Silent,
        Some(Reaction::Others(_) | Reaction::Closes(_) | Reaction::Stuck) | None => {
            MessageBehaviour::Talks
        }
    }
}

//! Words about messages, echoes, pongs and signs of life.

use wsspec_core::frame::MessageKind;
use wsspec_vectors::Payload;

use super::{Assessment, Evidence, Impossible, Matches, Open, echoes, impossible};
use crate::exchange::reason::{MessageReason, MessageSample, PayloadSample, Reason};
use crate::exchange::view::MessageUse;
use wsspec_reports::BARRIER;

pub(super) fn alive(e: &Evidence<'_>) -> Assessment {
    match e.view.lost() {
        _ if e.pong => Matches(None),
        Some(lost) => impossible(lost),
        None if e.late => garbled_answer(e).map_or(Impossible(Reason::PingUnanswered), impossible),
        None => Open,
    }
}

/// Whatever the messages sent lead to, as soon as nothing more is to be expected.
pub(super) fn watched(e: &Evidence<'_>) -> Assessment {
    match e.view.lost() {
        Some(lost) => impossible(lost),
        // A target that goes on sending may never be calm.
        None if e.settled || e.late && e.pong => Matches(None),
        None if e.late => Impossible(Reason::PingUnanswered),
        None => Open,
    }
}

/// The pong that came in place of the answer to a barrier: of the same length, but with other
/// bytes.
fn garbled_answer(e: &Evidence<'_>) -> Option<MessageReason> {
    let barrier = e.barrier?;
    let unused = &e.view.pongs.all[e.view.pongs.used..];
    let garbled = unused
        .iter()
        .rfind(|pong| pong.len() == barrier.len() && !pong.starts_with(BARRIER))?;
    Some(MessageReason::OtherPong {
        came: PayloadSample::of(garbled),
        wanted: PayloadSample::of(barrier),
    })
}

pub(super) fn echo(e: &Evidence<'_>) -> Assessment {
    if !echoes(e) && !e.setup.watching {
        return alive(e);
    }
    let owed = e.sent.debts.len();
    if owed == 0 {
        return Matches(None);
    }
    if e.setup.watching {
        return watched(e);
    }
    let lost = e.view.lost();
    if lost.is_none() && !e.is_all() {
        return Open;
    }
    impossible(MessageReason::Missing {
        owed,
        sent: e.sent.messages,
        lost,
    })
}

pub(super) fn message(kind: MessageKind, payload: &Payload, e: &Evidence<'_>) -> Assessment {
    let wanted = payload.bytes();
    let there = e.view.messages.iter().any(|message| {
        message.use_ != MessageUse::Settled && message.kind == kind && message.payload == wanted
    });
    match e.view.lost() {
        _ if there => Matches(None),
        Some(lost) => impossible(lost),
        None if e.is_all() => impossible(MessageReason::None(MessageSample::of(kind, &wanted))),
        None => Open,
    }
}

pub(super) fn pong(payload: &Payload, e: &Evidence<'_>) -> Assessment {
    let wanted = payload.bytes();
    let unused = &e.view.pongs.all[e.view.pongs.used..];
    match e.view.lost() {
        _ if unused.contains(&wanted) => Matches(None),
        Some(lost) => impossible(lost),
        None if e.is_all() => {
            let other = unused.iter().find(|pong| !pong.starts_with(BARRIER));
            let wanted = PayloadSample::of(&wanted);
            impossible(match other {
                Some(other) => MessageReason::OtherPong {
                    came: PayloadSample::of(other),
                    wanted,
                },
                None => MessageReason::NoPong(wanted),
            })
        }
        None => Open,
    }
}

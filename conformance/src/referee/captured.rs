//! Captured connections, judged as if they were live.

use wsspec_core::Role;
use wsspec_reports::What;

use super::conversation::{Conversation, Limits};
use super::notice::{Notice, conclude, tell_broken};
use super::tally::Tally;
use super::unjudged::Unjudged;
use crate::decode::{Connection, Event};

/// Judges connections of captures; the first is number 1. What is noticed goes to `notices`.
pub fn judge_captured(
    connections: &[Connection],
    limits: Limits,
    mut notices: impl FnMut(Notice<'_>),
) -> Tally {
    let mut tally = Tally::default();
    for (connection, number) in connections.iter().zip(1..) {
        let mut conversation = Conversation::new(limits);
        let mut sent = [0; 2];
        for event in &connection.events {
            sent[usize::from(event.from == Role::Server)] += take(&mut conversation, event);
            tell_broken(number, &mut conversation, &mut notices);
        }
        conclude(number, &conversation, &mut tally, sent, &mut notices);
    }
    tally
}

/// Returns the number of bytes that were captured.
fn take(conversation: &mut Conversation, event: &Event) -> u64 {
    match &event.what {
        What::Bytes(bytes) => {
            // They are unmasked in place.
            conversation.received(event.from, &mut bytes.clone(), event.at);
            bytes.len() as u64
        }
        What::Left(bytes) => {
            conversation.missed(event.from, Unjudged::Missing, *bytes);
            *bytes
        }
        end => {
            conversation.ended(event.from, end.clone(), event.at);
            0
        }
    }
}

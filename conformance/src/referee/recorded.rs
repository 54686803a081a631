//! Connections that a browser recorded: heads and messages, without frames.

use std::time::Duration;

use wsspec_core::Role;
use wsspec_core::frame::Opcode;
use wsspec_core::violation::Violation;

use super::conversation::{Conversation, Limits};
use super::found::Place;
use super::notice::{Notice, tell_broken};
use super::tally::Tally;
use super::unjudged::Unjudged;
use crate::decode::Recording;

/// Judges what the file of a browser shows of connections; the first is number 1. What is noticed goes to
/// `notices`.
pub fn judge_recorded(
    recordings: &[Recording],
    limits: Limits,
    mut notices: impl FnMut(Notice<'_>),
) -> Tally {
    let mut tally = Tally::without_frames();
    for (recording, number) in recordings.iter().zip(1..) {
        let mut conversation = Conversation::new(limits);
        let mut bytes = [0; 2];
        for (head, role) in recording
            .heads
            .iter()
            .flatten()
            .zip([Role::Client, Role::Server])
        {
            bytes[usize::from(role == Role::Server)] = head.len() as u64;
            conversation.received(role, &mut head.clone(), Duration::ZERO);
        }
        for message in &recording.messages {
            if is_reserved(message.opcode) {
                let fault = Violation::OpcodeReserved.at(0);
                let ledger = &mut conversation.record.ledger;
                ledger.note(message.sender, fault, Place::default());
            }
        }
        tell_broken(number, &mut conversation, &mut notices);
        tally.add(number, &conversation, bytes);
        for message in &recording.messages {
            let payload = message.payload.len() as u64;
            tally.add_message(message.sender, payload, Unjudged::NoFrames);
        }
        notices(Notice::Over(number));
    }
    tally
}

fn is_reserved(opcode: Opcode) -> bool {
    matches!(opcode.bits(), 3..=7 | 11..=15)
}

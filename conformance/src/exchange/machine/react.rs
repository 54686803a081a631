//! What a conforming peer does about what the target sent, and what an expectation that matched
//! uses up.

use wsspec_core::Role;
use wsspec_core::close::CloseCode;
use wsspec_core::frame::Opcode;
use wsspec_reports::MessageBehaviour;
use wsspec_vectors::{Consumes, Grade, Manual, Outcome, Word};

use super::super::agreement;
use super::super::reason::{Needs, Reason};
use super::super::ruling::verdict_of;
use super::super::script::Line;
use super::super::view::{Incoming, MessageUse, View};
use super::Exchange;
use crate::binding::Command;

impl Exchange<'_> {
    pub(super) fn react(&mut self, on: u32, incoming: Incoming) {
        match incoming {
            Incoming::Head if self.setup.target == Role::Server => self.answered(on),
            Incoming::Head => {}
            Incoming::Ping(payload) => {
                if self.on(on).sent.takes_control() && !self.case.manual.contains(&Manual::Pong) {
                    self.send_frame(on, Opcode::PONG, &payload);
                }
            }
            Incoming::Pong(payload) => {
                let now = self.now;
                let pongs = self.setup.pongs;
                let conversation = self.on_mut(on);
                let barrier = &conversation.barrier;
                if pongs && barrier.sent.is_some() && payload == barrier.payload {
                    conversation.barrier_answered(now);
                }
            }
            Incoming::Message(at) => self.account(on, at),
            Incoming::Close => self.closed(on),
        }
    }

    /// The answer to our opening request is complete.
    fn answered(&mut self, on: u32) {
        let now = self.now;
        let conversation = self.on_mut(on);
        conversation.opening_answered(now);
        let Some(answer) = &conversation.view.head else {
            return;
        };
        // How it answers an offer is judged by the cases that write one.
        let terms = answer.terms;
        let bad = agreement::bad_answer(&answer.violations);
        match (terms, self.case.agree.is_some(), bad) {
            (_, true, Some(bad)) => self.skip(bad),
            (Some(agreed), _, _) => self.agree(on, agreed),
            (None, true, None) => self.skip(Needs::Deflate),
            (None, false, _) => {}
        }
    }

    /// Answers the Close of the target, and ends the stream where that is our part.
    fn closed(&mut self, on: u32) {
        let answers = self.case.manual.contains(&Manual::Close);
        let ends = self.case.manual.contains(&Manual::End);
        let client = self.setup.target == Role::Client;
        // A Close cannot be answered while pieces of it are still to be written.
        let whole = !self.pacing.holds(on);
        let conversation = self.on_mut(on);
        let ours = conversation.sent.closed && whole;
        let mut code = None;
        if let Some(close) = &mut conversation.view.close {
            close.answers = ours;
            code = close
                .code
                .filter(|code| CloseCode(*code).violation().is_none());
        }
        if !ours && conversation.sent.takes_control() && !answers {
            let body = code.map_or(Vec::new(), |code| code.to_be_bytes().to_vec());
            self.send_frame(on, Opcode::CLOSE, &body);
        }
        let conversation = self.on(on);
        if conversation.sent.closed && client && !conversation.end_sent && !ends {
            self.command(on, Command::Finish, None);
        }
    }

    /// Finds out what a message of the target is for.
    fn account(&mut self, on: u32, at: usize) {
        let now = self.now;
        let setup = self.setup;
        let conversation = self.on_mut(on);
        let message = &mut conversation.view.messages[at];
        let barrier = &conversation.barrier;
        let answers = !setup.pongs
            && barrier.sent.is_some()
            && setup
                .application
                .is_answer(&message.payload, &barrier.payload);
        message.use_ = match conversation.sent.pay(message.kind, &message.payload) {
            Some(debt) if debt.doubtful => MessageUse::PaysDoubtful,
            Some(_) => MessageUse::Pays,
            None if setup.watching
                || setup.peer != MessageBehaviour::Echo
                || at < setup.greeting as usize =>
            {
                MessageUse::Settled
            }
            None if setup.says_more() => MessageUse::Beside,
            None => MessageUse::Unasked,
        };
        if answers {
            message.use_ = MessageUse::Pays;
            conversation.barrier_answered(now);
        }
    }

    /// An alternative of the current line matched.
    pub(super) fn matched(
        &mut self,
        line: &Line,
        outcome: &Outcome,
        graded: Option<(Grade, Reason)>,
    ) {
        use_up(&outcome.word, &mut self.on_mut(line.on).view);
        if let Some((grade, reason)) = graded {
            self.ruling.rule(verdict_of(grade), reason);
        }
        let conversation = self.on_mut(line.on);
        conversation.over |= !outcome.word.leaves_open() || conversation.view.end.is_some();
        if outcome.word.is_silence() {
            // A target that stayed silent may still be waiting for us; there is nothing to ask.
            self.forget_last();
        }
        self.next_line(line.on);
        if self.on(line.on).view.moved_on {
            self.lines.clear();
        }
    }
}

/// Marks what a matched word uses up, so that no later expectation matches it again.
fn use_up(word: &Word, view: &mut View) {
    match (word.traits().consumes, word) {
        (Consumes::Pongs, Word::Pong(payload)) => {
            let wanted = payload.bytes();
            let pongs = &mut view.pongs;
            let found = pongs.all[pongs.used..]
                .iter()
                .position(|pong| *pong == wanted);
            pongs.used += found.map_or(0, |at| at + 1);
        }
        (Consumes::Messages, _) => {
            for message in &mut view.messages {
                message.use_ = MessageUse::Settled;
            }
        }
        (Consumes::Pongs | Consumes::Nothing, _) => {}
    }
}

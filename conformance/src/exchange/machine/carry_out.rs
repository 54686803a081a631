//! Carrying out one line.

use std::sync::Arc;
use std::time::Duration;

use wsspec_core::Role;
use wsspec_core::deflate::message::Deflator;
use wsspec_core::deflate::negotiation::Parameters;
use wsspec_reports::{What, Who};
use wsspec_vectors::{Frame, Head, Split, Step};

use super::super::frames::write_frame;
use super::super::reason::{ClosingReason, Needs, RequestReason};
use super::super::script::{Line, LineKind};
use super::super::{Action, WireAction, agreement, describe};
use super::{Began, Exchange};
use crate::binding::{Command, EndOfStream, Output};

impl Exchange<'_> {
    /// Carries out a line. `Some` when there is nothing to do but wait.
    pub(super) fn carry_out(&mut self, line: &Line) -> Option<Duration> {
        let on = line.on;
        match &line.step {
            Step::Expect(alternatives) => return self.expect(line, alternatives),
            Step::Open(head) => {
                if let Some(wait) = self.await_settings(line) {
                    return Some(wait).filter(|_| !self.lines.is_empty());
                }
                self.send_head(on, head, Command::Open(head));
            }
            Step::Accept(head) => return self.accept(line, head),
            Step::Send { frames, split, pad } => {
                if self.on(on).view.over() {
                    if self.ended_too_early(line) {
                        return None;
                    }
                } else {
                    self.pad(on, *pad);
                    self.send_frames(on, frames, split.as_ref());
                    if !self.pacing.holds(on) {
                        self.pad(on, None);
                    }
                }
            }
            Step::Fin => _ = self.command(on, Command::Finish, None),
            Step::Rst => {
                self.command(on, Command::Reset, None);
                // No stream is left that the target could end in its turn.
                self.on_mut(on).view.end.get_or_insert(EndOfStream::Reset);
            }
            Step::ReadStop => self.act(on, WireAction::StopReading),
            Step::ReadGo => self.act(on, WireAction::ReadAgain),
            Step::Tell(tell) => self.actions.push_back(Action::Tell(tell.clone())),
            Step::Settings(settings) => {
                if !self.command(on, Command::Settings(settings), None) {
                    self.skip(Needs::OtherTransport);
                    return None;
                }
            }
            Step::Signal(signal) => {
                if !self.signal(on, *signal) {
                    self.skip(Needs::OtherTransport);
                    return None;
                }
            }
            // Lines are laid out by conversation.
            Step::On(..) => {}
        }
        self.step_done(line);
        None
    }

    /// Whether the target ended a connection on which everything we sent was legal, and with it the
    /// case.
    fn ended_too_early(&mut self, line: &Line) -> bool {
        let conversation = self.on(line.on);
        if conversation.sent.broke.is_some() || conversation.sent.closed {
            return false;
        }
        let what = describe::view(&conversation.view);
        self.fail(line, ClosingReason::TooEarly(what).into(), None);
        true
    }

    fn send_frames(&mut self, on: u32, frames: &[Frame], split: Option<&Split>) {
        let mut bytes = Vec::new();
        let mut ends = Vec::new();
        for frame in frames {
            self.write_frame(on, frame, &mut bytes);
            ends.push(bytes.len());
        }
        let split = split.map(|split| split.at_frames(ends));
        self.remember_stimulus(&bytes, self.on(on).agreed);
        self.on_mut(on).sent.take(&bytes);
        self.command(on, Command::Data(bytes), split.as_ref());
    }

    /// Sends a head, and the frames glued to it in the same write.
    fn send_head(&mut self, on: u32, head: &Head, command: Command<'_>) {
        let setup = self.setup;
        let asks = matches!(command, Command::Open(_));
        let Ok(outputs) = self.on_mut(on).binding.send(command, setup) else {
            return self.skip(Needs::OtherTransport);
        };
        let fields = matches!(outputs[..], [Output::Fields(_), ..]);
        for output in &outputs {
            match output {
                Output::Fields(fields) => self.send_fields(on, fields),
                Output::Finish => self.end(on, WireAction::Finish),
                _ => {}
            }
        }
        let bytes = super::written(outputs);
        if matches!(self.setup.target, Role::Client)
            && let Some(agreed) = self.on(on).binding.accepted().terms
        {
            self.agree(on, agreed);
        }
        let glued = self.frame_bytes(on, &head.glued);
        let now = self.now;
        let conversation = self.on_mut(on);
        if asks && !fields {
            conversation.sent.take_request(&bytes);
        }
        conversation.sent.take(&glued);
        conversation.pace.opened_at = Some(now);
        self.remember_stimulus(&bytes, None);
        let all = [bytes, glued].concat();
        if !fields || !all.is_empty() {
            self.write(on, head.split.as_ref(), all);
        }
    }

    fn frame_bytes(&mut self, on: u32, frames: &[Frame]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for frame in frames {
            self.write_frame(on, frame, &mut bytes);
        }
        bytes
    }

    fn write_frame(&mut self, on: u32, frame: &Frame, out: &mut Vec<u8>) {
        let suite = self.setup.suite();
        let deflator = &mut self.conversations[on as usize - 1].deflator;
        write_frame(frame, suite, &mut self.random, deflator.as_mut(), out);
    }

    /// permessage-deflate was agreed on.
    pub(super) fn agree(&mut self, on: u32, agreed: Parameters) {
        let suite = self.setup.suite();
        let client = self.setup.target == Role::Client;
        let terms = self.case.agree.unwrap_or_default().deflate;
        let conversation = self.on_mut(on);
        conversation.agreed = Some(agreed);
        if client {
            conversation.view.agree(agreed.context(Role::Client));
        }
        let ours = agreed.context(suite);
        conversation.sent.agree(ours);
        conversation.deflator = Some(Deflator::new(agreement::ours(terms, ours)));
        if let Some(needs) = agreement::unmet(terms, Some(agreed), suite) {
            self.skip(needs);
        }
    }

    /// Answers the request of a client, once it has come.
    fn accept(&mut self, line: &Line, head: &Arc<Head>) -> Option<Duration> {
        let Some(request) = &self.on(line.on).view.head else {
            return self.await_request(line);
        };
        let offered = &request.offers;
        if let Some(needs) = agreement::unoffered(&self.case.offered, offered) {
            self.decline(line.on, needs);
            return None;
        }
        let mut head = Arc::clone(head);
        if let Some(agree) = &self.case.agree {
            let Some(answer) = agreement::support(agree.deflate).choose(offered) else {
                self.decline(line.on, Needs::Deflate);
                return None;
            };
            head = agreement::head(answer).into();
        }
        self.send_head(line.on, &head, Command::Accept(&head));
        self.step_done(line);
        None
    }

    /// The case cannot be run on this client, which waits for an answer: a plain one, and a Close
    /// soon after.
    fn decline(&mut self, on: u32, needs: Needs) {
        let head = Head::default();
        self.send_head(on, &head, Command::Accept(&head));
        self.skip(needs);
    }

    fn await_request(&mut self, line: &Line) -> Option<Duration> {
        let began = self.began(line.on);
        let deadline = began.at + self.setup.timing.deadline;
        let view = &self.on(line.on).view;
        if view.end.is_none() && view.garbage.is_none() && self.now < deadline {
            return Some(deadline);
        }
        let came = describe::view(view);
        if self.now >= deadline {
            self.log
                .event(self.now, line.on, Who::Suite, What::TimedOut);
        }
        let granted = Line {
            kind: LineKind::Granted,
            ..line.clone()
        };
        self.fail(&granted, RequestReason::NoneToAnswer(came).into(), None);
        None
    }

    /// When the current line began; now, if it has not.
    pub(super) fn began(&mut self, on: u32) -> Began {
        if let Some(began) = self.began {
            return began;
        }
        let conversation = self.on_mut(on);
        let now = conversation.view.activity;
        let activity = conversation.activity_before.take().unwrap_or(now);
        let began = Began {
            at: self.now,
            lost: self.lost,
            activity,
        };
        self.began = Some(began);
        began
    }
}

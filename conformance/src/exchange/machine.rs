//! The exchange as a machine: [`next`](Exchange::next) says what to do, the driver feeds back what
//! happened.
//!
//! A case is first laid out as a list of [`Line`]s, with everything it leaves out filled in: the
//! opening handshake and its barrier in front, `opened` after an `open`, `alive` at the end. After
//! that there are no special cases: lines are carried out in order, each on its conversation, and
//! an expectation waits on evidence.

mod carried;
mod carry_out;
mod pacing;
mod react;
mod secured;
mod wait;

use std::collections::VecDeque;
use std::time::Duration;

use wsspec_core::close::CloseCode;
use wsspec_core::deflate::negotiation::Parameters;
use wsspec_core::frame::{FrameWriter, Opcode};
use wsspec_reports::{Verdict, What, Who};
use wsspec_vectors::{Case, Need, Outcome, Split, SplitMix64, Step};

use super::conversation::{Barrier, Conversation};
use super::log::Log;
use super::reaction::Reaction;
use super::reason::{Breakdown, Needs, Reason, TransportReason};
use super::ruling::{Missed, Ruling};
use super::script::{Line, LineKind, lay_out, survives};
use super::setup::random_key;
use super::view::Activity;
use super::{Action, Conclusion, Setup, WireAction, conclusion, describe};
use crate::binding::carrier::{Came, Carrier, OnChannel};
use crate::binding::connect::Connect;
use crate::binding::http1::Http1;
use crate::binding::{Binding, Command, EndOfStream, ErrorNumber, Input, Output};
use carried::carrier;
use pacing::Pacing;

/// The question whether a second connection is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Second {
    NotAsked,
    Asked,
    Answered(bool),
}

/// When the current line began, and what the target had sent by then.
#[derive(Debug, Clone, Copy)]
struct Began {
    at: Duration,
    /// Time that the machine had taken away by then.
    lost: Duration,
    activity: Activity,
}

/// A case that is being carried out, in one or several conversations.
#[derive(Debug)]
pub struct Exchange<'a> {
    case: &'a Case,
    setup: &'a Setup,
    random: SplitMix64,
    lines: VecDeque<Line>,
    actions: VecDeque<Action>,
    pacing: Pacing,
    /// Carries the conversations, where they share a connection.
    carrier: Option<Box<dyn Carrier>>,
    /// By their number, less one.
    conversations: Vec<Conversation>,
    /// What came on streams whose conversation has not begun.
    early: Vec<(u32, Came)>,
    began: Option<Began>,
    second: Second,
    /// When the verdict was in and only the closing handshakes were left.
    finishing: Option<Duration>,
    /// What carries the conversations was told to close.
    closed: bool,
    ruling: Ruling,
    log: Log,
    now: Duration,
    /// Time that the machine has taken away, counted from any moment.
    lost: Duration,
}

impl<'a> Exchange<'a> {
    /// Lays out a case.
    pub fn new(case: &'a Case, setup: &'a Setup) -> Exchange<'a> {
        let mut exchange = Exchange {
            case,
            setup,
            random: setup.random(&case.id),
            lines: lay_out(case, setup),
            actions: VecDeque::new(),
            pacing: Pacing::default(),
            carrier: carrier(setup),
            conversations: Vec::new(),
            early: Vec::new(),
            began: None,
            second: Second::NotAsked,
            finishing: None,
            closed: false,
            ruling: Ruling::default(),
            log: Log::default(),
            now: Duration::ZERO,
            lost: Duration::ZERO,
        };
        exchange.begin_connection();
        exchange.begin_conversation();
        exchange.begin_without_tls();
        if case.needs.contains(&Need::AllowedOrigin) && setup.allowed_origin.is_none() {
            exchange.skip(Needs::AllowedOrigin);
        }
        exchange
    }

    /// The machine has taken away this much time by now, counted from any moment before.
    pub fn has_lost(&mut self, time: Duration) {
        self.lost = time;
    }

    /// What to do next.
    pub fn next(&mut self, now: Duration) -> Action {
        self.now = now;
        loop {
            if let Some(action) = self.actions.pop_front() {
                return action;
            }
            if let Some(action) = self.pace() {
                return action;
            }
            if self.finishing.is_some() {
                return self.finish();
            }
            let Some(line) = self.lines.front().cloned() else {
                self.begin_to_finish();
                continue;
            };
            if line.on as usize > self.conversations.len() {
                self.begin_conversation();
                if self.carrier.is_none() {
                    self.actions
                        .push_back(Action::Connect(self.conversations.len() as u32));
                }
                continue;
            }
            if self.is_moot(&line) {
                self.lines.pop_front();
                continue;
            }
            if let Some(wait) = self.carry_out(&line) {
                return Action::Wait(wait);
            }
        }
    }

    /// The target sent these bytes in conversation `on`, or on a channel of what carries them.
    pub fn received(&mut self, on: u32, bytes: &[u8], now: Duration) {
        self.now = now;
        if self.carrier.is_some() {
            return self.carried(on, bytes);
        }
        let clear = self.screen(on, bytes);
        let bytes = clear.as_deref().unwrap_or(bytes);
        let Some(conversation) = self.conversations.get_mut(on as usize - 1) else {
            return;
        };
        if bytes.is_empty() {
            return;
        }
        let view = &mut conversation.view;
        view.owes(conversation.sent.frames, conversation.sent.bytes);
        let inputs = if view.flood().is_some() {
            Vec::new()
        } else {
            conversation.binding.receive(bytes)
        };
        if !matches!(inputs[..], [Input::NextRequest]) {
            view.came(bytes.len(), now);
            if !view.moved_on {
                self.log.bytes(now, on, Who::Target, bytes);
            }
        }
        for input in inputs {
            if let Some(incoming) = self.on_mut(on).view.take(input) {
                self.react(on, incoming);
            }
            self.read_on(on, false);
        }
    }

    /// Reads the frames of the target that have come. With `last`, nothing more is waited for to
    /// settle a doubt.
    fn read_on(&mut self, on: u32, last: bool) {
        while let Some(incoming) = self.on_mut(on).read_on(last) {
            for incoming in incoming {
                self.react(on, incoming);
            }
        }
    }

    /// The target ended its direction of conversation `on`, or of a channel of what carries them.
    pub fn ended(&mut self, on: u32, end: EndOfStream, now: Duration) {
        self.now = now;
        if let Some(carrier) = &mut self.carrier {
            let (came, answers) = carrier.ended(on, end);
            self.log_end(on, end);
            self.on_channels(answers);
            return self.take(came);
        }
        let Some(conversation) = self.conversations.get_mut(on as usize - 1) else {
            return;
        };
        if conversation.view.end.is_none() {
            self.read_on(on, true);
            self.on_mut(on).view.end = Some(end);
            self.log_end(on, end);
        }
    }

    /// The target asked for no more on our direction of a channel of what carries the conversations.
    pub fn stopped(&mut self, on: u32, code: ErrorNumber, now: Duration) {
        self.now = now;
        let what = What::StreamStopped(code.code);
        self.log.event(self.now, on, Who::Target, what);
        if let Some(carrier) = &mut self.carrier {
            let (came, answers) = carrier.stopped(on, code);
            self.on_channels(answers);
            self.take(came);
        }
    }

    fn log_end(&mut self, on: u32, end: EndOfStream) {
        let what = match end {
            EndOfStream::Finished => What::Fin,
            EndOfStream::Truncated => What::Truncated,
            EndOfStream::Reset => What::Rst,
            EndOfStream::Cancelled(ErrorNumber { code, .. }) => What::StreamReset(code),
            EndOfStream::Aborted(code) => What::ConnectionClosed(code.map(|number| number.code)),
        };
        self.log.event(self.now, on, Who::Target, what);
    }

    /// The beginning of the client's next request, if it sent one on the same connection. Nothing
    /// was sent to it.
    pub fn next_request(&mut self) -> Option<Vec<u8>> {
        self.conversations[0].binding.take_next_request()
    }

    /// A further connection cannot be made.
    pub fn cannot_connect(&mut self, error: &str) {
        self.broke_down(Breakdown::NoFurtherConnection(error.to_owned()));
    }

    /// The driver cannot tell the application under test what the case wants done.
    pub fn cannot_tell(&mut self) {
        self.skip(Needs::ToldApplication);
    }

    /// The client under test uses no proxy.
    pub fn uses_no_proxy(&mut self) {
        self.skip(Needs::Proxy);
    }

    /// Whether a second connection was served.
    pub fn second(&mut self, served: bool) {
        self.second = Second::Answered(served);
        self.log
            .event(self.now, 1, Who::Target, What::ServesAnother(served));
    }

    /// The driver gives up on this exchange.
    pub fn broke_down(&mut self, breakdown: Breakdown) {
        self.ruling.rule(Verdict::Error, breakdown.into());
        self.lines.clear();
        self.finishing = Some(Duration::ZERO);
    }

    /// The result, once [`Action::Done`] was returned.
    pub fn conclude(self) -> Conclusion {
        conclusion::conclude(conclusion::Parts {
            setup: self.setup,
            conversations: self.conversations,
            carried: self
                .carrier
                .map_or(Vec::new(), |carrier| carrier.breaches().to_vec()),
            ruling: self.ruling,
            entries: self.log.entries,
            duration: self.now,
        })
    }

    /// Whether this line makes no sense any more.
    fn is_moot(&self, line: &Line) -> bool {
        let conversation = self.on(line.on);
        let lost = conversation.over && !survives(&line.step);
        lost || line.kind == LineKind::Last && !conversation.can_ask(self.setup.pongs)
    }

    fn on(&self, on: u32) -> &Conversation {
        &self.conversations[on as usize - 1]
    }

    fn on_mut(&mut self, on: u32) -> &mut Conversation {
        &mut self.conversations[on as usize - 1]
    }

    /// The next conversation, over the binding of the transport.
    fn begin_conversation(&mut self) {
        let key = random_key(&mut self.random);
        let target = self.setup.target;
        let binding: Box<dyn Binding> = if self.carrier.is_some() {
            Box::new(Connect::new(target, self.setup.over, key))
        } else {
            Box::new(Http1::new(target, key))
        };
        self.conversations
            .push(Conversation::new(self.setup, binding, self.case.weight()));
        let on = self.conversations.len() as u32;
        self.begin_tls_in_tunnel(on);
        let (now, later) = std::mem::take(&mut self.early)
            .into_iter()
            .partition(|(of, _)| *of == on);
        self.early = later;
        self.take(now);
    }

    fn next_line(&mut self, on: u32) {
        self.lines.pop_front();
        self.began = None;
        self.on_mut(on).barrier = Barrier::default();
        self.second = Second::NotAsked;
    }

    /// Sends a conforming frame of our own.
    fn send_frame(&mut self, on: u32, opcode: Opcode, payload: &[u8]) {
        let masks = self.setup.suite().masks();
        let key = masks.then(|| (self.random.next() as u32).to_le_bytes());
        let bytes = FrameWriter::new(opcode, payload).mask(key).to_vec();
        self.on_mut(on).sent.take(&bytes);
        self.command(on, Command::Data(bytes), None);
    }

    /// Has the binding turn a command into writes. False if it cannot.
    fn command(&mut self, on: u32, command: Command<'_>, split: Option<&Split>) -> bool {
        let setup = self.setup;
        let Ok(outputs) = self.on_mut(on).binding.send(command, setup) else {
            return false;
        };
        for output in outputs {
            match output {
                Output::Write(bytes) => self.write(on, split, bytes),
                Output::Fields(fields) => self.send_fields(on, &fields),
                Output::Settings(settings) => self.send_settings(&settings),
                Output::Finish => self.end(on, WireAction::Finish),
                Output::Reset => self.end(on, WireAction::Reset),
            }
        }
        true
    }

    fn write(&mut self, on: u32, split: Option<&Split>, bytes: Vec<u8>) {
        self.on_mut(on).sent_bytes += bytes.len() as u64;
        let writes = Split::cut(split, bytes);
        if writes.len() > 1 || self.pacing.holds(on) {
            self.write_paced(on, writes);
            return;
        }
        for write in writes {
            self.act(on, WireAction::Write(write));
        }
    }

    fn end(&mut self, on: u32, action: WireAction) {
        let conversation = self.on_mut(on);
        conversation.sent.ended = true;
        conversation.end_sent = true;
        if self.pacing.holds(on) {
            self.pacing.follow(action);
        } else {
            self.act(on, action);
        }
    }

    /// Queues an action for the driver, and logs it.
    fn act(&mut self, on: u32, action: WireAction) {
        match &mut self.carrier {
            Some(carrier) => {
                let actions = carrier.act(on, action);
                self.on_channels(actions);
            }
            None => self.on_channel(on, action),
        }
    }

    fn on_channels(&mut self, actions: Vec<OnChannel>) {
        for (channel, action) in actions {
            self.on_channel(channel, action);
        }
    }

    /// Queues what ends the conversations once the verdict is in, which no transcript keeps.
    fn queue(&mut self, actions: Vec<OnChannel>) {
        let actions = actions
            .into_iter()
            .map(|(channel, action)| Action::Leave(channel, action));
        self.actions.extend(actions);
    }

    fn on_channel(&mut self, on: u32, action: WireAction) {
        match &action {
            WireAction::Write(bytes) => self.log.bytes(self.now, on, Who::Suite, bytes),
            WireAction::Finish => self.log.event(self.now, on, Who::Suite, What::Fin),
            WireAction::Reset => self.log.event(self.now, on, Who::Suite, What::Rst),
            WireAction::Quic(action) => self.log.event(self.now, on, Who::Suite, action.what()),
            WireAction::StopReading | WireAction::ReadAgain => {}
        }
        self.actions.push_back(Action::Wire(on, action));
    }

    /// The case cannot be run on this target.
    pub(crate) fn skip(&mut self, needs: Needs) {
        self.ruling.rule(Verdict::Skipped, needs.into());
        self.lines.clear();
        self.began = None;
    }

    fn fail(&mut self, line: &Line, reason: Reason, expected: Option<&std::sync::Arc<[Outcome]>>) {
        let conversation = self.on(line.on);
        let received = describe::view(&conversation.view);
        // A client need not live with every answer; which it has to is judged by the cases that
        // write one.
        let answered = self.case.agree.is_some() && conversation.binding.accepted().opened;
        let reason = match self.carrier.as_deref().and_then(Carrier::unreadable) {
            Some(breach) => TransportReason::Broke {
                breach,
                case: self.case.id.clone(),
            }
            .into(),
            None => reason,
        };
        let (verdict, reason) = match line.kind {
            // What it sent cannot be read in any case: that is the finding.
            _ if reason.is_unreadable() => (Verdict::Fail, reason),
            LineKind::Granted | LineKind::Settled if answered => (
                Verdict::Skipped,
                Needs::AnswerTaken(Box::new(reason)).into(),
            ),
            LineKind::Granted | LineKind::Settled => {
                (Verdict::Error, Reason::NoPlainConnection(Box::new(reason)))
            }
            LineKind::Stated => (Verdict::Fail, reason),
            LineKind::Last => (Verdict::Fail, Reason::DidNotSurvive(Box::new(reason))),
        };
        let sent = &self.on(line.on).sent;
        self.ruling.missed = Some(Missed {
            step: line.at,
            provoked: sent.broke.is_some(),
            inside_message: !sent.takes_message() && sent.takes_control(),
        });
        self.stop(verdict, reason, expected, received);
    }

    /// A line cannot be judged, whatever it is about.
    fn give_up(&mut self, on: u32, breakdown: Breakdown, expected: &std::sync::Arc<[Outcome]>) {
        let received = describe::view(&self.on(on).view);
        self.stop(Verdict::Error, breakdown.into(), Some(expected), received);
    }

    fn stop(
        &mut self,
        verdict: Verdict,
        reason: Reason,
        expected: Option<&std::sync::Arc<[Outcome]>>,
        received: String,
    ) {
        self.ruling.rule(verdict, reason);
        self.ruling.received = Some(received);
        self.ruling.expected = expected.cloned();
        self.lines.clear();
        self.began = None;
        self.begin_to_finish();
    }

    /// The verdict is in.
    fn begin_to_finish(&mut self) {
        self.ruling.reaction = Reaction::of(self.on(1), self.setup.watching);
        self.finishing = Some(self.now);
        self.say_goodbye();
    }

    /// Ends the connections as a polite peer does; reported, not judged.
    fn say_goodbye(&mut self) {
        for on in 1..=self.conversations.len() as u32 {
            if self.on(on).can_close() {
                self.send_frame(on, Opcode::CLOSE, &CloseCode::NORMAL.0.to_be_bytes());
            }
        }
    }

    fn finish(&mut self) -> Action {
        let linger = self.finishing.unwrap_or_default() + self.setup.timing.linger;
        let server = self.setup.target == wsspec_core::Role::Server;
        for on in 1..=self.conversations.len() as u32 {
            let conversation = self.on(on);
            let closing = conversation.sent.closed && conversation.view.end.is_none();
            let server_ends = server || conversation.view.close.is_none();
            if closing && server_ends && self.now < linger && !conversation.end_sent {
                return Action::Wait(linger);
            }
        }
        for on in 1..=self.conversations.len() as u32 {
            let conversation = self.on_mut(on);
            if !conversation.end_sent && !conversation.view.moved_on {
                conversation.end_sent = true;
                let actions = match &mut self.carrier {
                    None => vec![(on, WireAction::Finish)],
                    Some(carrier) => carrier.act(on, WireAction::Finish),
                };
                self.queue(actions);
            }
        }
        if let Some(carrier) = self.carrier.as_mut().filter(|_| !self.closed) {
            self.closed = true;
            let actions = carrier.close();
            self.queue(actions);
        }
        self.actions.pop_front().unwrap_or(Action::Done)
    }

    /// What was sent last, for people.
    fn remember_stimulus(&mut self, bytes: &[u8], agreed: Option<Parameters>) {
        let beginning = describe::beginning(bytes).to_vec();
        self.ruling.stimulus = Some((beginning, agreed));
    }

    /// Whether nothing is left to do but the end.
    fn forget_last(&mut self) {
        self.lines.retain(|line| line.kind != LineKind::Last);
    }

    /// A step that needs no answer is done.
    fn step_done(&mut self, line: &Line) {
        debug_assert!(!matches!(line.step, Step::Expect(_)));
        self.next_line(line.on);
    }
}

/// The bytes that a binding wants written.
fn written(outputs: Vec<Output>) -> Vec<u8> {
    let writes = outputs.into_iter().filter_map(|output| match output {
        Output::Write(bytes) => Some(bytes),
        Output::Fields(_) | Output::Settings(_) | Output::Finish | Output::Reset => None,
    });
    writes.collect::<Vec<_>>().concat()
}

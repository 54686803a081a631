//! The exchange as a machine: [`next`](Exchange::next) says what to do, the driver feeds back what happened.
//!
//! A case is first laid out as a list of [`Line`]s, with everything it leaves out filled in: the opening
//! handshake and its barrier in front, `opened` after an `open`, `alive` at the end. After that there are no
//! special cases: lines are carried out in order, and an expectation waits on evidence.

mod wait;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use wsspec_core::Role;
use wsspec_core::close::CloseCode;
use wsspec_core::deflate::message::Deflator;
use wsspec_core::deflate::negotiation::{self, Parameters};
use wsspec_core::frame::{FrameWriter, Opcode};
use wsspec_core::handshake::Offered;
use wsspec_reports::{Close, Peer, TargetRole, Transcript, Verdict, What, Who};

use super::log::Log;
use super::offer::Offer;
use super::script::{Line, LineKind, is_plain, lay_out, survives};
use super::sent::Sent;
use super::setup::random_key;
use super::view::{EndOfStream, Incoming, MessageUse, View};
use super::{Action, Conclusion, Setup, agreement, build, describe};
use wsspec_vectors::{Case, Frame, Grade, Head, Manual, Outcome, Split, SplitMix64, Step, Word};

/// What the reason of a case begins with whose opening, taken for granted, did not work.
pub(crate) const NO_PLAIN_CONNECTION: &str = "no plain connection to begin with: ";

/// A target that was sent so many bytes may still be busy with them when the time is over.
const BUSY: u64 = 1 << 20;

/// The question whether a second connection is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Second {
    NotAsked,
    Asked,
    Answered(bool),
}

/// The barrier of the expectation that is waited on.
#[derive(Debug, Default)]
struct Barrier {
    payload: Vec<u8>,
    sent: Option<Duration>,
    answered: Option<Duration>,
}

/// A conversation that is under way.
#[derive(Debug)]
pub struct Exchange<'a> {
    case: &'a Case,
    setup: &'a Setup,
    random: SplitMix64,
    offer: Offer,
    lines: VecDeque<Line>,
    actions: VecDeque<Action>,
    view: View,
    sent: Sent,
    sent_bytes: u64,
    /// When the current line began, and what the target had said by then.
    began: Option<(Duration, u64)>,
    barrier: Barrier,
    barriers: u32,
    opened_at: Option<Duration>,
    /// As the server: our answer was a whole 101, so frames can follow.
    upgraded: bool,
    /// The terms of permessage-deflate, once there are any.
    agreed: Option<Parameters>,
    /// Compresses our messages, once that was agreed on.
    deflator: Option<Deflator>,
    round_trip: Option<Duration>,
    /// How long the opening took, and the bytes of both heads.
    opening: Option<(Duration, u64)>,
    /// The slowest round trip of this connection: how busy the target is now, which waits go by.
    slowest: Duration,
    second: Second,
    /// The connection was ended by an outcome.
    over: bool,
    finishing: Option<Duration>,
    fin_sent: bool,
    verdict: Verdict,
    reason: String,
    /// The beginning of the last frames or head that the case itself sent, and the terms of compression by then.
    stimulus: Option<(Vec<u8>, Option<Parameters>)>,
    expected: Option<String>,
    received: Option<String>,
    log: Log,
    now: Duration,
}

impl<'a> Exchange<'a> {
    /// Lays out a case.
    pub fn new(case: &'a Case, setup: &'a Setup) -> Exchange<'a> {
        let mut random = setup.random(&case.id);
        Exchange {
            case,
            setup,
            offer: Offer {
                key: random_key(&mut random),
                ..Offer::default()
            },
            random,
            lines: lay_out(case, setup.target),
            actions: VecDeque::new(),
            view: View::new(setup.target, case.weight()),
            sent: Sent::new(setup.target),
            sent_bytes: 0,
            began: None,
            barrier: Barrier::default(),
            barriers: 0,
            opened_at: None,
            upgraded: false,
            agreed: None,
            deflator: None,
            round_trip: None,
            opening: None,
            slowest: Duration::ZERO,
            second: Second::NotAsked,
            over: false,
            finishing: None,
            fin_sent: false,
            verdict: Verdict::Pass,
            reason: String::new(),
            stimulus: None,
            expected: None,
            received: None,
            log: Log::default(),
            now: Duration::ZERO,
        }
    }

    /// What to do next.
    pub fn next(&mut self, now: Duration) -> Action {
        self.now = now;
        loop {
            if let Some(action) = self.actions.pop_front() {
                return action;
            }
            if self.finishing.is_some() {
                return self.finish();
            }
            let Some(line) = self.lines.front().cloned() else {
                self.finishing = Some(now);
                self.say_goodbye();
                continue;
            };
            if self.over && !survives(&line.step) || line.kind == LineKind::Last && !self.can_ask()
            {
                self.lines.pop_front();
                continue;
            }
            if let Some(wait) = self.carry_out(&line) {
                return Action::Wait(wait);
            }
        }
    }

    /// The target sent these bytes.
    pub fn received(&mut self, bytes: &[u8], now: Duration) {
        self.now = now;
        self.view.owes(self.sent.frames, self.sent.bytes);
        let Offer {
            key,
            subprotocols,
            extensions,
        } = &self.offer;
        let offered = Offered {
            key,
            subprotocols,
            extensions,
        };
        let found = self.view.received(bytes, now, &offered);
        if self.view.again.is_none() {
            self.log.bytes(self.now, Who::Target, bytes);
        }
        found.into_iter().for_each(|incoming| self.react(incoming));
    }

    /// The beginning of the client's next request, if it sent one on the same connection. Nothing was said to it.
    pub fn next_request(&mut self) -> Option<Vec<u8>> {
        self.view.next_request()
    }

    /// The target ended TCP.
    pub fn ended(&mut self, end: EndOfStream, now: Duration) {
        self.now = now;
        if self.view.end.is_none() {
            self.view.end = Some(end);
            self.log.event(
                self.now,
                Who::Target,
                if end == EndOfStream::Fin {
                    What::Fin
                } else {
                    What::Rst
                },
            );
        }
    }

    /// The driver has nobody to tell what the case wants done.
    pub fn nobody_to_tell(&mut self) {
        self.skip(Some(
            "needs an application that can be told what to do".into(),
        ));
    }

    /// Whether a second connection was served.
    pub fn second(&mut self, served: bool) {
        self.second = Second::Answered(served);
    }

    /// The driver gives up on this exchange.
    pub fn broke_down(&mut self, reason: &str) {
        self.conclude(Verdict::Error, reason.to_owned());
        self.lines.clear();
        self.finishing = Some(Duration::ZERO);
    }

    /// The result, once [`Action::Done`] was returned.
    pub fn conclude_all(self) -> Conclusion {
        let close = self.view.close.as_ref().map(|(code, reason)| Close {
            code: *code,
            reason: describe::shortened(String::from_utf8_lossy(reason).into_owned()),
            clean: self.sent.closed && self.view.end != Some(EndOfStream::Rst),
            answers: self.view.answers_close,
        });
        let target_role = match self.setup.target {
            Role::Server => TargetRole::Server,
            Role::Client => TargetRole::Client,
        };
        let field = |name: &str| {
            self.view
                .field(name)
                .next()
                .map(|v| describe::shortened(String::from_utf8_lossy(v).into_owned()))
        };
        let (server, extensions) = (field("server"), field("sec-websocket-extensions"));
        let opens = self.view.answer.as_ref().is_some_and(|a| a.status == 101);
        let declines = self.setup.target == Role::Server && self.view.answer.is_some() && !opens;
        let suite = self.setup.suite();
        let in_words = |(bytes, agreed): (Vec<u8>, _)| {
            describe::shortened(describe::stream(&bytes, suite, agreed))
        };
        let timed_out = self.log.entries.iter().any(|e| e.what == What::TimedOut);
        Conclusion {
            verdict: self.verdict,
            reason: describe::shortened(self.reason),
            sent: self
                .stimulus
                .filter(|_| self.verdict != Verdict::Pass)
                .map(in_words),
            expected: self.expected.map(describe::shortened),
            received: self.received.map(describe::shortened),
            close,
            transcript: Transcript {
                target_role,
                entries: self.log.entries,
            }
            .into(),
            faults: self.view.faults,
            round_trip: self.round_trip,
            pace: self
                .opening
                .zip(self.round_trip)
                .map(|((took, bytes), trip)| {
                    took.saturating_sub(trip)
                        .mul_f64(1024.0 / bytes.max(1) as f64)
                }),
            messages: self
                .view
                .messages
                .into_iter()
                .map(|m| (m.kind, m.payload))
                .collect(),
            masking_keys: self.view.keys.into_found(),
            nonce: self
                .view
                .answer
                .map(|a| a.key)
                .filter(|key| !key.is_empty()),
            opens,
            declines,
            extensions,
            server,
            timed_out,
            flooded: self.view.flood.is_some(),
            duration: self.now,
        }
    }

    /// Carries out the front line. `Some` when there is nothing to do but wait.
    fn carry_out(&mut self, line: &Line) -> Option<Duration> {
        match &line.step {
            Step::Expect(alternatives) => return self.expect(&alternatives.clone(), line.kind),
            Step::Open(head) => {
                self.offer.learn(head, self.setup);
                self.view.plain_request = is_plain(head);
                let bytes = build::request(head, self.setup, &self.offer.key);
                self.send_head(head, bytes);
            }
            Step::Accept(head) => {
                let Some(request) = &self.view.answer else {
                    return self.await_request();
                };
                self.offer.key.clone_from(&request.key);
                let offered = request.extensions.clone();
                if let Some(reason) = agreement::unoffered(&self.case.offered, &offered) {
                    self.decline(Some(reason));
                    return None;
                }
                let mut head = Arc::clone(head);
                if let Some(agree) = &self.case.agree {
                    let Some(answer) = agreement::support(agree.deflate).choose(&offered) else {
                        self.decline(agreement::unmet(agree.deflate, None, Role::Server));
                        return None;
                    };
                    head = agreement::head(answer).into();
                }
                let bytes = build::response(&head, self.setup, &self.offer.key);
                let extensions = build::upgrade(&bytes);
                self.upgraded = extensions.is_some();
                if let Some(agreed) =
                    extensions.and_then(|answered| negotiation::judge(&answered, &offered).0)
                {
                    self.agree(agreed);
                }
                self.send_head(&head, bytes);
            }
            Step::Send { frames, split, .. } => {
                if self.view.over() {
                    if !self.sent.broke && !self.sent.closed {
                        let reason = format!(
                            "the target ended the connection before it was given a reason: {}",
                            describe::view(&self.view)
                        );
                        self.fail(line.kind, reason, None);
                        return None;
                    }
                } else {
                    let bytes = self.frame_bytes(frames);
                    self.stimulus = Some((describe::beginning(&bytes).to_vec(), self.agreed));
                    self.sent.take(&bytes);
                    self.write(split.as_ref(), bytes);
                }
            }
            Step::Fin => self.end(Action::Fin, What::Fin),
            Step::Rst => {
                self.end(Action::Rst, What::Rst);
                // There is no stream left that the target could end in its turn.
                self.view.end.get_or_insert(EndOfStream::Rst);
            }
            Step::ReadStop => self.actions.push_back(Action::ReadStop),
            Step::ReadGo => self.actions.push_back(Action::ReadGo),
            Step::Tell(tell) => self.actions.push_back(Action::Tell(tell.clone())),
            Step::Settings(_) | Step::On(..) => {
                self.skip(Some(
                    "needs another driver: one for this transport, or for several conversations"
                        .into(),
                ));
                return None;
            }
        }
        self.next_line();
        None
    }

    fn next_line(&mut self) {
        self.lines.pop_front();
        self.began = None;
        self.barrier = Barrier::default();
        self.second = Second::NotAsked;
    }

    fn send_head(&mut self, head: &Head, bytes: Vec<u8>) {
        let glued = self.frame_bytes(&head.glued);
        self.sent.take(&glued);
        self.opened_at = Some(self.now);
        self.stimulus = Some((describe::beginning(&bytes).to_vec(), None));
        self.write(head.split.as_ref(), [bytes, glued].concat());
    }

    fn frame_bytes(&mut self, frames: &[Frame]) -> Vec<u8> {
        let suite = self.setup.suite();
        let mut bytes = Vec::new();
        for frame in frames {
            bytes.extend(build::frame_bytes(
                frame,
                suite,
                &mut self.random,
                self.deflator.as_mut(),
            ));
        }
        bytes
    }

    /// permessage-deflate was agreed on.
    fn agree(&mut self, agreed: Parameters) {
        let suite = self.setup.suite();
        self.agreed = Some(agreed);
        let terms = self.case.agree.unwrap_or_default().deflate;
        if self.setup.target == Role::Client {
            self.view.agree(agreed.context(Role::Client));
        }
        self.sent.agree(agreed.context(suite));
        self.deflator = Some(Deflator::new(agreement::ours(terms, agreed.context(suite))));
        self.skip(agreement::unmet(terms, Some(agreed), suite));
    }

    /// The case makes no sense with this target, for a reason.
    fn skip(&mut self, reason: Option<String>) {
        if let Some(reason) = reason {
            self.conclude(Verdict::Skipped, reason);
            self.lines.clear();
            self.began = None;
        }
    }

    /// The case makes no sense with this client, which waits for an answer: a plain one, and a Close soon after.
    fn decline(&mut self, reason: Option<String>) {
        let head = Head::default();
        self.upgraded = true;
        self.send_head(&head, build::response(&head, self.setup, &self.offer.key));
        self.skip(reason);
    }

    fn await_request(&mut self) -> Option<Duration> {
        let (began, _) = *self.began.get_or_insert((self.now, self.view.stir));
        let deadline = began + self.setup.timing.deadline;
        if self.view.end.is_none() && self.view.garbage.is_none() && self.now < deadline {
            return Some(deadline);
        }
        if self.now >= deadline {
            self.log.event(self.now, Who::Suite, What::TimedOut);
        }
        let reason = format!(
            "no opening request from the client: {}",
            describe::view(&self.view)
        );
        self.fail(LineKind::Granted, reason, None);
        None
    }

    /// Whether both ends are through the opening handshake.
    fn is_open(&self) -> bool {
        self.view.is_open() && (self.setup.target == Role::Server || self.upgraded)
    }

    /// Sends a right frame of our own.
    fn send_frame(&mut self, opcode: Opcode, payload: &[u8]) {
        let key = self
            .setup
            .suite()
            .masks()
            .then(|| (self.random.next() as u32).to_le_bytes());
        let bytes = FrameWriter::new(opcode, payload).mask(key).to_vec();
        self.sent.take(&bytes);
        self.write(None, bytes);
    }

    fn write(&mut self, split: Option<&Split>, bytes: Vec<u8>) {
        self.sent_bytes += bytes.len() as u64;
        for write in Split::cut(split, bytes) {
            self.log.bytes(self.now, Who::Suite, &write);
            self.actions.push_back(Action::Write(write));
        }
    }

    fn end(&mut self, action: Action, what: What) {
        self.sent.ended = true;
        self.fin_sent = true;
        self.log.event(self.now, Who::Suite, what);
        self.actions.push_back(action);
    }

    /// What a right peer does about what the target said.
    fn react(&mut self, incoming: Incoming) {
        match incoming {
            Incoming::Head => {
                if let (Some(at), Role::Server) = (self.opened_at, self.setup.target) {
                    let trip = self.now.saturating_sub(at);
                    self.round_trip = Some(trip);
                    self.opening = Some((trip, self.sent_bytes + self.view.bytes));
                    self.slowest = trip;
                }
                if let (Some(answer), Role::Server) = (&self.view.answer, self.setup.target) {
                    // How it answers an offer is judged by the cases that write one.
                    let bad = agreement::bad_answer(&answer.violations);
                    match (answer.compression, &self.case.agree) {
                        (_, Some(_)) if bad.is_some() => self.skip(bad),
                        (Some(agreed), _) => self.agree(agreed),
                        (None, Some(agree)) => {
                            self.skip(agreement::unmet(agree.deflate, None, Role::Client))
                        }
                        (None, None) => {}
                    }
                }
            }
            Incoming::Ping(payload) => {
                if self.sent.takes_control() && !self.case.manual.contains(&Manual::Pong) {
                    self.send_frame(Opcode::PONG, &payload);
                }
            }
            Incoming::Pong(payload) => {
                if self.setup.pongs
                    && self.barrier.sent.is_some()
                    && payload == self.barrier.payload
                {
                    self.answered();
                }
            }
            Incoming::Message(at) => self.account(at),
            Incoming::Close => {
                let manual = &self.case.manual;
                self.view.answers_close = self.sent.closed;
                if !self.sent.closed
                    && self.sent.takes_control()
                    && !manual.contains(&Manual::Close)
                {
                    let code = self
                        .view
                        .close
                        .as_ref()
                        .and_then(|(code, _)| *code)
                        .filter(|c| CloseCode(*c).violation().is_none());
                    self.send_frame(
                        Opcode::CLOSE,
                        &code.map_or(Vec::new(), |c| c.to_be_bytes().to_vec()),
                    );
                }
                if self.sent.closed
                    && self.setup.target == Role::Client
                    && !self.fin_sent
                    && !manual.contains(&Manual::End)
                {
                    self.end(Action::Fin, What::Fin);
                }
            }
        }
    }

    /// Finds out what a message of the target is for.
    fn account(&mut self, at: usize) {
        let message = &mut self.view.messages[at];
        let barrier = !self.setup.pongs
            && message.payload == self.barrier.payload
            && self.barrier.sent.is_some();
        message.use_ = match self.sent.pay(message.kind, &message.payload) {
            Some(debt) if debt.doubtful => MessageUse::PaysDoubtful,
            Some(_) => MessageUse::Pays,
            None if self.setup.peer != Peer::Echo || at < self.setup.greeting as usize => {
                MessageUse::Settled
            }
            None => MessageUse::Unasked,
        };
        if barrier {
            message.use_ = MessageUse::Pays;
            self.answered();
        }
    }

    fn matched(&mut self, outcome: &Outcome, graded: Option<(Grade, String)>) {
        match &outcome.word {
            Word::Pong(payload) => {
                let wanted = payload.bytes();
                let used = self.view.pongs_used;
                let found = self.view.pongs[used..].iter().position(|p| *p == wanted);
                self.view.pongs_used = used + found.map_or(0, |at| at + 1);
            }
            Word::Text(_) | Word::Binary(_) | Word::Echo => {
                self.view
                    .messages
                    .iter_mut()
                    .for_each(|m| m.use_ = MessageUse::Settled);
            }
            _ => {}
        }
        if let Some((grade, why)) = graded {
            let verdict = match grade {
                Grade::Informational => Verdict::Informational,
                Grade::NonStrict => Verdict::NonStrict,
                Grade::Fail => Verdict::Fail,
            };
            self.conclude(verdict, why);
        }
        self.over |= !outcome.word.leaves_open() || self.view.end.is_some();
        if outcome.word == Word::Quiet {
            // Whoever stayed silent may still be waiting for us; there is nothing to ask.
            self.lines.retain(|line| line.kind != LineKind::Last);
        }
        self.next_line();
        if self.view.again.is_some() {
            self.lines.clear();
        }
    }

    fn fail(&mut self, kind: LineKind, reason: String, expected: Option<String>) {
        self.received = Some(describe::view(&self.view));
        match kind {
            // A client need not live with every answer; which it has to is judged by the cases that write one.
            LineKind::Granted if self.case.agree.is_some() && self.upgraded => {
                self.conclude(
                    Verdict::Skipped,
                    format!("needs a client that takes such an answer: {reason}"),
                );
            }
            LineKind::Granted => {
                self.conclude(Verdict::Error, format!("{NO_PLAIN_CONNECTION}{reason}"))
            }
            LineKind::Stated => self.conclude(Verdict::Fail, reason),
            LineKind::Busy => self.conclude(Verdict::Error, reason),
            LineKind::Last => self.conclude(
                Verdict::Fail,
                format!("the connection did not survive: {reason}"),
            ),
        }
        self.expected = expected;
        self.lines.clear();
        self.began = None;
        self.finishing = Some(self.now);
        self.say_goodbye();
    }

    fn conclude(&mut self, verdict: Verdict, reason: String) {
        if verdict > self.verdict {
            self.verdict = verdict;
            self.reason = reason;
        }
    }

    /// Ends the connection as a polite peer does; reported, not judged.
    fn say_goodbye(&mut self) {
        if self.is_open()
            && self.sent.takes_control()
            && self.view.end.is_none()
            && self.view.again.is_none()
        {
            self.send_frame(Opcode::CLOSE, &CloseCode::NORMAL.0.to_be_bytes());
        }
    }

    fn finish(&mut self) -> Action {
        let began = self.finishing.unwrap_or_default();
        let linger = began + self.setup.timing.linger;
        let closing = self.sent.closed && self.view.end.is_none();
        let server_ends = self.setup.target == Role::Server || self.view.close.is_none();
        if closing && server_ends && self.now < linger && !self.fin_sent {
            return Action::Wait(linger);
        }
        if !self.fin_sent && self.view.again.is_none() {
            self.fin_sent = true;
            return Action::Fin;
        }
        Action::Done
    }
}

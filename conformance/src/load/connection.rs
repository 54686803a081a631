//! One connection, from its opening to its closing handshake.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, split};
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, sleep_until, timeout};
use wsspec_core::close::{CloseCode, split_body};
use wsspec_core::deflate::negotiation::Parameters;
use wsspec_core::endpoint::{ClientConfig, Endpoint, Event};
use wsspec_core::frame::MessageKind;
use wsspec_core::random::SplitMix64;
use wsspec_core::violation::Violation;

use super::line::{BrokeCarrier, Line};
use super::message::message;
use super::opening::Pool;
use super::plan::Plan;
use super::report::{First, TroubleKind};
use super::tally::Tally;
use crate::run::Target;

/// Longest wait for the answer to an opening request.
pub(super) const OPENING: Duration = Duration::from_secs(10);

/// Longest wait for the last echoes, once nothing more is sent.
const DRAINING: Duration = Duration::from_secs(10);

/// Longest wait for the answer to our Close frame, and for the end of TCP.
const CLOSING: Duration = Duration::from_secs(2);

/// Bytes read at once: thousands of connections have such a buffer.
pub(super) const READ_SIZE: usize = 8 << 10;

/// What all connections are to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Open, and wait for the others.
    Opening,
    /// Send messages.
    Sending { began: Instant, until: Instant },
}

/// A connection.
pub(super) struct Connection {
    pub(super) number: u32,
    pub(super) target: Arc<Target>,
    pub(super) plan: Arc<Plan>,
    pub(super) tally: Arc<Tally>,
    phases: watch::Receiver<Phase>,
    pub(super) endpoint: Endpoint,
    /// What was sent and has not come back.
    outstanding: VecDeque<Outstanding>,
    /// Messages sent so far.
    sent: u64,
    pub(super) opened: bool,
    /// Until when the answer to our Close frame is waited for, once it is sent.
    closing: Option<Instant>,
    /// How it ended, if it did.
    pub(super) end: Option<End>,
}

struct Outstanding {
    message: Vec<u8>,
    /// When it was due.
    at: Instant,
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The server broke a rule, which was counted.
    Broke,
    /// The server refused to open.
    Refused,
    /// We closed it.
    Ours,
    /// The server closed it, with this code.
    Closed(u16),
    /// Without a Close frame.
    Lost,
}

impl Connection {
    pub(super) fn new(
        number: u32,
        target: &Arc<Target>,
        plan: &Arc<Plan>,
        tally: &Arc<Tally>,
        phases: watch::Receiver<Phase>,
    ) -> Connection {
        Connection {
            number,
            endpoint: endpoint(target, plan, number),
            target: target.clone(),
            plan: plan.clone(),
            tally: tally.clone(),
            phases,
            outstanding: VecDeque::new(),
            sent: 0,
            opened: false,
            closing: None,
            end: None,
        }
    }

    /// Opens the connection when one of the `turns` is free, and carries it on until it is over.
    pub(super) async fn carry_on(mut self, turns: &Semaphore, pool: &Pool) {
        if let Some(stream) = self.open(turns, pool).await {
            self.converse(stream).await;
            self.settle();
        }
        self.tally.counts().ended += 1;
    }

    /// Reads and writes at the same time: a server that reads no more before its echo is read must not make us wait for
    /// each other.
    async fn converse(&mut self, stream: Line) {
        let (mut reader, mut writer) = split(stream);
        let mut phases = self.phases.clone();
        let mut buffer = vec![0; READ_SIZE];
        let mut output = Output::default();
        while self.end.is_none() && !self.endpoint.wants_end() {
            let phase = *phases.borrow_and_update();
            let wake = match (phase, self.closing) {
                (_, Some(closing)) if closing <= Instant::now() => return,
                (_, Some(closing)) => Some(closing),
                (Phase::Opening, None) => None,
                (Phase::Sending { began, until }, None) => {
                    let next = self.send(began, until);
                    Some(next.unwrap_or_else(|| self.close()))
                }
            };
            output.add(self.endpoint.take_output());
            tokio::select! {
                read = reader.read(&mut buffer) => match read {
                    Ok(read) if read > 0 => self.received(&mut buffer[..read]),
                    Ok(_) => self.lost(),
                    Err(error) => self.cut_off(&error),
                },
                written = writer.write(output.left()), if !output.left().is_empty() => match written {
                    Ok(written) => output.written(written),
                    Err(_) => self.lost(),
                },
                () = sleep_until(wake.unwrap_or_else(far)), if wake.is_some() => {}
                changed = phases.changed() => if changed.is_err() { return },
            }
        }
        output.add(self.endpoint.take_output());
        let _ = timeout(CLOSING, writer.write_all(output.left())).await;
        let _ = timeout(CLOSING, writer.shutdown()).await;
        if self.target.transport().has_streams() {
            // A stream that is dropped before its end is reset.
            let rest = async { while matches!(reader.read(&mut buffer).await, Ok(1..)) {} };
            let _ = timeout(CLOSING, rest).await;
        }
    }

    /// Sends what is due. Returns when to look again; `None` if nothing is left to do.
    fn send(&mut self, began: Instant, until: Instant) -> Option<Instant> {
        let now = Instant::now();
        let most = self.plan.messages.unwrap_or(u64::MAX);
        while now < until && self.sent < most {
            let due = began + self.plan.due(self.number, self.sent).min(until - began);
            if due > now {
                return Some(due);
            }
            if self.outstanding.len() >= self.plan.in_flight as usize {
                return Some(until);
            }
            // With a rate, a message that had to wait for an echo counts from when it was due.
            let at = if self.plan.rate.is_some() { due } else { now };
            let message = message(self.number, self.sent, self.plan.size);
            self.endpoint.send(self.plan.kind, &message);
            self.outstanding.push_back(Outstanding { message, at });
            self.sent += 1;
            self.tally.counts().sent += 1;
        }
        let last = until + DRAINING;
        (!self.outstanding.is_empty() && now < last).then_some(last)
    }

    /// Begins the closing handshake. Returns how long to wait for its end.
    fn close(&mut self) -> Instant {
        self.endpoint.close(CloseCode(1000), "");
        *self.closing.insert(Instant::now() + CLOSING)
    }

    pub(super) fn received(&mut self, bytes: &mut [u8]) {
        self.endpoint.receive(bytes);
        self.take_events();
    }

    /// Reading failed: the server broke a rule of HTTP/2 or HTTP/3, or cut the connection off.
    fn cut_off(&mut self, error: &std::io::Error) {
        let inner = error.get_ref();
        match inner.and_then(|inner| inner.downcast_ref::<BrokeCarrier>()) {
            Some(BrokeCarrier(breach)) => {
                self.trouble(TroubleKind::BrokeCarrier(breach.rule), 1, Some(breach.at));
                self.end = Some(End::Broke);
            }
            None => self.lost(),
        }
    }

    pub(super) fn lost(&mut self) {
        self.endpoint.receive_end();
        self.take_events();
        self.ended(End::Lost);
    }

    /// The server ended the connection, unless that was us.
    fn ended(&mut self, how: End) {
        let ours = self.closing.is_some();
        self.end.get_or_insert(if ours { End::Ours } else { how });
    }

    fn take_events(&mut self) {
        while let Some(event) = self.endpoint.poll() {
            match event {
                Event::Opened(_) => self.opened = true,
                Event::Message(kind, message) => self.compare(kind, &message),
                Event::Ping(_) | Event::Pong(_) => {}
                Event::Close(body) => {
                    let code = split_body(&body).map_or(1005, |(code, _)| code.0);
                    self.ended(End::Closed(code));
                }
                Event::Broken(fault, _) if fault.violation == Violation::StatusNot101 => {
                    self.ended(End::Refused);
                }
                Event::Broken(fault, _) => {
                    self.trouble(TroubleKind::Broke(fault.violation), 1, Some(fault.offset));
                    self.end = Some(End::Broke);
                }
                Event::Ended => self.ended(End::Lost),
            }
        }
    }

    /// Compares a message with the one that was sent first.
    fn compare(&mut self, kind: MessageKind, message: &[u8]) {
        let Some(sent) = self.outstanding.pop_front() else {
            return self.trouble(TroubleKind::Unasked, 1, None);
        };
        if sent.message == message && kind == self.plan.kind {
            let mut counts = self.tally.counts();
            counts.echoed_after(sent.at.elapsed(), message.len());
        } else {
            self.trouble(TroubleKind::Differs, 1, None);
        }
    }

    /// Counts how the connection ended, and what did not come back.
    fn settle(&self) {
        let left = self.outstanding.len() as u64;
        match self.end {
            Some(End::Lost) => self.trouble(TroubleKind::Lost, 1, None),
            Some(End::Closed(code)) => *self.tally.counts().closed.entry(code).or_default() += 1,
            Some(End::Ours) | None if left > 0 => self.trouble(TroubleKind::Unanswered, left, None),
            Some(End::Ours | End::Broke | End::Refused) | None => {}
        }
    }

    pub(super) fn trouble(&self, kind: TroubleKind, number: u64, offset: Option<u64>) {
        let first = First {
            connection: self.number,
            message: self.sent - self.outstanding.len() as u64,
            offset,
        };
        self.tally.counts().trouble(kind, number, first);
    }
}

/// A time that never comes.
fn far() -> Instant {
    Instant::now() + Duration::from_secs(3600)
}

/// Bytes to write.
#[derive(Default)]
struct Output {
    bytes: Vec<u8>,
    written: usize,
}

impl Output {
    fn add(&mut self, bytes: Vec<u8>) {
        if self.left().is_empty() {
            self.bytes = bytes;
            self.written = 0;
        } else {
            self.bytes.extend(bytes);
        }
    }

    fn left(&self) -> &[u8] {
        &self.bytes[self.written..]
    }

    fn written(&mut self, bytes: usize) {
        self.written += bytes;
    }
}

/// A client that reads strictly.
pub(super) fn endpoint(target: &Target, plan: &Plan, number: u32) -> Endpoint {
    let setup = target.setup();
    let mut random = SplitMix64(u64::from(number) ^ fresh());
    let mut nonce = [0; 16];
    for half in nonce.chunks_mut(8) {
        half.copy_from_slice(&random.next().to_le_bytes());
    }
    let mut config = ClientConfig::new(&setup.host, &setup.resource, nonce);
    config.max_message = config.max_message.max(plan.size as u64);
    if plan.deflate {
        config.compression = vec![Parameters::default()];
    }
    for (name, value) in setup.headers {
        if name.eq_ignore_ascii_case("Sec-WebSocket-Protocol") {
            let names = value.split(',').map(|name| name.trim().to_owned());
            config.subprotocols.extend(names);
        } else {
            config.headers.push((name, value));
        }
    }
    Endpoint::client(config, move || random.key())
}

/// A number that no other connection has: nonces and masking keys are not to be predicted.
fn fresh() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(())
}

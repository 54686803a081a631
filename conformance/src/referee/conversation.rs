//! Both directions of one connection, sans-I/O: over HTTP/1.1 or HTTP/2, as the client begins.

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use wsspec_core::Role;
use wsspec_core::http2::PREFACE;
use wsspec_reports::{Transcript, What};

use super::found::{Broken, Found, Ledger};
use super::frames::Sent;
use super::http::Http;
use super::http1::{Http1, MAX_HELD};
use super::http2::Http2;
use super::kept::{Kept, Payloads};
use super::unjudged::Unjudged;

/// Judges what went over a connection, whichever way the bytes were cut.
#[derive(Debug)]
pub struct Conversation {
    over: Over,
    limits: Limits,
    pub(super) record: Record,
}

/// What the connection is one of.
#[derive(Debug)]
enum Over {
    /// The client has sent less than the preface of HTTP/2, and nothing that is not of it. This is what both
    /// sent.
    Undecided(Vec<(Duration, Role, Vec<u8>)>),
    Http1(Box<Http1>),
    Http2(Box<Http2>),
}

/// What is kept of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Of a message under way, at most this many bytes; what follows a larger one is not judged.
    pub max_message: u64,
    /// Whether reports may show what messages carry.
    pub payloads: Payloads,
}

/// What was seen so far.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) ledger: Ledger,
    pub(super) kept: Kept,
    pub(super) http: Http,
    now: Duration,
}

impl Record {
    /// Keeps bytes for the report. `in_head`: they belong to heads.
    pub(super) fn keep(&mut self, from: Role, bytes: &[u8], in_head: bool) {
        self.kept.bytes(self.now, from, bytes, in_head);
    }

    /// Begins again with the head of a request.
    pub(super) fn begin_with(&mut self, head: &[u8]) {
        self.kept.begin_with(self.now, head);
        self.http.secrets.clear();
        self.http.keep_secrets(head);
    }
}

impl Conversation {
    /// Of a connection on which nothing was sent yet.
    pub fn new(limits: Limits) -> Conversation {
        Conversation {
            over: Over::Undecided(Vec::new()),
            limits,
            record: Record {
                ledger: Ledger::default(),
                kept: Kept::new(limits.payloads),
                http: Http::default(),
                now: Duration::ZERO,
            },
        }
    }

    /// Takes bytes that this side sent, `now` after the beginning. They are unmasked in place.
    pub fn received(&mut self, from: Role, bytes: &mut [u8], now: Duration) {
        self.record.now = now;
        match &mut self.over {
            Over::Http1(http1) => http1.received(from, bytes, &mut self.record),
            Over::Http2(http2) => http2.received(from, bytes, &mut self.record),
            Over::Undecided(sent) => {
                sent.push((now, from, bytes.to_vec()));
                if let Some(is_http2) = is_http2(sent) {
                    self.decide(is_http2);
                }
            }
        }
    }

    /// This side sent bytes that are not known here, for this reason.
    pub fn missed(&mut self, from: Role, why: Unjudged, bytes: u64) {
        match &mut self.over {
            Over::Http1(http1) => http1.missed(from, why, bytes),
            Over::Http2(http2) => http2.missed(from, why, bytes),
            Over::Undecided(_) => {
                self.decide(false);
                self.missed(from, why, bytes);
            }
        }
    }

    /// Nothing more follows from this side: its direction ended like this.
    pub fn ended(&mut self, from: Role, how: What, now: Duration) {
        if matches!(self.over, Over::Undecided(_)) && from == Role::Client {
            self.decide(false);
        }
        self.record.kept.end(now, from, how);
        match &mut self.over {
            Over::Http1(http1) => http1.ended(from, &mut self.record),
            Over::Http2(http2) => http2.ended(from, &mut self.record),
            Over::Undecided(_) => {}
        }
    }

    /// Takes the rules that were broken for the first time since the last call, in the order in which
    /// that was seen.
    pub fn take_found(&mut self) -> Vec<Found> {
        self.record.ledger.take_fresh()
    }

    /// Every rule that was broken.
    pub(super) fn broken(&self) -> impl Iterator<Item = &Broken> {
        self.record.ledger.broken()
    }

    /// Whether a WebSocket was opened.
    pub fn opened(&self) -> bool {
        self.record.http.opened > 0
    }

    /// Whether it is one of HTTP/2.
    pub(super) fn is_http2(&self) -> bool {
        matches!(self.over, Over::Http2(_))
    }

    /// What this side has sent in frames.
    pub(super) fn sent(&self, side: Role) -> Sent {
        match &self.over {
            Over::Http1(http1) => http1.sent(side),
            Over::Http2(http2) => http2.sent(side),
            Over::Undecided(_) => Sent::default(),
        }
    }

    /// What was kept, with `target` as the target, without secrets.
    pub(super) fn transcript(&self, target: Role) -> Arc<Transcript> {
        let record = &self.record;
        record.kept.transcript(target, &record.http.secrets)
    }

    /// How many bytes of this side were not judged, by the reason.
    pub fn unjudged(&self, side: Role) -> Vec<(Unjudged, u64)> {
        match &self.over {
            Over::Http1(http1) => http1.unjudged(side).into_iter().collect(),
            Over::Http2(http2) => http2.unjudged(side),
            Over::Undecided(_) => Vec::new(),
        }
    }

    /// Reads what was sent so far as what it is.
    fn decide(&mut self, is_http2: bool) {
        let max_message = self.limits.max_message;
        let over = if is_http2 {
            self.record.kept.over_http2();
            Over::Http2(Box::new(Http2::new(max_message)))
        } else {
            Over::Http1(Box::new(Http1::new(max_message)))
        };
        if let Over::Undecided(sent) = mem::replace(&mut self.over, over) {
            for (at, from, mut bytes) in sent {
                self.received(from, &mut bytes, at);
            }
        }
    }
}

/// Whether the client begins with the preface of HTTP/2; `None` as long as it may.
fn is_http2(sent: &[(Duration, Role, Vec<u8>)]) -> Option<bool> {
    let mut preface = PREFACE.iter();
    let mut of_client = sent
        .iter()
        .filter(|(_, from, _)| *from == Role::Client)
        .flat_map(|(.., bytes)| bytes)
        .take(PREFACE.len());
    if of_client.any(|byte| preface.next() != Some(byte)) {
        return Some(false);
    }
    let held: usize = sent.iter().map(|(.., bytes)| bytes.len()).sum();
    match preface.len() {
        0 => Some(true),
        _ => (held > MAX_HELD).then_some(false),
    }
}

pub(super) fn index(role: Role) -> usize {
    usize::from(role == Role::Server)
}

//! All connections, summed up.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use wsspec_core::Role;
use wsspec_core::dissect::hex;
use wsspec_core::frame::MAX_HEADER;
use wsspec_core::violation::Violation;
use wsspec_reports::{CaseResult, Transcript, Transport, Verdict, counted};

use super::conversation::{Conversation, index};
use super::found::{Broken, Rule};
use super::frames::NO_CODE;
use super::unjudged::Unjudged;
use crate::binding::Breach;
use crate::exchange::Observed;
use crate::run::{Passive, row_id};

/// Connections of which nonces and masking keys are compared with each other. Of more random keys, two
/// may be equal by chance.
const MAX_COMPARED: u64 = 4096;

/// What went through, in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Traffic {
    /// Connections of clients.
    pub connections: u64,
    /// Those whose handshake of TLS with the client failed.
    pub unopened: u64,
    /// Those for which the server could not be reached.
    pub unreached: u64,
    /// WebSockets that were opened.
    pub opened: u64,
    /// Requests for a WebSocket that were refused.
    pub refused: u64,
    /// Requests for something else, which are not judged.
    pub plain: u64,
    /// What clients sent.
    pub client: Sent,
    /// What the server sent.
    pub server: Sent,
}

/// What one side sent on all connections.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Sent {
    /// Bytes, heads included.
    pub bytes: u64,
    /// Messages.
    pub messages: u64,
    /// Pings and pongs.
    pub controls: u64,
    /// Close frames, by their code; 1005 stands for none (RFC 6455 §7.1.5).
    pub closes: BTreeMap<u16, u64>,
    /// Bytes that were not judged, by the reason.
    pub unjudged: BTreeMap<&'static str, u64>,
    /// The rules that were broken, and how often.
    pub broken: BTreeMap<&'static str, u64>,
}

/// Rows of rules that can be judged without a frame, beside those of heads.
const SEEN_WITHOUT_FRAMES: [&str; 2] = ["passive.nonce-repeated", "passive.opcode-reserved"];

fn is_of_a_head(row: &CaseResult) -> bool {
    let mut rules = Violation::ALL.iter();
    rules.any(|rule| rule.is_of_a_head() && row.id == row_id(rule.name()))
}

/// Sums up connections.
#[derive(Debug, Default)]
pub struct Tally {
    /// In numbers.
    pub traffic: Traffic,
    passive: [Passive; 2],
    /// No frame was seen, so that no rule of frames has a row.
    without_frames: bool,
    /// The headers of the first frames that broke a rule, by side and the id of its row.
    headers: [BTreeMap<String, Vec<u8>>; 2],
}

impl Tally {
    /// Of connections of which no frame is known.
    #[cfg(feature = "decode")]
    pub(super) fn without_frames() -> Tally {
        Tally {
            without_frames: true,
            ..Tally::default()
        }
    }

    /// Takes a message of this size whose frames are not known, and are not judged for this reason.
    #[cfg(feature = "decode")]
    pub(super) fn add_message(&mut self, side: Role, bytes: u64, why: Unjudged) {
        let sent = self.sent(side);
        sent.bytes += bytes;
        sent.messages += 1;
        *sent.unjudged.entry(why.name()).or_default() += bytes;
    }

    /// Takes a connection that is over, the `number`th, on which client and server have sent this
    /// many bytes.
    pub fn add(&mut self, number: u64, conversation: &Conversation, bytes: [u64; 2]) {
        let http = &conversation.record.http;
        let traffic = &mut self.traffic;
        traffic.connections += 1;
        traffic.opened += http.opened;
        traffic.refused += http.refused;
        traffic.plain += http.plain;
        let name = format!("connection {number}");
        for (role, bytes) in [Role::Client, Role::Server].into_iter().zip(bytes) {
            self.sent(role).add(role, conversation, bytes);
            self.judge(role, &name, number, conversation);
        }
    }

    /// A row for each rule that binds this side; none if it was never judged.
    pub fn rows(&self, side: Role) -> Vec<CaseResult> {
        let mut rows = self.passive[index(side)].clone().rows(side, &[]);
        if self.without_frames {
            rows.retain(|row| {
                SEEN_WITHOUT_FRAMES.iter().any(|id| row.id == *id) || is_of_a_head(row)
            });
        }
        for row in &mut rows {
            let header = self.headers[index(side)].get(&row.id);
            row.received =
                header.map(|header| format!("a frame that begins {}", hex(header, MAX_HEADER)));
        }
        rows
    }

    /// Whether a side broke a rule, with this verdict at least.
    pub fn broke(&self, least: Verdict) -> bool {
        let rows = [Role::Client, Role::Server]
            .into_iter()
            .flat_map(|side| self.rows(side));
        rows.into_iter().any(|row| row.falls_short(least))
    }

    pub(super) fn sent_by(&self, side: Role) -> &Sent {
        match side {
            Role::Client => &self.traffic.client,
            Role::Server => &self.traffic.server,
        }
    }

    fn sent(&mut self, side: Role) -> &mut Sent {
        match side {
            Role::Client => &mut self.traffic.client,
            Role::Server => &mut self.traffic.server,
        }
    }

    fn take_broken(
        &mut self,
        role: Role,
        connection: &str,
        broken: &Broken,
        transcript: &Arc<Transcript>,
    ) {
        let Broken { first, count } = broken;
        if !first.header.is_empty() {
            let row = row_id(first.rule.name());
            let headers = &mut self.headers[index(role)];
            headers.entry(row).or_insert_with(|| first.header.clone());
        }
        let name = place(connection, first.stream);
        let passive = &mut self.passive[index(role)];
        match first.rule {
            Rule::WebSocket(violation) => {
                let fault = (violation.at(first.offset), *count);
                passive.broke(&name, fault, first.requirement, transcript);
            }
            Rule::Carrier(rule) => {
                let breach = Breach {
                    rule,
                    stream: first.stream.map(u64::from),
                    at: first.offset,
                };
                passive.broke_carrier(&name, (breach, *count), transcript);
            }
        }
    }

    fn judge(&mut self, role: Role, name: &str, number: u64, conversation: &Conversation) {
        let mut broken = conversation
            .broken()
            .filter(|broken| broken.first.side == role)
            .peekable();
        if broken.peek().is_none() && !conversation.opened() {
            return;
        }
        let compared = role == Role::Client && number <= MAX_COMPARED;
        let transcript = if broken.peek().is_some() || compared {
            conversation.transcript(role)
        } else {
            Arc::default()
        };
        for broken in broken {
            self.take_broken(role, name, broken, &transcript);
        }
        let passive = &mut self.passive[index(role)];
        if conversation.is_http2() {
            passive.carried_by(Transport::H2);
        }
        let mut observed = Observed::default();
        if compared {
            observed.nonces.clone_from(&conversation.record.http.keys);
            observed.masking_keys = vec![conversation.sent(role).keys];
        }
        passive.watched(name, &observed, &transcript);
    }
}

/// Where a rule was broken: on a connection, or on a stream of it.
fn place(connection: &str, stream: Option<u32>) -> String {
    match stream {
        Some(stream) => format!("{connection}, stream {stream}"),
        None => connection.to_owned(),
    }
}

impl Sent {
    fn add(&mut self, role: Role, conversation: &Conversation, bytes: u64) {
        let sent = conversation.sent(role);
        self.bytes += bytes;
        self.messages += sent.messages;
        self.controls += sent.controls;
        for (code, count) in &sent.closes {
            *self.closes.entry(*code).or_default() += count;
        }
        for (why, bytes) in conversation.unjudged(role) {
            *self.unjudged.entry(Unjudged::name(why)).or_default() += bytes;
        }
        for broken in conversation
            .broken()
            .filter(|broken| broken.first.side == role)
        {
            let rule = broken.first.rule.name();
            *self.broken.entry(rule).or_default() += broken.count as u64;
        }
    }
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Sent {
            bytes,
            messages,
            controls,
            ..
        } = *self;
        write!(
            f,
            "{}, {}, {}",
            counted(bytes as usize, "byte"),
            counted(messages as usize, "message"),
            counted(controls as usize, "control frame")
        )?;
        for (i, (code, count)) in self.closes.iter().enumerate() {
            f.write_str(if i == 0 { ", Close " } else { " and " })?;
            if *code == NO_CODE {
                f.write_str("without a code")?;
            } else {
                write!(f, "{code}")?;
            }
            if *count > 1 {
                write!(f, " ({count} times)")?;
            }
        }
        Ok(())
    }
}

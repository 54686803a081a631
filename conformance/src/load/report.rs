//! The outcome, as it is written.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;
use wsspec_core::violation::Violation;
use wsspec_reports::{Transport, Usage};

use super::plan::Plan;
use super::tally::Tally;
use super::unopened::Unopened;
use crate::binding::CarrierRule;
use crate::run::Target;

/// What came of a load.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LoadReport {
    /// The server; secrets are masked.
    pub url: String,
    /// Whether nothing went wrong: no rule was broken, and no message lost or changed.
    pub clean: bool,
    /// What the connections are: connections of their own, or streams of HTTP/2 or HTTP/3.
    pub over: Transport,
    /// Connections that were asked for.
    pub connections: u32,
    /// Connections that were opened.
    pub opened: u32,
    /// Connections that could not be opened, by what came instead.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub unopened: BTreeMap<Unopened, u32>,
    /// Bytes of a message.
    pub size: usize,
    /// Messages of a connection that may wait for their echo.
    pub in_flight: u32,
    /// Whether permessage-deflate was offered.
    pub deflate: bool,
    /// From the first message to the last echo.
    pub seconds: f64,
    /// Messages sent.
    pub sent: u64,
    /// Messages that came back as they were.
    pub echoed: u64,
    /// Echoed messages per second.
    pub messages_per_second: f64,
    /// Payload that came back, in MiB a second.
    pub mib_per_second: f64,
    /// From a message to its echo; with a rate, from when the message was due.
    pub latency_us: Percentiles,
    /// From the first packet to the open WebSocket.
    pub opening_us: Percentiles,
    /// Connections that the server closed, by close code; 1005 stands for a Close frame without one.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub closed: BTreeMap<u16, u32>,
    /// What went wrong.
    pub trouble: Vec<Trouble>,
    /// What the processes of the server took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
}

/// Times in microseconds, by the share of all that took no longer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs)] // The names say it.
pub struct Percentiles {
    pub p50: u64,
    pub p90: u64,
    pub p99: u64,
    pub p99_9: u64,
    pub max: u64,
}

/// Something that went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// What it is.
    #[serde(skip)]
    pub kind: TroubleKind,
    /// Its name, which does not change.
    pub key: String,
    /// In words.
    pub what: String,
    /// The clause, where a rule was broken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clause: Option<String>,
    /// How often.
    pub count: u64,
    /// Where it was first seen.
    pub first: First,
}

/// Where something was first seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct First {
    /// The connection, from 0.
    pub connection: u32,
    /// The message whose echo came next on it, from 0.
    pub message: u64,
    /// The byte of what the server sent on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
}

/// What can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TroubleKind {
    /// The server broke this rule.
    Broke(Violation),
    /// The server broke this rule of HTTP/2 or HTTP/3.
    BrokeCarrier(CarrierRule),
    /// A message came back that is not the one sent first.
    Differs,
    /// A message came for which none had been sent.
    Unasked,
    /// The server ended the connection without a Close frame.
    Lost,
    /// Messages did not come back in time.
    Unanswered,
}

impl TroubleKind {
    /// Its name, which does not change.
    pub fn key(self) -> String {
        match self {
            TroubleKind::Broke(violation) => format!("broke.{}", violation.name()),
            TroubleKind::BrokeCarrier(rule) => format!("broke.{}", rule.name()),
            TroubleKind::Differs => "echo.differs".to_owned(),
            TroubleKind::Unasked => "echo.unasked".to_owned(),
            TroubleKind::Lost => "ended".to_owned(),
            TroubleKind::Unanswered => "echo.unanswered".to_owned(),
        }
    }

    fn words(self) -> &'static str {
        match self {
            TroubleKind::Broke(violation) => violation.meaning(),
            TroubleKind::BrokeCarrier(rule) => rule.meaning(),
            TroubleKind::Differs => "another message came back than the one sent first",
            TroubleKind::Unasked => "a message came although every message sent had been echoed",
            TroubleKind::Lost => "the server ended the connection without a Close frame",
            TroubleKind::Unanswered => {
                "messages did not come back within 10 seconds after the last one"
            }
        }
    }
}

impl LoadReport {
    pub(super) fn of(
        target: &Target,
        plan: &Plan,
        tally: &Tally,
        took: Duration,
        usage: Option<Usage>,
    ) -> LoadReport {
        let counts = tally.counts();
        let seconds = took.as_secs_f64();
        let trouble = counts.trouble.iter().map(|(kind, (count, first))| Trouble {
            kind: *kind,
            key: kind.key(),
            what: kind.words().to_owned(),
            clause: match kind {
                TroubleKind::Broke(violation) => Some(violation.clause().to_string()),
                TroubleKind::BrokeCarrier(rule) => Some(rule.clause().to_string()),
                _ => None,
            },
            count: *count,
            first: *first,
        });
        LoadReport {
            url: target.shown(),
            clean: counts.trouble.is_empty(),
            over: target.transport(),
            connections: plan.connections,
            opened: counts.opened,
            unopened: counts.unopened.clone(),
            size: plan.size,
            in_flight: plan.in_flight,
            deflate: plan.deflate,
            seconds,
            sent: counts.sent,
            echoed: counts.echoed,
            messages_per_second: per_second(counts.echoed as f64, seconds),
            mib_per_second: per_second(counts.bytes as f64 / f64::from(1 << 20), seconds),
            latency_us: Percentiles::of(&counts.latency_us),
            opening_us: Percentiles::of(&counts.opening_us),
            closed: counts.closed.clone(),
            trouble: trouble.collect(),
            usage,
        }
    }
}

/// 0 if no time has passed.
fn per_second(number: f64, seconds: f64) -> f64 {
    if seconds > 0.0 { number / seconds } else { 0.0 }
}

impl Percentiles {
    fn of(times: &Histogram<u64>) -> Percentiles {
        Percentiles {
            p50: times.value_at_quantile(0.5),
            p90: times.value_at_quantile(0.9),
            p99: times.value_at_quantile(0.99),
            p99_9: times.value_at_quantile(0.999),
            max: times.max(),
        }
    }
}

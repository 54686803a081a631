//! The rules of HTTP/2 and HTTP/3 themselves, whichever of them carries the conversations.

use wsspec_core::violation::Clause;
use wsspec_core::{http2, http3};
use wsspec_reports::Transport;

/// A rule of HTTP/2 or HTTP/3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CarrierRule {
    /// Of HTTP/2.
    H2(http2::Violation),
    /// Of HTTP/3.
    H3(http3::Violation),
}

/// Calls a method that the violations of both have.
macro_rules! either {
    ($rule:expr, $violation:ident => $call:expr) => {
        match $rule {
            CarrierRule::H2($violation) => $call,
            CarrierRule::H3($violation) => $call,
        }
    };
}

impl CarrierRule {
    /// Every rule of HTTP/2, then every rule of HTTP/3.
    pub fn all() -> impl Iterator<Item = CarrierRule> {
        let of_http2 = http2::Violation::ALL.iter().copied().map(CarrierRule::H2);
        of_http2.chain(http3::Violation::ALL.iter().copied().map(CarrierRule::H3))
    }

    /// The transport that has this rule.
    pub const fn over(self) -> Transport {
        match self {
            CarrierRule::H2(_) => Transport::H2,
            CarrierRule::H3(_) => Transport::H3,
        }
    }

    /// Its stable name.
    pub const fn name(self) -> &'static str {
        either!(self, violation => violation.name())
    }

    /// The clause it is in.
    pub const fn clause(self) -> Clause {
        either!(self, violation => violation.clause())
    }

    /// What is wrong where it is broken, in one line.
    pub const fn meaning(self) -> &'static str {
        either!(self, violation => violation.meaning())
    }
}

/// A rule that the target broke, and the place that proves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Breach {
    /// The rule.
    pub rule: CarrierRule,
    /// The stream; `None` if it is about the connection of HTTP/2.
    pub stream: Option<u64>,
    /// Offset in everything that the target sent over HTTP/2, or on this stream over HTTP/3.
    pub at: u64,
}

impl From<http2::Found> for Breach {
    fn from(found: http2::Found) -> Breach {
        Breach {
            rule: CarrierRule::H2(found.violation),
            stream: found.stream.map(u64::from),
            at: found.at,
        }
    }
}

impl From<http3::Found> for Breach {
    fn from(found: http3::Found) -> Breach {
        Breach {
            rule: CarrierRule::H3(found.violation),
            stream: Some(found.stream),
            at: found.at,
        }
    }
}

//! What a case needs and this target, or this run, does not have: the case is skipped.

use std::borrow::Cow;
use std::fmt;

use wsspec_core::deflate::negotiation::{NAME, Parameters};
use wsspec_core::{Role, Violation};

use super::Reason;

/// Why a case is skipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Needs {
    /// A target of this role.
    Role(Role),
    /// A target that sends every message back.
    Echo,
    /// A target that answers pings.
    Pongs,
    /// A target that agrees on permessage-deflate.
    Deflate,
    /// Other terms of permessage-deflate than these, which the target agrees on.
    DeflateTerms(Parameters),
    /// A target that answers the offer of permessage-deflate as it should.
    DeflateAnswer(Violation),
    /// A plainer conversation that the case rests on and that has to go right; what was found.
    Premise(Option<Box<Reason>>),
    /// A target that keeps fewer cases waiting: the time of the run was over before this one had its
    /// turn, or before what was found could be confirmed.
    Time(Option<Box<Reason>>),
    /// A target of which fewer cases fail: as many did as the run was to bear.
    FewerFailures,
    /// A client that takes the answer that the case begins with.
    AnswerTaken(Box<Reason>),
    /// A client that offers, or does not offer, an extension.
    Offer(OfferNeed),
    /// An application that can be told what to do.
    ToldApplication,
    /// Another transport, or a step that this binding does not have.
    OtherTransport,
    /// A server of which it is said that it accepts nothing but TLS.
    TlsOnly,
    /// A server of which it is said what origin it allows.
    AllowedOrigin,
    /// A server that announces extended CONNECT (RFC 8441 §3).
    ExtendedConnect,
    /// A client that comes over HTTP/2.
    Http2,
    /// A command that takes the subprotocols to offer.
    SubprotocolsArgument,
    /// A client that is started for each case: the URL has a line end.
    LaunchPerCase,
    /// A host name that leads to our address.
    HostName {
        /// The name in the URL.
        name: String,
        /// Our address.
        address: String,
    },
    /// This many connections at once, which is more than the limit.
    Connections(u32),
    /// More streams of one connection than the target allows.
    Streams {
        /// How many at once.
        wanted: u32,
        /// How many it allows.
        most: u64,
    },
    /// A single connection: a command fills in other values for each.
    OneSetOfValues,
    /// A client that can be told to dial several times at once.
    ParallelDials,
    /// A client that uses the configured proxy.
    Proxy,
}

/// What a client has to offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfferNeed {
    /// Not this extension.
    Without(String),
    /// This extension.
    With(String),
    /// This extension with, or without, a parameter.
    Parameter {
        /// The extension.
        extension: String,
        /// The parameter.
        parameter: String,
        /// Whether it is wanted.
        wanted: bool,
    },
}

impl Needs {
    pub(super) fn key(&self) -> Cow<'static, str> {
        match self {
            Needs::Role(role) => format!("needs.{}", role.name()).into(),
            Needs::Echo => "needs.echo".into(),
            Needs::Pongs => "needs.pongs".into(),
            Needs::Deflate => "needs.deflate".into(),
            Needs::DeflateTerms(_) => "needs.deflate-terms".into(),
            Needs::DeflateAnswer(violation) => {
                format!("needs.deflate-answer.{}", violation.name()).into()
            }
            Needs::Premise(_) => "needs.premise".into(),
            Needs::Time(_) => "needs.time".into(),
            Needs::FewerFailures => "needs.fewer-failures".into(),
            Needs::AnswerTaken(reason) => format!("needs.answer-taken/{}", reason.key()).into(),
            Needs::Offer(_) => "needs.offer".into(),
            Needs::ToldApplication => "needs.told-application".into(),
            Needs::OtherTransport => "needs.other-transport".into(),
            Needs::TlsOnly => "needs.tls-only".into(),
            Needs::AllowedOrigin => "needs.allowed-origin".into(),
            Needs::ExtendedConnect => "needs.extended-connect".into(),
            Needs::Http2 => "needs.http2".into(),
            Needs::SubprotocolsArgument => "needs.subprotocols-argument".into(),
            Needs::LaunchPerCase => "needs.launch-per-case".into(),
            Needs::HostName { .. } => "needs.host-name".into(),
            Needs::Connections(_) => "needs.connections".into(),
            Needs::Streams { .. } => "needs.streams".into(),
            Needs::OneSetOfValues => "needs.one-set-of-values".into(),
            Needs::ParallelDials => "needs.parallel-dials".into(),
            Needs::Proxy => "needs.proxy".into(),
        }
    }
}

impl fmt::Display for Needs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Needs::Role(role) => write!(f, "tests a {}", role.name()),
            Needs::Echo => f.write_str("needs a target that echoes"),
            Needs::Pongs => f.write_str("needs a target that answers pings"),
            Needs::Deflate => write!(f, "needs a target that agrees on {NAME}"),
            Needs::DeflateTerms(agreed) => {
                write!(
                    f,
                    "needs other terms of {NAME} than the target agrees on: {agreed}"
                )
            }
            Needs::DeflateAnswer(violation) => write!(
                f,
                "needs a target that answers the offer as it should: {} ({})",
                violation.meaning(),
                violation.clause()
            ),
            Needs::Premise(None) => {
                f.write_str("cannot be judged: a plainer conversation goes the same way")
            }
            Needs::Premise(Some(reason)) => write!(
                f,
                "cannot be judged, since a plainer conversation goes the same way: {reason}"
            ),
            Needs::Time(None) => f.write_str("cannot be judged: the time of the run was over"),
            Needs::Time(Some(reason)) => write!(
                f,
                "cannot be judged: the time of the run was over \
                 before this could be confirmed: {reason}"
            ),
            Needs::FewerFailures => {
                f.write_str("was not run: the run ended at the number of failures it was to end at")
            }
            Needs::AnswerTaken(reason) => {
                write!(f, "needs a client that takes such an answer: {reason}")
            }
            Needs::Offer(offer) => write!(f, "needs a client that {offer}"),
            Needs::ToldApplication => {
                f.write_str("needs an application that can be told what to do")
            }
            Needs::OtherTransport => f.write_str("needs another transport"),
            Needs::TlsOnly => f.write_str(
                "needs a server that is known to accept nothing but TLS: say so with --tls-only",
            ),
            Needs::AllowedOrigin => f.write_str(
                "needs a server of which it is known what origin it allows: say so with --allowed-origin",
            ),
            Needs::ExtendedConnect => f.write_str(
                "needs a server that announces extended CONNECT (SETTINGS_ENABLE_CONNECT_PROTOCOL)",
            ),
            Needs::Http2 => {
                f.write_str("needs a client that connects over HTTP/2: this one came over HTTP/1.1")
            }
            Needs::SubprotocolsArgument => f.write_str("needs a command that takes {subprotocols}"),
            Needs::LaunchPerCase => f.write_str(
                "needs a client that is started for each case: the URL has a line end, and a \
                 persistent client reads a URL a line",
            ),
            Needs::HostName { name, address } => write!(
                f,
                "needs {name} to lead to {address}, for example by the hosts file"
            ),
            Needs::Connections(wanted) => write!(
                f,
                "needs {wanted} connections at once, which is more than the target serves or \
                 --max-connections allows"
            ),
            Needs::Streams { wanted, most } => write!(
                f,
                "needs {wanted} streams at once, and the target allows {most} (MAX_CONCURRENT_STREAMS)"
            ),
            Needs::OneSetOfValues => f.write_str(
                "needs several connections with the same values; --each fills in new ones",
            ),
            Needs::ParallelDials => {
                f.write_str("needs a client that can be told to dial several times at once")
            }
            Needs::Proxy => f.write_str(
                "needs a client that uses the configured proxy, given by {proxy} in its command, or \
                 by the variables HTTP_PROXY, HTTPS_PROXY and ALL_PROXY",
            ),
        }
    }
}

impl fmt::Display for OfferNeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OfferNeed::Without(name) => write!(f, "does not offer {name}"),
            OfferNeed::With(name) => write!(f, "offers {name}"),
            OfferNeed::Parameter {
                extension,
                parameter,
                wanted,
            } => {
                let how = if *wanted { "with" } else { "without" };
                write!(f, "offers {extension} {how} {parameter}")
            }
        }
    }
}

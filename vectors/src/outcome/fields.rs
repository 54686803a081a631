//! The details written beside an outcome word.

use schemars::JsonSchema;
use serde::Deserialize;
use wsspec_core::violation::ViolationSet;

use super::demand::{Demand, DemandSource, demands};
use crate::agree::Agreed;
use crate::json::present;
use crate::violation_name::{ViolationName, violations};

/// How TCP ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum EndKind {
    /// In any way.
    Any,
    /// With a FIN.
    Fin,
    /// With a reset.
    Rst,
    /// Over TLS: with a FIN after a close_notify alert (RFC 8446 §6.1).
    Notify,
    /// In any way, after a response with `Connection: close` (RFC 9112 §9.6).
    Announced,
}

/// A time after which a server ends a connection of its own accord.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum TimeOut {
    /// The opening handshake is not finished.
    Handshake,
    /// Nothing is sent.
    Idle,
    /// A ping of the server is not answered.
    Ping,
}

/// The verdict of an alternative that is not a plain pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Grade {
    /// A tolerated variant, or a SHOULD that is not followed.
    NonStrict,
    /// Worth knowing, not judged.
    Informational,
    /// A failure with a reason of its own.
    Fail,
}

/// Details of `opened`. Only what is given is compared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct OpenedFields {
    /// the subprotocol agreed on; null for none
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<String>")]
    pub subprotocol: Option<Option<String>>,
    /// the extensions agreed on; null for none
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<String>")]
    pub extensions: Option<Option<String>>,
    /// permessage-deflate: true if agreed on, null if not, or the terms; client under test: whether
    /// it makes a valid offer
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<Agreed>")]
    pub deflate: Option<Option<Agreed>>,
    /// fields of the response
    #[schemars(with = "std::collections::BTreeMap<String, DemandSource>")]
    #[serde(default, deserialize_with = "demands")]
    pub headers: Vec<(String, Demand)>,
}

/// Details of `requested`. Only what is given is compared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(inline)]
pub struct RequestedFields {
    /// the method
    pub method: Option<String>,
    /// the request target: in this form, or as an absolute http URI
    pub target: Option<String>,
    /// the HTTP version
    pub version: Option<String>,
    /// the delay since the previous conversation ended
    pub delay: Option<Delay>,
    /// violations that the request must be free of
    #[schemars(with = "Vec<ViolationName>")]
    #[serde(deserialize_with = "violations")]
    pub without: ViolationSet,
    /// fields of the request
    #[schemars(with = "std::collections::BTreeMap<String, DemandSource>")]
    #[serde(deserialize_with = "demands")]
    pub headers: Vec<(String, Demand)>,
}

/// The delay before a client reconnects (RFC 6455 §7.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Delay {
    /// Some delay.
    Some,
    /// Longer than the previous one.
    Longer,
    /// Different from those of the other connections that were opened together.
    Varies,
}

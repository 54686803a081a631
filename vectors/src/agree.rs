//! What the opening handshake of a case has to agree on, where the case does not write it out.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::json::True;

/// What the opening handshake has to agree on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Agree {
    /// permessage-deflate
    pub deflate: DeflateTerms,
}

/// Terms of permessage-deflate (RFC 7692 §7.1), by direction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(inline)]
pub struct DeflateTerms {
    /// what we send, whatever our role
    pub ours: Terms,
    /// what the target sends
    pub theirs: Terms,
}

/// Terms of one direction; anything goes for what is left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(inline)]
pub struct Terms {
    /// whether a message may refer to earlier ones (context takeover)
    pub takeover: Option<bool>,
    /// size of the window, as its base-2 logarithm
    #[schemars(range(min = 8, max = 15))]
    pub window: Option<u8>,
}

/// What was agreed on, as an outcome asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum Agreed {
    /// agreed on, with any terms
    Any(True),
    /// agreed on with these terms
    With(DeflateTerms),
}

/// Extensions that a client has to offer for a case to make sense; `None`: must not offer.
pub type WantedOffers = BTreeMap<String, Option<WantedOffer>>;

/// How an extension has to be offered.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum WantedOffer {
    /// offered
    Any(True),
    /// offered with some parameters (true) and without others (null)
    With(BTreeMap<String, Option<True>>),
}

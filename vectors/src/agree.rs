//! What a case wants agreed in the opening handshake that it does not write out itself.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::outcome::True;

/// What has to be agreed on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Agree {
    /// permessage-deflate
    pub deflate: DeflateTerms,
}

/// Terms of permessage-deflate, by direction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(inline)]
pub struct DeflateTerms {
    /// what we send
    pub ours: Terms,
    /// what the target sends
    pub theirs: Terms,
}

/// Terms of one direction; what is left out may be agreed on either way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(inline)]
pub struct Terms {
    /// whether a message may refer to those before it
    pub takeover: Option<bool>,
    /// window of so many bits
    #[schemars(range(min = 8, max = 15))]
    pub window: Option<u8>,
}

/// What was agreed on, as an outcome asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum Agreed {
    /// agreed on, on any terms
    Any(True),
    /// agreed on with these terms
    With(DeflateTerms),
}

/// Extensions that the request of a client has to offer for a case to make sense, or must not.
pub type WantedOffers = BTreeMap<String, Option<WantedOffer>>;

/// How an extension has to be offered.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum WantedOffer {
    /// offered
    Any(True),
    /// offered, with parameters (true) and without (null)
    With(BTreeMap<String, Option<True>>),
}

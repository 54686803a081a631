//! What a case wants agreed in the opening handshake that it does not write out itself.

use schemars::JsonSchema;
use serde::Deserialize;

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

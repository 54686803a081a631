//! TLS, where a case departs from a plain handshake.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::Payload;
use crate::json::{True, present};

/// How our side of TLS differs from a plain handshake.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(inline)]
pub struct Tls {
    /// client under test: the certificate that we present
    pub certificate: Certificate,
    /// server under test: the server name in our ClientHello, null for none; `{host}` by default
    #[serde(deserialize_with = "present")]
    #[schemars(with = "Option<String>")]
    #[allow(clippy::option_option)] // left out, null, or a name
    pub sni: Option<Option<String>>,
    /// server under test: clear text instead of TLS, to the TLS port
    pub clear: bool,
    /// bytes to send in place of our half of the TLS handshake; no opening handshake follows
    pub instead: Option<Payload>,
    /// server under test: the protocols that our ClientHello offers by ALPN, instead of http/1.1
    pub alpn: Option<Vec<String>>,
    /// we end TCP without close_notify, as an attacker would who cuts the connection
    pub truncate: bool,
}

/// The certificate we present, by what is wrong with it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Certificate {
    /// Nothing: valid for the name the client dialled, issued by an authority it trusts.
    #[default]
    #[serde(rename = "right")]
    Valid,
    /// Signed with its own key.
    SelfSigned,
    /// Issued by an authority the client does not trust.
    UnknownAuthority,
    /// Its validity period has ended.
    Expired,
    /// Its validity period has not begun.
    NotYetValid,
    /// Issued for another host.
    WrongName,
    /// Without the intermediate certificate that leads to the authority.
    IncompleteChain,
}

/// Details of a ClientHello.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(inline)]
pub struct Hello {
    /// the server name in it: null for none, true for any
    #[serde(deserialize_with = "present")]
    #[schemars(with = "Option<Sni>")]
    #[allow(clippy::option_option)] // left out, null, or a name
    pub sni: Option<Option<Sni>>,
}

/// A server name (SNI, RFC 6066 §3).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum Sni {
    /// any name
    Any(True),
    /// this name
    Name(String),
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub(crate) enum HelloSource {
    Word(True),
    Fields(Hello),
}

impl From<HelloSource> for Hello {
    fn from(source: HelloSource) -> Hello {
        match source {
            HelloSource::Word(True) => Hello::default(),
            HelloSource::Fields(hello) => hello,
        }
    }
}

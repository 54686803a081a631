//! What a case says of what lies below WebSocket: TLS, and the streams of HTTP/2 and HTTP/3.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::Value;

use super::outcome::True;
use super::{Payload, step::OneOrMany};

/// What a case speaks over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Over {
    /// TCP in clear text.
    #[default]
    Tcp,
    /// TLS over TCP (RFC 6455 §4.1, §10.6).
    Tls,
    /// A stream of HTTP/2 (RFC 8441).
    H2,
    /// A stream of HTTP/3 (RFC 9220).
    H3,
}

impl Over {
    /// The name, as it stands in a vector.
    pub const fn name(self) -> &'static str {
        match self {
            Over::Tcp => "tcp",
            Over::Tls => "tls",
            Over::H2 => "h2",
            Over::H3 => "h3",
        }
    }

    /// Whether a WebSocket is one stream of many.
    pub const fn has_streams(self) -> bool {
        matches!(self, Over::H2 | Over::H3)
    }
}

/// Settings that we announce: name → value; null leaves a usual one out.
pub type Settings = BTreeMap<SettingName, Option<u64>>;

/// Settings that the target has announced: name → values any of which it may have now; `None` for not announced.
pub type WantedSettings = BTreeMap<SettingName, Vec<Option<u64>>>;

/// The name of a setting without `SETTINGS_` (RFC 9113 §6.5.2, RFC 9114 §7.2.4.1, RFC 8441 §3), or its number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
pub struct SettingName(String);

/// The names there are.
const SETTINGS: &[&str] = &[
    "HEADER_TABLE_SIZE",
    "ENABLE_PUSH",
    "MAX_CONCURRENT_STREAMS",
    "INITIAL_WINDOW_SIZE",
    "MAX_FRAME_SIZE",
    "MAX_HEADER_LIST_SIZE",
    "ENABLE_CONNECT_PROTOCOL",
    "MAX_FIELD_SECTION_SIZE",
    "QPACK_MAX_TABLE_CAPACITY",
    "QPACK_BLOCKED_STREAMS",
    "H3_DATAGRAM",
];

impl TryFrom<String> for SettingName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let number = |text: &str| {
            text.strip_prefix("0x")
                .is_some_and(|hex| u64::from_str_radix(hex, 16).is_ok())
        };
        if SETTINGS.contains(&name.as_str()) || number(&name) {
            Ok(SettingName(name))
        } else {
            Err(format!(
                "no setting is called `{name}`; a number is written \"0x8\""
            ))
        }
    }
}

impl fmt::Display for SettingName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The reason of a reset, by its name (RFC 9113 §7, RFC 9114 §8.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(inline)]
#[allow(missing_docs)]
pub enum ErrorCode {
    NoError,
    ProtocolError,
    InternalError,
    FlowControlError,
    SettingsTimeout,
    StreamClosed,
    FrameSizeError,
    RefusedStream,
    Cancel,
    CompressionError,
    ConnectError,
    EnhanceYourCalm,
    InadequateSecurity,
    #[serde(rename = "HTTP_1_1_REQUIRED")]
    Http11Required,
    H3NoError,
    H3GeneralProtocolError,
    H3InternalError,
    H3StreamCreationError,
    H3ClosedCriticalStream,
    H3FrameUnexpected,
    H3FrameError,
    H3ExcessiveLoad,
    H3IdError,
    H3SettingsError,
    H3MissingSettings,
    H3RequestRejected,
    H3RequestCancelled,
    H3RequestIncomplete,
    H3MessageError,
    H3ConnectError,
    H3VersionFallback,
}

impl ErrorCode {
    /// The transport that it belongs to.
    pub fn over(self) -> Over {
        if self as usize >= ErrorCode::H3NoError as usize {
            Over::H3
        } else {
            Over::H2
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// Reasons of a reset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorCodes {
    /// Any will do.
    Any,
    /// One of these; another is non-strict.
    These(Vec<ErrorCode>),
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[allow(dead_code)]
enum ErrorCodesSource {
    Any(super::outcome::Any),
    One(ErrorCode),
    These(#[schemars(length(min = 1))] Vec<ErrorCode>),
}

impl JsonSchema for ErrorCodes {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        ErrorCodesSource::schema_name()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        ErrorCodesSource::json_schema(generator)
    }
}

impl<'de> Deserialize<'de> for ErrorCodes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        if value == "any" {
            return Ok(ErrorCodes::Any);
        }
        OneOrMany::deserialize(value)
            .map(|codes| ErrorCodes::These(codes.into()))
            .map_err(D::Error::custom)
    }
}

/// What we do in TLS that is out of the ordinary.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(inline)]
pub struct Tls {
    /// client under test: the certificate that we show
    pub certificate: Certificate,
    /// server under test: the name that we ask for, null for none; `{host}` by default
    #[serde(deserialize_with = "super::outcome::present")]
    #[schemars(with = "Option<String>")]
    #[allow(clippy::option_option)] // left out, null, or a name
    pub sni: Option<Option<String>>,
    /// server under test: no TLS at all, clear text to the port of TLS
    pub clear: bool,
    /// these bytes in place of our half of the TLS handshake; no opening handshake follows
    pub instead: Option<Payload>,
}

/// A certificate, by what is wrong with it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Certificate {
    /// Nothing: right for what was dialled, by an authority the client was told to trust.
    #[default]
    Right,
    /// Signed with its own key.
    SelfSigned,
    /// By an authority nobody told the client to trust.
    UnknownAuthority,
    /// Its time is over.
    Expired,
    /// Its time is yet to come.
    NotYetValid,
    /// For another host.
    WrongName,
    /// Without the intermediate certificate that leads to the authority.
    IncompleteChain,
}

/// Outcomes that only a transport other than plain TCP has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransportWord {
    /// The target reset the stream: RST_STREAM, RESET_STREAM or STOP_SENDING.
    Reset(ErrorCodes),
    /// The target ended the whole connection with an error: GOAWAY, CONNECTION_CLOSE.
    Aborted(ErrorCodes),
    /// These settings of the target are in force.
    Settings(WantedSettings),
    /// The client began TLS, with a ClientHello like this.
    Hello(Hello),
    /// The target sent a fatal TLS alert.
    Alert,
    /// Somebody connected to `{canary}`.
    Canary,
}

impl TransportWord {
    /// Whether it is something that only `over` has. The canary watches any server.
    pub fn fits(&self, over: Over) -> bool {
        match self {
            TransportWord::Reset(codes) | TransportWord::Aborted(codes) => match codes {
                ErrorCodes::Any => over.has_streams(),
                ErrorCodes::These(codes) => codes.iter().all(|code| code.over() == over),
            },
            TransportWord::Settings(_) => over.has_streams(),
            TransportWord::Hello(_) | TransportWord::Alert => over == Over::Tls,
            TransportWord::Canary => true,
        }
    }
}

impl fmt::Display for TransportWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TransportWord::Reset(codes) => write!(f, "the stream is reset{codes}"),
            TransportWord::Aborted(codes) => write!(f, "the whole connection is ended{codes}"),
            TransportWord::Settings(settings) => {
                let value =
                    |v: &Option<u64>| v.map_or("not announced".to_owned(), |v| v.to_string());
                let one = |(name, values): (&SettingName, &Vec<Option<u64>>)| {
                    format!(
                        "{name} {}",
                        values.iter().map(value).collect::<Vec<_>>().join(" or ")
                    )
                };
                write!(
                    f,
                    "settings: {}",
                    settings.iter().map(one).collect::<Vec<_>>().join(", ")
                )
            }
            TransportWord::Hello(Hello { sni: None }) => f.write_str("a TLS ClientHello"),
            TransportWord::Hello(Hello { sni: Some(None) }) => {
                f.write_str("a TLS ClientHello without a server name")
            }
            TransportWord::Hello(Hello {
                sni: Some(Some(Sni::Any(_))),
            }) => f.write_str("a TLS ClientHello with a server name"),
            TransportWord::Hello(Hello {
                sni: Some(Some(Sni::Name(name))),
            }) => {
                write!(f, "a TLS ClientHello with the server name {name}")
            }
            TransportWord::Alert => f.write_str("a fatal TLS alert"),
            TransportWord::Canary => f.write_str("a connection to another listener of ours"),
        }
    }
}

impl fmt::Display for ErrorCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ErrorCodes::These(codes) = self else {
            return Ok(());
        };
        let codes: Vec<String> = codes.iter().map(ToString::to_string).collect();
        write!(f, " ({})", codes.join(" or "))
    }
}

/// Details of a ClientHello.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(inline)]
pub struct Hello {
    /// the server name it asks for, null for none, true for any
    #[serde(deserialize_with = "super::outcome::present")]
    #[schemars(with = "Option<Sni>")]
    #[allow(clippy::option_option)] // left out, null, or a name
    pub sni: Option<Option<Sni>>,
}

/// A server name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum Sni {
    /// whatever it is
    Any(True),
    /// this one
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

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[allow(dead_code)]
pub(crate) enum SettingValues {
    Number(u64),
    /// not announced
    None(()),
    /// any of them
    Many(Vec<Option<u64>>),
}

/// Wanted settings, each with one value or a list.
pub(crate) fn wanted_settings<'de, D: Deserializer<'de>>(
    source: D,
) -> Result<Option<WantedSettings>, D::Error> {
    let map: BTreeMap<SettingName, OneOrMany<Option<u64>>> = BTreeMap::deserialize(source)?;
    Ok(Some(
        map.into_iter()
            .map(|(name, values)| (name, values.into()))
            .collect(),
    ))
}

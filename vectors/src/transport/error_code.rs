//! Error codes of HTTP/2 and HTTP/3.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::Value;

use super::over::Over;
use crate::json::{Any, OneOrMany};

/// The error code of a reset, by name (RFC 9113 §7, RFC 9114 §8.1).
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
    /// The transport that defines it.
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

/// Error codes that an outcome accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorCodes {
    /// Every one.
    Any,
    /// One of these; any other is non-strict.
    These(Vec<ErrorCode>),
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[allow(dead_code)]
enum ErrorCodesSource {
    Any(Any),
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

impl fmt::Display for ErrorCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ErrorCodes::These(codes) = self else {
            return Ok(());
        };
        let codes: Vec<String> = codes.iter().map(ToString::to_string).collect();
        write!(f, " ({})", codes.join(" or "))
    }
}

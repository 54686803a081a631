//! Error codes of HTTP/2 and HTTP/3.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::Value;

use super::over::Over;
use crate::json::{Any, OneOrMany};

/// The error code of a reset, by name and in the order of their numbers (RFC 9113 §7, RFC 9114 §8.1).
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

    /// The number on the wire. Those of HTTP/2 count from 0, those of HTTP/3 from 0x100.
    pub fn number(self) -> u64 {
        let at = self as u64;
        at.checked_sub(ErrorCode::H3NoError as u64)
            .map_or(at, |at| FIRST_OF_H3 + at)
    }

    /// The code with this number.
    pub fn of(over: Over, number: u64) -> Option<ErrorCode> {
        ALL.iter()
            .copied()
            .find(|code| code.over() == over && code.number() == number)
    }
}

/// Every code.
const ALL: [ErrorCode; 31] = [
    ErrorCode::NoError,
    ErrorCode::ProtocolError,
    ErrorCode::InternalError,
    ErrorCode::FlowControlError,
    ErrorCode::SettingsTimeout,
    ErrorCode::StreamClosed,
    ErrorCode::FrameSizeError,
    ErrorCode::RefusedStream,
    ErrorCode::Cancel,
    ErrorCode::CompressionError,
    ErrorCode::ConnectError,
    ErrorCode::EnhanceYourCalm,
    ErrorCode::InadequateSecurity,
    ErrorCode::Http11Required,
    ErrorCode::H3NoError,
    ErrorCode::H3GeneralProtocolError,
    ErrorCode::H3InternalError,
    ErrorCode::H3StreamCreationError,
    ErrorCode::H3ClosedCriticalStream,
    ErrorCode::H3FrameUnexpected,
    ErrorCode::H3FrameError,
    ErrorCode::H3ExcessiveLoad,
    ErrorCode::H3IdError,
    ErrorCode::H3SettingsError,
    ErrorCode::H3MissingSettings,
    ErrorCode::H3RequestRejected,
    ErrorCode::H3RequestCancelled,
    ErrorCode::H3RequestIncomplete,
    ErrorCode::H3MessageError,
    ErrorCode::H3ConnectError,
    ErrorCode::H3VersionFallback,
];

/// The number of H3_NO_ERROR.
const FIRST_OF_H3: u64 = 0x100;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_the_numbers_of_their_rfc() {
        for (code, number) in [
            (ErrorCode::NoError, 0),
            (ErrorCode::Cancel, 8),
            (ErrorCode::Http11Required, 0xd),
            (ErrorCode::H3NoError, 0x100),
            (ErrorCode::H3RequestCancelled, 0x10c),
            (ErrorCode::H3VersionFallback, 0x110),
        ] {
            assert_eq!(code.number(), number, "{code}");
            assert_eq!(ErrorCode::of(code.over(), number), Some(code));
        }
        assert_eq!(ErrorCode::of(Over::H2, 0x100), None);
    }
}

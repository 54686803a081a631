//! Settings of HTTP/2 and HTTP/3.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use crate::json::OneOrMany;

/// Settings to announce: name → value; `None` leaves out one that is announced by default.
pub type Settings = BTreeMap<SettingName, Option<u64>>;

/// Settings that the target has to have announced: name → values, any of which will do; `None`
/// stands for not announced.
pub type WantedSettings = BTreeMap<SettingName, Vec<Option<u64>>>;

/// The name of a setting without `SETTINGS_` (RFC 9113 §6.5.2, RFC 9114 §7.2.4.1, RFC 8441 §3), or
/// its number as `0x…`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
pub struct SettingName(String);

/// The settings that have a name.
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

/// A name that is neither a known setting nor a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownSetting(String);

impl fmt::Display for UnknownSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "no setting is called `{}`; write a number as \"0x8\"",
            self.0
        )
    }
}

impl std::error::Error for UnknownSetting {}

impl TryFrom<String> for SettingName {
    type Error = UnknownSetting;

    fn try_from(name: String) -> Result<Self, UnknownSetting> {
        let is_number = name
            .strip_prefix("0x")
            .is_some_and(|hex| u64::from_str_radix(hex, 16).is_ok());
        if is_number || SETTINGS.contains(&name.as_str()) {
            Ok(SettingName(name))
        } else {
            Err(UnknownSetting(name))
        }
    }
}

impl fmt::Display for SettingName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[allow(dead_code)]
pub(crate) enum SettingValues {
    Number(u64),
    /// not announced
    None(()),
    /// any of these
    Many(Vec<Option<u64>>),
}

/// Reads wanted settings, each with one value or a list.
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

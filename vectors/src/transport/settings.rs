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

/// The settings that have a name, and their numbers. HTTP/2 and HTTP/3 give some numbers different
/// names.
const SETTINGS: &[(&str, u64)] = &[
    ("HEADER_TABLE_SIZE", 0x1),
    ("ENABLE_PUSH", 0x2),
    ("MAX_CONCURRENT_STREAMS", 0x3),
    ("INITIAL_WINDOW_SIZE", 0x4),
    ("MAX_FRAME_SIZE", 0x5),
    ("MAX_HEADER_LIST_SIZE", 0x6),
    ("ENABLE_CONNECT_PROTOCOL", 0x8),
    ("QPACK_MAX_TABLE_CAPACITY", 0x1),
    ("MAX_FIELD_SECTION_SIZE", 0x6),
    ("QPACK_BLOCKED_STREAMS", 0x7),
    ("H3_DATAGRAM", 0x33),
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
        match number(&name) {
            Some(_) => Ok(SettingName(name)),
            None => Err(UnknownSetting(name)),
        }
    }
}

impl SettingName {
    /// The number on the wire.
    pub fn number(&self) -> u64 {
        number(&self.0).unwrap_or_default()
    }
}

fn number(name: &str) -> Option<u64> {
    if let Some(hex) = name.strip_prefix("0x") {
        return u64::from_str_radix(hex, 16).ok();
    }
    let named = SETTINGS.iter().find(|(known, _)| *known == name);
    named.map(|(_, number)| *number)
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

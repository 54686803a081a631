//! Violations by name, as vectors write them.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de::Error};
use wsspec_core::Violation;
use wsspec_core::violation::ViolationSet;

/// The schema of a violation's name: one of those there are.
pub(crate) struct ViolationName;

impl JsonSchema for ViolationName {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "violation-name".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let names: Vec<_> = Violation::ALL.iter().map(|v| v.name()).collect();
        schemars::json_schema!({"enum": names})
    }
}

/// Reads the name of a violation.
pub(crate) fn violation<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Violation, D::Error> {
    named(&String::deserialize(deserializer)?)
}

/// Reads a list of names.
pub(crate) fn violations<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<ViolationSet, D::Error> {
    Vec::<String>::deserialize(deserializer)?
        .iter()
        .map(|name| named(name))
        .collect()
}

fn named<E: Error>(name: &str) -> Result<Violation, E> {
    Violation::from_name(name)
        .ok_or_else(|| E::custom(format!("no violation is called `{name}`; see the README")))
}

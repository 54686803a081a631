//! The inventory of requirements that cases cite.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use super::VectorError;

/// One normative requirement; only what the suite uses of it.
#[derive(Debug, Clone, Deserialize)]
pub struct Requirement {
    /// Its id, `RFC6455-5.1-2`.
    pub id: String,
    /// `RFC6455`.
    pub rfc: String,
    /// The section.
    pub section: String,
    /// MUST, SHOULD …
    pub level: String,
    /// Whom it binds: `server`, `client`, `both` …
    pub party: String,
    /// What it says, in our words.
    pub requirement: String,
    /// `server-under-test`, `client-under-test`, `both` or `no`.
    pub wire_testable: String,
    /// The family it belongs to.
    pub family: String,
    /// `strict`, `non-strict`, `informational` or `not-testable`.
    pub verdict: String,
}

impl Requirement {
    /// `RFC 6455 §5.1`.
    pub fn clause(&self) -> String {
        format!(
            "RFC {} §{}",
            self.rfc.trim_start_matches("RFC"),
            self.section
        )
    }
}

/// The inventory, by id.
#[derive(Debug, Clone, Default)]
pub struct Requirements(Arc<BTreeMap<String, Requirement>>);

impl Requirements {
    /// Reads `requirements.json`.
    pub fn read(name: &str, text: &str) -> Result<Requirements, VectorError> {
        let list: Vec<Requirement> = serde_json::from_str(text).map_err(|error| VectorError {
            file: name.to_owned(),
            case: None,
            field: None,
            message: error.to_string(),
        })?;
        Ok(Requirements(Arc::new(
            list.into_iter().map(|r| (r.id.clone(), r)).collect(),
        )))
    }

    /// The requirement with this id.
    pub fn get(&self, id: &str) -> Option<&Requirement> {
        self.0.get(id)
    }

    /// All of them, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Requirement> {
        self.0.values()
    }
}

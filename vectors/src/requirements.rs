//! The normative requirements that cases cite.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use crate::error::VectorError;

/// One normative requirement: what the suite uses of its entry in `requirements.json`.
#[derive(Debug, Clone, Deserialize)]
pub struct Requirement {
    /// The id, for example `RFC6455-5.1-2`.
    pub id: String,
    /// The RFC, for example `RFC6455`.
    pub rfc: String,
    /// The section, for example `5.1`.
    pub section: String,
    /// The RFC 2119 keyword: `MUST`, `SHOULD NOT` and so on.
    pub level: String,
    /// The party that it binds: `server`, `client`, `both` and so on.
    pub party: String,
    /// What it demands, in our words.
    pub requirement: String,
    /// The target that can show a breach on the wire: `server-under-test`, `client-under-test`,
    /// `both` or `no`.
    pub wire_testable: String,
    /// The family of cases that it belongs to.
    pub family: String,
    /// How a breach is judged: `strict`, `non-strict`, `informational` or `not-testable`.
    pub verdict: String,
}

impl Requirement {
    /// The clause it comes from, for example `RFC 6455 §5.1`.
    pub fn clause(&self) -> String {
        format!(
            "RFC {} §{}",
            self.rfc.trim_start_matches("RFC"),
            self.section
        )
    }
}

/// All requirements, by id.
#[derive(Debug, Clone, Default)]
pub struct Requirements(Arc<BTreeMap<String, Requirement>>);

impl Requirements {
    /// Reads the text of a `requirements.json`. `name` is its path, for the error.
    ///
    /// # Errors
    ///
    /// If it is not a JSON list of requirements.
    pub fn read(name: &str, text: &str) -> Result<Requirements, VectorError> {
        let list: Vec<Requirement> =
            serde_json::from_str(text).map_err(|e| VectorError::of_file(name, e))?;
        Ok(Requirements(Arc::new(
            list.into_iter().map(|r| (r.id.clone(), r)).collect(),
        )))
    }

    /// The requirement with this id.
    pub fn get(&self, id: &str) -> Option<&Requirement> {
        self.0.get(id)
    }

    /// All of them, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Requirement> {
        self.0.values()
    }
}

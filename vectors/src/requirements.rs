//! The normative requirements that cases cite.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use crate::error::VectorError;
use wsspec_core::Role;

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
    /// What a target may do.
    pub expected_outcome: ExpectedOutcome,
    /// What else is to be known of it.
    pub notes: Option<String>,
}

/// What a target may do where a requirement binds it, in short sentences.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ExpectedOutcome {
    /// What passes.
    pub accept: Vec<String>,
    /// What fails.
    pub reject: Vec<String>,
    /// What is non-strict.
    pub non_strict: Vec<String>,
}

impl Requirement {
    /// Whether it binds an endpoint of this role.
    pub fn binds(&self, role: Role) -> bool {
        match self.party.as_str() {
            "server" => role == Role::Server,
            "client" => role == Role::Client,
            _ => true,
        }
    }

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

    /// Those that are meant by an id (`RFC6455-5.1-2`), the beginning of one (`RFC6455-5.1`), or a
    /// section as people write it (`RFC 6455 §5.1`, `6455 5.1`); a section has its subsections.
    pub fn matching(&self, text: &str) -> Vec<&Requirement> {
        let wanted = Wanted::read(text);
        self.iter().filter(|r| wanted.is(&r.id)).collect()
    }

    /// All of them, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Requirement> {
        self.0.values()
    }
}
/// The beginning of an id, up to the end of a part.
struct Wanted(String);

impl Wanted {
    fn read(text: &str) -> Wanted {
        let upper = text
            .to_ascii_uppercase()
            .replace("RFC", " ")
            .replace('§', " ");
        let parts: Vec<&str> = upper
            .split(|c: char| c.is_whitespace() || c == '-' || c == '_')
            .filter(|part| !part.is_empty())
            .collect();
        Wanted(format!("RFC{}", parts.join("-")))
    }

    fn is(&self, id: &str) -> bool {
        let rest = id.strip_prefix(self.0.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '.']))
    }
}

#[cfg(test)]
mod tests {
    use crate::Corpus;

    #[test]
    fn requirements_are_found_by_id_and_by_section() {
        let corpus = Corpus::embedded().unwrap();
        let ids = |text: &str| -> Vec<&str> {
            let found = corpus.requirements.matching(text);
            found.iter().map(|r| r.id.as_str()).collect()
        };
        assert_eq!(ids("RFC6455-5.1-2"), ["RFC6455-5.1-2"]);
        let section = ids("RFC6455-5.1");
        assert!(section.len() > 3 && section.iter().all(|id| id.starts_with("RFC6455-5.1-")));
        for text in ["rfc 6455 §5.1", "RFC6455 5.1", "6455 5.1", "6455-5.1"] {
            assert_eq!(ids(text), section, "{text}");
        }
        assert!(ids("RFC6455 5").contains(&"RFC6455-5.5.1-8"));
        assert!(!ids("RFC6455 5").contains(&"RFC6455-5"));
        assert!(ids("RFC6455-5.1-").len() == section.len());
        assert!(ids("RFC6455-99").is_empty());
    }
}

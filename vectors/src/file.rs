//! A vector file: the envelope, then each case expanded and typed.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use wsspec_core::Impact;

use super::case::{CaseSource, Inherited, Need, RoleName};
use super::expand::{Room, expand};
use super::parse::ParseSource;
use super::{Case, Over, ParseCase, Step, VectorError};

/// What the cases of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Kind {
    /// Conversations.
    Exchange,
    /// Bytes in, events out.
    Parse,
}

/// The envelope of a file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    #[serde(rename = "$schema")]
    #[allow(dead_code)]
    schema: Option<String>,
    /// The id prefix of its cases, and the file's name.
    pub family: String,
    /// What its cases are.
    pub kind: Kind,
    /// What the family is about.
    pub about: String,
    impact: Option<Impact>,
    /// What its cases speak over.
    #[serde(default)]
    over: Over,
    roles: Option<Vec<RoleName>>,
    #[serde(default)]
    needs: Vec<Need>,
    cases: Vec<Map<String, Value>>,
}

impl File {
    /// Reads the envelope. `name` is the file's path, for errors.
    pub fn read(name: &str, text: &str) -> Result<File, VectorError> {
        let mut json = serde_json::Deserializer::from_str(text);
        let file: File =
            serde_path_to_error::deserialize(&mut json).map_err(|error| VectorError {
                file: name.to_owned(),
                case: None,
                field: Some(error.path().to_string()).filter(|p| p != "."),
                message: error.into_inner().to_string(),
            })?;
        let stem = name
            .rsplit(['/', '\\'])
            .next()
            .and_then(|n| n.strip_suffix(".json"))
            .unwrap_or(name);
        let error = |message: String| VectorError {
            file: name.to_owned(),
            case: None,
            field: Some("family".into()),
            message,
        };
        if file.family != stem {
            return Err(error(format!(
                "the family `{}` must be the name of the file",
                file.family
            )));
        }
        if file.kind == Kind::Exchange && file.impact.is_none() {
            return Err(VectorError {
                field: Some("impact".into()),
                ..error("missing field `impact`".into())
            });
        }
        let for_exchanges = file.impact.is_some()
            || file.roles.is_some()
            || !file.needs.is_empty()
            || file.over != Over::Tcp;
        if file.kind == Kind::Parse && for_exchanges {
            return Err(error(
                "impact, over, roles and needs are for exchange vectors".into(),
            ));
        }
        Ok(file)
    }

    /// Whether it holds conversations over TCP, for either role.
    pub fn is_plain(&self) -> bool {
        self.kind == Kind::Exchange && self.over == Over::Tcp && self.roles.is_none()
    }

    /// Its cases as they are written, expanded, by id.
    pub fn sources(&self) -> Vec<(String, Map<String, Value>)> {
        let mut room = Room::new();
        let expanded = self
            .cases
            .iter()
            .filter_map(|source| expand(source, &mut room).ok())
            .flatten();
        expanded
            .map(|one| (format!("{}.{}", self.family, one.id), one.json))
            .collect()
    }

    /// The cases of an exchange file, expanded. Every error that can be found is in the list.
    pub fn exchanges(&self, name: &str) -> (Vec<Case>, Vec<VectorError>) {
        let inherited = Inherited {
            family: &self.family,
            impact: self.impact.unwrap_or(Impact::Interop),
            over: self.over,
            roles: self.roles.as_deref(),
            needs: &self.needs,
        };
        let steps = |case: &Case| case.steps.len() * size_of::<Step>();
        self.each(
            name,
            |source: CaseSource, autobahn| source.resolve(&inherited, autobahn),
            steps,
        )
    }

    /// The cases of a parse file, expanded.
    pub fn parses(&self, name: &str) -> (Vec<ParseCase>, Vec<VectorError>) {
        self.each(
            name,
            |source: ParseSource, _| source.resolve(&self.family),
            |_| 0,
        )
    }

    fn each<S: DeserializeOwned, T>(
        &self,
        name: &str,
        resolve: impl Fn(S, Vec<String>) -> Result<T, String>,
        // Memory that it takes beyond what it is written with.
        grown: impl Fn(&T) -> usize,
    ) -> (Vec<T>, Vec<VectorError>) {
        let mut cases = Vec::new();
        let mut errors = Vec::new();
        let mut room = Room::new();
        for source in &self.cases {
            let id = source
                .get("id")
                .and_then(Value::as_str)
                .unwrap_or("(without id)");
            let error = |case: &str, field: Option<String>, message: String| VectorError {
                file: name.to_owned(),
                case: Some(format!("{}.{case}", self.family)),
                field,
                message,
            };
            let expanded = match expand(source, &mut room) {
                Ok(expanded) => expanded,
                Err((field, message)) => {
                    errors.push(error(id, Some(field), message));
                    continue;
                }
            };
            for one in expanded {
                match serde_path_to_error::deserialize(Value::Object(one.json)) {
                    Ok(typed) => match resolve(typed, one.autobahn)
                        .and_then(|t| room.take(grown(&t)).map(|()| t))
                    {
                        Ok(case) => cases.push(case),
                        Err(message) => errors.push(error(&one.id, None, message)),
                    },
                    Err(e) => {
                        let path = e.path().to_string();
                        errors.push(error(&one.id, Some(path), e.into_inner().to_string()));
                    }
                }
            }
        }
        (cases, errors)
    }
}

//! A vector file: its envelope, and its cases expanded and typed.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use wsspec_core::Impact;

use crate::case::{Case, CaseSource, Inherited, Need};
use crate::error::VectorError;
use crate::expand::{Budget, Expanded, Rest, expand};
use crate::parse::{ParseCase, ParseSource};
use crate::place::FieldPath;
use crate::role::RoleName;
use crate::step::Step;
use crate::through::{ThroughCase, ThroughSource, ThroughStep};
use crate::transport::Over;

/// The kind of cases in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum FileKind {
    /// Conversations: [`Case`].
    Exchange,
    /// Bytes to parse: [`ParseCase`].
    Parse,
    /// What goes through a gateway: [`ThroughCase`].
    Through,
}

/// The envelope of a vector file, with its cases not yet expanded.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VectorFile {
    #[serde(rename = "$schema")]
    #[allow(dead_code)]
    schema: Option<String>,
    /// The name of the file without `.json`, and the prefix of its cases' ids.
    pub family: String,
    /// The kind of its cases.
    pub kind: FileKind,
    /// What the family is about.
    pub about: String,
    group: Option<String>,
    impact: Option<Impact>,
    #[serde(default)]
    over: Over,
    roles: Option<Vec<RoleName>>,
    #[serde(default)]
    needs: Vec<Need>,
    cases: Vec<Map<String, Value>>,
}

impl VectorFile {
    /// Reads the envelope. `name` is the path of the file: its last component has to be the family,
    /// and it appears in errors.
    ///
    /// # Errors
    ///
    /// If the text is not a JSON object with the keys of an envelope. The cases are not looked at.
    pub fn read(name: &str, text: &str) -> Result<VectorFile, VectorError> {
        let file = VectorFile::parse(text).map_err(|error| {
            let field = FieldPath::from(error.path());
            VectorError {
                field: Some(field).filter(|path| !path.0.is_empty()),
                ..VectorError::of_file(name, error.into_inner())
            }
        })?;
        match file.check(name) {
            Some((field, message)) => Err(VectorError::of_file(name, message).in_field(field)),
            None => Ok(file),
        }
    }

    /// What is wrong in the envelope beyond the types of its keys: field and message.
    fn check(&self, name: &str) -> Option<(&'static str, String)> {
        let stem = name
            .rsplit(['/', '\\'])
            .next()
            .and_then(|n| n.strip_suffix(".json"))
            .unwrap_or(name);
        if self.family != stem {
            let message = format!("`{}` has to be the name of the file, {stem}", self.family);
            return Some(("family", message));
        }
        if self.group.as_deref().is_some_and(|name| !is_family(name)) {
            let message = "a group has words of a-z and 0-9, with '.' or '-' between them";
            return Some(("group", message.into()));
        }
        match self.kind {
            FileKind::Exchange | FileKind::Through if self.impact.is_none() => {
                Some(("impact", "missing field `impact`".into()))
            }
            FileKind::Parse if self.has_exchange_keys() => Some((
                "family",
                "group, impact, over, roles and needs are for exchange vectors".into(),
            )),
            FileKind::Through if self.has_keys_of_a_target() => Some((
                "family",
                "group, over, roles and needs are for exchange vectors".into(),
            )),
            FileKind::Exchange | FileKind::Parse | FileKind::Through => None,
        }
    }

    fn has_exchange_keys(&self) -> bool {
        self.impact.is_some() || self.has_keys_of_a_target()
    }

    fn has_keys_of_a_target(&self) -> bool {
        self.group.is_some()
            || self.roles.is_some()
            || !self.needs.is_empty()
            || self.over != Over::Tcp
    }

    /// Whether it holds conversations over plain TCP that do not depend on the role of the target.
    pub(crate) fn is_plain(&self) -> bool {
        self.kind == FileKind::Exchange && self.over == Over::Tcp && self.roles.is_none()
    }

    pub(crate) fn parse(
        text: &str,
    ) -> Result<VectorFile, serde_path_to_error::Error<serde_json::Error>> {
        serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(text))
    }

    /// Its cases as JSON, expanded, with their ids. Cases that cannot be expanded are left out.
    pub(crate) fn expanded_json(&self) -> Vec<(String, Map<String, Value>)> {
        let mut budget = Budget::new();
        let mut cases = Vec::new();
        for source in &self.cases {
            for one in expand(source, &mut budget).unwrap_or_default() {
                cases.push((self.full_id(&one.id), one.json));
            }
        }
        cases
    }

    /// The entry at this position of `cases`, as it is written.
    pub(crate) fn entry(&self, position: usize) -> Option<&Map<String, Value>> {
        self.cases.get(position)
    }

    /// Position in `cases` of the case that each id is made from. Cases that cannot be expanded
    /// are left out.
    pub fn positions(&self) -> BTreeMap<String, usize> {
        let mut budget = Budget::new();
        let mut positions = BTreeMap::new();
        for (index, source) in self.cases.iter().enumerate() {
            for one in expand(source, &mut budget).unwrap_or_default() {
                positions.entry(self.full_id(&one.id)).or_insert(index);
            }
        }
        positions
    }

    /// The cases of an exchange file, expanded and typed, and all errors in the others. `name` is
    /// the path of the file, for the errors.
    pub fn exchanges(&self, name: &str) -> (Vec<Case>, Vec<VectorError>) {
        let inherited = Inherited {
            family: &self.family,
            group: self.group.as_deref().unwrap_or(&self.family),
            impact: self.impact.unwrap_or(Impact::Interop),
            over: self.over,
            roles: self.roles.as_deref(),
            needs: &self.needs,
        };
        self.typed(
            name,
            |source: CaseSource, rest| source.resolve(&inherited, rest),
            |case| {
                let smaller = case.smaller.iter().map(Vec::len);
                (case.steps.len() + smaller.sum::<usize>()) * size_of::<Step>()
            },
        )
    }

    /// The cases of a parse file, expanded and typed, and all errors in the others. `name` is the
    /// path of the file, for the errors.
    pub fn parses(&self, name: &str) -> (Vec<ParseCase>, Vec<VectorError>) {
        self.typed(
            name,
            |source: ParseSource, _| source.resolve(&self.family),
            |_| 0,
        )
    }

    /// The cases of a file for gateways, expanded and typed, and all errors in the others. `name` is
    /// the path of the file, for the errors.
    pub fn throughs(&self, name: &str) -> (Vec<ThroughCase>, Vec<VectorError>) {
        let impact = self.impact.unwrap_or(Impact::Interop);
        self.typed(
            name,
            |source: ThroughSource, _| source.resolve(&self.family, impact),
            |case| case.steps.len() * size_of::<ThroughStep>(),
        )
    }

    /// `resolve` makes a case of its JSON; `memory` estimates what a case takes beyond its JSON, in
    /// bytes.
    fn typed<S: DeserializeOwned, T>(
        &self,
        name: &str,
        resolve: impl Fn(S, Rest) -> Result<T, String>,
        memory: impl Fn(&T) -> usize,
    ) -> (Vec<T>, Vec<VectorError>) {
        let mut cases = Vec::new();
        let mut errors = Vec::new();
        let mut budget = Budget::new();
        for (index, source) in self.cases.iter().enumerate() {
            let error = |id: &str, message: String| VectorError {
                index: Some(index),
                ..VectorError::of_file(name, message).in_case(self.full_id(id))
            };
            let expanded = match expand(source, &mut budget) {
                Ok(expanded) => expanded,
                Err(fault) => {
                    let id = source.get("id").and_then(Value::as_str);
                    let error = error(id.unwrap_or("(without id)"), fault.message);
                    errors.push(error.in_field(&*fault.field));
                    continue;
                }
            };
            for Expanded { id, json, rest } in expanded {
                let typed: S = match serde_path_to_error::deserialize(Value::Object(json)) {
                    Ok(typed) => typed,
                    Err(e) => {
                        let field = FieldPath::from(e.path());
                        errors.push(error(&id, e.into_inner().to_string()).in_field(field));
                        continue;
                    }
                };
                let case =
                    resolve(typed, rest).and_then(|case| budget.take(memory(&case)).map(|()| case));
                match case {
                    Ok(case) => cases.push(case),
                    Err(message) => errors.push(error(&id, message)),
                }
            }
        }
        (cases, errors)
    }

    /// The id of a case whose own part is `id`.
    fn full_id(&self, id: &str) -> String {
        format!("{}.{id}", self.family)
    }
}

/// Whether a text can be the name of a family or group: words of a-z and 0-9, with a dot or hyphen
/// between them, as in the schema.
pub fn is_family(text: &str) -> bool {
    text.split(['.', '-']).all(|word| {
        !word.is_empty()
            && word
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    })
}

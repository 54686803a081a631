//! Checks on a corpus beyond the types of its parts.

mod names;
mod steps;
mod transport;

pub use names::HEAD_NAMES;

use std::collections::HashSet;

use crate::autobahn;
use crate::corpus::Corpus;
use crate::error::VectorError;
use crate::place::FieldPath;
use crate::requirements::Requirements;

/// A mistake in a case: the field, and what is wrong.
type Mistake = (FieldPath, String);

/// Checks ids, citations, names that are left over, and words that do not fit the transport.
pub(crate) fn lint(corpus: &Corpus) -> Vec<VectorError> {
    let mut errors = Vec::new();
    let mut ids = HashSet::new();
    let requirements = &corpus.requirements;
    let exchanges = corpus.cases.iter().map(|c| (&c.id, &c.requirements));
    let parses = corpus.parses.iter().map(|c| (&c.id, &c.requirements));
    let throughs = corpus.throughs.iter().map(|c| (&c.id, &c.requirements));
    for (id, cited) in exchanges.chain(parses).chain(throughs) {
        if !ids.insert(id.as_str()) {
            errors.push(error(
                id,
                ("id".into(), "another case has the same id".into()),
            ));
        }
        let mistakes = identity(id, cited, requirements);
        errors.extend(mistakes.into_iter().map(|mistake| error(id, mistake)));
    }
    let known: HashSet<String> = autobahn::ids().collect();
    for case in &corpus.cases {
        for id in case.autobahn.iter().filter(|id| !known.contains(*id)) {
            let message = format!("Autobahn has no case {id}");
            errors.push(error(&case.id, ("autobahn".into(), message)));
        }
        let mistakes = steps::mistakes(case)
            .into_iter()
            .chain(transport::mistakes(case));
        errors.extend(mistakes.map(|mistake| error(&case.id, mistake)));
    }
    errors
}

fn error(id: &str, (field, message): Mistake) -> VectorError {
    VectorError::of_file("corpus", message)
        .in_case(id)
        .in_field(field)
}

fn is_id_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte)
}

/// Mistakes in the id and the citations of a case.
fn identity(id: &str, cited: &[String], requirements: &Requirements) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    if !id.bytes().all(is_id_byte) {
        mistakes.push((
            "id".into(),
            "an id has only a-z, 0-9, '.', '_' and '-'".into(),
        ));
    }
    for (i, requirement) in cited.iter().enumerate() {
        if requirements.get(requirement).is_none() {
            mistakes.push((
                FieldPath::element("requirements", i),
                format!("there is no requirement {requirement}"),
            ));
        }
    }
    mistakes
}

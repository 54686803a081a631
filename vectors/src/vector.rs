//! The entries of vector files as they are written, before their matrices are expanded.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::corpus::Corpus;
use crate::file::{FileKind, VectorFile};

/// One entry of a vector file, and the cases that its matrix makes.
#[derive(Debug, Clone, PartialEq)]
pub struct Vector {
    /// The name of its file.
    pub family: String,
    /// The kind of its cases.
    pub kind: FileKind,
    /// Its id as it is written, with the axes in braces: `wrong-{op}-{size}`.
    pub name: String,
    /// The ids of its cases, in order; at least one.
    pub cases: Vec<String>,
    /// The entry as its file has it.
    pub source: Map<String, Value>,
}

impl Corpus {
    /// All entries of all files, in the order in which they are written.
    pub fn vectors(&self) -> Vec<Vector> {
        let files = self
            .texts
            .iter()
            .filter_map(|text| VectorFile::parse(text).ok());
        files.flat_map(|file| of_file(&file)).collect()
    }
}

fn of_file(file: &VectorFile) -> Vec<Vector> {
    let mut cases: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for (id, position) in file.positions() {
        cases.entry(position).or_default().push(id);
    }
    let entries = cases.into_iter().filter_map(|(position, cases)| {
        let source = file.entry(position)?;
        Some(Vector {
            family: file.family.clone(),
            kind: file.kind,
            name: source.get("id")?.as_str()?.to_owned(),
            cases,
            source: source.clone(),
        })
    });
    entries.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_belongs_to_one_vector() {
        let corpus = Corpus::embedded().unwrap();
        let vectors = corpus.vectors();
        let mut listed: Vec<&str> = vectors
            .iter()
            .flat_map(|vector| vector.cases.iter().map(String::as_str))
            .collect();
        listed.sort_unstable();
        let cases = corpus.cases.iter().map(|case| case.id.as_str());
        let parses = corpus.parses.iter().map(|case| case.id.as_str());
        let throughs = corpus.throughs.iter().map(|case| case.id.as_str());
        let mut all: Vec<&str> = cases.chain(parses).chain(throughs).collect();
        all.sort_unstable();
        assert_eq!(listed, all);
    }
}

//! Which requirement has which cases: `wsspec vectors trace`, and the table in `vectors/TRACE.md`.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::run;
use wsspec_vectors::{Corpus, Requirement};

/// One requirement and what checks it.
#[derive(Debug)]
pub struct Traced<'a> {
    /// The requirement.
    pub requirement: &'a Requirement,
    /// Families of exchange vectors, `parse` families and passive rules, each with the number of its cases.
    pub checks: BTreeMap<String, usize>,
}

impl Traced<'_> {
    /// Whether bytes on the wire can show a breach.
    pub fn is_testable(&self) -> bool {
        self.requirement.wire_testable != "no"
    }

    /// Testable, and nothing checks it.
    pub fn is_missing(&self) -> bool {
        self.is_testable() && self.checks.is_empty()
    }

    /// The checks in one line: `frame.mask 12, passive.mask-missing`.
    pub fn checks_line(&self) -> String {
        let check = |(name, count): (&String, &usize)| {
            if name.starts_with("passive.") {
                name.clone()
            } else {
                format!("{name} {count}")
            }
        };
        self.checks.iter().map(check).collect::<Vec<_>>().join(", ")
    }
}

/// All requirements, by id.
pub fn requirements(corpus: &Corpus) -> Vec<Traced<'_>> {
    let mut checks: BTreeMap<&str, BTreeMap<String, usize>> = BTreeMap::new();
    let mut add = |requirement, check: String| {
        *checks
            .entry(requirement)
            .or_default()
            .entry(check)
            .or_default() += 1
    };
    for case in &corpus.cases {
        case.requirements
            .iter()
            .for_each(|id| add(id, case.family.clone()));
    }
    for case in &corpus.parses {
        let family = case.id.rsplit_once('.').map_or("", |(family, _)| family);
        case.requirements
            .iter()
            .for_each(|id| add(id, format!("parse {family}")));
    }
    for (name, requirement) in run::passive_rules() {
        add(requirement, format!("passive.{name}"));
    }
    let checks = |id: &str| checks.get(id).cloned().unwrap_or_default();
    corpus
        .requirements
        .iter()
        .map(|requirement| Traced {
            requirement,
            checks: checks(&requirement.id),
        })
        .collect()
}

/// The cases that cite nothing.
pub fn orphans(corpus: &Corpus) -> Vec<&str> {
    let exchanges = corpus
        .cases
        .iter()
        .filter(|c| c.requirements.is_empty())
        .map(|c| c.id.as_str());
    exchanges
        .chain(
            corpus
                .parses
                .iter()
                .filter(|c| c.requirements.is_empty())
                .map(|c| c.id.as_str()),
        )
        .collect()
}

/// The sentence that sums it up.
pub fn summary(traced: &[Traced<'_>]) -> String {
    let testable = traced.iter().filter(|t| t.is_testable()).count();
    let missing = traced.iter().filter(|t| t.is_missing()).count();
    format!(
        "{} of {testable} requirements that can be tested on the wire have a case",
        testable - missing
    )
}

/// The table for people: one row for each requirement.
pub fn markdown(traced: &[Traced<'_>]) -> String {
    let mut out = String::from(
        "# Requirements and their cases\n\n\
         Made by `wsspec vectors trace --markdown`; a test keeps it true. Behind a family stands the number of its cases;\n\
         `parse` families are those of the parse vectors, `passive` rules watch every byte of a run.\n\n",
    );
    let _ = writeln!(out, "{}.\n", summary(traced));
    out.push_str(
        "| requirement | binds | verdict | what it says | checked by |\n|---|---|---|---|---|\n",
    );
    for one in traced {
        let r = one.requirement;
        let checks = match one.checks_line() {
            none if none.is_empty() && !one.is_testable() => {
                "cannot be seen on the wire".to_owned()
            }
            none if none.is_empty() => "**nothing**".to_owned(),
            checks => checks,
        };
        let says = r.requirement.replace('|', "\\|");
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} {says} | {checks} |",
            r.id, r.party, r.verdict, r.level
        );
    }
    out
}

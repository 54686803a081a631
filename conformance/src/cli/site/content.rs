//! The vectors and the requirements, as the site shows them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use wsspec::exchange::Setup;
use wsspec::peer::ReferencePeer;
use wsspec::wire::memory::{self, Chunking};
use wsspec_core::Role;
use wsspec_reports::site::{self, Site};
use wsspec_reports::{Clause, Entry, TargetRole, Transcript, What, Who};
use wsspec_vectors::{Case, Corpus, Over, ParseCase, Requirement, ThroughCase, Vector};

/// A site of these vectors, without guide, commands and results.
pub(super) fn of(corpus: &Corpus) -> Site {
    Site {
        tool: format!("wsspec {}", env!("CARGO_PKG_VERSION")),
        vectors_digest: corpus.digest.clone(),
        families: corpus.families.clone(),
        vectors: vectors(corpus),
        requirements: corpus.requirements.iter().map(requirement).collect(),
        repository: env!("CARGO_PKG_REPOSITORY").to_owned(),
        ..Site::default()
    }
}

/// A case of any kind.
enum AnyCase<'a> {
    Exchange(&'a Arc<Case>),
    Parse(&'a ParseCase),
    Through(&'a Arc<ThroughCase>),
}

fn vectors(corpus: &Corpus) -> Vec<site::Vector> {
    let exchanges = corpus
        .cases
        .iter()
        .map(|case| (case.id.as_str(), AnyCase::Exchange(case)));
    let parses = corpus
        .parses
        .iter()
        .map(|case| (case.id.as_str(), AnyCase::Parse(case)));
    let throughs = corpus
        .throughs
        .iter()
        .map(|case| (case.id.as_str(), AnyCase::Through(case)));
    let cases: BTreeMap<&str, AnyCase<'_>> = exchanges.chain(parses).chain(throughs).collect();
    corpus
        .vectors()
        .iter()
        .filter_map(|vector| of_vector(vector, &cases))
        .collect()
}

/// What the page of a vector shows; `None` if its first case is not among these.
fn of_vector(vector: &Vector, cases: &BTreeMap<&str, AnyCase<'_>>) -> Option<site::Vector> {
    let first = cases.get(vector.cases.first()?.as_str())?;
    let listed = vector
        .cases
        .iter()
        .filter_map(|id| cases.get(id.as_str()))
        .map(AnyCase::listed);
    let shown = site::Vector {
        family: vector.family.clone(),
        name: vector.name.clone(),
        cases: listed.collect(),
        source: serde_json::to_string_pretty(&Value::Object(vector.source.clone())).ok()?,
        ..first.shown()
    };
    Some(shown)
}

impl AnyCase<'_> {
    fn listed(&self) -> site::Case {
        let (id, about) = match self {
            AnyCase::Exchange(case) => (&case.id, &case.about),
            AnyCase::Parse(case) => (&case.id, &case.about),
            AnyCase::Through(case) => (&case.id, &case.about),
        };
        site::Case {
            id: id.clone(),
            about: about.clone(),
        }
    }

    /// What is the same for all cases of its vector.
    fn shown(&self) -> site::Vector {
        match self {
            AnyCase::Exchange(case) => exchange(case),
            AnyCase::Parse(case) => parse(case),
            AnyCase::Through(case) => site::Vector {
                target: "a gateway".into(),
                impact: Some(case.impact),
                requirements: case.requirements.clone(),
                seen_in: case.seen_in.clone(),
                ..site::Vector::default()
            },
        }
    }
}

fn exchange(case: &Case) -> site::Vector {
    let over = (case.over != Over::Tcp).then(|| format!("a connection over {}", case.over.name()));
    let needs = case.needs.iter().map(|need| need.words().to_owned());
    let target = match case.roles[..] {
        [Role::Server] => "a server",
        [Role::Client] => "a client",
        _ => "a server or a client",
    };
    site::Vector {
        target: target.into(),
        impact: Some(case.impact),
        requirements: case.requirements.clone(),
        needs: over.into_iter().chain(needs).collect(),
        seen_in: case.seen_in.clone(),
        autobahn: case.autobahn.clone(),
        sample: sample(case),
        ..site::Vector::default()
    }
}

/// How a case goes with a target that does everything right; `None` where that needs more than memory.
fn sample(case: &Case) -> Option<Arc<Transcript>> {
    let can = case.wants_beyond(memory::ABILITIES).is_none();
    can.then(|| {
        let role = case.roles.first().copied().unwrap_or(Role::Server);
        let setup = Setup::new(role, "wsspec.invalid", "/");
        let peer = ReferencePeer::conforming();
        memory::run(case, &setup, &peer, Chunking::Whole).transcript
    })
}

/// The bytes of a parse vector are those of the peer of the reader.
fn parse(case: &ParseCase) -> site::Vector {
    let (target, reader) = match case.role {
        Role::Server => (TargetRole::Server, "the parser of a server"),
        Role::Client => (TargetRole::Client, "the parser of a client"),
    };
    let entry = Entry {
        at_us: 0,
        on: 1,
        who: Who::Suite,
        what: What::Bytes(case.stream()),
    };
    site::Vector {
        target: format!("{reader}, without a network"),
        requirements: case.requirements.clone(),
        sample: Some(Arc::new(Transcript {
            target_role: target,
            circumstances: None,
            entries: vec![entry],
        })),
        ..site::Vector::default()
    }
}

fn requirement(requirement: &Requirement) -> site::Requirement {
    let outcome = &requirement.expected_outcome;
    site::Requirement {
        id: requirement.id.clone(),
        clause: Clause {
            clause: requirement.clause(),
            level: requirement.level.clone(),
            text: requirement.requirement.clone(),
            party: requirement.party.clone(),
        },
        outcomes: [
            ("passes", outcome.accept.clone()),
            ("fails", outcome.reject.clone()),
            ("non-strict", outcome.non_strict.clone()),
        ],
        notes: requirement.notes.clone(),
        testable: requirement.verdict != "not-testable",
    }
}

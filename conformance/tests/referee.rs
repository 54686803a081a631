//! Conversations between two parties, judged by the referee: the vectors, run in memory, give them.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use wsspec::check;
use wsspec::exchange::Conclusion;
use wsspec::peer::{FAULTS, PlantedFault, ReferencePeer, Symptom};
use wsspec::referee::{Conversation, Found, Limits, Payloads};
use wsspec::wire::memory::{self, Chunking};
use wsspec_core::Role::{self, Client, Server};
use wsspec_core::Violation;
use wsspec_reports::{Transcript, Transport, Verdict, What, Who};
use wsspec_vectors::{Case, Corpus};

/// Cases that send at least this number of bytes are left out.
const LARGE: u64 = 100 << 10;

const LIMITS: Limits = Limits {
    max_message: 1 << 20,
    payloads: Payloads::Kept,
};

/// A rule that was broken: by whom, which, where, and the requirement.
type Breach = (bool, u64, Violation, &'static str);

fn corpus() -> Corpus {
    Corpus::embedded().unwrap_or_else(|e| panic!("{e:?}"))
}

/// The cases for a target of this role that run in memory over HTTP/1.1.
fn cases(corpus: &Corpus, role: Role) -> impl Iterator<Item = &Case> {
    let cases = corpus.cases.iter().map(AsRef::as_ref);
    cases.filter(move |case: &&Case| {
        case.roles.contains(&role)
            && case.weight() < LARGE
            && case.wants_beyond(memory::ABILITIES).is_none()
    })
}

/// The conversations of a transcript over HTTP/1.1: who sent what, in order.
fn conversations(transcript: &Transcript, target: Role) -> Vec<Vec<(Role, Vec<u8>)>> {
    let over = transcript.circumstances.as_ref().map(|known| known.over);
    if over != Some(Transport::Tcp) {
        return Vec::new();
    }
    let numbers: BTreeSet<u32> = transcript.entries.iter().map(|entry| entry.on).collect();
    let of = |number: u32| {
        let entries = transcript
            .entries
            .iter()
            .filter(move |entry| entry.on == number);
        let sent = entries.filter_map(|entry| match (&entry.what, entry.who) {
            (What::Bytes(bytes), Who::Target) => Some((target, bytes.clone())),
            (What::Bytes(bytes), Who::Suite) => Some((target.peer(), bytes.clone())),
            _ => None,
        });
        sent.collect()
    };
    numbers.into_iter().map(of).collect()
}

fn judge(sent: &[(Role, Vec<u8>)]) -> Vec<Found> {
    let mut conversation = Conversation::new(LIMITS);
    for (from, bytes) in sent {
        conversation.received(*from, &mut bytes.clone(), Duration::ZERO);
    }
    for side in [Client, Server] {
        conversation.ended(side, What::Fin, Duration::ZERO);
    }
    conversation.take_found()
}

fn breaches(found: &[Found]) -> BTreeSet<Breach> {
    let breaches = found.iter().map(|found| {
        let fault = found.fault;
        (
            found.side == Server,
            fault.offset,
            fault.violation,
            found.requirement,
        )
    });
    breaches.collect()
}

fn found_in(conclusion: &Conclusion, target: Role) -> Vec<Found> {
    let conversations = conversations(&conclusion.transcript, target);
    conversations.iter().flat_map(|sent| judge(sent)).collect()
}

#[test]
fn a_conforming_peer_is_never_accused() {
    let corpus = corpus();
    let mut judged = 0;
    for role in [Server, Client] {
        for case in cases(&corpus, role) {
            let peer = check::conforming(case);
            let conclusion = check::in_memory(case, role, &peer, Chunking::Whole);
            let found = found_in(&conclusion, role);
            let own: Vec<&Found> = found.iter().filter(|found| found.side == role).collect();
            assert!(own.is_empty(), "{} as a {}: {own:?}", case.id, role.name());
            judged += 1;
        }
    }
    assert!(judged > 1000, "{judged}");
}

/// The rules that the bytes of a peer with this fault break.
fn rules(fault: &PlantedFault, role: Role) -> Vec<Violation> {
    let breaks = fault.breaks(role);
    let symptoms = breaks.into_iter().flat_map(|breaks| breaks.symptoms);
    let rules = symptoms.filter_map(|symptom| match symptom {
        Symptom::Bytes(violation) => Some(violation),
        _ => None,
    });
    rules.collect()
}

#[test]
fn each_planted_fault_that_shows_in_bytes_is_named_with_its_side() {
    let corpus = corpus();
    let mut named = 0;
    for fault in FAULTS.iter().filter(|fault| fault.worst == Verdict::Fail) {
        for role in fault.roles {
            let rules = rules(fault, *role);
            if rules.is_empty() {
                continue;
            }
            let peer = fault.peer();
            let requirements = fault.breaks(*role).unwrap().requirements;
            let is_named = |found: &Found| {
                found.side == *role
                    && rules.contains(&found.violation())
                    && requirements.contains(&found.requirement)
            };
            let shows = cases(&corpus, *role).any(|case| {
                let conclusion = check::in_memory(case, *role, &peer, Chunking::Whole);
                found_in(&conclusion, *role).iter().any(is_named)
            });
            if !shows {
                println!(
                    "{} as a {}: {rules:?} {requirements:?}",
                    fault.name,
                    role.name()
                );
            }
            named += usize::from(shows);
        }
    }
    assert!(named > 60, "{named}");
}

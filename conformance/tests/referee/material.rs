//! Conversations to judge: those of the vectors with reference peers, in memory.

use std::collections::BTreeSet;

use wsspec::peer::{PlantedFault, Symptom};
use wsspec::referee::{Found, Limits, Payloads, Rule};
use wsspec::wire::memory;
use wsspec_core::Role;
use wsspec_core::Violation;
use wsspec_reports::{Transcript, Transport, What, Who};
use wsspec_vectors::{Case, Corpus};

/// What either side sent, in order.
pub(crate) type Sent = Vec<(Role, Vec<u8>)>;

/// Cases that send at least this number of bytes are left out.
const LARGE: u64 = 100 << 10;

pub(crate) const LIMITS: Limits = Limits {
    max_message: 1 << 20,
    payloads: Payloads::Kept,
};

pub(crate) fn corpus() -> Corpus {
    Corpus::embedded().unwrap_or_else(|e| panic!("{e:?}"))
}

/// The cases for a target of this role that run in memory over HTTP/1.1.
pub(crate) fn cases(corpus: &Corpus, role: Role) -> impl Iterator<Item = &Case> {
    let cases = corpus.cases.iter().map(AsRef::as_ref);
    cases.filter(move |case: &&Case| {
        case.roles.contains(&role)
            && case.weight() < LARGE
            && case.wants_beyond(memory::ABILITIES).is_none()
    })
}

/// The conversations of a transcript over HTTP/1.1: who sent what, in order.
pub(crate) fn conversations(transcript: &Transcript, target: Role) -> Vec<Sent> {
    conversations_over(transcript, target, Transport::Tcp)
}

/// The connections of a transcript over this transport: who sent what, in order.
pub(crate) fn conversations_over(
    transcript: &Transcript,
    target: Role,
    wanted: Transport,
) -> Vec<Sent> {
    let over = transcript.circumstances.as_ref().map(|known| known.over);
    if over != Some(wanted) {
        return Vec::new();
    }
    let numbers: BTreeSet<u32> = transcript.entries.iter().map(|entry| entry.on).collect();
    let numbers = numbers.into_iter();
    numbers
        .map(|number| conversation(transcript, target, number))
        .collect()
}

fn conversation(transcript: &Transcript, target: Role, number: u32) -> Sent {
    let entries = transcript.entries.iter().filter(|entry| entry.on == number);
    let sent = entries.filter_map(|entry| match (&entry.what, entry.who) {
        (What::Bytes(bytes), Who::Target) => Some((target, bytes.clone())),
        (What::Bytes(bytes), Who::Suite) => Some((target.peer(), bytes.clone())),
        _ => None,
    });
    sent.collect()
}

/// The rules that the bytes of a peer with this fault break.
pub(crate) fn rules(fault: &PlantedFault, role: Role) -> Vec<Violation> {
    let breaks = fault.breaks(role);
    let symptoms = breaks.into_iter().flat_map(|breaks| breaks.symptoms);
    let rules = symptoms.filter_map(|symptom| match symptom {
        Symptom::Bytes(violation) => Some(violation),
        _ => None,
    });
    rules.collect()
}

/// Whether it is what a peer with this fault in this role does wrong.
pub(crate) fn is_of(found: &Found, fault: &PlantedFault, role: Role) -> bool {
    let Rule::WebSocket(violation) = found.rule else {
        return false;
    };
    let requirements = fault
        .breaks(role)
        .map_or(Vec::new(), |breaks| breaks.requirements);
    found.side == role
        && rules(fault, role).contains(&violation)
        && requirements.contains(&found.requirement)
}

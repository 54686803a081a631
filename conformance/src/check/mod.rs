//! Do the vectors hold? Every parse vector against core, at several chunkings; every exchange vector against the
//! reference endpoint in every role it is for: in memory, at several chunkings, and over TCP.

mod tcp;
mod variants;

use std::collections::BTreeMap;
use std::fmt;

use wsspec_core::deflate::negotiation::{Parameters, Support};
use wsspec_core::endpoint::{ClientConfig, Endpoint, Event, Phase, ServerConfig};
use wsspec_core::frame::MessageKind;
use wsspec_core::policy::Reaction;
use wsspec_core::violation::Answer;
use wsspec_core::{Fault, Role};
use wsspec_reports::Verdict;

use crate::drive::memory::{self, Chunking};
use crate::exchange::{Conclusion, Setup};
use crate::peer::Peer;
pub use tcp::over_tcp;
pub use variants::{each_form, light, slander};

use wsspec_vectors::{Ability, Case, Corpus, ParseCase, ParseEvent, ParseOpened, SplitMix64, Then};

/// A vector that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Its id.
    pub id: String,
    /// The role and chunking it broke in.
    pub circumstances: String,
    /// What came instead of what it says.
    pub reason: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.id, self.circumstances, self.reason)
    }
}

/// Checks what can be run in memory of a whole corpus; the list of what does not hold.
pub fn corpus(corpus: &Corpus) -> Vec<Broken> {
    let runnable = corpus
        .cases
        .iter()
        .filter(|case| case.wants_beyond(memory::ABILITIES).is_none());
    let exchanges = runnable.flat_map(|case| exchange(case));
    exchanges
        .chain(corpus.parses.iter().flat_map(parse))
        .collect()
}

/// How many cases cannot be run in memory, by what they want.
pub fn not_run(corpus: &Corpus) -> BTreeMap<Ability, usize> {
    let mut counts = BTreeMap::new();
    for ability in corpus
        .cases
        .iter()
        .filter_map(|case| case.wants_beyond(memory::ABILITIES))
    {
        *counts.entry(ability).or_default() += 1;
    }
    counts
}

/// Checks one exchange vector against the right peer.
pub fn exchange(case: &Case) -> Vec<Broken> {
    let mut broken = Vec::new();
    for target in &case.roles {
        // Of what is large one way to cut it has to do.
        let ways: &[Chunking] = match case.weight() {
            0..1_000_000 => &[Chunking::Whole, Chunking::Bytes, Chunking::Random(7)],
            _ => &[Chunking::Random(7)],
        };
        for &chunking in ways {
            let conclusion = in_memory(case, *target, &Peer::offering(&case.offered), chunking);
            if !holds(conclusion.verdict) {
                broken.push(Broken {
                    id: case.id.clone(),
                    circumstances: format!("{} under test, {chunking:?}", target.name()),
                    reason: format!(
                        "{}: {}; received: {}",
                        conclusion.verdict.name(),
                        conclusion.reason,
                        conclusion.received.unwrap_or_default()
                    ),
                });
                break;
            }
        }
    }
    broken
}

/// Whether a verdict is as good as any the right peer can get. That it was skipped is none.
fn holds(verdict: Verdict) -> bool {
    matches!(
        verdict,
        Verdict::Pass | Verdict::Informational | Verdict::NonStrict
    )
}

/// Runs a case in memory.
pub fn in_memory(case: &Case, target: Role, peer: &Peer, chunking: Chunking) -> Conclusion {
    memory::run(
        case,
        &Setup::new(target, "wsspec.invalid", "/"),
        peer,
        chunking,
    )
}

/// Checks one parse vector.
pub fn parse(case: &ParseCase) -> Vec<Broken> {
    let stream: Vec<u8> = [case.head.as_deref().unwrap_or_default(), &case.bytes].concat();
    let mut random = SplitMix64(1);
    let mut chunkings = vec![
        ("whole", vec![stream.len().max(1)]),
        ("byte by byte", vec![1]),
    ];
    for _ in 0..3 {
        chunkings.push((
            "at random",
            (0..stream.len())
                .map(|_| 1 + random.next() as usize % 9)
                .collect(),
        ));
    }
    for (name, sizes) in chunkings {
        if let Err(reason) = parse_once(case, &stream, &sizes) {
            return vec![Broken {
                id: case.id.clone(),
                circumstances: name.to_owned(),
                reason,
            }];
        }
    }
    Vec::new()
}

fn parse_once(case: &ParseCase, stream: &[u8], sizes: &[usize]) -> Result<(), String> {
    let mut endpoint = endpoint(case);
    let mut rest = stream;
    let mut sizes = sizes.iter().cycle();
    while !rest.is_empty() {
        let (piece, left) = rest.split_at((*sizes.next().unwrap_or(&1)).min(rest.len()));
        endpoint.receive(&mut piece.to_vec());
        rest = left;
    }
    let mut events = Vec::new();
    let mut fault = None;
    while let Some(event) = endpoint.poll() {
        match event {
            Event::Broken(f, Reaction::Conforming) => fault = fault.or(Some(f)),
            other => events.push(other),
        }
    }
    if events.len() != case.events.len()
        || !events
            .iter()
            .zip(&case.events)
            .all(|(found, wanted)| same(found, wanted))
    {
        return Err(format!("events {events:?}, and {fault:?}"));
    }
    compare(fault, case)?;
    let waits = matches!(endpoint.phase(), Phase::Connecting | Phase::Open);
    match case.then {
        Some(Then::More) if !waits => Err("the reader does not wait for more".into()),
        Some(Then::End) if waits => Err("the reader waits for more".into()),
        _ => Ok(()),
    }
}

fn endpoint(case: &ParseCase) -> Endpoint {
    let endpoint = match case.role {
        Role::Server => {
            let subprotocols = case.subprotocols.clone();
            let compression = Some(Support::default());
            Endpoint::server(ServerConfig {
                subprotocols,
                compression,
                ..ServerConfig::default()
            })
        }
        Role::Client => {
            let mut config = ClientConfig::new("wsspec.invalid", "/", [0; 16]);
            config.key.clone_from(&case.key);
            config.subprotocols.clone_from(&case.subprotocols);
            config.compression = case
                .offer
                .iter()
                .filter_map(|e| Parameters::of_offer(e).ok())
                .collect();
            Endpoint::client(config, || [0; 4])
        }
    };
    let endpoint = if case.head.is_none() {
        endpoint.already_open()
    } else {
        endpoint
    };
    match case.deflate {
        Some(context) => endpoint.agreeing(Parameters::keeping(case.role.peer(), context)),
        None => endpoint,
    }
}

fn same(found: &Event, wanted: &ParseEvent) -> bool {
    match (found, wanted) {
        (Event::Opened(found), ParseEvent::Opened(wanted)) => {
            let ParseOpened {
                target,
                host,
                accept,
                subprotocols,
                subprotocol,
                extensions,
            } = wanted;
            let agreed = found.compression.map(|parameters| parameters.to_string());
            target.as_ref().is_none_or(|t| *t == found.target)
                && host.as_ref().is_none_or(|h| *h == found.host)
                && accept.as_ref().is_none_or(|a| *a == found.accept)
                && subprotocols.as_ref().is_none_or(|s| *s == found.offered)
                && extensions.as_ref().is_none_or(|e| *e == agreed)
                && (subprotocol.is_none() || *subprotocol == found.subprotocol)
        }
        (Event::Message(MessageKind::Text, bytes), ParseEvent::Text(payload))
        | (Event::Message(MessageKind::Binary, bytes), ParseEvent::Binary(payload))
        | (Event::Ping(bytes), ParseEvent::Ping(payload))
        | (Event::Pong(bytes), ParseEvent::Pong(payload)) => *bytes == payload.bytes(),
        (Event::Close(bytes), ParseEvent::Close(body)) => *bytes == body.bytes(),
        _ => false,
    }
}

fn compare(fault: Option<Fault>, case: &ParseCase) -> Result<(), String> {
    match (fault, &case.violation) {
        (None, None) => Ok(()),
        (Some(found), None) => Err(format!(
            "{} at {}, where nothing is wrong",
            found.violation.name(),
            found.offset
        )),
        (None, Some(wanted)) => Err(format!(
            "nothing found wrong, instead of {} at {}",
            wanted.is.name(),
            wanted.at
        )),
        (Some(found), Some(wanted)) => {
            let answer = match found.violation.answer() {
                Answer::Close(code) => (Some(code), None),
                Answer::Status(status) => (None, Some(status)),
                Answer::Abort | Answer::Nothing => (None, None),
            };
            let answered = wanted.code.is_none_or(|c| Some(c) == answer.0)
                && wanted.status.is_none_or(|s| Some(s) == answer.1);
            // A head is judged as a whole unless a byte of it settles the matter: `by` is then its last byte.
            let head = case.head.as_ref().map_or(0, |h| h.len() as u64);
            let by = wanted.by.unwrap_or(if wanted.at < head {
                head - 1
            } else {
                wanted.at
            });
            if found.violation == wanted.is && (wanted.at..=by).contains(&found.offset) && answered
            {
                Ok(())
            } else {
                Err(format!(
                    "{} at {} ({:?}), instead of {} at {}",
                    found.violation.name(),
                    found.offset,
                    found.violation.answer(),
                    wanted.is.name(),
                    wanted.at
                ))
            }
        }
    }
}

//! The parse vectors against the reference endpoint.

use std::fmt;

use wsspec_core::deflate::negotiation::{Parameters, Support};
use wsspec_core::dissect::hex_digits;
use wsspec_core::endpoint::{ClientConfig, Endpoint, Event, Phase, ServerConfig};
use wsspec_core::frame::MessageKind;
use wsspec_core::policy::Reaction;
use wsspec_core::violation::Answer;
use wsspec_core::{Fault, Role};
use wsspec_vectors::{ParseCase, ParseEvent, ParseOpened, ParseViolation, SplitMix64, Then};

use super::broken::BrokenVector;

/// Most bytes of a payload that are shown.
const SHOWN: usize = 32;

/// Random chunkings of each vector.
const RANDOM_CHUNKINGS: usize = 3;

/// The largest piece, in bytes, of a random chunking.
const LARGEST_PIECE: usize = 9;

/// Checks one parse vector at several chunkings.
pub fn parse(case: &ParseCase) -> Vec<BrokenVector> {
    let stream: Vec<u8> = [case.head.as_deref().unwrap_or_default(), &case.bytes].concat();
    let broken = chunkings(stream.len())
        .into_iter()
        .find_map(|(name, sizes)| {
            let mismatch = parse_once(case, &stream, &sizes).err()?;
            Some(BrokenVector {
                id: case.id.clone(),
                circumstances: name.to_owned(),
                reason: mismatch.to_string(),
            })
        });
    broken.into_iter().collect()
}

/// The chunkings of a stream of this length: a name, and the sizes of the pieces.
fn chunkings(length: usize) -> Vec<(&'static str, Vec<usize>)> {
    let mut random = SplitMix64(1);
    let mut chunkings = vec![("whole", vec![length.max(1)]), ("byte by byte", vec![1])];
    for _ in 0..RANDOM_CHUNKINGS {
        let sizes = (0..length).map(|_| 1 + random.next() as usize % LARGEST_PIECE);
        chunkings.push(("at random", sizes.collect()));
    }
    chunkings
}

/// How the reader departs from a parse vector.
#[derive(Debug)]
enum Mismatch {
    /// Other events.
    Events(Vec<Event>, Option<Fault>),
    /// A violation, where the vector has none.
    UnexpectedViolation(Fault),
    /// No violation, where the vector has one.
    NoViolation(ParseViolation),
    /// Another violation, place or answer.
    OtherViolation(Fault, ParseViolation),
    /// The reader does not wait for more.
    Ended,
    /// The reader waits for more.
    Waits,
}

impl std::error::Error for Mismatch {}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mismatch::Events(events, fault) => {
                let mut read: Vec<String> = events.iter().map(described).collect();
                read.extend(fault.map(|fault| fault.to_string()));
                match read.as_slice() {
                    [] => write!(f, "nothing is read"),
                    read => write!(f, "what is read: {}", read.join(", ")),
                }
            }
            Mismatch::UnexpectedViolation(found) => write!(
                f,
                "{} at {}, where nothing is wrong",
                found.violation.name(),
                found.offset
            ),
            Mismatch::NoViolation(expected) => write!(
                f,
                "no violation, instead of {} at {}",
                expected.is.name(),
                expected.at
            ),
            Mismatch::OtherViolation(found, expected) => write!(
                f,
                "{} at {} ({}), instead of {} at {}",
                found.violation.name(),
                found.offset,
                answer(found.violation.answer()),
                expected.is.name(),
                expected.at
            ),
            Mismatch::Ended => write!(f, "the reader does not wait for more"),
            Mismatch::Waits => write!(f, "the reader waits for more"),
        }
    }
}

/// An event as a vector writes it.
fn described(event: &Event) -> String {
    let (name, bytes) = match event {
        Event::Opened(_) => return "opened".into(),
        Event::Broken(fault, _) => return fault.to_string(),
        Event::Ended => return "the end".into(),
        Event::Message(MessageKind::Text, bytes) => ("text", bytes),
        Event::Message(MessageKind::Binary, bytes) => ("binary", bytes),
        Event::Ping(bytes) => ("ping", bytes),
        Event::Pong(bytes) => ("pong", bytes),
        Event::Close(bytes) => ("close", bytes),
    };
    let shown = &bytes[..bytes.len().min(SHOWN)];
    let more = if shown.len() < bytes.len() { "…" } else { "" };
    format!("{name} {{\"hex\": \"{}{more}\"}}", hex_digits(shown))
}

/// What a violation is answered with.
fn answer(answer: Answer) -> String {
    match answer {
        Answer::Close(code) => format!("close code {code}"),
        Answer::Status(status) => format!("status {status}"),
        Answer::Abort => "the client ends the connection".into(),
        Answer::Nothing => "no answer".into(),
    }
}

fn parse_once(case: &ParseCase, stream: &[u8], sizes: &[usize]) -> Result<(), Mismatch> {
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
    if !are_same(&events, &case.events) {
        return Err(Mismatch::Events(events, fault));
    }
    compare(fault, case)?;
    let waits = matches!(endpoint.phase(), Phase::Connecting | Phase::Open);
    match case.then {
        Some(Then::More) if !waits => Err(Mismatch::Ended),
        Some(Then::End) if waits => Err(Mismatch::Waits),
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

fn are_same(found: &[Event], expected: &[ParseEvent]) -> bool {
    found.len() == expected.len() && found.iter().zip(expected).all(|(f, e)| is_same(f, e))
}

fn is_same(found: &Event, expected: &ParseEvent) -> bool {
    match (found, expected) {
        (Event::Opened(found), ParseEvent::Opened(expected)) => {
            let ParseOpened {
                target,
                host,
                accept,
                subprotocols,
                subprotocol,
                extensions,
            } = expected;
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

fn compare(found: Option<Fault>, case: &ParseCase) -> Result<(), Mismatch> {
    match (found, &case.violation) {
        (None, None) => Ok(()),
        (Some(found), None) => Err(Mismatch::UnexpectedViolation(found)),
        (None, Some(expected)) => Err(Mismatch::NoViolation(expected.clone())),
        (Some(found), Some(expected)) if is_expected(found, expected, case) => Ok(()),
        (Some(found), Some(expected)) => Err(Mismatch::OtherViolation(found, expected.clone())),
    }
}

/// Whether a violation is the expected one, at an offset that proves it, with the right answer.
fn is_expected(found: Fault, expected: &ParseViolation, case: &ParseCase) -> bool {
    let (code, status) = match found.violation.answer() {
        Answer::Close(code) => (Some(code), None),
        Answer::Status(status) => (None, Some(status)),
        Answer::Abort | Answer::Nothing => (None, None),
    };
    // A head is judged as a whole, unless a byte of it settles the matter: by default, its last
    // byte is the latest offset.
    let head = case.head.as_ref().map_or(0, |head| head.len() as u64);
    let default = if expected.at < head {
        head - 1
    } else {
        expected.at
    };
    let latest = expected.by.unwrap_or(default);
    found.violation == expected.is
        && (expected.at..=latest).contains(&found.offset)
        && expected.code.is_none_or(|c| Some(c) == code)
        && expected.status.is_none_or(|s| Some(s) == status)
}

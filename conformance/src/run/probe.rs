//! What kind of target is it? Asked before the first case, with cases like any other.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use wsspec_core::Role;
use wsspec_reports::{Impact, MessageBehaviour, Probe, Verdict};

use super::{Options, Subject};
use crate::exchange::{Conclusion, LostFraming, Reason, Setup};
use crate::peer::ReferencePeer;
use crate::wire::memory::{self, Chunking};
use wsspec_reports::BARRIER;
use wsspec_vectors::{Case, Over, Profile, Step};

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Probed {
    pub(crate) found: Probe,
    /// Why no plain connection works, if none does.
    pub(crate) trouble: Option<Reason>,
    /// It says nothing at all: a server that takes connections, or a client that makes none.
    pub(crate) mute: bool,
    /// What a KiB took on its way, beyond a round trip.
    pub(crate) pace: Duration,
}

const TEXT: &str = "wsspec probe: does it come back?";

/// Offers permessage-deflate.
const OFFER: &str = r#"[{"open": {"headers": {"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"}}},
    {"expect": ["opened", "refused"]}]"#;

/// A case that only opens a connection and asks for a sign of life.
pub(crate) fn plain_case() -> Case {
    case("plain", r#"[{"expect": "alive"}]"#)
}

fn case(name: &str, steps: &str) -> Case {
    Case {
        id: format!("probe.{name}"),
        family: "probe".into(),
        group: "probe".into(),
        about: "What kind of target is it?".into(),
        requirements: Vec::new(),
        impact: Impact::Interop,
        over: Over::Tcp,
        tls: None,
        roles: vec![Role::Server],
        needs: Vec::new(),
        agree: None,
        offered: BTreeMap::default(),
        dial: None,
        manual: Vec::new(),
        profile: Profile::Default,
        autobahn: Vec::new(),
        seen_in: Vec::new(),
        steps: Step::read_all(steps).unwrap_or_default(),
    }
}

/// Finds out what `subject` is. The error says why it cannot be reached.
pub(super) async fn probe(
    subject: &Subject,
    setup: &Setup,
    options: &Options,
) -> Result<Probed, String> {
    subject.reach().await.map_err(|error| error.to_string())?;
    let mut setup = setup.clone();
    setup.timing.deadline = options.timeout.min(Duration::from_secs(3));
    let run = async |case: Case, setup: Setup| subject.carry_out(&case, &setup).await;
    Ok(ask(setup, options.peer, run).await)
}

/// Finds out what a peer in memory is.
pub(crate) fn in_memory(setup: &Setup, peer: &ReferencePeer) -> Probed {
    let run = async |case: Case, setup: Setup| memory::run(&case, &setup, peer, Chunking::Whole);
    let asking = pin!(ask(setup.clone(), None, run));
    match asking.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(probed) => probed,
        Poll::Pending => unreachable!("nothing in memory is waited for"),
    }
}

/// Asks by way of `run`; `known` is what the target does with messages, where the user says so.
async fn ask(
    mut setup: Setup,
    known: Option<MessageBehaviour>,
    run: impl AsyncFn(Case, Setup) -> Conclusion,
) -> Probed {
    setup.peer = MessageBehaviour::Talks;
    let mut plain = run(plain_case(), setup.clone()).await;
    if plain.timed_out && (plain.pace.round_trip.is_some() || setup.target == Role::Client) {
        // It answered the opening but no ping: ask by message.
        setup.pongs = false;
        plain = run(plain_case(), setup.clone()).await;
    }
    let mut found = first_findings(&plain, setup.pongs);
    if plain.verdict != Verdict::Pass {
        let mute = !plain.heard() && (plain.timed_out || setup.target == Role::Client);
        return Probed {
            found,
            trouble: trouble(plain),
            mute,
            pace: Duration::ZERO,
        };
    }
    setup.peer = MessageBehaviour::Echo;
    setup.greeting = found.greeting;
    let asked = run(case("echo", &echo_steps()), setup.clone()).await;
    found.peer = known.unwrap_or_else(|| behaviour(&asked));
    if setup.target == Role::Server {
        let offered = run(case("deflate", OFFER), setup.clone()).await;
        found.extensions = offered.opening.extensions;
    }
    // The smallest of a few round trips: the first pays for what a target does only once.
    let mut several = vec![plain, asked];
    for _ in 0..3 {
        several.push(run(plain_case(), setup.clone()).await);
    }
    let round_trip = several.iter().filter_map(|c| c.pace.round_trip).min();
    found.round_trip_us = round_trip.unwrap_or_default().as_micros() as u64;
    let pace = several.iter().filter_map(|c| c.pace.per_kib).min();
    Probed {
        found,
        trouble: None,
        mute: false,
        pace: pace.unwrap_or_default(),
    }
}

/// What a plain connection shows.
fn first_findings(plain: &Conclusion, pongs: bool) -> Probe {
    let greeting = plain
        .messages
        .iter()
        .filter(|(_, payload)| !payload.starts_with(BARRIER))
        .count();
    Probe {
        pongs,
        server: plain.opening.server.clone(),
        opens: plain.opening.opens,
        greeting: greeting as u32,
        ..Probe::default()
    }
}

/// Sends a message, and expects it back or silence.
fn echo_steps() -> String {
    let text = serde_json::Value::String(TEXT.into());
    format!(
        r#"[{{"send": {{"text": {text}}}}}, {{"expect": [{{"text": {text}}}, {{"alive": true, "verdict": "informational", "why": "silent"}}]}}]"#
    )
}

/// What the target does with messages, by what it did with one.
fn behaviour(asked: &Conclusion) -> MessageBehaviour {
    match asked.verdict {
        Verdict::Pass => MessageBehaviour::Echo,
        Verdict::Informational => MessageBehaviour::Silent,
        // An echo that is wrong is not another kind of service: what came back cannot be read, or has
        // the same size.
        _ if matches!(
            asked.reason,
            Some(Reason::FramingLost(LostFraming::Length { .. }))
        ) =>
        {
            MessageBehaviour::Echo
        }
        _ if asked
            .messages
            .iter()
            .any(|(_, payload)| payload.len() == TEXT.len()) =>
        {
            MessageBehaviour::Echo
        }
        _ => MessageBehaviour::Talks,
    }
}

/// Why no plain connection works.
fn trouble(plain: Conclusion) -> Option<Reason> {
    match plain.reason? {
        Reason::NoPlainConnection(reason) => Some(*reason),
        reason => Some(reason),
    }
}

//! What kind of target is it? Asked before the first case, with cases like any other.
//!
//! | module | contents |
//! |---|---|
//! | `cases` | the questions |
//! | `reaction` | what a conversation shows, by what came when |
//! | `profile` | the questions about messages and heads, asked side by side |
//! | `limits` | connections at once, and how many a second |
//! | `endpoint` | what answers a plain opening, if not with 101 |

mod cases;
mod endpoint;
mod limits;
mod profile;
mod reaction;

use std::time::Duration;

use wsspec_core::Role;
use wsspec_reports::{MessageBehaviour, Probe, Verdict};

use super::{Options, Subject};
use crate::exchange::{Conclusion, Reason, Setup};
use crate::peer::ReferencePeer;
use crate::wire::memory::{self, Chunking};
use wsspec_vectors::Case;

pub(crate) use cases::plain_case;
pub(super) use limits::served_at_once;

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Probed {
    pub(crate) found: Probe,
    /// Why no plain connection works, if none does.
    pub(crate) trouble: Option<Reason>,
    /// It says nothing at all: a server that accepts connections, or a client that makes none.
    pub(crate) mute: bool,
    /// The time that a KiB took on its way, beyond a round trip.
    pub(crate) pace: Duration,
    /// The answer to a text has the size of that text.
    wrong_echo: bool,
    /// Messages at the beginning of each connection: the greeting, and the answers to a prelude.
    at_first: u32,
}

/// Number of plain connections whose round trips are compared: the first one includes what a target
/// does only once.
const ROUND_TRIPS: usize = 3;

/// Finds out what `subject` is. The error says why it cannot be reached.
pub(super) async fn probe(
    subject: &Subject,
    setup: &Setup,
    options: &Options,
) -> Result<Probed, String> {
    subject.reach().await.map_err(|error| error.to_string())?;
    let mut setup = setup.clone();
    setup.timing.deadline = options.timeout.min(Duration::from_secs(3));
    let run = async |case: Case, setup: Setup| Box::pin(subject.carry_out(&case, &setup)).await;
    let mut plain = plain(&mut setup, &run).await;
    if let Subject::Server(target) = subject
        && plain.verdict != Verdict::Pass
        && !plain.opening.opens
    {
        let mut patient = setup.clone();
        if plain.timed_out {
            // The probe has waited for it already.
            patient.timing.deadline = endpoint::REST;
        }
        if let Some(answer) = endpoint::answer(target, &patient).await {
            let mut probed = first_findings(plain, &setup);
            probed.found.answer = Some(answer);
            return Ok(probed);
        }
        // It opens now.
        plain = self::plain(&mut setup, &run).await;
    }
    let opens = plain.verdict == Verdict::Pass;
    let mut probed = first_findings(plain, &setup);
    if !opens {
        return Ok(probed);
    }
    setup.greeting = probed.found.greeting;
    if let Subject::Server(target) = subject {
        let size = options.jobs.min(limits::CROWD);
        let size = target
            .limiter
            .most()
            .map_or(size, |most| size.min(most as usize));
        // What comes unasked has to be known before anything is asked.
        let crowd = limits::crowd(subject, &setup, size).await;
        let seen = limits::observed(&crowd, probed.at_first);
        setup.pushes = seen.pushes.is_some();
        profile::ask(&mut probed, &setup, &run).await;
        let limits = limits::limits(subject, &setup, &crowd).await;
        // One place is kept free: a connection that has ended here may go on for a moment there.
        let spared = limits.connections.map(|most| (most - 1).max(1));
        target.limit(spared, limits.rate);
        let found = &mut probed.found;
        found.pushes = seen.pushes;
        found.pings = seen.pings;
        found.lifetime = seen.lifetime;
        found.broadcasts |= seen.broadcast;
        found.max_connections = limits.connections;
        found.max_rate = limits.rate;
        if limits != limits::Limits::default() {
            // Some of the questions asked beside the crowd were refused.
            profile::ask(&mut probed, &setup, &run).await;
        }
    } else {
        profile::ask(&mut probed, &setup, &run).await;
        probed.take_for_echo();
    }
    claim(&mut probed.found, options.peer);
    Ok(probed)
}

/// Finds out what a peer in memory is.
pub(crate) fn in_memory(setup: &Setup, peer: &ReferencePeer) -> Probed {
    memory::at_once(async {
        let run =
            async |case: Case, setup: Setup| memory::run(&case, &setup, peer, Chunking::Whole);
        let mut setup = setup.clone();
        let plain = plain(&mut setup, &run).await;
        let opens = plain.verdict == Verdict::Pass;
        let mut probed = first_findings(plain, &setup);
        if opens {
            setup.greeting = probed.found.greeting;
            profile::ask(&mut probed, &setup, &run).await;
            probed.take_for_echo();
        }
        probed
    })
}

/// A plain connection. Where no ping is answered on it, the sign of life is a message from then on.
async fn plain(setup: &mut Setup, run: &impl AsyncFn(Case, Setup) -> Conclusion) -> Conclusion {
    setup.peer = MessageBehaviour::Talks;
    let plain = run(plain_case(), setup.clone()).await;
    let answered = plain.pace.round_trip.is_some() || setup.target == Role::Client;
    if !(plain.timed_out && answered && setup.pongs) {
        return plain;
    }
    setup.pongs = false;
    run(plain_case(), setup.clone()).await
}

/// What a plain connection shows.
fn first_findings(plain: Conclusion, setup: &Setup) -> Probed {
    // What a prelude brings about is settled on each connection.
    let found = Probe {
        pongs: setup.pongs,
        server: plain.opening.server.clone(),
        opens: plain.opening.opens,
        greeting: plain.greeting as u32,
        round_trip_us: micros(plain.pace.round_trip),
        ..Probe::default()
    };
    let pass = plain.verdict == Verdict::Pass;
    Probed {
        found,
        mute: !pass && !plain.heard() && (plain.timed_out || setup.target == Role::Client),
        pace: plain.pace.per_kib.unwrap_or_default(),
        wrong_echo: false,
        at_first: (plain.greeting + plain.settled) as u32,
        trouble: trouble(plain).filter(|_| !pass),
    }
}

/// Takes what the user says about the target for true.
fn claim(found: &mut Probe, known: Option<MessageBehaviour>) {
    found.claimed = known.is_some();
    found.peer = known.unwrap_or(found.peer);
}

/// The smallest of a few round trips.
async fn measure(
    probed: &mut Probed,
    setup: &Setup,
    run: &impl AsyncFn(Case, Setup) -> Conclusion,
) {
    // Each connection of a client may be a process.
    let again = match setup.target {
        Role::Server => ROUND_TRIPS,
        Role::Client => 0,
    };
    for _ in 0..again {
        let plain = run(plain_case(), setup.clone()).await;
        probed.learn_pace(&plain);
    }
}

impl Probed {
    /// Clients that are tested, and peers in memory, are meant to echo: one that sends back
    /// something else of the same size is a wrong echo.
    fn take_for_echo(&mut self) {
        if self.wrong_echo && self.found.peer == MessageBehaviour::Talks {
            self.found.peer = MessageBehaviour::Echo;
        }
    }

    /// Takes the time of a conversation, if it is the shortest.
    fn learn_pace(&mut self, conclusion: &Conclusion) {
        if let Some(round_trip) = conclusion.pace.round_trip {
            let least = self.found.round_trip_us.min(micros(Some(round_trip)));
            self.found.round_trip_us = least;
        }
        self.pace = conclusion
            .pace
            .per_kib
            .map_or(self.pace, |pace| self.pace.min(pace));
    }
}

fn micros(time: Option<Duration>) -> u64 {
    time.unwrap_or_default().as_micros() as u64
}

/// Why no plain connection works.
fn trouble(plain: Conclusion) -> Option<Reason> {
    match plain.reason? {
        Reason::NoPlainConnection(reason) => Some(*reason),
        reason => Some(reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peer::PlantedFault;
    use wsspec_reports::{Echoes, Reaction, traits};

    fn probed(fault: &str) -> Probe {
        let peer = PlantedFault::named(fault).unwrap().peer();
        in_memory(&Setup::new(Role::Server, "localhost", "/"), &peer).found
    }

    #[test]
    fn an_echo_has_no_trait() {
        let setup = Setup::new(Role::Server, "localhost", "/");
        let found = in_memory(&setup, &ReferencePeer::conforming()).found;
        let back = Some(Reaction::Back);
        let all = Echoes {
            text: back,
            binary: back,
            empty: back,
            big: back,
        };
        assert_eq!((found.peer, found.echoes), (MessageBehaviour::Echo, all));
        assert_eq!(traits(&found), []);
    }

    #[test]
    fn a_silent_application_is_told_from_a_wrong_echo() {
        let silent = probed("silent");
        assert_eq!(silent.peer, MessageBehaviour::Silent);
        assert_eq!(silent.echoes.text, Some(Reaction::Silent));
    }
}

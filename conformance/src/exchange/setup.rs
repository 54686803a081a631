//! What an exchange knows of its target and of the run it belongs to.

use std::time::Duration;

use wsspec_core::Role;
use wsspec_core::handshake::encode_key;
use wsspec_reports::{
    Application, Circumstances, Echoes, Limits, MessageBehaviour, Probe, Reaction, Transport, Waits,
};

use wsspec_vectors::{Over, SplitMix64};

use super::origin::AllowedOrigin;

/// Most additional deadlines for what was sent to arrive over a narrow line.
const MAX_TRANSFER_DEADLINES: u32 = 16;

/// An answer that comes late is waited for this many times as long as one took.
const LATE_TIMES: u32 = 3;

/// The longest time that an answer is taken to be late.
const MAX_LATE: Duration = Duration::from_secs(1);

/// Least pause between two pieces that have to be read apart: more than enough for an idle target to
/// wake up and read.
const LEAST_PAUSE: Duration = Duration::from_millis(1);

/// Time that the pieces of one step share, where their round trips would take longer.
const PACED_TIME: Duration = Duration::from_secs(3);

/// The circumstances of an exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// The role of the target.
    pub target: Role,
    /// What its conversations run over.
    pub over: Transport,
    /// Whether TLS protects them.
    pub secure: bool,
    /// The Host field.
    pub host: String,
    /// The request target.
    pub resource: String,
    /// Fields added to every request: `--header`, `--origin`, `--subprotocol`.
    pub headers: Vec<(String, String)>,
    /// The only origin that the server allows, as the user says.
    pub allowed_origin: Option<AllowedOrigin>,
    /// What the target does with messages.
    pub peer: MessageBehaviour,
    /// Whether it answers pings.
    pub pongs: bool,
    /// The user says what it does with messages (`--peer`); it was not found out.
    pub claimed: bool,
    /// What it does with each kind of message, as far as that was found out.
    pub echoes: Echoes,
    /// Messages it sends unasked when a connection opens.
    pub greeting: u32,
    /// Only watch what the target makes of the messages of a case: none has to come back, and none is
    /// unwelcome. For comparing a conversation with its control.
    pub watching: bool,
    /// Whether it sends messages unasked later on: its own, or those of other connections.
    pub pushes: bool,
    /// What its application wants to hear, as the user says.
    pub application: Application,
    /// Limits claimed for the target.
    pub limits: Limits,
    /// How long to wait.
    pub timing: Timing,
    /// Fixes the masking keys and the Sec-WebSocket-Key.
    pub seed: u64,
}

/// How long to wait, and for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// Least grace: what comes later than this after a pong is not waited for.
    pub grace: Duration,
    /// Least time for a message that is awaited: a pong may come long before the echo of what was
    /// sent before its ping, where another process than the application answers pings.
    pub overtaken: Duration,
    /// Round trips in a grace, where that is longer.
    pub round_trips: u32,
    /// The smallest round trip seen.
    pub round_trip: Duration,
    /// What a KiB took on its way beyond a round trip, both ways taken together: next to nothing,
    /// but on a narrow line.
    pub pace: Duration,
    /// Least quiet time.
    pub quiet: Duration,
    /// The end of a wait that no evidence ends.
    pub deadline: Duration,
    /// How long the closing handshake is waited for after the verdict.
    pub linger: Duration,
    /// Least pause between two pieces that have to be read apart.
    pub pause: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Timing {
            grace: Duration::from_millis(20),
            overtaken: Duration::ZERO,
            round_trips: 8,
            round_trip: Duration::ZERO,
            pace: Duration::ZERO,
            quiet: Duration::from_millis(60),
            deadline: Duration::from_secs(2),
            linger: Duration::from_millis(40),
            pause: LEAST_PAUSE,
        }
    }
}

impl Timing {
    /// Grace on a connection whose round trip was measured as `own`.
    pub(crate) fn grace_for(&self, own: Duration) -> Duration {
        let round_trip = own.min(Duration::from_millis(100)).max(self.round_trip);
        self.grace.max(round_trip * self.round_trips)
    }

    /// The longest wait for the effect of `sent` bytes: another deadline for each megabyte, since
    /// large messages take a target longer, and on a narrow line twice the time that the bytes take
    /// on their way.
    pub(crate) fn patience(&self, sent: u64) -> Duration {
        let on_the_way = self
            .pace
            .mul_f64(2.0 * sent as f64 / 1024.0)
            .min(self.deadline * MAX_TRANSFER_DEADLINES);
        self.deadline
            .mul_f64(1.0 + sent as f64 / f64::from(1 << 20))
            + on_the_way
    }

    /// The pause between two of `pieces`, on a connection whose round trip was measured as `own`: a
    /// round trip, so that the network does not join what it has not delivered yet. Many pieces
    /// share a bounded time. None where [`pause`](Self::pause) is zero.
    pub(crate) fn pause_between(&self, pieces: usize, own: Duration) -> Duration {
        if self.pause.is_zero() {
            return self.pause;
        }
        let share = PACED_TIME / u32::try_from(pieces).unwrap_or(u32::MAX).max(1);
        own.max(self.round_trip).min(share).max(self.pause)
    }

    fn waits(&self) -> Waits {
        Waits {
            grace_us: micros(self.grace),
            overtaken_us: micros(self.overtaken),
            round_trips: self.round_trips,
            round_trip_us: micros(self.round_trip),
            per_kib_us: micros(self.pace),
            quiet_us: micros(self.quiet),
            deadline_us: micros(self.deadline),
            linger_us: micros(self.linger),
        }
    }

    fn stored(waits: &Waits) -> Timing {
        Timing {
            grace: Duration::from_micros(waits.grace_us),
            overtaken: Duration::from_micros(waits.overtaken_us),
            round_trips: waits.round_trips,
            round_trip: Duration::from_micros(waits.round_trip_us),
            pace: Duration::from_micros(waits.per_kib_us),
            quiet: Duration::from_micros(waits.quiet_us),
            deadline: Duration::from_micros(waits.deadline_us),
            linger: Duration::from_micros(waits.linger_us),
            // The transcript says when each piece was written.
            pause: LEAST_PAUSE,
        }
    }

    /// The same waits, `factor` times as long; for a run alone.
    #[must_use]
    pub fn patient(mut self, factor: u32, deadline: Duration) -> Timing {
        self.grace *= factor;
        self.quiet *= factor;
        self.linger *= factor;
        self.pause *= factor;
        self.deadline = deadline;
        self
    }
}

/// Whether a field is Origin.
fn is_origin((name, _): &(String, String)) -> bool {
    name.eq_ignore_ascii_case("origin")
}

impl Setup {
    /// A target of which nothing is known yet.
    pub fn new(target: Role, host: &str, resource: &str) -> Setup {
        Setup {
            target,
            over: Transport::Tcp,
            secure: false,
            host: host.to_owned(),
            resource: resource.to_owned(),
            headers: Vec::new(),
            allowed_origin: None,
            peer: MessageBehaviour::Echo,
            pongs: true,
            claimed: false,
            echoes: Echoes::default(),
            greeting: 0,
            watching: false,
            pushes: false,
            application: Application::default(),
            limits: Limits::default(),
            timing: Timing::default(),
            seed: 0,
        }
    }

    /// The server allows this origin and no other, as the user says. Every request has it, unless it
    /// has another.
    pub fn allow_only(&mut self, origin: AllowedOrigin) {
        if !self.headers.iter().any(is_origin) {
            self.headers.push(("Origin".to_owned(), origin.to_string()));
        }
        self.allowed_origin = Some(origin);
    }

    /// The scheme of HTTP under which the server is reached.
    pub(crate) fn scheme(&self) -> &'static str {
        if self.secure { "https" } else { "http" }
    }

    /// Runs over what a case says, which is over TLS unless it is plain TCP.
    pub fn reach(&mut self, over: Over) {
        self.over = match over {
            Over::Tcp => Transport::Tcp,
            Over::Tls => Transport::Tls,
            Over::H2 => Transport::H2,
            Over::H3 => Transport::H3,
        };
        self.secure = over != Over::Tcp;
    }

    /// What a transcript keeps of this, so that it can be judged again.
    pub fn circumstances(&self) -> Circumstances {
        Circumstances {
            seed: self.seed,
            host: self.host.clone(),
            resource: self.resource.clone(),
            over: self.over,
            secure: self.secure,
            headers: self.headers.clone(),
            allowed_origin: self.allowed_origin.as_ref().map(ToString::to_string),
            peer: self.peer,
            pongs: self.pongs,
            claimed: self.claimed,
            echoes: self.echoes,
            greeting: self.greeting,
            pushes: self.pushes,
            watching: self.watching,
            application: self.application.clone(),
            limits: self.limits,
            waits: self.timing.waits(),
        }
    }

    /// The setup of a stored conversation.
    pub fn stored(target: Role, circumstances: &Circumstances) -> Setup {
        let Circumstances {
            seed,
            host,
            resource,
            over,
            secure,
            headers,
            allowed_origin,
            peer,
            pongs,
            claimed,
            echoes,
            greeting,
            pushes,
            watching,
            application,
            limits,
            waits,
        } = circumstances;
        Setup {
            target,
            host: host.clone(),
            over: *over,
            secure: *secure,
            resource: resource.clone(),
            headers: headers.clone(),
            allowed_origin: allowed_origin
                .as_deref()
                .and_then(|origin| origin.parse().ok()),
            peer: *peer,
            pongs: *pongs,
            claimed: *claimed,
            echoes: *echoes,
            greeting: *greeting,
            watching: *watching,
            pushes: *pushes,
            application: application.clone(),
            limits: *limits,
            timing: Timing::stored(waits),
            seed: *seed,
        }
    }

    /// Takes over what the probe found.
    pub fn learn(&mut self, probe: &Probe) {
        self.peer = probe.peer;
        self.pongs = probe.pongs;
        self.claimed = probe.claimed;
        self.echoes = probe.echoes;
        self.greeting = probe.greeting;
        self.pushes = probe.pushes.is_some() || probe.broadcasts;
        self.timing.round_trip = Duration::from_micros(probe.round_trip_us);
        if let Some(late) = probe.answers_after_us {
            let late = Duration::from_micros(late).min(MAX_LATE);
            self.timing.overtaken = self.timing.overtaken.max(late * LATE_TIMES);
        }
    }

    /// The random numbers of one case: the same for the same seed and id.
    pub(crate) fn random(&self, case: &str) -> SplitMix64 {
        SplitMix64(
            case.bytes()
                .fold(self.seed ^ 0xcbf2_9ce4_8422_2325, |h, b| {
                    (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)
                }),
        )
    }

    /// What the reference client of one case draws its nonce and its masking keys from.
    pub(crate) fn client_seed(&self, case: &str) -> u64 {
        self.random(&format!("the client of {case}")).next()
    }

    /// Whether the user claims that it echoes every message, so that one which does not come back is a
    /// fault and not a trait.
    pub(crate) fn claims_echo(&self) -> bool {
        self.claimed && self.peer == MessageBehaviour::Echo
    }

    /// Whether its application sends other messages than echoes: of its own accord, what other
    /// connections say, or beside an echo. Any message may be one of those then.
    pub(crate) fn says_more(&self) -> bool {
        let Echoes {
            text,
            binary,
            empty,
            big,
        } = self.echoes;
        let beside = [text, binary, empty, big]
            .iter()
            .any(|reaction| matches!(reaction, Some(Reaction::Among(_))));
        !self.claims_echo() && (self.pushes || beside)
    }

    /// The suite's role.
    pub fn suite(&self) -> Role {
        self.target.peer()
    }
}

fn micros(duration: Duration) -> u64 {
    duration.as_micros() as u64
}

/// A Sec-WebSocket-Key from random numbers.
pub(crate) fn random_key(random: &mut SplitMix64) -> String {
    let mut nonce = [0; 16];
    nonce[..8].copy_from_slice(&random.next().to_le_bytes());
    nonce[8..].copy_from_slice(&random.next().to_le_bytes());
    encode_key(nonce)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    #[test]
    fn grace_is_20_ms_or_8_round_trips() {
        let mut timing = Timing::default();
        for (own, grace) in [(0, 20), (2, 20), (3, 24), (100, 800), (5000, 800)] {
            assert_eq!(timing.grace_for(ms(own)), ms(grace), "{own} ms");
        }
        timing.round_trip = ms(10);
        assert_eq!(
            timing.grace_for(ms(1)),
            ms(80),
            "the probe saw a longer one"
        );
    }

    #[test]
    fn patience_grows_by_a_deadline_a_megabyte_and_with_a_narrow_line() {
        let mut timing = Timing::default();
        for (megabytes, deadlines) in [(0, 1), (1, 2), (16, 17)] {
            assert_eq!(
                timing.patience(megabytes << 20),
                timing.deadline * deadlines
            );
        }
        timing.pace = ms(1000);
        let twice_the_way = ms(2 * 1000);
        assert_eq!(
            timing.patience(1024).as_millis(),
            (timing.deadline.mul_f64(1.0 + 1.0 / 1024.0) + twice_the_way).as_millis()
        );
        assert_eq!(
            timing.patience(1 << 20),
            timing.deadline * (2 + MAX_TRANSFER_DEADLINES)
        );
    }

    #[test]
    fn a_run_alone_waits_longer_for_everything() {
        let usual = Timing::default();
        let patient = usual.patient(3, ms(7000));
        assert_eq!(
            [
                patient.grace,
                patient.quiet,
                patient.linger,
                patient.deadline
            ],
            [usual.grace * 3, usual.quiet * 3, usual.linger * 3, ms(7000)]
        );
    }
}

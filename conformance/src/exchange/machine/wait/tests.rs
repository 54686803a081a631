//! How long an answer is waited for on a machine that has too much to do.

use std::io;

use wsspec_core::Role;
use wsspec_reports::{Verdict, What};
use wsspec_vectors::{Case, Step, Tell};

use super::super::super::{Conclusion, Setup};
use super::*;
use crate::exchange::{Cut, WireAction};
use crate::peer::{PeerConnection, ReferencePeer};
use crate::run::plain_case;
use crate::wire::{Arrival, ReadUp, World, drive_at_once, stored};

/// The share of the time that is lost where nine threads want each processor.
const BUSY: f64 = 8.0 / 9.0;

const STEP: Duration = Duration::from_millis(100);

/// The reference server, which opens at once and then is late.
struct Late {
    now: Duration,
    server: PeerConnection,
    opened: bool,
    answers_at: Duration,
    /// The share of the time that the machine takes away.
    taken: f64,
}

impl World for Late {
    fn now(&self) -> Duration {
        self.now
    }

    fn lost(&self) -> Duration {
        self.now.mul_f64(self.taken)
    }

    fn act(&mut self, _: u32, action: WireAction) {
        if let WireAction::Write(mut bytes) = action {
            self.server.receive(&mut bytes);
        }
    }

    async fn connect(&mut self, _: u32) -> io::Result<()> {
        Ok(())
    }

    async fn wait(&mut self, until: Duration) -> Arrival {
        if !self.opened || self.now >= self.answers_at {
            let output = self.server.take_output();
            if !output.is_empty() {
                self.opened = true;
                return Arrival::Bytes(1, output);
            }
        }
        self.now = until.min(self.now + STEP);
        Arrival::Nothing
    }

    async fn read_up(&mut self, _: Cut) -> ReadUp {
        ReadUp::Yes
    }

    fn tell(&mut self, _: &Tell) -> bool {
        false
    }

    async fn serves_another(&mut self) -> bool {
        true
    }
}

fn case() -> Case {
    Case {
        steps: Step::read_all(r#"[{"send": {"text": "late"}}, {"expect": "echo"}]"#).unwrap(),
        ..plain_case()
    }
}

/// What comes of a server that answers after this time.
fn after(seconds: u64, taken: f64) -> Conclusion {
    let (case, setup) = (case(), Setup::new(Role::Server, "a", "/"));
    let mut world = Late {
        now: Duration::ZERO,
        server: ReferencePeer::conforming().connection(Role::Server, 0),
        opened: false,
        answers_at: Duration::from_secs(seconds),
        taken,
    };
    let mut exchange = Exchange::new(&case, &setup);
    drive_at_once(&mut exchange, &mut world, 10_000).unwrap();
    exchange.conclude()
}

#[test]
fn a_deadline_is_put_off_by_the_time_that_the_machine_takes_away() {
    for (seconds, taken, in_time) in [
        (1, 0.0, true),
        (10, 0.0, false),
        (10, BUSY, true),
        (100, BUSY, false),
    ] {
        let verdict = after(seconds, taken).verdict;
        assert_eq!(verdict == Verdict::Pass, in_time, "{seconds} {taken}");
    }
}

#[test]
fn a_stored_conversation_was_waited_for_as_long() {
    for (seconds, timed_out) in [(10, false), (100, true)] {
        let before = after(seconds, BUSY);
        let mut entries = before.transcript.entries.iter();
        assert_eq!(entries.any(|e| e.what == What::TimedOut), timed_out);
        let (case, setup) = (case(), Setup::new(Role::Server, "a", "/"));
        let again = stored::judge(&case, &setup, &before.transcript).unwrap();
        assert_eq!(again.verdict, before.verdict, "{seconds}");
    }
}

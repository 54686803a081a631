//! How long a run may take: a server that answers pings quickly is done in two minutes, whatever it
//! makes us wait for.

use std::time::Duration;

use tokio::time::Instant;
use wsspec_reports::Verdict;

use super::{Certain, Options, Run, RunEvent, Subject, results};
use crate::exchange::{Needs, Reason, Setup};
use crate::wire::meter;

/// The round trip of a target that is near.
const NEAR: Duration = Duration::from_millis(50);

/// The part of the time after which no further case begins, in percent: what was found by then has
/// to be confirmed.
const FIRST: u32 = 50;

/// The same of heavy cases.
const FIRST_HEAVY: u32 = 65;

/// Timeouts that a case may take which is confirmed, and its comparison with others: it may have to
/// wait for each of many answers.
const CASE_TIMEOUTS: u32 = 3;

/// When the parts of a run have to be over; never, where that is not bounded.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct TimeLimit(Option<Limited>);

#[derive(Debug, Clone, Copy)]
struct Limited {
    began: Instant,
    /// Time that the machine had taken away by then.
    lost: Duration,
    whole: Duration,
}

/// A part of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Running light cases, many at once.
    Light,
    /// Running heavy cases.
    Heavy,
    /// Waiting for time-outs of the target, which is bounded by itself.
    TimeOuts,
    /// Confirming what did not pass.
    Confirming,
}

impl TimeLimit {
    /// That of a run which begins now. A client takes the time that its start takes, and a server of
    /// which the user says that it has to be spared takes what it takes.
    pub(super) fn new(subject: &Subject, options: &Options) -> TimeLimit {
        let bounded = match subject {
            Subject::Server(target) => !target.limiter.is_set(),
            Subject::Client(_) => false,
        };
        let usual = Options::default().timeout;
        let factor = options.timeout.div_duration_f64(usual).max(1.0);
        TimeLimit(bounded.then(|| Limited {
            began: Instant::now(),
            lost: meter::lost(),
            whole: options.time.mul_f64(factor),
        }))
    }

    /// The same for a target of which the probe has found what a round trip takes.
    pub(super) fn learn(self, setup: &Setup) -> TimeLimit {
        let far = setup.timing.round_trip.div_duration_f64(NEAR).max(1.0);
        TimeLimit(self.0.map(|limited| Limited {
            whole: limited.whole.mul_f64(far),
            ..limited
        }))
    }

    /// Waits until this part of the run has to be over; not at all, if it has.
    pub(super) async fn over(self, part: Part) {
        match self.left(part) {
            Some(left) => meter::sleep(left).await,
            None => std::future::pending().await,
        }
    }

    /// Whether this part of the run has to be over.
    pub(super) fn is_over(self, part: Part) -> bool {
        self.left(part).is_some_and(|left| left.is_zero())
    }

    /// How long the confirmation of a case may take, of which this many bytes are sent; any time, where
    /// that of the run is not bounded.
    pub(super) fn of_case(self, bytes: u64, alone: &Setup) -> Duration {
        match self.0 {
            Some(_) => alone.timing.patience(bytes) * CASE_TIMEOUTS,
            None => Duration::MAX,
        }
    }

    /// What is left of a part.
    fn left(self, part: Part) -> Option<Duration> {
        let lost = meter::lost().saturating_sub(self.0?.lost);
        Some((self.end(part)? + lost).saturating_duration_since(Instant::now()))
    }

    /// The end of a part on a machine that takes no time away.
    fn end(self, part: Part) -> Option<Instant> {
        let Limited { began, whole, .. } = self.0?;
        let percent = match part {
            Part::Light => FIRST,
            Part::Heavy => FIRST_HEAVY,
            Part::Confirming => 100,
            Part::TimeOuts => return None,
        };
        Some(began + whole * percent / 100)
    }
}

impl Run<'_> {
    /// What there was no time or no need for cannot be judged: cases that had no turn, and those that nothing has
    /// confirmed.
    pub(super) fn give_up_the_rest(&mut self) {
        for i in 0..self.cases.len() {
            if self.judged.get(&i).is_none_or(|judged| !judged.stands) {
                self.give_up(i);
            }
        }
    }

    /// What an interrupt kept from being confirmed cannot be judged.
    pub(super) fn give_up_unconfirmed(&mut self) {
        let open = self.judged.iter().filter(|(_, judged)| !judged.stands);
        let open: Vec<usize> = open.map(|(i, _)| *i).collect();
        for i in open {
            self.give_up(i);
        }
    }

    /// What keeps us waiting too long cannot be judged.
    pub(super) fn give_up(&mut self, i: usize) {
        let before = self.judged.remove(&i);
        let found = before.as_ref().and_then(|judged| judged.reason.clone());
        let reason = Reason::from(if self.has_enough(Certain::Yes) {
            Needs::FewerFailures
        } else {
            Needs::Time(found.map(Box::new))
        });
        let mut result = results::not_run(&self.cases[i], Verdict::Skipped, &reason);
        result.transcript = before.and_then(|judged| judged.result.transcript);
        self.subject.mask(&mut result);
        (self.on)(RunEvent::finished(&result));
        self.stands(i, result);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Target;
    use wsspec_core::Role;

    fn limit(rate: Option<u32>, timeout: u64, round_trip: u64) -> Option<Duration> {
        let target = Target::new("ws://127.0.0.1:9/", Vec::new()).unwrap();
        target.limit(None, rate);
        let options = Options {
            timeout: Duration::from_secs(timeout),
            ..Options::default()
        };
        let mut setup = Setup::new(Role::Server, "localhost", "/");
        setup.timing.round_trip = Duration::from_millis(round_trip);
        let limit = TimeLimit::new(&Subject::Server(target), &options);
        limit.learn(&setup).0.map(|limited| limited.whole)
    }

    #[test]
    fn a_run_takes_longer_where_waits_are_and_what_it_takes_where_it_spares_its_target() {
        let usual = Some(Options::default().time);
        for (rate, timeout, round_trip, time) in [
            (None, 6, 0, usual),
            (None, 1, 50, usual),
            (None, 12, 1, usual.map(|time| time * 2)),
            (None, 6, 150, usual.map(|time| time * 3)),
            (Some(5), 6, 0, None),
        ] {
            let found = limit(rate, timeout, round_trip);
            assert_eq!(found, time, "{rate:?} {timeout} {round_trip}");
        }
    }

    #[test]
    fn the_rest_of_the_time_is_for_what_did_not_pass() {
        let limit = TimeLimit(Some(Limited {
            began: Instant::now(),
            lost: Duration::ZERO,
            whole: Duration::from_secs(100),
        }));
        let ends = [Part::Light, Part::Heavy, Part::Confirming].map(|part| limit.end(part));
        assert!(ends.is_sorted() && ends[0] < ends[2]);
        assert_eq!(TimeLimit::default().end(Part::Light), None);
    }
}

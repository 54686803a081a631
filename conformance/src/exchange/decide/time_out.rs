//! The word about the time after which a target ends a connection.

use std::time::Duration;

use wsspec_reports::Limits;
use wsspec_vectors::{Grade, TimeOut};

use super::{Assessment, Evidence, Matches, Open, soft};
use crate::exchange::reason::{Reason, TimeOutReason};
use crate::exchange::view::View;

/// How long a time-out is waited for that the user does not claim: longer than the minute that many
/// servers have by default.
pub(crate) const LONGEST: Duration = Duration::from_secs(65);

/// The time that may go by until a claimed time-out takes effect: a target may look at its
/// connections only once in each such time, and be busy.
fn allowed(claimed: Duration) -> Duration {
    claimed * 2 + Duration::from_secs(5)
}

/// The time-out that the user claims.
fn claimed(what: TimeOut, limits: &Limits) -> Option<Duration> {
    let ms = match what {
        TimeOut::Handshake => limits.handshake_timeout_ms,
        TimeOut::Idle => limits.idle_timeout_ms,
        TimeOut::Ping => limits.ping_timeout_ms,
    };
    ms.map(Duration::from_millis)
}

/// When the time begins after which the target may end the connection; `None` if it has not begun.
fn begins(what: TimeOut, began: Duration, view: &View) -> Option<Duration> {
    match what {
        TimeOut::Handshake | TimeOut::Idle => Some(began),
        TimeOut::Ping => view.pinged,
    }
}

/// Until when a time-out is waited for by an expectation that began then.
pub(crate) fn deadline(what: TimeOut, began: Duration, view: &View, limits: &Limits) -> Duration {
    match (begins(what, began, view), claimed(what, limits)) {
        (Some(begins), Some(claimed)) => begins + allowed(claimed),
        _ => began + LONGEST,
    }
}

pub(super) fn times_out(what: TimeOut, e: &Evidence<'_>) -> Assessment {
    let ended = e.view.lost().is_some();
    if !ended && !e.late {
        return Open;
    }
    let Some(begins) = begins(what, e.began, e.view) else {
        return found(TimeOutReason::NoPing(e.now.saturating_sub(e.began)));
    };
    let waited = e.now.saturating_sub(begins);
    match claimed(what, &e.setup.limits) {
        Some(claimed) if ended && waited <= allowed(claimed) => Matches(None),
        _ if what == TimeOut::Idle && was_busy(e) => found(TimeOutReason::NotIdle),
        Some(claimed) => soft(
            Grade::Fail,
            Reason::TimeOut(TimeOutReason::Beyond {
                what,
                claimed,
                waited,
                ended,
            }),
        ),
        None if ended => found(TimeOutReason::After(what, waited)),
        None => found(TimeOutReason::NoneWithin(what, waited)),
    }
}

fn found(fact: TimeOutReason) -> Assessment {
    soft(Grade::Informational, Reason::TimeOut(fact))
}

/// Whether the target has sent messages or pings meanwhile.
fn was_busy(e: &Evidence<'_>) -> bool {
    e.view.pinged.is_some() || e.view.activity.messages > e.activity_before.messages
}

#[cfg(test)]
mod tests {
    use wsspec_core::Role;

    use super::super::{Activity, Sent, View};
    use super::*;
    use crate::binding::EndOfStream;
    use crate::binding::http1::Http1;
    use crate::exchange::Setup;

    const BEGAN: Duration = Duration::from_secs(1);

    /// What a target did by `now`, in seconds; the wait began after one.
    #[derive(Clone, Copy, Default)]
    struct Did {
        now: u64,
        /// When it sent a ping.
        pinged: Option<u64>,
        messages: u64,
        ended: bool,
    }

    /// Judged by a target with these time-outs of ten seconds: `pass`, `open`, or the key of the reason,
    /// with `!` for a failure.
    fn judged(what: TimeOut, claims: bool, did: Did) -> String {
        let mut setup = Setup::new(Role::Server, "a", "/");
        let claim = claims.then_some(10_000);
        setup.limits.handshake_timeout_ms = claim;
        setup.limits.idle_timeout_ms = claim;
        setup.limits.ping_timeout_ms = claim;
        let mut view = View::new(Role::Server, 0);
        view.pinged = did.pinged.map(Duration::from_secs);
        view.activity.messages = did.messages;
        view.end = did.ended.then_some(EndOfStream::Finished);
        let now = Duration::from_secs(did.now);
        let evidence = Evidence {
            setup: &setup,
            view: &view,
            sent: &Sent::new(Role::Server, false),
            binding: &Http1::new(Role::Server, String::new()),
            barrier: None,
            pong: false,
            settled: false,
            quiet: false,
            late: now >= deadline(what, BEGAN, &view, &setup.limits),
            began: BEGAN,
            now,
            activity_before: Activity::default(),
            second: None,
            carrier: None,
        };
        match times_out(what, &evidence) {
            Matches(None) => "pass".into(),
            Matches(Some((Grade::Fail, reason))) => format!("!{}", reason.key()),
            Matches(Some((_, reason))) => reason.key().into_owned(),
            Open => "open".into(),
            super::super::Impossible(reason) => panic!("{reason}"),
        }
    }

    fn ends(now: u64) -> Did {
        Did {
            now,
            ended: true,
            ..Did::default()
        }
    }

    fn stays(now: u64) -> Did {
        Did {
            now,
            ..Did::default()
        }
    }

    #[test]
    fn without_a_claim_a_time_out_is_a_fact() {
        for (what, did, right) in [
            (TimeOut::Handshake, ends(11), "limit.handshake-timeout"),
            (TimeOut::Handshake, stays(65), "open"),
            (TimeOut::Handshake, stays(66), "limit.no-handshake-timeout"),
            (TimeOut::Idle, ends(31), "limit.idle-timeout"),
            (TimeOut::Idle, stays(66), "limit.no-idle-timeout"),
        ] {
            assert_eq!(judged(what, false, did), right, "{what:?}");
        }
    }

    #[test]
    fn a_claim_is_kept_with_slack_or_fails() {
        for (what, did, right) in [
            (TimeOut::Handshake, ends(2), "pass"),
            (TimeOut::Handshake, ends(26), "pass"),
            (
                TimeOut::Handshake,
                ends(27),
                "!limit.beyond-handshake-timeout",
            ),
            (TimeOut::Idle, stays(25), "open"),
            (TimeOut::Idle, stays(26), "!limit.beyond-idle-timeout"),
        ] {
            assert_eq!(judged(what, true, did), right, "{what:?}");
        }
    }

    #[test]
    fn a_target_that_speaks_is_not_idle() {
        let speaks = |did: Did| Did { messages: 1, ..did };
        let pings = |did: Did| Did {
            pinged: Some(10),
            ..did
        };
        for did in [speaks(stays(66)), pings(stays(66)), speaks(ends(66))] {
            assert_eq!(judged(TimeOut::Idle, true, did), "limit.not-idle");
        }
        assert_eq!(judged(TimeOut::Idle, true, speaks(ends(11))), "pass");
    }

    #[test]
    fn the_time_of_a_ping_begins_with_the_ping() {
        let pinged = |did: Did| Did {
            pinged: Some(41),
            ..did
        };
        for (claims, did, right) in [
            (false, pinged(ends(61)), "limit.ping-timeout"),
            (false, pinged(stays(66)), "limit.no-ping-timeout"),
            (false, stays(66), "limit.no-ping"),
            (true, stays(66), "limit.no-ping"),
            (true, pinged(stays(65)), "open"),
            (true, pinged(ends(66)), "pass"),
            (true, pinged(stays(66)), "!limit.beyond-ping-timeout"),
        ] {
            assert_eq!(judged(TimeOut::Ping, claims, did), right, "{claims}");
        }
    }
}

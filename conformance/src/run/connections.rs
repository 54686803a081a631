//! How many connections the target serves at the same time: a fact, unless the user claims a limit.

use wsspec_reports::{CaseResult, Impact, TRAIT_FAMILY, Verdict};

use super::traits::row_id;
use super::{Run, Subject, probe};
use crate::exchange::{Beyond, Reason};

/// Connections that are opened at once where a limit is looked for and none is claimed.
pub const CONNECTIONS: u32 = 256;

/// What came of opening many connections at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Crowd {
    opened: u32,
    served: u32,
}

/// Connections that may be served where the user claims a limit: a quarter more, and two, for those
/// that have just ended.
fn allowed(claimed: u32) -> u32 {
    claimed + claimed / 4 + 2
}

impl Run<'_> {
    /// Opens many connections at once, when nothing else is asked of the target, and counts those that are
    /// served. They are closed after a moment.
    pub(super) async fn crowd(&mut self) {
        let claimed = self.options.limits.connections;
        let opened = match claimed
            .map(|most| allowed(most) + 1)
            .or(self.options.connections)
        {
            Some(opened) if self.died.is_none() && self.probed.trouble.is_none() => opened,
            _ => return,
        };
        let Subject::Server(target) = self.subject else {
            return;
        };
        // A limit of our own would be found, or the one that the probe has found already.
        if target.limiter.most().is_some() {
            return;
        }
        let served = probe::served_at_once(self.subject, &self.setup, opened).await;
        self.crowd = Some(Crowd { opened, served });
    }
}

/// The row about it.
pub(super) fn row(crowd: Crowd, claimed: Option<u32>) -> CaseResult {
    let Crowd { opened, served } = crowd;
    let beyond = claimed.filter(|most| served > allowed(*most));
    let (verdict, reason_key, reason) = match beyond {
        Some(most) => {
            let reason = Reason::Beyond(Beyond::connections(served, most));
            (Verdict::Fail, reason.key().into_owned(), reason.to_string())
        }
        None => (
            Verdict::Informational,
            "trait".to_owned(),
            format!("serves {served} of {opened} connections that are opened at once"),
        ),
    };
    CaseResult {
        about: "How many connections the target serves at the same time".into(),
        reason,
        reason_key,
        ..CaseResult::new(
            row_id("limit.connections"),
            TRAIT_FAMILY,
            Impact::Security,
            verdict,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_claimed_limit_fails_and_only_beyond_its_slack() {
        for (served, claimed, verdict) in [
            (256, None, Verdict::Informational),
            (100, Some(100), Verdict::Informational),
            (127, Some(100), Verdict::Informational),
            (128, Some(100), Verdict::Fail),
        ] {
            let crowd = Crowd {
                opened: 256,
                served,
            };
            assert_eq!(row(crowd, claimed).verdict, verdict, "{served} {claimed:?}");
        }
    }
}

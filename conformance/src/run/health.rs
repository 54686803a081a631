//! Whether a target still serves.

use std::time::Duration;

use wsspec_reports::Verdict;

use super::{Run, RunEvent, results};
use crate::exchange::{Breakdown, Conclusion, Reason, Timing};

/// Consecutive failed connections before a health check, for each case that runs at once.
const FAILED_CONNECTIONS: usize = 3;

impl Run<'_> {
    /// Whether the target stopped serving, of which this case may be the first sign: it takes no
    /// connection, or several in a row did not even open.
    pub(super) async fn dead(
        &mut self,
        i: usize,
        conclusion: &Conclusion,
        together: usize,
    ) -> bool {
        let lost = conclusion.verdict == Verdict::Error;
        let refused = lost && conclusion.transcript.entries.is_empty();
        let silent = conclusion
            .reason
            .as_ref()
            .is_some_and(Reason::is_no_plain_connection);
        self.failed_connections = if lost && silent {
            self.failed_connections + 1
        } else {
            0
        };
        // Those that ran at once may all have met the same short trouble.
        if !refused && self.failed_connections < FAILED_CONNECTIONS * together {
            return false;
        }
        self.failed_connections = 0;
        if self.serves().await {
            return false;
        }
        self.died = Some(format!(
            "it stopped serving while {} ran, or shortly before",
            self.cases[i].id
        ));
        true
    }

    /// Whether the target still answers a plain connection. That its answer is no longer right
    /// kills no target.
    pub(super) async fn serves(&self) -> bool {
        let usual = Timing::default().deadline;
        for (pause, patience) in [(0, usual), (100, usual), (400, self.options.timeout)] {
            tokio::time::sleep(Duration::from_millis(pause)).await;
            let asked = self.subject.plain(&self.setup, patience).await;
            if asked.is_some_and(|c| c.verdict == Verdict::Pass || c.heard() && !c.timed_out) {
                return true;
            }
        }
        false
    }

    /// Cases that cannot be judged any more become errors.
    pub(super) fn blame_death(&mut self, how: &str) {
        for (i, case) in self.cases.iter().enumerate() {
            if self.judged.get(&i).is_some_and(|judged| judged.stands) {
                continue;
            }
            let before = self.judged.remove(&i);
            let reason = Reason::from(Breakdown::TargetDied {
                how: how.to_owned(),
                before: before
                    .as_ref()
                    .and_then(|judged| judged.reason.clone())
                    .map(Box::new),
            });
            let mut result = results::not_run(case, Verdict::Error, &reason);
            self.subject.mask(&mut result);
            result.transcript = before.and_then(|judged| judged.result.transcript);
            (self.on)(RunEvent::finished(&result));
            self.stands(i, result);
        }
    }
}

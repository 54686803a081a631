//! A target that dies and that only others can start again.

use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::super::{Run, Subject};
use super::{Dead, Suspects, Unexplained};
use crate::exchange::{Blame, Death};

/// How long a target that we cannot start again may take to come back.
const RETURN_PATIENCE: Duration = Duration::from_secs(5);

/// Time between two checks whether it has come back.
const RETURN_LOOK: Duration = Duration::from_millis(200);

impl Run<'_> {
    /// Keeps the death without blaming a case, waits until the target is back, and runs again what
    /// the death hit. Returns the cases that are left.
    pub(super) async fn outage(
        &mut self,
        dead: Dead,
        suspects: &Suspects,
        left: Vec<usize>,
    ) -> Vec<usize> {
        let ids = self.ids(&suspects.near);
        if let Subject::Client(_) = self.subject {
            let last = ids.first().map_or("the probe", String::as_str);
            self.died = Some(format!(
                "no plain connection works since {last} ran, or shortly before"
            ));
            return left;
        }
        let unexplained = Unexplained {
            death: dead.death,
            stderr: self.last_lines().await,
            blame: Blame::NotTried(ids),
        };
        self.deaths.unexplained.push(unexplained);
        self.wait_for_return(dead.death).await;
        self.bound_unexplained(dead.death);
        // One after another: the one that killed it may be among them, and would hit the others
        // once more.
        for &i in &suspects.near {
            if self.died.is_some() {
                break;
            }
            if self.is_open(i) {
                self.judged.remove(&i);
                self.once_more(i).await;
            }
        }
        left
    }

    /// Runs a case that a death has hit. If the target dies again, the case is not judged.
    async fn once_more(&mut self, i: usize) {
        let mut trial = self.try_alone(i, self.deaths.settle()).await;
        if trial.dead.is_none() && trial.had_no_connection() {
            // The case before this one killed the target late.
            self.wait_for_return(Death::Gone).await;
            if self.died.is_some() {
                return;
            }
            trial = self.try_alone(i, self.deaths.settle()).await;
        }
        match trial.dead {
            Some(dead) => {
                self.hit_twice(i, dead.death);
                self.wait_for_return(dead.death).await;
            }
            None => self.survived(i, trial),
        }
    }

    /// Waits until the target serves again, or gives it up if it does not.
    async fn wait_for_return(&mut self, death: Death) {
        let back = timeout(RETURN_PATIENCE, async {
            while !self.serves().await {
                sleep(RETURN_LOOK).await;
            }
        });
        let is_back = back.await.is_ok();
        if !is_back {
            self.died = Some(death.to_string());
        }
    }
}

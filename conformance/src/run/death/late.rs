//! Killers that end before the target dies, found among many suspects.

use tokio::task::JoinSet;
use tokio::time::timeout;

use super::super::Run;
use super::{Dead, LATE, Suspects, Unexplained};
use crate::exchange::Blame;

/// Number of suspects tried alone because they ended at the right time, before all are searched.
const FITTING: usize = 12;

impl Run<'_> {
    /// Tries those suspects alone that ended about as long before this death as earlier killers
    /// before theirs, and charges the death to the first that kills again. Returns whether one did.
    pub(super) async fn late_killer(&mut self, dead: Dead, suspects: &Suspects) -> bool {
        let Some(since) = self.deaths.since(dead) else {
            return false;
        };
        let expected = self.deaths.lateness;
        let mut fitting: Vec<_> = self
            .deaths
            .ended
            .iter()
            .filter(|ended| {
                suspects.near.contains(&ended.case)
                    || suspects.far.iter().any(|far| far.case == ended.case)
            })
            .map(|ended| {
                let before = since.saturating_duration_since(ended.at);
                (before.abs_diff(expected), ended.case)
            })
            .collect();
        // A case that had not ended may have killed at once.
        fitting.extend(
            suspects
                .near
                .iter()
                .filter(|i| !self.deaths.ended.iter().any(|ended| ended.case == **i))
                .map(|i| (expected, *i)),
        );
        fitting.sort();
        fitting.dedup_by_key(|(_, case)| *case);
        for (_, i) in fitting.into_iter().take(FITTING) {
            if self.died.is_some() {
                return false;
            }
            let settle = self.deaths.settle();
            if let Some(killer) = self.kills(i, settle).await {
                self.charge(killer);
                return true;
            }
        }
        false
    }

    /// Searches all suspects for one that kills late, by halves. If none does so alone, the death
    /// is kept as one that these cases caused together, or that none of them caused.
    pub(super) async fn search(&mut self, dead: Dead, suspects: &Suspects, stderr: Vec<String>) {
        let mut all: Vec<usize> = suspects.far.iter().map(|ended| ended.case).collect();
        all.extend(suspects.near.iter().rev().filter(|i| !self.is_killer(**i)));
        let mut death = dead.death;
        let mut found = all.clone();
        if !self.die_in_turn(&mut found).await {
            let blame = if self.die_at_once(&suspects.near).await {
                Blame::Together(self.ids(&suspects.near))
            } else {
                Blame::NoneOf(self.ids(&all))
            };
            self.deaths.unexplained.push(Unexplained {
                death,
                stderr,
                blame,
            });
            return;
        }
        while found.len() > 1 && self.died.is_none() {
            // The killer is more likely among the last.
            let mut later = found.split_off(found.len() / 2);
            if self.die_in_turn(&mut later).await {
                found = later;
            } else if !self.die_in_turn(&mut found).await {
                found.extend(later);
                break;
            }
        }
        if let [only] = found[..]
            && let Some(killer) = self.kills(only, LATE).await
        {
            self.charge(killer);
            return;
        }
        if self.died.is_none() {
            death = dead.death;
        }
        let blame = Blame::Together(self.ids(&found));
        self.deaths.unexplained.push(Unexplained {
            death,
            stderr,
            blame,
        });
    }

    /// Whether the target dies of these cases one after another. If it does, it is started again.
    async fn die_in_turn(&mut self, cases: &mut Vec<usize>) -> bool {
        if self.died.is_some() || self.in_turn(cases, LATE).await.is_none() {
            return false;
        }
        self.start_again().await;
        true
    }

    /// Whether the target dies of these cases at once. If it does, it is started again.
    async fn die_at_once(&mut self, cases: &[usize]) -> bool {
        if self.died.is_some() || cases.len() < 2 {
            return false;
        }
        let mut death = Box::pin(self.vitals().until_dead());
        let mut running = JoinSet::new();
        for &i in cases {
            let (case, setup) = (self.cases[i].clone(), self.setup.clone());
            let subject = self.subject.clone();
            running.spawn(async move { subject.carry_out(&case, &setup).await });
        }
        let died = loop {
            tokio::select! {
                done = running.join_next() => if done.is_none() {
                    break timeout(LATE, &mut death).await.is_ok();
                },
                _ = &mut death => break true,
            }
        };
        drop(death);
        if died {
            self.start_again().await;
        }
        died
    }
}

//! Running suspects one by one with a target that is started again whenever it dies.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::{sleep, timeout};
use wsspec_reports::Verdict;

use super::super::applicable::consequence;
use super::super::{Run, RunEvent, results};
use super::{
    Dead, FAMILIES_IN_A_ROW, KILLERS_IN_A_ROW, KILLERS_OF_A_FAMILY, KILLERS_OF_A_RUN, LATE,
    Unexplained,
};
use crate::exchange::{Blame, Breakdown, Conclusion, Death, Reason, ServerDeath};

/// How long a conversation may take to conclude after the target has died.
const CONCLUDE: Duration = Duration::from_millis(300);

/// How long to wait for a death after a conversation that did not pass.
const AFTER_TROUBLE: Duration = Duration::from_millis(60);

/// A case that ran alone and killed the target.
pub(super) struct Killer {
    pub(super) case: usize,
    pub(super) death: Death,
    pub(super) stderr: Vec<String>,
    conclusion: Option<Conclusion>,
}

/// The outcome of a case that ran alone.
pub(super) struct Trial {
    conclusion: Option<Conclusion>,
    pub(super) dead: Option<Dead>,
}

impl Trial {
    /// Whether no connection could be made.
    pub(super) fn had_no_connection(&self) -> bool {
        let conclusion = self.conclusion.as_ref();
        conclusion.is_some_and(|conclusion| conclusion.transcript.entries.is_empty())
    }
}

impl Run<'_> {
    /// Runs these cases one after another, checks after each whether the target lives, and judges
    /// them. Returns whether one of them killed it.
    pub(super) async fn one_by_one(&mut self, cases: Vec<usize>) -> bool {
        let mut any = false;
        // The cases that ran since the last start.
        let mut before: Vec<usize> = Vec::new();
        let mut cases = VecDeque::from(cases);
        while let Some(i) = cases.pop_front() {
            if self.died.is_some() {
                break;
            }
            if self.is_spared(i) {
                continue;
            }
            let trial = self.try_alone(i, self.deaths.settle()).await;
            let Some(dead) = trial.dead else {
                self.survived(i, trial);
                before.push(i);
                continue;
            };
            any = true;
            let killer = self.killer(i, dead, trial.conclusion).await;
            self.start_again().await;
            if before.is_empty() {
                self.charge(killer);
            } else {
                let again = self.sure_killer(killer, std::mem::take(&mut before)).await;
                again.into_iter().rev().for_each(|i| cases.push_front(i));
            }
        }
        any
    }

    /// Charges a death during a case to that case if it kills a fresh target; otherwise to one of
    /// those `before` it, if one of them kills late. Returns the cases before that one: they may
    /// kill late as well, and the run did not wait as long for that.
    async fn sure_killer(&mut self, seen: Killer, before: Vec<usize>) -> Vec<usize> {
        if self.died.is_some() {
            self.unsolved(seen, Blame::NotTried);
            return Vec::new();
        }
        let i = seen.case;
        let trial = self.try_alone(i, self.deaths.settle()).await;
        if let Some(dead) = trial.dead {
            let killer = self.killer(i, dead, trial.conclusion).await;
            self.start_again().await;
            self.charge(killer);
            return Vec::new();
        }
        self.survived(i, trial);
        for (n, &earlier) in before.iter().enumerate().rev() {
            if let Some(killer) = self.kills(earlier, LATE).await {
                self.charge(killer);
                return before[..n].to_vec();
            }
            if self.died.is_some() {
                break;
            }
        }
        let mut all = before;
        all.push(i);
        if let Some(dead) = self.in_turn(&mut all, LATE).await {
            let stderr = self.last_lines().await;
            self.start_again().await;
            let blame = Blame::Together(self.ids(&all));
            self.deaths.unexplained.push(Unexplained {
                death: dead.death,
                stderr,
                blame,
            });
        } else {
            self.unsolved(seen, Blame::NoneOf);
        }
        Vec::new()
    }

    /// Keeps a death that is charged to no case.
    fn unsolved(&mut self, seen: Killer, blame: impl FnOnce(Vec<String>) -> Blame) {
        let blame = blame(self.ids(&[seen.case]));
        self.deaths.unexplained.push(Unexplained {
            death: seen.death,
            stderr: seen.stderr,
            blame,
        });
    }

    /// Runs a case alone, and starts the target again if that kills it.
    pub(super) async fn kills(&mut self, i: usize, settle: Duration) -> Option<Killer> {
        let trial = self.try_alone(i, settle).await;
        let dead = trial.dead?;
        let killer = self.killer(i, dead, trial.conclusion).await;
        self.start_again().await;
        Some(killer)
    }

    async fn killer(&self, case: usize, dead: Dead, conclusion: Option<Conclusion>) -> Killer {
        Killer {
            case,
            death: dead.death,
            stderr: self.last_lines().await,
            conclusion,
        }
    }

    /// Runs a case alone, and waits for a death that comes within `settle` after it.
    pub(super) async fn try_alone(&mut self, i: usize, settle: Duration) -> Trial {
        let (case, setup) = (self.cases[i].clone(), self.setup.clone());
        let subject = self.subject.clone();
        let began = Instant::now();
        let mut running = tokio::spawn(async move { subject.carry_out(&case, &setup).await });
        let mut death = Box::pin(self.vitals().until_dead());
        let first = tokio::select! {
            conclusion = &mut running => Ok(conclusion.ok()),
            dead = &mut death => Err(dead),
        };
        let trial = match first {
            Err(dead) => {
                let conclusion = timeout(CONCLUDE, &mut running).await;
                running.abort();
                Trial {
                    conclusion: conclusion.ok().and_then(Result::ok),
                    dead: Some(dead),
                }
            }
            Ok(conclusion) => {
                let ended = Instant::now();
                let passed = conclusion
                    .as_ref()
                    .is_some_and(|conclusion| conclusion.verdict == Verdict::Pass);
                let settle = if passed {
                    settle
                } else {
                    settle.max(AFTER_TROUBLE)
                };
                let mut dead = timeout(settle, &mut death).await.ok();
                if dead.is_none() {
                    dead = self
                        .vitals()
                        .death()
                        .await
                        .map(|death| Dead { death, since: None });
                }
                if let Some(since) = dead.and_then(|dead| dead.since) {
                    let late = since.saturating_duration_since(ended);
                    self.deaths.lateness = self.deaths.lateness.max(late);
                }
                Trial { conclusion, dead }
            }
        };
        drop(death);
        if let Some(dead) = trial.dead {
            self.deaths.hung |= dead.death == Death::Hang;
        } else if let Some(conclusion) = &trial.conclusion {
            self.deaths.note(i, conclusion, began, Instant::now());
        }
        trial
    }

    /// Judges a case that the target survived.
    pub(super) fn survived(&mut self, i: usize, trial: Trial) {
        self.deaths.in_a_row.clear();
        if let Some(conclusion) = trial.conclusion {
            self.judged.remove(&i);
            self.first_result(i, conclusion);
        }
    }

    /// Whether a death was charged to this case.
    pub(in crate::run) fn is_killer(&self, i: usize) -> bool {
        self.judged
            .get(&i)
            .is_some_and(|judged| matches!(judged.reason, Some(Reason::Died(_))))
    }

    /// Charges a death to a case: the case fails.
    pub(super) fn charge(&mut self, killer: Killer) {
        let Killer {
            case: i,
            death,
            stderr,
            conclusion,
        } = killer;
        let case = self.cases[i].clone();
        let reason = Reason::from(ServerDeath {
            death,
            blame: Blame::ThisCase,
        });
        let mut conclusion =
            conclusion.map(|c| consequence(c, &case, self.probed.trouble.as_ref()));
        if let Some(conclusion) = &mut conclusion {
            self.keep(conclusion);
        }
        let mut result = results::killer(&case, &reason, stderr, conclusion.as_ref());
        self.subject.mask(&mut result);
        (self.on)(RunEvent::finished(&result));
        self.stands(i, result);
        if let Some(judged) = self.judged.get_mut(&i) {
            judged.reason = Some(reason);
        }
        *self.deaths.killers.entry(case.family.clone()).or_default() += 1;
        self.deaths.in_a_row.push(case.family.clone());
        let families: BTreeSet<&String> = self.deaths.in_a_row.iter().collect();
        if self.deaths.in_a_row.len() >= KILLERS_IN_A_ROW && families.len() >= FAMILIES_IN_A_ROW {
            let count = self.deaths.in_a_row.len();
            self.died = Some(format!(
                "it dies of everything: of each of the last {count} cases, run alone"
            ));
        }
    }

    /// Whether a case is not run because too many like it have killed the target.
    fn is_spared(&mut self, i: usize) -> bool {
        let killers = &self.deaths.killers;
        let family = &self.cases[i].family;
        let like_it = killers.get(family).copied().unwrap_or_default();
        if killers.values().sum::<usize>() < KILLERS_OF_A_RUN || like_it < KILLERS_OF_A_FAMILY {
            return false;
        }
        let how =
            format!("it is not started again for this: {like_it} cases of {family} killed it");
        let before = None;
        let reason = Reason::from(Breakdown::TargetDied { how, before });
        let mut result = results::not_run(&self.cases[i], Verdict::Error, &reason);
        self.subject.mask(&mut result);
        (self.on)(RunEvent::finished(&result));
        self.stands(i, result);
        true
    }

    /// A death has hit this case for the second time: it cannot be judged.
    pub(super) fn hit_twice(&mut self, i: usize, death: Death) {
        let reason = Reason::from(ServerDeath {
            death,
            blame: Blame::NotTried(self.ids(&[i])),
        });
        let mut result = results::not_run(&self.cases[i], Verdict::Error, &reason);
        self.subject.mask(&mut result);
        (self.on)(RunEvent::finished(&result));
        self.stands(i, result);
    }

    /// Runs these cases one after another, without judging them, until the target dies, which may
    /// come `settle` after the last. If it does, those that were not reached are dropped.
    pub(super) async fn in_turn(
        &mut self,
        cases: &mut Vec<usize>,
        settle: Duration,
    ) -> Option<Dead> {
        let mut death = Box::pin(self.vitals().until_dead());
        for (n, i) in cases.iter().enumerate() {
            let (case, setup) = (Arc::clone(&self.cases[*i]), self.setup.clone());
            let subject = self.subject.clone();
            tokio::select! {
                _ = Box::pin(subject.carry_out(&case, &setup)) => {}
                dead = &mut death => {
                    cases.truncate(n + 1);
                    return Some(dead);
                }
            }
        }
        tokio::select! {
            dead = &mut death => Some(dead),
            () = sleep(settle) => {
                let death = self.vitals().death().await?;
                Some(Dead { death, since: None })
            }
        }
    }
}

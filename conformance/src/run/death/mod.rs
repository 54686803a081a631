//! A target that dies: who killed it, and how the run goes on.
//!
//! A death is charged to a case only after that case, alone with a server that was started anew,
//! has killed it once more. Until then, every case is a suspect that was running when the target
//! died or had ended shortly before. A death may come late, so one that follows another case is
//! looked for among those before it. The run learns how late deaths come, and waits that long for
//! the next.

mod late;
mod lineup;
mod outage;
mod row;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use tokio::time::timeout;
use wsspec_reports::Verdict;

use super::schedule::Scene;
use super::time::TimeLimit;
use super::{Run, Stopped};
use crate::exchange::{Blame, Conclusion, Death};

pub(super) use row::ROW;

/// How long before a death its killer may have ended.
const LATEST: Duration = Duration::from_secs(1);

/// How long the run waits for a death that may come late.
const LATE: Duration = Duration::from_millis(600);

/// Cases that ended this long before a death may have been hit by it.
const HIT: Duration = Duration::from_millis(30);

/// The same for cases that did not pass.
const HIT_OPEN: Duration = Duration::from_millis(400);

/// The same where the target hangs: such cases wait before they end.
const HIT_BY_HANG: Duration = Duration::from_secs(10);

/// The lateness of deaths from which suspects are tried in the order that fits it.
const IS_LATE: Duration = Duration::from_millis(50);

/// Number of cases whose ends are remembered, the latest ones.
const REMEMBERED: usize = 4096;

/// Number of killers in a family after which the rest of the family runs one by one.
const KILLERS_OF_A_FAMILY: usize = 2;

/// Number of killers in a row, from at least [`FAMILIES_IN_A_ROW`] families and without a survivor
/// between them, after which the target is taken to die of everything.
const KILLERS_IN_A_ROW: usize = 30;

/// See [`KILLERS_IN_A_ROW`].
const FAMILIES_IN_A_ROW: usize = 6;

/// Number of killers in a run after which no more cases run in families with several killers: each
/// death costs a start of the target.
const KILLERS_OF_A_RUN: usize = 100;

/// How long after a plain connection that kills it the target may end.
const PLAIN_SETTLE: Duration = Duration::from_millis(30);

/// Most starts of the target in a run.
const STARTS: usize = 2000;

/// Number of deaths without a killer after which the run is given up.
const UNEXPLAINED: usize = 25;

/// A target that is dead.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dead {
    pub(super) death: Death,
    /// When it died; `None` if all that is known is that it happened after the last sign of life.
    pub(super) since: Option<Instant>,
}

/// What is known of the deaths of a run.
#[derive(Debug, Default)]
pub(super) struct Deaths {
    /// Cases in the order in which they ended.
    ended: VecDeque<Ended>,
    /// The longest time between the end of a killer and the death.
    lateness: Duration,
    /// It was seen to hang.
    pub(super) hung: bool,
    /// Killers of each family.
    killers: BTreeMap<String, usize>,
    /// The families of the killers since a case survived.
    in_a_row: Vec<String>,
    starts: usize,
    /// For each death, when the target began to die and when that was noticed.
    dying: Vec<(Instant, Instant)>,
    unexplained: Vec<Unexplained>,
}

/// A case that has ended.
#[derive(Debug, Clone, Copy)]
struct Ended {
    case: usize,
    began: Instant,
    at: Instant,
    /// It had a connection.
    connected: bool,
    /// The target sent something in it, and no wait timed out.
    heard: bool,
}

/// A death that is charged to no case.
#[derive(Debug)]
struct Unexplained {
    death: Death,
    stderr: Vec<String>,
    blame: Blame,
}

/// Cases that may have killed the target.
struct Suspects {
    /// Cases that were running, or that the death may have hit: the latest first.
    near: Vec<usize>,
    /// Cases that had ended before, in the order in which they began.
    far: Vec<Ended>,
}

impl Deaths {
    /// Remembers a case that ran from `began` to `at`, and what came of it.
    pub(super) fn note(&mut self, case: usize, what: &Conclusion, began: Instant, at: Instant) {
        self.ended.push_back(Ended {
            case,
            began,
            at,
            connected: !what.transcript.entries.is_empty(),
            heard: what.heard() && !what.timed_out,
        });
        if self.ended.len() > REMEMBERED {
            self.ended.pop_front();
        }
    }

    /// When the target died, at the earliest. Connections outlive a listener that is lost.
    fn since(&self, dead: Dead) -> Option<Instant> {
        let ended = self.ended.iter();
        let last = match dead.death {
            Death::ListenerLost | Death::Gone => {
                let connected = ended.filter(|ended| ended.connected);
                connected.map(|ended| ended.began).max()
            }
            _ => ended.filter(|e| e.heard).map(|ended| ended.at).max(),
        };
        dead.since.or(last)
    }

    /// Whether a run of a case ended while the target was dying: its result says nothing.
    pub(super) fn hit_while_dying(&self, case: usize) -> bool {
        let mut runs = self.ended.iter().filter(|ended| ended.case == case);
        runs.any(|run| {
            self.dying
                .iter()
                .any(|(from, to)| *from <= run.at && run.began <= *to)
        })
    }

    /// How long to wait for a death after a case that ran alone.
    fn settle(&self) -> Duration {
        let least = Duration::from_millis(10);
        least + self.lateness * 3 / 2
    }
}

impl Run<'_> {
    /// Remembers which processes of the target outlive connections.
    pub(super) async fn note_workers(&self) {
        if let Some(keeper) = self.subject.keeper() {
            keeper.note_workers().await;
        }
    }

    /// Finds out who killed the target, and starts it again. Returns the cases that are left.
    pub(super) async fn after_death(
        &mut self,
        dead: Dead,
        scene: Scene,
    ) -> Result<Vec<usize>, Stopped> {
        // To find out who did it takes what it takes.
        self.time = TimeLimit::default();
        let mut stop = std::mem::replace(&mut self.stop, Box::pin(std::future::pending()));
        let left = tokio::select! {
            left = Box::pin(self.explain(dead, scene)) => Ok(left),
            () = &mut stop => Err(Stopped),
        };
        self.stop = stop;
        let mut left = left?;
        let mut seen = BTreeSet::new();
        left.retain(|i| !self.is_killer(*i) && seen.insert(*i));
        Ok(left)
    }

    /// Watches for a death that comes after the last case.
    pub(super) async fn late_deaths(&mut self) -> Result<(), Stopped> {
        while self.died.is_none() && self.subject.keeper().is_some() {
            let until_dead = self.vitals().until_dead();
            let wait = self.deaths.settle().max(LATE);
            let dead = tokio::select! {
                dead = timeout(wait, until_dead) => dead,
                () = self.stop.as_mut() => return Err(Stopped),
            };
            let dead = match dead {
                Ok(dead) => dead,
                Err(_) => match self.vitals().death().await {
                    Some(death) => Dead { death, since: None },
                    None => return Ok(()),
                },
            };
            let scene = Scene {
                running: BTreeMap::new(),
                left: Vec::new(),
            };
            let left = self.after_death(dead, scene).await?;
            self.side_by_side(left, 1).await?;
            self.confirm().await?;
        }
        Ok(())
    }

    async fn explain(&mut self, dead: Dead, scene: Scene) -> Vec<usize> {
        self.deaths.hung |= dead.death == Death::Hang;
        let since = self.deaths.since(dead);
        let dead = Dead { since, ..dead };
        let now = Instant::now();
        let from = since.and_then(|since| since.checked_sub(HIT_OPEN));
        self.deaths.dying.push((from.unwrap_or(now), now));
        let suspects = self.suspects(dead, &scene);
        let mut left = scene.left;
        left.extend(scene.running.keys().filter(|i| !suspects.near.contains(i)));
        for i in self.never_connected() {
            self.judged.remove(&i);
            if !suspects.near.contains(&i) {
                left.push(i);
            }
        }
        if !self.can_start() {
            return self.outage(dead, &suspects, left).await;
        }
        let stderr = self.last_lines().await;
        self.start_again().await;
        if self.died.is_some() {
            self.deaths.unexplained.push(Unexplained {
                death: dead.death,
                stderr,
                blame: Blame::NotTried(self.ids(&suspects.near)),
            });
            return left;
        }
        let explained = if self.deaths.lateness > IS_LATE {
            self.late_killer(dead, &suspects).await
        } else {
            self.one_by_one(suspects.near.clone()).await
        };
        // If only killers were running, one of them has killed it again.
        let unsuspicious = suspects.near.is_empty() && suspects.far.is_empty();
        let explained = explained || unsuspicious && !self.deaths.killers.is_empty();
        if !explained && self.died.is_none() {
            self.search(dead, &suspects, stderr).await;
        }
        self.bound_unexplained(dead.death);
        if self.deaths.lateness > IS_LATE {
            left.extend(self.hit_late(dead, &suspects));
        }
        let killers = &self.deaths.killers;
        let (alone, left): (Vec<usize>, Vec<usize>) = left.into_iter().partition(|i| {
            let family = &self.cases[*i].family;
            killers.get(family).copied().unwrap_or_default() >= KILLERS_OF_A_FAMILY
        });
        self.one_by_one(alone).await;
        left
    }

    /// Cases that have to run again where deaths come late: those that a dying target answered, and
    /// those whose own death would have come after this one.
    fn hit_late(&mut self, dead: Dead, suspects: &Suspects) -> Vec<usize> {
        let window = self.deaths.settle();
        let since = self.deaths.since(dead);
        let masked = suspects.far.iter().filter(|ended| {
            since.is_none_or(|since| since.saturating_duration_since(ended.at) <= window)
        });
        let hit = suspects.near.iter().copied();
        let hit: Vec<usize> = hit
            .chain(masked.map(|ended| ended.case))
            .filter(|i| !self.is_killer(*i))
            .collect();
        for i in &hit {
            self.judged.remove(i);
        }
        hit
    }

    /// Whether a case may get another verdict when it runs again.
    fn is_open(&self, i: usize) -> bool {
        self.judged.get(&i).is_none_or(|judged| {
            !judged.stands || !matches!(judged.result.verdict, Verdict::Pass | Verdict::Fail)
        })
    }

    fn suspects(&self, dead: Dead, scene: &Scene) -> Suspects {
        let since = self.deaths.since(dead);
        let hit = self.deaths.settle().max(HIT);
        let hit_open = if dead.death == Death::Hang {
            HIT_BY_HANG
        } else {
            HIT_OPEN
        };
        let mut near: Vec<(Instant, usize)> = scene
            .running
            .iter()
            .map(|(i, began)| (*began, *i))
            .collect();
        let mut far = Vec::new();
        for ended in &self.deaths.ended {
            let Some(since) = since else { break };
            if scene.running.contains_key(&ended.case) || !ended.connected {
                continue;
            }
            let before = since.saturating_duration_since(ended.at);
            // Connections end before their process does, on a busy machine long before.
            if before <= hit || before <= hit_open && self.is_open(ended.case) {
                near.push((ended.began, ended.case));
            } else if before <= LATEST {
                far.push(*ended);
            }
        }
        near.sort_by_key(|(began, _)| std::cmp::Reverse(*began));
        near.retain(|(_, i)| !self.is_killer(*i));
        far.retain(|ended| !self.is_killer(ended.case));
        far.sort_by_key(|ended| ended.began);
        let mut near: Vec<usize> = near.into_iter().map(|(_, i)| i).collect();
        let mut seen = BTreeSet::new();
        near.retain(|i| seen.insert(*i));
        far.retain(|ended| seen.insert(ended.case));
        Suspects { near, far }
    }

    /// Cases that ran when the target was dead, and so say nothing about it.
    fn never_connected(&mut self) -> Vec<usize> {
        let (connected, not): (VecDeque<Ended>, VecDeque<Ended>) =
            self.deaths.ended.drain(..).partition(|e| e.connected);
        self.deaths.ended = connected;
        not.into_iter()
            .map(|ended| ended.case)
            .filter(|i| !self.is_killer(*i))
            .collect()
    }

    fn can_start(&self) -> bool {
        self.subject
            .keeper()
            .is_some_and(|keeper| keeper.can_start())
    }

    async fn last_lines(&self) -> Vec<String> {
        match self.subject.keeper() {
            Some(keeper) => keeper.last_lines().await,
            None => Vec::new(),
        }
    }

    /// Starts the target again, or gives it up where that fails.
    async fn start_again(&mut self) {
        let Some(keeper) = self.subject.keeper().cloned() else {
            return;
        };
        self.deaths.starts += 1;
        if self.deaths.starts > STARTS {
            self.died = Some(format!("it had to be started again {STARTS} times"));
            return;
        }
        let started = keeper.start().await;
        if let Err(error) = started {
            self.died = Some(format!("it could not be started again: {error}"));
        } else if !self.serves().await {
            self.died = Some("started again, it serves no plain connection".into());
        } else {
            let settle = self.deaths.settle().max(PLAIN_SETTLE);
            if timeout(settle, keeper.until_ended()).await.is_ok() {
                self.died = Some("it dies of a plain connection".into());
            }
            keeper.note_workers().await;
        }
    }

    /// Gives up on a target that dies again and again for no reason that can be found.
    fn bound_unexplained(&mut self, death: Death) {
        let count = self.deaths.unexplained.len();
        if count > UNEXPLAINED && self.died.is_none() {
            self.died = Some(format!("{death}, {count} times, and no case is to blame"));
        }
    }

    /// The ids of these cases.
    fn ids(&self, cases: &[usize]) -> Vec<String> {
        cases.iter().map(|i| self.cases[*i].id.clone()).collect()
    }
}

//! The loop: batches of conversations, what looks wrong in them, and who is still there afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use globset::{Glob, GlobSetBuilder};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use wsspec_core::Role;
use wsspec_reports::Verdict;

use super::cause::{Cause, Kind};
use super::finding::{self, Finding, Made, Why, cause};
use super::growth::Growth;
use super::make::Maker;
use super::plan::Plan;
use super::seen::{
    DIFFERS, Party, SUSPECTS, Seen, behaviour, in_memory, patience, see, shape, sketch, suspected,
    wrong,
};
use super::state::State;
use super::{Ending, Event, Options, Stats, shrink, vectors};
use crate::drive::memory::Chunking;
use crate::exchange::{Setup, Timing};
use crate::peer::ReferencePeer;
use crate::run::{self, Subject};
use wsspec_vectors::SplitMix64;

/// Conversations that are made at once, from what the ones before have shown.
const BATCH: usize = 192;

/// The deadline of a wait; what is found is confirmed with the usual one.
const DEADLINE: Duration = Duration::from_millis(800);

/// Conversations that are tried to make one smaller, at most, and how long that may take.
const SHRINKING: usize = 400;
const SHRINKING_TIME: Duration = Duration::from_secs(20);

/// What shows so often in a row is steady; what is not is given so many chances where it is made smaller.
const STEADY: usize = 3;
const CHANCES: usize = 4;

/// A cause is looked into the first times that it seems to show, and then each time that it has shown twice as often:
/// it may have several shapes.
const LOOKS: usize = 3;

/// A process that has grown is left alone for so long: what it holds then it keeps.
const REST: Duration = Duration::from_secs(10);

/// Material that is kept.
const POOL: usize = 2000;

/// What came of looking into something.
enum Look {
    Found(Finding),
    /// It was found before, in a conversation of the same kind.
    Known,
    /// It does not show again.
    Unconfirmed,
}

pub(super) struct Hunt {
    options: Options,
    target: Role,
    parties: Vec<Party>,
    deflate: bool,
    /// What showed something new.
    pool: Vec<Plan>,
    vectors: Vec<Plan>,
    /// Everything that was seen so far, in short.
    known: BTreeSet<String>,
    /// How often each cause seemed to show.
    causes: BTreeMap<Cause, usize>,
    growth: Option<Growth>,
    /// The target stopped serving, and a finding says so.
    dead: bool,
    pub(super) state: State,
}

pub(super) type On<'a> = &'a mut dyn FnMut(Event<'_>);

impl Hunt {
    pub(super) async fn new(
        subject: Subject,
        against: Option<Subject>,
        options: Options,
    ) -> Result<Hunt, Ending> {
        let run_options = run::Options {
            timeout: options.timeout,
            seed: options.seed,
            ..run::Options::default()
        };
        let mut parties = Vec::new();
        let mut deflate = true;
        for subject in [Some(subject), against].into_iter().flatten() {
            let setup = Setup {
                seed: options.seed,
                ..subject.setup()
            };
            let (mut setup, probe) = run::meet(&subject, setup, &run_options)
                .await
                .map_err(Ending::Unreachable)?;
            if let Some(trouble) = probe.found.trouble {
                return Err(Ending::Unreachable(format!(
                    "no plain connection works: {trouble}"
                )));
            }
            deflate &= probe
                .found
                .extensions
                .is_some_and(|agreed| agreed.contains("permessage-deflate"));
            setup.timing.deadline = DEADLINE.max(setup.timing.round_trip * 8);
            parties.push(Party { subject, setup });
        }
        let mut without = GlobSetBuilder::new();
        for pattern in &options.without {
            without.add(Glob::new(pattern).map_err(|error| {
                Ending::Unusable(format!("{pattern:?} is no pattern: {error}"))
            })?);
        }
        let without = without
            .build()
            .map_err(|error| Ending::Unusable(error.to_string()))?;
        let target = parties[0].setup.target;
        let state = State::read(&options.dir, &parties[0].subject.url(), options.seed)
            .map_err(|e| unusable(&e))?;
        let growth = options
            .pid
            .map(Growth::of)
            .transpose()
            .map_err(|e| unusable(&e))?;
        Ok(Hunt {
            target,
            deflate,
            pool: Vec::new(),
            vectors: vectors::plans(target, &without),
            known: BTreeSet::new(),
            causes: BTreeMap::new(),
            growth,
            dead: false,
            state,
            parties,
            options,
        })
    }

    pub(super) async fn go(&mut self, stats: &mut Stats, on: On<'_>) -> Ending {
        let began = Instant::now();
        let goes_on = |this: &Hunt, stats: &Stats| {
            began.elapsed() < this.options.time
                && stats.findings < this.options.max_findings
                && !this.dead
        };
        while goes_on(self, stats) {
            let batch = self.batch();
            let seen = self.carry_out(&batch).await;
            stats.conversations += batch.len() as u64;
            let mut suspects = Vec::new();
            for ((number, made), seen) in batch.iter().zip(&seen) {
                stats.novel += usize::from(self.learn(made, seen));
                suspects.extend(wrong(made, seen).map(|cause| (*number, made, cause)));
            }
            let mut broke = seen
                .iter()
                .any(|seen| seen.conclusion.verdict == Verdict::Error);
            let mut found = Vec::new();
            for (number, made, cause) in suspects {
                let times = self.causes.entry(cause.clone()).or_default();
                *times += 1;
                let looks = *times <= LOOKS || times.is_power_of_two();
                let told = Kind::new(&cause, BTreeSet::new()).is_among(&self.state.known);
                if !looks || told || !goes_on(self, stats) {
                    continue;
                }
                match self.look_into(number, made, cause.clone()).await {
                    Ok(Look::Found(finding)) => tell(&finding, stats, on),
                    Ok(Look::Known) => {}
                    Ok(Look::Unconfirmed) => {
                        stats.unconfirmed += 1;
                        *self.state.unconfirmed.entry(cause.to_string()).or_default() += 1;
                        broke = true;
                    }
                    Err(error) => return unusable(&error),
                }
            }
            self.state.next = batch.last().map_or(self.state.next, |(number, _)| *number);
            if let Err(error) = self.state.write(&self.options.dir) {
                return unusable(&error);
            }
            if broke && !self.dead && !self.serves().await {
                self.dead = true;
                let last = suspected(&batch, &seen);
                let reason = format!(
                    "the target stopped serving after one of these {}, or several",
                    last.len()
                );
                found.push(self.write(batch[0].0, &last, &reason.into()));
            } else if let Some(reason) = self.grown().await {
                let last: Vec<&Made> = batch
                    .iter()
                    .take(SUSPECTS)
                    .map(|(_, made)| made.as_ref())
                    .collect();
                found.push(self.write(batch[0].0, &last, &reason.into()));
            }
            for finding in found {
                match finding {
                    Ok(finding) => tell(&finding, stats, on),
                    Err(error) => return unusable(&error),
                }
            }
            on(Event::Progress(stats));
        }
        if self.dead {
            Ending::Died
        } else {
            Ending::Complete
        }
    }

    /// The next conversations, by their numbers.
    fn batch(&self) -> Vec<(u64, Arc<Made>)> {
        let mut batch = Vec::new();
        let mut number = self.state.next;
        while batch.len() < BATCH {
            let mut random =
                SplitMix64(self.options.seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            number += 1;
            let mut maker = Maker::new(random.next(), self.deflate, self.target);
            // What cannot be judged is made again, another.
            let made = (0..32).find_map(|_| {
                let material = if random.next() >> 63 == 0 {
                    &self.pool
                } else {
                    &self.vectors
                };
                let plan = maker.plan(material);
                Made::new(plan, self.target, &format!("fuzz-{number}"))
            });
            batch.extend(made.map(|made| (number, Arc::new(made))));
        }
        batch
    }

    /// Carries out all of them, many at once; what was seen, in their order.
    async fn carry_out(&self, batch: &[(u64, Arc<Made>)]) -> Vec<Seen> {
        let permits = Arc::new(Semaphore::new(self.options.jobs));
        let mut running = JoinSet::new();
        for (i, (_, made)) in batch.iter().enumerate() {
            let (permits, made, parties) =
                (Arc::clone(&permits), Arc::clone(made), self.parties.clone());
            running.spawn(async move {
                let _permit = permits.acquire_owned().await;
                (i, see(&parties, &made.case, |timing| timing).await)
            });
        }
        let mut seen: Vec<(usize, Seen)> = Vec::new();
        while let Some(one) = running.join_next().await {
            seen.extend(one.ok());
        }
        seen.sort_by_key(|(i, _)| *i);
        seen.into_iter().map(|(_, seen)| seen).collect()
    }

    /// Keeps what showed something new.
    fn learn(&mut self, made: &Made, seen: &Seen) -> bool {
        let is_new = self.known.insert(sketch(made, &seen.conclusion));
        if is_new {
            if self.pool.len() >= POOL {
                self.pool.remove(0);
            }
            self.pool.push(made.plan.clone());
        }
        is_new
    }

    /// Confirms, makes small and writes down what seems to be wrong.
    async fn look_into(&mut self, number: u64, made: &Made, cause: Cause) -> io::Result<Look> {
        if self.right_one_fails(made)
            || self
                .again(made, true)
                .await
                .is_none_or(|(found, _)| found != cause)
        {
            return Ok(Look::Unconfirmed);
        }
        // Nothing can be said of a target that is gone.
        if !self.serves().await {
            return Ok(Look::Unconfirmed);
        }
        let (smallest, cause) = self.smallest(made.clone(), cause).await;
        let kind = Kind::new(&cause, shape(&smallest.plan));
        if kind.is_among(&self.state.known) {
            return Ok(Look::Known);
        }
        // Under the name it will have, which fixes the masking keys.
        let family = finding::family(State::next_file(&self.options.dir));
        let Some(smallest) = Made::new(smallest.plan, self.target, &family) else {
            return Ok(Look::Unconfirmed);
        };
        let mut shown = None;
        for _ in 0..CHANCES {
            if shown.is_none() {
                shown = self.again(&smallest, true).await;
            }
        }
        if !self.serves().await {
            self.dead = true;
            let reason = format!("the target stopped serving while this was made smaller: {cause}");
            return self.write(number, &[made], &reason.into()).map(Look::Found);
        }
        let Some((_, why)) = shown else {
            return Ok(Look::Unconfirmed);
        };
        self.state.known.push(kind);
        self.write(number, &[&smallest], &why).map(Look::Found)
    }

    /// Whether the reference endpoint does the same: then it is the model that is wrong.
    fn right_one_fails(&self, made: &Made) -> bool {
        cause(
            made,
            &in_memory(
                made,
                self.target,
                &ReferencePeer::conforming(),
                Chunking::Whole,
            ),
        )
        .is_some()
    }

    /// Carries a conversation out alone: what is wrong with it, and why.
    async fn again(&self, made: &Made, patient: bool) -> Option<(Cause, Why)> {
        let round_trip = self
            .parties
            .iter()
            .map(|party| party.setup.timing.round_trip)
            .max()
            .unwrap_or_default();
        let timeout = patience(self.options.timeout, round_trip, made);
        let timing = |timing: Timing| {
            if patient {
                timing.patient(3, timeout)
            } else {
                timing
            }
        };
        let seen = see(&self.parties, &made.case, timing).await;
        let cause = wrong(made, &seen)?;
        let mut why = finding::why(made, &seen.conclusion);
        if let (true, Some(other)) = (cause.rule.starts_with(DIFFERS), &seen.other) {
            why.reason = format!(
                "one: {}; the other: {}",
                behaviour(&seen.conclusion),
                behaviour(other)
            );
        }
        Some((cause, why))
    }

    /// The smallest conversation found that shows the same.
    async fn smallest(&self, mut made: Made, mut cause: Cause) -> (Made, Cause) {
        let (began, mut tried) = (Instant::now(), 0);
        let family = made.case.family.clone();
        // What shows now and then only, since it goes by how TCP cuts the bytes, is given more than one chance.
        let mut shows = true;
        for _ in 0..STEADY {
            shows &= self.shows(&made, &cause).await.is_some();
        }
        let chances = if shows { 1 } else { CHANCES };
        'smaller: loop {
            for plan in shrink::simpler(&made.plan) {
                let Some(simpler) = Made::new(plan, self.target, &family) else {
                    continue;
                };
                if simpler.modelled.steps.len() > made.modelled.steps.len() {
                    continue;
                }
                tried += 1;
                if tried > SHRINKING || began.elapsed() > SHRINKING_TIME {
                    return (made, cause);
                }
                for _ in 0..chances {
                    let found = self.shows(&simpler, &cause).await;
                    if let Some(found) = found.filter(|_| !self.right_one_fails(&simpler)) {
                        (made, cause) = (simpler, found);
                        continue 'smaller;
                    }
                }
            }
            return (made, cause);
        }
    }

    /// What is wrong in it, if that says as much as `cause`.
    async fn shows(&self, made: &Made, cause: &Cause) -> Option<Cause> {
        self.again(made, false)
            .await
            .map(|(found, _)| found)
            .filter(|found| found.says(cause))
    }

    fn write(&self, conversation: u64, made: &[&Made], why: &Why) -> io::Result<Finding> {
        let number = State::next_file(&self.options.dir);
        let by = format!("seed {}, conversation {conversation}", self.options.seed);
        finding::write(&self.options.dir, number, made, self.target, why, &by)
    }

    /// In words, that the process grew, and stays so when it is left alone.
    async fn grown(&mut self) -> Option<String> {
        let growth = self.growth.as_mut()?;
        growth.look()?;
        tokio::time::sleep(REST).await;
        growth.look().inspect(|_| growth.told = true)
    }

    /// Whether the target still answers a plain connection.
    async fn serves(&self) -> bool {
        for pause in [0, 300, 1000] {
            tokio::time::sleep(Duration::from_millis(pause)).await;
            let Party { subject, setup } = &self.parties[0];
            if subject
                .plain(setup, self.options.timeout)
                .await
                .is_some_and(|c| c.verdict == Verdict::Pass)
            {
                return true;
            }
        }
        false
    }
}

fn tell(finding: &Finding, stats: &mut Stats, on: On<'_>) {
    stats.findings += 1;
    on(Event::Found(finding));
}

fn unusable(error: &io::Error) -> Ending {
    Ending::Unusable(error.to_string())
}

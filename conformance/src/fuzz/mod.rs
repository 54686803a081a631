//! Conversations that nobody wrote, with a live target, judged as the vectors are.
//!
//! [`make`] makes a conversation, [`model`] writes down what the standard allows at each of its points, and the engine
//! that runs the vectors runs it. What showed something new (a state, a violation, a reaction not seen before) is
//! material for the next ones. What the target does wrong is confirmed, made small by [`shrink`], and written as a
//! vector ([`finding`]).
//!
//! Conversations are made in batches, from what came before the batch alone: the same seed makes the same ones.

mod finding;
mod growth;
mod heads;
mod make;
mod model;
mod plan;
mod shrink;
mod state;
mod vectors;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use globset::{Glob, GlobSetBuilder};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use wsspec_core::Role;
use wsspec_reports::Verdict;

use crate::drive::memory::{self, Chunking};
use crate::exchange::{Conclusion, Setup, Timing};
use crate::peer::Peer;
use crate::run::{self, Subject};
use crate::vector::{Case, SplitMix64};
pub use finding::Finding;
use finding::{Cause, Made, Why, cause, general};
use growth::Growth;
use make::Maker;
use plan::Plan;
use state::State;

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

/// How often one cause is looked into, since it may have several shapes.
const SHAPES: usize = 3;

/// A process that has grown is left alone for so long: what it holds then it keeps.
const REST: Duration = Duration::from_secs(10);

/// How long before a connection was refused a conversation may have ended that was the reason.
const LAG: Duration = Duration::from_millis(500);

/// What a frame may take a target.
const FRAME: Duration = Duration::from_millis(10);

/// Material that is kept.
const POOL: usize = 2000;

/// Cases that are written where a target died: one of them was too much.
const SUSPECTS: usize = 64;

/// How to fuzz.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long.
    pub time: Duration,
    /// Makes the same conversations again.
    pub seed: u64,
    /// Ends with so many findings.
    pub max_findings: usize,
    /// Conversations at once.
    pub jobs: usize,
    /// The deadline of a wait when a finding is confirmed.
    pub timeout: Duration,
    /// Where findings are written, and what is needed to go on later.
    pub dir: PathBuf,
    /// Vectors that are no material, as patterns of ids.
    pub without: Vec<String>,
    /// The process whose memory is watched.
    pub pid: Option<u32>,
}

/// How far it has come.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stats {
    /// Conversations so far.
    pub conversations: u64,
    /// Those that showed something new.
    pub novel: usize,
    /// What was found.
    pub findings: usize,
    /// What looked wrong, and did not when it was asked again.
    pub unconfirmed: usize,
}

/// What happens, as it happens.
#[derive(Debug)]
pub enum Event<'a> {
    /// It goes on where an earlier run with the same seed ended.
    Resumed(u64),
    /// Another batch is done.
    Progress(&'a Stats),
    /// Something was found.
    Found(&'a Finding),
}

/// Why it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// The time is over, or there are findings enough.
    Complete,
    /// The caller stopped it.
    Interrupted,
    /// The target cannot be reached, or not be spoken with.
    Unreachable(String),
    /// The target stopped serving; a finding has what came last.
    Died,
    /// Findings cannot be written.
    Disk(String),
}

/// Fuzzes `subject` until the time is over, there are findings enough, or `stop` resolves. With `against`, what two
/// targets answer differently is a finding too.
pub async fn hunt(
    subject: Subject,
    against: Option<Subject>,
    options: Options,
    stop: impl Future<Output = ()>,
    mut on: impl FnMut(Event<'_>),
) -> (Stats, Ending) {
    let mut stats = Stats::default();
    let mut hunt = match Hunt::new(subject, against, options).await {
        Ok(hunt) => hunt,
        Err(ending) => return (stats, ending),
    };
    tokio::pin!(stop);
    if hunt.state.next > 0 {
        on(Event::Resumed(hunt.state.next));
    }
    let ending = tokio::select! {
        ending = Box::pin(hunt.go(&mut stats, &mut on)) => ending,
        () = &mut stop => Ending::Interrupted,
    };
    (stats, ending)
}

/// Where a conversation is carried out: a target and what is known of it.
#[derive(Clone)]
struct Party {
    subject: Subject,
    setup: Setup,
}

/// What was seen of one conversation.
struct Seen {
    conclusion: Conclusion,
    /// What the other target did.
    other: Option<Conclusion>,
    began: Instant,
    ended: Instant,
}

struct Hunt {
    options: Options,
    target: Role,
    parties: Vec<Party>,
    deflate: bool,
    /// What showed something new.
    pool: Vec<Plan>,
    vectors: Vec<Plan>,
    /// Everything that was seen so far, in short.
    known: BTreeSet<String>,
    /// How often each cause was looked into.
    causes: BTreeMap<Cause, usize>,
    growth: Option<Growth>,
    /// The target stopped serving, and a finding says so.
    dead: bool,
    state: State,
}

type On<'a> = &'a mut dyn FnMut(Event<'_>);

impl Hunt {
    async fn new(subject: Subject, against: Option<Subject>, options: Options) -> Result<Hunt, Ending> {
        let run_options = run::Options { timeout: options.timeout, seed: options.seed, ..run::Options::default() };
        let mut parties = Vec::new();
        let mut deflate = true;
        for subject in [Some(subject), against].into_iter().flatten() {
            let setup = Setup { seed: options.seed, ..subject.setup() };
            let (mut setup, probe) = run::meet(&subject, setup, &run_options).await.map_err(Ending::Unreachable)?;
            if let Some(trouble) = probe.found.trouble {
                return Err(Ending::Unreachable(format!("no plain connection works: {trouble}")));
            }
            deflate &= probe.found.extensions.is_some_and(|agreed| agreed.contains("permessage-deflate"));
            setup.timing.deadline = DEADLINE.max(setup.timing.round_trip * 8);
            parties.push(Party { subject, setup });
        }
        let mut without = GlobSetBuilder::new();
        for pattern in &options.without {
            without
                .add(Glob::new(pattern).map_err(|error| Ending::Disk(format!("{pattern:?} is no pattern: {error}")))?);
        }
        let without = without.build().map_err(|error| Ending::Disk(error.to_string()))?;
        let target = parties[0].setup.target;
        let state = State::read(&options.dir, &parties[0].subject.url(), options.seed).map_err(|e| disk(&e))?;
        let growth = options.pid.map(Growth::of).transpose().map_err(|e| disk(&e))?;
        Ok(Hunt {
            target,
            deflate,
            pool: Vec::new(),
            vectors: vectors::plans(target, &without),
            known: BTreeSet::new(),
            causes: state.causes.iter().map(|cause| (Cause(cause.clone()), SHAPES)).collect(),
            growth,
            dead: false,
            state,
            parties,
            options,
        })
    }

    async fn go(&mut self, stats: &mut Stats, on: On<'_>) -> Ending {
        let began = Instant::now();
        let left = |this: &Hunt| this.options.time.checked_sub(began.elapsed());
        while left(self).is_some() && stats.findings < self.options.max_findings {
            let batch = self.batch();
            let seen = self.carry_out(&batch).await;
            stats.conversations += batch.len() as u64;
            let mut suspects = Vec::new();
            for (i, seen) in seen.iter().enumerate() {
                let (number, made) = &batch[i];
                if self.learn(made, seen) {
                    stats.novel += 1;
                }
                suspects.extend(self.looks_wrong(made, seen).map(|cause| (*number, Arc::clone(made), cause)));
            }
            let mut broke = seen.iter().any(|seen| seen.conclusion.verdict == Verdict::Error);
            for (number, made, cause) in suspects {
                // Another of this batch may have been it.
                if self.causes.get(&cause).is_some_and(|times| *times >= SHAPES) {
                    continue;
                }
                match self.look_into(number, &made, cause).await {
                    Ok(Some(finding)) => {
                        stats.findings += 1;
                        on(Event::Found(&finding));
                    }
                    Ok(None) => {
                        stats.unconfirmed += 1;
                        broke = true;
                    }
                    Err(error) => return disk(&error),
                }
                if left(self).is_none() || stats.findings >= self.options.max_findings {
                    break;
                }
            }
            self.state.next += batch.len() as u64;
            if let Err(error) = self.keep_state() {
                return disk(&error);
            }
            if self.dead {
                return Ending::Died;
            }
            if broke && !self.serves().await {
                let last = suspected(&batch, &seen);
                let reason = format!("the target stopped serving after one of these {}, or several", last.len());
                return match self.write(batch[0].0, &last, &Why { reason, requirement: None }) {
                    Ok(finding) => {
                        stats.findings += 1;
                        on(Event::Found(&finding));
                        Ending::Died
                    }
                    Err(error) => disk(&error),
                };
            }
            if let Some(reason) = self.grown().await {
                let last: Vec<&Made> = batch.iter().take(SUSPECTS).map(|(_, made)| made.as_ref()).collect();
                match self.write(batch[0].0, &last, &Why { reason, requirement: None }) {
                    Ok(finding) => {
                        stats.findings += 1;
                        on(Event::Found(&finding));
                    }
                    Err(error) => return disk(&error),
                }
            }
            on(Event::Progress(stats));
        }
        Ending::Complete
    }

    /// The next conversations, by their numbers.
    fn batch(&self) -> Vec<(u64, Arc<Made>)> {
        let mut batch = Vec::new();
        let mut number = self.state.next;
        while batch.len() < BATCH {
            let mut random = SplitMix64(self.options.seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            number += 1;
            let mut maker = Maker::new(random.next(), self.deflate, self.target);
            // What cannot be judged is made again, another.
            let made = (0..32).find_map(|_| {
                let material = if random.next() >> 63 == 0 { &self.pool } else { &self.vectors };
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
            let (permits, made, parties) = (Arc::clone(&permits), Arc::clone(made), self.parties.clone());
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

    /// What seems to be wrong, unless that is known.
    fn looks_wrong(&self, made: &Made, seen: &Seen) -> Option<Cause> {
        let cause = wrong(made, seen)?;
        self.causes.get(&cause).is_none_or(|times| *times < SHAPES).then_some(cause)
    }

    /// Confirms, makes small and writes down what seems to be wrong.
    async fn look_into(&mut self, number: u64, made: &Made, cause: Cause) -> io::Result<Option<Finding>> {
        *self.causes.entry(cause.clone()).or_default() += 1;
        if self.right_one_fails(made) || self.again(made, true).await.as_ref().map(|(found, _)| found) != Some(&cause) {
            return Ok(None);
        }
        // Nothing can be said of a target that is gone.
        if !self.serves().await {
            return Ok(None);
        }
        let smallest = self.smallest(made.clone(), &cause).await;
        let shape = Cause(format!("{} [{}]", cause.0, shape(&smallest.plan)));
        if self.causes.contains_key(&shape) {
            return Ok(None);
        }
        // Under the name it will have, which fixes the masking keys.
        let family = finding::family(State::next_file(&self.options.dir));
        let Some(smallest) = Made::new(smallest.plan, self.target, &family) else { return Ok(None) };
        let mut shown = None;
        for _ in 0..CHANCES {
            if shown.is_none() {
                shown = self.again(&smallest, true).await;
            }
        }
        if !self.serves().await {
            self.dead = true;
            let reason = format!("the target stopped serving while this was made smaller: {}", cause.0);
            return self.write(number, &[made], &Why { reason, requirement: None }).map(Some);
        }
        let Some((_, why)) = shown else { return Ok(None) };
        self.causes.insert(shape.clone(), SHAPES);
        self.state.causes.push(shape.0);
        if self.causes.get(&cause).is_some_and(|times| *times >= SHAPES) {
            self.state.causes.push(cause.0);
        }
        self.write(number, &[&smallest], &why).map(Some)
    }

    /// Whether the reference endpoint does the same: then it is the model that is wrong.
    fn right_one_fails(&self, made: &Made) -> bool {
        cause(made, &in_memory(made, self.target, &Peer::right(), Chunking::Whole)).is_some()
    }

    /// Carries a conversation out alone: what is wrong with it, and why.
    async fn again(&self, made: &Made, patient: bool) -> Option<(Cause, Why)> {
        let timeout = patience(self.options.timeout, made);
        let timing = |timing: Timing| if patient { timing.patient(3, timeout) } else { timing };
        let seen = see(&self.parties, &made.case, timing).await;
        let cause = wrong(made, &seen)?;
        let (reason, requirement) = finding::reason(made, &seen.conclusion);
        let reason = match &seen.other {
            Some(other) if cause.0.starts_with(DIFFERS) => {
                format!("one: {}; the other: {}", behaviour(&seen.conclusion), behaviour(other))
            }
            _ => reason,
        };
        Some((cause, Why { reason, requirement: Some(requirement) }))
    }

    /// The smallest conversation found that shows the same.
    async fn smallest(&self, mut made: Made, cause: &Cause) -> Made {
        let (began, mut tried) = (Instant::now(), 0);
        let family = made.case.family.clone();
        // What shows now and then only, since it goes by how TCP cuts the bytes, is given more than one chance.
        let mut shows = true;
        for _ in 0..STEADY {
            shows &= self.shows(&made, cause).await;
        }
        let chances = if shows { 1 } else { CHANCES };
        'smaller: loop {
            for plan in shrink::simpler(&made.plan) {
                let Some(simpler) = Made::new(plan, self.target, &family) else { continue };
                if simpler.modelled.steps.len() > made.modelled.steps.len() {
                    continue;
                }
                tried += 1;
                if tried > SHRINKING || began.elapsed() > SHRINKING_TIME {
                    return made;
                }
                for _ in 0..chances {
                    if self.shows(&simpler, cause).await && !self.right_one_fails(&simpler) {
                        made = simpler;
                        continue 'smaller;
                    }
                }
            }
            return made;
        }
    }

    /// Whether this is wrong in it.
    async fn shows(&self, made: &Made, cause: &Cause) -> bool {
        self.again(made, false).await.is_some_and(|(found, _)| found == *cause)
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

    fn keep_state(&mut self) -> io::Result<()> {
        self.state.write(&self.options.dir)
    }

    /// Whether the target still answers a plain connection.
    async fn serves(&self) -> bool {
        for pause in [0, 300, 1000] {
            tokio::time::sleep(Duration::from_millis(pause)).await;
            let Party { subject, setup } = &self.parties[0];
            if subject.plain(setup, self.options.timeout).await.is_some_and(|c| c.verdict == Verdict::Pass) {
                return true;
            }
        }
        false
    }
}

/// How long a conversation may take when it is confirmed: a slow target may need its time for each of many frames.
fn patience(timeout: Duration, made: &Made) -> Duration {
    timeout + FRAME * made.modelled.frames
}

/// Conversations that were under way, or just over, when the target was gone.
fn suspected<'a>(batch: &'a [(u64, Arc<Made>)], seen: &[Seen]) -> Vec<&'a Made> {
    let unheard = |seen: &&Seen| !seen.conclusion.heard();
    let gone = seen.iter().filter(unheard).map(|seen| seen.began).min();
    let near = |seen: &Seen| gone.is_none_or(|gone| seen.began < gone && seen.ended + LAG > gone);
    let suspects = batch.iter().zip(seen).filter(|(_, seen)| near(seen)).map(|((_, made), _)| made.as_ref());
    let suspects: Vec<&Made> = suspects.take(SUSPECTS).collect();
    if suspects.is_empty() { vec![&batch[0].1] } else { suspects }
}

/// What the cause of a difference begins with.
const DIFFERS: &str = "differs: ";

async fn see(parties: &[Party], case: &Case, timing: impl Fn(Timing) -> Timing) -> Seen {
    let setup = |party: &Party| Setup { timing: timing(party.setup.timing), ..party.setup.clone() };
    let began = Instant::now();
    let conclusion = parties[0].subject.carry_out(case, &setup(&parties[0])).await;
    let other = match parties.get(1) {
        Some(party) => Some(party.subject.carry_out(case, &setup(party)).await),
        None => None,
    };
    Seen { conclusion, other, began, ended: Instant::now() }
}

/// What is wrong, with the target alone or beside another.
fn wrong(made: &Made, seen: &Seen) -> Option<Cause> {
    cause(made, &seen.conclusion).or_else(|| {
        let (one, two) = (behaviour(&seen.conclusion), behaviour(seen.other.as_ref()?));
        let rule = made.modelled.broken.map_or("legal", |violation| violation.name());
        (one != two).then(|| Cause(format!("{DIFFERS}{rule}: {one} / {two}")))
    })
}

/// What a target did, in few words, without what may differ from one time to the next.
fn behaviour(conclusion: &Conclusion) -> String {
    if !conclusion.opens {
        return "does not open".into();
    }
    let close = match &conclusion.close {
        Some(close) => close.code.map_or("closes without a code".to_owned(), |code| format!("closes with {code}")),
        None if conclusion.timed_out => "goes silent".into(),
        None => "sends no Close".into(),
    };
    format!("{} messages, {close}", conclusion.messages.len())
}

/// A conversation in short: the state in which the last move came, the rule it breaks, and the reaction.
fn sketch(made: &Made, conclusion: &Conclusion) -> String {
    let rule = made.modelled.broken.map_or("legal", |violation| violation.name());
    let reaction = general(&conclusion.reason);
    let compressed = made.plan.terms.is_some();
    format!(
        "{} {rule} {compressed} {:?} {reaction} {}",
        made.modelled.state,
        conclusion.verdict,
        conclusion.close.is_some()
    )
}

/// What kind of conversation shows a fault, roughly.
fn shape(plan: &Plan) -> String {
    let mut words = BTreeSet::new();
    for piece in plan.moves.iter().flat_map(|moved| &moved.frames) {
        if let plan::Piece::Made(made) = piece {
            words.insert(if made.is_control() { "control" } else { "data" });
            if made.deflate && plan.terms.is_some() {
                words.insert("compressed");
            }
            if made.opcode == 0 || !made.fin || !made.fragments.is_empty() {
                words.insert("fragmented");
            }
        }
    }
    words.into_iter().collect::<Vec<_>>().join(" ")
}

fn disk(error: &io::Error) -> Ending {
    Ending::Disk(error.to_string())
}

/// Carries a conversation out without a network.
fn in_memory(made: &Made, target: Role, peer: &Peer, chunking: Chunking) -> Conclusion {
    let mut setup = Setup::new(target, "wsspec.invalid", "/");
    setup.timing.deadline = patience(setup.timing.deadline, made);
    memory::run(&made.case, &setup, peer, chunking)
}

/// The law of the model: of a right peer, in whatever form, nothing is ever found. Makes `count` conversations by
/// `seed` and carries them out with `peer` in memory; the first that breaks the law, in words.
pub fn slander(seed: u64, count: u64, target: Role, peer: &Peer) -> Option<String> {
    let material = vectors::plans(target, &globset::GlobSet::empty());
    let mut pool = Vec::new();
    let mut known = BTreeSet::new();
    for number in 0..count {
        let mut maker = Maker::new(seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15), true, target);
        let plan = maker.plan(if number % 2 == 0 { &material } else { &pool });
        let Some(made) = Made::new(plan, target, "fuzz") else { continue };
        let chunking = if number % 3 == 0 { Chunking::Random(number) } else { Chunking::Whole };
        let conclusion = in_memory(&made, target, peer, chunking);
        if cause(&made, &conclusion).is_some() {
            let steps = serde_json::to_string(&made.modelled.steps).unwrap_or_default();
            return Some(format!("conversation {number}: {}\n{steps}", finding::reason(&made, &conclusion).0));
        }
        if known.insert(sketch(&made, &conclusion)) {
            pool.push(made.plan);
        }
    }
    None
}

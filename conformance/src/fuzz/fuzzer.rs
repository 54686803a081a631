//! The main loop: runs batches of conversations, investigates what looks wrong, and checks that the
//! target still serves.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout_at;

use super::cause::{FindingCause, Signature};
use super::conversation::Conversation;
use super::coverage::New;
use super::features::features;
use super::finding::{self, Finding};
use super::folder::Folder;
use super::growth::Growth;
use super::judgement::Explanation;
use super::material::{Material, Numbered};
use super::minimize::smallest;
use super::observation::{MAX_SUSPECTS, Observed, suspects};
use super::options::{Ending, Event, Options, Stats};
use super::reach::{Reach, shorten};
use super::reference::reference_fails;
use super::reproduce::{reproduce, reproduce_once};
use super::state::State;
use super::targets::{Pace, Targets};
use crate::run::Subject;

/// Conversations generated at once, from what those before them showed.
const BATCH: usize = 192;

/// A cause is investigated when it is suspected for the first times, and then each time the count
/// has doubled: it may show in conversations of several kinds.
const FIRST_INVESTIGATIONS: usize = 3;

/// How long an investigation may go on after the time of the run is over: one of a target that answers
/// late may wait for minutes.
const OVERTIME: Duration = Duration::from_secs(30);

/// How long before a refused connection a conversation may have ended that caused the target to stop:
/// of many at a time, and of one.
const LAG: Duration = Duration::from_millis(500);
const LAG_ALONE: Duration = Duration::from_millis(20);

/// How long a process that has grown is left idle before it is measured again.
const IDLE: Duration = Duration::from_secs(10);

/// The outcome of an investigation.
enum Investigation {
    Found(Finding),
    /// It was found before, in a conversation of the same kind.
    Known,
    /// It did not reproduce.
    Unconfirmed,
}

/// A conversation in which something looks wrong.
struct Suspicion<'a> {
    number: u64,
    conversation: &'a Conversation,
    cause: FindingCause,
}

/// A fuzzing run.
pub(super) struct Fuzzer {
    options: Options,
    targets: Arc<Targets>,
    material: Material,
    reach: Reach,
    /// How often each cause was suspected.
    suspected: BTreeMap<FindingCause, usize>,
    growth: Option<Growth>,
    /// The target stopped serving, and a finding says so.
    dead: bool,
    folder: Folder,
    state: State,
    /// When the run ends.
    deadline: Instant,
}

/// Receives the events of a run.
type OnEvent<'a> = &'a mut dyn FnMut(Event<'_>);

impl Fuzzer {
    /// Probes the targets and reads the state of an earlier run.
    ///
    /// # Errors
    /// The ending of the run, where it cannot begin.
    pub(super) async fn new(
        subject: Subject,
        against: Option<Subject>,
        options: Options,
    ) -> Result<Fuzzer, Ending> {
        let targets = Targets::probe(subject, against, &options).await?;
        let material = Material::new(targets.role(), targets.transport(), &options.without)
            .map_err(Ending::Unusable)?;
        let folder = Folder::new(&options.dir, options.shard);
        let state =
            State::read(&folder, &targets.url(), &options).map_err(|error| unusable(&error))?;
        let growth = options.pid.map(Growth::of).transpose();
        Ok(Fuzzer {
            targets: Arc::new(targets),
            material,
            reach: Reach::default(),
            suspected: BTreeMap::new(),
            growth: growth.map_err(|error| unusable(&error))?,
            dead: false,
            folder,
            state,
            deadline: Instant::now() + options.time,
            options,
        })
    }

    /// The conversation at which an earlier run is continued, if it is.
    pub(super) fn resumes_at(&self) -> Option<u64> {
        (self.state.next > 0).then_some(self.state.next)
    }

    /// Runs until the time is over, there are enough findings, or the target stops serving.
    pub(super) async fn run(&mut self, stats: &mut Stats, on_event: OnEvent<'_>) -> Ending {
        while self.continues(stats) {
            if let Err(error) = self.run_batch(stats, on_event).await {
                return unusable(&error);
            }
            on_event(Event::Progress(stats));
        }
        if self.dead {
            Ending::Died
        } else {
            Ending::Complete
        }
    }

    fn continues(&self, stats: &Stats) -> bool {
        Instant::now() < self.deadline && stats.findings < self.options.max_findings && !self.dead
    }

    async fn run_batch(&mut self, stats: &mut Stats, on_event: OnEvent<'_>) -> io::Result<()> {
        let batch = self.material.batch(
            BATCH,
            self.state.seed,
            self.state.next,
            self.targets.role(),
            self.targets.deflate(),
        );
        let observed = self.observe(&batch).await;
        stats.conversations += batch.len() as u64;
        let killer = self.learn(&observed, stats).await;
        let vanished = self.investigate(&observed, stats, on_event).await?;
        self.state.next = batch.last().map_or(self.state.next, |(number, _)| *number);
        self.state.write(&self.folder)?;
        let broke_down = killer.is_some() || observed.iter().any(Observed::broke_down);
        if (vanished || broke_down) && !self.dead && !self.targets.is_serving().await {
            self.dead = true;
            let last = match &killer {
                Some(killer) => vec![killer],
                None => suspects(&observed, self.lag()),
            };
            let reason = format!(
                "the target stopped serving after one or more of these {} conversations",
                last.len()
            );
            let finding = self.write(batch[0].0, &last, &reason.into())?;
            report(&finding, stats, on_event);
        } else if let Some(reason) = self.growth().await {
            let last: Vec<&Conversation> = batch
                .iter()
                .take(MAX_SUSPECTS)
                .map(|(_, conversation)| conversation.as_ref())
                .collect();
            let finding = self.write(batch[0].0, &last, &reason.into())?;
            report(&finding, stats, on_event);
        }
        Ok(())
    }

    /// Keeps what showed something new. The conversation with which the target broke down while one that
    /// reached new code was made shorter, if it did.
    async fn learn(&mut self, observed: &[Observed], stats: &mut Stats) -> Option<Conversation> {
        let mut stands = !observed.iter().any(Observed::broke_down);
        let mut killer = None;
        for observed in observed {
            let new = self.reach.learn(observed.observation.trace.as_ref());
            let mut novel = self.material.learn(observed, new == Some(New::Counts));
            if let Some(New::Code(entries)) = new {
                novel = true;
                let mut plan = observed.conversation.plan.clone();
                if stands {
                    let shortened = shorten(&self.targets, &observed.conversation, &entries).await;
                    (plan, killer) = (shortened.plan, shortened.broke_down);
                    stands = killer.is_none();
                }
                self.material.reached(plan);
            }
            stats.novel += usize::from(novel);
        }
        stats.counters = self.reach.counters();
        killer
    }

    /// How long before a refused connection a conversation may have ended that stopped the target: next
    /// to none where there is one at a time.
    fn lag(&self) -> Duration {
        if self.options.coverage.is_some() {
            LAG_ALONE
        } else {
            LAG
        }
    }

    /// Runs all conversations of a batch concurrently, or one at a time where coverage is told apart; the
    /// observations have the order of the batch.
    async fn observe(&self, batch: &[Numbered]) -> Vec<Observed> {
        let jobs = match self.options.coverage {
            Some(_) => 1,
            None => self.options.jobs,
        };
        let permits = Arc::new(Semaphore::new(jobs));
        let mut running = JoinSet::new();
        for (number, conversation) in batch.iter().cloned() {
            let (permits, targets) = (Arc::clone(&permits), Arc::clone(&self.targets));
            running.spawn(async move {
                let _permit = permits.acquire_owned().await;
                let observation = targets.observe(&conversation, Pace::Usual).await;
                Observed {
                    number,
                    conversation,
                    observation,
                }
            });
        }
        let mut observed = Vec::new();
        while let Some(one) = running.join_next().await {
            observed.extend(one.ok());
        }
        observed.sort_by_key(|observed| observed.number);
        observed
    }

    /// Investigates what looks wrong. Whether something of it did not reproduce.
    async fn investigate(
        &mut self,
        observed: &[Observed],
        stats: &mut Stats,
        on_event: OnEvent<'_>,
    ) -> io::Result<bool> {
        let mut vanished = false;
        let suspicions = observed.iter().filter_map(suspicion);
        for suspicion in suspicions {
            if !self.is_worth_investigating(&suspicion.cause) || !self.continues(stats) {
                continue;
            }
            let end = self.deadline + OVERTIME;
            let found = timeout_at(end.into(), self.investigate_one(&suspicion)).await;
            match found.unwrap_or(Ok(Investigation::Unconfirmed))? {
                Investigation::Found(finding) => report(&finding, stats, on_event),
                Investigation::Known => {}
                Investigation::Unconfirmed => {
                    stats.unconfirmed += 1;
                    let cause = suspicion.cause.to_string();
                    *self.state.unconfirmed.entry(cause).or_default() += 1;
                    vanished = true;
                }
            }
        }
        Ok(vanished)
    }

    /// Counts a suspected cause, and decides whether to investigate it this time.
    fn is_worth_investigating(&mut self, cause: &FindingCause) -> bool {
        let times = self.suspected.entry(cause.clone()).or_default();
        *times += 1;
        (*times <= FIRST_INVESTIGATIONS || times.is_power_of_two())
            && !cause.is_known(&self.state.known)
    }

    /// Reproduces a suspected finding, makes it smaller and writes it.
    async fn investigate_one(&mut self, suspicion: &Suspicion<'_>) -> io::Result<Investigation> {
        let target = self.targets.role();
        let conversation = suspicion.conversation;
        if reference_fails(conversation, target) {
            return Ok(Investigation::Unconfirmed);
        }
        let reproduced = reproduce(&self.targets, conversation, Pace::Patient).await;
        if reproduced.is_none_or(|(cause, _)| cause != suspicion.cause) {
            return Ok(Investigation::Unconfirmed);
        }
        // A target that stopped serving cannot be judged.
        if !self.targets.is_serving().await {
            return Ok(Investigation::Unconfirmed);
        }
        let cause = suspicion.cause.clone();
        let (smallest, cause) = smallest(&self.targets, conversation.clone(), cause).await;
        let signature = Signature::new(&cause, features(&smallest.plan));
        if signature.is_known(&self.state.known) {
            return Ok(Investigation::Known);
        }
        // The family determines the masking keys: run it once more under its final name.
        let family = self.folder.next_family();
        let Some(smallest) = Conversation::new(smallest.plan, target, &family) else {
            return Ok(Investigation::Unconfirmed);
        };
        let explanation = reproduce_once(&self.targets, &smallest).await;
        if !self.targets.is_serving().await {
            self.dead = true;
            let reason = format!("the target stopped serving while {cause} was investigated");
            return self
                .write(suspicion.number, &[conversation], &reason.into())
                .map(Investigation::Found);
        }
        let Some(explanation) = explanation else {
            return Ok(Investigation::Unconfirmed);
        };
        self.state.known.push(signature.shown_by(&family));
        self.write(suspicion.number, &[&smallest], &explanation)
            .map(Investigation::Found)
    }

    fn write(
        &self,
        number: u64,
        conversations: &[&Conversation],
        explanation: &Explanation,
    ) -> io::Result<Finding> {
        let found_by = format!("seed {}, conversation {number}", self.state.seed);
        finding::write(
            &self.folder,
            &self.folder.next_family(),
            conversations,
            self.targets.role(),
            explanation,
            &found_by,
        )
    }

    /// Describes the growth of the target's process, if it keeps its memory when idle.
    async fn growth(&mut self) -> Option<String> {
        let growth = self.growth.as_mut()?;
        growth.describe()?;
        tokio::time::sleep(IDLE).await;
        growth.describe().inspect(|_| growth.reported = true)
    }
}

fn suspicion(observed: &Observed) -> Option<Suspicion<'_>> {
    let conversation = observed.conversation.as_ref();
    Some(Suspicion {
        number: observed.number,
        conversation,
        cause: observed.observation.cause(conversation)?,
    })
}

fn report(finding: &Finding, stats: &mut Stats, on_event: OnEvent<'_>) {
    stats.findings += 1;
    on_event(Event::Found(finding));
}

fn unusable(error: &io::Error) -> Ending {
    Ending::Unusable(error.to_string())
}

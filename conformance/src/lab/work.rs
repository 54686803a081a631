//! Installs and tests implementations, one after another in each of several lines of work.

use std::collections::VecDeque;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use wsspec_reports::{Summary, TargetRole, Transport};

use super::catalogue::Entry;
use super::install::{InstallError, Installation, Installer};
use super::process::{Ended, ProcessError, Program, last_lines};
use super::results::{Results, RunFacts};
use super::unit::{Unit, units};

/// What every test of a lab has in common.
#[derive(Debug)]
pub struct Lab {
    /// Where implementations are installed.
    pub installer: Installer,
    /// Where results go.
    pub results: Results,
    /// The program of `wsspec` that tests.
    pub wsspec: PathBuf,
    /// The digest of its vectors.
    pub vectors_digest: String,
    /// How long one run may take.
    pub limit: Duration,
    /// Options for every run, beside those of the manifests.
    pub options: Vec<String>,
    /// Whether what is in the results is tested again.
    pub again: bool,
}

/// An implementation to test, at one version, in some of its ways.
#[derive(Debug, Clone)]
pub struct Task {
    /// The implementation.
    pub entry: Arc<Entry>,
    /// The version that is asked for.
    pub version: String,
    /// The ids of the ways.
    pub units: Vec<String>,
}

/// What became of one way to test an implementation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// The id of the way.
    pub id: String,
    /// The version.
    pub version: String,
    /// What is tested.
    pub role: TargetRole,
    /// What it is reached over.
    pub over: Transport,
    /// The programming language.
    pub language: String,
    /// Whether there are results, and why not.
    #[serde(flatten)]
    pub state: State,
    /// Seconds that the installation took; absent if it was there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub installed_s: Option<f64>,
    /// Seconds that the run took; absent if there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tested_s: Option<f64>,
    /// Number of cases with each verdict.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<Summary>,
    /// Whether it fell short of the baseline of its manifest.
    pub fell_short: bool,
}

/// Whether there are results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state", content = "why")]
pub enum State {
    /// It was tested.
    Tested,
    /// It had been tested before, with the same vectors and in the same way.
    Kept,
    /// It could not be installed.
    NotInstalled(String),
    /// It could not be tested.
    NotTested(String),
}

impl State {
    /// Why there are no results.
    pub fn trouble(&self) -> Option<&str> {
        match self {
            State::Tested | State::Kept => None,
            State::NotInstalled(why) | State::NotTested(why) => Some(why),
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            State::Tested => f.write_str("tested"),
            State::Kept => f.write_str("tested before"),
            State::NotInstalled(why) => write!(f, "not installed: {why}"),
            State::NotTested(why) => write!(f, "not tested: {why}"),
        }
    }
}

/// What goes on.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// An implementation is being installed: its name and version.
    Installing(String, String),
    /// One of its ways is being tested: the id and the version.
    Testing(String, String),
    /// It is done.
    Done(Box<Outcome>),
}

/// Carries out tasks, `jobs` at a time. Dropping what this returns ends what runs.
pub fn carry_out(lab: &Arc<Lab>, tasks: Vec<Task>, jobs: usize) -> Work {
    let (events, received) = unbounded_channel();
    let queue = Arc::new(Mutex::new(VecDeque::from(tasks)));
    let mut lines = JoinSet::new();
    for _ in 0..jobs {
        lines.spawn(line(lab.clone(), queue.clone(), events.clone()));
    }
    Work {
        lines,
        events: received,
    }
}

/// Tasks that are carried out.
#[derive(Debug)]
pub struct Work {
    lines: JoinSet<()>,
    events: UnboundedReceiver<Event>,
}

impl Work {
    /// The next thing that happens; `None` at the end.
    pub async fn next(&mut self) -> Option<Event> {
        self.events.recv().await
    }

    /// Ends what runs, and waits for it.
    pub async fn end(&mut self) {
        self.lines.shutdown().await;
    }
}

/// One line of work: a task after the other, until there is none.
async fn line(lab: Arc<Lab>, queue: Arc<Mutex<VecDeque<Task>>>, events: UnboundedSender<Event>) {
    while let Some(task) = next(&queue) {
        lab.carry_out(&task, &events).await;
    }
}

fn next(queue: &Mutex<VecDeque<Task>>) -> Option<Task> {
    let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
    queue.pop_front()
}

impl Lab {
    async fn carry_out(&self, task: &Task, events: &UnboundedSender<Event>) {
        let entry = &*task.entry;
        let version = self.installer.version_of(entry, &task.version);
        let mut ways = units(&entry.name, &entry.manifest);
        ways.retain(|unit| task.units.contains(&unit.id));
        let (kept, asked): (Vec<_>, Vec<_>) = ways
            .into_iter()
            .partition(|unit| !self.again && self.is_done(unit, &version));
        for unit in kept {
            let outcome = self.outcome(entry, &unit, &version, State::Kept);
            let _ = events.send(Event::Done(Box::new(outcome)));
        }
        if asked.is_empty() {
            return;
        }
        let _ = events.send(Event::Installing(entry.name.clone(), version.clone()));
        let began = Instant::now();
        let installed = self.installer.install(entry, &task.version).await;
        let seconds = began.elapsed().as_secs_f64();
        for unit in &asked {
            let mut outcome = self
                .try_unit(entry, unit, &version, &installed, events)
                .await;
            let cached = installed.as_ref().is_ok_and(|installed| installed.cached);
            outcome.installed_s = (!cached).then_some(seconds);
            let _ = events.send(Event::Done(Box::new(outcome)));
        }
        if let Ok(installed) = installed {
            self.installer.release(&installed.dir);
        }
    }

    async fn try_unit(
        &self,
        entry: &Entry,
        unit: &Unit<'_>,
        version: &str,
        installed: &Result<Installation, InstallError>,
        events: &UnboundedSender<Event>,
    ) -> Outcome {
        let installed = match installed {
            Ok(installed) => installed,
            Err(error) => {
                let state = State::NotInstalled(error.to_string());
                return self.outcome(entry, unit, version, state);
            }
        };
        let version = &installed.version;
        let _ = events.send(Event::Testing(unit.id.clone(), version.clone()));
        let began = Instant::now();
        let (state, fell_short) = match self.test(entry, unit, installed).await {
            Ok(fell_short) => (State::Tested, fell_short),
            Err(why) => (State::NotTested(why), false),
        };
        Outcome {
            tested_s: Some(began.elapsed().as_secs_f64()),
            fell_short: fell_short && entry.manifest.baseline.is_some(),
            ..self.outcome(entry, unit, version, state)
        }
    }

    fn outcome(&self, entry: &Entry, unit: &Unit<'_>, version: &str, state: State) -> Outcome {
        let head = self.results.head(&unit.id, version);
        let summary = head.and_then(|head| head.summary());
        Outcome {
            id: unit.id.clone(),
            version: version.to_owned(),
            role: unit.role,
            over: unit.transport,
            language: entry.manifest.language.clone(),
            summary: summary.filter(|_| state.trouble().is_none()),
            state,
            installed_s: None,
            tested_s: None,
            fell_short: false,
        }
    }

    /// Whether the results have this way already, from the same vectors and the same command.
    fn is_done(&self, unit: &Unit<'_>, version: &str) -> bool {
        let head = self.results.head(&unit.id, version);
        let current = head.is_some_and(|head| head.is_whole(&self.vectors_digest));
        current
            && self.results.command(&unit.id, version) == Some(self.command(unit, Path::new("")))
    }

    /// The command that tests a way, as it is stored: without what is of this machine.
    fn command(&self, unit: &Unit<'_>, dir: &Path) -> Vec<String> {
        let mut words = vec!["wsspec".to_owned()];
        words.extend(unit.arguments(dir, &self.options));
        words
    }

    /// Tests a way of an installed implementation. Returns whether it fell short.
    async fn test(
        &self,
        entry: &Entry,
        unit: &Unit<'_>,
        installed: &Installation,
    ) -> Result<bool, String> {
        let version = &installed.version;
        let place = self.results.begin(&unit.id, version);
        let place = place.map_err(|error| error.to_string())?;
        let mut options = self.options.clone();
        options.extend(["--quiet".to_owned(), "--json".to_owned()]);
        options.push(place.display().to_string());
        let mut words = vec![self.wsspec.display().to_string()];
        words.extend(unit.arguments(&installed.dir, &options));
        let log = self.installer.log(&unit.id, &format!("{version}-run"));
        let _ = std::fs::remove_file(&log);
        let program = Program {
            words,
            dir: installed.dir.clone(),
            variables: installed.variables.clone(),
            limit: self.limit,
            log,
        };
        let ended = program.run().await.map_err(|error| error.to_string())?;
        let Ended::With(status) = ended else {
            let late = ProcessError::TimedOut("the run".to_owned(), self.limit);
            return Err(late.to_string());
        };
        let facts = RunFacts {
            command: self.command(unit, Path::new("")),
            reproduce: reproduce(entry, unit, version),
        };
        let kept = self.results.keep(&place, (entry, unit, version), facts);
        match kept {
            Ok(()) => Ok(status.code() == Some(1)),
            Err(None) => Err(last_lines(&program.log).join(" | ")),
            Err(Some(why)) => Err(why),
        }
    }
}

/// The commands that install an implementation elsewhere and test it there.
fn reproduce(entry: &Entry, unit: &Unit<'_>, version: &str) -> Vec<String> {
    let pinned = entry.manifest.package.as_ref();
    let pinned = pinned.is_some_and(|package| package.version == version);
    let mut lab = format!("wsspec lab {}", unit.id);
    if !pinned {
        lab.push('@');
        lab.push_str(version);
    }
    vec![lab]
}

//! The folder of results: what `wsspec_reports::published` reads.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use wsspec_reports::published::{self, About, Package, Problem, Reading, Run, Unsupported};
use wsspec_reports::{Ending, Summary, TargetReport, TargetRole, Transport, Verdict};

use super::catalogue::Entry;
use super::unit::Unit;
use crate::run::now;

const ABOUT: &str = "about.json";
const REPORT: &str = "report.json";
const COMPRESSED: &str = "report.json.gz";
const RUN: &str = "run.json";

/// The folder of reports of runs that are not done; readers leave out what begins with a dot.
const UNFINISHED: &str = ".unfinished";

/// A folder of results.
#[derive(Debug, Clone)]
pub struct Results {
    dir: PathBuf,
}

/// What `run.json` says of a run beside its date and platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFacts {
    /// The command, without what is of one machine.
    pub command: Vec<String>,
    /// The commands that do the same elsewhere.
    pub reproduce: Vec<String>,
}

/// What a stored report says without its cases.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Head {
    vectors_digest: String,
    complete: bool,
    targets: Vec<HeadOfTarget>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct HeadOfTarget {
    #[serde(default)]
    ended: Ending,
    summary: Summary,
}

impl Head {
    /// Whether it has every result that these vectors ask for.
    pub fn is_whole(&self, vectors_digest: &str) -> bool {
        self.vectors_digest == vectors_digest && self.trouble().is_none() && self.says_something()
    }

    /// Whether a case could be judged.
    fn says_something(&self) -> bool {
        self.summary().is_some_and(|summary| summary.judged() > 0)
    }

    /// Number of cases with each verdict.
    pub fn summary(&self) -> Option<Summary> {
        self.targets.first().map(|target| target.summary)
    }

    /// Why results are missing.
    fn trouble(&self) -> Option<String> {
        let Some(target) = self.targets.first() else {
            return Some("nothing was tested".to_owned());
        };
        let interrupted = (!self.complete).then(|| "the run was interrupted".to_owned());
        target.ended.trouble().or(interrupted)
    }
}

impl Results {
    /// The results in a folder, which need not exist.
    pub fn new(dir: PathBuf) -> Results {
        Results { dir }
    }

    /// The report of a way to test an implementation, at a version; `None` if there is none.
    pub fn report(&self, id: &str, version: &str) -> Option<PathBuf> {
        let dir = self.dir.join(id).join(version);
        let names = [REPORT, COMPRESSED].map(|name| dir.join(name));
        names.into_iter().find(|path| path.is_file())
    }

    /// What its report says without the cases, if there is one.
    pub fn head(&self, id: &str, version: &str) -> Option<Head> {
        read(&self.report(id, version)?)
    }

    /// The command that it was made with.
    pub(super) fn command(&self, id: &str, version: &str) -> Option<Vec<String>> {
        let run: Run = read(&self.dir.join(id).join(version).join(RUN))?;
        Some(run.command)
    }

    /// Where the report of a run goes while it is not done.
    pub(super) fn begin(&self, id: &str, version: &str) -> io::Result<PathBuf> {
        let dir = std::path::absolute(self.dir.join(UNFINISHED))?;
        fs::create_dir_all(&dir)?;
        let report = dir.join(format!("{id}-{version}.json"));
        let _ = fs::remove_file(&report);
        Ok(report)
    }

    /// Keeps the report of a run that is done, and writes what stands beside it.
    ///
    /// # Errors
    /// Why the report is not worth keeping; `None` if the output of the run says why.
    pub(super) fn keep(
        &self,
        unfinished: &Path,
        (entry, unit, version): (&Entry, &Unit<'_>, &str),
        facts: RunFacts,
    ) -> Result<(), Option<String>> {
        let head: Option<Head> = read(unfinished);
        let head = head.filter(|head| !head.targets.is_empty()).ok_or(None)?;
        if let Some(trouble) = head.trouble() {
            return Err(Some(trouble));
        }
        if !head.says_something() {
            return Err(None);
        }
        let dir = self.dir.join(&unit.id).join(version);
        let written = fs::create_dir_all(&dir)
            .and_then(|()| move_report(unfinished, &dir))
            .and_then(|()| write(&dir.join(RUN), &run_now(facts)))
            .and_then(|()| self.write_about(entry, unit));
        written.map_err(|error| Some(error.to_string()))
    }

    /// Writes about the implementation. What people wrote there about its failures stays.
    fn write_about(&self, entry: &Entry, unit: &Unit<'_>) -> io::Result<()> {
        let path = self.dir.join(&unit.id).join(ABOUT);
        let before: Option<About> = read(&path);
        let reading = before.map(|about| about.reading).unwrap_or_default();
        write(&path, &about(entry, unit, reading))
    }
}

/// Compresses a report into its place: some have 40 MiB of JSON, and 1 MiB so. There is one report, not two.
fn move_report(unfinished: &Path, dir: &Path) -> io::Result<()> {
    let plain = dir.join(REPORT);
    if plain.exists() {
        fs::remove_file(plain)?;
    }
    let to = File::create(dir.join(COMPRESSED))?;
    let mut encoder = GzEncoder::new(to, Compression::best());
    io::copy(&mut File::open(unfinished)?, &mut encoder)?;
    encoder.finish()?;
    fs::remove_file(unfinished)
}

/// Reads JSON, compressed where the name says so.
fn read<T: for<'a> Deserialize<'a>>(path: &Path) -> Option<T> {
    let file = BufReader::new(File::open(path).ok()?);
    if path.extension().is_some_and(|ending| ending == "gz") {
        serde_json::from_reader(BufReader::new(GzDecoder::new(file))).ok()
    } else {
        serde_json::from_reader(file).ok()
    }
}

fn write(path: &Path, value: &impl Serialize) -> io::Result<()> {
    let text = serde_json::to_string_pretty(value).map_err(io::Error::other)?;
    fs::write(path, text + "\n")
}

/// The verdicts of a stored run.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredRun {
    /// The implementation.
    pub implementation: String,
    /// Its version.
    pub version: String,
    /// What was tested.
    pub role: TargetRole,
    /// What it was reached over.
    pub over: Transport,
    verdicts: BTreeMap<String, Verdict>,
}

impl StoredRun {
    /// The verdicts of a target.
    pub fn new(implementation: &str, version: &str, target: &TargetReport) -> StoredRun {
        let cases = target.cases.iter().filter(|case| case.is_case());
        StoredRun {
            implementation: implementation.to_owned(),
            version: version.to_owned(),
            role: target.role,
            over: target.over,
            verdicts: cases.map(|case| (case.id.clone(), case.verdict)).collect(),
        }
    }

    /// The verdicts of a version 1 that fails some cases and passes the others.
    #[cfg(test)]
    pub(super) fn of_verdicts(
        implementation: &str,
        role: TargetRole,
        over: Transport,
        fails: impl Iterator<Item = (String, bool)>,
    ) -> StoredRun {
        let verdicts = fails.map(|(case, fails)| {
            let verdict = if fails { Verdict::Fail } else { Verdict::Pass };
            (case, verdict)
        });
        StoredRun {
            implementation: implementation.to_owned(),
            version: "1".to_owned(),
            role,
            over,
            verdicts: verdicts.collect(),
        }
    }

    /// The implementation and its version.
    pub fn name(&self) -> String {
        format!("{} {}", self.implementation, self.version)
    }

    /// The cases that say something about the implementation, with their verdicts.
    pub(super) fn judged(&self) -> impl Iterator<Item = (&str, Verdict)> {
        let verdicts = self
            .verdicts
            .iter()
            .map(|(case, verdict)| (&**case, *verdict));
        verdicts.filter(|(_, verdict)| is_judged(*verdict))
    }
}

/// Whether a verdict is about the implementation.
fn is_judged(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Pass | Verdict::Informational | Verdict::NonStrict | Verdict::Fail => true,
        Verdict::Skipped | Verdict::Flaky | Verdict::Error => false,
    }
}

/// The newest version of each implementation in a folder of results.
///
/// # Errors
/// If there is none, or a report cannot be read.
pub fn read_runs(dir: &Path) -> Result<Vec<StoredRun>, Vec<Problem>> {
    let mut runs = Vec::new();
    for implementation in published::load(dir)? {
        let Some(version) = implementation.versions.last() else {
            continue;
        };
        let report = version.report().map_err(|problem| vec![problem])?;
        let targets = report.targets.iter();
        runs.extend(
            targets.map(|target| StoredRun::new(&implementation.id, &version.version, target)),
        );
    }
    if runs.is_empty() {
        let wanted = "no results here: `wsspec lab --out` writes them";
        return Err(vec![Problem::of(dir, wanted)]);
    }
    Ok(runs)
}

/// What an implementation is, for its readers.
fn about(entry: &Entry, unit: &Unit<'_>, reading: Vec<Reading>) -> About {
    let manifest = &entry.manifest;
    let package = manifest.package.as_ref();
    let unsupported = manifest.unsupported.iter();
    About {
        name: entry.name.clone(),
        role: unit.role,
        language: manifest.language.clone(),
        package: Package {
            registry: package
                .map_or("", |package| package.registry.name())
                .to_owned(),
            name: package.map_or(&entry.name, |package| &package.name).clone(),
        },
        homepage: manifest.homepage.clone(),
        repository: manifest.repository.clone(),
        transports: vec![unit.transport],
        notes: manifest.notes.clone(),
        unsupported: unsupported
            .map(|unsupported| Unsupported {
                feature: unsupported.feature.clone(),
                why: unsupported.why.clone(),
            })
            .collect(),
        reading,
    }
}

/// How and when a run was made.
fn run_now(facts: RunFacts) -> Run {
    let mut date = now();
    date.truncate("2026-12-01".len());
    Run {
        date,
        tool: concat!("wsspec ", env!("CARGO_PKG_VERSION")).to_owned(),
        command: facts.command,
        platform: format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH),
        reproduce: facts.reproduce,
    }
}

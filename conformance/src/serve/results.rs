//! The results of every client so far.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use wsspec_core::Role;
use wsspec_reports::{
    CaseResult, Ending, Probe, Summary, TargetReport, TargetRole, Transport, Verdict,
};

use crate::exchange::Conclusion;
use crate::run::Passive;

/// Largest number of clients with a report. A client chooses its name, so there is no other bound.
pub const AGENTS: usize = 64;

/// The results of every client.
#[derive(Debug)]
pub(super) struct Results {
    agents: Mutex<BTreeMap<String, Agent>>,
    /// The command that runs a case again, with `{case}` for its id.
    rerun: String,
    /// What the clients connect over.
    over: Transport,
}

/// The results of one client.
#[derive(Debug, Default)]
struct Agent {
    /// The last result of each case, by its index.
    cases: BTreeMap<usize, CaseResult>,
    passive: Passive,
}

impl Results {
    pub(super) fn new(rerun: String, over: Transport) -> Results {
        Results {
            agents: Mutex::default(),
            rerun,
            over,
        }
    }

    /// Adds the result of the case with this index and id. Further clients than [`AGENTS`] are
    /// ignored.
    pub(super) fn add(
        &self,
        agent: &str,
        (index, id): (usize, &str),
        result: &CaseResult,
        conclusion: &Conclusion,
    ) {
        let mut agents = self.lock();
        if agents.len() >= AGENTS && !agents.contains_key(agent) {
            return;
        }
        let agent = agents.entry(agent.to_owned()).or_default();
        agent.passive.note(id, conclusion);
        agent.cases.insert(index, result.clone());
    }

    /// The verdict on a case, if it has been run.
    pub(super) fn verdict(&self, agent: &str, index: usize) -> Option<Verdict> {
        let agents = self.lock();
        let result = agents.get(agent)?.cases.get(&index)?;
        Some(result.verdict)
    }

    /// Id, verdict and reason of every case that was run with a client, as a JSON array.
    pub(super) fn to_json(&self, agent: &str) -> Value {
        let agents = self.lock();
        let results = agents
            .get(agent)
            .into_iter()
            .flat_map(|agent| agent.cases.values());
        results
            .map(|r| json!({ "id": r.id, "verdict": r.verdict.name(), "reason": r.reason }))
            .collect()
    }

    /// A report on each client, passive rules included.
    pub(super) fn reports(&self) -> Vec<TargetReport> {
        let agents = self.lock();
        agents
            .iter()
            .map(|(name, agent)| agent.report(name, &self.rerun, self.over))
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Agent>> {
        self.agents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Agent {
    fn report(&self, name: &str, rerun: &str, over: Transport) -> TargetReport {
        let mut cases: Vec<CaseResult> = self.cases.values().cloned().collect();
        let passive = self.passive.clone().rows(Role::Client, &cases);
        cases.extend(passive);
        cases.sort_by(|a, b| a.id.cmp(&b.id));
        TargetReport {
            ended: Ending::Complete,
            summary: Summary::of(&cases),
            cases,
            ..nothing_yet(name, rerun, over)
        }
    }
}

/// The report on a client that has run no case yet: interrupted, until it has its end. `rerun` is
/// the command that runs a case again, with `{case}` for its id; `over` is what it connects over.
pub fn nothing_yet(agent: &str, rerun: &str, over: Transport) -> TargetReport {
    TargetReport {
        name: agent.to_owned(),
        url: agent.to_owned(),
        again: rerun.to_owned(),
        over,
        role: TargetRole::Client,
        probe: Probe {
            pongs: true,
            opens: true,
            ..Probe::default()
        },
        ended: Ending::Interrupted,
        shards: None,
        usage: None,
        summary: Summary::default(),
        causes: Vec::new(),
        broken_baseline: Vec::new(),
        cases: Vec::new(),
    }
}

/// Autobahn's word for a verdict.
pub(super) fn behavior(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "OK",
        Verdict::Informational => "INFORMATIONAL",
        Verdict::NonStrict => "NON-STRICT",
        Verdict::Skipped => "UNIMPLEMENTED",
        Verdict::Flaky | Verdict::Error | Verdict::Fail => "FAILED",
    }
}

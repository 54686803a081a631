//! What has been found out about each client so far.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};
use wsspec_core::Role;
use wsspec_reports::{CaseResult, Ending, Probe, Summary, TargetReport, TargetRole, Verdict};

use crate::exchange::Conclusion;
use crate::run::Passive;

/// So many clients are told apart; a name is the client's to choose.
const AGENTS: usize = 64;

/// The results of every client.
#[derive(Debug, Default)]
pub(super) struct Book(Mutex<BTreeMap<String, Agent>>);

/// What is known of one client.
#[derive(Debug, Default)]
struct Agent {
    /// Results by the number of their case; one that is run again takes the place of the one before.
    results: BTreeMap<usize, CaseResult>,
    passive: Passive,
}

impl Book {
    /// Enters the result of the case with this number.
    pub(super) fn note(
        &self,
        agent: &str,
        id: &str,
        at: usize,
        result: &CaseResult,
        conclusion: &Conclusion,
    ) {
        let mut book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if book.len() >= AGENTS && !book.contains_key(agent) {
            return;
        }
        let agent = book.entry(agent.to_owned()).or_default();
        agent
            .passive
            .note(id, &conclusion.observed, &conclusion.transcript);
        agent.results.insert(at, result.clone());
    }

    /// The verdict on a case, once it was run.
    pub(super) fn verdict(&self, agent: &str, at: usize) -> Option<Verdict> {
        let book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        book.get(agent)?
            .results
            .get(&at)
            .map(|result| result.verdict)
    }

    /// Id, verdict and reason of what was run with a client.
    pub(super) fn results(&self, agent: &str) -> Value {
        let book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let results = book
            .get(agent)
            .into_iter()
            .flat_map(|agent| agent.results.values());
        results
            .map(|r| json!({ "id": r.id, "verdict": r.verdict.name(), "reason": r.reason }))
            .collect()
    }

    /// A report on each client, with the passive rules.
    pub(super) fn reports(&self) -> Vec<TargetReport> {
        let book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let report = |(name, agent): (&String, &Agent)| {
            let mut cases: Vec<CaseResult> = agent.results.values().cloned().collect();
            cases.extend(agent.passive.clone().rows(Role::Client));
            cases.sort_by(|a, b| a.id.cmp(&b.id));
            TargetReport {
                name: name.clone(),
                url: name.clone(),
                again: "wsspec serve --agents 1 --filter '{case}' -v".into(),
                role: TargetRole::Client,
                probe: Probe {
                    pongs: true,
                    opens: true,
                    ..Probe::default()
                },
                ended: Ending::Complete,
                summary: Summary::of(&cases),
                shards: None,
                broken_baseline: Vec::new(),
                cases,
            }
        };
        book.iter().map(report).collect()
    }
}

/// The verdict in Autobahn's words.
pub(super) fn behavior(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "OK",
        Verdict::Informational => "INFORMATIONAL",
        Verdict::NonStrict => "NON-STRICT",
        Verdict::Skipped => "UNIMPLEMENTED",
        Verdict::Flaky | Verdict::Error | Verdict::Fail => "FAILED",
    }
}

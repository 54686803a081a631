//! Several of our cases may stand for one Autobahn case; their results wait here until all have
//! come.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{SecondsFormat, TimeDelta, Utc};
use wsspec_reports::CaseResult;
use wsspec_reports::autobahn::CaseReport;
use wsspec_vectors::Case;

use super::catalogue::AutobahnCase;
use super::judged;

/// The results of an Autobahn case that have come so far.
type Results = Vec<(Arc<Case>, CaseResult)>;

/// Combines the results of our cases into those of Autobahn's.
///
/// To say how a connection ended, a result needs its transcript: run with `conversations`.
#[derive(Debug)]
pub struct Aggregator {
    waiting: Vec<(AutobahnCase, Results)>,
    /// The Autobahn cases that each case of ours belongs to, by place in `waiting`.
    belongs_to: HashMap<String, Vec<(usize, Arc<Case>)>>,
}

impl Aggregator {
    /// An aggregator of the results of these cases.
    pub fn new(cases: Vec<AutobahnCase>) -> Aggregator {
        let mut belongs_to: HashMap<String, Vec<(usize, Arc<Case>)>> = HashMap::new();
        for (place, autobahn) in cases.iter().enumerate() {
            for case in &autobahn.cases {
                let places = belongs_to.entry(case.id.clone()).or_default();
                places.push((place, case.clone()));
            }
        }
        Aggregator {
            waiting: cases.into_iter().map(|case| (case, Vec::new())).collect(),
            belongs_to,
        }
    }

    /// Adds a result that has just come. Returns the Autobahn cases that it completes.
    pub fn add(&mut self, result: &CaseResult) -> Vec<CaseReport> {
        let mut complete = Vec::new();
        for (place, case) in self.belongs_to.get(&result.id).into_iter().flatten() {
            let (autobahn, results) = &mut self.waiting[*place];
            results.push((case.clone(), result.clone()));
            if results.len() == autobahn.cases.len() {
                let pairs: Vec<(&Case, &CaseResult)> =
                    results.iter().map(|(c, r)| (&**c, r)).collect();
                let started = started_at(result.duration_ms);
                complete.push(judged(autobahn, autobahn.index, &pairs, &started));
                results.clear();
            }
        }
        complete
    }
}

/// When something started that took `duration_ms` and has just ended, in Autobahn's format.
pub fn started_at(duration_ms: f64) -> String {
    let now = Utc::now();
    let duration = TimeDelta::microseconds((duration_ms * 1000.0) as i64);
    let started = now.checked_sub_signed(duration).unwrap_or(now);
    started.to_rfc3339_opts(SecondsFormat::Millis, true)
}

//! Results of our cases that wait for the others that stand for the same case of the incumbent.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use wsspec_reports::CaseResult;
use wsspec_reports::autobahn::CaseReport;

use super::catalogue::Entry;
use super::judged;
use wsspec_vectors::Case;

/// Results that wait.
type Found = Vec<(Arc<Case>, CaseResult)>;

/// Results as they come, put together by the numbers of the incumbent.
///
/// To say how a connection ended, a result needs its transcript: run with `conversations`.
#[derive(Debug)]
pub struct Pending {
    entries: Vec<(Entry, Found)>,
    /// Which of them a case of ours belongs to.
    of_case: HashMap<String, Vec<(usize, Arc<Case>)>>,
}

impl Pending {
    /// Waits for the cases of `entries`.
    pub fn new(entries: Vec<Entry>) -> Pending {
        let mut of_case: HashMap<String, Vec<(usize, Arc<Case>)>> = HashMap::new();
        for (i, entry) in entries.iter().enumerate() {
            for case in &entry.cases {
                of_case
                    .entry(case.id.clone())
                    .or_default()
                    .push((i, case.clone()));
            }
        }
        Pending {
            entries: entries
                .into_iter()
                .map(|entry| (entry, Vec::new()))
                .collect(),
            of_case,
        }
    }

    /// What this result, which has just come, completes.
    pub fn take(&mut self, result: &CaseResult) -> Vec<CaseReport> {
        let mut done = Vec::new();
        for (i, case) in self.of_case.get(&result.id).into_iter().flatten() {
            let (entry, found) = &mut self.entries[*i];
            found.push((case.clone(), result.clone()));
            if found.len() == entry.cases.len() {
                let results: Vec<(&Case, &CaseResult)> =
                    found.iter().map(|(c, r)| (&**c, r)).collect();
                done.push(judged(
                    entry,
                    entry.index,
                    &results,
                    &began(result.duration_ms),
                ));
                found.clear();
            }
        }
        done
    }
}

/// When something began that is over now, in the incumbent's form.
pub fn began(duration_ms: f64) -> String {
    let ago = SignedDuration::from_micros((duration_ms * 1000.0) as i64);
    let began = Timestamp::now()
        .checked_sub(ago)
        .unwrap_or_else(|_| Timestamp::now());
    began.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

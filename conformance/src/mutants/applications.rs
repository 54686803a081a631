//! What does the suite say of legal applications? Each against every case, in memory.
//!
//! All that it says beyond what it says of the echo server on the same library is a false
//! accusation.

use std::cmp::Reverse;

use wsspec_core::Role;
use wsspec_reports::Verdict;
use wsspec_vectors::Corpus;

use super::baseline::Baseline;
use crate::check::parallel;
use crate::peer::LegalApplication;

/// What the suite says of one application, in one role.
#[derive(Debug, Clone)]
pub struct ApplicationResult {
    /// The application.
    pub application: &'static LegalApplication,
    /// Its role.
    pub role: Role,
    /// The cases run.
    pub cases: usize,
    /// Those among them that are judged: neither skipped nor in error.
    pub judged: usize,
    /// Those that end in an error, and on the echo server do not.
    pub errors: usize,
    /// The accusations that the echo server does not get, failures first.
    pub accusations: Vec<Accusation>,
}

/// A false accusation: a failure, or a non-strict verdict.
#[derive(Debug, Clone)]
pub struct Accusation {
    /// The case, or passive rule.
    pub id: String,
    /// What it says.
    pub verdict: Verdict,
    /// The key of the reason.
    pub reason: String,
}

impl ApplicationResult {
    /// The number of failures.
    pub fn fails(&self) -> usize {
        let fails = self.accusations.iter();
        fails.filter(|a| a.verdict == Verdict::Fail).count()
    }

    /// The share of cases that are judged, in percent.
    pub fn share_judged(&self) -> f64 {
        100.0 * self.judged as f64 / self.cases.max(1) as f64
    }
}

/// Runs the small cases of `corpus` against `applications` in both roles, on all cores, and calls
/// `on` with each result as it is ready.
pub fn applications(
    corpus: &Corpus,
    applications: &[&'static LegalApplication],
    on: impl Fn(&ApplicationResult) + Sync,
) -> Vec<ApplicationResult> {
    let roles = [Role::Server, Role::Client];
    let echoes = parallel::map(&roles, |role| Baseline::new(corpus, *role));
    let work: Vec<(&Baseline, &'static LegalApplication)> = echoes
        .iter()
        .flat_map(|echo| {
            applications
                .iter()
                .map(move |application| (echo, *application))
        })
        .collect();
    parallel::map(&work, |(echo, application)| {
        let result = compared(application, corpus, echo);
        on(&result);
        result
    })
}

fn compared(
    application: &'static LegalApplication,
    corpus: &Corpus,
    echo: &Baseline,
) -> ApplicationResult {
    let judged = Baseline::below(corpus, echo.role(), Some(application));
    let verdict_on = |baseline: &Baseline, id: &str| {
        let verdict = baseline.verdicts().get(id).copied();
        verdict.unwrap_or(Verdict::Pass)
    };
    let mut accusations: Vec<Accusation> = judged
        .verdicts()
        .iter()
        .filter(|(_, verdict)| accuses(**verdict))
        .filter(|(id, verdict)| **verdict > verdict_on(echo, id))
        .map(|(id, verdict)| Accusation {
            id: id.clone(),
            verdict: *verdict,
            reason: judged.reason(id).to_owned(),
        })
        .collect();
    accusations.sort_by_key(|accusation| Reverse(accusation.verdict));
    let verdicts = || {
        judged
            .cases()
            .map(|case| (case, verdict_on(&judged, &case.id)))
    };
    ApplicationResult {
        application,
        role: echo.role(),
        cases: verdicts().count(),
        judged: verdicts()
            .filter(|(_, verdict)| !matches!(verdict, Verdict::Skipped | Verdict::Error))
            .count(),
        errors: verdicts()
            .filter(|(_, verdict)| *verdict == Verdict::Error)
            .filter(|(case, _)| verdict_on(echo, &case.id) != Verdict::Error)
            .count(),
        accusations,
    }
}

/// Whether a verdict says that the target does something wrong.
fn accuses(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::NonStrict | Verdict::Fail)
}

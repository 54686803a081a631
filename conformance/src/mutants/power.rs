//! Does the suite still find faults of an endpoint below applications that are no echo?
//!
//! A fault counts if it deserves a failure, is not in what the application does with messages, and
//! fails a case on the echo server that needs no echo. It is found below an application if a case
//! fails that passes without the fault.

use wsspec_core::Role;
use wsspec_reports::Verdict;
use wsspec_vectors::{Case, Consumes, Corpus, Need, Step};

use super::baseline::Baseline;
use super::meant::Meant;
use crate::check::parallel;
use crate::peer::{LegalApplication, PlantedFault};

/// The applications that faults are planted below: six that differ in how they react.
const APPLICATIONS: [&str; 6] = [
    "silent-sink",
    "acknowledges",
    "answers-twice",
    "closes-1003-on-binary",
    "pushes",
    "json-rpc",
];

/// Which faults are found below which applications.
#[derive(Debug, Clone, Default)]
pub struct Power {
    /// The faults, by role, that need no echo to be found.
    pub counted: Vec<(&'static PlantedFault, Role)>,
    /// The others, and why they do not count.
    pub left_out: Vec<(&'static PlantedFault, Role, LeftOut)>,
    /// By fault and role, and by application.
    pub results: Vec<PowerResult>,
}

/// Why a fault does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftOut {
    /// It deserves no failure.
    NoFailure,
    /// It is in what the application does with messages.
    Application,
    /// Only cases that need an echo fail it.
    NeedsEcho,
}

/// Whether one fault is found below one application.
#[derive(Debug, Clone)]
pub struct PowerResult {
    /// The application.
    pub application: &'static LegalApplication,
    /// The fault.
    pub fault: &'static PlantedFault,
    /// The role of the peer.
    pub role: Role,
    /// The first case or passive rule that fails, or else the one with the worst verdict; `None` if
    /// nothing is found.
    pub by: Option<(String, Verdict)>,
    /// Whether that case is meant for the fault.
    pub meant: bool,
    /// Whether the fault changes any conversation with the application. If not, there is nothing to
    /// find: a fault of messages that it sends does not show where it sends none.
    pub shown: bool,
}

impl PowerResult {
    /// Whether a case fails.
    pub fn fails(&self) -> bool {
        self.by.as_ref().is_some_and(|(_, v)| *v == Verdict::Fail)
    }
}

/// The applications that faults are planted below.
pub(super) fn applications() -> Vec<&'static LegalApplication> {
    let named = APPLICATIONS.iter();
    named
        .filter_map(|name| LegalApplication::named(name))
        .collect()
}

/// Looks for `faults` with `corpus` below six applications, on all cores, and calls `on` with each
/// fault as it is done. For a fault, cases run only until one fails.
pub fn power(
    corpus: &Corpus,
    faults: &[&'static PlantedFault],
    on: impl Fn(&PlantedFault) + Sync,
) -> Power {
    let roles = [Role::Server, Role::Client];
    let echoes = parallel::map(&roles, |role| Baseline::new(corpus, *role));
    let applications = applications();
    let below: Vec<(&'static LegalApplication, Role)> = applications
        .iter()
        .flat_map(|application| roles.iter().map(|role| (*application, *role)))
        .collect();
    let below = parallel::map(&below, |(application, role)| {
        (
            *application,
            Baseline::below(corpus, *role, Some(application)),
        )
    });
    let planted: Vec<(&'static PlantedFault, Role)> = faults
        .iter()
        .flat_map(|fault| fault.roles.iter().map(|role| (*fault, *role)))
        .collect();
    let done = parallel::map(&planted, |(fault, role)| {
        let echo = &echoes[usize::from(*role == Role::Client)];
        let found = find(corpus, fault, echo, &below);
        on(fault);
        found
    });
    let mut power = Power::default();
    for ((fault, role), found) in planted.into_iter().zip(done) {
        match found {
            Ok(results) => {
                power.counted.push((fault, role));
                power.results.extend(results);
            }
            Err(why) => power.left_out.push((fault, role, why)),
        }
    }
    power
}

/// Looks for a fault below every application, if it counts.
fn find(
    corpus: &Corpus,
    fault: &'static PlantedFault,
    echo: &Baseline,
    below: &[(&'static LegalApplication, Baseline)],
) -> Result<Vec<PowerResult>, LeftOut> {
    let meant = Meant::of(fault);
    let killer = without_echo(fault, &meant, echo)?;
    let results = below
        .iter()
        .filter(|(_, baseline)| baseline.role() == echo.role())
        .map(|(application, baseline)| {
            let found = baseline.search(fault, |_| true, |case| rank(case, &killer, &meant));
            let by = found.worst;
            PowerResult {
                application,
                fault,
                role: echo.role(),
                meant: by.as_ref().is_some_and(|(id, _)| meant.has(corpus, id)),
                by,
                shown: found.shown,
            }
        })
        .collect();
    Ok(results)
}

/// The case or passive rule that fails a fault on the echo server without an echo.
fn without_echo(fault: &PlantedFault, meant: &Meant, echo: &Baseline) -> Result<String, LeftOut> {
    if fault.worst != Verdict::Fail {
        return Err(LeftOut::NoFailure);
    }
    if fault.is_about_messages() {
        return Err(LeftOut::Application);
    }
    let found = echo.search(fault, needs_no_echo, |case| rank(case, "", meant));
    let failing = found.worst.filter(|(_, verdict)| *verdict == Verdict::Fail);
    failing.map(|(id, _)| id).ok_or(LeftOut::NeedsEcho)
}

/// Whether a case can be judged whatever the application does with messages: no expectation is met
/// by messages alone.
fn needs_no_echo(case: &Case) -> bool {
    !case.needs.contains(&Need::Echo) && !case.steps.iter().any(wants_message)
}

/// Whether only messages make this step a plain pass.
fn wants_message(step: &Step) -> bool {
    let Step::Expect(alternatives) = step.bare() else {
        return false;
    };
    let passes = || {
        alternatives
            .iter()
            .filter(|outcome| outcome.verdict.is_none())
    };
    let are_messages = passes().all(|pass| pass.word.traits().consumes == Consumes::Messages);
    are_messages && passes().next().is_some()
}

/// The order in which cases are tried: first the one that finds the fault on the echo server, then
/// those meant for it.
fn rank(case: &Case, killer: &str, meant: &Meant) -> usize {
    if case.id == killer {
        0
    } else if meant.has_case(case) {
        1
    } else {
        2
    }
}

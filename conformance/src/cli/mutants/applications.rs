//! `wsspec mutants --applications` and `--power`: legal applications that are no echo.

use std::collections::BTreeMap;

use wsspec::mutants::{self, Accusation, ApplicationResult, LeftOut, Power, PowerResult};
use wsspec::peer::{LegalApplication, PlantedFault};
use wsspec_core::Role;
use wsspec_vectors::Corpus;

use super::super::exit::Exit;
use super::super::out::out;
use super::figures::{Progress, percent, plural};

/// Reasons named on the line of an application.
const MAX_REASONS_NAMED: usize = 4;

/// The share of faults that have to be found below applications, in percent.
const WANTED_POWER: f64 = 90.0;

/// Prints what the suite says about every legal application; with `all`, every accusation.
pub(super) fn accused(corpus: &Corpus, all: bool) -> Exit {
    let applications: Vec<&LegalApplication> = LegalApplication::all().iter().collect();
    let progress = Progress::new(2 * applications.len());
    let results = mutants::applications(corpus, &applications, |result| {
        progress.show(&result.application.name);
    });
    progress.clear();
    let width = applications.iter().map(|a| a.name.len()).max();
    let width = width.unwrap_or_default();
    out!(
        "{:<width$}  role     fail  non-strict  error  judged  by reason",
        "application"
    );
    for result in &results {
        print_application(result, width);
        for accusation in result.accusations.iter().filter(|_| all) {
            let Accusation {
                id,
                verdict,
                reason,
            } = accusation;
            out!("    {:<10}  {id}  {reason}", verdict.name());
        }
    }
    let fails: usize = results.iter().map(ApplicationResult::fails).sum();
    let all: usize = results.iter().map(|result| result.accusations.len()).sum();
    let clean = results.iter().filter(|r| r.accusations.is_empty()).count();
    let judged: usize = results.iter().map(|result| result.judged).sum();
    let cases: usize = results.iter().map(|result| result.cases).sum();
    out!(
        "{} applications, {} by role: {fails} false {}, {} other false accusations, {clean} clean, \
         {:.1}% of cases judged",
        applications.len(),
        results.len(),
        plural(fails, "failure", "failures"),
        all - fails,
        percent(judged, cases),
    );
    if fails == 0 {
        Exit::Fine
    } else {
        Exit::FellShort
    }
}

fn print_application(result: &ApplicationResult, width: usize) {
    let mut reasons: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for accusation in &result.accusations {
        *reasons
            .entry((accusation.verdict.name(), accusation.reason.as_str()))
            .or_default() += 1;
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let named: Vec<String> = reasons
        .iter()
        .take(MAX_REASONS_NAMED)
        .map(|((verdict, reason), count)| format!("{count} {verdict} {reason}"))
        .collect();
    let fails = result.fails();
    out!(
        "{:<width$}  {:<6}  {fails:>5}  {:>10}  {:>5}  {:>5.1}%  {}",
        result.application.name,
        result.role.name(),
        result.accusations.len() - fails,
        result.errors,
        result.share_judged(),
        named.join(", ")
    );
}

/// Prints which of `faults` the suite finds below applications; with `all`, every fault.
pub(super) fn power(corpus: &Corpus, faults: &[&'static PlantedFault], all: bool) -> Exit {
    let planted: usize = faults.iter().map(|fault| fault.roles.len()).sum();
    let progress = Progress::new(planted);
    let power = mutants::power(corpus, faults, |fault| progress.show(&fault.name));
    progress.clear();
    let by_fault = by_fault(&power.results);
    let width = by_fault.keys().map(|(name, _)| name.len()).max();
    let width = width.unwrap_or_default();
    for ((fault, role), results) in &by_fault {
        if all || results.iter().any(|result| result.shown && !result.fails()) {
            print_fault(fault, role, results, width);
        }
    }
    print_left_out(&power);
    let mut by_application: BTreeMap<&str, Vec<&PowerResult>> = BTreeMap::new();
    for result in &power.results {
        let name = &result.application.name;
        by_application.entry(name).or_default().push(result);
    }
    for (name, results) in &by_application {
        print_share(name, results);
    }
    let all: Vec<&PowerResult> = power.results.iter().collect();
    if print_share("all", &all) < WANTED_POWER {
        Exit::FellShort
    } else {
        Exit::Fine
    }
}

fn by_fault(results: &[PowerResult]) -> BTreeMap<(&str, &str), Vec<&PowerResult>> {
    let mut by_fault: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for result in results {
        let key = (&*result.fault.name, result.role.name());
        by_fault.entry(key).or_default().push(result);
    }
    by_fault
}

fn print_fault(fault: &str, role: &str, results: &[&PowerResult], width: usize) {
    let found: Vec<String> = results
        .iter()
        .filter(|result| result.shown)
        .map(|result| {
            let name = &result.application.name;
            match &result.by {
                Some((id, verdict)) => format!("{name}: {} {id}", verdict.name()),
                None => format!("{name}: nothing"),
            }
        })
        .collect();
    out!("{fault:<width$}  {role:<6}  {}", found.join(", "));
}

/// Prints the share of faults found among those that show, and returns that of those that fail, in
/// percent.
fn print_share(name: &str, results: &[&PowerResult]) -> f64 {
    let shown = count(results, |result| result.shown);
    let fail = count(results, PowerResult::fails);
    let meant = count(results, |result| result.fails() && result.meant);
    let nothing = count(results, |result| result.shown && result.by.is_none());
    out!(
        "{name:<22}  {fail} of {shown} fail ({:.1}%), {meant} by a case meant for them; {} have a \
         milder verdict, {nothing} none; {} more change nothing there",
        percent(fail, shown),
        shown - fail - nothing,
        results.len() - shown,
    );
    percent(fail, shown)
}

fn count(results: &[&PowerResult], has: fn(&PowerResult) -> bool) -> usize {
    results.iter().filter(|result| has(result)).count()
}

fn print_left_out(power: &Power) {
    for (why, words) in [
        (LeftOut::NoFailure, "deserve no failure"),
        (LeftOut::Application, "are in what the application does"),
        (LeftOut::NeedsEcho, "fail only cases that need an echo"),
    ] {
        let names: Vec<String> = power
            .left_out
            .iter()
            .filter(|(.., reason)| *reason == why)
            .map(|(fault, role, _)| named(fault, *role))
            .collect();
        out!(
            "{} left out, which {words}: {}",
            names.len(),
            names.join(", ")
        );
    }
    let mut names: Vec<&str> = power
        .counted
        .iter()
        .map(|(fault, _)| &*fault.name)
        .collect();
    names.dedup();
    out!(
        "{} {} need no echo, {} by role",
        names.len(),
        plural(names.len(), "fault", "faults"),
        power.counted.len()
    );
}

fn named(fault: &PlantedFault, role: Role) -> String {
    match role {
        Role::Server => fault.name.to_string(),
        Role::Client => format!("{} (client)", fault.name),
    }
}

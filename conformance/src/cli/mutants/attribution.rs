//! `wsspec mutants --attribution`: do failures name what is wrong?

use std::cmp::Reverse;

use wsspec::mutants::{Attribution, AttributionFigures, MutantResult};
use wsspec_reports::Cause;

use super::super::out::out;
use super::figures::{percent, plural};

/// Wrong causes named for each fault.
const MAX_CAUSES_NAMED: usize = 3;

/// Prints the figures, and the mutants with failing rows that cite a requirement which the fault does
/// not break, the mutant with the most such rows first. Returns whether the figures of faults in one
/// place suffice.
pub(super) fn print(mutants: &[MutantResult]) -> bool {
    let attributions: Vec<Attribution> = mutants
        .iter()
        .filter_map(MutantResult::attribution)
        .collect();
    let mut missed: Vec<(usize, &Attribution)> = attributions
        .iter()
        .map(|a| (a.rows_where(|cause| !a.cites_right(cause)), a))
        .filter(|(wrong, a)| *wrong > 0 || !a.first_is_planted())
        .collect();
    missed.sort_by_key(|(wrong, _)| Reverse(*wrong));
    for (wrong, attribution) in missed {
        print_missed(wrong, attribution);
    }
    let single = attributions.iter().filter(|a| a.fault.is_single());
    let (all, single) = (
        AttributionFigures::of(&attributions),
        AttributionFigures::of(single),
    );
    print_figures("all mutants that a case fails", &all);
    print_figures("of those, with a fault in one place", &single);
    single.suffice()
}

fn print_missed(wrong: usize, attribution: &Attribution) {
    let breaks = &attribution.breaks;
    let requirements = if attribution.fault.is_single() {
        breaks.requirements.join(", ")
    } else {
        "every rule on what is read".to_owned()
    };
    let symptoms: Vec<String> = breaks.symptoms.iter().map(|s| format!("{s:?}")).collect();
    out!(
        "{} as {}: breaks {requirements} ({}); {wrong} of {} {} cite another; {} {}",
        attribution.fault.name,
        attribution.role.name(),
        symptoms.join(", "),
        attribution.rows_where(|_| true),
        plural(attribution.rows_where(|_| true), "row", "rows"),
        attribution.causes.len(),
        plural(attribution.causes.len(), "cause", "causes"),
    );
    if let Some(first) = attribution.causes.first()
        && !attribution.is_planted(first)
    {
        print_cause("  first:", first);
    }
    let mut others: Vec<&Cause> = attribution
        .causes
        .iter()
        .filter(|cause| !attribution.cites_right(cause))
        .collect();
    others.sort_by_key(|cause| Reverse(cause.rows));
    for cause in others.iter().take(MAX_CAUSES_NAMED) {
        print_cause("        ", cause);
    }
}

fn print_cause(before: &str, cause: &Cause) {
    out!(
        "{before} {:>4}  {:<18}  {:<34}  {:<8}  {}",
        cause.rows,
        cause.requirement,
        cause.key,
        cause.impact.name(),
        cause.case
    );
}

fn print_figures(which: &str, figures: &AttributionFigures) {
    out!(
        "{which}: {} {}, {} failing {}; {} cite a requirement that the fault breaks ({:.1}%), {} a \
         section ({:.1}%); the first cause is the planted one for {} mutants ({:.1}%); median of \
         causes {}",
        figures.mutants,
        plural(figures.mutants, "mutant", "mutants"),
        figures.rows,
        plural(figures.rows, "row", "rows"),
        figures.by_requirement,
        percent(figures.by_requirement, figures.rows),
        figures.by_section,
        percent(figures.by_section, figures.rows),
        figures.first_right,
        percent(figures.first_right, figures.mutants),
        figures.median_causes,
    );
}

//! A failure names what is wrong: measured on the planted faults, which say what they break.

use wsspec::mutants::{self, Attribution, AttributionFigures, MutantResult};
use wsspec::peer::{FAULTS, PlantedFault};
use wsspec_vectors::Corpus;

/// The least share of failing rows that cite a requirement that the fault breaks, in percent.
const ROWS_BY_REQUIREMENT: usize = 97;
/// The least share of failing rows that cite a section that the fault breaks, in percent.
const ROWS_BY_SECTION: usize = 98;
/// The least share of mutants whose first cause is the planted one, in percent.
const FIRST_CAUSES: usize = 98;
/// The most causes that a mutant has: the median.
const MEDIAN_CAUSES: usize = 1;

#[test]
#[ignore = "takes a minute or more"]
fn failures_name_what_the_fault_breaks() {
    let corpus = Corpus::embedded().unwrap_or_else(|e| panic!("{e:?}"));
    let single: Vec<&PlantedFault> = FAULTS.iter().filter(|fault| fault.is_single()).collect();
    let matrix = mutants::run(&corpus, &single, false, |_| {});
    let attributions: Vec<Attribution> = matrix
        .mutants
        .iter()
        .filter_map(MutantResult::attribution)
        .collect();
    let figures = AttributionFigures::of(&attributions);
    assert!(figures.mutants > 0);
    for (part, whole, least) in [
        (figures.by_requirement, figures.rows, ROWS_BY_REQUIREMENT),
        (figures.by_section, figures.rows, ROWS_BY_SECTION),
        (figures.first_right, figures.mutants, FIRST_CAUSES),
    ] {
        assert!(100 * part >= least * whole, "{figures:?}");
    }
    assert!(figures.median_causes <= MEDIAN_CAUSES, "{figures:?}");
}

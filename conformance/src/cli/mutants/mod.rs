//! `wsspec mutants`: does the suite kill every planted fault, and no conforming peer?

mod applications;
mod attribution;
mod figures;

use std::collections::BTreeMap;

use clap::Args;
use globset::Glob;
use wsspec::check;
use wsspec::mutants::{self, CaseKills, MutantResult, MutantStatus};
use wsspec::peer::{FAULTS, PlantedFault, VARIANTS};
use wsspec_vectors::Corpus;

use self::figures::{Progress, percent, plural};
use super::args::VectorArgs;
use super::echo::unknown_fault;
use super::exit::Exit;
use super::failure::{Done, Failure};
use super::out::out;

/// Cases named on the line of a mutant.
const MAX_CASES_NAMED: usize = 3;

/// One in this number of cases runs against each variant here; a test runs all of them.
const VARIANT_STRIDE: usize = 8;

#[derive(Debug, Args)]
pub(crate) struct MutantsCommand {
    #[command(flatten)]
    vectors: VectorArgs,
    /// Run only faults whose name matches (repeatable); `wsspec echo --faults` lists them
    #[arg(long, value_name = "GLOB")]
    fault: Vec<String>,
    /// Show every mutant, not only those that no case meant for them kills
    #[arg(long)]
    all: bool,
    /// Show the cases too: by family the number that kills a mutant, and those that kill none
    #[arg(long)]
    cases: bool,
    /// Show what failures name: how many rows cite a requirement that the fault breaks, whether the
    /// first cause is the planted one, and the faults of which other requirements are cited; exit 1
    /// if too many are
    #[arg(long)]
    attribution: bool,
    /// Run the cases against legal applications that are no echo instead, and list what they say
    /// beyond what they say of the echo server: all of it is wrong
    #[arg(long, conflicts_with_all = ["fault", "cases"])]
    applications: bool,
    /// Look for each fault below six legal applications that are no echo instead
    #[arg(long, conflicts_with_all = ["applications", "cases"])]
    power: bool,
}

pub(super) fn mutants(args: &MutantsCommand) -> Done {
    let corpus = args.vectors.corpus()?;
    if args.applications {
        return Ok(applications::accused(&corpus, args.all));
    }
    let faults = faults(&args.fault)?;
    if args.power {
        return Ok(applications::power(&corpus, &faults, args.all));
    }
    let progress = Progress::new(faults.iter().map(|fault| fault.roles.len()).sum());
    let matrix = mutants::run(&corpus, &faults, args.cases, |mutant| {
        progress.show(&mutant.fault.name);
    });
    progress.clear();
    let width = matrix
        .mutants
        .iter()
        .map(|mutant| mutant.fault.name.len())
        .max()
        .unwrap_or_default();
    for mutant in &matrix.mutants {
        let as_expected = matches!(
            mutant.status(),
            MutantStatus::Killed | MutantStatus::Equivalent
        );
        if args.all || !as_expected {
            print_mutant(mutant, width);
        }
    }
    let totals = Totals::of(&matrix.mutants);
    totals.print(faults.len());
    if args.cases {
        print_cases(&matrix.cases);
    }
    // Of some faults only, a share says little.
    let named = !args.attribution || attribution::print(&matrix.mutants) || !args.fault.is_empty();
    out!(
        "{} equivalent {}: {} false {}",
        totals.equivalent,
        plural(totals.equivalent, "mutant", "mutants"),
        totals.false_positives,
        plural(totals.false_positives, "positive", "positives")
    );
    let on_variants = if args.fault.is_empty() {
        check_variants(&corpus)
    } else {
        0
    };
    Ok(
        if named && totals.survived + totals.false_positives + on_variants == 0 {
            Exit::Fine
        } else {
            Exit::FellShort
        },
    )
}

/// The number of mutants by status.
struct Totals {
    all: usize,
    killed: usize,
    killed_by_other: usize,
    survived: usize,
    equivalent: usize,
    false_positives: usize,
}

impl Totals {
    fn of(mutants: &[MutantResult]) -> Totals {
        Totals {
            all: mutants.len(),
            killed: count(mutants, MutantStatus::Killed),
            killed_by_other: count(mutants, MutantStatus::KilledByOther),
            survived: count(mutants, MutantStatus::Survived),
            equivalent: count(mutants, MutantStatus::Equivalent),
            false_positives: count(mutants, MutantStatus::FalsePositive),
        }
    }

    fn print(&self, faults: usize) {
        let to_kill = self.all - self.equivalent;
        let killed = self.killed + self.killed_by_other;
        out!(
            "{faults} {}, {to_kill} {} to kill (one per role): {killed} killed ({:.1}%), \
             {} by a case meant for them ({:.1}%), {} survived",
            plural(faults, "fault", "faults"),
            plural(to_kill, "mutant", "mutants"),
            percent(killed, to_kill),
            self.killed,
            percent(self.killed, to_kill),
            self.survived,
        );
    }
}

fn count(mutants: &[MutantResult], status: MutantStatus) -> usize {
    mutants.iter().filter(|m| m.status() == status).count()
}

/// Runs the conforming variants, and prints and counts the false positives.
fn check_variants(corpus: &Corpus) -> usize {
    let found = check::each_variant(&check::small_cases(corpus), VARIANT_STRIDE);
    for (variant, broken) in &found {
        out!("{}  FALSE POSITIVE  {broken}", variant.name);
    }
    out!(
        "{} conforming variants: {} false {}",
        VARIANTS.len(),
        found.len(),
        plural(found.len(), "positive", "positives")
    );
    found.len()
}

/// The faults whose names match one of these patterns; all of them if there are no patterns.
fn faults(patterns: &[String]) -> Result<Vec<&'static PlantedFault>, Failure> {
    if patterns.is_empty() {
        return Ok(FAULTS.iter().collect());
    }
    let mut found = Vec::new();
    for pattern in patterns {
        let matcher = Glob::new(pattern)
            .map_err(|e| Failure::usage(format!("{pattern:?} is not a pattern: {e}")))?
            .compile_matcher();
        let before = found.len();
        found.extend(FAULTS.iter().filter(|fault| matcher.is_match(&*fault.name)));
        if found.len() == before {
            return Err(unknown_fault(pattern));
        }
    }
    Ok(found)
}

fn print_mutant(mutant: &MutantResult, width: usize) {
    let status = mutant.status();
    let word = match status {
        MutantStatus::Killed => "killed",
        MutantStatus::KilledByOther => "by other",
        MutantStatus::Survived => "SURVIVED",
        MutantStatus::Equivalent => "equivalent",
        MutantStatus::FalsePositive => "FALSE POSITIVE",
    };
    let others = mutant
        .by
        .iter()
        .map(|(id, verdict)| format!("{id} ({})", verdict.name()));
    let meant = mutant
        .meant
        .iter()
        .filter(|_| status != MutantStatus::FalsePositive);
    let named: Vec<String> = meant.cloned().chain(others).take(MAX_CASES_NAMED).collect();
    out!(
        "{:<width$}  {:<6}  {word:<14}  {:>5}  {}",
        mutant.fault.name,
        mutant.role.name(),
        mutant.by.len(),
        named.join(", ")
    );
}

/// Prints the matrix by case: which cases kill no mutant?
fn print_cases(cases: &[CaseKills]) {
    let mut families: BTreeMap<&str, Vec<&CaseKills>> = BTreeMap::new();
    for case in cases {
        families.entry(&case.family).or_default().push(case);
    }
    out!(
        "family                        runs  worse  fail   \
         (runs: cases by role; with a worse verdict on a mutant, with a failure)"
    );
    for (family, cases) in &families {
        let worse = cases.iter().filter(|case| case.worse > 0).count();
        let fail = cases.iter().filter(|case| case.fails > 0).count();
        out!("{family:<28} {:>5}  {worse:>5} {fail:>5}", cases.len());
    }
    print_list(
        "fail on no mutant, but have a worse verdict on one",
        cases
            .iter()
            .filter(|case| case.worse > 0 && case.fails == 0),
    );
    print_list(
        "have a worse verdict on no mutant",
        cases.iter().filter(|case| case.worse == 0),
    );
}

fn print_list<'a>(title: &str, cases: impl Iterator<Item = &'a CaseKills>) {
    let cases: Vec<&CaseKills> = cases.collect();
    out!("{title} ({}):", cases.len());
    for case in cases {
        out!(
            "  {} as {}, {} on the conforming peer",
            case.case,
            case.role.name(),
            case.conforming.name()
        );
    }
}

//! `wsspec mutants`: is every planted fault caught?

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::Args;
use globset::Glob;
use wsspec::check;
use wsspec::mutants::{self, Bite, Caught, Judgement, Matrix};
use wsspec::peer::{FAULTS, FORMS, Fault};
use wsspec_vectors::Corpus;

use super::args::VectorArgs;
use super::exit::Exit;
use super::failure::{Done, Failure};

#[derive(Debug, Args)]
pub(crate) struct MutantsCommand {
    #[command(flatten)]
    vectors: VectorArgs,
    /// Only faults whose name matches (repeatable); `wsspec echo --faults` lists them
    #[arg(long, value_name = "GLOB")]
    fault: Vec<String>,
    /// Show every fault, not only those that no case meant for them catches
    #[arg(long)]
    all: bool,
    /// Show the cases too: for each family, how many a fault makes worse, and those that none does
    #[arg(long)]
    cases: bool,
}

/// Cases named on a line.
const NAMED: usize = 3;

pub(super) fn mutants(args: &MutantsCommand) -> Done {
    let corpus = args.vectors.corpus()?;
    let faults = faults(&args.fault)?;
    let (seen, all) = (
        AtomicUsize::new(0),
        faults.iter().map(|f| f.roles.len()).sum::<usize>(),
    );
    let shows_progress = std::io::stderr().is_terminal();
    let Matrix { caught, bites } = mutants::run(&corpus, &faults, args.cases, |caught| {
        let n = seen.fetch_add(1, Ordering::Relaxed) + 1;
        if shows_progress {
            let _ = write!(
                std::io::stderr(),
                "\r\x1b[K{n} of {all}  {}",
                caught.fault.name
            );
        }
    });
    if shows_progress {
        let _ = write!(std::io::stderr(), "\r\x1b[K");
    }
    let width = caught
        .iter()
        .map(|c| c.fault.name.len())
        .max()
        .unwrap_or_default();
    for one in &caught {
        if args.all || !matches!(one.judgement(), Judgement::Caught | Judgement::Spared) {
            line(one, width);
        }
    }
    let count = |judgement| caught.iter().filter(|c| c.judgement() == judgement).count();
    let spared = count(Judgement::Spared);
    let (meant, by_chance) = (count(Judgement::Caught), count(Judgement::ByChance));
    let (missed, slandered) = (count(Judgement::Missed), count(Judgement::Slandered));
    let guilty = caught.len() - spared;
    let share = |n: usize| 100.0 * n as f64 / guilty.max(1) as f64;
    anstream::println!(
        "{} faults, {guilty} to catch by role: {} caught ({:.1}%), {meant} by a case meant for them ({:.1}%), {missed} missed",
        faults.len(),
        meant + by_chance,
        share(meant + by_chance),
        share(meant),
    );
    if args.cases {
        cases(&bites);
    }
    anstream::println!(
        "{spared} that are no faults were spared, {slandered} called worse than they are"
    );
    let alarms = if args.fault.is_empty() {
        forms(&corpus)
    } else {
        0
    };
    Ok(if missed + slandered + alarms == 0 {
        Exit::Fine
    } else {
        Exit::FellShort
    })
}

/// Of so many cases each form is held to one here; a test holds it to all.
const STRIDE: usize = 8;

/// The right peer in its many forms; how many false alarms there are.
fn forms(corpus: &Corpus) -> usize {
    let alarms = check::each_form(&check::light(corpus), STRIDE);
    for (form, broken) in &alarms {
        anstream::println!("{}  FALSE ALARM  {broken}", form.name);
    }
    anstream::println!(
        "{} right forms of a peer were spared but for {} false alarms",
        FORMS.len(),
        alarms.len()
    );
    alarms.len()
}

fn faults(patterns: &[String]) -> Result<Vec<&'static Fault>, Failure> {
    if patterns.is_empty() {
        return Ok(FAULTS.iter().collect());
    }
    let mut found = Vec::new();
    for pattern in patterns {
        let glob = Glob::new(pattern)
            .map_err(|e| Failure::usage(format!("{pattern:?} is no pattern: {e}")))?;
        let matcher = glob.compile_matcher();
        let before = found.len();
        found.extend(FAULTS.iter().filter(|fault| matcher.is_match(&*fault.name)));
        if found.len() == before {
            return Err(Failure::usage(format!(
                "no fault is called {pattern:?}; `wsspec echo --faults` lists them"
            )));
        }
    }
    Ok(found)
}

fn line(caught: &Caught, width: usize) {
    let word = match caught.judgement() {
        Judgement::Caught => "caught",
        Judgement::Spared => "spared",
        Judgement::ByChance => "by chance",
        Judgement::Missed => "MISSED",
        Judgement::Slandered => "SLANDERED",
    };
    let others = caught
        .by
        .iter()
        .map(|(id, verdict)| format!("{id} ({})", verdict.name()));
    let meant = caught
        .meant
        .iter()
        .filter(|_| caught.judgement() != Judgement::Slandered);
    let named: Vec<String> = meant.cloned().chain(others).take(NAMED).collect();
    let Caught {
        fault, role, by, ..
    } = caught;
    anstream::println!(
        "{:<width$}  {:<6}  {word:<9}  {:>5}  {}",
        fault.name,
        role.name(),
        by.len(),
        named.join(", ")
    );
}

/// The matrix turned around: which cases does no fault make worse?
fn cases(bites: &[Bite]) {
    let mut families: BTreeMap<&str, Vec<&Bite>> = BTreeMap::new();
    for bite in bites {
        families.entry(&bite.family).or_default().push(bite);
    }
    anstream::println!(
        "family                        runs  worse  fail   (runs: cases by role; made worse, made to fail by a fault)"
    );
    let count = |of: &[&Bite], what: fn(&Bite) -> bool| of.iter().filter(|bite| what(bite)).count();
    for (family, of) in &families {
        let (worse, fail) = (count(of, |b| b.worse > 0), count(of, |b| b.fails > 0));
        anstream::println!("{family:<28} {:>5}  {worse:>5} {fail:>5}", of.len());
    }
    let all: Vec<&Bite> = bites.iter().collect();
    let list = |title: &str, what: fn(&Bite) -> bool| {
        anstream::println!("{title} ({}):", count(&all, what));
        for bite in all.iter().filter(|bite| what(bite)) {
            anstream::println!(
                "  {} as {}, {} on the right peer",
                bite.case,
                bite.role.name(),
                bite.right.name()
            );
        }
    };
    list("made to fail by no fault, but worse", |b| {
        b.worse > 0 && b.fails == 0
    });
    list("made worse by no fault", |b| b.worse == 0);
}

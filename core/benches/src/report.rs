//! Runs the measurements and prints the tables.

use crate::contender::{self, Entry};
use crate::harness::{Job, Measured, measure};
use crate::workload::Workload;
use crate::{floor, handshake, rules, table, workload};

/// Measures the contenders on these workloads.
pub fn decoding(workloads: &[&str], contenders: &[&Entry], rounds: usize) -> Result<(), String> {
    let headings = |last: &[&str]| {
        let names = ["", "memcpy", "+ simdutf8"]
            .into_iter()
            .chain(contenders.iter().map(|contender| contender.name));
        names
            .chain(last.iter().copied())
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let mut ratios = vec![headings(&[
        "wsspec to best peer",
        "to best that checks UTF-8",
    ])];
    let mut nanos = vec![headings(&["frames"])];
    for name in workloads {
        let workload = workload::build(name).ok_or("no such workload")?;
        for contender in contenders {
            contender
                .check(&workload)
                .map_err(|error| format!("{} on {name}: {error}", contender.name))?;
        }
        eprintln!("measuring {name}");
        let results = Results::of(&workload, contenders, rounds);
        ratios.push(results.ratio_row(&workload, contenders));
        nanos.push(results.nanos_row(&workload));
    }
    println!("\nTime as a multiple of memcpy, median of {rounds} rounds; * is the fastest\n");
    table::print(&ratios);
    println!(
        "\nNanoseconds per frame, memcpy included; ± half the distance between the quartiles of the ratio\n"
    );
    table::print(&nanos);
    println!();
    for contender in contenders {
        println!(
            "{} {}: {}.",
            contender.name,
            version(contender.name),
            contender.note
        );
        let passed = rules::let_pass(contender);
        println!(
            "    Accepts: {}.",
            if passed.is_empty() {
                "nothing".to_owned()
            } else {
                passed.join("; ")
            }
        );
    }
    Ok(())
}

/// The measurements of one workload.
struct Results {
    floor: Measured,
    /// Only if there is text.
    text_floor: Option<Measured>,
    contenders: Vec<Measured>,
}

impl Results {
    fn of(workload: &Workload, contenders: &[&Entry], rounds: usize) -> Results {
        let mut jobs: Vec<Job<'_>> = vec![Box::new(|| floor::read(workload))];
        let text = !workload.stream.text.is_empty();
        if text {
            jobs.push(Box::new(|| floor::read_text(workload)));
        }
        for contender in contenders {
            jobs.push(Box::new(|| contender.pass(workload)));
        }
        let mut measured = measure(&jobs, rounds).into_iter();
        let mut next = || measured.next().expect("a result for each job");
        Results {
            floor: next(),
            text_floor: text.then(&mut next),
            contenders: measured.collect(),
        }
    }

    fn ratio_row(&self, workload: &Workload, contenders: &[&Entry]) -> Vec<String> {
        let text_floor = self
            .text_floor
            .map_or("–".to_owned(), |floor| two_digits(floor.ratio));
        let best = self
            .contenders
            .iter()
            .map(|measured| measured.ratio)
            .fold(f64::INFINITY, f64::min);
        let cell = |measured: &Measured| {
            let mark = if measured.ratio == best { "*" } else { "" };
            format!("{mark}{}", two_digits(measured.ratio))
        };
        let head = [workload.about.to_owned(), "1".to_owned(), text_floor];
        let cells = self.contenders.iter().map(cell);
        head.into_iter()
            .chain(cells)
            .chain([
                self.to_best(contenders, |_| true),
                self.to_best(contenders, checks_text),
            ])
            .collect()
    }

    /// Returns the ratio of our decoder to the fastest contender of some kind, with its name.
    fn to_best(&self, contenders: &[&Entry], kind: impl Fn(&Entry) -> bool) -> String {
        let all = || contenders.iter().zip(&self.contenders);
        let ours = all().find(|(contender, _)| contender.name == contender::ALL[0].name);
        let peers = all().filter(|(contender, _)| !contender.ours && kind(contender));
        match (ours, peers.min_by(|a, b| a.1.ratio.total_cmp(&b.1.ratio))) {
            (Some((_, ours)), Some((peer, best))) => {
                format!("{:.2} {}", ours.ratio / best.ratio, peer.name)
            }
            _ => "–".to_owned(),
        }
    }

    fn nanos_row(&self, workload: &Workload) -> Vec<String> {
        let frames = workload.stream.frames as f64;
        let cell = |measured: &Measured| {
            format!(
                "{} ±{:.0}%",
                two_digits(measured.nanos / frames),
                measured.spread()
            )
        };
        let text_floor = self.text_floor.as_ref().map_or("–".to_owned(), cell);
        let head = [
            workload.about.to_owned(),
            two_digits(self.floor.nanos / frames),
            text_floor,
        ];
        let cells = self.contenders.iter().map(cell);
        head.into_iter()
            .chain(cells)
            .chain([workload.stream.frames.to_string()])
            .collect()
    }
}

fn checks_text(contender: &Entry) -> bool {
    !rules::let_pass(contender).contains(&rules::UTF8)
}

/// Returns the version of a package in the lock file; nothing for our own.
fn version(package: &str) -> &'static str {
    let entry = format!("name = \"{package}\"\nversion = \"");
    let after = include_str!("../Cargo.lock")
        .split_once(&entry)
        .map(|(_, after)| after);
    after
        .and_then(|after| after.split('"').next())
        .unwrap_or("(this repository)")
}

/// Measures the handshakes.
pub fn handshakes(rounds: usize) -> Result<(), String> {
    handshake::ALL
        .iter()
        .try_for_each(handshake::Contender::check)?;
    let jobs: Vec<Job<'_>> = handshake::ALL
        .iter()
        .map(|contender| Box::new(|| contender.run()) as Job<'_>)
        .collect();
    eprintln!("measuring handshakes");
    let measured = measure(&jobs, rounds);
    let headings = [
        "",
        "per second",
        "each",
        "to the lower bound",
        "spread",
        "what it does",
    ];
    let mut rows = vec![headings.map(str::to_owned).to_vec()];
    for (contender, measured) in handshake::ALL.iter().zip(&measured) {
        rows.push(vec![
            contender.name.to_owned(),
            format!("{:.0}", 1e9 / measured.nanos),
            format!("{:.2} µs", measured.nanos / 1e3),
            two_digits(measured.ratio),
            format!("±{:.0}%", measured.spread()),
            contender.note.to_owned(),
        ]);
    }
    println!(
        "\nOpening handshakes of a server, in memory, on one core; median of {rounds} rounds\n"
    );
    table::print(&rows);
    Ok(())
}

/// Formats a number with two significant digits if it is small, and without decimals if it is
/// large.
fn two_digits(value: f64) -> String {
    match value {
        v if v < 10.0 => format!("{v:.2}"),
        v if v < 100.0 => format!("{v:.1}"),
        v => format!("{v:.0}"),
    }
}

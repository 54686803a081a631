//! Runs the measurements and writes the tables, as Markdown.

use crate::contender::Entry;
use crate::harness::{Job, Measured, measure};
use crate::workload::Workload;
use crate::{deflate, floor, handshake, rules, table, workload};

/// Measures the contenders on these workloads.
pub fn decoding(
    workloads: &[&str],
    contenders: &[&Entry],
    rounds: usize,
) -> Result<String, String> {
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
        "endpoint to best that assembles",
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
    let mut report = format!(
        "## Decoding\n\nTime as a multiple of memcpy, median of {rounds} rounds; * is the fastest.\n\n"
    );
    report += &table::format(&ratios);
    report += "\nNanoseconds per frame, memcpy included; ± half the distance between the quartiles of the ratio.\n\n";
    report += &table::format(&nanos);
    report += "\n";
    for contender in contenders {
        report += &about(contender);
    }
    Ok(report)
}

/// How a library is used, and what it accepts.
fn about(contender: &Entry) -> String {
    let passed = rules::let_pass(contender);
    let accepts = if passed.is_empty() {
        "nothing".to_owned()
    } else {
        passed.join("; ")
    };
    let Entry { name, note, .. } = contender;
    format!(
        "- **{name}** {}: {note}. Accepts: {accepts}.\n",
        version(name)
    )
}

/// The names of ours.
const DECODER: &str = "wsspec";
const ENDPOINT: &str = "wsspec endpoint";

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
                self.to_best(DECODER, contenders, |_| true),
                self.to_best(DECODER, contenders, checks_text),
                self.to_best(ENDPOINT, contenders, |contender| contender.assembles),
            ])
            .collect()
    }

    /// Returns the ratio of one of ours to the fastest library of some kind, with its name.
    fn to_best(&self, name: &str, contenders: &[&Entry], kind: impl Fn(&Entry) -> bool) -> String {
        let all = || contenders.iter().zip(&self.contenders);
        let ours = all().find(|(contender, _)| contender.name == name);
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
pub fn version(package: &str) -> &'static str {
    let entry = format!("name = \"{package}\"\nversion = \"");
    let after = include_str!("../Cargo.lock")
        .split_once(&entry)
        .map(|(_, after)| after);
    after
        .and_then(|after| after.split('"').next())
        .unwrap_or("(this repository)")
}

/// Measures the handshakes.
pub fn handshakes(rounds: usize) -> Result<String, String> {
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
    let mut report = format!(
        "## Opening handshakes\n\nOf a server, in memory, on one core; median of {rounds} rounds.\n\n"
    );
    report += &table::format(&rows);
    Ok(report)
}

/// Measures the libraries that have permessage-deflate on these workloads.
pub fn inflating(workloads: &[&str], rounds: usize) -> Result<String, String> {
    let names = ["", "flate2"].into_iter();
    let names = names.chain(deflate::ALL.iter().map(|contender| contender.name));
    let mut rows = vec![names.map(str::to_owned).collect::<Vec<_>>()];
    for name in workloads {
        let compressed = deflate::build_sized(name, deflate::LARGE).ok_or("no such workload")?;
        let mut jobs: Vec<Job<'_>> = vec![Box::new(|| deflate::inflate(&compressed))];
        for contender in deflate::ALL {
            contender.check(&compressed.workload)?;
            jobs.push(Box::new(|| contender.pass(&compressed.workload)));
        }
        eprintln!("measuring {name}");
        let bytes = compressed.workload.stream.payload as f64;
        let cell = |measured: &Measured| {
            format!(
                "{} ({:.0} MB/s)",
                two_digits(measured.ratio),
                bytes * 1e3 / measured.nanos
            )
        };
        let about = compressed.workload.about.to_owned();
        let measured = measure(&jobs, rounds);
        rows.push(
            [about]
                .into_iter()
                .chain(measured.iter().map(cell))
                .collect(),
        );
    }
    let mut report = format!(
        "## permessage-deflate\n\nTime as a multiple of flate2 with zlib-rs, which inflates the same payloads and reads no frames, and bytes of messages per second; median of {rounds} rounds.\n\n"
    );
    report += &table::format(&rows);
    report += "\n";
    for contender in deflate::ALL {
        report += &format!("- **{}**: {}.\n", contender.name, contender.note);
    }
    Ok(report)
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

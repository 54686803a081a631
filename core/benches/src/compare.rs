//! wsspec-core compared with other Rust WebSocket libraries; see README.md.
#![forbid(unsafe_code)]

mod args;
mod contender;
mod deflate;
mod floor;
mod handshake;
mod harness;
mod once;
mod random;
mod report;
mod results;
mod rules;
mod seen;
mod source;
mod table;
mod workload;

use std::process::ExitCode;

use args::{Args, HANDSHAKE, Task};

fn main() -> ExitCode {
    match Args::parse(std::env::args().skip(1)).and_then(|args| run(&args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(complaint) => {
            eprintln!("{complaint}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), String> {
    match &args.task {
        Task::Help => print!("{}", args::help()),
        Task::Decode(workload, contender) => {
            let workload =
                workload::build_sized(workload, once::BYTES).ok_or("no such workload")?;
            once::decode(&workload, *contender);
        }
        Task::Accept(contender) => once::accept(contender),
        Task::Compare => {
            let report = compare(args)?;
            println!("{report}");
            if args.write {
                results::write(&report)?;
            }
        }
    }
    Ok(())
}

/// The names of the workloads that were asked for.
fn wanted(
    args: &Args,
    workloads: impl Iterator<Item = (&'static str, &'static str)>,
) -> Vec<&'static str> {
    let names = workloads.map(|(name, _)| name);
    names.filter(|name| args.wants(name)).collect()
}

/// Measures what was asked for. Returns the tables.
fn compare(args: &Args) -> Result<String, String> {
    let decoded = wanted(args, workload::names());
    let inflated = wanted(args, deflate::names());
    let mut parts = Vec::new();
    if !decoded.is_empty() {
        parts.push(report::decoding(&decoded, &args.contenders, args.rounds)?);
    }
    if !inflated.is_empty() {
        parts.push(report::inflating(&inflated, args.rounds)?);
    }
    if args.wants(HANDSHAKE) {
        parts.push(report::handshakes(args.rounds)?);
    }
    Ok(parts.join("\n"))
}

#[cfg(test)]
mod tests {
    use crate::contender::ALL;
    use crate::{floor, workload};

    /// Also runs in debug builds, and with chunks that divide everything.
    #[test]
    fn every_contender_shows_every_byte_of_every_workload() {
        for (name, _) in workload::names() {
            let workload = workload::build_sized(name, 40_000).unwrap();
            floor::read(&workload);
            floor::read_text(&workload);
            for contender in ALL {
                assert_eq!(
                    contender.check(&workload),
                    Ok(()),
                    "{} on {name}",
                    contender.name
                );
                contender.pass(&workload);
            }
        }
    }

    #[test]
    fn a_contender_that_sees_something_else_is_found_out() {
        let mut workload = workload::build_sized("mixed-64k", 40_000).unwrap();
        let last = workload.stream.bytes.len() - 1;
        workload.stream.bytes[last] ^= 1;
        assert!(
            ALL.iter()
                .all(|contender| contender.check(&workload).is_err())
        );
    }
}

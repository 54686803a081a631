//! The command line.

use crate::contender::{self, Entry};
use crate::{deflate, handshake, workload};

/// The name that selects the handshakes.
pub const HANDSHAKE: &str = "handshake";

/// The command line, parsed.
pub struct Args {
    /// The workloads; all if empty.
    only: Vec<String>,
    /// The contenders.
    pub contenders: Vec<&'static Entry>,
    /// Number of rounds.
    pub rounds: usize,
    /// Whether to write the results to `RESULTS.md`.
    pub write: bool,
    /// What to do.
    pub task: Task,
}

/// What to do.
pub enum Task {
    /// Measure, and print the tables.
    Compare,
    /// One pass over a workload, for callgrind; only the reads if there is no contender.
    Decode(String, Option<&'static Entry>),
    /// Some handshakes, for callgrind.
    Accept(&'static handshake::Contender),
    /// Print the help text.
    Help,
}

impl Args {
    /// Parses the command line. The error is a message for the user.
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Args, String> {
        let mut args = Args {
            only: Vec::new(),
            contenders: Vec::new(),
            rounds: 31,
            write: false,
            task: Task::Compare,
        };
        while let Some(word) = words.next() {
            let mut value = || {
                words
                    .next()
                    .ok_or(format!("{word} needs a value; see --help"))
            };
            match word.as_str() {
                "--only" => {
                    let name = value()?;
                    if name != HANDSHAKE && !deflate::names().any(|(known, _)| known == name) {
                        known_workload(&name)?;
                    }
                    args.only.push(name);
                }
                "--contender" => args.contenders.push(known_contender(&value()?)?),
                "--rounds" => {
                    args.rounds = value()?
                        .parse()
                        .ok()
                        .filter(|n| *n > 0)
                        .ok_or("--rounds needs a number above 0")?;
                }
                "--once" => {
                    let workload = value()?;
                    args.task = once(workload, &value()?)?;
                }
                "--write" => args.write = true,
                "--help" | "-h" => args.task = Task::Help,
                _ => return Err(format!("unknown argument {word}; see --help")),
            }
        }
        if args.write && !(args.only.is_empty() && args.contenders.is_empty()) {
            return Err("--write writes all results: leave out --only and --contender".to_owned());
        }
        if args.contenders.is_empty() {
            args.contenders = contender::ALL.iter().collect();
        }
        Ok(args)
    }

    /// Whether this workload is to be measured.
    pub fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }
}

fn once(workload: String, contender: &str) -> Result<Task, String> {
    if workload == HANDSHAKE {
        let entry = handshake::ALL.iter().find(|entry| entry.name == contender);
        return entry
            .map(Task::Accept)
            .ok_or_else(|| format!("no handshake by {contender}; see --help"));
    }
    known_workload(&workload)?;
    Ok(Task::Decode(
        workload,
        if contender == "memcpy" {
            None
        } else {
            Some(known_contender(contender)?)
        },
    ))
}

fn known_workload(name: &str) -> Result<(), String> {
    let known = workload::names().any(|(known, _)| known == name);
    if known {
        Ok(())
    } else {
        Err(format!("no workload {name}; see --help"))
    }
}

fn known_contender(name: &str) -> Result<&'static Entry, String> {
    contender::ALL
        .iter()
        .find(|entry| entry.name == name)
        .ok_or_else(|| format!("no contender {name}; see --help"))
}

/// The help text.
pub fn help() -> String {
    let mut help = "\
Compares wsspec-core with other Rust WebSocket libraries, all in one process and in shuffled rounds.

    wsspec-benches [--only WORKLOAD]... [--contender NAME]... [--rounds N] [--write]
    wsspec-benches --once WORKLOAD NAME

  --only WORKLOAD    measure only this workload, or only `handshake`
  --contender NAME   measure only this contender, beside memcpy; does not concern handshakes
  --rounds N         rounds to take the medians of (31)
  --write            also write the results to RESULTS.md, with date, processor and compiler
  --once WORKLOAD NAME
                     one pass over about 1 MiB by this contender or `memcpy`, or 1000 handshakes; prints the
                     number of frames. To count instructions, divide those of the pass by it:
                       valgrind --tool=callgrind --toggle-collect='*counted_pass*' wsspec-benches --once ...

The first table gives the time of each contender as a multiple of memcpy: the median of the ratios of each
round. `*` marks the fastest. The last columns compare the decoder of wsspec with the fastest of the others and
with the fastest of those that check UTF-8, and its endpoint with the fastest of those that hand out whole
messages: below 1 ours takes less time. The second table gives nanoseconds per frame, and half the distance
between the quartiles.

Workloads:
"
    .to_owned();
    for (name, about) in workload::names() {
        help += &format!("  {name:<18} {about}\n");
    }
    for (name, about) in deflate::names() {
        help += &format!("  {name:<18} {about}, with permessage-deflate\n");
    }
    help += &format!("  {HANDSHAKE:<18} opening handshakes of a server\n\nContenders:\n");
    for entry in contender::ALL {
        help += &format!("  {:<18} {}\n", entry.name, entry.note);
    }
    help += "\nHandshakes:\n";
    for entry in handshake::ALL {
        help += &format!("  {:<18} {}\n", entry.name, entry.note);
    }
    help
}

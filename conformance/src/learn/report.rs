//! The result of learning, as it is written.

use std::fmt;

use serde::Serialize;
use wsspec_core::Violation;
use wsspec_core::dissect::hex_digits;

use super::alphabet::{ALPHABET, Act, spelled};
use super::compare::{Difference, Judgement};
use super::machine::Machine;
use super::oracle::Stopped;
use super::output::Output;
use super::{Options, Outcome};

/// What was learned of a server.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// `wsspec` and its version.
    pub tool: String,
    /// The server, without secrets.
    pub url: String,
    /// Seed of the walks.
    pub seed: u64,
    /// Whether the machine stood every test.
    pub complete: bool,
    /// Why it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<StopReport>,
    /// Words that were asked, each on a connection of its own.
    pub queries: usize,
    /// Inputs of these words.
    pub inputs_sent: usize,
    /// Contradictions between answers that were settled.
    pub conflicts: usize,
    /// Time for all of it.
    pub seconds: f64,
    /// The inputs.
    pub inputs: Vec<InputReport>,
    /// The states; the first is the one after the opening.
    pub states: Vec<StateReport>,
    /// The edges that the reference endpoint does not have.
    pub differences: Vec<DifferenceReport>,
}

/// Why a machine may be wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StopReport {
    /// There are more states than allowed.
    MaxStates,
    /// More words would have to be asked than allowed.
    MaxQueries,
    /// The time was over.
    Time,
    /// The server does not answer this word the same most of the time.
    NotDeterministic(Vec<&'static str>),
}

/// An input.
#[derive(Debug, Clone, Serialize)]
pub struct InputReport {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    /// The bytes on the wire, in hexadecimal; none for the end of TCP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<String>,
}

/// A state.
#[derive(Debug, Clone, Serialize)]
pub struct StateReport {
    /// A shortest word that leads to it.
    pub access: Vec<&'static str>,
    /// What happens in it, by input.
    pub edges: Vec<EdgeReport>,
}

/// What happens in a state on an input.
#[derive(Debug, Clone, Serialize)]
pub struct EdgeReport {
    /// The input.
    pub input: &'static str,
    /// What the server does.
    pub output: String,
    /// The state after it.
    pub to: usize,
}

/// An edge that the reference endpoint does not have.
#[derive(Debug, Clone, Serialize)]
pub struct DifferenceReport {
    /// The state it begins in.
    pub from: usize,
    /// A word that leads there.
    pub access: Vec<&'static str>,
    /// Its input.
    pub input: &'static str,
    /// The bytes of that word and the input, in hexadecimal, a frame each.
    pub bytes: Vec<String>,
    /// What the reference endpoint does.
    pub reference: String,
    /// What the server does.
    pub seen: String,
    /// The rule that the input breaks, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<&'static str>,
    /// Its clause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clause: Option<String>,
    /// Whether the server may.
    pub judgement: JudgementReport,
    /// The requirement that the server breaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requirement: Option<String>,
    /// What the judge says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Whether a difference is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum JudgementReport {
    /// It breaks a requirement.
    Breach,
    /// The standard advises against it, or it is a variant that is tolerated.
    NonStrict,
    /// The standard leaves it open.
    Free,
    /// It could not be judged.
    Unjudged,
}

impl Report {
    /// The result of learning the server at this URL.
    pub fn new(url: &str, options: &Options, outcome: &Outcome) -> Report {
        let learned = &outcome.learned;
        Report {
            tool: concat!("wsspec ", env!("CARGO_PKG_VERSION")).to_owned(),
            url: url.to_owned(),
            seed: options.limits.seed,
            complete: learned.stopped.is_none(),
            stopped: learned.stopped.as_ref().map(stopped),
            queries: learned.queries,
            inputs_sent: learned.inputs,
            conflicts: learned.conflicts,
            seconds: outcome.took.as_secs_f64(),
            inputs: (0..ALPHABET.len()).map(input).collect(),
            states: learned.machine.as_ref().map(states).unwrap_or_default(),
            differences: outcome.differences.iter().map(difference).collect(),
        }
    }

    /// Differences with this judgement.
    pub fn judged(&self, judgement: JudgementReport) -> impl Iterator<Item = &DifferenceReport> {
        let differences = self.differences.iter();
        differences.filter(move |difference| difference.judgement == judgement)
    }
}

fn names(word: &[usize]) -> Vec<&'static str> {
    word.iter().map(|input| ALPHABET[*input].name).collect()
}

fn bytes(input: usize) -> Option<String> {
    match ALPHABET[input].act {
        Act::Send(frame) => Some(hex_digits(&frame.bytes())),
        Act::End => None,
    }
}

fn stopped(stopped: &Stopped) -> StopReport {
    match stopped {
        Stopped::States => StopReport::MaxStates,
        Stopped::Queries => StopReport::MaxQueries,
        Stopped::Time => StopReport::Time,
        Stopped::NotDeterministic(word) => StopReport::NotDeterministic(names(word)),
    }
}

fn input(at: usize) -> InputReport {
    let symbol = &ALPHABET[at];
    InputReport {
        name: symbol.name,
        about: symbol.about,
        bytes: bytes(at),
    }
}

fn states(machine: &Machine<Output>) -> Vec<StateReport> {
    let access = machine.access();
    let states = machine.states.iter().zip(access);
    states
        .map(|(edges, access)| StateReport {
            access: names(&access.unwrap_or_default()),
            edges: edges
                .iter()
                .enumerate()
                .map(|(input, edge)| EdgeReport {
                    input: ALPHABET[input].name,
                    output: edge.output.to_string(),
                    to: edge.to,
                })
                .collect(),
        })
        .collect()
}

fn difference(difference: &Difference) -> DifferenceReport {
    let word = difference.word();
    let (judgement, breach) = match &difference.judgement {
        Judgement::Free => (JudgementReport::Free, None),
        Judgement::NonStrict => (JudgementReport::NonStrict, None),
        Judgement::Breach {
            requirement,
            reason,
        } => (
            JudgementReport::Breach,
            Some((requirement.clone(), reason.clone())),
        ),
        Judgement::Unjudged => (JudgementReport::Unjudged, None),
    };
    let (requirement, reason) = breach.unzip();
    DifferenceReport {
        from: difference.from,
        access: names(&difference.access),
        input: ALPHABET[difference.input].name,
        bytes: word.iter().copied().filter_map(bytes).collect(),
        reference: difference.expected.to_string(),
        seen: difference.seen.to_string(),
        rule: difference.rule.map(Violation::name),
        clause: difference.rule.map(|rule| rule.clause().to_string()),
        judgement,
        requirement,
        reason,
    }
}

impl fmt::Display for JudgementReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            JudgementReport::Breach => "breach",
            JudgementReport::NonStrict => "non-strict",
            JudgementReport::Free => "free",
            JudgementReport::Unjudged => "not judged",
        })
    }
}

impl fmt::Display for StopReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StopReport::MaxStates => f.write_str("it has more states than --max-states allows"),
            StopReport::MaxQueries => f.write_str("--max-queries were asked"),
            StopReport::Time => f.write_str("the time of --time was over"),
            StopReport::NotDeterministic(word) => {
                write!(f, "the server is not deterministic at: {}", word.join(" "))
            }
        }
    }
}

/// The names of inputs as they are shown to people.
pub fn shown(word: &[&str]) -> String {
    if word.is_empty() {
        spelled(&[])
    } else {
        word.join(" ")
    }
}

/// Differences with this judgement, those of a state with the same outputs and requirement together.
pub fn alike(report: &Report, judgement: JudgementReport) -> Vec<Vec<&DifferenceReport>> {
    let mut groups: Vec<Vec<&DifferenceReport>> = Vec::new();
    for difference in report.judged(judgement) {
        match groups.iter_mut().find(|group| group[0].is_like(difference)) {
            Some(group) => group.push(difference),
            None => groups.push(vec![difference]),
        }
    }
    groups
}

impl DifferenceReport {
    fn is_like(&self, other: &DifferenceReport) -> bool {
        self.from == other.from
            && self.seen == other.seen
            && self.reference == other.reference
            && self.requirement == other.requirement
    }
}

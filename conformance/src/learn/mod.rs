//! The state machine of a server, learned from what it does, and where it differs from that of the
//! reference endpoint.
//!
//! | module | contents |
//! |---|---|
//! | `alphabet` | [`ALPHABET`]: the inputs, single frames and the end of TCP |
//! | `output` | [`Output`]: what a peer does about an input |
//! | `machine` | [`Machine`]: Mealy machines, over any alphabet |
//! | `tree` | everything that was observed |
//! | `learner` | L#: what to ask next, and the machine that explains the answers |
//! | `walks` | words that test a hypothesis |
//! | `oracle` | asks until a machine stands every test, and settles contradictions |
//! | `talk` | one conversation, sans-I/O |
//! | `memory`, `live` | peers that answer: the reference peer in memory, and a server at a URL |
//! | `tables` | the machine that the tables of the reference endpoint say it is |
//! | `compare` | where two machines differ, and whether that breaks the standard |
//! | `vectors` | differing edges as vectors |
//! | `report` | [`Report`]: the result, as it is written |
//! | `draw` | the machine as a drawing, as DOT and as a page |

mod alphabet;
mod compare;
mod draw;
mod learner;
mod live;
mod machine;
mod memory;
mod oracle;
mod output;
mod report;
mod tables;
mod talk;
#[cfg(test)]
mod tests;
mod tree;
mod vectors;
mod walks;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use wsspec_core::Role;
use wsspec_reports::MessageBehaviour;

use crate::fuzz::conversation::Conversation;
use crate::fuzz::judgement;
use crate::fuzz::reference::run_in_memory;
use crate::fuzz::targets::{Pace, Targets};
use crate::fuzz::{self, Ending};
use crate::peer::ReferencePeer;
use crate::run::{Subject, Target};
use crate::wire::memory::{Chunking, at_once};

pub use alphabet::{ALPHABET, Symbol};
pub use compare::{Difference, Judgement};
pub use draw::{dot, page, rows, summary, svg};
pub use machine::{Edge, Input, Machine, Word};
pub use oracle::{Learned, Limits, Stopped, Unanswered};
pub use output::{Event, Output};
pub use report::{DifferenceReport, JudgementReport, Report, StopReport, alike, shown};
pub use vectors::write as write_vectors;

use compare::{Judge, Judged, compare};
use live::Live;
use memory::InMemory;

/// How a server is learned.
#[derive(Debug, Clone)]
pub struct Options {
    /// Bounds of the learning.
    pub limits: Limits,
    /// Connections at the same time.
    pub jobs: usize,
    /// What the server is said to do with messages; `None` finds it out.
    pub peer: Option<MessageBehaviour>,
    /// Deadline of a wait while a difference is judged.
    pub timeout: Duration,
}

/// What was learned, and how it differs from the reference endpoint.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The machine, and what it took.
    pub learned: Learned<Output>,
    /// The edges that differ, those nearest to the first state first.
    pub differences: Vec<Difference>,
    /// Time for all of it.
    pub took: Duration,
}

/// The machine of a server that conforms and echoes, as the tables of the reference endpoint say.
pub fn reference() -> Machine<Output> {
    tables::machine()
}

/// Learns the machine of a server.
///
/// # Errors
/// It cannot be reached, or is no WebSocket server.
pub async fn learn(target: Target, options: &Options) -> Result<Outcome, Unanswered> {
    let began = Instant::now();
    let targets = probe(target.clone(), options).await?;
    let live = Live::new(target, targets.setup().clone(), options.jobs);
    let learned = oracle::learn(&live, ALPHABET.len(), &options.limits).await?;
    let judge = OverTheWire {
        targets,
        until: Instant::now() + options.limits.time,
    };
    let differences = differences(&learned, &judge).await;
    Ok(Outcome {
        learned,
        differences,
        took: began.elapsed(),
    })
}

/// Learns the machine of the reference peer, in memory.
///
/// # Errors
/// It does not open.
pub fn learn_in_memory(peer: &ReferencePeer, limits: &Limits) -> Result<Outcome, Unanswered> {
    let began = Instant::now();
    at_once(async {
        let learned = oracle::learn(&InMemory { peer }, ALPHABET.len(), limits).await?;
        let differences = differences(&learned, &InMemory { peer }).await;
        Ok(Outcome {
            learned,
            differences,
            took: began.elapsed(),
        })
    })
}

async fn differences(learned: &Learned<Output>, judge: &impl Judge) -> Vec<Difference> {
    match &learned.machine {
        Some(machine) => compare(machine, &reference(), judge).await,
        None => Vec::new(),
    }
}

async fn probe(target: Target, options: &Options) -> Result<Targets, Unanswered> {
    let options = fuzz::Options {
        time: options.limits.time,
        seed: options.limits.seed,
        shard: None,
        max_findings: 0,
        jobs: 1,
        peer: options.peer,
        timeout: options.timeout,
        dir: PathBuf::new(),
        without: Vec::new(),
        pid: None,
        coverage: None,
    };
    let probed = Targets::probe(Subject::Server(target), None, &options).await;
    probed.map_err(|ending| {
        Unanswered::Unreachable(match ending {
            Ending::Unreachable(why) | Ending::Unusable(why) => why,
            _ => "the server cannot be reached".to_owned(),
        })
    })
}

/// Judges what a server does with a conversation, as long as there is time.
struct OverTheWire {
    targets: Targets,
    until: Instant,
}

impl Judge for OverTheWire {
    /// What looks like a breach has to be seen twice more, with time for a slow server.
    async fn judge(&self, conversation: &Conversation) -> Option<Judged> {
        let mut causes = Vec::new();
        for pace in [Pace::Usual, Pace::Patient, Pace::Patient] {
            if Instant::now() > self.until {
                return None;
            }
            let seen = self.targets.observe(conversation, pace).await;
            let Some(cause) = seen.cause(conversation) else {
                return Some(Judged {
                    verdict: seen.conclusion.verdict,
                    breach: None,
                });
            };
            let explanation = seen.explain(conversation, &cause);
            causes.push((cause, explanation, seen.conclusion.verdict));
        }
        let (cause, explanation, verdict) = causes.pop()?;
        let same = causes.last().is_some_and(|(before, ..)| *before == cause);
        same.then_some(Judged {
            verdict,
            breach: Some(explanation),
        })
    }
}

impl Judge for InMemory<'_> {
    async fn judge(&self, conversation: &Conversation) -> Option<Judged> {
        let conclusion = run_in_memory(conversation, Role::Server, self.peer, Chunking::Whole);
        let cause = judgement::cause(conversation, &conclusion);
        Some(Judged {
            verdict: conclusion.verdict,
            breach: cause.map(|_| judgement::explain(conversation, &conclusion)),
        })
    }
}

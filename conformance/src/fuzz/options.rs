//! The options of a fuzzing run, and what it reports to its caller.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use wsspec_reports::MessageBehaviour;

use super::coverage::CoverageMap;
use super::finding::Finding;
use crate::run::Shard;

/// Options of a fuzzing run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Duration of the run. The batch in progress at its end is completed, and so is the finding if that
    /// takes no more than 30 s.
    pub time: Duration,
    /// Seed of the run. The same seed makes the same conversations.
    pub seed: u64,
    /// The part of the run that this is: each has conversations of its own.
    pub shard: Option<Shard>,
    /// Number of findings after which the run ends.
    pub max_findings: usize,
    /// Conversations run concurrently.
    pub jobs: usize,
    /// What the targets are said to do with messages; `None` finds it out. What an echo does not
    /// send back is a finding, and not weighed as what its application may do.
    pub peer: Option<MessageBehaviour>,
    /// Deadline of a wait while a finding is confirmed.
    pub timeout: Duration,
    /// Directory of the findings and of the state that lets a later run continue. Shards may share it.
    pub dir: PathBuf,
    /// Glob patterns of vector ids that are not used as material.
    pub without: Vec<String>,
    /// Process whose memory is watched.
    pub pid: Option<u32>,
    /// The coverage of an instrumented target, which is told where the map is. Conversations run one at
    /// a time then, whatever `jobs` says.
    pub coverage: Option<Arc<CoverageMap>>,
}

impl Options {
    /// Seed of the generator: of a shard, another one than that of the run.
    pub fn own_seed(&self) -> u64 {
        self.shard.map_or(self.seed, |shard| shard.seed(self.seed))
    }
}

/// Progress of a fuzzing run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stats {
    /// Conversations run.
    pub conversations: u64,
    /// Conversations that showed something new.
    pub novel: usize,
    /// Findings written.
    pub findings: usize,
    /// Suspected findings that did not reproduce.
    pub unconfirmed: usize,
    /// Counters of the coverage map that were reached.
    pub counters: usize,
}

/// An event of a fuzzing run.
#[derive(Debug)]
pub enum Event<'a> {
    /// The run continues an earlier one with the same seed, at this conversation.
    Resumed(u64),
    /// A batch is complete.
    Progress(&'a Stats),
    /// A finding was written.
    Found(&'a Finding),
}

/// Why a fuzzing run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// The time is over, or `max_findings` is reached.
    Complete,
    /// The caller stopped it.
    Interrupted,
    /// The target cannot be reached, or a plain connection to it does not work.
    Unreachable(String),
    /// The target stopped serving. A finding holds the conversations that ran last.
    Died,
    /// A file cannot be read or written, or a pattern is invalid.
    Unusable(String),
}

//! Stored conversations, judged again: the same verdicts from the transcripts alone, without a
//! target.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use wsspec_core::Role;
use wsspec_reports::{CaseResult, Report, Summary, TargetReport, Transcript, Verdict};
use wsspec_vectors::{Case, Corpus};

use crate::exchange::{Breakdown, Conclusion, Reason, Setup};
use crate::referee::TRAFFIC;
use crate::run::{Passive, result};
use crate::wire::stored;

/// What came of judging the results of a report again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rejudged {
    /// Cases judged again.
    pub judged: usize,
    /// Those that have another verdict now.
    pub changed: Vec<Change>,
    /// Cases that were not judged again, by the reason.
    pub kept: BTreeMap<Kept, Vec<String>>,
}

impl Rejudged {
    /// Counts a row that was judged again, and keeps what changed of its verdict.
    fn note(&mut self, target: &str, row: &CaseResult, now: &CaseResult) {
        self.judged += 1;
        if now.verdict != row.verdict {
            self.changed.push(Change {
                target: target.to_owned(),
                case: row.id.clone(),
                before: row.verdict,
                now: now.verdict,
                reason: now.reason.clone(),
            });
        }
    }
}

/// A verdict that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The name of the target.
    pub target: String,
    /// The id of the case.
    pub case: String,
    /// The verdict in the report.
    pub before: Verdict,
    /// The verdict now.
    pub now: Verdict,
    /// Why; empty for a plain pass.
    pub reason: String,
}

/// Why a result is kept as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kept {
    /// There was no conversation: the case was not run, or no connection was made.
    NoConversation,
    /// The report has no transcript of it. It has those of passes only with `--transcripts all`.
    NoTranscript,
    /// The transcript was cut: the conversation is longer than what is kept of one.
    Cut,
    /// The transcript says nothing of what the conversation went by: it is of version 0.1.0.
    NoCircumstances,
    /// The vectors have no such case.
    Unknown,
    /// It was weighed against other conversations, which are not kept.
    Weighed,
    /// The case has changed since: it would have sent something else.
    CaseChanged,
    /// It is one of a gateway, whose two sides were judged by when they met.
    Gateway,
    /// It is a rule on live or captured traffic, of which a report has the beginning alone.
    Traffic,
}

impl Kept {
    /// The reason in words.
    pub const fn words(self) -> &'static str {
        match self {
            Kept::NoConversation => "without a conversation",
            Kept::NoTranscript => "without a transcript (passes have one with --transcripts all)",
            Kept::Cut => "with a transcript that was cut",
            Kept::NoCircumstances => "recorded by a version that did not keep its circumstances",
            Kept::Unknown => "not among the vectors",
            Kept::Weighed => "weighed against other conversations, which are not kept",
            Kept::CaseChanged => "of a case that has changed since",
            Kept::Gateway => "of a gateway: run `wsspec through` again",
            Kept::Traffic => "of traffic: judge a capture of it, or run `wsspec proxy` again",
        }
    }
}

/// Keys of reasons that come of a comparison with another conversation.
const WEIGHED: [&str; 3] = ["needs.premise", "needs.time", "closing.closed-anyway"];

/// Judges every conversation of a report again, and updates its verdicts.
///
/// Passive rules are judged again where every conversation of the target was; else their rows are
/// kept.
pub fn rejudge(report: &mut Report, corpus: &Corpus) -> Rejudged {
    let cases: BTreeMap<&str, &Arc<Case>> = corpus
        .cases
        .iter()
        .map(|case| (case.id.as_str(), case))
        .collect();
    let of_gateways = corpus.throughs.iter().map(|case| case.id.as_str());
    let of_gateways = of_gateways.collect();
    let mut rejudged = Rejudged::default();
    for target in &mut report.targets {
        Target {
            cases: &cases,
            of_gateways: &of_gateways,
            role: target.role.role(),
            passive: Passive::default(),
            all: true,
        }
        .rejudge(target, &mut rejudged);
    }
    rejudged
}

/// The results of a target, as they are judged again.
struct Target<'a> {
    cases: &'a BTreeMap<&'a str, &'a Arc<Case>>,
    /// The ids of the cases for gateways.
    of_gateways: &'a BTreeSet<&'a str>,
    role: Role,
    passive: Passive,
    /// Every conversation was judged again.
    all: bool,
}

impl Target<'_> {
    fn rejudge(mut self, target: &mut TargetReport, rejudged: &mut Rejudged) {
        for row in target.cases.iter_mut().filter(|row| !row.is_passive()) {
            match self.judge(row) {
                Ok(now) => {
                    rejudged.note(&target.name, row, &now);
                    update(row, now);
                }
                Err(kept) => {
                    self.all &= kept == Kept::NoConversation;
                    rejudged.kept.entry(kept).or_default().push(row.id.clone());
                }
            }
        }
        if self.all {
            self.update_passive(target, rejudged);
        }
        target.summary = Summary::of(&target.cases);
    }

    fn judge(&mut self, row: &CaseResult) -> Result<CaseResult, Kept> {
        let case = self.cases.get(row.id.as_str());
        let case = case.ok_or_else(|| self.why_unknown(row))?;
        if row.rests_on.is_some() || WEIGHED.contains(&row.reason_key.as_str()) {
            return Err(Kept::Weighed);
        }
        let transcript = match &row.transcript {
            Some(transcript) if transcript.entries.is_empty() => return Err(Kept::NoConversation),
            Some(transcript) => transcript,
            None if row.verdict == Verdict::Skipped || row.verdict == Verdict::Error => {
                return Err(Kept::NoConversation);
            }
            None => return Err(Kept::NoTranscript),
        };
        let first = self.conclusion(case, transcript)?;
        self.passive.note(&row.id, &first);
        let mut now = result(case, &first);
        if let Some(alone) = &row.transcript_alone {
            let alone = self.conclusion(case, alone)?;
            if alone.verdict < Verdict::Error && first.verdict >= Verdict::Error {
                let reason = Reason::Flaky {
                    first: first.verdict,
                    because: first.reason.map(Box::new),
                    alone: alone.verdict,
                };
                now.verdict = Verdict::Flaky;
                now.reason = reason.to_string();
                now.reason_key = reason.key().into_owned();
            }
        }
        Ok(now)
    }

    /// Why a row is of no case of the suite.
    fn why_unknown(&self, row: &CaseResult) -> Kept {
        if row.family() == TRAFFIC {
            Kept::Traffic
        } else if self.of_gateways.contains(row.id.as_str()) {
            Kept::Gateway
        } else {
            Kept::Unknown
        }
    }

    fn conclusion(&self, case: &Case, transcript: &Transcript) -> Result<Conclusion, Kept> {
        let circumstances = transcript
            .circumstances
            .as_deref()
            .ok_or(Kept::NoCircumstances)?;
        let setup = Setup::stored(self.role, circumstances);
        let conclusion = stored::judge(case, &setup, transcript).ok_or(Kept::Cut)?;
        let differs = Reason::from(Breakdown::TranscriptDiffers);
        if conclusion.reason.as_ref() == Some(&differs) {
            return Err(Kept::CaseChanged);
        }
        Ok(conclusion)
    }

    fn update_passive(self, target: &mut TargetReport, rejudged: &mut Rejudged) {
        let mut rows = self.passive.rows(self.role, &target.cases).into_iter();
        let passive = target.cases.iter_mut().filter(|row| row.is_passive());
        for row in passive {
            let Some(now) = rows.find(|now| now.id == row.id) else {
                continue;
            };
            rejudged.note(&target.name, row, &now);
            *row = CaseResult {
                known: row.known.take(),
                ..now
            };
        }
    }
}

/// Takes over the verdict and what explains it; what the run knows beside is kept.
fn update(row: &mut CaseResult, now: CaseResult) {
    row.verdict = now.verdict;
    row.reason = now.reason;
    row.reason_key = now.reason_key;
    row.sent = now.sent;
    row.expected = now.expected;
    row.received = now.received;
    row.close = now.close;
}

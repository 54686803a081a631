//! The results of a run, as they are stored. A key that exists keeps its meaning for ever.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wsspec_core::Impact;

/// One run of the suite, against one or more targets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// `wsspec`.
    pub tool: String,
    /// Version of the tool.
    pub version: String,
    /// SHA-1 of the vectors, in hex.
    pub vectors_digest: String,
    /// When the run began, RFC 3339.
    pub started: String,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// The seed of everything random in the run.
    pub seed: u64,
    /// False when the run was interrupted: the results are those so far.
    pub complete: bool,
    /// What was tested.
    pub targets: Vec<TargetReport>,
    /// The requirements that the cases cite.
    pub requirements: BTreeMap<String, Clause>,
}

/// A requirement, for the reader of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Clause {
    /// `RFC 6455 §5.1`.
    pub clause: String,
    /// `MUST`, `SHOULD NOT` …
    pub level: String,
    /// What it says.
    pub text: String,
    /// Whom it binds: `server`, `client`, `both` …
    pub party: String,
}

/// The results of one target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TargetReport {
    /// A name for people.
    pub name: String,
    /// Where it was reached; the command of a client.
    pub url: String,
    /// The command that runs a case again, with `{case}` for its id.
    #[serde(default)]
    pub again: String,
    /// Who is under test.
    #[serde(default)]
    pub role: TargetRole,
    /// What the probe found.
    pub probe: Probe,
    /// How its run ended.
    #[serde(default)]
    pub ended: Ending,
    /// Which shards of the cases are in here, where not all of them are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shards: Option<Shards>,
    /// Cases by verdict.
    pub summary: Summary,
    /// What the baseline promised and does not hold, a line each; it makes a run fail.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub broken_baseline: Vec<String>,
    /// Every case, in the order of the ids; passive rules as well.
    pub cases: Vec<CaseResult>,
}

/// Some of the parts that a run was divided into, by `--shard`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Shards {
    /// How many there are.
    pub of: u64,
    /// Which of them these are, from 1.
    pub parts: BTreeSet<u64>,
}

impl Shards {
    /// Those that are not here, as `3/8`.
    pub fn missing(&self) -> impl Iterator<Item = String> {
        (1..=self.of)
            .filter(|part| !self.parts.contains(part))
            .map(|part| format!("{part}/{}", self.of))
    }
}

impl fmt::Display for Shards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self
            .parts
            .iter()
            .map(|part| format!("{part}/{}", self.of))
            .collect();
        write!(f, "{}", parts.join(", "))
    }
}

/// How the run against a target ended.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase", tag = "how", content = "reason")]
pub enum Ending {
    /// All cases have a verdict.
    #[default]
    Complete,
    /// It was stopped; the results are those so far.
    Interrupted,
    /// The target could not be reached.
    Unreachable(String),
    /// The target stopped serving in the middle of the run.
    Died(String),
}

/// What the suite found out about a target before the first case.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Probe {
    /// What it does with messages.
    pub peer: Peer,
    /// Whether it answers pings; without that, liveness is asked by an echoed message.
    pub pongs: bool,
    /// Messages it sends unasked when a connection opens.
    pub greeting: u32,
    /// The smallest round trip seen, in microseconds.
    pub round_trip_us: u64,
    /// The Server field of its answer.
    pub server: Option<String>,
    /// What it answers to an offer of permessage-deflate; `None` where it declines.
    pub extensions: Option<String>,
    /// Whether it answers a plain opening request with 101.
    pub opens: bool,
    /// Why no plain connection works, if none does.
    pub trouble: Option<String>,
}

/// What a target does with messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Peer {
    /// It sends every message back.
    #[default]
    Echo,
    /// It says nothing.
    Silent,
    /// It answers with something else, or speaks unasked.
    Talks,
}

/// Cases by verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub struct Summary {
    pub pass: usize,
    pub non_strict: usize,
    pub informational: usize,
    pub fail: usize,
    pub skipped: usize,
    pub flaky: usize,
    pub error: usize,
}

/// The verdict on a case, mildest first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// As the standard asks.
    Pass,
    /// Worth knowing, not judged.
    Informational,
    /// A SHOULD that is not followed, or a tolerated variant.
    NonStrict,
    /// Not run, with the reason.
    Skipped,
    /// The verdict changed when the case was run again alone.
    Flaky,
    /// The target or the wire broke down; says nothing about the rule.
    Error,
    /// Departs from the standard.
    Fail,
}

impl Verdict {
    /// Every verdict, mildest first.
    pub const ALL: [Verdict; 7] = [
        Verdict::Pass,
        Verdict::Informational,
        Verdict::NonStrict,
        Verdict::Skipped,
        Verdict::Flaky,
        Verdict::Error,
        Verdict::Fail,
    ];

    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Informational => "informational",
            Verdict::NonStrict => "non-strict",
            Verdict::Skipped => "skipped",
            Verdict::Flaky => "flaky",
            Verdict::Error => "error",
            Verdict::Fail => "fail",
        }
    }
}

/// The result of one case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CaseResult {
    /// The id, for ever.
    pub id: String,
    /// What a right implementation does.
    pub about: String,
    /// The Autobahn cases it stands for.
    pub autobahn: Vec<String>,
    /// Ids of the requirements it tests.
    pub requirements: Vec<String>,
    /// How much a breach matters.
    pub impact: Impact,
    /// The verdict.
    pub verdict: Verdict,
    /// Why, in one line; empty for a plain pass.
    pub reason: String,
    /// The kind of reason, for programs: stable words without bytes or numbers, such as `open.still` or
    /// `violation.rsv-set`; empty for a plain pass, and in reports of version 0.1.0.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason_key: String,
    /// Why this failure is known; it makes no run fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<String>,
    /// What was sent last before it was decided; not told of a pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<String>,
    /// What was expected where it was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What came instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<String>,
    /// How long it took, in milliseconds.
    pub duration_ms: f64,
    /// How the target closed the connection.
    pub close: Option<Close>,
    /// The bytes of the connection; left out for a plain pass.
    pub transcript: Option<Arc<Transcript>>,
    /// For what is flaky: the bytes of the connection when it ran alone, with the other verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transcript_alone: Option<Arc<Transcript>>,
    /// Whether this row is a passive rule: one that is judged on every byte the target sends, in all cases.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub passive: bool,
    /// For a passive rule: how often it was broken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<usize>,
    /// For a passive rule: the first cases it was broken in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen_in_cases: Vec<String>,
}

/// How the target closed the connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Close {
    /// The close code, if its Close frame had one.
    pub code: Option<u16>,
    /// The reason.
    pub reason: String,
    /// Whether both Close frames went before TCP ended.
    pub clean: bool,
    /// Whether its Close frame came after ours.
    #[serde(default)]
    pub answers: bool,
}

/// Who did something on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Who {
    /// The suite.
    Suite,
    /// The target.
    Target,
}

/// Everything that went over a connection, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Transcript {
    /// The role of the target.
    pub target_role: TargetRole,
    /// What happened.
    pub entries: Vec<Entry>,
}

/// The role of the target.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum TargetRole {
    #[default]
    Server,
    Client,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Entry {
    /// When, in microseconds from the start of the case.
    pub at_us: u64,
    /// The conversation it belongs to, from 1, where a case has several.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub on: u32,
    /// Who did it.
    pub who: Who,
    /// What it was.
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "what", content = "data")]
pub enum What {
    /// Bytes, in hex.
    Bytes(
        #[serde(with = "hex_bytes")]
        #[schemars(with = "String")]
        Vec<u8>,
    ),
    /// TCP ended in an orderly way.
    Fin,
    /// TCP was reset.
    Rst,
    /// So many more bytes than are kept.
    Left(u64),
    /// The suite stopped waiting.
    TimedOut,
    /// Whether the target served a further connection while this one was open.
    ServesAnother(bool),
}

/// The number of the first conversation.
fn first() -> u32 {
    1
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as serde calls it
fn is_first(on: &u32) -> bool {
    *on == 1
}

mod hex_bytes {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&wsspec_core::dissect::hex_digits(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        let pair = |i| {
            text.get(i..i + 2)
                .and_then(|p| u8::from_str_radix(p, 16).ok())
        };
        (0..text.len())
            .step_by(2)
            .map(|i| pair(i).ok_or_else(|| D::Error::custom("not hex")))
            .collect()
    }
}

impl Entry {
    /// The smallest piece that memory is handed out in.
    const PIECE: usize = 32;

    fn cost(&self) -> usize {
        let bytes = if let What::Bytes(bytes) = &self.what {
            bytes.len()
        } else {
            0
        };
        size_of::<Entry>() + bytes.max(Entry::PIECE)
    }
}

impl Transcript {
    /// About how many bytes of memory it takes.
    pub fn cost(&self) -> usize {
        self.entries.iter().map(Entry::cost).sum()
    }

    /// The beginning of it, `cost` bytes of memory at most, and how it ended; what is left out is counted.
    #[must_use]
    pub fn shortened(&self, cost: usize) -> Transcript {
        let mut room = cost;
        let mut entries: Vec<Entry> = Vec::new();
        let mut left = [0; 2];
        for entry in &self.entries {
            let uncounted = &mut left[usize::from(entry.who == Who::Target)];
            match &entry.what {
                What::Bytes(bytes) if *uncounted > 0 || entry.cost() > room => {
                    *uncounted += bytes.len() as u64
                }
                What::Left(n) => *uncounted += n,
                What::Bytes(_) => {
                    room -= entry.cost();
                    entries.push(entry.clone());
                }
                _ => entries.push(entry.clone()),
            }
        }
        let at_us = self.entries.last().map_or(0, |entry| entry.at_us);
        for (who, n) in [Who::Suite, Who::Target]
            .into_iter()
            .zip(left)
            .filter(|(_, n)| *n > 0)
        {
            entries.push(Entry {
                at_us,
                on: 1,
                who,
                what: What::Left(n),
            });
        }
        Transcript {
            target_role: self.target_role,
            entries,
        }
    }
}

impl Summary {
    /// Counts the verdicts of `cases`.
    pub fn of<'a>(cases: impl IntoIterator<Item = &'a CaseResult>) -> Summary {
        let mut summary = Summary::default();
        for case in cases {
            *summary.slot(case.verdict) += 1;
        }
        summary
    }

    /// How many cases have this verdict.
    pub fn count(mut self, verdict: Verdict) -> usize {
        *self.slot(verdict)
    }

    fn slot(&mut self, verdict: Verdict) -> &mut usize {
        match verdict {
            Verdict::Pass => &mut self.pass,
            Verdict::NonStrict => &mut self.non_strict,
            Verdict::Informational => &mut self.informational,
            Verdict::Fail => &mut self.fail,
            Verdict::Skipped => &mut self.skipped,
            Verdict::Flaky => &mut self.flaky,
            Verdict::Error => &mut self.error,
        }
    }

    /// All cases.
    pub fn total(self) -> usize {
        Verdict::ALL.into_iter().map(|v| self.count(v)).sum()
    }
}

impl Ending {
    /// What is the matter, if not all is known that was asked for.
    pub fn trouble(&self) -> Option<String> {
        match self {
            Ending::Complete => None,
            Ending::Interrupted => Some("the run was interrupted".into()),
            Ending::Unreachable(reason) => {
                Some(format!("the target could not be reached: {reason}"))
            }
            Ending::Died(reason) => Some(format!("the target died: {reason}")),
        }
    }
}

impl Report {
    /// Which runs did not come to their end, and why: the name of the target and a sentence without its full stop.
    /// Empty where everything that was asked for is known.
    pub fn troubles(&self) -> Vec<(&str, String)> {
        let of = |target: &'_ TargetReport| target.ended.trouble();
        let mut troubles: Vec<(&str, String)> = self
            .targets
            .iter()
            .filter_map(|target| Some((target.name.as_str(), of(target)?)))
            .collect();
        if troubles.is_empty() && !self.complete {
            troubles.push((&self.tool, "the run was interrupted".into()));
        } else if self.targets.is_empty() {
            troubles.push((&self.tool, "nothing was tested".into()));
        }
        troubles
    }
}

impl TargetReport {
    /// The command that runs `case` again, with everything told.
    pub fn rerun(&self, case: &CaseResult) -> String {
        self.again
            .replace("{case}", case.seen_in_cases.first().unwrap_or(&case.id))
    }
}

impl CaseResult {
    /// Whether the target fell short in it, where `least` is the mildest verdict that counts; a known failure does not,
    /// nor does what says nothing of the rule.
    pub fn falls_short(&self, least: Verdict) -> bool {
        self.verdict >= least
            && !matches!(self.verdict, Verdict::Skipped | Verdict::Error)
            && self.known.is_none()
    }

    /// So many cases are named where a passive rule was broken.
    pub const SEEN_IN: usize = 5;

    /// Whether this is a rule judged on the bytes of every case.
    pub fn is_passive(&self) -> bool {
        // Reports of version 0.1.0 have only the count, which no other row has.
        self.passive || self.count.is_some()
    }

    /// The family of its id: two words where the first alone is large, else one.
    pub fn family(&self) -> &str {
        const LARGE: [&str; 7] = [
            "handshake",
            "frame",
            "close",
            "client",
            "deflate",
            "h2",
            "h3",
        ];
        let mut dots = self.id.match_indices('.').map(|(at, _)| at);
        let (first, second) = (dots.next(), dots.next());
        let end = match (first, second) {
            (Some(first), Some(second)) if LARGE.contains(&&self.id[..first]) => second,
            (Some(first), _) => first,
            (None, _) => self.id.len(),
        };
        &self.id[..end]
    }
}

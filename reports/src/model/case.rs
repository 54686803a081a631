//! The result of one case.

use std::fmt;
use std::ops::Not;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wsspec_core::Impact;

use super::{Growth, Transcript, Usage, Verdict};
use crate::traits::TRAIT_FAMILY;

/// The result of one case, or of one passive rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CaseResult {
    /// The id of the case; it never changes.
    pub id: String,
    /// The family, such as `frame.mask`: the name of its vector file; empty in reports of version
    /// 0.1.0.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub family: String,
    /// The row of a summary table that it is counted in, where that is not its family.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// What a conforming implementation does.
    pub about: String,
    /// The Autobahn cases this case stands for.
    pub autobahn: Vec<String>,
    /// Ids of the requirements it tests, the one it is about first.
    pub requirements: Vec<String>,
    /// How much a breach matters.
    pub impact: Impact,
    /// The verdict.
    pub verdict: Verdict,
    /// The reason for the verdict, in one line; empty for a plain pass.
    pub reason: String,
    /// The kind of reason, for programs: stable words without bytes or numbers, such as
    /// `opening.no-answer` or `violation.rsv-set`; empty for a plain pass, and in reports of
    /// version 0.1.0.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason_key: String,
    /// What failures with the same cause have in common, for programs: the part of the reason that the
    /// rest follows from, such as `accepts.mask-missing`; absent where that is `reason_key`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cause_key: String,
    /// The id of the requirement that was broken: that of the expectation that was not met, which may
    /// be another than the case is about; absent unless the target fell short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broken: Option<String>,
    /// The id of the case to look at, where this one cannot be judged because the target falls short
    /// of something simpler that it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rests_on: Option<String>,
    /// Why the baseline expects this failure; a failure with this key does not make a run fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<String>,
    /// What was sent last before the verdict; absent for a pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<String>,
    /// What was expected when the verdict was reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What was received instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<String>,
    /// Published bugs of other programs that answered in the same way. A note, and no evidence: the verdict
    /// rests on what the case saw.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resembles: Vec<Resemblance>,
    /// The last lines that the process of the target wrote to its standard error, where the suite
    /// started it and the case failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stderr: Vec<String>,
    /// What the processes of the target took, where they are watched and the case is about that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// How the cost of the case grows with its size, where the case is about that and is not cheap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub growth: Option<Growth>,
    /// Duration of the case, in milliseconds.
    pub duration_ms: f64,
    /// How the target closed the connection.
    pub close: Option<Close>,
    /// The bytes of the connection; absent for a plain pass.
    pub transcript: Option<Arc<Transcript>>,
    /// The bytes of the connection when a flaky case ran alone, with the other verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transcript_alone: Option<Arc<Transcript>>,
    /// Whether the case writes the opening handshake itself, so that the heads are part of what it
    /// tests.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub opening: bool,
    /// Whether this row is a passive rule: one that is judged on every byte the target sends, in
    /// all cases.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub passive: bool,
    /// Number of times a passive rule was broken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<usize>,
    /// The first cases in which a passive rule was broken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen_in_cases: Vec<String>,
}

impl CaseResult {
    /// A row with its id, group, impact and verdict, and nothing else.
    pub fn new(id: String, family: &str, impact: Impact, verdict: Verdict) -> CaseResult {
        CaseResult {
            id,
            family: family.to_owned(),
            group: String::new(),
            about: String::new(),
            autobahn: Vec::new(),
            requirements: Vec::new(),
            impact,
            verdict,
            reason: String::new(),
            reason_key: String::new(),
            cause_key: String::new(),
            broken: None,
            rests_on: None,
            known: None,
            sent: None,
            expected: None,
            received: None,
            resembles: Vec::new(),
            stderr: Vec::new(),
            usage: None,
            growth: None,
            duration_ms: 0.0,
            close: None,
            transcript: None,
            transcript_alone: None,
            opening: false,
            passive: false,
            count: None,
            seen_in_cases: Vec::new(),
        }
    }

    /// Longest list of cases in which a passive rule was broken.
    pub const SEEN_IN: usize = 5;

    /// Whether the target fell short in this case, if `least` is the mildest verdict that counts. A
    /// known failure does not count, nor does a verdict that says nothing about the rule.
    pub fn falls_short(&self, least: Verdict) -> bool {
        self.verdict >= least
            && !matches!(self.verdict, Verdict::Skipped | Verdict::Error)
            && self.known.is_none()
    }

    /// The known bugs that answered in the same way, in one line; `None` if there is none.
    pub fn answers_like(&self) -> Option<String> {
        let programs: Vec<String> = self.resembles.iter().map(Resemblance::to_string).collect();
        (!programs.is_empty()).then(|| format!("as {}", programs.join(", ")))
    }

    /// Whether this row is a passive rule.
    ///
    /// Reports of version 0.1.0 lack `passive`; there, the rows with a `count` are the passive
    /// rules.
    pub fn is_passive(&self) -> bool {
        self.passive || self.count.is_some()
    }

    /// Whether this row is a case that was selected: neither a passive rule nor a trait of the target.
    pub fn is_case(&self) -> bool {
        !self.is_passive() && self.family != TRAIT_FAMILY
    }

    /// The row of a summary table that the case is counted in.
    pub fn group(&self) -> &str {
        if self.group.is_empty() {
            self.family()
        } else {
            &self.group
        }
    }

    /// The family under which the case is shown.
    ///
    /// Reports of version 0.1.0 lack it; there, the first component of the id stands in.
    pub fn family(&self) -> &str {
        if self.family.is_empty() {
            self.id.split('.').next().unwrap_or_default()
        } else {
            &self.family
        }
    }

    /// The id of the requirement that a failure cites: the one that was broken.
    ///
    /// Where that is not known, as in reports of version 0.1.0, it is the first that the case is
    /// about; empty if there is none.
    pub fn breaks(&self) -> &str {
        self.broken
            .as_ref()
            .or(self.requirements.first())
            .map_or("", String::as_str)
    }

    /// The ids of all requirements that the row names: those the case is about, and the one broken.
    pub fn requirements_named(&self) -> impl Iterator<Item = &String> {
        self.requirements.iter().chain(&self.broken)
    }

    /// Whether the case is about the requirement that was broken, and not about another that it
    /// only rests on.
    pub fn is_about_what_broke(&self) -> bool {
        self.requirements.first().map(String::as_str) == Some(self.breaks())
    }

    /// Whether the case applies and could not be judged, because the target does wrong in something
    /// that the case rests on, or because it was left out of the run.
    pub fn cannot_be_judged(&self) -> bool {
        self.verdict == Verdict::Skipped
            && (self.rests_on.is_some() || self.reason_key == "needs.premise" || self.had_no_turn())
    }

    /// Whether the case was left out of the run: its time was over, or enough had failed.
    pub fn had_no_turn(&self) -> bool {
        self.verdict == Verdict::Skipped
            && matches!(
                self.reason_key.as_str(),
                "needs.time" | "needs.fewer-failures"
            )
    }

    /// The reason, and the case to look at if this one rests on another.
    pub fn explained(&self) -> String {
        match &self.rests_on {
            Some(on) => format!("{} (rests on {on})", self.reason),
            None => self.reason.clone(),
        }
    }

    /// What failures with the same cause have in common: the key of the cause, or that of the reason.
    ///
    /// Reports of version 0.1.0 lack keys; there, only failures with the very same reason share a
    /// cause.
    pub fn cause(&self) -> &str {
        if !self.cause_key.is_empty() {
            &self.cause_key
        } else if self.reason_key.is_empty() {
            &self.reason
        } else {
            &self.reason_key
        }
    }
}

/// A published bug of another program that answered in the same way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Resemblance {
    /// The advisory, or the report.
    pub bug: String,
    /// The program, and a version of it that has the bug.
    pub program: String,
}

impl fmt::Display for Resemblance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.program, self.bug)
    }
}

/// How the target closed the connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Close {
    /// The close code, if the Close frame had one.
    pub code: Option<u16>,
    /// The reason in the Close frame.
    pub reason: String,
    /// Whether both sides sent a Close frame before the connection ended.
    pub clean: bool,
    /// Whether the target's Close frame came after ours.
    #[serde(default)]
    pub answers: bool,
}

//! The verdict on a case.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The verdict on a case, mildest first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The target does what the standard requires.
    Pass,
    /// Worth knowing, and not judged.
    Informational,
    /// A SHOULD is not followed, or the behaviour is a tolerated variant.
    NonStrict,
    /// Not run, or could not be judged; the reason says why.
    Skipped,
    /// The verdict was another when the case ran again alone.
    Flaky,
    /// The target or the connection broke down; this says nothing about the rule.
    Error,
    /// The target departs from the standard.
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

    /// The name in reports.
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

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

    /// The mark in tables, one character.
    pub const fn mark(self) -> char {
        match self {
            Verdict::Pass => '✓',
            Verdict::Informational => 'i',
            Verdict::NonStrict => '~',
            Verdict::Skipped => '–',
            Verdict::Flaky => '?',
            Verdict::Error => '!',
            Verdict::Fail => '✗',
        }
    }

    /// What it means, for a legend: a clause without a full stop.
    pub const fn meaning(self) -> &'static str {
        match self {
            Verdict::Pass => "the target does what the standard requires",
            Verdict::Informational => "worth knowing, and not judged",
            Verdict::NonStrict => "a SHOULD is not followed, or a tolerated variant",
            Verdict::Skipped => "not run, or could not be judged; the reason says why",
            Verdict::Flaky => "the verdict was another when the case ran again alone",
            Verdict::Error => {
                "the target or the connection broke down; this says nothing about the rule"
            }
            Verdict::Fail => "the target departs from the standard",
        }
    }
}

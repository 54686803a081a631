//! Published bugs, and how a target that has one of them answers.
//!
//! A target that answers in the same way need not have the same bug: the verdict rests on what a case
//! saw, and the name of a bug is only a note beside it.

use std::sync::LazyLock;

use globset::{Glob, GlobMatcher};
use serde::{Deserialize, Deserializer, de::Error};
use wsspec_core::Role;

use crate::error::VectorError;
use crate::role::RoleName;

/// The file that is built into this library, for errors.
const FILE: &str = "known/bugs.json";

static EMBEDDED: LazyLock<Result<KnownBugs, VectorError>> =
    LazyLock::new(|| KnownBugs::read(FILE, include_str!("../known/bugs.json")));

/// A published bug that can be seen from the wire.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownBug {
    /// The advisory, or the report: `CVE-2016-10542`, `websockets/ws#2329`.
    pub id: String,
    /// Other names of it.
    #[serde(default)]
    pub also: Vec<String>,
    /// The library that had it.
    pub library: String,
    role: RoleName,
    /// A version that has it.
    pub affected: String,
    /// A later version that does not.
    pub fixed: String,
    /// What is wrong, in one sentence.
    pub about: String,
    /// How a target that has it answers: any of these.
    pub shown_by: Vec<BugSign>,
}

/// Failures by which a bug shows.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BugSign {
    /// The ids of the cases.
    pub cases: Pattern,
    /// The keys of the reasons for which they fail.
    pub reasons: Pattern,
}

/// A glob pattern.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    glob: GlobMatcher,
}

/// All known bugs, as they are listed.
#[derive(Debug, Clone, Default)]
pub struct KnownBugs(Vec<KnownBug>);

impl KnownBugs {
    /// Those that are built into this library.
    pub fn embedded() -> &'static KnownBugs {
        static NONE: KnownBugs = KnownBugs(Vec::new());
        EMBEDDED.as_ref().unwrap_or(&NONE)
    }

    /// Reads a list of known bugs. `name` is the path of the file, for the error.
    ///
    /// # Errors
    ///
    /// If it is not a JSON list of known bugs.
    pub fn read(name: &str, text: &str) -> Result<KnownBugs, VectorError> {
        let list = serde_json::from_str(text).map_err(|e| VectorError::of_file(name, e))?;
        Ok(KnownBugs(list))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &KnownBug> {
        self.0.iter()
    }

    /// Those with this name, in upper or lower case.
    pub fn named(&self, name: &str) -> impl Iterator<Item = &KnownBug> {
        self.iter().filter(move |bug| {
            let mut names = [&bug.id].into_iter().chain(&bug.also);
            names.any(|own| own.eq_ignore_ascii_case(name))
        })
    }
}

impl KnownBug {
    /// The role of the library.
    pub fn role(&self) -> Role {
        self.role.role()
    }

    /// Whether it shows in this way: by a failure of this case for a reason with this key.
    pub fn shows_by(&self, case: &str, reason: &str) -> bool {
        let mut signs = self.shown_by.iter();
        signs.any(|sign| sign.cases.matches(case) && sign.reasons.matches(reason))
    }
}

impl Pattern {
    /// Whether it matches this text as a whole.
    pub fn matches(&self, text: &str) -> bool {
        self.glob.is_match(text)
    }

    /// The pattern as it is written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let glob = Glob::new(&text).map_err(D::Error::custom)?;
        Ok(Pattern {
            glob: glob.compile_matcher(),
            text,
        })
    }
}

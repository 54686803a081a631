//! What a site is made of, as plain data.

use std::sync::Arc;

use wsspec_core::Impact;

use crate::published::Implementation;
use crate::{Clause, Transcript};

/// What a site is made of.
#[derive(Debug, Clone, Default)]
pub struct Site {
    /// The tool and its version, such as `wsspec 0.1.0`.
    pub tool: String,
    /// SHA-1 of the vectors, in hex.
    pub vectors_digest: String,
    /// The families of the vectors, each with a sentence on what it is about.
    pub families: Vec<(String, String)>,
    /// The vectors.
    pub vectors: Vec<Vector>,
    /// The requirements.
    pub requirements: Vec<Requirement>,
    /// The files of the guide.
    pub guide: Vec<GuideFile>,
    /// The address of the repository that the guide is from, for links to other files of it.
    pub repository: String,
    /// The commands of the tool.
    pub commands: Vec<Command>,
    /// Results.
    pub implementations: Vec<Implementation>,
}

/// One entry of a vector file, and the cases it makes.
#[derive(Debug, Clone, Default)]
pub struct Vector {
    /// The family.
    pub family: String,
    /// Its own part of the id, with axes in braces.
    pub name: String,
    /// What it is run on, such as `a server or a client`.
    pub target: String,
    /// Its impact, where it has one.
    pub impact: Option<Impact>,
    /// The ids of the requirements that it cites.
    pub requirements: Vec<String>,
    /// What a target has to be able to do, or how it has to be reached.
    pub needs: Vec<String>,
    /// Public reports: `owner/repository#number`, or an address.
    pub seen_in: Vec<String>,
    /// The Autobahn cases that it stands for.
    pub autobahn: Vec<String>,
    /// Its cases.
    pub cases: Vec<Case>,
    /// The first case, as it goes with a target that does everything right.
    pub sample: Option<Arc<Transcript>>,
    /// The entry as its file has it, as JSON.
    pub source: String,
}

/// One case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Case {
    /// The id.
    pub id: String,
    /// What a conforming implementation does.
    pub about: String,
}

/// A requirement, in full.
#[derive(Debug, Clone)]
pub struct Requirement {
    /// The id.
    pub id: String,
    /// The requirement itself.
    pub clause: Clause,
    /// What passes, what fails and what is non-strict.
    pub outcomes: [(&'static str, Vec<String>); 3],
    /// What else is to be known of it.
    pub notes: Option<String>,
    /// Whether a breach can be seen on the wire.
    pub testable: bool,
}

/// A Markdown file of the guide.
#[derive(Debug, Clone, Default)]
pub struct GuideFile {
    /// Its path in the repository, such as `docs/tls.md`.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// A command of the tool.
#[derive(Debug, Clone, Default)]
pub struct Command {
    /// The command line that begins it, such as `wsspec run`.
    pub name: String,
    /// What it is for.
    pub about: String,
    /// How it is called.
    pub usage: String,
    /// Its arguments by heading.
    pub groups: Vec<(String, Vec<Argument>)>,
    /// Examples and notes; lines as they are.
    pub after: String,
}

/// An argument of a command.
#[derive(Debug, Clone, Default)]
pub struct Argument {
    /// As it is written: `-v, --verbose`, `--filter <GLOB>`, `[URL]...`.
    pub names: String,
    /// What it does.
    pub help: String,
    /// Its default, or empty.
    pub default: String,
    /// The values it takes, each with what it means; empty if it takes any.
    pub values: Vec<(String, String)>,
}

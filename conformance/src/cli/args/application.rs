//! How to talk to an application that is no echo: what it wants to hear, and how often.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use wsspec::run::{CommandLine, Target};
use wsspec_reports::{Application, Reply};
use wsspec_vectors::Step;

use super::super::failure::Failure;
use super::headings::APPLICATIONS;

/// The reply that is any message.
const ANY: &str = "any";

/// What the application of a server wants.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = APPLICATIONS)]
pub(crate) struct ApplicationArgs {
    /// A text message that the application answers; @FILE reads it from a file
    #[arg(long, value_name = "TEXT|@FILE", allow_hyphen_values = true)]
    message: Option<String>,
    /// Its answer: a text, @FILE, or `any`; by default, the message itself
    #[arg(
        long,
        value_name = "TEXT|@FILE|any",
        requires = "message",
        allow_hyphen_values = true
    )]
    reply: Option<String>,
    /// What each connection begins with, such as a login: a JSON array of steps as in a vector, or
    /// a text message on each line
    #[arg(long, value_name = "FILE")]
    prelude: Option<PathBuf>,
    /// Run this command before each connection; what it prints, `name=value` lines or one token,
    /// takes the place of {name} or {token} in the URL and in fields
    #[arg(long, value_name = "CMD", allow_hyphen_values = true)]
    each: Option<String>,
    /// Make at most N new connections a second
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rate: Option<u32>,
    /// Make at most N connections at the same time
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    max_connections: Option<u32>,
}

impl ApplicationArgs {
    /// Passes it on to a target.
    pub(crate) fn apply(&self, target: &mut Target) -> Result<(), Failure> {
        target.set_application(self.application()?);
        if let Some(each) = &self.each {
            target.set_each(each).map_err(Failure::usage)?;
        }
        target.limit(self.max_connections, self.rate);
        Ok(())
    }

    fn application(&self) -> Result<Application, Failure> {
        let reply = match self.reply.as_deref() {
            None => None,
            Some(ANY) => Some(Reply::Any),
            Some(text) => Some(Reply::Text(text_or_file(text)?)),
        };
        Ok(Application {
            message: self.message.as_deref().map(text_or_file).transpose()?,
            reply,
            prelude: self.prelude.as_deref().map(prelude).transpose()?,
        })
    }

    /// Appends the arguments that set the same.
    pub(crate) fn print(&self, line: &mut CommandLine) {
        let ApplicationArgs {
            message,
            reply,
            prelude,
            each,
            rate,
            max_connections,
        } = self;
        let texts = [("--message", message), ("--reply", reply), ("--each", each)];
        for (name, text) in texts {
            if let Some(text) = text {
                line.option(name, text);
            }
        }
        if let Some(prelude) = prelude {
            line.option("--prelude", prelude.to_string_lossy());
        }
        for (name, number) in [("--rate", rate), ("--max-connections", max_connections)] {
            if let Some(number) = number {
                line.option(name, number);
            }
        }
    }
}

/// A text, or what is in a file, without the line end after it.
fn text_or_file(text: &str) -> Result<String, Failure> {
    let Some(path) = text.strip_prefix('@') else {
        return Ok(text.to_owned());
    };
    let read = read(Path::new(path))?;
    Ok(read.trim_end_matches(['\r', '\n']).to_owned())
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| Failure::file(path, error))
}

/// The steps of a prelude, as a JSON array.
fn prelude(path: &Path) -> Result<String, Failure> {
    let text = read(path)?;
    // A message may be a JSON array as well, but not one of objects over the whole file.
    let array: Option<Vec<serde_json::Map<String, serde_json::Value>>> =
        serde_json::from_str(&text).ok();
    let steps = if array.is_some_and(|steps| !steps.is_empty()) {
        text
    } else {
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        let sends: Vec<_> = lines.map(|line| json!({"send": {"text": line}})).collect();
        json!(sends).to_string()
    };
    let read = Step::read_all(&steps).map_err(|error| Failure::file(path, error))?;
    if read.iter().any(|step| !is_of_a_prelude(step)) {
        return Err(Failure::file(
            path,
            "a prelude has only steps that send and expect",
        ));
    }
    if read.is_empty() {
        return Err(Failure::file(path, "no step and no message"));
    }
    Ok(steps)
}

fn is_of_a_prelude(step: &Step) -> bool {
    matches!(step, Step::Send { .. } | Step::Expect(_))
}

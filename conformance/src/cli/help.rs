//! The first page of the help: what a newcomer needs, then all commands by purpose.

use std::ffi::OsString;
use std::fmt::Write as _;

use clap::{Command, CommandFactory, FromArgMatches};

use super::Cli;

const USAGE: &str = "wsspec [URL...] [OPTIONS]\n       wsspec <COMMAND> [OPTIONS]";

const TEMPLATE: &str = "\
{about-with-newline}
{usage-heading} {usage}

{before-help}Options:
{options}{after-help}
";

/// Command lines to begin with, and what they do.
const EXAMPLES: [(&str, &str); 5] = [
    ("wsspec", "test the built-in server"),
    ("wsspec ws://localhost:9001/", "test a running server"),
    (
        "wsspec server -- ./server {port}",
        "start a server, test it",
    ),
    ("wsspec client -- ./client {url}", "start a client, test it"),
    ("wsspec explain RFC6455-5.1-2", "read the rule that broke"),
];

/// The commands by purpose.
const GROUPS: [(&str, &[&str]); 6] = [
    (
        "Test",
        &[
            "run", "server", "client", "serve", "through", "fuzz", "replay", "load", "learn", "lab",
        ],
    ),
    ("Judge traffic of others", &["proxy", "both"]),
    (
        "Read results",
        &["report", "judge", "merge", "diff", "baseline", "site"],
    ),
    (
        "Look things up",
        &["explain", "show", "repro", "list", "decode"],
    ),
    (
        "Write vectors, check the suite",
        &["vectors", "mutants", "echo", "dial"],
    ),
    ("Set up", &["completions", "man", "wstest"]),
];

/// The rest, so that none is missing.
const OTHERS: &str = "More";

/// Parses the arguments; ends the process if they ask for help or make no sense.
pub(crate) fn parse(args: Vec<OsString>) -> Cli {
    let matches = command().get_matches_from(args);
    Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

/// The command line, with this page as its help.
fn command() -> Command {
    let command = Cli::command();
    let page = page(&command);
    command
        .override_usage(USAGE)
        .help_template(TEMPLATE)
        .before_help(page)
}

/// The examples and the groups.
fn page(command: &Command) -> String {
    let mut text = String::new();
    heading(&mut text, command, "Examples");
    let width = EXAMPLES.iter().map(|(line, _)| line.len()).max();
    let width = width.unwrap_or_default();
    for (line, what) in EXAMPLES {
        let _ = writeln!(text, "  {line:<width$}  {what}");
    }
    let others = others(command);
    let groups = GROUPS.into_iter().chain([(OTHERS, others.as_slice())]);
    for (title, names) in groups.filter(|(_, names)| !names.is_empty()) {
        text.push('\n');
        heading(&mut text, command, title);
        for name in names {
            let _ = writeln!(text, "  {name:<11}  {}", about(command, name));
        }
    }
    text.trim_end().to_owned()
}

fn heading(text: &mut String, command: &Command, title: &str) {
    let style = command.get_styles().get_header();
    let _ = writeln!(text, "{style}{title}:{style:#}");
}

/// The commands that are in no group.
fn others(command: &Command) -> Vec<&str> {
    let names = command.get_subcommands().map(Command::get_name);
    names
        .filter(|name| GROUPS.iter().all(|(_, group)| !group.contains(name)))
        .collect()
}

fn about(command: &Command, name: &str) -> String {
    let about = command.find_subcommand(name).and_then(Command::get_about);
    about.map_or_else(String::new, ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The narrowest terminal that is thought of.
    const COLUMNS: usize = 60;

    #[test]
    fn every_command_is_in_one_group() {
        let command = Cli::command();
        let none: [&str; 0] = [];
        assert_eq!(others(&command), none);
        for (_, group) in GROUPS {
            for name in group {
                assert!(command.find_subcommand(name).is_some(), "{name}");
                let groups = GROUPS.iter().filter(|(_, names)| names.contains(name));
                assert_eq!(groups.count(), 1, "{name}");
            }
        }
    }

    #[test]
    fn a_line_of_the_first_page_is_never_broken() {
        let mut command = Cli::command();
        command = command.styles(clap::builder::Styles::plain());
        for line in page(&command).lines() {
            assert!(line.chars().count() <= COLUMNS, "{line}");
        }
    }

    #[test]
    fn the_examples_are_command_lines() {
        for (line, _) in EXAMPLES {
            let args = line.split(' ').map(OsString::from);
            let args = super::super::with_default_command(args);
            assert!(command().try_get_matches_from(args).is_ok(), "{line}");
        }
    }
}

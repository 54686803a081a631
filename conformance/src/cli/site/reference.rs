//! The reference of the commands, made from the arguments of the program.

use clap::{Arg, Command};
use wsspec_reports::site;

/// The heading of arguments that have none.
const OPTIONS: &str = "Options";
const ARGUMENTS: &str = "Arguments";

/// All commands, each before those below it.
pub(super) fn commands(mut wsspec: Command) -> Vec<site::Command> {
    wsspec.build();
    let mut found = Vec::new();
    walk(&wsspec, &mut found);
    found
}

fn walk(command: &Command, found: &mut Vec<site::Command>) {
    found.push(of(command));
    let below = command
        .get_subcommands()
        .filter(|below| !below.is_hide_set() && below.get_name() != "help");
    below.for_each(|below| walk(below, found));
}

fn of(command: &Command) -> site::Command {
    let about = command.get_long_about().or(command.get_about());
    let after = command.get_after_long_help().or(command.get_after_help());
    let name = command.get_bin_name().unwrap_or(command.get_name());
    site::Command {
        name: name.to_owned(),
        about: about.map(ToString::to_string).unwrap_or_default(),
        usage: command.clone().render_usage().to_string(),
        groups: groups(command),
        after: after.map(ToString::to_string).unwrap_or_default(),
    }
}

/// The arguments by heading, in the order in which the headings first appear.
fn groups(command: &Command) -> Vec<(String, Vec<site::Argument>)> {
    let mut groups: Vec<(String, Vec<site::Argument>)> = Vec::new();
    for argument in command
        .get_arguments()
        .filter(|argument| !argument.is_hide_set())
    {
        let usual = if argument.is_positional() {
            ARGUMENTS
        } else {
            OPTIONS
        };
        let heading = argument.get_help_heading().unwrap_or(usual);
        let place = groups.iter().position(|(name, _)| name == heading);
        let place = place.unwrap_or_else(|| {
            groups.push((heading.to_owned(), Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push(argument_of(argument));
    }
    groups
}

fn argument_of(argument: &Arg) -> site::Argument {
    let short = argument
        .get_short()
        .filter(|_| argument.get_long().is_some());
    let short = short.map(|short| format!("-{short}, ")).unwrap_or_default();
    let help = argument.get_long_help().or(argument.get_help());
    let takes = argument.get_action().takes_values();
    let defaults = argument.get_default_values().iter().filter(|_| takes);
    let defaults: Vec<_> = defaults.map(|value| value.to_string_lossy()).collect();
    let values = argument
        .get_possible_values()
        .into_iter()
        .filter(|value| takes && !value.is_hide_set());
    site::Argument {
        names: format!("{short}{}", argument.to_string().trim()),
        help: help.map(ToString::to_string).unwrap_or_default(),
        default: defaults.join(" "),
        values: values
            .map(|value| {
                let meaning = value.get_help().map(ToString::to_string);
                (value.get_name().to_owned(), meaning.unwrap_or_default())
            })
            .collect(),
    }
}

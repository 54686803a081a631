//! `wsspec completions`: scripts made from the arguments, so that they are always up to date.
//!
//! clap_complete writes them. Names that depend on the vectors and on the reference peer (ids of
//! cases, requirements, faults, variants) are asked of the program when they are needed, with
//! `wsspec completions --names KIND`: its own engine for that is not stable yet. Scripts for bash,
//! zsh and fish do this.

use std::fmt::Write as _;

use clap::{Args, Command, ValueEnum};
use clap_complete::Shell;
use wsspec::peer::hostile::HOSTILES;
use wsspec::peer::{FAULTS, LegalApplication, VARIANTS};
use wsspec_vectors::Corpus;

use super::exit::Exit;
use super::failure::{Done, Failure};
use super::out;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wsspec completions bash > ~/.local/share/bash-completion/completions/wsspec
  wsspec completions zsh > \"${fpath[1]}/_wsspec\"
  wsspec completions fish > ~/.config/fish/completions/wsspec.fish

Those of bash, zsh and fish complete ids of cases and requirements, faults and variants too.")]
pub(crate) struct CompletionsCommand {
    /// The shell
    #[arg(required_unless_present = "names")]
    shell: Option<Shell>,
    /// Print the names of this kind, one on each line; for the scripts
    #[arg(long, hide = true, value_name = "KIND")]
    names: Option<Names>,
}

/// A kind of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Names {
    Cases,
    Requirements,
    Faults,
    Variants,
    Applications,
}

/// Options that take a name.
const OPTIONS: &[(&str, Names)] = &[
    ("filter", Names::Cases),
    ("exclude", Names::Cases),
    ("requirement", Names::Requirements),
    ("fault", Names::Faults),
    ("variant", Names::Variants),
    ("application", Names::Applications),
];

/// Commands whose arguments are names.
const COMMANDS: &[(&str, Names)] = &[
    ("show", Names::Cases),
    ("repro", Names::Cases),
    ("explain", Names::Requirements),
];

impl Names {
    /// As it is written on the command line.
    fn word(self) -> &'static str {
        match self {
            Names::Cases => "cases",
            Names::Requirements => "requirements",
            Names::Faults => "faults",
            Names::Variants => "variants",
            Names::Applications => "applications",
        }
    }

    /// The names.
    fn all(self) -> Result<Vec<String>, Failure> {
        Ok(match self {
            Names::Cases => {
                let corpus = Corpus::embedded().map_err(Failure::Vectors)?;
                let families = corpus.families.iter().map(|(family, _)| family.clone());
                let ids = corpus.cases.iter().map(|case| case.id.clone());
                families.chain(ids).collect()
            }
            Names::Requirements => {
                let requirements = Corpus::embedded_requirements();
                requirements.iter().map(|one| one.id.clone()).collect()
            }
            Names::Faults => {
                let faults = FAULTS.iter().map(|fault| fault.name.to_string());
                let hostiles = HOSTILES.iter().map(|hostile| hostile.name.to_string());
                faults.chain(hostiles).collect()
            }
            Names::Variants => VARIANTS.iter().map(|of| of.name.to_string()).collect(),
            Names::Applications => {
                let applications = LegalApplication::all().iter();
                applications.map(|of| of.name.to_string()).collect()
            }
        })
    }
}

/// `wsspec completions SHELL`, for the arguments of `wsspec`.
pub(super) fn completions(command: &CompletionsCommand, mut wsspec: Command) -> Done {
    if let Some(names) = command.names {
        for name in names.all()? {
            out::text(format_args!("{name}\n"));
        }
        return Ok(Exit::Fine);
    }
    if let Some(shell) = command.shell {
        let flags = flags(&wsspec);
        let mut text = Vec::new();
        clap_complete::generate(shell, &mut wsspec, "wsspec", &mut text);
        let text = String::from_utf8_lossy(&text);
        let script = match shell {
            Shell::Bash => format!("{text}{}", bash(&flags)),
            Shell::Zsh => zsh(&text, &flags),
            Shell::Fish => fish(&text),
            _ => text.into_owned(),
        };
        out::text(format_args!("{script}"));
    }
    Ok(Exit::Fine)
}

/// The flags, as they are typed, of each kind of names: `--filter`, `-f`, aliases.
fn flags(wsspec: &Command) -> Vec<(Names, Vec<String>)> {
    let mut flags: Vec<(Names, Vec<String>)> = Vec::new();
    for (long, names) in OPTIONS {
        let args = wsspec.get_subcommands().flat_map(Command::get_arguments);
        let mut typed = vec![format!("--{long}")];
        for arg in args.filter(|arg| arg.get_long() == Some(long)) {
            typed.extend(arg.get_short().map(|short| format!("-{short}")));
            let aliases = arg.get_all_aliases().into_iter().flatten();
            typed.extend(aliases.map(|alias| format!("--{alias}")));
        }
        typed.sort();
        typed.dedup();
        flags.push((*names, typed));
    }
    flags
}

/// The branches of a `case` of bash and zsh that sets `kind` after these words.
fn branches(flags: &[(Names, Vec<String>)]) -> String {
    let mut text = String::new();
    for (names, typed) in flags {
        let (typed, kind) = (typed.join("|"), names.word());
        let _ = writeln!(text, "        {typed}) kind={kind} ;;");
    }
    text
}

/// The branches for the commands.
fn commands() -> String {
    let typed = COMMANDS
        .iter()
        .map(|(command, names)| (*names, vec![(*command).to_owned()]));
    branches(&typed.collect::<Vec<_>>())
}

/// What follows the script of clap_complete: a function that completes names and leaves the rest to
/// it. Bash takes `=` for a word of its own.
fn bash(flags: &[(Names, Vec<String>)]) -> String {
    format!(
        r#"
_wsspec_names() {{
    local cur="${{COMP_WORDS[COMP_CWORD]}}" prev="${{COMP_WORDS[COMP_CWORD-1]}}" kind=
    if [[ "$cur" == "=" ]]; then cur=; elif [[ "$prev" == "=" ]]; then prev="${{COMP_WORDS[COMP_CWORD-2]}}"; fi
    case "$prev" in
{}    esac
    if [[ -z "$kind" && "$cur" != -* && "$prev" != --vectors && "$prev" != --also ]]; then case "${{COMP_WORDS[1]}}" in
{}    esac; fi
    if [[ -z "$kind" ]]; then _wsspec "$@"; return; fi
    COMPREPLY=($(compgen -W "$(wsspec completions --names "$kind" 2>/dev/null)" -- "$cur"))
}}
complete -F _wsspec_names -o nosort -o bashdefault -o default wsspec 2>/dev/null || complete -F _wsspec_names wsspec
"#,
        branches(flags),
        commands()
    )
}

/// The script of clap_complete with a question before it.
fn zsh(text: &str, flags: &[(Names, Vec<String>)]) -> String {
    let names = format!(
        r#"_wsspec_names() {{
    local cur="$words[CURRENT]" prev="$words[CURRENT-1]" kind=
    if [[ "$cur" == --*=* ]]; then prev="${{cur%%=*}}"; compset -P '*='; fi
    case "$prev" in
{}    esac
    if [[ -z "$kind" && "$cur" != -* && "$prev" != --vectors && "$prev" != --also ]]; then case "$words[2]" in
{}    esac; fi
    [[ -n "$kind" && $CURRENT -gt 2 ]] || return 1
    compadd -- ${{(f)"$(wsspec completions --names "$kind" 2>/dev/null)"}}
}}

_wsspec() {{
    _wsspec_names && return
"#,
        branches(flags),
        commands()
    );
    text.replacen("_wsspec() {\n", &names, 1)
}

/// The script of clap_complete, in which options and commands that take names have them.
fn fish(text: &str) -> String {
    let mut script = String::new();
    for line in text.lines() {
        script.push_str(line);
        let takes = |(long, _): &&(&str, Names)| {
            line.starts_with("complete ") && line.contains(&format!(" -l {long} "))
        };
        if let Some((_, names)) = OPTIONS.iter().find(takes) {
            let _ = write!(script, " -f -a \"{}\"", fish_names(*names));
        }
        script.push('\n');
    }
    for (command, names) in COMMANDS {
        let _ = writeln!(
            script,
            "complete -c wsspec -n \"__fish_wsspec_using_subcommand {command}\" -f -a \"{}\"",
            fish_names(*names)
        );
    }
    script
}

fn fish_names(names: Names) -> String {
    format!("(wsspec completions --names {} 2>/dev/null)", names.word())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::super::Cli;
    use super::*;

    #[test]
    fn each_option_and_command_with_names_exists() {
        let wsspec = Cli::command();
        for (long, _) in OPTIONS {
            let mut args = wsspec.get_subcommands().flat_map(Command::get_arguments);
            assert!(args.any(|arg| arg.get_long() == Some(long)), "{long}");
        }
        for (command, _) in COMMANDS {
            assert!(wsspec.find_subcommand(command).is_some(), "{command}");
        }
    }

    /// In no command does a flag that takes a name stand for something else.
    #[test]
    fn a_flag_means_the_same_everywhere() {
        let wsspec = Cli::command();
        let flags = flags(&wsspec);
        let shorts: Vec<&String> = flags
            .iter()
            .flat_map(|(_, typed)| typed)
            .filter(|flag| flag.len() == 2)
            .collect();
        for arg in wsspec.get_subcommands().flat_map(Command::get_arguments) {
            let taken = arg
                .get_short()
                .is_some_and(|s| shorts.contains(&&format!("-{s}")));
            let named = OPTIONS.iter().any(|(long, _)| arg.get_long() == Some(long));
            assert!(!taken || named, "{arg}");
        }
    }

    #[test]
    fn there_are_names_of_every_kind() {
        for kind in Names::value_variants() {
            assert!(kind.all().unwrap().len() > 10, "{kind:?}");
            assert_eq!(kind.to_possible_value().unwrap().get_name(), kind.word());
        }
    }
}

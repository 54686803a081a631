//! `wsspec repro`: a case as a script that needs no wsspec, to send to the authors of a target.

mod step;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use wsspec::exchange::{Setup, describe_outcomes};
use wsspec::near::{hint, near};
use wsspec::peer::ReferencePeer;
use wsspec::run::Target;
use wsspec::wire::memory::{self, Chunking};
use wsspec_core::Role;
use wsspec_reports::Transport;
use wsspec_vectors::{Case, Corpus, Over, Step};

use super::args::VectorArgs;
use super::exit::Exit;
use super::failure::{Done, Failure};
use super::out::out;

/// Lines of a script, at most.
const LINES: usize = 40;

#[derive(Debug, Args)]
#[command(after_help = "\
Example: wsspec repro frame.mask.wrong-text-empty ws://127.0.0.1:9001/ --as python > repro.py

The script sends what the case sends, with the same masking keys, and shows what comes back. What should come is in its
head. It waits for answers by the clock, where wsspec goes by evidence, and judges nothing.")]
pub(crate) struct ReproCommand {
    /// The id of a case
    case: String,
    /// The server, or where the script listens for a client [default: ws://127.0.0.1:9001/]
    url: Option<String>,
    /// The language of the script
    #[arg(long = "as", value_enum, default_value_t, value_name = "LANGUAGE")]
    language: Language,
    /// Who is to be shown; by default, whom the case is for, a server first
    #[arg(long, value_enum, value_name = "ROLE")]
    role: Option<RoleArg>,
    /// Write the script into this file
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    vectors: VectorArgs,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Language {
    /// Python 3.8 or newer, for the standard library alone
    #[default]
    Python,
    /// Node.js 16 or newer, without packages
    Node,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RoleArg {
    Server,
    Client,
}

/// `wsspec repro`
pub(super) fn repro(command: &ReproCommand) -> Done {
    let corpus = command.vectors.corpus()?;
    let case = found(&command.case, &corpus)?;
    let script = command.script(case, &corpus)?;
    match &command.output {
        Some(path) => write(path, &script)?,
        None => out!("{}", script.trim_end()),
    }
    Ok(Exit::Fine)
}

fn found<'a>(id: &str, corpus: &'a Corpus) -> Result<&'a Arc<Case>, Failure> {
    let found = corpus.cases.iter().find(|case| case.id == id);
    found.ok_or_else(|| {
        let near = near(id, corpus.cases.iter().map(|case| case.id.as_str()));
        let hint = hint(&near, "`wsspec list` shows all ids");
        Failure::usage(format!("no case is called {id:?}; {hint}"))
    })
}

fn write(path: &Path, script: &str) -> Result<(), Failure> {
    fs::write(path, script).map_err(|error| Failure::file(path, error))
}

impl ReproCommand {
    fn script(&self, case: &Case, corpus: &Corpus) -> Result<String, Failure> {
        let role = self.role_of(case)?;
        if case.wants_beyond(memory::ABILITIES).is_some() || case.has_several_conversations() {
            return Err(Failure::usage(format!(
                "{} does more than to talk on one connection, which no script of {LINES} lines shows",
                case.id
            )));
        }
        let url = self.url.as_deref().unwrap_or("ws://127.0.0.1:9001/");
        let setup = Target::new(url, Vec::new())?.setup();
        let secure = setup.over == Transport::Tls;
        if setup.over == Transport::Unix || secure && !runs_over_tls(case, role) {
            return Err(Failure::usage(format!(
                "{url}: scripts speak over TCP, and as a client also HTTP/1.1 over TLS"
            )));
        }
        let (host, port) = setup
            .host
            .rsplit_once(':')
            .unwrap_or((&setup.host, if secure { "443" } else { "80" }));
        let setup = Setup {
            target: role,
            host: setup.host.clone(),
            resource: setup.resource.clone(),
            ..Setup::new(role, "", "")
        };
        let held = memory::run(case, &setup, &ReferencePeer::conforming(), Chunking::Whole);
        let template = self.language.template(role);
        let steps = step::steps(&held.transcript, role)
            .map_err(|why| Failure::usage(format!("{}: no script shows this: {why}", case.id)))?;
        let room = LINES - template.lines().count();
        let rule = corpus
            .requirements
            .get(case.requirements.first().map_or("", String::as_str));
        let rule = rule.map(|r| format!("{} {}: {}", r.clause(), r.level, r.requirement));
        Ok(template
            .replace("@id@", &case.id)
            .replace("@about@", &case.about)
            .replace("@rule@", &rule.unwrap_or_default())
            .replace("@expected@", &expected(case))
            .replace("@connect@", self.language.connect(secure))
            .replace("@host@", host.trim_matches(['[', ']']))
            .replace("@port@", port)
            .replace("@steps@", &self.language.lines(&steps, room)))
    }

    fn role_of(&self, case: &Case) -> Result<Role, Failure> {
        let role = match self.role {
            Some(RoleArg::Server) => Role::Server,
            Some(RoleArg::Client) => Role::Client,
            None => case.roles.first().copied().unwrap_or(Role::Server),
        };
        if case.roles.contains(&role) {
            Ok(role)
        } else {
            let name = role.name();
            Err(Failure::usage(format!(
                "{} does not test a {name}",
                case.id
            )))
        }
    }
}

/// Whether a script can show a case over TLS: it has no certificate, and asks for no protocol.
fn runs_over_tls(case: &Case, target: Role) -> bool {
    target == Role::Server && case.over == Over::Tcp
}

/// What the case expects at its end.
fn expected(case: &Case) -> String {
    let last = case.steps.iter().rev().find_map(|step| match step.bare() {
        Step::Expect(alternatives) => Some(describe_outcomes(alternatives)),
        _ => None,
    });
    let text = last.unwrap_or_else(|| "that the connection survives".into());
    text.replace('\n', " ")
}

impl Language {
    /// The script, with places for what is of the case.
    fn template(self, target: Role) -> &'static str {
        match (self, target) {
            (Language::Python, Role::Server) => include_str!("server.py.txt"),
            (Language::Python, Role::Client) => include_str!("client.py.txt"),
            (Language::Node, Role::Server) => include_str!("server.node.txt"),
            (Language::Node, Role::Client) => include_str!("client.node.txt"),
        }
    }

    /// How a client connects, whoever the server is.
    fn connect(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Language::Python, false) => "socket.create_connection((HOST, int(PORT)), timeout=10)",
            (Language::Python, true) => {
                "ssl._create_unverified_context().wrap_socket(\n    \
                 socket.create_connection((HOST, int(PORT)), timeout=10), server_hostname=HOST)"
            }
            (Language::Node, false) => "net.connect(Number(port), host)",
            (Language::Node, true) => {
                "tls.connect({ host, port: Number(port), rejectUnauthorized: false })"
            }
        }
    }

    /// The steps as elements of a list, in at most this many lines.
    fn lines(self, steps: &[step::Sent], room: usize) -> String {
        let elements: Vec<String> = steps.iter().map(|step| step.written(self)).collect();
        let in_a_line = elements.len().div_ceil(room.max(1)).max(1);
        let lines = elements.chunks(in_a_line);
        let lines: Vec<String> = lines
            .map(|line| format!("    {},", line.join(", ")))
            .collect();
        lines.join("\n") + "\n"
    }
}

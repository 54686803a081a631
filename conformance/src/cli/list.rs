//! `wsspec list` and `wsspec show`.

use std::sync::Arc;

use clap::Args;
use globset::Glob;
use wsspec::exchange::Setup;
use wsspec::near::{hint, near};
use wsspec::peer::ReferencePeer;
use wsspec::wire::memory::{self, Chunking};
use wsspec_core::Role;
use wsspec_core::dissect::{Dissector, Node};
use wsspec_reports::{Who, wire};
use wsspec_vectors::{Case, Corpus, Over, ParseCase, ThroughCase, autobahn};

use super::args::{SelectArgs, VectorArgs};
use super::exit::Exit;
use super::failure::{Done, Failure};
use super::out::out;

#[derive(Debug, Args)]
pub(crate) struct ListCommand {
    #[command(flatten)]
    select: SelectArgs,
    /// Show the Autobahn ids that each case stands for, and only the cases that stand for one
    #[arg(long)]
    autobahn: bool,
    /// List the parse vectors too
    #[arg(long)]
    parse: bool,
    /// List the cases for gateways instead
    #[arg(long, conflicts_with_all = ["autobahn", "parse"])]
    through: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ShowCommand {
    /// Ids or patterns of cases
    #[arg(required = true, value_name = "ID|GLOB")]
    ids: Vec<String>,
    #[command(flatten)]
    vectors: VectorArgs,
}

pub(super) fn list(args: &ListCommand) -> Done {
    let corpus = args.select.vectors.corpus()?;
    let selection = args.select.selection(&corpus.requirements)?;
    if args.through {
        for case in selection.select(&corpus.throughs)? {
            out!("{}  gateway  {}", case.id, case.impact.name());
        }
        return Ok(Exit::Fine);
    }
    let cases = selection.select(&corpus.cases)?;
    if args.autobahn {
        list_autobahn(&cases);
    } else {
        for case in &cases {
            let roles: Vec<&str> = case.roles.iter().map(|r| r.name()).collect();
            let over = match case.over {
                Over::Tcp => String::new(),
                other => format!("  {}", other.name()),
            };
            out!(
                "{}  {}  {}{over}",
                case.id,
                roles.join("+"),
                case.impact.name()
            );
        }
    }
    if args.parse {
        for case in &corpus.parses {
            out!("{}  parse  {}", case.id, case.role.name());
        }
    }
    Ok(Exit::Fine)
}

/// The cases that cover an Autobahn case, and the Autobahn cases that none covers.
fn list_autobahn(cases: &[Arc<Case>]) {
    let mut covered = Vec::new();
    for case in cases.iter().filter(|case| !case.autobahn.is_empty()) {
        out!("{}  {}", case.id, case.autobahn.join(" "));
        covered.extend(case.autobahn.iter().map(String::as_str));
    }
    match autobahn::missing(&covered).as_slice() {
        [] => anstream::eprintln!("all Autobahn cases are covered"),
        missing => {
            anstream::eprintln!("Autobahn cases that are not covered: {}", missing.join(" "));
        }
    }
}

pub(super) fn show(args: &ShowCommand) -> Done {
    let corpus = args.vectors.corpus()?;
    for (i, id) in found(&args.ids, &corpus)?.into_iter().enumerate() {
        if i > 0 {
            out!();
        }
        if let Some(case) = corpus.cases.iter().find(|c| c.id == id) {
            show_exchange(&corpus, case);
        } else if let Some(case) = corpus.parses.iter().find(|c| c.id == id) {
            show_parse(&corpus, case);
        } else if let Some(case) = corpus.throughs.iter().find(|c| c.id == id) {
            show_through(&corpus, case);
        }
    }
    Ok(Exit::Fine)
}

/// The ids that are meant by ids and patterns, each once, in the order of the corpus.
fn found(patterns: &[String], corpus: &Corpus) -> Result<Vec<String>, Failure> {
    let ids: Vec<&str> = corpus
        .cases
        .iter()
        .map(|case| case.id.as_str())
        .chain(corpus.parses.iter().map(|case| case.id.as_str()))
        .chain(corpus.throughs.iter().map(|case| case.id.as_str()))
        .collect();
    let mut wanted = vec![false; ids.len()];
    for pattern in patterns {
        let glob = Glob::new(pattern)
            .map_err(Failure::usage)?
            .compile_matcher();
        let matches: Vec<usize> = (0..ids.len()).filter(|i| glob.is_match(ids[*i])).collect();
        if matches.is_empty() {
            return Err(Failure::usage(format!(
                "no case is called {pattern:?}; {}",
                hint(&near(pattern, ids), "`wsspec list` shows all ids")
            )));
        }
        matches.into_iter().for_each(|i| wanted[i] = true);
    }
    let chosen = ids.iter().zip(wanted).filter(|(_, wanted)| *wanted);
    Ok(chosen.map(|(id, _)| (*id).to_owned()).collect())
}

fn show_exchange(corpus: &Corpus, case: &Case) {
    out!("{}  ({})", case.id, case.impact.name());
    out!("  {}", case.about);
    cite(corpus, &case.requirements);
    for id in &case.autobahn {
        out!("  Autobahn {id}");
    }
    for seen in &case.seen_in {
        out!("  seen in {seen}");
    }
    if case.over != Over::Tcp {
        out!("  over    {}", case.over.name());
    }
    show_sent(case);
    show_json(corpus, &case.id);
}

fn show_through(corpus: &Corpus, case: &ThroughCase) {
    out!("{}  ({}, gateway)", case.id, case.impact.name());
    out!("  {}", case.about);
    cite(corpus, &case.requirements);
    for seen in &case.seen_in {
        out!("  seen in {seen}");
    }
    show_json(corpus, &case.id);
}

/// What is sent to a target that does everything right, frame by frame.
fn show_sent(case: &Case) {
    let role = case.roles.first().copied().unwrap_or(Role::Server);
    if case.wants_beyond(memory::ABILITIES).is_some() {
        return;
    }
    let setup = Setup::new(role, "wsspec.invalid", "/");
    let peer = ReferencePeer::conforming();
    let held = memory::run(case, &setup, &peer, Chunking::Whole);
    out!(
        "  what it sends to a {} that does everything right:",
        role.name()
    );
    let lines = wire::lines(&held.transcript);
    for line in lines.iter().filter(|line| line.who == Who::Suite) {
        if line.hex.is_empty() {
            out!("    {}", line.meaning);
        } else {
            out!("    {}  {}", line.hex, line.meaning);
        }
    }
}

/// The vector as its file has it.
fn show_json(corpus: &Corpus, id: &str) {
    let Some(mut json) = corpus.json_of(id) else {
        return;
    };
    json.retain(|_, value| !value.is_null());
    let text = serde_json::to_string_pretty(&json).unwrap_or_default();
    out!("  the vector, its matrix filled in:");
    for line in text.lines() {
        out!("    {line}");
    }
}

fn show_parse(corpus: &Corpus, case: &ParseCase) {
    out!("{}  (parse, {})", case.id, case.role.name());
    out!("  {}", case.about);
    cite(corpus, &case.requirements);
    let nodes = Dissector::new(case.role.peer())
        .compression(case.deflate)
        .connection(&case.stream());
    for line in nodes.iter().flat_map(Node::lines) {
        out!("  {:>5}  {}", line.offset, line.meaning);
    }
    match &case.violation {
        Some(v) => out!("  violation {} at byte {}", v.is.name(), v.at),
        None => out!("  no violation"),
    }
    if let Some(freedom) = &case.freedom {
        out!("  freedom {freedom}");
    }
    show_json(corpus, &case.id);
}

fn cite(corpus: &Corpus, requirements: &[String]) {
    for r in requirements
        .iter()
        .filter_map(|id| corpus.requirements.get(id))
    {
        out!("  {} {}: {} [{}]", r.clause(), r.level, r.requirement, r.id);
    }
}

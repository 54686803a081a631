//! `wsspec list` and `wsspec show`.

use std::sync::Arc;

use clap::Args;
use wsspec::exchange::describe_outcomes;
use wsspec_core::dissect::{Dissector, Node};
use wsspec_vectors::{Case, Corpus, Over, ParseCase, Step, autobahn};

use super::args::{SelectArgs, VectorArgs};
use super::exit::Exit;
use super::failure::{Done, Failure};

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
}

#[derive(Debug, Args)]
pub(crate) struct ShowCommand {
    /// The id of the case
    id: String,
    #[command(flatten)]
    vectors: VectorArgs,
}

pub(super) fn list(args: &ListCommand) -> Done {
    let corpus = args.select.vectors.corpus()?;
    let cases = args.select.selection()?.select(&corpus.cases)?;
    if args.autobahn {
        list_autobahn(&cases);
    } else {
        for case in &cases {
            let roles: Vec<&str> = case.roles.iter().map(|r| r.name()).collect();
            let over = match case.over {
                Over::Tcp => String::new(),
                other => format!("  {}", other.name()),
            };
            anstream::println!(
                "{}  {}  {}{over}",
                case.id,
                roles.join("+"),
                case.impact.name()
            );
        }
    }
    if args.parse {
        for case in &corpus.parses {
            anstream::println!("{}  parse  {}", case.id, case.role.name());
        }
    }
    Ok(Exit::Fine)
}

/// The cases that cover an Autobahn case, and the Autobahn cases that none covers.
fn list_autobahn(cases: &[Arc<Case>]) {
    let mut covered = Vec::new();
    for case in cases.iter().filter(|case| !case.autobahn.is_empty()) {
        anstream::println!("{}  {}", case.id, case.autobahn.join(" "));
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
    if let Some(case) = corpus.cases.iter().find(|c| c.id == args.id) {
        show_exchange(&corpus, case);
    } else if let Some(case) = corpus.parses.iter().find(|c| c.id == args.id) {
        show_parse(&corpus, case);
    } else {
        let near: Vec<&str> = corpus
            .cases
            .iter()
            .map(|c| c.id.as_str())
            .filter(|id| id.contains(args.id.as_str()))
            .take(8)
            .collect();
        let hint = if near.is_empty() {
            "`wsspec list` shows all ids".to_owned()
        } else {
            format!("did you mean {}?", near.join(", "))
        };
        return Err(Failure::usage(format!(
            "no case is called {:?}; {hint}",
            args.id
        )));
    }
    Ok(Exit::Fine)
}

fn show_exchange(corpus: &Corpus, case: &Case) {
    anstream::println!("{}  ({})", case.id, case.impact.name());
    anstream::println!("  {}", case.about);
    cite(corpus, &case.requirements);
    for id in &case.autobahn {
        anstream::println!("  Autobahn {id}");
    }
    for seen in &case.seen_in {
        anstream::println!("  seen in {seen}");
    }
    if case.over != Over::Tcp {
        anstream::println!("  over    {}", case.over.name());
    }
    if let Some(tls) = &case.tls {
        anstream::println!("  tls     {tls:?}");
    }
    if let Some(dial) = &case.dial {
        anstream::println!("  dial    {dial:?}");
    }
    for step in &case.steps {
        anstream::println!("  {}", describe(step));
    }
}

fn show_parse(corpus: &Corpus, case: &ParseCase) {
    anstream::println!("{}  (parse, {})", case.id, case.role.name());
    anstream::println!("  {}", case.about);
    cite(corpus, &case.requirements);
    let nodes = Dissector::new(case.role.peer())
        .compression(case.deflate)
        .connection(&case.stream());
    for line in nodes.iter().flat_map(Node::lines) {
        anstream::println!("  {:>5}  {}", line.offset, line.meaning);
    }
    match &case.violation {
        Some(v) => anstream::println!("  violation {} at byte {}", v.is.name(), v.at),
        None => anstream::println!("  no violation"),
    }
    if let Some(freedom) = &case.freedom {
        anstream::println!("  freedom {freedom}");
    }
}

fn cite(corpus: &Corpus, requirements: &[String]) {
    for r in requirements
        .iter()
        .filter_map(|id| corpus.requirements.get(id))
    {
        anstream::println!("  {} {}: {} [{}]", r.clause(), r.level, r.requirement, r.id);
    }
}

fn describe(step: &Step) -> String {
    match step {
        Step::Open(head) => format!("open    {head:?}"),
        Step::Accept(head) => format!("accept  {head:?}"),
        Step::Send { frames, split, pad } => {
            let frames: Vec<String> = frames.iter().map(|f| format!("{f:?}")).collect();
            let split = split.as_ref().map(|s| format!(" split {s:?}"));
            let pad = pad.map(|n| format!(" with {n} bytes of padding"));
            format!(
                "send    {}{}{}",
                frames.join(", "),
                split.unwrap_or_default(),
                pad.unwrap_or_default()
            )
        }
        Step::Expect(outcomes) => format!("expect  {}", describe_outcomes(outcomes)),
        Step::Fin => "end     fin".into(),
        Step::Rst => "end     rst".into(),
        Step::ReadStop => "read    stop".into(),
        Step::ReadGo => "read    go".into(),
        Step::Tell(tell) => format!("tell    {tell:?}"),
        Step::Settings(settings) => {
            let settings: Vec<String> = settings
                .iter()
                .map(|(name, value)| match value {
                    Some(value) => format!("{name} {value}"),
                    None => format!("{name} left out"),
                })
                .collect();
            format!("settings  {}", settings.join(", "))
        }
        Step::On(n, step) => format!("{n}: {}", describe(step)),
    }
}

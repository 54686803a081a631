//! `wsspec list` and `wsspec show`.

use clap::Args;
use wsspec::exchange::describe_outcomes;
use wsspec_core::dissect::Dissector;
use wsspec_vectors::{Corpus, Over, SettingName, Step, autobahn};

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
    for case in &cases {
        if args.autobahn {
            if !case.autobahn.is_empty() {
                anstream::println!("{}  {}", case.id, case.autobahn.join(" "));
            }
            continue;
        }
        let roles: Vec<&str> = case.roles.iter().map(|r| r.name()).collect();
        let over = if case.over == Over::Tcp {
            String::new()
        } else {
            format!("  {}", case.over.name())
        };
        anstream::println!(
            "{}  {}  {}{over}",
            case.id,
            roles.join("+"),
            case.impact.name()
        );
    }
    if args.autobahn {
        let carried: Vec<&str> = cases
            .iter()
            .flat_map(|c| &c.autobahn)
            .map(String::as_str)
            .collect();
        let missing = autobahn::missing(&carried);
        match missing.as_slice() {
            [] => anstream::eprintln!("all of Autobahn's cases have one here"),
            missing => anstream::eprintln!(
                "of Autobahn's cases these have none here: {}",
                missing.join(" ")
            ),
        }
    }
    if args.parse {
        for case in &corpus.parses {
            anstream::println!("{}  parse  {}", case.id, case.role.name());
        }
    }
    Ok(Exit::Fine)
}

pub(super) fn show(args: &ShowCommand) -> Done {
    let corpus = args.vectors.corpus()?;
    if let Some(case) = corpus.cases.iter().find(|c| c.id == args.id) {
        anstream::println!("{}  ({})", case.id, case.impact.name());
        anstream::println!("  {}", case.about);
        cite(&corpus, &case.requirements);
        for id in &case.autobahn {
            anstream::println!("  Autobahn {id}");
        }
        for seen in &case.seen_in {
            anstream::println!("  seen in {seen}");
        }
        if case.over != Over::Tcp {
            anstream::println!("  over    {}", case.over.name());
        }
        for (key, value) in [
            ("tls", case.tls.as_ref().map(|t| format!("{t:?}"))),
            ("dial", case.dial.as_ref().map(|d| format!("{d:?}"))),
        ] {
            if let Some(value) = value {
                anstream::println!("  {key:<7} {value}");
            }
        }
        for step in &case.steps {
            anstream::println!("  {}", describe(step));
        }
    } else if let Some(case) = corpus.parses.iter().find(|c| c.id == args.id) {
        anstream::println!("{}  (parse, {})", case.id, case.role.name());
        anstream::println!("  {}", case.about);
        cite(&corpus, &case.requirements);
        let stream = [case.head.as_deref().unwrap_or_default(), &case.bytes].concat();
        for node in Dissector::new(case.role.peer())
            .compression(case.deflate)
            .connection(&stream)
        {
            for line in node.lines() {
                anstream::println!("  {:>5}  {}", line.offset, line.meaning);
            }
        }
        match &case.violation {
            Some(v) => anstream::println!("  violation {} at byte {}", v.is.name(), v.at),
            None => anstream::println!("  no violation"),
        }
        if let Some(freedom) = &case.freedom {
            anstream::println!("  freedom {freedom}");
        }
    } else {
        let near = corpus
            .cases
            .iter()
            .map(|c| &c.id)
            .filter(|id| id.contains(args.id.as_str()))
            .take(8)
            .cloned()
            .collect::<Vec<_>>();
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
            format!(
                "send    {}{}{}",
                frames.join(", "),
                split
                    .as_ref()
                    .map_or(String::new(), |s| format!(" split {s:?}")),
                pad.map_or(String::new(), |n| format!(" padded by {n}"))
            )
        }
        Step::Expect(outcomes) => format!("expect  {}", describe_outcomes(outcomes)),
        Step::Fin => "end     fin".into(),
        Step::Rst => "end     rst".into(),
        Step::ReadStop => "read    stop".into(),
        Step::ReadGo => "read    go".into(),
        Step::Tell(tell) => format!("tell    {tell:?}"),
        Step::Settings(settings) => {
            let one = |(name, value): (&SettingName, &Option<u64>)| {
                format!(
                    "{name} {}",
                    value.map_or("left out".to_owned(), |v| v.to_string())
                )
            };
            format!(
                "settings  {}",
                settings.iter().map(one).collect::<Vec<_>>().join(", ")
            )
        }
        Step::On(n, step) => format!("{n}: {}", describe(step)),
    }
}

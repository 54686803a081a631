//! `wsspec explain`: what a requirement demands, or what a known bug is, in words.

use clap::Args;
use wsspec::near::{hint, near};
use wsspec_reports::{bound, site};
use wsspec_vectors::{Corpus, KnownBug, KnownBugs, Requirement};

use super::args::VectorArgs;
use super::exit::Exit;
use super::failure::{Done, Failure};
use super::out::out;

/// Cases that are named of each requirement.
const CASES: usize = 12;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wsspec explain RFC6455-5.1-2     one requirement
  wsspec explain RFC6455 5.1       those of a section
  wsspec explain 'RFC 7692 §7.2'   with its subsections
  wsspec explain CVE-2024-37890    a published bug, and the cases by which it shows
  wsspec --requirement RFC6455-5.1 ws://localhost:9001/   the cases that test them")]
pub(crate) struct ExplainCommand {
    /// The id of a requirement, the beginning of one, a section, or the name of a known bug
    #[arg(required = true, value_name = "REQUIREMENT")]
    requirement: Vec<String>,
    #[command(flatten)]
    vectors: VectorArgs,
}

pub(super) fn explain(args: &ExplainCommand) -> Done {
    let corpus = args.vectors.corpus()?;
    let bugs: Vec<&KnownBug> = KnownBugs::embedded()
        .named(&args.requirement.join(" "))
        .collect();
    if !bugs.is_empty() {
        bugs.into_iter().for_each(print_bug);
        return Ok(Exit::Fine);
    }
    let found = found(&args.requirement, &corpus)?;
    for (i, requirement) in found.iter().enumerate() {
        if i > 0 {
            out!();
        }
        print(requirement, &corpus);
    }
    Ok(Exit::Fine)
}

/// What is meant by one section, which may be written as two words, or by several ids.
fn found<'a>(words: &[String], corpus: &'a Corpus) -> Result<Vec<&'a Requirement>, Failure> {
    let section = corpus.requirements.matching(&words.join(" "));
    if !section.is_empty() {
        return Ok(section);
    }
    let mut found = Vec::new();
    for word in words {
        let matching = corpus.requirements.matching(word);
        // The name of an RFC alone is the beginning of a section.
        if matching.is_empty() || !word.contains('-') {
            let ids = corpus.requirements.iter().map(|r| r.id.as_str());
            return Err(Failure::usage(format!(
                "{:?} is no requirement; {}",
                words.join(" "),
                hint(
                    &near(word, ids),
                    "ids are like RFC6455-5.1-2, sections like RFC6455 5.1"
                )
            )));
        }
        found.extend(matching);
    }
    Ok(found)
}

fn print(requirement: &Requirement, corpus: &Corpus) {
    let Requirement {
        id,
        level,
        party,
        requirement: text,
        expected_outcome: outcome,
        notes,
        verdict,
        ..
    } = requirement;
    out!(
        "{id}  {}  {level}, binds {}",
        requirement.clause(),
        bound(party)
    );
    out!("  {text}");
    list("passes", &outcome.accept);
    list("fails", &outcome.reject);
    list("non-strict", &outcome.non_strict);
    if verdict == "not-testable" {
        out!("  Nothing on the wire shows whether it is kept.");
    }
    if let Some(notes) = notes {
        out!("  note: {notes}");
    }
    if Corpus::embedded_requirements().get(id).is_some() {
        out!("  page: {}{}", site::ADDRESS, site::requirement_page(id));
    }
    let cases = corpus.cases.iter().filter(|case| case.cites(id));
    let cases: Vec<&str> = cases.map(|case| case.id.as_str()).collect();
    match cases.len() {
        0 => {}
        1 => out!("  1 case:"),
        n => out!("  {n} cases:"),
    }
    for case in cases.iter().take(CASES) {
        out!("    {case}");
    }
    if cases.len() > CASES {
        out!("    … all of them: wsspec list --requirement {id}");
    }
}

fn print_bug(bug: &KnownBug) {
    let names: Vec<&str> = [&bug.id]
        .into_iter()
        .chain(&bug.also)
        .map(String::as_str)
        .collect();
    let KnownBug {
        library,
        affected,
        fixed,
        about,
        shown_by,
        ..
    } = bug;
    let role = bug.role().name();
    out!(
        "{}  {library} {affected}, a {role}; not in {fixed}",
        names.join(", ")
    );
    out!("  {about}");
    out!("  Shows by failures of these cases, for reasons with these keys:");
    for sign in shown_by {
        out!("    {}  {}", sign.cases.as_str(), sign.reasons.as_str());
    }
}

fn list(what: &str, lines: &[String]) {
    for line in lines {
        out!("  {what}: {line}");
    }
}

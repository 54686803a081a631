//! A page for each version of an implementation: what broke with its bytes, its families, its history, and how it
//! was tested.

use std::collections::BTreeSet;
use std::io;

use askama::Template;

use super::folder::Folder;
use super::log::cut;
use super::marks::{self, Mark};
use super::results::{Broke, Tested};
use super::search::Entry;
use super::{All, Cited, Frame, Link, SECTIONS, case_page, family_page, page};

/// Most other cases of a cause that are named.
const MOST_CASES: usize = 40;

#[derive(Template)]
#[template(path = "site/implementation.html")]
struct Page<'a> {
    frame: Frame,
    tested: &'a Tested<'a>,
    facts: Vec<(&'static str, String)>,
    links: Vec<(&'static str, String)>,
    counts: Vec<Mark>,
    causes: Vec<Cause<'a>>,
    families: Vec<(Link, Vec<Mark>, String)>,
    history: Vec<Past<'a>>,
    command: String,
}

/// Something that broke, with its links.
struct Cause<'a> {
    number: usize,
    broke: &'a Broke,
    mark: Mark,
    rule: Option<Cited>,
    case: Link,
    cases: Vec<Link>,
    more: usize,
}

/// A version, and what changed since the one before.
struct Past<'a> {
    version: &'a str,
    page: String,
    date: String,
    counts: Vec<Mark>,
    /// What broke only here; `None` where the version before cannot be compared.
    news: Option<Changes<'a>>,
}

struct Changes<'a> {
    appeared: Vec<&'a str>,
    gone: Vec<&'a str>,
}

pub(super) fn write(all: &All<'_>, to: &mut Folder, found: &mut Vec<Entry>) -> io::Result<()> {
    for tested in &all.tested {
        let name = tested.page();
        let depth = name.matches('/').count();
        let about = &tested.implementation.about;
        let title = format!("{} {}", tested.name(), tested.version);
        let page_ = Page {
            frame: all.frame(depth, "Results", &title),
            tested,
            facts: facts(tested),
            links: [("site", &about.homepage), ("sources", &about.repository)]
                .into_iter()
                .filter_map(|(what, address)| Some((what, cut(address.as_deref()?, 300))))
                .collect(),
            counts: marks::of_summary(tested.summary),
            causes: causes(all, tested),
            families: families(tested),
            history: history(all, tested),
            command: cut(&tested.run.command.join(" "), 2000),
        };
        page(to, &name, &page_)?;
        if tested.is_newest() {
            found.push(Entry {
                kind: "implementation",
                title,
                page: name,
                text: format!("{} {}", about.language, about.package.name),
                ids: Vec::new(),
            });
        }
    }
    Ok(())
}

fn facts(tested: &Tested<'_>) -> Vec<(&'static str, String)> {
    let about = &tested.implementation.about;
    let transports: Vec<&str> = about.transports.iter().map(|t| t.name()).collect();
    let vectors = if tested.same_vectors {
        "those of this site"
    } else {
        "others than those of this site, so that cases may differ"
    };
    vec![
        ("language", cut(&about.language, 100)),
        (
            "package",
            cut(
                &format!(
                    "{} {} ({})",
                    about.package.name, tested.version, about.package.registry
                ),
                200,
            ),
        ),
        ("reached over", transports.join(", ")),
        ("tested over", tested.over.to_owned()),
        (
            "tested on",
            cut(
                &format!("{}, {}", tested.run.date, tested.run.platform),
                200,
            ),
        ),
        ("with", tested.tool.clone()),
        ("vectors", vectors.to_owned()),
        ("run began", tested.started.clone()),
        (
            "notes",
            cut(about.notes.as_deref().unwrap_or_default(), 2000),
        ),
    ]
}

fn causes<'a>(all: &'a All<'_>, tested: &'a Tested<'_>) -> Vec<Cause<'a>> {
    let numbered = (0..).zip(&tested.causes);
    numbered
        .map(|(number, broke)| Cause {
            number,
            broke,
            mark: Mark::of(broke.verdict, broke.cases.len() + 1),
            rule: all.cited(&broke.requirement),
            case: link(&broke.case),
            cases: broke.cases.iter().take(MOST_CASES).map(link).collect(),
            more: broke.cases.len().saturating_sub(MOST_CASES),
        })
        .collect()
}

fn link((id, family): &(String, String)) -> Link {
    Link {
        to: case_page(family, id),
        text: id.clone(),
    }
}

/// The families, each with its numbers and its name.
fn families(tested: &Tested<'_>) -> Vec<(Link, Vec<Mark>, String)> {
    let outcomes = tested.outcomes.values();
    let names: BTreeSet<&str> = outcomes.map(|outcome| outcome.family.as_str()).collect();
    names
        .into_iter()
        .map(|name| {
            let link = Link {
                to: family_page(name),
                text: name.to_owned(),
            };
            (link, marks::marks(&tested.of_family(name)), name.to_owned())
        })
        .collect()
}

/// All versions of an implementation, the newest first.
fn history<'a>(all: &'a All<'_>, of: &Tested<'_>) -> Vec<Past<'a>> {
    let same = all
        .tested
        .iter()
        .filter(|tested| tested.implementation.id == of.implementation.id);
    let versions: Vec<&Tested<'_>> = same.collect();
    let before = [None].into_iter().chain(versions.iter().map(Some));
    let mut past: Vec<Past<'_>> = versions
        .iter()
        .zip(before)
        .map(|(tested, before)| Past {
            version: tested.version,
            page: tested.page(),
            date: cut(&tested.run.date, 40),
            counts: marks::of_summary(tested.summary),
            news: before.map(|before| Changes::between(before, tested)),
        })
        .collect();
    past.reverse();
    past
}

impl<'a> Changes<'a> {
    fn between(old: &'a Tested<'_>, new: &'a Tested<'_>) -> Changes<'a> {
        Changes {
            appeared: only_in(new, old),
            gone: only_in(old, new),
        }
    }
}

/// The reasons of causes that one version has and the other has not.
fn only_in<'a>(one: &'a Tested<'_>, other: &Tested<'_>) -> Vec<&'a str> {
    let there: BTreeSet<_> = other.causes.iter().map(Broke::identity).collect();
    let only = one
        .causes
        .iter()
        .filter(|broke| !there.contains(&broke.identity()));
    only.map(|broke| broke.reason.as_str()).collect()
}

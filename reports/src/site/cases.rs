//! A page for each family and for each vector.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use askama::Template;

use super::folder::Folder;
use super::log::Log;
use super::marks::{self, Mark};
use super::model::Vector;
use super::results::{Other, Outcome, Tested};
use super::search::Entry;
use super::{All, Cited, Frame, Link, SECTIONS, family_page, page};
use crate::{Impact, Verdict};

/// Longest source of a vector that is shown, in bytes.
const LONGEST_SOURCE: usize = 20_000;

#[derive(Template)]
#[template(path = "site/families.html")]
struct Families {
    frame: Frame,
    rows: Vec<(Link, String, usize)>,
}

#[derive(Template)]
#[template(path = "site/family.html")]
struct FamilyPage<'a> {
    frame: Frame,
    name: &'a str,
    about: String,
    vectors: Vec<Listed<'a>>,
    /// What reports have beside the vectors, with what they cite.
    others: Vec<(&'a Other, Vec<Cited>)>,
    /// What came of them, by implementation.
    results: Vec<(Link, Vec<Mark>)>,
}

struct Listed<'a> {
    page: String,
    vector: &'a Vector,
    about: &'a str,
}

#[derive(Template)]
#[template(path = "site/vector.html")]
struct VectorPage<'a> {
    frame: Frame,
    vector: &'a Vector,
    family: Link,
    family_about: String,
    about: &'a str,
    impact: Option<(Impact, &'static str)>,
    rules: Vec<Cited>,
    seen_in: Vec<Link>,
    log: Log,
    differs: Vec<Differs>,
    /// The number of implementations that pass every case that was judged, and of those for which none was.
    agree: usize,
    unjudged: usize,
    source: String,
    /// Whether its cases have sentences of their own.
    each_about: bool,
}

/// An implementation that does not pass every case of a vector.
struct Differs {
    name: Link,
    marks: Vec<Mark>,
    /// The reasons, each with the place where its bytes are.
    reasons: Vec<Link>,
}

pub(super) fn write(all: &All<'_>, to: &mut Folder, found: &mut Vec<Entry>) -> io::Result<()> {
    let about: BTreeMap<&str, &str> = all
        .site
        .families
        .iter()
        .map(|(name, about)| (name.as_str(), about.as_str()))
        .collect();
    let mut vectors: BTreeMap<&str, Vec<&Vector>> = BTreeMap::new();
    for vector in &all.site.vectors {
        vectors.entry(&vector.family).or_default().push(vector);
    }
    let mut rows = Vec::new();
    for family in all.families() {
        let of_family = vectors.get(family).map_or(&[][..], Vec::as_slice);
        let others: Vec<&Other> = all
            .others
            .get(family)
            .into_iter()
            .flat_map(BTreeMap::values)
            .collect();
        let sentence = about
            .get(family)
            .copied()
            .unwrap_or("Rows of reports that are no vectors of this site.");
        let cases = of_family
            .iter()
            .map(|vector| vector.cases.len())
            .sum::<usize>();
        rows.push((
            link_to(family_page(family), family),
            sentence.to_owned(),
            cases + others.len(),
        ));
        found.push(Entry {
            kind: "family",
            title: family.to_owned(),
            page: family_page(family),
            text: sentence.to_owned(),
            ids: others.iter().map(|other| other.id.clone()).collect(),
        });
        write_family(all, to, (family, sentence), of_family, others)?;
        for vector in of_family {
            write_vector(all, to, vector, sentence)?;
            found.push(Entry {
                kind: "case",
                title: format!("{family}.{}", vector.name),
                page: vector_page(vector),
                text: first_about(vector).to_owned(),
                ids: vector.cases.iter().map(|case| case.id.clone()).collect(),
            });
        }
    }
    let families = Families {
        frame: all.frame(0, "Cases", "Cases"),
        rows,
    };
    page(to, "families.html", &families)
}

/// The page of a vector, which is called as its first case is: two entries of a file may be written alike.
pub(super) fn vector_page(vector: &Vector) -> String {
    let first = vector.cases.first().map_or("", |case| case.id.as_str());
    format!("cases/{first}.html")
}

fn link_to(to: String, text: &str) -> Link {
    Link {
        to,
        text: text.to_owned(),
    }
}

fn first_about(vector: &Vector) -> &str {
    vector.cases.first().map_or("", |case| case.about.as_str())
}

fn write_family(
    all: &All<'_>,
    to: &mut Folder,
    (name, about): (&str, &str),
    vectors: &[&Vector],
    others: Vec<&Other>,
) -> io::Result<()> {
    let results = all.newest().filter_map(|tested| {
        let marks = marks::marks(&tested.of_family(name));
        let place = format!("{}#family-{name}", tested.page());
        (!marks.is_empty()).then(|| (link_to(place, &tested.name()), marks))
    });
    let shown = FamilyPage {
        frame: all.frame(1, "Cases", name),
        name,
        about: about.to_owned(),
        vectors: vectors
            .iter()
            .map(|vector| Listed {
                page: vector_page(vector),
                vector,
                about: first_about(vector),
            })
            .collect(),
        others: others
            .into_iter()
            .map(|other| {
                (
                    other,
                    other
                        .requirements
                        .iter()
                        .filter_map(|id| all.cited(id))
                        .collect(),
                )
            })
            .collect(),
        results: results.collect(),
    };
    page(to, &family_page(name), &shown)
}

fn write_vector(all: &All<'_>, to: &mut Folder, vector: &Vector, family: &str) -> io::Result<()> {
    let mut differs = Vec::new();
    let (mut agree, mut unjudged) = (0, 0);
    for tested in all.newest() {
        let outcomes: Vec<&Outcome> = vector
            .cases
            .iter()
            .filter_map(|case| tested.outcomes.get(&case.id))
            .collect();
        if outcomes.iter().any(|outcome| is_listed(outcome.verdict)) {
            differs.push(Differs::new(tested, &outcomes));
        } else if outcomes
            .iter()
            .any(|outcome| outcome.verdict != Verdict::Skipped)
        {
            agree += 1;
        } else if !outcomes.is_empty() {
            unjudged += 1;
        }
    }
    let about = first_about(vector);
    let source = Some(&vector.source).filter(|source| source.len() <= LONGEST_SOURCE);
    let shown = VectorPage {
        frame: all.frame(1, "Cases", &format!("{}.{}", vector.family, vector.name)),
        vector,
        family: link_to(family_page(&vector.family), &vector.family),
        family_about: family.to_owned(),
        about,
        impact: vector.impact.map(|impact| (impact, matters(impact))),
        rules: vector
            .requirements
            .iter()
            .filter_map(|id| all.cited(id))
            .collect(),
        seen_in: vector
            .seen_in
            .iter()
            .map(|report| link_to(address(report), report))
            .collect(),
        log: vector.sample.as_deref().map(Log::of).unwrap_or_default(),
        differs,
        agree,
        unjudged,
        source: source.cloned().unwrap_or_default(),
        each_about: vector.cases.iter().any(|case| case.about != about),
    };
    page(to, &vector_page(vector), &shown)
}

/// Why a breach matters.
fn matters(impact: Impact) -> &'static str {
    match impact {
        Impact::Security => "a breach can be used by an attacker",
        Impact::Data => "a breach loses or changes what applications send",
        Impact::Interop => "a breach keeps implementations from working together",
        Impact::Pedantic => "a breach is a departure from the text that seldom shows",
    }
}

/// Whether a verdict is listed among those that differ.
fn is_listed(verdict: Verdict) -> bool {
    matches!(
        verdict,
        Verdict::Fail
            | Verdict::NonStrict
            | Verdict::Flaky
            | Verdict::Error
            | Verdict::Informational
    )
}

/// The address of a public report: itself, or that of `owner/repository#number` on GitHub or of an advisory;
/// empty for the version of a program.
fn address(report: &str) -> String {
    if report.starts_with("https://") || report.starts_with("http://") {
        report.to_owned()
    } else if report.starts_with("CVE-") {
        format!("https://www.cve.org/CVERecord?id={report}")
    } else if report.starts_with("GHSA-") {
        format!("https://github.com/advisories/{report}")
    } else if let Some((repository, number)) = report.split_once('#') {
        format!("https://github.com/{repository}/issues/{number}")
    } else {
        String::new()
    }
}

impl Differs {
    fn new(tested: &Tested<'_>, outcomes: &[&Outcome]) -> Differs {
        let mut counts: BTreeMap<Verdict, usize> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        let mut reasons = Vec::new();
        for outcome in outcomes {
            *counts.entry(outcome.verdict).or_default() += 1;
            if is_listed(outcome.verdict)
                && seen.insert((
                    outcome.cause,
                    outcome.cause.is_none().then_some(&outcome.reason),
                ))
            {
                let to = outcome
                    .cause
                    .map(|number| format!("{}#cause-{number}", tested.page()));
                reasons.push(link_to(
                    to.unwrap_or_else(|| tested.page()),
                    &outcome.reason,
                ));
            }
        }
        Differs {
            name: link_to(tested.page(), &tested.name()),
            marks: marks::marks(&counts),
            reasons,
        }
    }
}

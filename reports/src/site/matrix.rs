//! The first page: families by implementations.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use askama::Template;

use super::folder::Folder;
use super::log::cut;
use super::marks::{self, Mark};
use super::results::Tested;
use super::{All, Frame, SECTIONS, family_page, page};
use crate::{TargetRole, Transport, Verdict};

#[derive(Template)]
#[template(path = "site/index.html")]
struct Index {
    frame: Frame,
    matrices: Vec<Matrix>,
    transports: [Transport; 5],
    rows: Vec<Reached>,
    legend: Vec<Mark>,
    cases: usize,
    vectors: usize,
    families: usize,
    requirements: usize,
}

/// The implementations of one role.
struct Matrix {
    title: &'static str,
    columns: Vec<Column>,
    rows: Vec<Row>,
}

struct Column {
    name: String,
    version: String,
    page: String,
    /// What it was tested over, and what it can be reached over.
    transports: String,
    over: &'static str,
}

struct Row {
    family: String,
    page: String,
    cells: Vec<Cell>,
}

/// The worst that happened to the cases of a family.
struct Cell {
    class: &'static str,
    text: String,
    title: String,
    link: String,
}

/// What an implementation can be reached over.
struct Reached {
    name: String,
    page: String,
    language: String,
    package: String,
    over: [bool; 5],
}

const ROLES: [(TargetRole, &str); 3] = [
    (TargetRole::Server, "Servers"),
    (TargetRole::Client, "Clients"),
    (TargetRole::Gateway, "Gateways"),
];

pub(super) fn write(all: &All<'_>, to: &mut Folder) -> io::Result<()> {
    let matrices = ROLES.into_iter().filter_map(|role| matrix(all, role));
    let site = all.site;
    let index = Index {
        frame: all.frame(0, "Results", "WebSocket conformance"),
        matrices: matrices.collect(),
        transports: Transport::ALL,
        rows: all.newest().map(reached).collect(),
        legend: marks::legend(),
        cases: all.family.len(),
        vectors: site.vectors.len(),
        families: site.families.len(),
        requirements: site.requirements.len(),
    };
    page(to, "index.html", &index)
}

/// The matrix of a role; `None` without an implementation.
fn matrix(all: &All<'_>, (role, title): (TargetRole, &'static str)) -> Option<Matrix> {
    let tested: Vec<&Tested<'_>> = all
        .newest()
        .filter(|tested| tested.implementation.about.role == role)
        .collect();
    if tested.is_empty() {
        return None;
    }
    let families: BTreeSet<&str> = tested
        .iter()
        .flat_map(|tested| tested.outcomes.values())
        .map(|outcome| outcome.family.as_str())
        .collect();
    Some(Matrix {
        title,
        columns: tested.iter().map(|tested| column(tested)).collect(),
        rows: families
            .into_iter()
            .map(|family| Row {
                family: family.to_owned(),
                page: family_page(family),
                cells: tested.iter().map(|tested| cell(tested, family)).collect(),
            })
            .collect(),
    })
}

fn column(tested: &Tested<'_>) -> Column {
    let transports = tested
        .implementation
        .about
        .transports
        .iter()
        .map(|t| t.name());
    let transports: BTreeSet<&str> = transports.chain([tested.over]).collect();
    Column {
        name: tested.name(),
        version: tested.version.to_owned(),
        page: tested.page(),
        transports: transports.into_iter().collect::<Vec<_>>().join(" "),
        over: tested.over,
    }
}

fn cell(tested: &Tested<'_>, family: &str) -> Cell {
    let counts = tested.of_family(family);
    let counted = [
        Verdict::Fail,
        Verdict::Error,
        Verdict::Flaky,
        Verdict::NonStrict,
    ];
    let counted = counted
        .into_iter()
        .filter_map(|verdict| Some((verdict, *counts.get(&verdict)?)));
    let text: Vec<String> = counted
        .map(|(verdict, count)| format!("{}{count}", verdict.mark()))
        .collect();
    let plain = [Verdict::Pass, Verdict::Informational, Verdict::Skipped];
    let plain = plain
        .into_iter()
        .find(|verdict| counts.contains_key(verdict));
    Cell {
        class: class(&counts),
        title: title(&counts),
        link: if text.is_empty() {
            String::new()
        } else {
            format!("{}#family-{family}", tested.page())
        },
        text: if text.is_empty() {
            plain.map_or_else(String::new, |verdict| verdict.mark().to_string())
        } else {
            text.join(" ")
        },
    }
}

fn title(counts: &BTreeMap<Verdict, usize>) -> String {
    let counts = counts
        .iter()
        .rev()
        .map(|(verdict, count)| format!("{count} {}", verdict.name()));
    counts.collect::<Vec<_>>().join(", ")
}

/// The class of a cell, by the worst verdict that was judged.
fn class(counts: &BTreeMap<Verdict, usize>) -> &'static str {
    let any = |verdict| counts.contains_key(&verdict);
    if any(Verdict::Fail) {
        "some-fail v6"
    } else if any(Verdict::Error) || any(Verdict::Flaky) {
        "v5"
    } else if any(Verdict::NonStrict) {
        "some-soft v2"
    } else if any(Verdict::Pass) {
        "v0"
    } else {
        "v3"
    }
}

fn reached(tested: &Tested<'_>) -> Reached {
    let about = &tested.implementation.about;
    Reached {
        name: tested.name(),
        page: tested.page(),
        language: cut(&about.language, 60),
        package: cut(
            &format!("{} ({})", about.package.name, about.package.registry),
            120,
        ),
        over: Transport::ALL.map(|transport| about.transports.contains(&transport)),
    }
}

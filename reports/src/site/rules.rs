//! A page for each requirement.

use std::collections::BTreeMap;
use std::io;

use askama::Template;

use super::cases::vector_page;
use super::folder::Folder;
use super::marks::Mark;
use super::model::{Requirement, Vector};
use super::search::Entry;
use super::{All, Cited, Frame, Link, SECTIONS, page, requirement_page};

#[derive(Template)]
#[template(path = "site/requirements.html")]
struct List {
    frame: Frame,
    /// The requirements of each RFC.
    rfcs: Vec<(String, Vec<Listed>)>,
}

struct Listed {
    rule: Cited,
    vectors: usize,
    broken: usize,
}

#[derive(Template)]
#[template(path = "site/requirement.html")]
struct Page<'a> {
    frame: Frame,
    requirement: &'a Requirement,
    rule: Cited,
    binds: &'a str,
    vectors: Vec<(Link, &'a str)>,
    broken_by: Vec<(Link, Mark)>,
}

pub(super) fn write(all: &All<'_>, to: &mut Folder, found: &mut Vec<Entry>) -> io::Result<()> {
    let mut broken: BTreeMap<&str, Vec<(Link, Mark)>> = BTreeMap::new();
    for tested in all.newest() {
        for (number, broke) in (0..).zip(&tested.causes) {
            let link = Link {
                to: format!("{}#cause-{number}", tested.page()),
                text: format!("{}: {}", tested.name(), broke.reason),
            };
            let mark = Mark::of(broke.verdict, broke.cases.len() + 1);
            broken
                .entry(&broke.requirement)
                .or_default()
                .push((link, mark));
        }
    }
    let mut rfcs: BTreeMap<String, Vec<Listed>> = BTreeMap::new();
    for requirement in &all.site.requirements {
        let id = requirement.id.as_str();
        let (Some(rule), Some(again)) = (all.cited(id), all.cited(id)) else {
            continue;
        };
        let citing = all.citing.get(id).map_or(&[][..], Vec::as_slice);
        let broken_by = broken.remove(id).unwrap_or_default();
        let rfc = id.split('-').next().unwrap_or_default();
        rfcs.entry(rfc.replace("RFC", "RFC "))
            .or_default()
            .push(Listed {
                rule: again,
                vectors: citing.len(),
                broken: broken_by.len(),
            });
        found.push(Entry {
            kind: "requirement",
            title: format!("{} {} [{id}]", rule.clause, rule.level),
            page: requirement_page(id),
            text: rule.text.clone(),
            ids: Vec::new(),
        });
        let shown = Page {
            frame: all.frame(1, "Requirements", &format!("{id}, {}", rule.clause)),
            requirement,
            binds: crate::bound(&requirement.clause.party),
            rule,
            vectors: citing.iter().map(|vector| listed(vector)).collect(),
            broken_by,
        };
        page(to, &requirement_page(id), &shown)?;
    }
    let list = List {
        frame: all.frame(0, "Requirements", "Requirements"),
        rfcs: rfcs.into_iter().collect(),
    };
    page(to, "requirements.html", &list)
}

fn listed(vector: &Vector) -> (Link, &str) {
    let link = Link {
        to: vector_page(vector),
        text: format!("{}.{}", vector.family, vector.name),
    };
    (
        link,
        vector.cases.first().map_or("", |case| case.about.as_str()),
    )
}

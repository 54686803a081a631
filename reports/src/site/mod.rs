//! A site of static pages: results of many implementations, the cases, the requirements, the guide.
//!
//! Pages are written by templates, load nothing from elsewhere, and are read without JavaScript; the search and the
//! filters of the matrix need it. The same data gives the same bytes. A vector has a page, and its cases are rows
//! of it: 3,000 cases in pages of their own would say the same a dozen times. A case has an anchor on the page
//! of its family, so that its address follows from its id and its family alone.

mod cases;
mod folder;
mod guide;
mod implementation;
mod log;
mod marks;
mod matrix;
mod model;
mod results;
mod rules;
mod search;
mod texts;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use askama::Template;

pub use model::{Argument, Case, Command, GuideFile, Requirement, Site, Vector};

use crate::published::Problem;
use folder::Folder;
use results::{Other, Tested};

const STYLE: &str = concat!(include_str!("../html/page.css"), include_str!("site.css"));
const SCRIPT: &str = include_str!("site.js");

/// Where the site of the project is.
pub const ADDRESS: &str = "https://wsspec.github.io/wsspec/";

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Number of files.
    pub files: usize,
    /// Their size, in bytes.
    pub bytes: u64,
}

/// Writes a site into an empty folder, a new one, or one that holds an older site, which is replaced.
///
/// # Errors
///
/// If a report or the folder cannot be used.
pub fn write(site: &Site, folder: &Path) -> Result<Written, Problem> {
    let all = All::read(site)?;
    let in_folder = |error: io::Error| Problem::of(folder, error);
    let mut to = Folder::open(folder).map_err(in_folder)?;
    write_pages(&all, &mut to).map_err(in_folder)?;
    let (files, bytes) = to.finish().map_err(in_folder)?;
    Ok(Written { files, bytes })
}

fn write_pages(all: &All<'_>, to: &mut Folder) -> io::Result<()> {
    to.write("style.css", STYLE.to_owned())?;
    to.write("site.js", SCRIPT.to_owned())?;
    let mut found = Vec::new();
    matrix::write(all, to)?;
    implementation::write(all, to, &mut found)?;
    cases::write(all, to, &mut found)?;
    rules::write(all, to, &mut found)?;
    texts::write(all, to, &mut found)?;
    to.write("search.js", search::script(&found))
}

/// The data of a site, and what pages look up in it.
struct All<'a> {
    site: &'a Site,
    tested: Vec<Tested<'a>>,
    /// The family of each case of the vectors.
    family: BTreeMap<&'a str, &'a str>,
    /// What reports have beside the cases of the vectors, by family and id.
    others: BTreeMap<String, BTreeMap<String, Other>>,
    requirements: BTreeMap<&'a str, &'a Requirement>,
    /// The vectors that cite each requirement.
    citing: BTreeMap<&'a str, Vec<&'a Vector>>,
}

impl<'a> All<'a> {
    fn read(site: &'a Site) -> Result<All<'a>, Problem> {
        let mut family = BTreeMap::new();
        let mut citing: BTreeMap<&str, Vec<&Vector>> = BTreeMap::new();
        for vector in &site.vectors {
            for case in &vector.cases {
                family.insert(case.id.as_str(), vector.family.as_str());
            }
            for id in &vector.requirements {
                citing.entry(id).or_default().push(vector);
            }
        }
        let mut tested = Vec::new();
        let mut others: BTreeMap<String, BTreeMap<String, Other>> = BTreeMap::new();
        for implementation in &site.implementations {
            for version in &implementation.versions {
                let mut read =
                    Tested::read(implementation, version, (&site.vectors_digest, &family))?;
                for other in read.others.drain(..) {
                    let of_family = others.entry(other.family.clone()).or_default();
                    of_family.entry(other.id.clone()).or_insert(other);
                }
                tested.push(read);
            }
        }
        Ok(All {
            site,
            tested,
            family,
            others,
            requirements: site
                .requirements
                .iter()
                .map(|r| (r.id.as_str(), r))
                .collect(),
            citing,
        })
    }

    /// The newest version of each implementation.
    fn newest(&self) -> impl Iterator<Item = &Tested<'a>> {
        self.tested.iter().filter(|tested| tested.is_newest())
    }

    /// The names of all families, those that only reports have among them.
    fn families(&self) -> BTreeSet<&str> {
        let own = self.site.families.iter().map(|(name, _)| name.as_str());
        own.chain(self.others.keys().map(String::as_str)).collect()
    }

    /// Head and foot of a page, which is `depth` folders below the site.
    fn frame(&self, depth: usize, section: &'static str, title: &str) -> Frame {
        Frame {
            root: "../".repeat(depth),
            title: title.to_owned(),
            section,
            tool: self.site.tool.clone(),
            digest: self.site.vectors_digest.clone(),
        }
    }

    /// A requirement, as pages quote it.
    fn cited(&self, id: &str) -> Option<Cited> {
        let requirement = self.requirements.get(id)?;
        let clause = &requirement.clause;
        Some(Cited {
            id: id.to_owned(),
            page: requirement_page(id),
            clause: clause.clause.clone(),
            level: clause.level.clone(),
            text: clause.text.clone(),
            rfc: crate::text::link(&clause.clause).unwrap_or_default(),
        })
    }
}

/// Head and foot of a page.
struct Frame {
    /// The way up to the site: empty, or `../`.
    root: String,
    title: String,
    /// The entry of the navigation that the page belongs to.
    section: &'static str,
    tool: String,
    digest: String,
}

/// The navigation: the name of an entry, and its page.
const SECTIONS: [(&str, &str); 5] = [
    ("Results", "index.html"),
    ("Cases", "families.html"),
    ("Requirements", "requirements.html"),
    ("Guide", "guide.html"),
    ("Commands", "commands.html"),
];

/// A requirement, as pages quote it.
struct Cited {
    id: String,
    page: String,
    clause: String,
    level: String,
    text: String,
    /// Its clause at the RFC editor.
    rfc: String,
}

/// A link: where it leads below the site, and its text.
struct Link {
    to: String,
    text: String,
}

/// The page of a family.
fn family_page(family: &str) -> String {
    format!("families/{family}.html")
}

/// The place of a case, below [`ADDRESS`]: an anchor on the page of its family.
pub fn case_page(family: &str, id: &str) -> String {
    format!("{}#{id}", family_page(family))
}

/// The page of a requirement, below [`ADDRESS`].
pub fn requirement_page(id: &str) -> String {
    format!("requirements/{id}.html")
}

/// A page from its template.
fn page(to: &mut Folder, name: &str, template: &impl Template) -> io::Result<()> {
    let text = template.render().map_err(io::Error::other)?;
    to.write(name, text)
}

//! The corpus: all vectors, built into the library or read from a folder.

use std::io;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use include_dir::{Dir, include_dir};
use serde_json::{Map, Value};
use sha1::{Digest, Sha1};
use wsspec_core::dissect::hex_digits;

use crate::case::Case;
use crate::error::{VectorError, VectorErrors};
use crate::file::{FileKind, VectorFile};
use crate::lint;
use crate::parse::ParseCase;
use crate::requirements::Requirements;

static EMBEDDED: [(&str, Dir<'_>); 2] = [
    ("exchange", include_dir!("$CARGO_MANIFEST_DIR/exchange")),
    ("parse", include_dir!("$CARGO_MANIFEST_DIR/parse")),
];

static EMBEDDED_REQUIREMENTS: LazyLock<Result<Requirements, VectorError>> =
    LazyLock::new(|| Requirements::read("requirements.json", include_str!("../requirements.json")));

/// A set of vectors, expanded and typed.
#[derive(Debug, Clone, Default)]
pub struct Corpus {
    /// The conversations, by file, in the order in which they are written.
    pub cases: Vec<Arc<Case>>,
    /// The parse vectors, likewise.
    pub parses: Vec<ParseCase>,
    /// The requirements that cases may cite.
    pub requirements: Requirements,
    /// The families, each with a sentence on what it is about.
    pub families: Vec<(String, String)>,
    /// The text of each file.
    pub texts: Vec<String>,
    /// SHA-1 over all files, in hex. Two runs with the same digest ran the same cases.
    pub digest: String,
}

impl Corpus {
    /// The corpus built into this library.
    ///
    /// # Errors
    ///
    /// Not in a released version: the tests of this crate load it.
    pub fn embedded() -> Result<Corpus, VectorErrors> {
        let files = embedded_files()
            .map(|(name, text)| (name, text.to_owned()))
            .collect();
        Self::build(files, EMBEDDED_REQUIREMENTS.clone())
    }

    /// The requirements that are built into this library.
    pub fn embedded_requirements() -> &'static Requirements {
        static NONE: LazyLock<Requirements> = LazyLock::new(Requirements::default);
        EMBEDDED_REQUIREMENTS.as_ref().unwrap_or(&NONE)
    }

    /// The conversations of the embedded corpus as expanded JSON, with their ids: those that run
    /// over plain TCP and suit either role of a target. For tools that vary what a case sends.
    pub fn embedded_json() -> Vec<(String, Map<String, Value>)> {
        embedded_files()
            .filter_map(|(name, text)| VectorFile::read(&name, text).ok())
            .filter(VectorFile::is_plain)
            .flat_map(|file| file.expanded_json())
            .collect()
    }

    /// The vector with this id as its file has it, its matrix filled in; `None` if there is none.
    pub fn json_of(&self, id: &str) -> Option<Map<String, Value>> {
        let files = self
            .texts
            .iter()
            .filter_map(|text| VectorFile::parse(text).ok());
        files
            .filter(|file| id.starts_with(&format!("{}.", file.family)))
            .flat_map(|file| file.expanded_json())
            .find(|(of, _)| of == id)
            .map(|(_, json)| json)
    }

    /// The vectors of a folder: `*.json`, `exchange/*.json` and `parse/*.json` in it. Cases cite
    /// the folder's `requirements.json`, or the embedded requirements if it has none.
    ///
    /// # Errors
    ///
    /// If the folder cannot be read, has no vector files, or a file in it has mistakes; every
    /// mistake that can be found is listed.
    pub fn from_dir(dir: &Path) -> Result<Corpus, VectorErrors> {
        let mut files = Vec::new();
        for folder in [dir.to_path_buf(), dir.join("exchange"), dir.join("parse")] {
            match json_files(&folder) {
                Ok(found) => files.extend(found),
                Err(e) if e.1.kind() == io::ErrorKind::NotFound && folder != dir => {}
                Err((path, e)) => return Err(VectorError::of_file(path, e).into()),
            }
        }
        if files.is_empty() {
            let message = "no vector files (*.json) in this folder";
            return Err(VectorError::of_file(dir.display().to_string(), message).into());
        }
        let own = dir.join("requirements.json");
        let requirements = match std::fs::read_to_string(&own) {
            Ok(text) => Requirements::read(&own.display().to_string(), &text),
            Err(_) => EMBEDDED_REQUIREMENTS.clone(),
        };
        Self::build(files, requirements)
    }

    /// The vectors of one file, which cite the embedded requirements.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or has mistakes; every mistake that can be found is listed.
    pub fn from_file(path: &Path) -> Result<Corpus, VectorErrors> {
        let name = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Self::from_text(&name, text),
            Err(e) => Err(VectorError::of_file(name, e).into()),
        }
    }

    /// The vectors in the text of one file, which cite the embedded requirements. `name` is its
    /// path: the last component has to be the family, and it appears in errors.
    ///
    /// # Errors
    ///
    /// If the text has mistakes; every mistake that can be found is listed.
    pub fn from_text(name: &str, text: String) -> Result<Corpus, VectorErrors> {
        Self::build(vec![(name.to_owned(), text)], EMBEDDED_REQUIREMENTS.clone())
    }

    /// This corpus together with `other`.
    ///
    /// # Errors
    ///
    /// If both have a case of the same id, or `other` cites requirements that this one does not
    /// have.
    pub fn with(mut self, other: Corpus) -> Result<Corpus, VectorErrors> {
        self.cases.extend(other.cases);
        self.parses.extend(other.parses);
        self.families.extend(other.families);
        self.texts.extend(other.texts);
        let both = Sha1::new()
            .chain_update(&self.digest)
            .chain_update(&other.digest);
        self.digest = hex_digits(&both.finalize());
        let errors = lint::lint(&self.cases, &self.parses, &self.requirements);
        VectorErrors::none_or(errors, self)
    }

    fn build(
        mut files: Vec<(String, String)>,
        requirements: Result<Requirements, VectorError>,
    ) -> Result<Corpus, VectorErrors> {
        files.sort();
        let mut corpus = Corpus::default();
        let mut errors = Vec::new();
        let mut digest = Sha1::new();
        match requirements {
            Ok(list) => corpus.requirements = list,
            Err(error) => errors.push(error),
        }
        for (name, text) in &files {
            digest.update(text);
            match VectorFile::read(name, text) {
                Ok(file) => errors.extend(corpus.add(name, file)),
                Err(error) => errors.push(error),
            }
        }
        corpus.texts = files.into_iter().map(|(_, text)| text).collect();
        corpus.digest = hex_digits(&digest.finalize());
        errors.extend(lint::lint(
            &corpus.cases,
            &corpus.parses,
            &corpus.requirements,
        ));
        VectorErrors::none_or(errors, corpus)
    }

    /// Adds the cases of a file; returns the mistakes in the others.
    fn add(&mut self, name: &str, file: VectorFile) -> Vec<VectorError> {
        let errors = match file.kind {
            FileKind::Exchange => {
                let (cases, errors) = file.exchanges(name);
                self.cases.extend(cases.into_iter().map(Arc::new));
                errors
            }
            FileKind::Parse => {
                let (cases, errors) = file.parses(name);
                self.parses.extend(cases);
                errors
            }
        };
        self.families.push((file.family, file.about));
        errors
    }
}

/// Name and text of the embedded files.
fn embedded_files() -> impl Iterator<Item = (String, &'static str)> {
    EMBEDDED.iter().flat_map(|(folder, dir)| {
        dir.files().map(move |file| {
            let name = format!("{folder}/{}", file.path().display());
            (name, file.contents_utf8().unwrap_or_default())
        })
    })
}

/// Path and text of the vector files in a folder; an error has the path that could not be read.
fn json_files(folder: &Path) -> Result<Vec<(String, String)>, (String, io::Error)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable(folder))? {
        let Ok(path) = entry.map(|entry| entry.path()) else {
            continue;
        };
        let other = path.ends_with("schema.json") || path.ends_with("requirements.json");
        if path.extension().is_some_and(|e| e == "json") && !other {
            let text = std::fs::read_to_string(&path).map_err(unreadable(&path))?;
            files.push((path.display().to_string(), text));
        }
    }
    Ok(files)
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> (String, io::Error) + use<> {
    let path = path.display().to_string();
    move |e| (path, e)
}

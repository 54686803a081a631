//! The corpus: all vectors, built into the library or read from a folder.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use include_dir::{Dir, include_dir};
use serde_json::{Map, Value};
use sha1::{Digest, Sha1};
use wsspec_core::dissect::hex_digits;

use crate::case::Case;
use crate::disk::{self, vector_files};
use crate::error::{VectorError, VectorErrors};
use crate::file::{FileKind, VectorFile};
use crate::lint;
use crate::parse::ParseCase;
use crate::requirements::Requirements;
use crate::through::ThroughCase;

static EMBEDDED: [(&str, Dir<'_>); 3] = [
    ("exchange", include_dir!("$CARGO_MANIFEST_DIR/exchange")),
    ("parse", include_dir!("$CARGO_MANIFEST_DIR/parse")),
    ("through", include_dir!("$CARGO_MANIFEST_DIR/through")),
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
    /// The vectors for gateways, likewise.
    pub throughs: Vec<Arc<ThroughCase>>,
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
        Self::from_texts(files, EMBEDDED_REQUIREMENTS.clone())
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

    /// The vectors of a folder: `*.json`, and `*.json` in `exchange`, `parse` and `through`. Cases cite
    /// the folder's `requirements.json`, or the embedded requirements if it has none.
    ///
    /// # Errors
    ///
    /// If the folder cannot be read, has no vector files, or a file in it has mistakes; every
    /// mistake that can be found is listed.
    pub fn from_dir(dir: &Path) -> Result<Corpus, VectorErrors> {
        let files = vector_files(dir)?;
        Self::from_texts(files, requirements_for(dir))
    }

    /// The vectors of one file, which cite the embedded requirements.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or has mistakes; every mistake that can be found is listed.
    pub fn from_file(path: &Path) -> Result<Corpus, VectorErrors> {
        Self::from_texts(vec![disk::named(path)?], EMBEDDED_REQUIREMENTS.clone())
    }

    /// The vectors in the text of one file, which cite the embedded requirements. `name` is its
    /// path: the last component has to be the family, and it appears in errors.
    ///
    /// # Errors
    ///
    /// If the text has mistakes; every mistake that can be found is listed.
    pub fn from_text(name: &str, text: String) -> Result<Corpus, VectorErrors> {
        Self::from_texts(vec![(name.to_owned(), text)], EMBEDDED_REQUIREMENTS.clone())
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
        self.throughs.extend(other.throughs);
        self.families.extend(other.families);
        self.texts.extend(other.texts);
        let both = Sha1::new()
            .chain_update(&self.digest)
            .chain_update(&other.digest);
        self.digest = hex_digits(&both.finalize());
        let errors = lint::lint(&self);
        VectorErrors::none_or(errors, self)
    }

    /// The vectors in the texts of these files, given with their paths. The last component of a path
    /// has to be the family. They cite `requirements`.
    ///
    /// # Errors
    ///
    /// If a text has mistakes; every mistake that can be found is listed.
    pub fn from_texts(
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
        corpus.digest = hex_digits(&digest.finalize());
        let linted = lint::lint(&corpus);
        errors.extend(located(linted, &files));
        corpus.texts = files.into_iter().map(|(_, text)| text).collect();
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
            FileKind::Through => {
                let (cases, errors) = file.throughs(name);
                self.throughs.extend(cases.into_iter().map(Arc::new));
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

/// The requirements that the vectors at `path` cite: those of its `requirements.json` if it is a
/// folder that has one, the embedded ones if not.
///
/// # Errors
///
/// If that file cannot be read, or is not a JSON list of requirements.
pub fn requirements_for(path: &Path) -> Result<Requirements, VectorError> {
    let own = path.join("requirements.json");
    if !own.is_file() {
        return EMBEDDED_REQUIREMENTS.clone();
    }
    let (name, text) = disk::named(&own)?;
    Requirements::read(&name, &text)
}

/// Errors that name only a case, with the file that has it and its position there.
fn located(errors: Vec<VectorError>, files: &[(String, String)]) -> Vec<VectorError> {
    if errors.is_empty() {
        return errors;
    }
    let mut places = HashMap::new();
    for (name, text) in files {
        let positions = VectorFile::parse(text).map(|file| file.positions());
        for (id, index) in positions.unwrap_or_default() {
            places.entry(id).or_insert((name, index));
        }
    }
    let mut located = errors;
    for error in &mut located {
        let place = error.case.as_ref().and_then(|id| places.get(id));
        if let Some((name, index)) = place {
            error.file.clone_from(name);
            error.index = Some(*index);
        }
    }
    located
}

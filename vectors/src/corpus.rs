//! The corpus: every vector there is, built into the binary or read from a folder.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use include_dir::{Dir, include_dir};
use sha1::{Digest, Sha1};
use wsspec_core::dissect::hex_digits;

use super::{Case, File, Kind, ParseCase, Requirements};

static EMBEDDED: [(&str, Dir<'_>); 2] = [
    ("exchange", include_dir!("$CARGO_MANIFEST_DIR/exchange")),
    ("parse", include_dir!("$CARGO_MANIFEST_DIR/parse")),
];

/// Something wrong in a vector file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VectorError {
    /// The file.
    pub file: String,
    /// The id of the case, expanded where that was possible.
    pub case: Option<String>,
    /// The field.
    pub field: Option<String>,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for VectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some(case) = &self.case {
            write!(f, ": case {case}")?;
        }
        if let Some(field) = &self.field {
            write!(f, ": field {field}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for VectorError {}

/// Every vector, expanded.
#[derive(Debug, Clone, Default)]
pub struct Corpus {
    /// The conversations, by file and in the order they are written.
    pub cases: Vec<Arc<Case>>,
    /// The parse vectors.
    pub parses: Vec<ParseCase>,
    /// What the cases cite.
    pub requirements: Requirements,
    /// What each family is about.
    pub families: Vec<(String, String)>,
    /// The files as they were read.
    pub texts: Vec<String>,
    /// SHA-1 over all files, in hex: two runs with the same digest ran the same cases.
    pub digest: String,
}

/// The files of the corpus that is built in.
fn embedded() -> impl Iterator<Item = (String, &'static str)> {
    EMBEDDED.iter().flat_map(|(folder, dir)| {
        let named = move |file: &'static include_dir::File<'_>| {
            (
                format!("{folder}/{}", file.path().display()),
                file.contents_utf8().unwrap_or_default(),
            )
        };
        dir.files().map(named)
    })
}

/// The conversations of the built-in corpus as they are written, expanded, those over other transports left out.
pub fn sources() -> Vec<(String, serde_json::Map<String, serde_json::Value>)> {
    let files = embedded().filter_map(|(name, text)| File::read(&name, text).ok());
    files
        .filter(File::is_plain)
        .flat_map(|file| file.sources())
        .collect()
}

impl Corpus {
    /// The corpus built into this binary.
    pub fn embedded() -> Result<Corpus, Vec<VectorError>> {
        let files = embedded()
            .map(|(name, text)| (name, text.to_owned()))
            .collect();
        let (name, text) = requirements_embedded();
        Self::build(files, Requirements::read(&name, &text))
    }

    /// The vectors of a folder: `exchange/*.json`, `parse/*.json` and `*.json` in it. Without a
    /// `requirements.json` of its own it cites the embedded one.
    pub fn from_dir(dir: &Path) -> Result<Corpus, Vec<VectorError>> {
        let error = |file: &Path, message: String| {
            vec![VectorError {
                file: file.display().to_string(),
                case: None,
                field: None,
                message,
            }]
        };
        let mut files = Vec::new();
        for folder in [dir.to_path_buf(), dir.join("exchange"), dir.join("parse")] {
            let entries = match std::fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(e) if e.kind() == std::io::ErrorKind::NotFound && folder != dir => continue,
                Err(e) => return Err(error(&folder, e.to_string())),
            };
            for path in entries.filter_map(Result::ok).map(|e| e.path()) {
                let special = ["schema.json", "requirements.json"]
                    .iter()
                    .any(|s| path.ends_with(s));
                if path.extension().is_some_and(|e| e == "json") && !special {
                    let text =
                        std::fs::read_to_string(&path).map_err(|e| error(&path, e.to_string()))?;
                    files.push((path.display().to_string(), text));
                }
            }
        }
        if files.is_empty() {
            return Err(error(dir, "no vector files (*.json) here".into()));
        }
        let own = dir.join("requirements.json");
        let requirements = match std::fs::read_to_string(&own) {
            Ok(text) => (own.display().to_string(), text),
            Err(_) => requirements_embedded(),
        };
        Self::build(files, Requirements::read(&requirements.0, &requirements.1))
    }

    /// One file of vectors, as a finding or a case of one's own.
    pub fn from_file(path: &Path) -> Result<Corpus, Vec<VectorError>> {
        let text = std::fs::read_to_string(path).map_err(|e| {
            vec![VectorError {
                file: path.display().to_string(),
                case: None,
                field: None,
                message: e.to_string(),
            }]
        })?;
        Self::from_text(&path.display().to_string(), text)
    }

    /// One file of vectors that was read; `name` is its path. It cites the embedded requirements.
    pub fn from_text(name: &str, text: String) -> Result<Corpus, Vec<VectorError>> {
        static EMBEDDED: LazyLock<Result<Requirements, VectorError>> = LazyLock::new(|| {
            let (name, text) = requirements_embedded();
            Requirements::read(&name, &text)
        });
        Self::build(vec![(name.to_owned(), text)], EMBEDDED.clone())
    }

    fn build(
        mut files: Vec<(String, String)>,
        requirements: Result<Requirements, VectorError>,
    ) -> Result<Corpus, Vec<VectorError>> {
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
            let file = match File::read(name, text) {
                Ok(file) => file,
                Err(error) => {
                    errors.push(error);
                    continue;
                }
            };
            let mut found = match file.kind {
                Kind::Exchange => {
                    let (cases, errors) = file.exchanges(name);
                    corpus.cases.extend(cases.into_iter().map(Arc::new));
                    errors
                }
                Kind::Parse => {
                    let (cases, errors) = file.parses(name);
                    corpus.parses.extend(cases);
                    errors
                }
            };
            corpus.families.push((file.family, file.about));
            errors.append(&mut found);
        }
        corpus.texts = files.into_iter().map(|(_, text)| text).collect();
        corpus.digest = hex_digits(&digest.finalize());
        errors.extend(super::lint::lint(&corpus));
        if errors.is_empty() {
            Ok(corpus)
        } else {
            Err(errors)
        }
    }
}

fn requirements_embedded() -> (String, String) {
    let text = include_str!("../requirements.json");
    ("requirements.json".to_owned(), text.to_owned())
}

impl Corpus {
    /// This corpus and `other` together.
    pub fn with(mut self, other: Corpus) -> Result<Corpus, Vec<VectorError>> {
        self.cases.extend(other.cases);
        self.parses.extend(other.parses);
        self.families.extend(other.families);
        self.texts.extend(other.texts);
        let both = Sha1::new()
            .chain_update(&self.digest)
            .chain_update(&other.digest);
        self.digest = hex_digits(&both.finalize());
        let errors = super::lint::lint(&self);
        if errors.is_empty() {
            Ok(self)
        } else {
            Err(errors)
        }
    }
}

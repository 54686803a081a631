//! The manifests that are built in, or those of a folder.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};
use sha1::{Digest, Sha1};
use wsspec_core::dissect::hex_digits;

use super::manifest::{FILE, Manifest, ManifestError};

/// The manifests of the lab, a folder each.
static BUILTIN: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/lab");

/// The folder of files that several implementations use.
const SHARED: &str = "shared";

/// Files by name.
type Files = Vec<(PathBuf, Vec<u8>)>;

/// The ending of files in which `{version}` is filled in; they are laid out without it.
const TEMPLATE: &str = ".in";

/// An implementation of the lab: its manifest and its programs.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The name of its folder.
    pub name: String,
    /// How it is installed, started and tested.
    pub manifest: Manifest,
    /// The files of its folder, by name.
    files: Files,
}

/// Why there is no catalogue.
#[derive(Debug)]
pub enum CatalogueError {
    /// A folder or file that cannot be read.
    Read(PathBuf, io::Error),
    /// A manifest that is none.
    Manifest(ManifestError),
}

impl fmt::Display for CatalogueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CatalogueError::Read(path, error) => write!(f, "{}: {error}", path.display()),
            CatalogueError::Manifest(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CatalogueError {}

impl From<ManifestError> for CatalogueError {
    fn from(error: ManifestError) -> CatalogueError {
        CatalogueError::Manifest(error)
    }
}

impl Entry {
    fn new(name: String, mut files: Files, shared: &Files) -> Result<Entry, ManifestError> {
        let place = format!("{name}/{FILE}");
        let fault = |message: String| ManifestError {
            file: place.clone(),
            line: None,
            message,
        };
        let manifest = files.iter().find(|(path, _)| path == Path::new(FILE));
        let text = manifest.map_or(Ok(""), |(_, bytes)| std::str::from_utf8(bytes));
        let text = text.map_err(|error| fault(error.to_string()))?;
        let manifest = Manifest::parse(&place, text)?;
        let uses = manifest.package.iter().flat_map(|package| &package.shared);
        for used in uses {
            let file = shared.iter().find(|(path, _)| path == used);
            let missing = || fault(format!("shared: there is no {}", used.display()));
            files.push(file.ok_or_else(missing)?.clone());
        }
        Ok(Entry {
            name,
            manifest,
            files,
        })
    }

    /// Writes its programs into a folder.
    ///
    /// # Errors
    /// If they cannot be written.
    pub(super) fn lay_out(&self, dir: &Path, version: &str) -> io::Result<()> {
        for (path, bytes) in &self.files {
            let name = path.to_string_lossy();
            let target = dir.join(name.strip_suffix(TEMPLATE).unwrap_or(&name));
            if let Some(parent) = target.parent() {
                fs::create_dir_all(parent)?;
            }
            if name.ends_with(TEMPLATE) {
                let text = String::from_utf8_lossy(bytes);
                fs::write(target, text.replace("{version}", version))?;
            } else {
                fs::write(target, bytes)?;
            }
        }
        Ok(())
    }

    /// What an installation was made from: another digest asks for another installation.
    pub(super) fn digest(&self) -> String {
        let mut sha1 = Sha1::new();
        for (path, bytes) in &self.files {
            sha1.update(path.to_string_lossy().as_bytes());
            sha1.update((bytes.len() as u64).to_be_bytes());
            sha1.update(bytes);
        }
        hex_digits(&sha1.finalize())
    }
}

/// The implementations that are built in, by name.
///
/// # Errors
/// If a manifest is none; the tests make sure that all are.
pub fn builtin() -> Result<Vec<Entry>, CatalogueError> {
    let folders = BUILTIN.dirs().map(|dir| {
        let files = all_files(dir);
        let files = files
            .iter()
            .filter_map(|file| Some((file.path().strip_prefix(dir.path()).ok()?, file)))
            .map(|(path, file)| (path.to_owned(), file.contents().to_owned()))
            .collect();
        (dir.path().to_string_lossy().into_owned(), files)
    });
    Ok(entries(folders.collect())?)
}

/// The files of a folder and of those in it.
fn all_files(dir: &Dir<'static>) -> Vec<include_dir::File<'static>> {
    let mut files: Vec<_> = dir.files().cloned().collect();
    files.extend(dir.dirs().flat_map(all_files));
    files
}

/// The implementations of a folder on disk, each in a folder of its own with a manifest.
///
/// # Errors
/// If the folder cannot be read, or a manifest is none.
pub fn from_dir(dir: &Path) -> Result<Vec<Entry>, CatalogueError> {
    let mut folders = Vec::new();
    for folder in read_dir(dir)? {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        if name == SHARED || folder.join(FILE).is_file() {
            let mut files = Vec::new();
            read_files(&folder, Path::new(""), &mut files)?;
            folders.push((name.into_owned(), files));
        }
    }
    Ok(entries(folders)?)
}

/// The implementations in these folders, by name.
fn entries(mut folders: Vec<(String, Files)>) -> Result<Vec<Entry>, ManifestError> {
    folders.sort();
    let shared = folders.iter().position(|(name, _)| name == SHARED);
    let shared = shared.map_or(Vec::new(), |place| folders.remove(place).1);
    let entries = folders.into_iter();
    entries
        .map(|(name, files)| Entry::new(name, files, &shared))
        .collect()
}

/// What is in a folder, by name.
fn read_dir(dir: &Path) -> Result<Vec<PathBuf>, CatalogueError> {
    let failed = |error| CatalogueError::Read(dir.to_owned(), error);
    let entries = fs::read_dir(dir).map_err(failed)?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    let mut paths = paths.collect::<Result<Vec<_>, _>>().map_err(failed)?;
    paths.sort();
    Ok(paths)
}

fn read_files(dir: &Path, below: &Path, files: &mut Files) -> Result<(), CatalogueError> {
    for path in read_dir(dir)? {
        let name = below.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            read_files(&path, &name, files)?;
        } else {
            let bytes = fs::read(&path).map_err(|e| CatalogueError::Read(path.clone(), e))?;
            files.push((name, bytes));
        }
    }
    Ok(())
}

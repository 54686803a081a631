//! Vector files on disk.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::error::VectorError;

/// Largest size of a file of vectors or requirements, in bytes.
const MAX_FILE: u64 = 16 << 20;

/// Most files that are read of one folder.
const MAX_FILES: usize = 10_000;

/// Path and text of a file.
pub(crate) type Named = (String, String);

/// Path and text of the file at `path`, or of those in the folder there: `*.json`, and `*.json` in
/// `exchange`, `parse` and `through`, except `schema.json` and `requirements.json`.
///
/// # Errors
///
/// If one of them cannot be read, is larger than 16 MiB or is not UTF-8, or a folder has no vector
/// files, or more than 10,000.
pub fn vector_files(path: &Path) -> Result<Vec<(String, String)>, VectorError> {
    if !path.is_dir() {
        return Ok(vec![named(path)?]);
    }
    let mut files = Vec::new();
    for folder in [
        path.to_path_buf(),
        path.join("exchange"),
        path.join("parse"),
        path.join("through"),
    ] {
        if folder == path || folder.is_dir() {
            in_folder(&folder, &mut files)?;
        }
    }
    if files.is_empty() {
        let message = "no vector files (*.json) in this folder";
        return Err(VectorError::of_file(path.display().to_string(), message));
    }
    files.sort();
    Ok(files)
}

fn in_folder(folder: &Path, files: &mut Vec<Named>) -> Result<(), VectorError> {
    for entry in std::fs::read_dir(folder).map_err(|e| of(folder, e))? {
        let path = entry.map_err(|e| of(folder, e))?.path();
        let other = path.ends_with("schema.json") || path.ends_with("requirements.json");
        if path.extension().is_some_and(|e| e == "json") && !other {
            if files.len() == MAX_FILES {
                return Err(of(folder, format!("more than {MAX_FILES} files")));
            }
            files.push(named(&path)?);
        }
    }
    Ok(())
}

/// Path and text of a file.
pub(crate) fn named(path: &Path) -> Result<Named, VectorError> {
    let text = text(path).map_err(|e| of(path, e))?;
    Ok((path.display().to_string(), text))
}

/// The text of a file of bounded size.
fn text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let read = File::open(path)?
        .take(MAX_FILE + 1)
        .read_to_string(&mut text)?;
    if read as u64 > MAX_FILE {
        let message = format!("larger than {} MiB", MAX_FILE >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    Ok(text)
}

fn of(path: &Path, error: impl ToString) -> VectorError {
    VectorError::of_file(path.display().to_string(), error)
}

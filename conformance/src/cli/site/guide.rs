//! The files of the guide, from the sources of wsspec.

use std::fs;
use std::path::Path;

use wsspec_reports::site::GuideFile;

use super::super::failure::Failure;

/// The files before and after those in `docs`.
const FIRST: [&str; 1] = ["README.md"];
const LAST: [&str; 4] = [
    "vectors/README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
];

/// Largest file of the guide, in bytes.
const LARGEST: u64 = 1 << 20;

/// The files of the guide; none where the folder is not named and this one is not that of the sources.
pub(super) fn files(folder: Option<&Path>) -> Result<Vec<GuideFile>, Failure> {
    let named = folder.is_some();
    let folder = folder.unwrap_or(Path::new("."));
    if !folder.join("vectors/README.md").is_file() {
        if named {
            let message = "not the sources of wsspec: no vectors/README.md";
            return Err(Failure::file(folder, message));
        }
        return Ok(Vec::new());
    }
    let docs = in_docs(folder)?;
    let first = FIRST.map(str::to_owned).into_iter();
    let last = LAST.map(str::to_owned).into_iter();
    first
        .chain(docs)
        .chain(last)
        .map(|path| read(folder, path))
        .collect()
}

/// The names of the Markdown files in `docs`, in order.
fn in_docs(folder: &Path) -> Result<Vec<String>, Failure> {
    let docs = folder.join("docs");
    let entries = fs::read_dir(&docs).map_err(|error| Failure::file(&docs, error))?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> = names
        .filter(|name| {
            Path::new(name)
                .extension()
                .is_some_and(|extension| extension == "md")
        })
        .map(|name| format!("docs/{name}"))
        .collect();
    names.sort();
    Ok(names)
}

fn read(folder: &Path, path: String) -> Result<GuideFile, Failure> {
    let file = folder.join(&path);
    let about = fs::metadata(&file).map_err(|error| Failure::file(&file, error))?;
    if about.len() > LARGEST {
        return Err(Failure::file(&file, "larger than 1 MiB"));
    }
    let text = fs::read_to_string(&file).map_err(|error| Failure::file(&file, error))?;
    Ok(GuideFile { path, text })
}

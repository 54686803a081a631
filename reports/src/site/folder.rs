//! The folder that a site is written to.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The file that lists what we wrote, so that the next site replaces it and touches nothing else.
pub(crate) const MARKER: &str = ".wsspec-site";

/// Largest size of a site, in bytes.
const LARGEST: u64 = 256 << 20;

/// Most files of a site.
const MOST_FILES: usize = 50_000;

/// The folder that a site is written to. Its files are kept until all of them are there, so that a site that cannot be
/// made leaves the one before as it was.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    /// What the site before had.
    old: BTreeSet<String>,
    files: BTreeMap<String, String>,
    bytes: u64,
}

impl Folder {
    /// An empty folder, a new one, or one that holds a site.
    pub(super) fn open(root: &Path) -> io::Result<Folder> {
        fs::create_dir_all(root)?;
        let old = match fs::read_to_string(root.join(MARKER)) {
            Ok(list) => list
                .lines()
                .filter(|name| is_below(name))
                .map(str::to_owned)
                .collect(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if fs::read_dir(root)?.next().is_some() {
                    return Err(io::Error::other(
                        "it is not empty, and holds no site that wsspec made; name a new folder",
                    ));
                }
                BTreeSet::new()
            }
            Err(error) => return Err(error),
        };
        Ok(Folder {
            root: root.to_owned(),
            old,
            files: BTreeMap::new(),
            bytes: 0,
        })
    }

    /// Adds a file, named by its path below the folder, with `/` between parts.
    pub(super) fn write(&mut self, name: &str, text: String) -> io::Result<()> {
        self.bytes += text.len() as u64;
        if self.bytes > LARGEST || self.files.len() >= MOST_FILES {
            return Err(io::Error::other(format!(
                "the site is larger than {} MiB or {MOST_FILES} files; publish fewer results",
                LARGEST >> 20
            )));
        }
        match self.files.insert(name.to_owned(), text) {
            Some(_) => Err(io::Error::other(format!("two pages are called {name}"))),
            None => Ok(()),
        }
    }

    /// Writes the files, removes what the site before had and this one has not, and returns the number of
    /// files and of bytes.
    pub(super) fn finish(self) -> io::Result<(usize, u64)> {
        let new: BTreeSet<String> = self.files.keys().cloned().collect();
        let both: Vec<&str> = self.old.union(&new).map(String::as_str).collect();
        self.mark(&both)?;
        for (name, text) in &self.files {
            let path = self.root.join(name);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(path, text)?;
        }
        for name in self.old.difference(&new) {
            self.remove(name)?;
        }
        let kept: Vec<&str> = new.iter().map(String::as_str).collect();
        self.mark(&kept)?;
        Ok((new.len(), self.bytes))
    }

    /// Lists the files that are ours.
    fn mark(&self, names: &[&str]) -> io::Result<()> {
        fs::write(self.root.join(MARKER), names.join("\n"))
    }

    /// Removes a file, and the folders that are empty then.
    fn remove(&self, name: &str) -> io::Result<()> {
        let path = self.root.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let above = path
            .ancestors()
            .skip(1)
            .take_while(|folder| *folder != self.root);
        for folder in above {
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
        Ok(())
    }
}

/// Whether a name cannot leave the folder.
fn is_below(name: &str) -> bool {
    let parts = name.split('/');
    let plain =
        |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains(['\\', ':']);
    parts.clone().count() > 0 && parts.into_iter().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_names_nothing_outside_of_its_folder() {
        for good in ["index.html", "cases/a.html"] {
            assert!(is_below(good), "{good}");
        }
        for bad in [
            "",
            "/etc/passwd",
            "../a",
            "a/../../b",
            "a//b",
            "c:x",
            "a\\..\\b",
        ] {
            assert!(!is_below(bad), "{bad}");
        }
    }
}

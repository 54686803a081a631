//! A file for the time of a run, beside the report that is made of it.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};

/// A new file to write and read, which is removed with this.
pub(super) struct Scratch {
    path: PathBuf,
    file: File,
}

impl Scratch {
    /// Creates the file, with `what` it holds in its name: beside `report`, or in the folder for
    /// temporary files if that is stdout, a pipe or a device. One that is there, or a link, is replaced
    /// and not written through: that folder is everyone's.
    pub(super) fn beside(report: &Path, what: &str) -> io::Result<Scratch> {
        let path = path(report, what);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut options = OpenOptions::new();
        let file = options
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)?;
        Ok(Scratch { path, file })
    }
}

fn path(report: &Path, what: &str) -> PathBuf {
    if report == Path::new("-") || fs::metadata(report).is_ok_and(|m| !m.is_file()) {
        let name = format!("wsspec-{}.{what}", std::process::id());
        return std::env::temp_dir().join(name);
    }
    let mut path = report.as_os_str().to_owned();
    path.push(".");
    path.push(what);
    path.into()
}

impl Deref for Scratch {
    type Target = File;

    fn deref(&self) -> &File {
        &self.file
    }
}

impl DerefMut for Scratch {
    fn deref_mut(&mut self) -> &mut File {
        &mut self.file
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_link_is_replaced_and_the_file_is_removed() {
        let folder = std::env::temp_dir().join(format!("wsspec-scratch-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (report, other) = (folder.join("run.json"), folder.join("other"));
        fs::write(&other, "kept").unwrap();
        let link = folder.join("run.json.targets");
        std::os::unix::fs::symlink(&other, &link).unwrap();
        let mut scratch = Scratch::beside(&report, "targets").unwrap();
        scratch.write_all(b"new").unwrap();
        assert_eq!(fs::read(&link).unwrap(), b"new");
        drop(scratch);
        assert_eq!(fs::read(&other).unwrap(), b"kept");
        assert!(!link.exists());
        fs::remove_dir_all(&folder).unwrap();
    }
}

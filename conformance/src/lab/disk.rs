//! The size of the cache, kept below a limit.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::install::STAMP;

/// An installation in the cache.
#[derive(Debug)]
struct Stored {
    dir: PathBuf,
    used: SystemTime,
    bytes: u64,
}

/// The bytes of all files below a folder; links are not followed, and what cannot be read counts nothing.
pub(super) fn size(dir: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(dir) else {
        return 0;
    };
    let entries = entries.flatten().filter_map(|entry| {
        let meta = entry.path().symlink_metadata().ok()?;
        Some(if meta.is_dir() {
            size(&entry.path())
        } else {
            meta.len()
        })
    });
    entries.sum()
}

/// Removes the installations that were not used for the longest time until the cache takes at most `most`
/// bytes; those `in_use` stay. Returns what it takes then.
///
/// # Errors
/// If an installation cannot be removed.
pub(super) fn make_room(cache: &Path, most: u64, in_use: &[PathBuf]) -> io::Result<u64> {
    let mut bytes = size(cache);
    if bytes <= most {
        return Ok(bytes);
    }
    let mut stored = installations(cache);
    stored.retain(|stored| !in_use.contains(&stored.dir));
    stored.sort_by_key(|stored| stored.used);
    for old in stored {
        if bytes <= most {
            break;
        }
        fs::remove_dir_all(&old.dir)?;
        bytes = bytes.saturating_sub(old.bytes);
    }
    Ok(bytes)
}

/// What is installed: `NAME/VERSION` with its stamp.
fn installations(cache: &Path) -> Vec<Stored> {
    let versions = folders(cache).into_iter().flat_map(|name| folders(&name));
    let stored = versions.filter_map(|dir| {
        let stamp = dir.join(STAMP).metadata().ok()?;
        Some(Stored {
            used: stamp.modified().ok()?,
            bytes: size(&dir),
            dir,
        })
    });
    stored.collect()
}

/// The folders in a folder.
pub(super) fn folders(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

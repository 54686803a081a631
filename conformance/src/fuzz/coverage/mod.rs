//! Coverage of an instrumented target, as AFL keeps it: counters, one for each edge of its code, in
//! memory that both sides share. Here it is a file that the target maps, so that it is read without
//! unsafe code; [`RUNTIME`] is what maps it there.

mod seen;

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

pub(crate) use seen::{Entry, New, Seen, Trace};

/// The C source to link with a target.
pub const RUNTIME: &str = include_str!("runtime.c");

/// Counters of a map, unless the user says otherwise: AFL's own number.
pub const MAP_SIZE: usize = 1 << 16;

/// Where POSIX shared memory is a file. A build of AFL++ that uses it finds the map there by its name.
const SHARED_MEMORY: &str = "/dev/shm";

/// What the variables of the target are called: the one that AFL's runtime reads, its size, and the
/// one that [`RUNTIME`] reads.
const AFL_ID: &str = "__AFL_SHM_ID";
const AFL_SIZE: &str = "AFL_MAP_SIZE";
const PATH: &str = "WSSPEC_AFL_MAP";

/// Maps that this process has made, which tells their names apart.
static MADE: AtomicU32 = AtomicU32::new(0);

/// The map of a target. Dropping it removes the file.
pub struct CoverageMap {
    file: File,
    path: PathBuf,
    /// Of a map that is all zero.
    zeros: Vec<u8>,
}

impl CoverageMap {
    /// A map with this number of counters.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn create(size: usize) -> io::Result<CoverageMap> {
        let shared = Path::new(SHARED_MEMORY);
        let dir = if shared.is_dir() {
            shared.to_owned()
        } else {
            std::env::temp_dir()
        };
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let path = dir.join(format!("wsspec-map-{}-{number}", std::process::id()));
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let map = CoverageMap {
            file: options.open(&path)?,
            path,
            zeros: vec![0; size],
        };
        map.clear()?;
        Ok(map)
    }

    /// The environment variables by which a target finds the map.
    pub fn variables(&self) -> Vec<(String, String)> {
        let name = self.path.file_name().unwrap_or_default();
        [
            (AFL_ID, format!("/{}", name.to_string_lossy())),
            (AFL_SIZE, self.zeros.len().to_string()),
            (PATH, self.path.to_string_lossy().into_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    /// Sets all counters to zero.
    pub(crate) fn clear(&self) -> io::Result<()> {
        let mut file = &self.file;
        file.rewind()?;
        file.write_all(&self.zeros)
    }

    /// What was reached since the map was cleared.
    pub(crate) fn trace(&self) -> io::Result<Trace> {
        let mut file = &self.file;
        file.rewind()?;
        let mut counters = vec![0; self.zeros.len()];
        file.read_exact(&mut counters)?;
        Ok(Trace::of(&counters))
    }
}

impl Drop for CoverageMap {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

impl fmt::Debug for CoverageMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CoverageMap({})", self.path.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_target_counts_is_read_and_cleared() {
        let map = CoverageMap::create(256).unwrap();
        assert!(map.trace().unwrap().is_empty());
        // As a target that found the file by its variable.
        let variables = map.variables();
        let (_, path) = variables.iter().find(|(name, _)| name == PATH).unwrap();
        let mut counters = vec![0; 256];
        counters[7] = 1;
        fs::write(path, counters).unwrap();
        let trace = map.trace().unwrap();
        assert!(!trace.is_empty());
        assert!(Seen::default().learn(&trace).is_some());
        map.clear().unwrap();
        assert!(map.trace().unwrap().is_empty());
        drop(map);
        assert!(!Path::new(path).exists());
    }
}

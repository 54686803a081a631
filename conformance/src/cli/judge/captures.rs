//! Captures: both sides of every WebSocket in them.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use wsspec::decode::tls::{self, KeyLog, Sealed};
use wsspec::decode::{self, Connection};
use wsspec::referee::judge_captured;

use super::{parties, whole};
use crate::cli::failure::{Done, Failure};
use crate::cli::keylog::{key_log, tell_sealed};
use crate::cli::proxy::JudgingArgs;

/// Largest capture, in bytes: it is held in memory, with what is put together from it.
const MAX_CAPTURE: u64 = 1 << 30;

/// Whether a file is a capture, by its first bytes.
pub(super) fn is_capture(path: &Path) -> bool {
    let mut first = [0; 4];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut first));
    read.is_ok() && decode::is_capture(&first)
}

pub(super) fn judge(files: &[PathBuf], keylog: Option<&Path>, judging: &JudgingArgs) -> Done {
    let mut connections = Vec::new();
    let mut keys = key_log(keylog)?;
    for file in files {
        connections.extend(read(file, &mut keys)?);
    }
    let sealed = connections
        .iter_mut()
        .filter_map(|connection| open(connection, &keys));
    tell_sealed(sealed.collect());
    let (told, verdicts) = judging.sinks()?;
    let tally = judge_captured(&connections, judging.limits(), told.notices());
    verdicts.finish(&told, &tally, &parties(files, "capture"))
}

/// Reads a capture, and adds the secrets of TLS in it.
fn read(file: &Path, keys: &mut KeyLog) -> Result<Vec<Connection>, Failure> {
    let bytes = whole(file, MAX_CAPTURE, "split it (editcap -c)")?;
    keys.extend(decode::key_log(&bytes));
    let (connections, notes) =
        decode::connections(&bytes).map_err(|error| Failure::file(file, error))?;
    for note in notes {
        anstream::eprintln!("note: {}: {note}", file.display());
    }
    Ok(connections)
}

/// Puts what TLS carried in the place of a connection. Returns why it could not be, if so.
fn open(connection: &mut Connection, keys: &KeyLog) -> Option<Sealed> {
    match tls::opened(connection, keys)? {
        Ok(inside) => {
            *connection = inside;
            None
        }
        Err(sealed) => Some(sealed),
    }
}

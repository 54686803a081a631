//! HAR files: what a browser recorded of WebSockets.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use wsspec::decode::{self, Recording};
use wsspec::referee::judge_recorded;
use wsspec_reports::counted;

use super::{parties, whole};
use crate::cli::failure::{Done, Failure};
use crate::cli::proxy::JudgingArgs;

/// Bytes by which a file is known.
const BEGINNING: u64 = 256;

/// Largest file, in bytes: it is held in memory.
const MAX_FILE: u64 = 1 << 28;

/// Whether a file is a HAR file, by its first bytes.
pub(super) fn is_har(path: &Path) -> bool {
    let mut first = Vec::new();
    let read = File::open(path).and_then(|file| file.take(BEGINNING).read_to_end(&mut first));
    read.is_ok() && decode::is_har(&String::from_utf8_lossy(&first))
}

pub(super) fn judge(files: &[PathBuf], judging: &JudgingArgs) -> Done {
    let mut recordings = Vec::new();
    for file in files {
        recordings.extend(read(file)?);
    }
    let openings = recordings.iter().filter(|one| one.heads.is_some()).count();
    if openings == 0 {
        return Err(Failure::usage(
            "no opening handshake over HTTP/1.1 is in the file with all its fields, and messages without frames \
             show no rule: judge a capture of packets instead (tcpdump -w FILE)",
        ));
    }
    anstream::eprintln!(
        "note: a HAR file has no frames: of {}, {} and the opcodes of messages are judged, and nothing else",
        counted(recordings.len(), "WebSocket"),
        counted(openings, "opening handshake"),
    );
    let (told, verdicts) = judging.sinks()?;
    let tally = judge_recorded(&recordings, judging.limits(), told.notices());
    verdicts.finish(&told, &tally, &parties(files, "HAR file"))
}

fn read(file: &Path) -> Result<Vec<Recording>, Failure> {
    let bytes = whole(file, MAX_FILE, "record less")?;
    decode::recordings(&String::from_utf8_lossy(&bytes)).map_err(|error| Failure::file(file, error))
}

//! Captures: both sides of every WebSocket in them.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use wsspec::decode::{self, Connection};
use wsspec::referee::{Party, judge_captured};
use wsspec_core::Role;
use wsspec_reports::{Transport, What, counted};

use crate::cli::failure::{Done, Failure};
use crate::cli::proxy::JudgingArgs;

/// What a connection begins with over TLS: a record of a handshake (RFC 8446 §5.1).
const TLS: [u8; 2] = [0x16, 0x03];

/// Largest capture, in bytes: it is held in memory, with what is put together from it.
const MAX_CAPTURE: u64 = 1 << 30;

/// Whether a file is a capture, by its first bytes.
pub(super) fn is_capture(path: &Path) -> bool {
    let mut first = [0; 4];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut first));
    read.is_ok() && decode::is_capture(&first)
}

pub(super) fn judge(files: &[PathBuf], judging: &JudgingArgs) -> Done {
    let mut connections = Vec::new();
    for file in files {
        connections.extend(read(file)?);
    }
    let encrypted = connections
        .iter()
        .filter(|connection| is_tls(connection))
        .count();
    if encrypted > 0 {
        anstream::eprintln!(
            "note: {} of TLS not read: let Wireshark decrypt it (tshark -o tls.keylog_file:KEYS -q -z follow,tls,raw,N), and \
             give what it prints to `wsspec decode`",
            counted(encrypted, "connection")
        );
    }
    let (told, verdicts) = judging.sinks()?;
    let tally = judge_captured(&connections, judging.limits(), told.notices());
    let captured = match files {
        [file] => file.display().to_string(),
        files => counted(files.len(), "capture"),
    };
    let party = |side: &str| Party {
        name: format!("{side} in {captured}"),
        url: captured.clone(),
        over: Transport::Tcp,
    };
    verdicts.finish(&told, &tally, &[party("clients"), party("servers")])
}

fn read(file: &Path) -> Result<Vec<Connection>, Failure> {
    let opened = File::open(file).map_err(|error| Failure::file(file, error))?;
    let mut bytes = Vec::new();
    let whole = opened.take(MAX_CAPTURE + 1).read_to_end(&mut bytes);
    if whole.map_err(|error| Failure::file(file, error))? as u64 > MAX_CAPTURE {
        let most = MAX_CAPTURE >> 20;
        return Err(Failure::file(
            file,
            format!("larger than {most} MiB: split it (editcap -c)"),
        ));
    }
    let (connections, notes) =
        decode::connections(&bytes).map_err(|error| Failure::file(file, error))?;
    for note in notes {
        anstream::eprintln!("note: {}: {note}", file.display());
    }
    Ok(connections)
}

fn is_tls(connection: &Connection) -> bool {
    let first = connection
        .events
        .iter()
        .find(|event| event.from == Role::Client);
    first.is_some_and(|event| matches!(&event.what, What::Bytes(bytes) if bytes.starts_with(&TLS)))
}

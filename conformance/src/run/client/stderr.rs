//! The standard error of a client, kept for the reason of a failure.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::ChildStderr;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use wsspec_core::dissect::printable;

/// Longest wait for the rest of stderr after a client has ended; a process it started may hold the
/// pipe open.
const READ_AFTER_EXIT: Duration = Duration::from_millis(250);

/// Bytes of stderr that are kept; earlier ones are dropped.
const KEPT: usize = 2 << 10;

/// Parts of words that mark a line as an error. Runtimes often print their version after it.
const ERROR_WORDS: &[&str] = &["rror", "xception", "panicked"];

/// Collects what a client writes to its standard error.
#[derive(Debug)]
pub(super) struct Stderr {
    text: Arc<Mutex<Vec<u8>>>,
    /// Reads until the pipe ends.
    reader: Option<JoinHandle<()>>,
}

/// The most telling line of stderr, to put after a reason; empty if nothing was written.
#[derive(Debug)]
pub(in crate::run) struct LastLine(String);

impl fmt::Display for LastLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        write!(f, "; its stderr says: {}", self.0)
    }
}

impl Stderr {
    /// Starts to collect.
    pub(super) fn collect(pipe: Option<ChildStderr>) -> Stderr {
        let text = Arc::new(Mutex::new(Vec::new()));
        let reader = pipe.map(|pipe| tokio::spawn(read(pipe, Arc::clone(&text))));
        Stderr { text, reader }
    }

    /// The last line that tells of an error, or else the last line. Waits for the end of stderr,
    /// within a limit, if the client has `ended`.
    pub(super) async fn last_line(&mut self, ended: bool) -> LastLine {
        if ended && let Some(reader) = &mut self.reader {
            let _ = timeout(READ_AFTER_EXIT, reader).await;
        }
        let text = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        // Line breaks are escaped too.
        let text = printable(text.trim_ascii());
        let mut lines = text.rsplit("\\n");
        let last = lines.next().unwrap_or_default();
        let line = std::iter::once(last)
            .chain(lines)
            .find(|line| ERROR_WORDS.iter().any(|word| line.contains(word)))
            .unwrap_or(last);
        LastLine(line.to_owned())
    }
}

async fn read(mut pipe: ChildStderr, text: Arc<Mutex<Vec<u8>>>) {
    let mut buffer = [0; 1024];
    while let Ok(read @ 1..) = pipe.read(&mut buffer).await {
        let mut text = text.lock().unwrap_or_else(PoisonError::into_inner);
        text.extend(&buffer[..read]);
        let surplus = text.len().saturating_sub(KEPT);
        text.drain(..surplus);
    }
}

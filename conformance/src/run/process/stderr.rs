//! The standard error of a started process, kept for the reason of a failure.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::ChildStderr;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use wsspec_core::dissect::printable;

/// Longest wait for the rest of stderr after a process has ended; a process it started may hold the
/// pipe open.
const READ_AFTER_EXIT: Duration = Duration::from_millis(250);

/// Bytes of stderr that are kept; earlier ones are dropped.
const KEPT: usize = 2 << 10;

/// Parts of words that mark a line as an error. Runtimes often print their version after it.
const ERROR_WORDS: &[&str] = &["rror", "xception", "panicked"];

/// Most bytes of a line that are shown.
const LINE: usize = 300;

/// Collects what a process writes to its standard error.
#[derive(Debug)]
pub(in crate::run) struct Stderr {
    text: Arc<Mutex<Vec<u8>>>,
    /// Reads until the pipe ends.
    reader: Option<JoinHandle<()>>,
}

/// The most telling line of stderr, as an addition to a reason; empty if nothing was written.
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
    pub(in crate::run) fn collect(pipe: Option<ChildStderr>) -> Stderr {
        let text = Arc::new(Mutex::new(Vec::new()));
        let reader = pipe.map(|pipe| tokio::spawn(read(pipe, Arc::clone(&text))));
        Stderr { text, reader }
    }

    /// The last line that tells of an error, or else the last line. Waits for the end of stderr,
    /// within a limit, if the process has `ended`.
    pub(in crate::run) async fn last_line(&mut self, ended: bool) -> LastLine {
        if ended {
            self.read_to_end().await;
        }
        let text = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        // Line breaks are escaped too.
        let text = printable(text.trim_ascii());
        let mut lines = text.rsplit("\\n");
        let last = lines.next().unwrap_or_default();
        let line = std::iter::once(last)
            .chain(lines)
            .find(|line| tells_of_error(line))
            .unwrap_or(last);
        LastLine(line.to_owned())
    }

    /// Waits for the end of stderr, within a limit, once the process has ended.
    pub(in crate::run) async fn read_to_end(&mut self) {
        if let Some(reader) = &mut self.reader
            && !reader.is_finished()
        {
            let _ = timeout(READ_AFTER_EXIT, reader).await;
        }
    }

    /// The last lines that are not blank, at most `count`, printable and cut to a readable length.
    /// A line that tells of an error stands before them where it came earlier.
    pub(in crate::run) fn last_lines(&self, count: usize) -> Vec<String> {
        let text = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        let lines: Vec<String> = lines
            .filter(|line| !line.is_empty())
            .map(|line| printable(&line[..line.len().min(LINE)]))
            .collect();
        let first = lines.len().saturating_sub(count);
        match lines.iter().rposition(|line| tells_of_error(line)) {
            Some(error) if error < first => [&lines[error..=error], &lines[first + 1..]].concat(),
            _ => lines[first..].to_vec(),
        }
    }
}

fn tells_of_error(line: &str) -> bool {
    ERROR_WORDS.iter().any(|word| line.contains(word))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_stands_before_the_last_lines() {
        let stderr = Stderr {
            text: Arc::new(Mutex::new(
                b"TypeError: x\n at a\n\n at b\n at c\n".to_vec(),
            )),
            reader: None,
        };
        assert_eq!(stderr.last_lines(2), ["TypeError: x", "at c"]);
        assert_eq!(stderr.last_lines(9).len(), 4);
        assert_eq!(stderr.last_lines(4)[0], "TypeError: x");
    }
}

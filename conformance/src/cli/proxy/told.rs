//! Output while traffic passes: lines on stderr, and JSON lines.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use wsspec::referee::{Found, Notice, Traffic};
use wsspec_core::dissect::{hex, hex_digits};
use wsspec_reports::Verdict;

use crate::cli::failure::Failure;

/// Bytes of a header that are shown: all of the longest one.
const SHOWN: usize = 14;

/// A line of `--jsonl`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase", tag = "event")]
enum Line<'a> {
    /// A rule was broken, for the first time on this connection.
    Broken {
        connection: u64,
        side: &'a str,
        /// The stream of HTTP/2.
        #[serde(skip_serializing_if = "Option::is_none")]
        stream: Option<u32>,
        rule: &'a str,
        requirement: &'a str,
        clause: String,
        verdict: &'a str,
        /// Offset in what this side sent: on the connection, or, for a rule of WebSocket, on the stream.
        offset: u64,
        /// The header of the frame, in hex; empty for a head.
        bytes: String,
        meaning: &'a str,
    },
    /// Number of bytes of a side that were not judged.
    Unjudged {
        connection: u64,
        side: &'a str,
        bytes: u64,
        why: &'a str,
    },
    /// A connection is over.
    Over { connection: u64 },
    /// A connection did not come about.
    Failed {
        connection: u64,
        at: &'a str,
        error: &'a str,
    },
    /// The numbers, at the end.
    Traffic(&'a Traffic),
}

/// Tells what is noticed, on stderr and as lines of JSON.
#[derive(Debug, Clone)]
pub(in crate::cli) struct Told {
    quiet: bool,
    lines: Option<Arc<Mutex<Lines>>>,
}

struct Lines {
    to: Box<dyn Write + Send>,
    /// Nothing is written after the first error.
    failed: Option<io::Error>,
}

impl Lines {
    fn create(path: &Path) -> Result<Arc<Mutex<Lines>>, Failure> {
        let to: Box<dyn Write + Send> = if path == Path::new("-") {
            Box::new(io::stdout())
        } else {
            Box::new(File::create(path).map_err(|error| Failure::file(path, error))?)
        };
        Ok(Arc::new(Mutex::new(Lines { to, failed: None })))
    }
}

impl std::fmt::Debug for Lines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lines").finish_non_exhaustive()
    }
}

impl Told {
    /// Creates the file of the lines; `-` is stdout.
    pub(super) fn create(quiet: bool, jsonl: Option<&Path>) -> Result<Told, Failure> {
        Ok(Told {
            quiet,
            lines: jsonl.map(Lines::create).transpose()?,
        })
    }

    /// What takes notices.
    pub(in crate::cli) fn notices(&self) -> impl FnMut(Notice<'_>) + Send + 'static + use<> {
        let told = self.clone();
        move |notice| told.tell(&notice)
    }

    fn tell(&self, notice: &Notice<'_>) {
        match *notice {
            Notice::Broke(connection, found) => self.broke(connection, found),
            Notice::Unjudged(connection, side, why, bytes) => {
                let side = side.name();
                self.say(format_args!(
                    "connection {connection}: {side}: {bytes} bytes not judged: {why}"
                ));
                self.line(&Line::Unjudged {
                    connection,
                    side,
                    bytes,
                    why: why.name(),
                });
            }
            Notice::Over(connection) => self.line(&Line::Over { connection }),
            Notice::Unopened(connection, error) => self.failed(connection, "client", error),
            Notice::Unreached(connection, error) => self.failed(connection, "server", error),
            Notice::Unaccepted(error) => {
                self.say(format_args!("no connection is accepted for now: {error}"));
            }
        }
    }

    fn broke(&self, connection: u64, found: &Found) {
        let (side, rule) = (found.side.name(), found.rule);
        let bytes = if found.header.is_empty() {
            String::new()
        } else {
            format!(": {}", hex(&found.header, SHOWN))
        };
        let grade = match found.verdict {
            Verdict::Fail => "",
            _ => " (tolerable)",
        };
        self.say(format_args!(
            "connection {connection}: {side}: {found}{grade}{bytes}"
        ));
        self.line(&Line::Broken {
            connection,
            side,
            stream: found.stream,
            rule: rule.name(),
            requirement: found.requirement,
            clause: rule.clause().to_string(),
            verdict: found.verdict.name(),
            offset: found.offset,
            bytes: hex_digits(&found.header),
            meaning: rule.meaning(),
        });
    }

    fn failed(&self, connection: u64, at: &str, error: &str) {
        self.say(format_args!(
            "connection {connection}: failed at the {at}: {error}"
        ));
        self.line(&Line::Failed {
            connection,
            at,
            error,
        });
    }

    /// The last line, and the first error of the lines.
    pub(super) fn finish(&self, traffic: &Traffic) -> Result<(), Failure> {
        self.line(&Line::Traffic(traffic));
        let Some(lines) = &self.lines else {
            return Ok(());
        };
        let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
        match lines.failed.take() {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Failure::usage(format!("--jsonl: {error}")))
            }
            _ => Ok(()),
        }
    }

    fn say(&self, text: std::fmt::Arguments<'_>) {
        if !self.quiet {
            anstream::eprintln!("{text}");
        }
    }

    fn line(&self, line: &Line<'_>) {
        let Some(lines) = &self.lines else {
            return;
        };
        let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.failed.is_some() {
            return;
        }
        let written = serde_json::to_vec(line).map_err(io::Error::other);
        let written = written.and_then(|mut text| {
            text.push(b'\n');
            lines.to.write_all(&text)?;
            lines.to.flush()
        });
        lines.failed = written.err();
    }
}

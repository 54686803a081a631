//! One program with a limit of time, its output in a file.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::run::{end_group, kill_group};

/// How long a program may take to end when it is asked to: `wsspec` stops the target first.
const END_PATIENCE: Duration = Duration::from_secs(10);

/// Lines of output that an error quotes.
const LAST_LINES: usize = 6;

/// Most bytes of a line that is quoted.
const LINE: usize = 300;

/// Most bytes of the output in which the last lines are looked for.
const TAIL: u64 = 16 << 10;

/// A program, its arguments and where it runs.
#[derive(Debug, Clone)]
pub struct Program {
    /// The program and its arguments.
    pub words: Vec<String>,
    /// The folder it runs in.
    pub dir: PathBuf,
    /// Variables of its environment, beside ours.
    pub variables: BTreeMap<String, String>,
    /// How long it may run.
    pub limit: Duration,
    /// The file to which its output is appended.
    pub log: PathBuf,
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// By itself.
    With(ExitStatus),
    /// It was ended after its time.
    TimedOut,
}

/// Why a program did not do its work.
#[derive(Debug)]
pub enum ProcessError {
    /// It cannot be started.
    CannotStart(String, io::Error),
    /// It failed: its command, how, and its last lines.
    Failed(String, ExitStatus, Vec<String>),
    /// It took longer than it may.
    TimedOut(String, Duration),
    /// A file cannot be written.
    File(PathBuf, io::Error),
}

impl fmt::Display for ProcessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProcessError::CannotStart(program, error) => {
                write!(f, "cannot start {program}: {error}")
            }
            ProcessError::Failed(command, status, lines) => {
                write!(f, "{command}: {status}")?;
                if !lines.is_empty() {
                    write!(f, ": {}", lines.join(" | "))?;
                }
                Ok(())
            }
            ProcessError::TimedOut(command, limit) => {
                write!(f, "{command}: not done after {} s", limit.as_secs())
            }
            ProcessError::File(path, error) => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl std::error::Error for ProcessError {}

impl Program {
    /// Runs it to its end, or to the end of its time. If this is dropped, its processes are ended.
    ///
    /// # Errors
    /// If it cannot be started, or its output cannot be written.
    pub async fn run(&self) -> Result<Ended, ProcessError> {
        let mut running = self.start()?;
        let id = running.child.id().unwrap_or_default();
        let ended = if let Ok(status) = timeout(self.limit, running.child.wait()).await {
            status.map(Ended::With)
        } else {
            end_group(id);
            let _ = timeout(END_PATIENCE, running.child.wait()).await;
            kill_group(id);
            Ok(Ended::TimedOut)
        };
        running.over = true;
        ended.map_err(|error| ProcessError::CannotStart(self.name(), error))
    }

    /// Runs it; it has to succeed.
    ///
    /// # Errors
    /// If it does not.
    pub async fn succeed(&self) -> Result<(), ProcessError> {
        match self.run().await? {
            Ended::With(status) if status.success() => Ok(()),
            Ended::With(status) => {
                let lines = last_lines(&self.log);
                Err(ProcessError::Failed(self.words.join(" "), status, lines))
            }
            Ended::TimedOut => Err(ProcessError::TimedOut(self.words.join(" "), self.limit)),
        }
    }

    fn name(&self) -> String {
        self.words.first().cloned().unwrap_or_default()
    }

    fn start(&self) -> Result<Running, ProcessError> {
        let log = self.open_log()?;
        let copy = log
            .try_clone()
            .map_err(|error| ProcessError::File(self.log.clone(), error))?;
        let mut command = Command::new(self.words.first().map_or("", String::as_str));
        command
            .args(self.words.iter().skip(1))
            .current_dir(&self.dir)
            .envs(&self.variables)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(copy);
        #[cfg(unix)]
        command.process_group(0);
        let child = command.spawn();
        let child = child.map_err(|error| ProcessError::CannotStart(self.name(), error))?;
        Ok(Running { child, over: false })
    }

    fn open_log(&self) -> Result<File, ProcessError> {
        let failed = |error| ProcessError::File(self.log.clone(), error);
        if let Some(dir) = self.log.parent() {
            fs::create_dir_all(dir).map_err(failed)?;
        }
        let mut options = OpenOptions::new();
        options
            .create(true)
            .append(true)
            .open(&self.log)
            .map_err(failed)
    }
}

/// A program that runs. Dropping it asks its group to end; it is not killed, for it may have to stop others first.
struct Running {
    child: Child,
    over: bool,
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(id) = self.child.id().filter(|_| !self.over) {
            end_group(id);
        }
    }
}

/// The last lines of a file, cut to what an error can quote.
pub(super) fn last_lines(path: &Path) -> Vec<String> {
    let tail = tail(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&tail);
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let mut lines: Vec<String> = lines
        .iter()
        .rev()
        .filter(|line| !line.is_empty())
        .take(LAST_LINES)
        .map(|line| {
            line.chars()
                .filter(|c| !c.is_control())
                .take(LINE)
                .collect()
        })
        .collect();
    lines.reverse();
    lines
}

/// The end of a file, at most [`TAIL`] bytes.
fn tail(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let start = file.metadata()?.len().saturating_sub(TAIL);
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes)?;
    Ok(bytes)
}

//! A JSON report that is rewritten while results come, by a thread of its own.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::archive::{Archive, Place, locked};
use super::so_far::SoFar;
use crate::{CaseResult, Format, Probe, Report, TargetReport};

/// The shortest time between two rewrites.
const REWRITE: Duration = Duration::from_millis(500);

/// The time between two rewrites is at least this many times as long as the last one took, so that
/// a long report does not take the processor from the run.
const PAUSE_PER_WRITE: u32 = 10;

/// A message to the writer.
enum Message {
    Started(Box<TargetReport>),
    Probed(usize, Box<Probe>),
    Result(usize, Box<CaseResult>),
    Replaced(usize, Box<TargetReport>),
    /// The target is in the archive, which ends here.
    Done(usize, Place),
    /// Write now, and send the outcome back.
    Write(Sender<io::Result<()>>),
    /// Write no more.
    Stop,
}

/// A file that holds the report so far, up to the pause between two rewrites. Dropping it writes
/// what is missing.
pub(super) struct Live {
    /// `None` once it stopped.
    to_writer: Option<Sender<Message>>,
    writer: Option<JoinHandle<()>>,
    /// Name and URL of each target, in the order in which they started.
    targets: Vec<(String, String)>,
}

impl Live {
    /// Writes the report without results, and starts the writer.
    pub(super) fn new(
        path: &Path,
        head: &Report,
        archive: Arc<Mutex<Archive>>,
    ) -> io::Result<Live> {
        let (to_writer, messages) = channel();
        let mut writer = Writer {
            so_far: SoFar::new(head),
            archive,
            archived: Place::default(),
            path: path.to_owned(),
            written: Instant::now(),
            pause: REWRITE,
        };
        writer.write()?;
        let thread = thread::Builder::new().name("json report".into());
        Ok(Live {
            to_writer: Some(to_writer),
            writer: Some(thread.spawn(move || writer.run(&messages))?),
            targets: Vec::new(),
        })
    }

    /// The number of a target; the latest if a run tests the same one twice.
    fn number(&self, target: &TargetReport) -> Option<usize> {
        self.targets
            .iter()
            .rposition(|(name, url)| *name == target.name && *url == target.url)
    }

    fn send(&self, message: Message) {
        if let Some(to_writer) = &self.to_writer {
            // This fails only if the writer has panicked; the last write of the run needs no
            // writer.
            let _ = to_writer.send(message);
        }
    }

    pub(super) fn started(&mut self, target: &TargetReport) {
        self.targets.push((target.name.clone(), target.url.clone()));
        self.send(Message::Started(Box::new(target.clone())));
    }

    pub(super) fn probed(&self, target: &TargetReport) {
        if let Some(number) = self.number(target) {
            self.send(Message::Probed(number, Box::new(target.probe.clone())));
        }
    }

    pub(super) fn result(&self, target: &TargetReport, case: &CaseResult) {
        if let Some(number) = self.number(target) {
            self.send(Message::Result(number, Box::new(case.clone())));
        }
    }

    /// The target is in the archive, which ends at `end`.
    pub(super) fn done(&self, target: &TargetReport, end: Place) {
        if let Some(number) = self.number(target) {
            self.send(Message::Done(number, end));
        }
    }

    /// Writes what is known, with this report on a target, and returns once it is on disk.
    pub(super) fn reported(&self, target: &TargetReport) -> io::Result<()> {
        if let Some(number) = self.number(target) {
            self.send(Message::Replaced(number, Box::new(target.clone())));
        }
        let (answer, answered) = channel();
        self.send(Message::Write(answer));
        answered
            .recv()
            .unwrap_or_else(|_| Err(io::Error::other("the writer of the report is gone")))
    }

    /// Stops the writer: the whole report is about to be written.
    pub(super) fn stop(&mut self) {
        self.send(Message::Stop);
        self.join();
    }

    fn join(&mut self) {
        self.to_writer = None;
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.join();
    }
}

/// The thread that writes.
struct Writer {
    so_far: SoFar,
    archive: Arc<Mutex<Archive>>,
    /// Where the archive ends as far as messages say.
    archived: Place,
    path: PathBuf,
    /// When the last write ended.
    written: Instant,
    /// The time from then to the next.
    pause: Duration,
}

impl Writer {
    fn run(&mut self, messages: &Receiver<Message>) {
        // Whether the file lacks something.
        let mut outdated = false;
        loop {
            let due = self.written + self.pause;
            let wait = due.saturating_duration_since(Instant::now());
            let message = match outdated {
                true if wait.is_zero() => Err(RecvTimeoutError::Timeout),
                true => messages.recv_timeout(wait),
                false => messages.recv().map_err(RecvTimeoutError::from),
            };
            match message {
                Ok(Message::Stop) => return,
                Ok(Message::Write(answer)) => {
                    let _ = answer.send(self.write());
                    outdated = false;
                }
                Ok(message) => {
                    self.apply(message);
                    outdated = true;
                }
                // An error shows again at the end of the run, where it is reported.
                Err(RecvTimeoutError::Timeout) => {
                    let _ = self.write();
                    outdated = false;
                }
                Err(RecvTimeoutError::Disconnected) => {
                    if outdated {
                        let _ = self.write();
                    }
                    return;
                }
            }
        }
    }

    fn apply(&mut self, message: Message) {
        match message {
            Message::Started(target) => self.so_far.start(*target),
            Message::Probed(number, probe) => self.so_far.probed(number, *probe),
            Message::Result(number, case) => self.so_far.result(number, *case),
            Message::Replaced(number, target) => self.so_far.replace(number, *target),
            Message::Done(number, end) => {
                self.archived = end;
                self.so_far.done(number);
            }
            Message::Write(_) | Message::Stop => {}
        }
    }

    fn write(&mut self) -> io::Result<()> {
        let began = Instant::now();
        let (report, end) = (self.so_far.report(), self.archived);
        let outcome = Format::replace(&self.path, |to| {
            locked(&self.archive).write(end, report, to)
        });
        self.written = Instant::now();
        self.pause = REWRITE.max(began.elapsed() * PAUSE_PER_WRITE);
        outcome
    }
}

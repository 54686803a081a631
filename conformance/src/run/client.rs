//! A client under test: a command that is started with a URL, or is handed URLs as it runs.
//!
//! Each conversation has a listener of its own, so that nobody has to guess from a request, broken or not, which case
//! it belongs to.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::process::{ExitStatus, Stdio};
use std::slice;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, ChildStderr, ChildStdin, Command};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use url::Url;

use super::words::word;
use crate::exchange::Needs;
use wsspec_vectors::Dial;

/// What stands for the URL in the command.
const URL: &str = "{url}";

/// What stands for a batch of URLs, each an argument of its own.
const URLS: &str = "{urls}";

/// What stands for the subprotocols to offer, with commas between them; empty for none.
const SUBPROTOCOLS: &str = "{subprotocols}";

/// How long a client may take from its start to its connection: so long, or [`SLOWER`] times as long as the slowest
/// so far, but no longer than [`LONGEST`].
const PATIENCE: Duration = Duration::from_secs(10);
const LONGEST: Duration = Duration::from_secs(30);

/// The same of a client that may well refuse what it is told to dial, and does not end; no longer than [`PATIENCE`].
const DOUBT: Duration = Duration::from_secs(2);

/// How much longer than the slowest so far a start may take.
const SLOWER: u32 = 4;

/// A connection of a client that has ended may still be on its way.
const ON_ITS_WAY: Duration = Duration::from_millis(20);

/// How long a client may take to end, once its connection has.
const FAREWELL: Duration = Duration::from_millis(150);

/// What a client that has ended said on stderr may still be on its way; somebody it started may hold stderr open.
const LAST_BREATH: Duration = Duration::from_millis(250);

/// So much of what a client says on stderr is kept: the end of it.
const LAST_WORDS: usize = 2 << 10;

/// Words by which runtimes tell of what went wrong; what they are themselves may stand behind it.
const ALARMS: &[&str] = &["rror", "xception", "panicked"];

/// How the command is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Started for each connection.
    Each,
    /// Started once, and handed URLs on its standard input, one a line, each when the last conversation is over.
    Kept,
    /// Started with so many URLs, for it to dial one after the other.
    Batches(usize),
}

/// A client under test.
#[derive(Debug)]
pub struct Client {
    command: Vec<String>,
    way: Way,
    address: IpAddr,
    /// Those that are ready for the next URL.
    idle: Mutex<Vec<Running>>,
    /// The longest time from a start to its connection.
    slowest: Mutex<Duration>,
}

/// A client that has connected.
pub(super) struct Met {
    pub(super) stream: TcpStream,
    /// Whom it took us for.
    pub(super) host: String,
    pub(super) running: Running,
}

/// Why a client did not connect.
pub(super) enum Missed {
    /// It may have refused what it was told to dial.
    Refused,
    /// It should have connected.
    Absent(String),
    /// It died of what it was told to dial.
    Crashed(String),
}

/// A client that did not connect, and what is left of it: how it ended, if it did, and what it said.
struct Missing {
    ended: Option<ExitStatus>,
    last_words: String,
}

impl Missing {
    /// It should have connected within this time.
    fn absent(self, patience: Duration) -> Missed {
        let what = self.ended.map_or_else(
            || format!("did not connect within {} s", patience.as_secs()),
            without_connecting,
        );
        Missed::Absent(format!("the client {what}{}", self.last_words))
    }
}

fn absent(error: &io::Error) -> Missed {
    Missed::Absent(format!("cannot listen: {error}"))
}

/// A started client. Whatever is left of it ends with this.
#[derive(Debug)]
pub(super) struct Running {
    child: Child,
    /// When it was started, until it connects for the first time.
    started: Option<Instant>,
    /// Where it is handed URLs.
    input: Option<ChildStdin>,
    /// Where it was told to dial and has not yet.
    expected: VecDeque<TcpListener>,
    stderr: Stderr,
}

/// What a client says on stderr.
#[derive(Debug, Default)]
struct Stderr {
    words: Arc<Mutex<Vec<u8>>>,
    /// Reads on until it ends.
    reader: Option<JoinHandle<()>>,
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<String> = self.command.iter().map(|argument| word(argument)).collect();
        f.write_str(&words.join(" "))
    }
}

impl Client {
    /// The client that `command` starts, program and arguments. Where no argument holds `{url}`, or `{urls}` for a
    /// batch, the URL is added as the last one, unless it is [kept](Way::Kept). The URL is also in `WSSPEC_URL`, and
    /// the subprotocols in `WSSPEC_SUBPROTOCOLS`. It is told to connect to `address`.
    ///
    /// # Errors
    /// If there is no program.
    pub fn new(mut command: Vec<String>, way: Way, address: IpAddr) -> Result<Client, String> {
        if command.is_empty() {
            return Err("no command: wsspec client -- CMD {url}".into());
        }
        let placeholder = if matches!(way, Way::Batches(_)) {
            URLS
        } else {
            URL
        };
        if way != Way::Kept
            && !command
                .iter()
                .any(|argument| argument.contains(placeholder))
        {
            command.push(placeholder.into());
        }
        Ok(Client {
            command,
            way,
            address,
            idle: Mutex::default(),
            slowest: Mutex::default(),
        })
    }

    /// The program, without its folder.
    pub(super) fn name(&self) -> String {
        let program = std::path::Path::new(&self.command[0]);
        program.file_name().map_or(self.command[0].clone(), |name| {
            name.to_string_lossy().into_owned()
        })
    }

    /// The command that runs a case with it again with these arguments, with `{case}` for its id.
    pub(super) fn again(&self, arguments: &str) -> String {
        let way = match self.way {
            Way::Each => String::new(),
            Way::Kept => " --keep".into(),
            Way::Batches(count) => format!(" --batch {count}"),
        };
        format!("wsspec client{way} --filter '{{case}}'{arguments} -v -- {self}")
    }

    /// Whether the command can be started.
    pub(super) fn reach(&self) -> Result<(), String> {
        self.start(&["ws://wsspec.invalid/".to_owned()], &[])
            .map(drop)
    }

    /// What it needs to be told to dial that, if it cannot be.
    pub(super) fn cannot(&self, dial: &Dial) -> Option<Needs> {
        if !dial.subprotocols.is_empty()
            && !self
                .command
                .iter()
                .any(|argument| argument.contains(SUBPROTOCOLS))
        {
            return Some(Needs::SubprotocolsArgument);
        }
        let url = dial.resolved("127.0.0.1:1", "/");
        if self.way == Way::Kept && url.contains(['\r', '\n']) {
            return Some(Needs::LaunchPerCase);
        }
        let url = Url::parse(&url).ok()?;
        let name = url.domain()?;
        let here = (name, 1)
            .to_socket_addrs()
            .is_ok_and(|mut found| found.any(|a| a.ip() == self.address));
        (!here).then(|| Needs::HostName {
            name: name.to_owned(),
            address: self.address.to_string(),
        })
    }

    /// Has it connect.
    pub(super) async fn meet(&self, dial: Option<&Dial>) -> Result<Met, Missed> {
        match dial.filter(|dial| **dial != Dial::default()) {
            Some(dial) => self.meet_at(dial).await,
            None if self.way == Way::Each => {
                let listener = TcpListener::bind((self.address, 0))
                    .await
                    .map_err(|error| absent(&error))?;
                let url = url_of(&listener).map_err(|error| absent(&error))?;
                let running = self
                    .start(slice::from_ref(&url), &[])
                    .map_err(Missed::Absent)?;
                let patience = self.slower(PATIENCE, LONGEST);
                let met = self.connects(running, &listener, patience).await;
                met.unwrap_or_else(|missing| Err(missing.absent(patience)))
            }
            None => loop {
                let (running, listener) = self.next().await?;
                let fresh = running.started.is_some();
                let patience = if fresh {
                    self.slower(PATIENCE, LONGEST)
                } else {
                    self.slower(DOUBT, PATIENCE)
                };
                match self.connects(running, &listener, patience).await {
                    Ok(met) => return met,
                    Err(missing) if fresh => return Err(missing.absent(patience)),
                    // The conversation before may have been too much for it: what comes now is not to blame.
                    Err(_) => {}
                }
            },
        }
    }

    /// Has it connect to something that it may refuse.
    async fn meet_at(&self, dial: &Dial) -> Result<Met, Missed> {
        let listener = TcpListener::bind((self.address, 0))
            .await
            .map_err(|error| absent(&error))?;
        let url = dial.resolved(
            &listener
                .local_addr()
                .map_err(|error| absent(&error))?
                .to_string(),
            "/",
        );
        let mut running = self
            .start(slice::from_ref(&url), &dial.subprotocols)
            .map_err(Missed::Absent)?;
        if self.way == Way::Kept {
            running.hand(&url).await.map_err(|_| Missed::Refused)?;
            // Nothing follows, so it can end.
            running.input = None;
        }
        self.connects(running, &listener, self.slower(DOUBT, PATIENCE))
            .await
            .unwrap_or_else(|missing| {
                let crash = missing
                    .ended
                    .and_then(crash)
                    .map(|crash| crash + &missing.last_words);
                Err(crash.map_or(Missed::Refused, Missed::Crashed))
            })
    }

    /// Waits until it has connected.
    async fn connects(
        &self,
        mut running: Running,
        listener: &TcpListener,
        patience: Duration,
    ) -> Result<Result<Met, Missed>, Missing> {
        let ended = tokio::select! {
            met = listener.accept() => return Ok(self.met(running, met)),
            ended = running.child.wait() => Some(ended),
            () = tokio::time::sleep(patience) => None,
        };
        if ended.is_some()
            && let Ok(met) = timeout(ON_ITS_WAY, listener.accept()).await
        {
            return Ok(self.met(running, met));
        }
        let last_words = running.stderr.last_words(ended.is_some()).await;
        Err(Missing {
            ended: ended.and_then(Result::ok),
            last_words,
        })
    }

    /// A wait that goes by the slowest start so far.
    fn slower(&self, least: Duration, most: Duration) -> Duration {
        let slowest = *self.slowest.lock().unwrap_or_else(PoisonError::into_inner);
        (slowest * SLOWER).clamp(least, most)
    }

    /// It has connected.
    fn met(
        &self,
        mut running: Running,
        accepted: io::Result<(TcpStream, SocketAddr)>,
    ) -> Result<Met, Missed> {
        if let Some(started) = running.started.take() {
            let mut slowest = self.slowest.lock().unwrap_or_else(PoisonError::into_inner);
            *slowest = slowest.max(started.elapsed());
        }
        let connected = accepted.and_then(|(stream, _)| {
            stream.set_nodelay(true)?;
            Ok((stream.local_addr()?.to_string(), stream))
        });
        let (host, stream) =
            connected.map_err(|error| Missed::Absent(format!("cannot accept: {error}")))?;
        Ok(Met {
            stream,
            host,
            running,
        })
    }

    /// A running client that dials the next listener.
    async fn next(&self) -> Result<(Running, TcpListener), Missed> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        if let Some(mut running) = idle {
            if let Some(listener) = running.expected.pop_front() {
                return Ok((running, listener));
            }
            let listener = TcpListener::bind((self.address, 0))
                .await
                .map_err(|error| absent(&error))?;
            if running
                .hand(&url_of(&listener).map_err(|error| absent(&error))?)
                .await
                .is_ok()
            {
                return Ok((running, listener));
            }
        }
        let count = if let Way::Batches(count) = self.way {
            count
        } else {
            1
        };
        let mut listeners = VecDeque::new();
        for _ in 0..count {
            listeners.push_back(
                TcpListener::bind((self.address, 0))
                    .await
                    .map_err(|error| absent(&error))?,
            );
        }
        let urls: Vec<String> = listeners
            .iter()
            .map(url_of)
            .collect::<io::Result<_>>()
            .map_err(|error| absent(&error))?;
        let mut running = self.start(&urls, &[]).map_err(Missed::Absent)?;
        let first = listeners
            .pop_front()
            .ok_or_else(|| Missed::Absent("an empty batch".into()))?;
        if self.way == Way::Kept && running.hand(&urls[0]).await.is_err() {
            let ended = timeout(LAST_BREATH, running.child.wait())
                .await
                .ok()
                .and_then(Result::ok);
            let last_words = running.stderr.last_words(ended.is_some()).await;
            let what = ended.map_or(
                "takes no URL on its standard input".into(),
                without_connecting,
            );
            return Err(Missed::Absent(format!("the client {what}{last_words}")));
        }
        running.expected = listeners;
        Ok((running, first))
    }

    fn start(&self, urls: &[String], subprotocols: &[String]) -> Result<Running, String> {
        let subprotocols = subprotocols.join(",");
        let url = urls.first().map_or("", String::as_str);
        let mut command = Command::new(&self.command[0]);
        for argument in &self.command[1..] {
            if argument == URLS {
                command.args(urls);
            } else {
                command.arg(
                    argument
                        .replace(SUBPROTOCOLS, &subprotocols)
                        .replace(URL, url),
                );
            }
        }
        if self.way == Way::Each {
            command.env("WSSPEC_URL", url);
        }
        command.env("WSSPEC_SUBPROTOCOLS", &subprotocols);
        command.stdin(if self.way == Way::Kept {
            Stdio::piped()
        } else {
            Stdio::null()
        });
        command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command
            .spawn()
            .map_err(|error| format!("cannot start {}: {error}", self.command[0]))?;
        let mut stderr = Stderr::default();
        if let Some(pipe) = child.stderr.take() {
            stderr.reader = Some(tokio::spawn(listen(pipe, Arc::clone(&stderr.words))));
        }
        Ok(Running {
            input: child.stdin.take(),
            child,
            started: Some(Instant::now()),
            expected: VecDeque::new(),
            stderr,
        })
    }

    /// After a conversation: a crash in words, if there was one. Who can dial again is kept. A conversation that went
    /// `well` was ended by no crash.
    pub(super) async fn part(&self, mut running: Running, well: bool) -> Option<String> {
        let goes_on = running.input.is_some() || !running.expected.is_empty();
        let patience = match (goes_on, well) {
            (true, true) => Duration::ZERO,
            (true, false) => ON_ITS_WAY,
            (false, _) => FAREWELL,
        };
        match timeout(patience, running.child.wait()).await {
            Ok(status) => match status.ok().and_then(crash) {
                Some(crash) => Some(crash + &running.stderr.last_words(true).await),
                None => None,
            },
            Err(_) if goes_on => {
                self.idle
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(running);
                None
            }
            Err(_) => None,
        }
    }
}

impl Running {
    /// Hands it a URL.
    async fn hand(&mut self, url: &str) -> io::Result<()> {
        let Some(input) = &mut self.input else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        input.write_all(format!("{url}\n").as_bytes()).await?;
        input.flush().await
    }
}

impl Stderr {
    /// What it said, to put behind a reason: the last line that tells of an error, else the last.
    async fn last_words(&mut self, ended: bool) -> String {
        if ended && let Some(reader) = &mut self.reader {
            let _ = timeout(LAST_BREATH, reader).await;
        }
        let words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        let text = wsspec_core::dissect::printable(words.trim_ascii());
        let telling = |line: &&str| ALARMS.iter().any(|alarm| line.contains(alarm));
        let mut lines = text.rsplit("\\n");
        let last = lines.next().unwrap_or_default();
        let line = std::iter::once(last)
            .chain(lines)
            .find(telling)
            .unwrap_or(last);
        if line.is_empty() {
            String::new()
        } else {
            format!("; it says: {line}")
        }
    }
}

#[cfg(unix)]
impl Drop for Running {
    /// Ends all that the command has started.
    fn drop(&mut self) {
        let group = self
            .child
            .id()
            .and_then(|id| rustix::process::Pid::from_raw(id.cast_signed()));
        if let Some(group) = group {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

fn without_connecting(status: ExitStatus) -> String {
    format!("ended without connecting: {status}")
}

fn url_of(listener: &TcpListener) -> io::Result<String> {
    Ok(format!("ws://{}/", listener.local_addr()?))
}

/// Reads stderr to its end and keeps the last of it.
async fn listen(mut stderr: ChildStderr, words: Arc<Mutex<Vec<u8>>>) {
    let mut buffer = [0; 1024];
    while let Ok(read @ 1..) = stderr.read(&mut buffer).await {
        let mut words = words.lock().unwrap_or_else(PoisonError::into_inner);
        words.extend(&buffer[..read]);
        let spare = words.len().saturating_sub(LAST_WORDS);
        words.drain(..spare);
    }
}

/// What a client died of that did not end by itself.
#[cfg(unix)]
fn crash(status: ExitStatus) -> Option<String> {
    use std::os::unix::process::ExitStatusExt;
    status
        .signal()
        .map(|_| format!("the client crashed: {status}"))
}

/// What a client died of that did not end by itself.
#[cfg(not(unix))]
fn crash(_: ExitStatus) -> Option<String> {
    None
}

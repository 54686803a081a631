//! What keeps a server under test running: how it is started, started again, and watched.

mod command;
mod error;
mod processes;
mod running;

use std::collections::BTreeSet;
use std::fmt;
use std::future::pending;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::process::Stdio;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::process::Command;
use tokio::time::{sleep, timeout};

use super::process::Stderr;
use super::shell::CommandLine;
use crate::exchange::Death;
use crate::wire::{quic, tcp};
use command::ServerCommand;
use running::Running;

pub use error::StartError;

/// Time between two attempts to connect to a server that starts.
const KNOCK: Duration = Duration::from_millis(10);

/// Longest wait until the port of an earlier process is closed.
const FREE_PATIENCE: Duration = Duration::from_secs(1);

/// Longest wait for one such connection.
const CONNECT_PATIENCE: Duration = Duration::from_secs(1);

/// Longest wait for an answer over QUIC: a datagram may be lost.
const ANSWER_PATIENCE: Duration = Duration::from_millis(200);

/// Time between two checks of processes whose end the system does not report.
const LOOK: Duration = Duration::from_millis(20);

/// How many times longer than the slowest start so far another start may take.
const SLOWEST_START_FACTOR: u32 = 10;

/// The least time to start for a server that has started before.
const LEAST_PATIENCE: Duration = Duration::from_secs(5);

/// Idle time after which a process below the server that is still there is taken to serve more than
/// one connection.
const IDLE: Duration = Duration::from_millis(300);

/// Lines of standard error that are kept for a server that died.
const LAST_LINES: usize = 6;

/// Attempts to start a server before it is given up: its own old connections may hold its port.
const ATTEMPTS: usize = 3;

/// Keeps a server running. Dropping it ends a server that it started.
#[derive(Debug)]
pub struct Keeper {
    means: Means,
    /// Whether it listens for QUIC alone, not for TCP.
    quic: bool,
    /// How long a server may take until it listens.
    patience: Duration,
    /// The longest time that a server which we start took until it listened.
    slowest: Mutex<Duration>,
    /// Where it listens; `None` before the first start.
    address: Mutex<Option<SocketAddr>>,
    running: Mutex<Option<Running>>,
}

/// How a server comes to run.
#[derive(Debug)]
enum Means {
    /// We start it.
    Start {
        command: ServerCommand,
        host: IpAddr,
        /// The port it takes, where it cannot be told one.
        port: Option<u16>,
    },
    /// It was started by others.
    Runs {
        /// A command of a shell that starts it again.
        restart: Option<String>,
        /// Its process, until it has ended.
        pid: Mutex<Option<u32>>,
    },
}

/// The command of a server that we start, quoted for a shell.
impl fmt::Display for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.means {
            Means::Start { command, .. } => {
                let line: CommandLine = command.words().iter().cloned().collect();
                line.fmt(f)
            }
            Means::Runs { restart, .. } => f.write_str(restart.as_deref().unwrap_or_default()),
        }
    }
}

impl Keeper {
    /// Starts the server by `command`: the program and its arguments, in which `{port}`, `{host}`
    /// and `{url}` are filled in. It listens on `port`, or on a free one, within `patience`;
    /// `{address}` in `url` stands for where.
    ///
    /// # Errors
    /// If the command is empty.
    pub fn starting(
        command: Vec<String>,
        host: IpAddr,
        port: Option<u16>,
        url: &str,
        patience: Duration,
    ) -> Result<Keeper, StartError> {
        let command = ServerCommand::new(command, url.to_owned()).ok_or(StartError::NoCommand)?;
        Ok(Keeper::new(
            Means::Start {
                command,
                host,
                port,
            },
            patience,
        ))
    }

    /// Watches a server that others started, at `address`: its process, if it is known, and a
    /// command of a shell that starts it again, if there is one. It may take `patience` until it
    /// listens again.
    pub fn watching(
        address: SocketAddr,
        restart: Option<String>,
        pid: Option<u32>,
        patience: Duration,
    ) -> Keeper {
        let pid = Mutex::new(pid);
        let keeper = Keeper::new(Means::Runs { restart, pid }, patience);
        *lock(&keeper.address) = Some(address);
        keeper
    }

    fn new(means: Means, patience: Duration) -> Keeper {
        Keeper {
            means,
            quic: false,
            patience,
            slowest: Mutex::default(),
            address: Mutex::default(),
            running: Mutex::default(),
        }
    }

    /// The same, for a server of which QUIC is awaited and not TCP.
    #[must_use]
    pub fn over_quic(self) -> Keeper {
        Keeper { quic: true, ..self }
    }

    /// The same, for a server that we start with these environment variables as well.
    #[must_use]
    pub fn with_variables(mut self, variables: Vec<(String, String)>) -> Keeper {
        if let Means::Start { command, .. } = &mut self.means {
            command.variables = variables;
        }
        self
    }

    /// Where the server listens.
    pub fn address(&self) -> Option<SocketAddr> {
        *lock(&self.address)
    }

    /// Where a server that we start listens now.
    pub(super) fn moved(&self) -> Option<SocketAddr> {
        self.address()
            .filter(|_| matches!(self.means, Means::Start { .. }))
    }

    /// The command of a server that we start.
    pub(super) fn command(&self) -> Option<String> {
        matches!(self.means, Means::Start { .. }).then(|| self.to_string())
    }

    /// Whether the server can be started again.
    pub(super) fn can_start(&self) -> bool {
        !matches!(self.means, Means::Runs { restart: None, .. })
    }

    /// Starts the server, or starts it again, and waits until it listens.
    ///
    /// # Errors
    /// If it does not listen.
    pub async fn start(&self) -> Result<(), StartError> {
        match &self.means {
            Means::Start {
                command,
                host,
                port,
            } => {
                // If it had not ended, it hung.
                self.stop_running(false).await;
                let mut before = self.address();
                let again = before.is_some();
                if let Some(before) = before {
                    let _ = timeout(FREE_PATIENCE, self.until_free(before)).await;
                }
                let mut attempts = 1..;
                loop {
                    let address = match (port, before.take()) {
                        (Some(port), _) => SocketAddr::new(*host, *port),
                        (None, Some(before)) => before,
                        (None, None) => free(*host).map_err(StartError::NoPort)?,
                    };
                    *lock(&self.address) = Some(address);
                    let started = self.start_once(command, address).await;
                    let last = !again || attempts.next() == Some(ATTEMPTS);
                    match started {
                        Err(StartError::Ended { .. } | StartError::NotListening { .. })
                            if !last => {}
                        started => return started,
                    }
                }
            }
            Means::Runs { restart, .. } => {
                let restart = restart.as_deref().ok_or(StartError::NoMeans)?;
                self.restart_by(restart).await
            }
        }
    }

    async fn start_once(
        &self,
        command: &ServerCommand,
        address: SocketAddr,
    ) -> Result<(), StartError> {
        let began = Instant::now();
        let patience = self.start_patience();
        let mut running =
            Running::start(command.process(address)).map_err(|error| StartError::CannotStart {
                program: command.program().to_owned(),
                error,
            })?;
        let mut end = running.end.clone();
        let listens = tokio::select! {
            listens = timeout(patience, self.listens(address)) => listens.is_ok(),
            _ = end.wait_for(Option::is_some) => false,
        };
        if listens && running.ended().is_none() {
            let mut slowest = lock(&self.slowest);
            *slowest = slowest.max(began.elapsed());
            drop(slowest);
            *lock(&self.running) = Some(running);
            return Ok(());
        }
        let ended = running.ended();
        if ended.is_some() {
            running.stderr.read_to_end().await;
        }
        let stderr = running.stderr.last_lines(LAST_LINES);
        running.stop(true).await;
        Err(match ended {
            Some(end) => StartError::Ended {
                status: end.status,
                stderr,
            },
            None => StartError::NotListening {
                address: address.to_string(),
                patience,
                stderr,
            },
        })
    }

    /// How long the server may take until it listens, judged by its earlier starts.
    fn start_patience(&self) -> Duration {
        match *lock(&self.slowest) {
            Duration::ZERO => self.patience,
            slowest => (slowest * SLOWEST_START_FACTOR)
                .max(LEAST_PATIENCE)
                .min(self.patience),
        }
    }

    /// Has a shell start the server again.
    async fn restart_by(&self, restart: &str) -> Result<(), StartError> {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", restart])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let mut child = shell.spawn().map_err(|error| StartError::CannotStart {
            program: "sh".into(),
            error,
        })?;
        let mut stderr = Stderr::collect(child.stderr.take());
        let status = timeout(self.patience, child.wait()).await;
        let status = status.ok().and_then(Result::ok);
        if !status.is_some_and(|status| status.success()) {
            stderr.read_to_end().await;
            return Err(StartError::RestartFailed {
                status,
                stderr: stderr.last_lines(LAST_LINES),
            });
        }
        let address = self.address().ok_or(StartError::NoMeans)?;
        let listens = timeout(self.patience, self.listens(address)).await;
        listens.map_err(|_| StartError::NotListening {
            address: address.to_string(),
            patience: self.patience,
            stderr: stderr.last_lines(LAST_LINES),
        })
    }

    /// Ends a server that was started.
    pub async fn stop(&self) {
        self.stop_running(true).await;
    }

    async fn stop_running(&self, gently: bool) {
        let running = lock(&self.running).take();
        if let Some(running) = running {
            running.stop(gently).await;
        }
    }

    /// Remembers which processes below the server do not come and go with connections. There must
    /// be no connection meanwhile.
    pub(super) async fn note_workers(&self) {
        let Some(id) = self.process() else { return };
        let before = processes::below(id);
        let mut workers = BTreeSet::new();
        if !before.is_empty() {
            sleep(IDLE).await;
            workers = &processes::below(id) & &before;
        }
        if let Some(running) = lock(&self.running).as_mut() {
            running.workers = workers;
        }
    }

    /// The process of the server, where it is known.
    pub(super) fn process(&self) -> Option<u32> {
        match &self.means {
            Means::Start { .. } => lock(&self.running).as_ref().map(|running| running.id),
            Means::Runs { pid, .. } => *lock(pid),
        }
    }

    /// Waits until something listens there.
    async fn listens(&self, address: SocketAddr) {
        while !self.is_answered(address).await {
            sleep(KNOCK).await;
        }
    }

    /// Waits until nothing listens there any more.
    async fn until_free(&self, address: SocketAddr) {
        while self.is_answered(address).await {
            sleep(KNOCK).await;
        }
    }

    async fn is_answered(&self, address: SocketAddr) -> bool {
        if self.quic {
            quic::answers(address, ANSWER_PATIENCE).await
        } else {
            tcp::connect(address, CONNECT_PATIENCE).await.is_ok()
        }
    }

    /// How its process died, and when at the latest, once it has. Pending for ever where no process
    /// is known.
    pub(super) async fn until_ended(&self) -> (Death, Instant) {
        let (end, workers) = {
            let running = lock(&self.running);
            let end = running.as_ref().map(|running| running.end.clone());
            let workers = running.as_ref().map(|running| running.workers.clone());
            (end, workers.unwrap_or_default())
        };
        let by_itself = async {
            let Some(mut end) = end else {
                return pending().await;
            };
            let end = end.wait_for(Option::is_some).await.map(|end| *end);
            match end.ok().flatten() {
                Some(end) => (end.death(), end.at),
                None => (Death::Ended, Instant::now()),
            }
        };
        tokio::select! {
            ended = by_itself => ended,
            ended = until_one_ends(&workers) => (Death::WorkerLost, ended),
            ended = self.until_foreign_ends() => (Death::Ended, ended),
        }
    }

    /// Waits for the end of a process that we did not start.
    async fn until_foreign_ends(&self) -> Instant {
        let Means::Runs { pid, .. } = &self.means else {
            return pending().await;
        };
        let Some(id) = *lock(pid) else {
            return pending().await;
        };
        let ended = until_one_ends(&BTreeSet::from([id])).await;
        *lock(pid) = None;
        ended
    }

    /// Whether the process is known to live.
    pub(super) fn lives(&self) -> bool {
        match &self.means {
            Means::Start { .. } => lock(&self.running)
                .as_ref()
                .is_some_and(|running| running.ended().is_none()),
            Means::Runs { .. } => self.process().is_some_and(processes::lives),
        }
    }

    /// The last lines that the current server process wrote to its standard error.
    pub(super) async fn last_lines(&self) -> Vec<String> {
        let Some(mut running) = lock(&self.running).take() else {
            return Vec::new();
        };
        if running.ended().is_some() {
            running.stderr.read_to_end().await;
        }
        let lines = running.stderr.last_lines(LAST_LINES);
        *lock(&self.running) = Some(running);
        lines
    }
}

/// Waits until one of these processes has ended; for ever if there are none.
async fn until_one_ends(ids: &BTreeSet<u32>) -> Instant {
    if ids.is_empty() {
        return pending().await;
    }
    while ids.iter().all(|id| processes::lives(*id)) {
        sleep(LOOK).await;
    }
    Instant::now()
}

/// A free port of this host.
fn free(host: IpAddr) -> std::io::Result<SocketAddr> {
    TcpListener::bind((host, 0))?.local_addr()
}

/// Locks a value that no panic can leave half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

//! A client under test: a command that is started with URLs, or reads them while it runs.

mod error;
mod identity;
mod launch;
mod once;
mod process;
mod proxy;

use std::fmt;
use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::slice;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::time::timeout;
use url::Url;
use wsspec_reports::Transport;
use wsspec_vectors::{Dial, Tls};

use super::process::LastLine;
use super::shell::CommandLine;
use crate::exchange::Needs;
use crate::tls::Authority;
use crate::wire::http2;
use crate::wire::link::{Link, Opened};
use crate::wire::tcp::Begun;
use identity::Identity;
use launch::Told;
use process::{ACCEPT_AFTER_EXIT, ConnectsOrEnds};

pub use error::ClientError;
pub(super) use error::{Absence, ConnectError, Crash};
pub use launch::Launch;
pub use once::run_client;
pub(super) use process::{Listener, Process};

/// Bounds of the time that a client gets from its start to its connection. Between them, it gets
/// [`SLOWEST_START_FACTOR`] times what the slowest start so far took.
const CONNECT_TIMEOUT: [Duration; 2] = [Duration::from_secs(10), Duration::from_secs(30)];

/// Bounds of the time after which a client that may refuse its URL is taken to have refused it.
const REFUSAL_TIMEOUT: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(10)];

/// How many times longer than the slowest start so far another start may take.
const SLOWEST_START_FACTOR: u32 = 4;

/// Longest wait for a client to end after its last conversation, to see whether it crashes.
const EXIT_AFTER_LAST: Duration = Duration::from_millis(150);

/// The same after a failed conversation of a client that can have another one.
const EXIT_AFTER_FAILURE: Duration = Duration::from_millis(20);

/// Longest wait for the exit status of a client that does not take a URL.
const EXIT_AFTER_REFUSED_URL: Duration = Duration::from_millis(250);

/// Lines of standard error that are kept for a client that did not pass.
const LAST_LINES: usize = 6;

/// A client under test.
#[derive(Debug)]
pub struct Client {
    command: Vec<String>,
    launch: Launch,
    /// The address that the client connects to.
    address: IpAddr,
    over: Transport,
    /// Over TLS, who we are.
    identity: Option<Identity>,
    /// Started clients that can take another conversation.
    idle: Mutex<Vec<Process>>,
    /// It is to reach everything through a proxy, which is us.
    through_proxy: bool,
    /// Whether it uses the configured proxy, once known.
    uses_proxy: OnceCell<bool>,
    /// The longest time that a client has taken from its start to its connection.
    slowest: Mutex<Duration>,
    /// Further environment variables.
    variables: Vec<(String, String)>,
}

/// A client that has connected.
pub(super) struct Connected {
    pub(super) opened: Opened,
    /// The host and port that it dialled.
    pub(super) host: String,
    pub(super) process: Process,
    /// Where it may connect again, if we are its proxy in this case.
    pub(super) proxy: Option<Listener>,
}

/// What became of a client after a conversation.
#[derive(Default)]
pub(super) struct Released {
    pub(super) crash: Option<Crash>,
    /// The last lines of its standard error, unless it passed.
    pub(super) stderr: Vec<String>,
}

/// Why a started client has no connection.
enum NoConnection {
    /// The connection came and could not be accepted.
    Accept(Absence),
    /// No connection came in time.
    Missing {
        ended: Option<ExitStatus>,
        line: LastLine,
    },
}

impl NoConnection {
    /// The reason for a client that should have connected within `patience`.
    fn absence(self, patience: Duration) -> Absence {
        match self {
            NoConnection::Accept(absence) => absence,
            NoConnection::Missing {
                ended: Some(status),
                line,
            } => Absence::Ended(status, line),
            NoConnection::Missing { ended: None, line } => Absence::Late(patience, line),
        }
    }

    /// What became of a client that may have refused its URL.
    fn refusal(self) -> ConnectError {
        match self {
            NoConnection::Accept(absence) => ConnectError::Absent(absence),
            NoConnection::Missing {
                ended: Some(status),
                line,
            } if Crash::happened(status) => ConnectError::Crashed(Crash::new(status, line)),
            NoConnection::Missing { .. } => ConnectError::Refused,
        }
    }
}

/// The command, quoted for a shell.
impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.command.iter().cloned().collect::<CommandLine>().fmt(f)
    }
}

impl Client {
    /// The client that `command` starts: the program and its arguments. `{url}`, or `{urls}` for a
    /// batch, stands for where to connect; if no argument has it, the URL is appended, unless the
    /// client is [persistent](Launch::Persistent). `WSSPEC_URL` has the URL too, and
    /// `WSSPEC_SUBPROTOCOLS` the subprotocols. The URL leads to `address`.
    ///
    /// # Errors
    /// If the command is empty.
    pub fn new(
        mut command: Vec<String>,
        launch: Launch,
        address: IpAddr,
    ) -> Result<Client, ClientError> {
        if command.is_empty() {
            return Err(ClientError::NoCommand);
        }
        launch.complete(&mut command);
        Ok(Client {
            command,
            launch,
            address,
            over: Transport::Tcp,
            identity: None,
            idle: Mutex::default(),
            through_proxy: false,
            uses_proxy: OnceCell::new(),
            slowest: Mutex::default(),
            variables: Vec::new(),
        })
    }

    /// The same client, started with these environment variables as well.
    #[must_use]
    pub fn with_variables(self, variables: Vec<(String, String)>) -> Client {
        Client { variables, ..self }
    }

    /// The same client, told to connect over TLS, and to trust this authority, whose certificate is
    /// in a file. `{cacert}` in the command stands for the file, as do the environment variables
    /// `SSL_CERT_FILE` and `NODE_EXTRA_CA_CERTS`.
    #[must_use]
    pub fn over_tls(self, authority: Authority, file: PathBuf) -> Client {
        Client {
            over: Transport::Tls,
            identity: Some(Identity::new(authority, file)),
            ..self
        }
    }

    /// The same client, whose conversations are streams of HTTP/2: chosen by ALPN over TLS, with prior
    /// knowledge otherwise. One that comes over HTTP/1.1 all the same is not judged.
    #[must_use]
    pub fn over_http2(self) -> Client {
        Client {
            over: Transport::H2,
            ..self
        }
    }

    /// The same client, whose conversations are streams of HTTP/3. It has to be told whom to trust as
    /// well, by [`over_tls`](Self::over_tls).
    #[must_use]
    pub fn over_http3(self) -> Client {
        Client {
            over: Transport::H3,
            ..self
        }
    }

    /// What the client connects over.
    pub(super) fn transport(&self) -> Transport {
        self.over
    }

    /// Whether there is TLS below that.
    pub(super) fn is_secure(&self) -> bool {
        self.identity.is_some()
    }

    /// The same client, configured with us as its proxy for all connections.
    #[must_use]
    pub fn through_proxy(self) -> Client {
        Client {
            through_proxy: true,
            ..self
        }
    }

    /// The URL that leads to a listener.
    fn url(&self, listener: &Listener) -> String {
        format!("{}://{}/", self.scheme(), self.host(listener))
    }

    /// The host and port that lead to a listener.
    fn host(&self, listener: &Listener) -> String {
        let address = listener.address;
        if self.through_proxy {
            format!("{}:{}", proxy::HOST, address.port())
        } else {
            address.to_string()
        }
    }

    fn scheme(&self) -> &'static str {
        if self.is_secure() { "wss" } else { "ws" }
    }

    /// The file name of the program.
    pub(super) fn name(&self) -> String {
        let program = &self.command[0];
        Path::new(program)
            .file_name()
            .map_or(program.clone(), |name| name.to_string_lossy().into_owned())
    }

    /// The command that runs a case with this client again, with `{case}` for its id.
    pub(super) fn rerun(&self) -> String {
        let launch = match self.launch {
            Launch::PerCase => String::new(),
            Launch::Persistent => " --keep".into(),
            Launch::Batch(count) => format!(" --batch {count}"),
        };
        format!("wsspec client{launch} --filter '{{case}}' -v -- {self}")
    }

    /// Starts the command once, to see whether it can be started.
    pub(super) fn reach(&self) -> Result<(), ClientError> {
        let told = Told {
            urls: &[format!("{}://wsspec.invalid/", self.scheme())],
            subprotocols: &[],
            proxy: None,
        };
        self.start(told).map(drop)
    }

    /// What the client needs to be told to dial this, if it cannot be.
    pub(super) fn cannot_dial(&self, dial: &Dial) -> Option<Needs> {
        let takes_subprotocols = self
            .command
            .iter()
            .any(|argument| argument.contains(launch::SUBPROTOCOLS));
        if !dial.subprotocols.is_empty() && !takes_subprotocols {
            return Some(Needs::SubprotocolsArgument);
        }
        let url = dial.resolved("127.0.0.1:1", "/");
        if self.launch == Launch::Persistent && url.contains(['\r', '\n']) {
            return Some(Needs::LaunchPerCase);
        }
        // A proxy resolves the name.
        if dial.proxy || self.through_proxy {
            return None;
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

    /// Has the client connect, over TLS as a case wants it.
    pub(super) async fn connect(
        &self,
        dial: Option<&Dial>,
        tls: Option<&Tls>,
    ) -> Result<Connected, ConnectError> {
        if let Some(dial) = dial.filter(|dial| dial.proxy) {
            return self.connect_to_proxy(dial).await;
        }
        let mut connected = self.connect_below(dial).await?;
        if let Opened::Stream(begun) = connected.opened {
            connected.opened = self.begin(begun, tls).await?.into();
        }
        Ok(connected)
    }

    /// What a byte stream begins with before a case: the tunnel of the proxy, TLS, and the choice of
    /// HTTP/2.
    async fn begin(&self, mut begun: Begun, tls: Option<&Tls>) -> Result<Begun, ConnectError> {
        if self.through_proxy {
            proxy::open(&mut begun).await?;
        }
        if let Some(identity) = &self.identity
            && let Some(stream) = begun.stream.take()
        {
            let secured = identity.secure(stream, self.over, tls).await;
            begun = secured.map_err(Absence::Accept)?;
        }
        if self.over == Transport::H2 {
            return http2::begin(begun).await.ok_or(ConnectError::OverHttp1);
        }
        Ok(begun)
    }

    /// Has the client connect, before the handshake of TLS.
    async fn connect_below(&self, dial: Option<&Dial>) -> Result<Connected, ConnectError> {
        match dial.filter(|dial| **dial != Dial::default()) {
            Some(dial) => self.connect_to(dial).await,
            None if self.launch == Launch::PerCase => self.connect_new().await,
            None => self.connect_next().await,
        }
    }

    /// Starts the client for one connection.
    async fn connect_new(&self) -> Result<Connected, ConnectError> {
        let listener = self.listen().await?;
        let process = self
            .start(self.told(slice::from_ref(&self.url(&listener)), &[], &listener))
            .map_err(Absence::from)?;
        let patience = self.patience(CONNECT_TIMEOUT);
        self.accept(process, &listener, patience)
            .await
            .map_err(|none| none.absence(patience).into())
    }

    /// Uses a started client, or starts one that can be used again.
    async fn connect_next(&self) -> Result<Connected, ConnectError> {
        loop {
            let (process, listener) = self.next_process().await?;
            let fresh = process.is_fresh();
            let patience = self.patience(if fresh {
                CONNECT_TIMEOUT
            } else {
                REFUSAL_TIMEOUT
            });
            match self.accept(process, &listener, patience).await {
                Ok(connected) => return Ok(connected),
                // The conversation before may have broken it, and this case is not to blame for
                // that.
                Err(NoConnection::Missing { .. }) if !fresh => {}
                Err(none) => return Err(none.absence(patience).into()),
            }
        }
    }

    /// Has a client of its own connect to something that it may refuse.
    async fn connect_to(&self, dial: &Dial) -> Result<Connected, ConnectError> {
        let listener = self.listen().await?;
        let url = if dial.url.is_some() {
            dial.resolved(&self.host(&listener), "/")
        } else {
            self.url(&listener)
        };
        let told = self.told(slice::from_ref(&url), &dial.subprotocols, &listener);
        let process = self.start_alone(told, &url).await?;
        self.accept(process, &listener, self.patience(REFUSAL_TIMEOUT))
            .await
            .map_err(NoConnection::refusal)
    }

    /// The arguments of a client that dials a listener at these URLs.
    fn told<'a>(
        &self,
        urls: &'a [String],
        subprotocols: &'a [String],
        listener: &Listener,
    ) -> Told<'a> {
        Told {
            urls,
            subprotocols,
            proxy: self.through_proxy.then_some(listener.address),
        }
    }

    /// Starts a client for one URL alone.
    async fn start_alone(&self, told: Told<'_>, url: &str) -> Result<Process, ConnectError> {
        let mut process = self.start(told).map_err(Absence::from)?;
        if self.launch == Launch::Persistent {
            let handed = process.hand_url(url).await;
            handed.map_err(|_| ConnectError::Refused)?;
            process.last_input = process.input.take();
        }
        Ok(process)
    }

    /// Waits until the client has connected.
    async fn accept(
        &self,
        mut process: Process,
        listener: &Listener,
        patience: Duration,
    ) -> Result<Connected, NoConnection> {
        let came = process.connects_or_ends(listener, patience / 2);
        let ended = match timeout(patience, came).await {
            Ok(ConnectsOrEnds::Connects(accepted)) => {
                return self.connected(process, listener, accepted);
            }
            Ok(ConnectsOrEnds::Ends(ended)) => Some(ended),
            Err(_) => None,
        };
        if ended.is_some()
            && let Ok(accepted) = timeout(ACCEPT_AFTER_EXIT, listener.accept()).await
        {
            return self.connected(process, listener, accepted);
        }
        Err(NoConnection::Missing {
            line: process.stderr.last_line(ended.is_some()).await,
            ended: ended.and_then(Result::ok),
        })
    }

    /// The connection that was accepted.
    fn connected(
        &self,
        mut process: Process,
        listener: &Listener,
        accepted: io::Result<Link>,
    ) -> Result<Connected, NoConnection> {
        if let Some(started) = process.started.take() {
            let mut slowest = lock(&self.slowest);
            *slowest = slowest.max(started.elapsed());
        }
        let link = accepted.map_err(|error| NoConnection::Accept(Absence::Accept(error)))?;
        Ok(Connected {
            opened: link.into(),
            host: self.host(listener),
            process,
            proxy: None,
        })
    }

    /// A timeout within these bounds that allows for the slowest start so far.
    fn patience(&self, [least, most]: [Duration; 2]) -> Duration {
        (*lock(&self.slowest) * SLOWEST_START_FACTOR).clamp(least, most)
    }

    async fn listen(&self) -> Result<Listener, Absence> {
        let listener = match &self.identity {
            Some(identity) if self.over == Transport::H3 => identity.listen(self.address).await,
            _ => Listener::tcp(self.address).await,
        };
        listener.map_err(Absence::Listen)
    }

    /// A running client, and the listener that it dials next.
    async fn next_process(&self) -> Result<(Process, Listener), Absence> {
        let idle = lock(&self.idle).pop();
        if let Some(mut process) = idle {
            if let Some(listener) = process.expected.pop_front() {
                return Ok((process, listener));
            }
            let listener = match &process.proxy {
                Some(proxy) => proxy.clone(),
                None => self.listen().await?,
            };
            if process.hand_url(&self.url(&listener)).await.is_ok() {
                return Ok((process, listener));
            }
        }
        let first = self.listen().await?;
        let mut urls = vec![self.url(&first)];
        let mut rest = Vec::new();
        for _ in 1..self.launch.urls() {
            let listener = if self.through_proxy {
                first.clone()
            } else {
                self.listen().await?
            };
            urls.push(self.url(&listener));
            rest.push(listener);
        }
        let mut process = self.start(self.told(&urls, &[], &first))?;
        process.proxy = self.through_proxy.then(|| first.clone());
        if self.launch == Launch::Persistent && process.hand_url(&urls[0]).await.is_err() {
            let ended = timeout(EXIT_AFTER_REFUSED_URL, process.child.wait())
                .await
                .ok()
                .and_then(Result::ok);
            let line = process.stderr.last_line(ended.is_some()).await;
            return Err(match ended {
                Some(status) => Absence::Ended(status, line),
                None => Absence::ReadsNoUrl(line),
            });
        }
        process.expected = rest.into();
        Ok((process, first))
    }

    fn start(&self, told: Told<'_>) -> Result<Process, ClientError> {
        let identity = self.identity.as_ref();
        let command = identity.map(|identity| identity.fill(&self.command));
        let command = command.as_ref().unwrap_or(&self.command);
        let mut command = self.launch.process(command, told);
        command.envs(self.variables.iter().cloned());
        if let Some(identity) = &self.identity {
            identity.tell(&mut command);
        }
        Process::start(command).map_err(|error| ClientError::CannotStart {
            program: self.command[0].clone(),
            error,
        })
    }

    /// Takes a client back after a conversation, and keeps it for another one if it can have one.
    /// After a pass, which no crash can have ended, a client that goes on is not waited for.
    pub(super) async fn release(&self, mut process: Process, passed: bool) -> Released {
        process.last_input = None;
        let goes_on = process.goes_on();
        let patience = match (goes_on, passed) {
            (true, true) => Duration::ZERO,
            (true, false) => EXIT_AFTER_FAILURE,
            (false, _) => EXIT_AFTER_LAST,
        };
        let ended = timeout(patience, process.child.wait()).await;
        let mut released = Released::default();
        if let Ok(Ok(status)) = &ended
            && Crash::happened(*status)
        {
            let line = process.stderr.last_line(true).await;
            released.crash = Some(Crash::new(*status, line));
        }
        if !passed {
            if ended.is_ok() {
                process.stderr.read_to_end().await;
            }
            released.stderr = process.stderr.last_lines(LAST_LINES);
        }
        if ended.is_err() && goes_on {
            lock(&self.idle).push(process);
        }
        released
    }
}

/// Locks what no panic can leave half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

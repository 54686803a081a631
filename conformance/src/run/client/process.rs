//! A started client.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::timeout;

use super::proxy;
use crate::run::process::{Stderr, kill_group};
use crate::tls::Acceptor;
use crate::wire::link::Link;
use crate::wire::listen;
use crate::wire::stream::Stream;

/// Longest wait for the connection of a client that has already ended: it may still be in the
/// accept queue.
pub(super) const ACCEPT_AFTER_EXIT: Duration = Duration::from_millis(20);

/// What a client gets for its next connection to its proxy before it learns that no further URL comes.
const BACK: Duration = Duration::from_secs(1);

/// Where one conversation is awaited. Each has a listener of its own, so that a connection belongs
/// to a case whatever its request says.
#[derive(Debug, Clone)]
pub(in crate::run) struct Listener {
    socket: Arc<listen::Listener>,
    pub(super) address: SocketAddr,
    /// We are a proxy here, and only this host is asked for by the client under test: a browser asks its
    /// proxy for things of its own.
    only_for: Option<Arc<str>>,
}

impl Listener {
    /// Listens on a free port of TCP.
    pub(super) async fn tcp(address: IpAddr) -> io::Result<Listener> {
        Listener::new(TcpListener::bind((address, 0)).await?.into())
    }

    /// Listens on a free port of UDP, for QUIC.
    pub(super) fn quic(address: IpAddr, acceptor: &Acceptor) -> io::Result<Listener> {
        let address = SocketAddr::new(address, 0);
        Listener::new(listen::Listener::quic(address, acceptor)?)
    }

    fn new(socket: listen::Listener) -> io::Result<Listener> {
        let address = socket.address()?;
        Ok(Listener {
            socket: Arc::new(socket),
            address,
            only_for: None,
        })
    }

    /// A proxy that is asked for `host`; requests for others are refused, and do not count.
    pub(super) fn of_proxy_for(self, host: &str) -> Listener {
        Listener {
            only_for: Some(host.into()),
            ..self
        }
    }

    /// The next connection, after the handshake of QUIC and before that of TLS.
    pub(super) async fn accept(&self) -> io::Result<Link> {
        loop {
            let link = self.socket.accept().await?.open().await?;
            match (&self.only_for, link) {
                (Some(host), Link::Stream(mut stream)) => {
                    if proxy::is_asked_for(&stream, host).await {
                        return Ok(stream.into());
                    }
                    // Whoever asked may be gone.
                    let _ = stream.send(proxy::NOT_SERVED).await;
                }
                (_, link) => return Ok(link),
            }
        }
    }
}

/// What a client did.
pub(super) enum ConnectsOrEnds {
    Connects(io::Result<Link>),
    Ends(io::Result<ExitStatus>),
}

/// A started client. Dropping it ends the process and, on Unix, all that it has started.
#[derive(Debug)]
pub(in crate::run) struct Process {
    pub(super) child: Child,
    /// When it was started; `None` once it has connected for the first time.
    pub(super) started: Option<Instant>,
    /// Where a persistent client reads its URLs.
    pub(super) input: Option<ChildStdin>,
    /// The same of a client that gets no further URL. Its end would say so, and some clients then end at
    /// once, in the middle of a conversation.
    pub(super) last_input: Option<ChildStdin>,
    /// The rest of its batch: where it was told to dial and has not done so yet.
    pub(super) expected: VecDeque<Listener>,
    /// Where all its connections come: it was told that its proxy is there.
    pub(super) proxy: Option<Listener>,
    pub(super) stderr: Stderr,
}

impl Process {
    /// Starts a client, in a process group of its own.
    pub(super) fn start(mut command: Command) -> io::Result<Process> {
        command.kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn()?;
        Ok(Process {
            input: child.stdin.take(),
            last_input: None,
            stderr: Stderr::collect(child.stderr.take()),
            child,
            started: Some(Instant::now()),
            expected: VecDeque::new(),
            proxy: None,
        })
    }

    /// The process; `None` once it has ended.
    pub(in crate::run) fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits until it connects or ends. A client that gets no further URL learns so after `grace`, and
    /// ends if it has refused its only one.
    pub(super) async fn connects_or_ends(
        &mut self,
        listener: &Listener,
        grace: Duration,
    ) -> ConnectsOrEnds {
        let mut accepted = pin!(listener.accept());
        if self.last_input.is_some() {
            tokio::select! {
                accepted = &mut accepted => return ConnectsOrEnds::Connects(accepted),
                ended = self.child.wait() => return ConnectsOrEnds::Ends(ended),
                () = tokio::time::sleep(grace) => self.last_input = None,
            }
        }
        tokio::select! {
            accepted = accepted => ConnectsOrEnds::Connects(accepted),
            ended = self.child.wait() => ConnectsOrEnds::Ends(ended),
        }
    }

    /// Its next connection to a listener; `None` if it ends without one.
    pub(in crate::run) async fn comes_again(&mut self, listener: &Listener) -> Option<Stream> {
        let link = match self.connects_or_ends(listener, BACK).await {
            ConnectsOrEnds::Connects(accepted) => accepted.ok()?,
            ConnectsOrEnds::Ends(_) => timeout(ACCEPT_AFTER_EXIT, listener.accept())
                .await
                .ok()?
                .ok()?,
        };
        link.into_stream()
    }

    /// Whether it has not connected yet.
    pub(super) fn is_fresh(&self) -> bool {
        self.started.is_some()
    }

    /// Whether it can be used for another conversation.
    pub(super) fn goes_on(&self) -> bool {
        self.input.is_some() || !self.expected.is_empty()
    }

    /// Writes a URL to its standard input.
    pub(super) async fn hand_url(&mut self, url: &str) -> io::Result<()> {
        let Some(input) = &mut self.input else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        input.write_all(format!("{url}\n").as_bytes()).await?;
        input.flush().await
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(leader) = self.child.id() {
            kill_group(leader);
        }
    }
}

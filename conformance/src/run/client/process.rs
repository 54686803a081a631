//! A started client.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::timeout;

use crate::run::process::{Stderr, kill_group};

/// Longest wait for the connection of a client that has already ended: it may still be in the
/// accept queue.
pub(super) const ACCEPT_AFTER_EXIT: Duration = Duration::from_millis(20);

/// Where one conversation is awaited. Each has a listener of its own, so that a connection belongs
/// to a case whatever its request says.
#[derive(Debug, Clone)]
pub(in crate::run) struct Listener {
    pub(super) socket: Arc<TcpListener>,
    pub(super) address: SocketAddr,
}

impl Listener {
    /// Listens on a free port.
    pub(super) async fn bind(address: IpAddr) -> io::Result<Listener> {
        let socket = TcpListener::bind((address, 0)).await?;
        let address = socket.local_addr()?;
        Ok(Listener {
            socket: Arc::new(socket),
            address,
        })
    }

    /// The next connection.
    pub(super) async fn accept(&self) -> io::Result<TcpStream> {
        let (stream, _) = self.socket.accept().await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

/// A started client. Dropping it ends the process and, on Unix, all that it has started.
#[derive(Debug)]
pub(in crate::run) struct Process {
    pub(super) child: Child,
    /// When it was started; `None` once it has connected for the first time.
    pub(super) started: Option<Instant>,
    /// Where a persistent client reads its URLs.
    pub(super) input: Option<ChildStdin>,
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

    /// Its next connection to a listener; `None` if it ends without one.
    pub(in crate::run) async fn comes_again(&mut self, listener: &Listener) -> Option<TcpStream> {
        tokio::select! {
            accepted = listener.accept() => return accepted.ok(),
            _ = self.child.wait() => {}
        }
        let late = timeout(ACCEPT_AFTER_EXIT, listener.accept()).await;
        late.ok()?.ok()
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

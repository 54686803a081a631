//! The reference peer over a wire: what `wsspec echo` serves, what a run without a URL tests, and a
//! client that connects.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use wsspec_reports::Transport;

use super::application::AppFault;
use super::endpoint::ReferencePeer;
use super::gateway::Carried;
use super::party::Party;
use super::proxied::Tunnelling;
use crate::wire::link::Link;
use crate::wire::listen::Listener;
use crate::wire::stream::Stream;
use crate::wire::tcp as wire;

/// Longest time without anything to read before a connection is dropped.
pub(super) const IDLE: Duration = Duration::from_secs(60);

/// Bytes read at once.
const READ_SIZE: usize = 32 << 10;

/// Time between two pieces of delayed output.
pub(super) const TICK: Duration = Duration::from_millis(3);

/// Longest time for which the rest of a connection is read after our end of it.
pub(super) const DRAIN: Duration = Duration::from_secs(1);

/// Time before the next attempt to accept a connection after a failed one.
const ACCEPT_RETRY: Duration = Duration::from_millis(10);

/// A server that listens.
#[derive(Debug)]
pub struct Server {
    listener: Listener,
    peer: ReferencePeer,
    over: Transport,
}

impl Server {
    /// Listens on `address`; port 0 picks a free one.
    ///
    /// # Errors
    ///
    /// If the address cannot be bound.
    pub async fn bind(address: SocketAddr, peer: ReferencePeer) -> io::Result<Server> {
        Ok(Server::on(TcpListener::bind(address).await?.into(), peer))
    }

    /// Serves where this listens.
    pub fn on(listener: Listener, peer: ReferencePeer) -> Server {
        Server {
            listener,
            peer,
            over: Transport::Tcp,
        }
    }

    /// The same server over this transport: HTTP/1.1, or HTTP/2 with prior knowledge.
    #[must_use]
    pub fn over(self, over: Transport) -> Server {
        Server { over, ..self }
    }

    /// The address it listens on.
    ///
    /// # Errors
    ///
    /// If the system does not tell.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.address()
    }

    /// Serves until the task is dropped.
    pub async fn serve(self) {
        let dead = Arc::new(AtomicBool::new(false));
        for connection in 0.. {
            match self.listener.accept().await {
                // A dead server would end its process and lose the report of a run against the
                // embedded server. For a client, a connection that closes at once is the same.
                Ok(_) if dead.load(Ordering::Relaxed) => {}
                Ok(incoming) => {
                    let (peer, dead) = ((self.peer.clone(), self.over), dead.clone());
                    tokio::spawn(async move {
                        if let Ok(link) = incoming.open().await {
                            serve(link, peer, connection, dead).await;
                        }
                    });
                }
                // Out of file handles, or the connection was gone before it was accepted.
                Err(_) => tokio::time::sleep(ACCEPT_RETRY).await,
            }
        }
    }
}

/// Connects to `address` and carries on the conversation of `connection` until it is over.
///
/// # Errors
///
/// If the connection cannot be opened.
pub async fn dial(address: SocketAddr, connection: Party) -> io::Result<()> {
    let stream = TcpStream::connect(address).await?;
    let _ = stream.set_nodelay(true);
    carry_on(stream, connection).await;
    Ok(())
}

/// Carries on the conversation of a client over a connection until it is over.
pub async fn carry_on(link: impl Into<Link>, connection: Party) {
    let dead = AtomicBool::new(false);
    match link.into() {
        Link::Stream(stream) => converse(stream, connection, &dead).await,
        Link::Quic(quic) => {
            if let Some(carried) = connection.into_carried() {
                super::quic::converse(*quic, carried, &dead).await;
            }
        }
    }
}

/// Asks for a tunnel on a connection to a proxy. Returns the first bytes that came through it.
///
/// # Errors
///
/// `ConnectionRefused` if the proxy opens none; those of the system.
pub async fn tunnel(stream: &mut TcpStream, mut tunnelling: Tunnelling) -> io::Result<Vec<u8>> {
    let mut buffer = vec![0; READ_SIZE];
    let mut early = Vec::new();
    while !tunnelling.is_open() {
        if tunnelling.is_refused() {
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        stream.write_all(&tunnelling.take_output()).await?;
        match timeout(IDLE, stream.read(&mut buffer)).await?? {
            0 => tunnelling.receive_end(),
            read => early = tunnelling.receive(&buffer[..read]),
        }
    }
    Ok(early)
}

pub(super) async fn serve(
    link: Link,
    (peer, over): (ReferencePeer, Transport),
    connection: u64,
    dead: Arc<AtomicBool>,
) {
    if peer.app == AppFault::Hangs {
        tokio::time::sleep(IDLE).await;
        return;
    }
    match link {
        Link::Stream(stream) => {
            converse(stream, Party::server(&peer, over, connection), &dead).await;
        }
        Link::Quic(quic) => {
            let carried = Carried::server(&peer, over, connection);
            super::quic::converse(*quic, carried, &dead).await;
        }
    }
}

async fn converse(mut stream: Stream, mut connection: Party, dead: &AtomicBool) {
    let mut buffer = vec![0; READ_SIZE];
    loop {
        let out = connection.take_output();
        if !out.is_empty() && stream.send(&out).await.is_err() {
            return;
        }
        if connection.wants_end() {
            break;
        }
        let delayed = connection.has_delayed_output();
        let wait = if delayed { TICK } else { IDLE };
        match timeout(wait, stream.read(&mut buffer)).await {
            Ok(Ok(n)) if n > 0 => connection.receive(&mut buffer[..n]),
            Ok(Ok(_)) => connection.receive_end(),
            Err(_) if delayed => connection.tick(),
            Ok(Err(_)) => connection.receive_reset(),
            Err(_) => return,
        }
        dead.fetch_or(!connection.serves_others(), Ordering::Relaxed);
    }
    wire::end(stream, DRAIN).await;
}

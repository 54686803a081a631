//! The reference peer over TCP: what `wsspec echo` serves, what a run without a URL tests, and a client that dials.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use wsspec_core::Role;

use super::{AppFault, Party, Peer};

/// A connection that says nothing for so long is dropped.
const IDLE: Duration = Duration::from_secs(60);

/// How long a form of the peer waits before it sends what it put off.
const PAUSE: Duration = Duration::from_millis(3);

/// How long the rest of a connection is read after our end of it.
const DRAIN: Duration = Duration::from_secs(1);

/// A server that listens.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    peer: Peer,
}

impl Server {
    /// Listens on `address`; port 0 takes a free one.
    pub async fn bind(address: SocketAddr, peer: Peer) -> io::Result<Server> {
        Ok(Server {
            listener: TcpListener::bind(address).await?,
            peer,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until the task is dropped.
    pub async fn serve(self) {
        let dead = Arc::new(AtomicBool::new(false));
        for connection in 0.. {
            match self.listener.accept().await {
                // Its own end would take the error report along; this is the same to everybody else.
                Ok(_) if dead.load(Ordering::Relaxed) => {}
                Ok((stream, _)) => {
                    tokio::spawn(serve(stream, self.peer.clone(), connection, dead.clone()));
                }
                // Out of file handles, or a connection that was gone before we took it.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }
}

/// Dials `address` as `party` and keeps the conversation up until it is over.
pub async fn dial(address: SocketAddr, party: Party) -> io::Result<()> {
    converse(
        TcpStream::connect(address).await?,
        party,
        &AtomicBool::new(false),
    )
    .await;
    Ok(())
}

pub(super) async fn serve(stream: TcpStream, peer: Peer, connection: u64, dead: Arc<AtomicBool>) {
    if peer.app == AppFault::Hangs {
        tokio::time::sleep(IDLE).await;
        return;
    }
    converse(stream, peer.party(Role::Server, connection), &dead).await;
}

async fn converse(mut stream: TcpStream, mut party: Party, dead: &AtomicBool) {
    let _ = stream.set_nodelay(true);
    let mut buffer = vec![0; 32 << 10];
    loop {
        let out = party.take_output();
        if !out.is_empty() && stream.write_all(&out).await.is_err() {
            return;
        }
        if party.wants_end() {
            break;
        }
        let puts_off = party.puts_off();
        match timeout(
            if puts_off { PAUSE } else { IDLE },
            stream.read(&mut buffer),
        )
        .await
        {
            Ok(Ok(n)) if n > 0 => party.receive(&mut buffer[..n]),
            Ok(Ok(_)) => party.receive_end(),
            Err(_) if puts_off => party.pause(),
            Ok(Err(_)) => party.receive_reset(),
            Err(_) => return,
        }
        dead.fetch_or(!party.serves_others(), Ordering::Relaxed);
    }
    // End our direction and read the rest: a socket closed with unread bytes resets the connection.
    if SockRef::from(&stream)
        .shutdown(std::net::Shutdown::Write)
        .is_ok()
    {
        let rest = async { while stream.read(&mut buffer).await.is_ok_and(|n| n > 0) {} };
        let _ = timeout(DRAIN, rest).await;
    }
}

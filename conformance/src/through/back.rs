//! The origin server of the gateway: it hands each connection to the case whose request comes on it.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use wsspec_core::handshake::HeadReader;
use wsspec_core::violation::ViolationSet;

use super::changes::CASE_FIELD;
use super::conversation::CASE_PARAMETER;
use crate::wire::stream::Stream;

/// Largest number of connections whose requests are read at the same time.
const CONNECTIONS: usize = 256;

/// How long a request may take to come.
const PATIENCE: Duration = Duration::from_secs(10);

/// Pause after a connection that could not be accepted.
const ACCEPT_RETRY: Duration = Duration::from_millis(10);

/// Bytes read at once.
const READ_SIZE: usize = 16 << 10;

/// The answer to what no case has sent, such as a check of the gateway whether we serve.
const ALIVE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// A connection of the gateway, and what was read of it.
pub(super) type Begun = (Stream, Vec<u8>);

/// Our server.
#[derive(Debug)]
pub struct Back {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The cases that wait for their connection, by token.
    waiting: BTreeMap<String, mpsc::UnboundedSender<Begun>>,
    /// A request came that carried no token and was taken for the only one that was awaited.
    unnamed: bool,
}

/// A case waits for its connection until this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    token: String,
    shared: Arc<Shared>,
    /// Where its connections come.
    pub(super) coming: mpsc::UnboundedReceiver<Begun>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.shared.state().waiting.remove(&self.token);
    }
}

impl Drop for Back {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Back {
    /// Listens on `address`.
    ///
    /// # Errors
    /// If that cannot be done.
    pub async fn bind(address: SocketAddr) -> io::Result<Back> {
        let listener = TcpListener::bind(address).await?;
        let shared = Arc::new(Shared::default());
        Ok(Back {
            address: listener.local_addr()?,
            accepting: tokio::spawn(accept(listener, Arc::clone(&shared))),
            shared,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits for the connection of the case with this token.
    pub(super) fn place(&self, token: &str) -> Place {
        let (sender, coming) = mpsc::unbounded_channel();
        self.shared.state().waiting.insert(token.to_owned(), sender);
        Place {
            token: token.to_owned(),
            shared: Arc::clone(&self.shared),
            coming,
        }
    }

    /// Whether requests arrive without their tokens.
    pub(super) fn loses_tokens(&self) -> bool {
        self.shared.state().unnamed
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whom a request is for.
    fn taker(&self, token: Option<&str>) -> Option<mpsc::UnboundedSender<Begun>> {
        let mut state = self.state();
        if let Some(token) = token {
            // A second connection for a case is ignored.
            return state.waiting.remove(token);
        }
        if state.waiting.len() != 1 {
            return None;
        }
        state.unnamed = true;
        state.waiting.pop_first().map(|(_, taker)| taker)
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, _)) => {
                let shared = Arc::clone(&shared);
                tokio::spawn(async move {
                    // One that cannot be read, or takes too long, is no request of ours.
                    let _ = timeout(PATIENCE, hand_over(stream, &shared)).await;
                    drop(permit);
                });
            }
            Err(_) => tokio::time::sleep(ACCEPT_RETRY).await,
        }
    }
}

/// Reads the request on a connection, and hands both to the case that it names.
async fn hand_over(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut head = HeadReader::request().tolerating(ViolationSet::ALL);
    let mut read = Vec::new();
    loop {
        let mut buffer = vec![0; READ_SIZE];
        let count = stream.read(&mut buffer).await?;
        if count == 0 {
            return Ok(());
        }
        let mut input = &buffer[..count];
        read.extend_from_slice(input);
        match head.read(&mut input) {
            Ok(true) => break,
            Ok(false) => {}
            Err(_) => return Ok(()),
        }
    }
    let request = head.parse_request().ok();
    let token = request.as_ref().and_then(|request| {
        let field = request.fields.get(CASE_FIELD);
        field.or_else(|| parameter(request.target))
    });
    let upgrades = request
        .as_ref()
        .is_some_and(|request| request.fields.count("upgrade") > 0);
    let taker = if token.is_some() || upgrades {
        shared.taker(token)
    } else {
        None
    };
    let Some(taker) = taker else {
        let mut stream = Stream::from(stream);
        stream.send(ALIVE).await?;
        crate::wire::tcp::end(stream, PATIENCE).await;
        return Ok(());
    };
    let _ = taker.send((stream.into(), read));
    Ok(())
}

/// The token in the query of a request target.
fn parameter(target: &str) -> Option<&str> {
    let (_, query) = target.split_once('?')?;
    query
        .split('&')
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| *name == CASE_PARAMETER)
        .map(|(_, value)| value)
}

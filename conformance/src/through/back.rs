//! The origin server of the gateway: it hands each connection to the case whose request comes on it, and over
//! HTTP/2, which a client begins with its preface (RFC 9113 §3.4), each stream.

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
use wsspec_core::handshake::{Fields, HeadReader};
use wsspec_core::violation::ViolationSet;

use super::changes::CASE_FIELD;
use super::conversation::CASE_PARAMETER;
use crate::binding::carrier::Came;
use crate::binding::connect::readable;
use crate::wire::http2;
use crate::wire::shared::{self, Event, Said, Server};
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

/// What carries the WebSocket of a case.
#[derive(Debug)]
pub(super) enum Incoming {
    /// A connection, and what was read of it.
    Connection(Stream, Vec<u8>),
    /// A stream of HTTP/2, and what came on it first.
    Stream(shared::Stream, Event),
}

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
    waiting: BTreeMap<String, mpsc::UnboundedSender<Incoming>>,
    /// A request came that carried no token and was taken for the only one that was awaited.
    unnamed: bool,
}

/// A case waits for its connection until this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    token: String,
    shared: Arc<Shared>,
    /// Where its connections come.
    pub(super) coming: mpsc::UnboundedReceiver<Incoming>,
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

    /// Whom a request is for. One that carries no token, and asks for a WebSocket, is for the only case
    /// that waits.
    fn taker(&self, token: Option<&str>, asks: bool) -> Option<mpsc::UnboundedSender<Incoming>> {
        let mut state = self.state();
        if let Some(token) = token {
            // A second connection for a case is ignored.
            return state.waiting.remove(token);
        }
        if !asks || state.waiting.len() != 1 {
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
                    let begun = timeout(PATIENCE, begin(stream, &shared)).await;
                    drop(permit);
                    if let Ok(Ok(Some(server))) = begun {
                        hand_over_streams(server, &shared).await;
                    }
                });
            }
            Err(_) => tokio::time::sleep(ACCEPT_RETRY).await,
        }
    }
}

/// Reads the request on a connection, and hands both to the case that it names. A connection of HTTP/2
/// is given back.
async fn begin(stream: TcpStream, shared: &Shared) -> io::Result<Option<Server>> {
    stream.set_nodelay(true)?;
    let mut stream = Stream::from(stream);
    let (is_http2, first) = http2::choice(&mut stream).await;
    if first.is_empty() {
        return Ok(None);
    }
    if is_http2 {
        return Ok(Some(Server::begin(stream, first)));
    }
    hand_over(stream, first, shared).await?;
    Ok(None)
}

async fn hand_over(mut stream: Stream, first: Vec<u8>, shared: &Shared) -> io::Result<()> {
    let mut head = HeadReader::request().tolerating(ViolationSet::ALL);
    let mut read = first;
    let mut looked_at = 0;
    loop {
        let mut input = &read[looked_at..];
        match head.read(&mut input) {
            Ok(true) => break,
            Ok(false) => {}
            Err(_) => return Ok(()),
        }
        looked_at = read.len();
        let mut buffer = vec![0; READ_SIZE];
        let count = stream.read(&mut buffer).await?;
        if count == 0 {
            return Ok(());
        }
        read.extend_from_slice(&buffer[..count]);
    }
    let request = head.parse_request().ok();
    let upgrades = request
        .as_ref()
        .is_some_and(|request| request.fields.count("upgrade") > 0);
    let token = request
        .as_ref()
        .and_then(|request| token(&request.fields, request.target));
    let Some(taker) = shared.taker(token, upgrades) else {
        stream.send(ALIVE).await?;
        crate::wire::tcp::end(stream, PATIENCE).await;
        return Ok(());
    };
    let _ = taker.send(Incoming::Connection(stream, read));
    Ok(())
}

/// Hands each stream of a connection to the case that it names. What else is asked for there, the
/// connection answers itself.
async fn hand_over_streams(mut server: Server, shared: &Shared) {
    while let Some(mut stream) = server.accept().await {
        let Some(event) = stream.next().await else {
            continue;
        };
        let taker = match &event {
            Event::Came(Came::Fields(fields, _)) => {
                let fields = readable(fields);
                let target = fields.get(":path").unwrap_or_default();
                shared.taker(token(&fields, target), true)
            }
            _ => None,
        };
        match taker {
            Some(taker) => drop(taker.send(Incoming::Stream(stream, event))),
            None => refuse(stream),
        }
    }
}

/// Answers a stream that is of no case.
fn refuse(mut stream: shared::Stream) {
    stream.say(Said::Fields(vec![(b":status".to_vec(), b"404".to_vec())]));
    stream.say(Said::Finish);
}

/// The token of a case, in its field or in the query of the request target.
fn token<'a>(fields: &Fields<'a>, target: &'a str) -> Option<&'a str> {
    fields.get(CASE_FIELD).or_else(|| parameter(target))
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

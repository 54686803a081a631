//! The reference client against other servers: one echo, the driver loop of a client under test,
//! and many connections at once.

use std::io;
use std::time::{Duration, Instant};

use tokio::io::AsyncReadExt;
use tokio::time::{sleep, timeout};
use url::form_urlencoded::byte_serialize;
use wsspec_core::close::CloseCode;
use wsspec_core::deflate::negotiation::Parameters;
use wsspec_core::endpoint::{ClientConfig, Endpoint, Event};
use wsspec_core::frame::MessageKind;

use super::spec::MassOptions;
use crate::run::Target;
use crate::wire::stream::Stream;
use wsspec_vectors::SplitMix64;

/// Longest time to connect.
const CONNECT: Duration = Duration::from_secs(5);

/// Longest silence before a connection is given up.
const IDLE: Duration = Duration::from_secs(120);

/// Most attempts for each connection of a mass connect.
const TRIES: usize = 10;

/// A connection of the reference client.
struct Connection {
    stream: Stream,
    endpoint: Endpoint,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects and sends the request for `resource`, by default that of the target.
    async fn new(target: &Target, resource: Option<String>, seed: u64) -> io::Result<Connection> {
        let stream = target.connect().await?;
        let setup = target.setup();
        let mut random = SplitMix64(seed);
        let nonce = [random.next().to_le_bytes(), random.next().to_le_bytes()].concat();
        let resource = resource.unwrap_or(setup.resource);
        let mut config =
            ClientConfig::new(&setup.host, &resource, nonce.try_into().unwrap_or_default());
        config.compression = vec![Parameters {
            client_max_window_bits: Some(None),
            ..Parameters::default()
        }];
        let endpoint = Endpoint::client(config, move || (random.next() as u32).to_le_bytes());
        let mut connection = Connection {
            stream,
            endpoint,
            buffer: vec![0; 64 << 10],
        };
        connection.flush().await?;
        Ok(connection)
    }

    async fn flush(&mut self) -> io::Result<()> {
        let out = self.endpoint.take_output();
        let written = if out.is_empty() {
            Ok(())
        } else {
            self.stream.send(&out).await
        };
        // The server is gone; what it sent before can still be read.
        written.or_else(|error| if is_end(&error) { Ok(()) } else { Err(error) })
    }

    /// Reads until `app` returns something, or the connection is over.
    async fn until<T>(
        &mut self,
        mut app: impl FnMut(&mut Endpoint, Event) -> Option<T>,
    ) -> io::Result<Option<T>> {
        loop {
            while let Some(event) = self.endpoint.poll() {
                if let Some(found) = app(&mut self.endpoint, event) {
                    self.flush().await?;
                    return Ok(Some(found));
                }
            }
            self.flush().await?;
            if self.endpoint.wants_end() {
                return Ok(None);
            }
            let read = timeout(IDLE, self.stream.read(&mut self.buffer)).await;
            match read.map_err(|_| idle())? {
                Ok(0) => self.endpoint.receive_end(),
                Ok(n) => self.endpoint.receive(&mut self.buffer[..n]),
                Err(error) if is_end(&error) => self.endpoint.receive_end(),
                Err(error) => return Err(error),
            }
        }
    }

    /// Closes, and waits for the answer.
    async fn close(mut self) -> io::Result<()> {
        self.endpoint.close(CloseCode::NORMAL, "");
        self.until(|_, _| None::<()>).await?;
        Ok(())
    }
}

/// The error of a connection on which nothing comes.
fn idle() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "nothing came for two minutes")
}

/// Whether the peer is gone. One that resets the connection after its last byte is no worse than
/// one that ends it.
fn is_end(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionReset | ConnectionAborted | BrokenPipe
    )
}

/// A request target below the path of `target`.
fn below(target: &Target, resource: &str) -> String {
    format!("{}{resource}", target.url.path().trim_end_matches('/'))
}

/// Sends one message and waits for its echo. Returns the time that took; `None` if another message
/// came, or the end.
///
/// # Errors
/// If the target cannot be reached, or the connection breaks.
pub async fn echo(target: &Target, message: &str) -> io::Result<Option<Duration>> {
    let mut connection = Connection::new(target, None, 1).await?;
    let mut began = Instant::now();
    let echoed = connection.until(|endpoint, event| match event {
        Event::Opened(_) => {
            began = Instant::now();
            endpoint.send(MessageKind::Text, message.as_bytes());
            None
        }
        Event::Message(_, payload) => Some(payload == message.as_bytes()),
        _ => None,
    });
    let echoed = echoed.await?;
    let took = began.elapsed();
    connection.close().await?;
    Ok((echoed == Some(true)).then_some(took))
}

/// The message that the server sends on a connection to `resource`.
async fn ask(target: &Target, resource: &str) -> io::Result<String> {
    let mut connection = Connection::new(target, Some(below(target, resource)), 2).await?;
    let answer = connection.until(|_, event| match event {
        Event::Message(_, payload) => Some(String::from_utf8_lossy(&payload).into_owned()),
        _ => None,
    });
    let answer = answer
        .await?
        .ok_or_else(|| io::Error::other(format!("no answer to {resource}")))?;
    connection.close().await?;
    Ok(answer)
}

/// Echoes until the connection is over.
async fn echo_all(target: &Target, resource: &str, seed: u64) -> io::Result<()> {
    let mut connection = Connection::new(target, Some(below(target, resource)), seed).await?;
    let over = connection.until(|endpoint, event| {
        if let Event::Message(kind, payload) = event {
            endpoint.send(kind, &payload);
        }
        None::<()>
    });
    over.await.map(|_| ())
}

/// The loop of a client under test: asks a fuzzing server for the number of cases, runs each, and
/// asks for the reports.
///
/// `on` is called with the number of each case and the outcome of its connection. Returns the
/// number of cases.
///
/// # Errors
/// If the server cannot be reached, or does not tell the number of cases.
pub async fn all_cases(
    target: &Target,
    agent: &str,
    mut on: impl FnMut(usize, io::Result<()>),
) -> io::Result<usize> {
    let count = ask(target, "/getCaseCount").await?;
    let count: usize = count
        .trim()
        .parse()
        .map_err(|_| io::Error::other(format!("{count:?} is not a number of cases")))?;
    let agent: String = byte_serialize(agent.as_bytes()).collect();
    for n in 1..=count {
        on(
            n,
            echo_all(
                target,
                &format!("/runCase?case={n}&agent={agent}"),
                n as u64,
            )
            .await,
        );
    }
    echo_all(target, &format!("/updateReports?agent={agent}"), 0).await?;
    Ok(count)
}

/// The outcome of a mass connect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Mass {
    /// Number of connections that opened.
    pub opened: usize,
    /// Number of connections that never opened.
    pub failed: usize,
    /// Number of repeated attempts.
    pub retries: usize,
    /// Time until the last connection opened or was given up.
    pub took: Duration,
}

/// Opens many connections and keeps them open until the last has opened or was given up; then
/// closes them. `on` is called after each batch.
pub async fn mass(target: &Target, options: &MassOptions, mut on: impl FnMut(&Mass)) -> Mass {
    let began = Instant::now();
    let (mut all, mut held) = (Mass::default(), Vec::new());
    let retry = Duration::from_millis(options.retrydelay);
    while all.opened + all.failed < options.connections {
        let first = all.opened + all.failed;
        let batch = options.batchsize.max(1).min(options.connections - first);
        let mut running = tokio::task::JoinSet::new();
        for i in 0..batch {
            let target = target.clone();
            running.spawn(async move { opened(&target, (first + i) as u64, retry).await });
        }
        while let Some(done) = running.join_next().await {
            let (connection, tries) = done.unwrap_or((None, TRIES));
            all.retries += tries.saturating_sub(1);
            match connection {
                Some(connection) => {
                    all.opened += 1;
                    held.push(connection);
                }
                None => all.failed += 1,
            }
        }
        all.took = began.elapsed();
        on(&all);
        // No connection of the first batch opened, so the rest is not tried.
        if all.opened == 0 {
            all.failed = options.connections;
        }
        if all.opened + all.failed < options.connections {
            sleep(Duration::from_millis(options.batchdelay)).await;
        }
    }
    let mut closing = tokio::task::JoinSet::new();
    held.into_iter().for_each(|connection| {
        closing.spawn(timeout(CONNECT, connection.close()));
    });
    while closing.join_next().await.is_some() {}
    all
}

/// A connection that opened, if any did, and the number of attempts.
async fn opened(target: &Target, seed: u64, retry: Duration) -> (Option<Connection>, usize) {
    for tries in 1..=TRIES {
        let connecting = async {
            let mut connection = Connection::new(target, None, seed).await?;
            let open = connection
                .until(|_, event| matches!(event, Event::Opened(_)).then_some(()))
                .await?;
            open.map(|()| connection)
                .ok_or_else(|| io::Error::other("no opening handshake"))
        };
        if let Ok(Ok(connection)) = timeout(CONNECT, connecting).await {
            return (Some(connection), tries);
        }
        sleep(retry).await;
    }
    (None, TRIES)
}

//! The reference client against servers of others: one echo, the driver loop of a client under test, and many
//! connections at once.

use std::io;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use url::form_urlencoded::byte_serialize;
use wsspec_core::close::CloseCode;
use wsspec_core::deflate::negotiation::Parameters;
use wsspec_core::endpoint::{ClientConfig, Endpoint, Event};
use wsspec_core::frame::MessageKind;

use super::spec::MassOptions;
use crate::run::Target;
use wsspec_vectors::SplitMix64;

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(5);

/// A connection that says nothing for so long is given up.
const IDLE: Duration = Duration::from_secs(120);

/// How often a connection of a mass connect is tried.
const TRIES: usize = 10;

/// A connection of the reference client.
struct Dialled {
    stream: TcpStream,
    endpoint: Endpoint,
    buffer: Vec<u8>,
}

impl Dialled {
    /// Connects and sends the request for `resource`.
    async fn new(target: &Target, resource: Option<String>, seed: u64) -> io::Result<Dialled> {
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
        let mut dialled = Dialled {
            stream,
            endpoint,
            buffer: vec![0; 64 << 10],
        };
        dialled.flush().await?;
        Ok(dialled)
    }

    async fn flush(&mut self) -> io::Result<()> {
        let out = self.endpoint.take_output();
        let written = if out.is_empty() {
            Ok(())
        } else {
            self.stream.write_all(&out).await
        };
        // What it said before it went is still to be read.
        written.or_else(|error| if is_end(&error) { Ok(()) } else { Err(error) })
    }

    /// Reads on until `app` returns something, or the connection is over.
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
            let idle = || io::Error::new(io::ErrorKind::TimedOut, "nothing came for two minutes");
            match timeout(IDLE, self.stream.read(&mut self.buffer))
                .await
                .map_err(|_| idle())?
            {
                Ok(0) => self.endpoint.receive_end(),
                Ok(n) => self.endpoint.receive(&mut self.buffer[..n]),
                Err(error) if is_end(&error) => self.endpoint.receive_end(),
                Err(error) => return Err(error),
            }
        }
    }

    /// Closes, and waits until that is answered.
    async fn close(mut self) -> io::Result<()> {
        self.endpoint.close(CloseCode::NORMAL, "");
        self.until(|_, _| None::<()>).await?;
        Ok(())
    }
}

/// The peer is gone. One that resets the connection once it has said all is no worse than one that ends it.
fn is_end(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionReset | ConnectionAborted | BrokenPipe
    )
}

/// The same request target below the path of `target`.
fn below(target: &Target, what: &str) -> String {
    format!("{}{what}", target.url.path().trim_end_matches('/'))
}

/// Sends one message and waits for it to come back. The answer is how long that took; `None` where something else came,
/// or the end.
pub async fn echo(target: &Target, message: &str) -> io::Result<Option<Duration>> {
    let mut dialled = Dialled::new(target, None, 1).await?;
    let mut began = Instant::now();
    let came = dialled.until(|endpoint, event| match event {
        Event::Opened(_) => {
            began = Instant::now();
            endpoint.send(MessageKind::Text, message.as_bytes());
            None
        }
        Event::Message(_, payload) => Some(payload == message.as_bytes()),
        _ => None,
    });
    let came = came.await?;
    let took = began.elapsed();
    dialled.close().await?;
    Ok((came == Some(true)).then_some(took))
}

/// One text message that the server sends unasked.
async fn ask(target: &Target, what: &str) -> io::Result<String> {
    let mut dialled = Dialled::new(target, Some(below(target, what)), 2).await?;
    let answer = dialled.until(|_, event| match event {
        Event::Message(_, payload) => Some(String::from_utf8_lossy(&payload).into_owned()),
        _ => None,
    });
    let answer = answer
        .await?
        .ok_or_else(|| io::Error::other(format!("no answer to {what}")))?;
    dialled.close().await?;
    Ok(answer)
}

/// Echoes until the connection is over.
async fn serve(target: &Target, what: &str, seed: u64) -> io::Result<()> {
    let mut dialled = Dialled::new(target, Some(below(target, what)), seed).await?;
    let over = dialled.until(|endpoint, event| {
        if let Event::Message(kind, payload) = event {
            endpoint.send(kind, &payload);
        }
        None::<()>
    });
    over.await.map(|_| ())
}

/// The loop of a client under test: asks a fuzzing server for the number of cases, runs each, has the reports written.
/// `on` hears of each case what went wrong with its connection. The answer is how many there were.
pub async fn all_cases(
    target: &Target,
    agent: &str,
    mut on: impl FnMut(usize, io::Result<()>),
) -> io::Result<usize> {
    let count = ask(target, "/getCaseCount").await?;
    let count: usize = count
        .trim()
        .parse()
        .map_err(|_| io::Error::other(format!("{count:?} is no number of cases")))?;
    let agent: String = byte_serialize(agent.as_bytes()).collect();
    for n in 1..=count {
        on(
            n,
            serve(
                target,
                &format!("/runCase?case={n}&agent={agent}"),
                n as u64,
            )
            .await,
        );
    }
    serve(target, &format!("/updateReports?agent={agent}"), 0).await?;
    Ok(count)
}

/// What came of a mass connect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Mass {
    /// Connections that opened.
    pub opened: usize,
    /// Connections that did not, however often they were tried.
    pub failed: usize,
    /// Attempts that had to be repeated.
    pub retries: usize,
    /// How long it took until the last one was decided.
    pub took: Duration,
}

/// Opens many connections and holds them all open, until each has opened or was given up; then closes them.
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
            let (dialled, tries) = done.unwrap_or((None, TRIES));
            all.retries += tries.saturating_sub(1);
            match dialled {
                Some(dialled) => {
                    all.opened += 1;
                    held.push(dialled);
                }
                None => all.failed += 1,
            }
        }
        all.took = began.elapsed();
        on(&all);
        // Nobody is there: there is no use in asking for the rest.
        if all.opened == 0 {
            all.failed = options.connections;
        }
        if all.opened + all.failed < options.connections {
            sleep(Duration::from_millis(options.batchdelay)).await;
        }
    }
    let mut closing = tokio::task::JoinSet::new();
    held.into_iter().for_each(|dialled| {
        closing.spawn(timeout(CONNECT, dialled.close()));
    });
    while closing.join_next().await.is_some() {}
    all
}

/// A connection that opened, and how often it was tried.
async fn opened(target: &Target, seed: u64, retry: Duration) -> (Option<Dialled>, usize) {
    for tries in 1..=TRIES {
        let dialling = async {
            let mut dialled = Dialled::new(target, None, seed).await?;
            let open = dialled
                .until(|_, event| matches!(event, Event::Opened(_)).then_some(()))
                .await?;
            open.map(|()| dialled)
                .ok_or_else(|| io::Error::other("no opening handshake"))
        };
        if let Ok(Ok(dialled)) = timeout(CONNECT, dialling).await {
            return (Some(dialled), tries);
        }
        sleep(retry).await;
    }
    (None, TRIES)
}

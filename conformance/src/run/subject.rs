//! Whom the cases are run against: a server that is dialled, or a client that is started.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wsspec_core::Role;
use wsspec_reports::Verdict;

use super::client::{Client, ClientError, ConnectError};
use super::shell::CommandLine;
use super::target::{ResolveError, masked_field};
use super::{Target, probe};
use crate::drive::tcp;
use crate::exchange::{Conclusion, Exchange, Setup, Timing};
use wsspec_vectors::Case;

/// Why a subject cannot be reached.
#[derive(Debug)]
pub(super) enum ReachError {
    /// The host of the URL has no address.
    Unresolved(ResolveError),
    /// The server takes no connection.
    Refused {
        url: String,
        address: SocketAddr,
        error: io::Error,
    },
    /// The client cannot be started.
    Client(ClientError),
}

impl fmt::Display for ReachError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReachError::Unresolved(error) => error.fmt(f),
            ReachError::Refused {
                url,
                address,
                error,
            } => write!(f, "cannot connect to {url} ({address}): {error}"),
            ReachError::Client(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ReachError {}

/// Who is under test.
#[derive(Debug, Clone)]
pub enum Subject {
    /// A server at a URL.
    Server(Target),
    /// A client that a command starts.
    Client(Arc<Client>),
}

impl Subject {
    /// A name for people.
    pub fn name(&self) -> String {
        match self {
            Subject::Server(target) => target.name.clone(),
            Subject::Client(client) => client.name(),
        }
    }

    /// The URL of a server; the command of a client.
    pub fn url(&self) -> String {
        match self {
            Subject::Server(target) => target.shown(),
            Subject::Client(client) => client.to_string(),
        }
    }

    /// The command that runs a case against this subject again, with `{case}` for its id.
    pub fn rerun(&self) -> String {
        match self {
            Subject::Server(target) => {
                let mut line = CommandLine::from_iter(["wsspec".to_owned(), target.shown()]);
                for (name, value) in &target.headers {
                    line.option("-H", masked_field(&format!("{name}: {value}")));
                }
                format!("{line} --filter '{{case}}' -v")
            }
            Subject::Client(client) => client.rerun(),
        }
    }

    /// What an exchange needs to know of it.
    pub(crate) fn setup(&self) -> Setup {
        match self {
            Subject::Server(target) => target.setup(),
            // The host is another for each connection.
            Subject::Client(_) => Setup::new(Role::Client, "", "/"),
        }
    }

    /// Checks that the subject is there at all.
    pub(super) async fn reach(&self) -> Result<(), ReachError> {
        match self {
            Subject::Server(target) => {
                let address = target.address.clone().map_err(ReachError::Unresolved)?;
                let connected = target.connect().await;
                connected.map(drop).map_err(|error| ReachError::Refused {
                    url: target.shown(),
                    address,
                    error,
                })
            }
            Subject::Client(client) => client.reach().map_err(ReachError::Client),
        }
    }

    /// Why this case cannot be run against it, if it cannot.
    pub(super) fn cannot(&self, case: &Case) -> Option<String> {
        match (self, &case.dial) {
            (Subject::Client(client), Some(dial)) => {
                client.cannot_dial(dial).map(|limit| limit.to_string())
            }
            _ => None,
        }
    }

    /// Runs one case over a connection of its own.
    pub(crate) async fn carry_out(&self, case: &Case, setup: &Setup) -> Conclusion {
        match self {
            Subject::Server(target) => {
                let began = Instant::now();
                let mut conclusion = match target.connect().await {
                    Ok(stream) => {
                        Box::pin(tcp::run(case, setup, stream, || self.serves(setup))).await
                    }
                    Err(error) => broken(case, setup, &format!("cannot connect: {error}"), began),
                };
                target.secrets().mask(&mut conclusion);
                conclusion
            }
            Subject::Client(client) => Box::pin(self.connected(client, case, setup)).await,
        }
    }

    /// Runs one case with a client that is started, or told, to dial us.
    async fn connected(&self, client: &Client, case: &Case, setup: &Setup) -> Conclusion {
        let began = Instant::now();
        let connected = match client.connect(case.dial.as_ref()).await {
            Ok(connected) => connected,
            Err(ConnectError::Refused) => return tcp::run_refused(case, setup).await,
            Err(ConnectError::Absent(why)) => {
                return broken(case, setup, &why.to_string(), began);
            }
            Err(ConnectError::Crashed(crash)) => {
                return Conclusion {
                    verdict: Verdict::Fail,
                    ..broken(case, setup, &crash.to_string(), began)
                };
            }
        };
        let setup = Setup {
            host: connected.host.clone(),
            ..setup.clone()
        };
        let mut conclusion = tcp::run(case, &setup, connected.stream, || self.serves(&setup)).await;
        if let Some(crash) = client
            .release(connected.process, conclusion.verdict == Verdict::Pass)
            .await
        {
            let crash = crash.to_string();
            conclusion.reason = if conclusion.reason.is_empty() {
                crash
            } else {
                format!("{crash}; {}", conclusion.reason)
            };
            conclusion.verdict = Verdict::Fail;
        }
        conclusion
    }

    /// Whether a fresh connection opens and is alive.
    fn serves<'a>(&'a self, setup: &'a Setup) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>> {
        Box::pin(async move {
            let asked = self.plain(setup, Timing::default().deadline).await;
            asked.is_some_and(|c| c.verdict == Verdict::Pass)
        })
    }

    /// A fresh connection that only opens and asks for a sign of life; `None` where there is none.
    pub(crate) async fn plain(&self, setup: &Setup, deadline: Duration) -> Option<Conclusion> {
        let mut setup = setup.clone();
        setup.timing = Timing {
            round_trip: setup.timing.round_trip,
            deadline,
            ..Timing::default()
        };
        let no_more = || std::future::ready(false);
        match self {
            Subject::Server(target) => {
                let stream = target.connect().await.ok()?;
                Some(tcp::run(&probe::plain_case(), &setup, stream, no_more).await)
            }
            Subject::Client(client) => {
                let connected = client.connect(None).await.ok()?;
                setup.host.clone_from(&connected.host);
                let conclusion =
                    tcp::run(&probe::plain_case(), &setup, connected.stream, no_more).await;
                client
                    .release(connected.process, conclusion.verdict == Verdict::Pass)
                    .await;
                Some(conclusion)
            }
        }
    }
}

/// The conclusion of a case that never had a connection.
fn broken(case: &Case, setup: &Setup, why: &str, began: Instant) -> Conclusion {
    let mut exchange = Exchange::new(case, setup);
    exchange.broke_down(why);
    let mut conclusion = exchange.conclude_all();
    conclusion.duration = began.elapsed();
    conclusion
}

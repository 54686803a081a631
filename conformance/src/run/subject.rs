//! Whom the cases are run against: a server that is dialled, or a client that is started.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wsspec_core::Role;
use wsspec_reports::Verdict;

use super::client::{Client, Missed};
use super::secrets::is_secret;
use super::words::word;
use super::{Target, probe};
use crate::drive::tcp;
use crate::exchange::{Conclusion, Exchange, Setup, Timing};
use wsspec_vectors::Case;

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

    /// The command that runs a case again with these arguments, with `{case}` for its id.
    pub fn again(&self, arguments: &str) -> String {
        match self {
            Subject::Server(target) => {
                let fields = target.headers.iter().map(|(name, value)| {
                    let value = if is_secret(name) { "…" } else { value };
                    format!(" -H {}", word(&format!("{name}: {value}")))
                });
                let url = word(&target.shown());
                format!(
                    "wsspec {url}{} --filter '{{case}}'{arguments} -v",
                    fields.collect::<String>()
                )
            }
            Subject::Client(client) => client.again(arguments),
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

    /// Whether it is there at all; the error says why not.
    pub(super) async fn reach(&self) -> Result<(), String> {
        match self {
            Subject::Server(target) => {
                let address = target.address.clone()?;
                let unreachable =
                    |error| format!("cannot connect to {} ({address}): {error}", target.shown());
                target.connect().await.map(drop).map_err(unreachable)
            }
            Subject::Client(client) => client.reach(),
        }
    }

    /// Why this case cannot be run against it, if it cannot.
    pub(super) fn cannot(&self, case: &Case) -> Option<String> {
        match (self, &case.dial) {
            (Subject::Client(client), Some(dial)) => client.cannot(dial),
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
                target.secrets().hide(&mut conclusion);
                conclusion
            }
            Subject::Client(client) => Box::pin(self.meet(client, case, setup)).await,
        }
    }

    /// Runs one case with a client that is started, or told, to dial us.
    async fn meet(&self, client: &Client, case: &Case, setup: &Setup) -> Conclusion {
        let began = Instant::now();
        let met = match client.meet(case.dial.as_ref()).await {
            Ok(met) => met,
            Err(Missed::Refused) => return tcp::run_refused(case, setup).await,
            Err(Missed::Absent(why)) => return broken(case, setup, &why, began),
            Err(Missed::Crashed(why)) => {
                return Conclusion {
                    verdict: Verdict::Fail,
                    ..broken(case, setup, &why, began)
                };
            }
        };
        let setup = Setup {
            host: met.host.clone(),
            ..setup.clone()
        };
        let mut conclusion = tcp::run(case, &setup, met.stream, || self.serves(&setup)).await;
        if let Some(crash) = client
            .part(met.running, conclusion.verdict == Verdict::Pass)
            .await
        {
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
                let met = client.meet(None).await.ok()?;
                setup.host.clone_from(&met.host);
                let conclusion = tcp::run(&probe::plain_case(), &setup, met.stream, no_more).await;
                client
                    .part(met.running, conclusion.verdict == Verdict::Pass)
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

//! The corpus as a server: clients connect, name a case in the URL, and are under test.
//!
//! The URLs are those of Autobahn|Testsuite, so that drivers written for it work: `/getCaseCount`,
//! `/getCaseInfo`, `/runCase`, `/getCaseStatus`, `/updateReports` and `/stopServer`, each a
//! WebSocket connection. A browser that asks for `/` gets a page that runs all cases with the
//! browser's own WebSocket. A client that takes this server for its HTTP proxy and asks for a tunnel
//! gets one that leads here again, whatever host it names.

mod control;
mod numbered;
mod page;
mod presence;
mod request;
mod results;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc, oneshot};
use wsspec_core::Role;
use wsspec_reports::{CaseResult, TargetReport, Transport, Verdict};

use crate::binding::http1::TUNNEL_OPENED;
use crate::exchange::Setup;
use crate::run::result;
use crate::wire::link::Link;
use crate::wire::listen::Listener;
use crate::wire::stream::Stream;
use crate::wire::tcp;
use presence::Presence;
use request::{Call, Request};
use results::Results;

pub use numbered::{Numbered, answers_by_itself, can_serve};
pub use results::{AGENTS, nothing_yet};

/// Longest wait for an echo after the pong to a later ping. In a browser, the two come from
/// different processes.
const ECHO_AFTER_PONG: Duration = Duration::from_secs(1);

/// Largest number of open connections; further ones wait.
const CONNECTIONS: usize = 256;

/// Pause after a connection that could not be accepted.
const ACCEPT_RETRY: Duration = Duration::from_millis(10);

/// What happens while clients are served.
#[derive(Debug)]
pub enum ServeEvent {
    /// A case was run.
    Finished {
        /// The name of the client.
        agent: String,
        /// The id that the client knows the case by.
        id: String,
        /// The result, with its transcript even if it passed.
        result: Box<CaseResult>,
    },
    /// A client asks for the reports.
    ReportsWanted {
        /// The name of the client.
        agent: String,
        /// The client waits until this is used or dropped.
        written: oneshot::Sender<()>,
    },
    /// The client of this name has its answer: the reports are written.
    ReportsAnswered(String),
    /// A client asks the server to stop.
    Stop,
}

/// Whether the client of this name is exempt from the case with this id.
pub type IsExempt = Box<dyn Fn(&str, &str) -> bool + Send + Sync>;

/// What to test clients with, and how.
pub struct ServeOptions {
    /// The cases, in the order of their numbers.
    pub cases: Vec<Numbered>,
    /// Which client is exempt from which case. The connection for such a case is closed at once.
    pub is_exempt: IsExempt,
    /// The deadline of an expectation.
    pub timeout: Duration,
    /// Fixes everything random.
    pub seed: u64,
    /// The command that runs a case again, with `{case}` for its id.
    pub rerun: String,
}

/// A server that tests its clients.
pub struct Server {
    listener: Listener,
    shared: Arc<Shared>,
}

/// What all connections share.
struct Shared {
    cases: Vec<Numbered>,
    is_exempt: IsExempt,
    setup: Setup,
    results: Results,
    presence: Presence,
    events: mpsc::UnboundedSender<ServeEvent>,
}

impl Server {
    /// Listens on `address`, or on a free port if its port is 0. Returns the events too, as they
    /// happen.
    ///
    /// # Errors
    /// If the address cannot be listened on.
    pub async fn bind(
        address: SocketAddr,
        options: ServeOptions,
    ) -> io::Result<(Server, mpsc::UnboundedReceiver<ServeEvent>)> {
        let listener = TcpListener::bind(address).await?;
        Ok(Server::on(listener.into(), options))
    }

    /// Serves where this listens. Returns the events too, as they happen.
    pub fn on(
        listener: Listener,
        options: ServeOptions,
    ) -> (Server, mpsc::UnboundedReceiver<ServeEvent>) {
        let (events, receiver) = mpsc::unbounded_channel();
        let mut setup = Setup::new(Role::Client, "", "/");
        setup.over = listener.transport();
        setup.secure = setup.over == Transport::Tls;
        setup.seed = options.seed;
        // No case is run again, so each is given more time.
        setup.timing = setup.timing.patient(2, options.timeout);
        setup.timing.overtaken = ECHO_AFTER_PONG;
        let shared = Shared {
            cases: options.cases,
            is_exempt: options.is_exempt,
            results: Results::new(options.rerun, setup.over),
            setup,
            presence: Presence::default(),
            events,
        };
        let server = Server {
            listener,
            shared: Arc::new(shared),
        };
        (server, receiver)
    }

    /// A function that returns a report on each client so far. It outlives the server.
    pub fn reports(&self) -> impl Fn() -> Vec<TargetReport> + use<> {
        let shared = self.shared.clone();
        move || shared.results.reports()
    }

    /// A function that returns how long no client has been heard of; zero in the first minute before
    /// one came. It outlives the server.
    pub fn idle_time(&self) -> impl Fn() -> Duration + use<> {
        let shared = self.shared.clone();
        move || shared.presence.idle_time()
    }

    /// The address that it listens on.
    ///
    /// # Errors
    /// If the operating system does not tell.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.address()
    }

    /// Serves until the future is dropped.
    pub async fn serve(self) {
        let room = Arc::new(Semaphore::new(CONNECTIONS));
        loop {
            let Ok(permit) = room.clone().acquire_owned().await else {
                return;
            };
            match self.listener.accept().await {
                Ok(incoming) => {
                    let shared = self.shared.clone();
                    tokio::spawn(async move {
                        if let Ok(Link::Stream(stream)) = incoming.open().await {
                            shared.connection(stream).await;
                        }
                        drop(permit);
                    });
                }
                // Too many open files, or the connection was reset before it was accepted.
                Err(_) => tokio::time::sleep(ACCEPT_RETRY).await,
            }
        }
    }
}

impl Shared {
    async fn connection(&self, mut stream: Stream) {
        let mut read = Vec::new();
        loop {
            self.presence.connected();
            let Some(request) = Request::read(&mut stream, read).await else {
                return;
            };
            if let Some(through) = request.tunnelled() {
                if stream.send(TUNNEL_OPENED).await.is_err() {
                    return;
                }
                read = through;
                continue;
            }
            let next = match request.call(&self.cases) {
                Call::Run(index, agent) if !(self.is_exempt)(&agent, &self.cases[index].id) => {
                    self.run(stream, &request, index, agent).await
                }
                call => return self.answer(stream, &request, call).await,
            };
            let Some(next) = next else { return };
            (stream, read) = next;
        }
    }

    async fn answer(&self, stream: Stream, request: &Request, call: Call) {
        let text = match call {
            Call::Page => return page::page(stream).await,
            Call::Cases => return page::json(stream, &page::listed(&self.cases)).await,
            Call::Results(agent) => {
                return page::json(stream, &self.results.to_json(&agent)).await;
            }
            Call::Wrong(error) => {
                let why = format!("{error}\n");
                return control::refuse(stream, "500 Internal Server Error", &why).await;
            }
            Call::Unknown => return control::refuse(stream, "404 Not Found", control::HELP).await,
            Call::Reports(agent, stops) => {
                return self.write_reports(stream, request, agent, stops).await;
            }
            Call::Stop => {
                control::send(stream, request, None).await;
                let _ = self.events.send(ServeEvent::Stop);
                return;
            }
            Call::Count => Some(self.cases.len().to_string()),
            Call::Info(index) => Some(self.cases[index].info()),
            // The client is exempt from the case.
            Call::Run(..) => None,
            Call::Status(index, agent) => Some(self.status(index, &agent).await),
        };
        control::send(stream, request, text).await;
    }

    /// Has the reports written once no case of the client is running.
    async fn write_reports(&self, stream: Stream, request: &Request, agent: String, stops: bool) {
        self.presence.idle(&agent).await;
        let (sender, written) = oneshot::channel();
        let _ = self.events.send(ServeEvent::ReportsWanted {
            agent: agent.clone(),
            written: sender,
        });
        let _ = written.await;
        control::send(stream, request, None).await;
        let _ = self.events.send(if stops {
            ServeEvent::Stop
        } else {
            ServeEvent::ReportsAnswered(agent)
        });
    }

    /// Runs a case. Returns the connection if the client goes on with another request on it, which
    /// it may do after an answer other than 101.
    async fn run(
        &self,
        stream: Stream,
        request: &Request,
        index: usize,
        agent: String,
    ) -> Option<tcp::Next> {
        let Numbered { id, case } = &self.cases[index];
        let mut setup = self.setup.clone();
        setup.host = request.host();
        setup.resource.clone_from(&request.target);
        self.presence.started(&agent);
        let (conclusion, next) =
            tcp::run_from(case, &setup, stream, request.bytes.clone(), &tcp::NoFurther).await;
        let result = result(case, &conclusion);
        self.results.add(&agent, (index, id), &result, &conclusion);
        let whole = CaseResult {
            transcript: Some(conclusion.transcript),
            ..result
        };
        let _ = self.events.send(ServeEvent::Finished {
            agent: agent.clone(),
            id: id.clone(),
            result: Box::new(whole),
        });
        self.presence.ended(&agent);
        next
    }

    /// The verdict on a case, in Autobahn's words too. Waits until there is one.
    async fn status(&self, index: usize, agent: &str) -> String {
        loop {
            let change = self.presence.next_change();
            let exempt = (self.is_exempt)(agent, &self.cases[index].id);
            let exempt = exempt.then_some(Verdict::Skipped);
            if let Some(verdict) = self.results.verdict(agent, index).or(exempt) {
                let behavior = results::behavior(verdict);
                return serde_json::json!({ "behavior": behavior, "verdict": verdict.name() })
                    .to_string();
            }
            change.await;
        }
    }
}

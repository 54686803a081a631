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
mod streams;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc, oneshot};
use wsspec_core::Role;
use wsspec_reports::{CaseResult, Limits, TargetReport, Transport, Verdict};

use crate::binding::http1::TUNNEL_OPENED;
use crate::exchange::{Conclusion, Needs, Setup};
use crate::run::{result, skipped};
use crate::wire::http2;
use crate::wire::link::{self, Link, Opened};
use crate::wire::listen::Listener;
use crate::wire::stream::Stream;
use crate::wire::tcp::{self, Begun};
use control::Content;
use presence::Presence;
use request::{Call, Request};
use results::Results;
use streams::Streams;

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
    /// Limits claimed for the clients.
    pub limits: Limits,
    /// Fixes everything random.
    pub seed: u64,
    /// The command that runs a case again, with `{case}` for its id.
    pub rerun: String,
    /// What the cases run over, if not HTTP/1.1 over what is listened on.
    pub over: Option<Transport>,
}

/// What a call is answered with.
enum Reply {
    /// A WebSocket with this message, or none, and what happens after that.
    Message(Option<String>, Option<ServeEvent>),
    /// A status, and content.
    Content(&'static str, Content),
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
        setup.over = options.over.unwrap_or(listener.transport());
        setup.secure = matches!(listener.transport(), Transport::Tls | Transport::H3);
        setup.seed = options.seed;
        setup.limits = options.limits;
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
                        if let Ok(link) = incoming.open().await {
                            shared.connection(link).await;
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
    async fn connection(&self, link: Link) {
        let mut stream = match link {
            Link::Quic(quic) => return self.stream(Streams::over_quic(*quic)).await,
            Link::Stream(stream) if self.setup.over != Transport::H2 => {
                return self.requests(stream, Vec::new()).await;
            }
            Link::Stream(stream) => stream,
        };
        match http2::choice(&mut stream).await {
            (true, read) => self.stream(Streams::over_bytes(stream, read)).await,
            (false, read) => self.requests(stream, read).await,
        }
    }

    /// A connection over HTTP/2 or HTTP/3.
    async fn stream(&self, mut streams: Streams) {
        self.presence.connected();
        let Some(request) = streams.request().await else {
            return;
        };
        match request.call(&self.cases) {
            Call::Run(index, agent) if !self.is_exempt(&agent, index) => {
                self.run(streams.begun(), &request, index, agent).await;
            }
            call => match self.reply(call).await {
                Reply::Message(text, then) => {
                    streams.send(text).await;
                    self.tell(then);
                }
                Reply::Content(status, content) => streams.answer(status, &content).await,
            },
        }
    }

    /// A connection over HTTP/1.1, of which this was read.
    async fn requests(&self, mut stream: Stream, mut read: Vec<u8>) {
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
                Call::Run(index, agent) if self.setup.over == Transport::H2 => {
                    return self.skip(index, &agent);
                }
                Call::Run(index, agent) if !self.is_exempt(&agent, index) => {
                    let begun = Begun::of(stream, request.bytes.clone());
                    self.run_on(begun, &request, index, agent).await
                }
                call => return self.answer(stream, &request, call).await,
            };
            let Some(next) = next else { return };
            (stream, read) = next;
        }
    }

    fn is_exempt(&self, agent: &str, index: usize) -> bool {
        (self.is_exempt)(agent, &self.cases[index].id)
    }

    async fn answer(&self, stream: Stream, request: &Request, call: Call) {
        match self.reply(call).await {
            Reply::Message(text, then) => {
                control::send(stream, request, text).await;
                self.tell(then);
            }
            Reply::Content(status, content) => control::answer(stream, status, &content).await,
        }
    }

    /// What a call is answered with.
    async fn reply(&self, call: Call) -> Reply {
        match call {
            Call::Page => Reply::Content("200 OK", page::page()),
            Call::Cases => Reply::Content("200 OK", page::json(&page::listed(&self.cases))),
            Call::Results(agent) => {
                Reply::Content("200 OK", page::json(&self.results.to_json(&agent)))
            }
            Call::Wrong(error) => {
                let why = Content::text(format!("{error}\n"));
                Reply::Content("500 Internal Server Error", why)
            }
            Call::Unknown => Reply::Content("404 Not Found", Content::text(control::HELP)),
            Call::Reports(agent, stops) => Reply::Message(None, self.reported(agent, stops).await),
            Call::Stop => Reply::Message(None, Some(ServeEvent::Stop)),
            Call::Count => Reply::Message(Some(self.cases.len().to_string()), None),
            Call::Info(index) => Reply::Message(Some(self.cases[index].info()), None),
            // The client is exempt from the case.
            Call::Run(..) => Reply::Message(None, None),
            Call::Status(index, agent) => {
                Reply::Message(Some(self.status(index, &agent).await), None)
            }
        }
    }

    fn tell(&self, event: Option<ServeEvent>) {
        let _ = event.map(|event| self.events.send(event));
    }

    /// Has the reports written once no case of the client is running. What happens once the client
    /// has its answer.
    async fn reported(&self, agent: String, stops: bool) -> Option<ServeEvent> {
        self.presence.idle(&agent).await;
        let (sender, written) = oneshot::channel();
        let _ = self.events.send(ServeEvent::ReportsWanted {
            agent: agent.clone(),
            written: sender,
        });
        let _ = written.await;
        Some(if stops {
            ServeEvent::Stop
        } else {
            ServeEvent::ReportsAnswered(agent)
        })
    }

    /// Runs a case.
    async fn run(&self, opened: Opened, request: &Request, index: usize, agent: String) {
        let setup = self.started(request, &agent);
        let case = &self.cases[index].case;
        let conclusion = link::run(case, &setup, opened, &tcp::NoFurther).await;
        self.concluded(index, &agent, conclusion);
    }

    /// Runs a case over HTTP/1.1. Returns the connection if the client goes on with another request on
    /// it, which it may do after an answer other than 101.
    async fn run_on(
        &self,
        begun: Begun,
        request: &Request,
        index: usize,
        agent: String,
    ) -> Option<tcp::Next> {
        let setup = self.started(request, &agent);
        let case = &self.cases[index].case;
        let (conclusion, next) = tcp::run_begun(case, &setup, begun, &tcp::NoFurther).await;
        self.concluded(index, &agent, conclusion);
        next
    }

    /// Notes that a client begins a case, and what its exchange needs to know.
    fn started(&self, request: &Request, agent: &str) -> Setup {
        self.presence.started(agent);
        Setup {
            host: request.host.clone(),
            resource: request.target.clone(),
            ..self.setup.clone()
        }
    }

    /// A client that connects in another way than the cases run over has its connection closed.
    fn skip(&self, index: usize, agent: &str) {
        self.presence.started(agent);
        let case = &self.cases[index].case;
        let conclusion = skipped(case, &self.setup, Needs::Http2, Instant::now());
        self.concluded(index, agent, conclusion);
    }

    /// Notes how a case that a client began has ended.
    fn concluded(&self, index: usize, agent: &str, conclusion: Conclusion) {
        let Numbered { id, case } = &self.cases[index];
        let result = result(case, &conclusion);
        self.results.add(agent, (index, id), &result, &conclusion);
        let whole = CaseResult {
            transcript: Some(conclusion.transcript),
            ..result
        };
        let _ = self.events.send(ServeEvent::Finished {
            agent: agent.to_owned(),
            id: id.clone(),
            result: Box::new(whole),
        });
        self.presence.ended(agent);
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

//! The corpus as a server: clients come, name a case in the URL, and are the ones under test.
//!
//! The URLs are those of Autobahn|Testsuite, so that every driver written for it works: `/getCaseCount`,
//! `/getCaseInfo`, `/runCase`, `/getCaseStatus`, `/updateReports` and `/stopServer`, each a WebSocket connection.
//! A browser that asks for `/` is given a page that does all this by itself.

mod book;
mod control;
mod page;
mod request;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::futures::Notified;
use tokio::sync::{Notify, mpsc, oneshot};
use wsspec_core::Role;
use wsspec_reports::{CaseResult, TargetReport, Verdict};

use crate::exchange::Setup;
use crate::run::result;
use crate::wire::tcp;
use wsspec_vectors::{Case, Step, Word};

use book::Book;
use request::{Asked, Request};

/// How long an echo may take that a pong has overtaken: in a browser they come from different processes.
const OVERTAKEN: Duration = Duration::from_secs(1);

/// Connections that may be open at once; more have to wait.
const TOGETHER: usize = 256;

/// A case under the number and the name that clients know it by.
#[derive(Debug, Clone)]
pub struct Numbered {
    /// The id it is asked for by, ours or Autobahn's.
    pub id: String,
    /// The case.
    pub case: Arc<Case>,
}

impl Numbered {
    /// A case under its own id.
    pub fn own(case: &Arc<Case>) -> Numbered {
        Numbered {
            id: case.id.clone(),
            case: case.clone(),
        }
    }
}

/// Whether a client that only knows this server's URLs can be tested by a case: nobody tells it to dial anything else,
/// or once more.
pub fn can_serve(case: &Case) -> bool {
    let again = |step: &Step| matches!(step.bare(), Step::Expect(any) if any.iter().any(|o| o.word == Word::Serves));
    case.roles.contains(&Role::Client)
        && case.wants_beyond(tcp::ABILITIES).is_none()
        && case.dial.is_none()
        && !case.steps.iter().any(again)
}

/// Whether a case answers the opening request in a way of its own. Autobahn has no such case, and a driver made for it
/// may not outlive a connection that does not open.
pub fn answers_by_itself(case: &Case) -> bool {
    case.steps
        .iter()
        .any(|step| matches!(step.bare(), Step::Accept(_)))
}

/// What happens while clients are served.
#[derive(Debug)]
pub enum ServeEvent {
    /// A case, known by this id, was run with the client of this name. The result has its conversation, also a pass.
    Finished(String, String, Box<CaseResult>),
    /// A client asks for the reports, and waits until the sender is used or dropped.
    Reports(String, oneshot::Sender<()>),
    /// It was told that they are there.
    Told(String),
    /// A client asks to stop.
    Stop,
}

/// A server that tests its clients.
pub struct Server {
    listener: TcpListener,
    shared: Arc<Shared>,
}

/// Whether a client, by its name, is spared a case, by its id.
pub type Spares = Box<dyn Fn(&str, &str) -> bool + Send + Sync>;

/// What all connections know.
struct Shared {
    cases: Vec<Numbered>,
    spares: Spares,
    setup: Setup,
    book: Book,
    /// Something has changed of what follows.
    news: Notify,
    presence: Mutex<Presence>,
    events: mpsc::UnboundedSender<ServeEvent>,
}

/// Who is there.
#[derive(Debug, Default)]
struct Presence {
    /// Cases that are being run, by client.
    running: BTreeMap<String, usize>,
    /// When the last connection came, or the last case ended.
    last: Option<Instant>,
}

impl Server {
    /// Listens on `address`; port 0 takes a free one. A client that is spared a case is closed at once. `timeout` is the deadline of an expectation, and `seed` fixes
    /// everything random. Events come as they happen.
    pub async fn bind(
        address: SocketAddr,
        cases: Vec<Numbered>,
        spares: Spares,
        timeout: Duration,
        seed: u64,
    ) -> io::Result<(Server, mpsc::UnboundedReceiver<ServeEvent>)> {
        let (events, receiver) = mpsc::unbounded_channel();
        let mut setup = Setup::new(Role::Client, "", "/");
        setup.seed = seed;
        // Each verdict is the only one, so there is time for it.
        setup.timing = setup.timing.patient(2, timeout);
        setup.timing.overtaken = OVERTAKEN;
        let shared = Shared {
            cases,
            spares,
            setup,
            book: Book::default(),
            news: Notify::new(),
            presence: Mutex::default(),
            events,
        };
        Ok((
            Server {
                listener: TcpListener::bind(address).await?,
                shared: Arc::new(shared),
            },
            receiver,
        ))
    }

    /// A report on each client so far. It can be asked for again and again, also when the server is gone.
    pub fn reports(&self) -> impl Fn() -> Vec<TargetReport> + use<> {
        let shared = self.shared.clone();
        move || shared.book.reports()
    }

    /// For how long no client has come, since the first did; asked like the reports.
    pub fn idle(&self) -> impl Fn() -> Duration + use<> {
        let shared = self.shared.clone();
        move || {
            let presence = shared
                .presence
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let last = presence.last.filter(|_| presence.running.is_empty());
            last.map_or(Duration::ZERO, |last| last.elapsed())
        }
    }

    /// Where it listens.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until the task is dropped.
    pub async fn serve(self) {
        let room = Arc::new(tokio::sync::Semaphore::new(TOGETHER));
        loop {
            let Ok(place) = room.clone().acquire_owned().await else {
                return;
            };
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    let shared = self.shared.clone();
                    tokio::spawn(async move {
                        shared.connection(stream).await;
                        drop(place);
                    });
                }
                // Out of file handles, or a connection that was gone before we took it.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }
}

impl Shared {
    /// Notes who is there. A connection came, or `more` or fewer cases of a client are being run.
    fn noted(&self, agent: &str, more: isize) {
        let mut presence = self.presence.lock().unwrap_or_else(PoisonError::into_inner);
        let running = presence
            .running
            .get(agent)
            .map_or(0, |n| *n)
            .saturating_add_signed(more);
        if running == 0 {
            presence.running.remove(agent);
        } else {
            presence.running.insert(agent.to_owned(), running);
        }
        presence.last = Some(Instant::now());
        drop(presence);
        self.news.notify_waiters();
    }

    /// Waits until no case of this client is being run: it may have left connections behind that it does not end.
    async fn done(&self, agent: &str) {
        loop {
            let news = self.news();
            if !self
                .presence
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .running
                .contains_key(agent)
            {
                return;
            }
            news.await;
        }
    }

    /// The next news; what comes from here on is not missed.
    fn news(&self) -> Pin<Box<Notified<'_>>> {
        let mut news = Box::pin(self.news.notified());
        news.as_mut().enable();
        news
    }

    async fn connection(&self, mut stream: TcpStream) {
        let _ = stream.set_nodelay(true);
        let mut begun = Vec::new();
        loop {
            self.noted("", 0);
            let Some(request) = Request::read(&mut stream, begun).await else {
                return;
            };
            let next = match request.asks(&self.cases) {
                Asked::Run(at, agent) if !(self.spares)(&agent, &self.cases[at].id) => {
                    self.run(stream, &request, at, agent).await
                }
                asked => return self.answer(stream, &request, asked).await,
            };
            let Some(next) = next else { return };
            (stream, begun) = next;
        }
    }

    async fn answer(&self, stream: TcpStream, request: &Request, asked: Asked) {
        match asked {
            Asked::Page => page::page(stream).await,
            Asked::Cases => page::json(stream, &page::listed(&self.cases)).await,
            Asked::Results(agent) => page::json(stream, &self.book.results(&agent)).await,
            Asked::Count => control::say(stream, request, Some(self.cases.len().to_string())).await,
            Asked::Info(at) => control::say(stream, request, Some(info(&self.cases[at]))).await,
            // This client is spared the case.
            Asked::Run(..) => control::say(stream, request, None).await,
            Asked::Status(at, agent) => {
                let status = self.status(at, &agent).await;
                control::say(stream, request, Some(status)).await;
            }
            Asked::Reports(agent, last) => {
                self.done(&agent).await;
                let (sender, written) = oneshot::channel();
                let _ = self.events.send(ServeEvent::Reports(agent.clone(), sender));
                let _ = written.await;
                control::say(stream, request, None).await;
                let _ = self.events.send(if last {
                    ServeEvent::Stop
                } else {
                    ServeEvent::Told(agent)
                });
            }
            Asked::Stop => {
                control::say(stream, request, None).await;
                let _ = self.events.send(ServeEvent::Stop);
            }
            Asked::Wrong(why) => control::refuse(stream, "500 Internal Server Error", &why).await,
            Asked::Nothing => control::refuse(stream, "404 Not Found", control::HELP).await,
        }
    }

    /// Runs a case. A client that takes its answer for one of HTTP may go on with its next request.
    async fn run(
        &self,
        stream: TcpStream,
        request: &Request,
        at: usize,
        agent: String,
    ) -> Option<tcp::Next> {
        let Numbered { id, case } = &self.cases[at];
        let mut setup = self.setup.clone();
        setup.host = request.host();
        setup.resource.clone_from(&request.target);
        self.noted(&agent, 1);
        let (conclusion, next) =
            tcp::run_from(case, &setup, stream, request.bytes.clone(), &tcp::NoFurther).await;
        let result = result(case, &conclusion);
        self.book.note(&agent, id, at, &result, &conclusion);
        let told = CaseResult {
            transcript: Some(conclusion.transcript),
            ..result
        };
        let _ = self.events.send(ServeEvent::Finished(
            agent.clone(),
            id.clone(),
            Box::new(told),
        ));
        self.noted(&agent, -1);
        next
    }

    /// The verdict on a case in Autobahn's words; waits until there is one.
    async fn status(&self, at: usize, agent: &str) -> String {
        loop {
            let news = self.news();
            let spared = (self.spares)(agent, &self.cases[at].id).then_some(Verdict::Skipped);
            if let Some(verdict) = self.book.verdict(agent, at).or(spared) {
                let words = (book::behavior(verdict), verdict.name());
                return serde_json::json!({ "behavior": words.0, "verdict": words.1 }).to_string();
            }
            news.await;
        }
    }
}

fn info(numbered: &Numbered) -> String {
    serde_json::json!({ "id": numbered.id, "description": numbered.case.about }).to_string()
}

//! The exchange vectors against the reference peer over TCP.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
use wsspec_core::Role;
use wsspec_reports::{Transport, Verdict};
use wsspec_vectors::{Case, Corpus, Need, Profile};

use super::broken::BrokenVector;
use super::exchanges::holds;
use crate::exchange::{Conclusion, Setup};
use crate::peer::{Party, ReferencePeer, tcp as peer_tcp};
use crate::run::{self, Options, Passive, Subject, Target, plain_case, runs_over};
use crate::wire::stream::Stream;
use crate::wire::tcp;

/// Clients under test at the same time.
const CONCURRENT_CLIENTS: usize = 24;

/// Longest time a client may take to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Checks every exchange vector over loopback connections, in every role it is for: the reference
/// server as a run does, the reference client on a listener for each case. Returns the vectors that
/// do not hold.
///
/// # Errors
///
/// If a loopback connection fails.
pub async fn over_tcp(corpus: &Corpus) -> io::Result<Vec<BrokenVector>> {
    let mut broken = Box::pin(servers(corpus)).await?;
    broken.extend(Box::pin(clients(corpus)).await?);
    Ok(broken)
}

/// The cases for `role` that can run over TCP. The client dials once, and the server lets
/// in pages of any origin.
fn cases_for(corpus: &Corpus, role: Role) -> Vec<Arc<Case>> {
    corpus
        .cases
        .iter()
        .filter(|c| c.roles.contains(&role) && c.profile == Profile::Default)
        .filter(|c| runs_over(c, Transport::Tcp) && c.wants_beyond(tcp::ABILITIES).is_none())
        .filter(|c| !c.needs.contains(&Need::AllowedOrigin))
        .filter(|c| {
            let several = c.has_several_conversations() && !c.goes_on_through_proxy();
            role == Role::Server || !several
        })
        .cloned()
        .collect()
}

async fn servers(corpus: &Corpus) -> io::Result<Vec<BrokenVector>> {
    let server =
        peer_tcp::Server::bind((Ipv4Addr::LOCALHOST, 0).into(), ReferencePeer::conforming())
            .await?;
    let url = format!("ws://{}/", server.address()?);
    let serving = tokio::spawn(server.serve());
    let target = Target::new(&url, Vec::new()).map_err(io::Error::other)?;
    let cases = cases_for(corpus, Role::Server);
    let subject = Subject::Server(target);
    let report = run::run(
        &cases,
        &subject,
        &Options::default(),
        std::future::pending(),
        |_| (),
    )
    .await;
    serving.abort();
    let bad = report.cases.into_iter().filter(|case| !holds(case.verdict));
    Ok(bad
        .map(|case| broken_vector(case.id, Role::Server, case.verdict, &case.reason))
        .collect())
}

fn broken_vector(id: String, role: Role, verdict: Verdict, reason: &str) -> BrokenVector {
    let circumstances = format!("{} under test, over TCP", role.name());
    BrokenVector {
        id,
        circumstances,
        reason: format!("{}: {reason}", verdict.name()),
    }
}

async fn clients(corpus: &Corpus) -> io::Result<Vec<BrokenVector>> {
    let permits = Arc::new(Semaphore::new(CONCURRENT_CLIENTS));
    let mut running = JoinSet::new();
    for case in cases_for(corpus, Role::Client) {
        let permits = permits.clone();
        running.spawn(async move {
            let _permit = permits.acquire().await;
            let conclusion = Box::pin(client(&case)).await;
            (case, conclusion)
        });
    }
    let mut broken = Vec::new();
    let mut passive = Passive::default();
    while let Some(done) = running.join_next().await {
        let (case, mut conclusion) = done?;
        if conclusion.as_ref().is_ok_and(|c| !holds(c.verdict)) {
            // It may have been slow among many: it is enough if it holds alone.
            conclusion = Box::pin(client(&case)).await;
        }
        let conclusion = conclusion?;
        passive.note(&case.id, &conclusion);
        if !holds(conclusion.verdict) {
            broken.push(broken_vector(
                case.id.clone(),
                Role::Client,
                conclusion.verdict,
                &conclusion.explanation(),
            ));
        }
    }
    let rows = passive
        .rows(Role::Client, &[])
        .into_iter()
        .filter(|row| row.verdict != Verdict::Pass);
    broken.extend(rows.map(|row| broken_vector(row.id, Role::Client, row.verdict, &row.reason)));
    Ok(broken)
}

/// Runs a case against a reference client that dials us.
async fn client(case: &Case) -> io::Result<Conclusion> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let mut setup = Setup::new(Role::Client, &address.to_string(), "/");
    setup.timing = setup.timing.patient(3, CONNECT_TIMEOUT);
    let seed = setup.client_seed(&case.id);
    let peer = ReferencePeer::offering(&case.offered);
    // The client dials our listener, also if the case has no URL of its own.
    let mut told = case.clone();
    told.dial.get_or_insert_default();
    let Some(connection) = Party::client(&peer, &told, &setup, seed) else {
        return Ok(tcp::run_refused(case, &setup).await);
    };
    let over = Arc::new(Notify::new());
    let end = over.clone();
    let dialing = tokio::spawn(async move {
        let _ = peer_tcp::dial(address, connection).await;
        end.notify_one();
    });
    let (stream, _) = tokio::time::timeout(CONNECT_TIMEOUT, listener.accept()).await??;
    stream.set_nodelay(true)?;
    let clients = Clients {
        setup: &setup,
        goes_on: case.goes_on_through_proxy(),
        over: &over,
    };
    let conclusion = tcp::run(case, &setup, stream, &clients).await;
    dialing.abort();
    Ok(conclusion)
}

/// Further reference clients.
struct Clients<'a> {
    setup: &'a Setup,
    /// Further conversations are further requests.
    goes_on: bool,
    /// The client is done.
    over: &'a Notify,
}

impl tcp::Further for Clients<'_> {
    fn connect(&self) -> tcp::Pending<'_, io::Result<Stream>> {
        tcp::NoFurther.connect()
    }

    /// It never opens a second connection.
    fn comes_again(&self) -> Option<tcp::Pending<'_, Option<Stream>>> {
        let over = async {
            self.over.notified().await;
            None
        };
        self.goes_on.then(|| Box::pin(over) as tcp::Pending<'_, _>)
    }

    fn serves_another(&self) -> tcp::Pending<'_, bool> {
        Box::pin(serves(self.setup))
    }
}

/// Whether another client is served.
fn serves(setup: &Setup) -> impl Future<Output = bool> {
    let setup = setup.clone();
    async move {
        let fresh = async {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            let dialing = tokio::spawn(peer_tcp::dial(
                listener.local_addr()?,
                Party::Direct(Box::new(
                    ReferencePeer::conforming().connection(Role::Client, 1),
                )),
            ));
            let (stream, _) = listener.accept().await?;
            let conclusion = tcp::run(&plain_case(), &setup, stream, &tcp::NoFurther).await;
            dialing.abort();
            io::Result::Ok(conclusion.verdict == Verdict::Pass)
        };
        tokio::time::timeout(CONNECT_TIMEOUT, fresh)
            .await
            .is_ok_and(|served| served.unwrap_or(false))
    }
}

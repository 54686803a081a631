//! The exchange vectors against the reference peer over TCP.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use wsspec_core::Role;
use wsspec_reports::Verdict;

use super::{Broken, holds};
use crate::exchange::{Conclusion, Setup};
use crate::peer::{Peer, tcp as peer};
use crate::run::{self, Options, Passive, Subject, Target, plain_case};
use crate::wire::tcp;
use wsspec_vectors::{Case, Corpus, Profile};

/// Clients at once.
const TOGETHER: usize = 24;

/// How long a client may take to connect.
const PATIENCE: Duration = Duration::from_secs(5);

/// Checks every exchange vector over loopback connections, in every role it is for: the reference server as a run
/// does, the reference client on a listener for each case. The list of what does not hold.
pub async fn over_tcp(corpus: &Corpus) -> io::Result<Vec<Broken>> {
    let mut broken = servers(corpus).await?;
    broken.extend(Box::pin(clients(corpus)).await?);
    Ok(broken)
}

fn of_role(corpus: &Corpus, role: Role) -> Vec<Arc<Case>> {
    let all = corpus
        .cases
        .iter()
        .filter(|c| c.roles.contains(&role) && c.profile == Profile::Default);
    let all = all.filter(|c| c.wants_beyond(tcp::ABILITIES).is_none());
    all.cloned().collect()
}

async fn servers(corpus: &Corpus) -> io::Result<Vec<Broken>> {
    let server = peer::Server::bind((Ipv4Addr::LOCALHOST, 0).into(), Peer::right()).await?;
    let url = format!("ws://{}/", server.address()?);
    let serving = tokio::spawn(server.serve());
    let target = Target::new(&url, Vec::new()).map_err(io::Error::other)?;
    let cases = of_role(corpus, Role::Server);
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
        .map(|case| broke(case.id, Role::Server, case.verdict, &case.reason))
        .collect())
}

fn broke(id: String, role: Role, verdict: Verdict, reason: &str) -> Broken {
    let circumstances = format!("{} under test, over TCP", role.name());
    Broken {
        id,
        circumstances,
        reason: format!("{}: {reason}", verdict.name()),
    }
}

async fn clients(corpus: &Corpus) -> io::Result<Vec<Broken>> {
    let permits = Arc::new(Semaphore::new(TOGETHER));
    let mut running = JoinSet::new();
    for case in of_role(corpus, Role::Client) {
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
            // Among many it may have been slow: what alone holds, holds.
            conclusion = Box::pin(client(&case)).await;
        }
        let conclusion = conclusion?;
        passive.note(&case.id, &conclusion.observed, &conclusion.transcript);
        if !holds(conclusion.verdict) {
            broken.push(broke(
                case.id.clone(),
                Role::Client,
                conclusion.verdict,
                &conclusion.explanation(),
            ));
        }
    }
    let rows = passive
        .rows(Role::Client)
        .into_iter()
        .filter(|row| row.verdict != Verdict::Pass);
    broken.extend(rows.map(|row| broke(row.id, Role::Client, row.verdict, &row.reason)));
    Ok(broken)
}

/// Runs a case against a reference client that dials us.
async fn client(case: &Case) -> io::Result<Conclusion> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let mut setup = Setup::new(Role::Client, &address.to_string(), "/");
    setup.timing = setup.timing.patient(3, PATIENCE);
    let seed = setup.client_seed(&case.id);
    let dial = case.dial.clone().unwrap_or_default();
    let Some(party) = Peer::offering(&case.offered).dialling(&dial, &setup.host, seed) else {
        return Ok(tcp::run_refused(case, &setup).await);
    };
    let dialling = tokio::spawn(peer::dial(address, party));
    let (stream, _) = tokio::time::timeout(PATIENCE, listener.accept()).await??;
    stream.set_nodelay(true)?;
    let conclusion = tcp::run(case, &setup, stream, &Clients { setup: &setup }).await;
    dialling.abort();
    Ok(conclusion)
}

/// Further reference clients.
struct Clients<'a> {
    setup: &'a Setup,
}

impl tcp::Further for Clients<'_> {
    fn connect(&self) -> tcp::Pending<'_, io::Result<TcpStream>> {
        tcp::NoFurther.connect()
    }

    fn serves_another(&self) -> tcp::Pending<'_, bool> {
        Box::pin(serves(self.setup))
    }
}

/// Whether a fresh client gets through.
fn serves(setup: &Setup) -> impl Future<Output = bool> {
    let setup = setup.clone();
    async move {
        let fresh = async {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            let dialling = tokio::spawn(peer::dial(
                listener.local_addr()?,
                Peer::right().party(Role::Client, 1),
            ));
            let (stream, _) = listener.accept().await?;
            let conclusion = tcp::run(&plain_case(), &setup, stream, &tcp::NoFurther).await;
            dialling.abort();
            io::Result::Ok(conclusion.verdict == Verdict::Pass)
        };
        tokio::time::timeout(PATIENCE, fresh)
            .await
            .is_ok_and(|served| served.unwrap_or(false))
    }
}

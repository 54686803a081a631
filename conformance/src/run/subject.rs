//! Whom the cases are run against: a server that is dialled, or a client that is started.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use wsspec_core::Role;
use wsspec_reports::{CaseResult, Transport, Verdict};

use super::client::{Client, ClientError, ConnectError, Listener, Process};
use super::each::EachError;
use super::gauge::Gauge;
use super::growth;
use super::keeper::Keeper;
use super::shell::CommandLine;
use super::target::{ResolveError, field_argument};
use super::{Target, probe, runs_over};
use crate::control::CarriesOut;
use crate::exchange::{Breakdown, Conclusion, Exchange, Needs, Reason, Setup, Timing};
use crate::wire::link;
use crate::wire::stream::Stream;
use crate::wire::tcp::{self, Place};
use wsspec_vectors::{Case, Costs, Need};

/// Bytes by which the memory of a client grows that has just started, whatever it does: its runtime
/// takes what it needs.
const STARTED_BYTES: u64 = 64 << 20;

/// Why a subject cannot be reached.
#[derive(Debug)]
pub(super) enum ReachError {
    /// The host of the URL has no address.
    Unresolved(ResolveError),
    /// The server takes no connection.
    Refused {
        url: String,
        /// `None` for a Unix socket.
        address: Option<SocketAddr>,
        error: io::Error,
    },
    /// There are no values for the URL or a field.
    Each(EachError),
    /// The client cannot be started.
    Client(ClientError),
}

impl fmt::Display for ReachError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReachError::Unresolved(error) => error.fmt(f),
            ReachError::Refused {
                url,
                address: Some(address),
                error,
            } => write!(f, "cannot connect to {url} ({address}): {error}"),
            ReachError::Refused { url, error, .. } => {
                write!(f, "cannot connect to {url}: {error}")
            }
            ReachError::Each(error) => error.fmt(f),
            ReachError::Client(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ReachError {}

/// Who is under test.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant)] // there is one for each target of a run
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

    /// The URL of a server; the command of a client, or of a server that we start.
    pub fn url(&self) -> String {
        match self {
            Subject::Server(target) => {
                let command = target.keeper().and_then(|keeper| keeper.command());
                command.unwrap_or_else(|| target.shown())
            }
            Subject::Client(client) => client.to_string(),
        }
    }

    /// What starts and watches a server, if anything does.
    pub(super) fn keeper(&self) -> Option<&Arc<Keeper>> {
        match self {
            Subject::Server(target) => target.keeper(),
            Subject::Client(_) => None,
        }
    }

    /// The command that runs a case against this subject again, with `{case}` for its id.
    pub fn rerun(&self) -> String {
        match self {
            Subject::Server(target) => {
                let mut line = CommandLine::from_iter(["wsspec"]);
                line.push(target.argument());
                for (name, value) in &target.headers {
                    line.option_of("-H", field_argument(&format!("{name}: {value}")));
                }
                format!("{line} --filter '{{case}}' -v")
            }
            Subject::Client(client) => client.rerun(),
        }
    }

    /// What it is reached over.
    pub fn transport(&self) -> Transport {
        match self {
            Subject::Server(target) => target.transport(),
            Subject::Client(client) => client.transport(),
        }
    }

    /// What an exchange needs to know of it.
    pub(crate) fn setup(&self) -> Setup {
        match self {
            Subject::Server(target) => target.setup(),
            Subject::Client(client) => {
                // The host is another for each connection.
                let mut setup = Setup::new(Role::Client, "", "/");
                setup.over = client.transport();
                setup.secure = client.is_secure();
                setup
            }
        }
    }

    /// Checks that the subject is there at all.
    pub(super) async fn reach(&self) -> Result<(), ReachError> {
        match self {
            Subject::Server(target) => {
                let address = target.known_address().map_err(ReachError::Unresolved)?;
                target
                    .filled(&target.setup())
                    .await
                    .map_err(ReachError::Each)?;
                let connected = target.link().await;
                connected.map(drop).map_err(|error| ReachError::Refused {
                    url: target.shown(),
                    address,
                    error,
                })
            }
            Subject::Client(client) => client.reach().map_err(ReachError::Client),
        }
    }

    /// What a case needs that it does not have, if there is anything.
    pub(super) fn cannot(&self, case: &Case) -> Option<Needs> {
        if !runs_over(case, self.transport()) {
            return Some(Needs::OtherTransport);
        }
        match self {
            Subject::Client(_)
                if case.has_several_conversations() && !case.goes_on_through_proxy() =>
            {
                Some(Needs::ParallelDials)
            }
            Subject::Client(client) => client.cannot_dial(case.dial.as_ref()?),
            Subject::Server(target) if target.has_each() && case.has_several_conversations() => {
                Some(Needs::OneSetOfValues)
            }
            Subject::Server(target)
                if case.needs.contains(&Need::TlsOnly) && !target.is_tls_only() =>
            {
                Some(Needs::TlsOnly)
            }
            Subject::Server(target)
                if case.needs.contains(&Need::AllowedOrigin)
                    && target.allowed_origin().is_none() =>
            {
                Some(Needs::AllowedOrigin)
            }
            Subject::Server(target) => {
                let most = target.limiter.most()?;
                let wanted = case.connections();
                (wanted > most).then_some(Needs::Connections(wanted))
            }
        }
    }

    /// Hides secrets in what a result tells of its reason and expectation.
    pub(super) fn mask(&self, result: &mut CaseResult) {
        if let Subject::Server(target) = self {
            let secrets = target.secrets();
            secrets.mask(&mut result.reason);
            result.stderr.iter_mut().for_each(|line| secrets.mask(line));
            result
                .expected
                .iter_mut()
                .for_each(|text| secrets.mask(text));
        }
    }

    /// A reason as text without secrets.
    pub(crate) fn masked(&self, reason: &Reason) -> String {
        let mut text = reason.to_string();
        if let Subject::Server(target) = self {
            target.secrets().mask(&mut text);
        }
        text
    }

    /// Runs one case over connections of its own, and measures how its cost grows if it is about that.
    pub(crate) async fn carry_out(&self, case: &Case, setup: &Setup) -> Conclusion {
        let mut conclusion = self.converse(case, setup).await;
        if let Some(costs) = &case.costs
            && let Some(growth) = growth::measured(self, case, setup, &conclusion).await
        {
            conclusion.growth = Some(growth.clone());
            if growth::is_super_linear(&growth) {
                conclusion.grows_too_fast(growth, costs);
            }
        }
        conclusion
    }

    /// Runs one case over connections of its own, as often as it says, and judges what that costs.
    pub(super) async fn converse(&self, case: &Case, setup: &Setup) -> Conclusion {
        let Some(costs) = &case.costs else {
            return self.converse_once(case, setup).await;
        };
        let Some(gauge) = self.gauge() else {
            return self.converse_once(case, setup).await;
        };
        let mut conclusion = self.converse_once(case, setup).await;
        for _ in 1..costs.repeat.unwrap_or(1) {
            if conclusion.verdict >= Verdict::Skipped {
                break;
            }
            conclusion = self.converse_once(case, setup).await;
        }
        let usage = gauge.usage(costs.left).await;
        conclusion.cost(usage, costs, setup.limits.memory);
        conclusion
    }

    async fn converse_once(&self, case: &Case, setup: &Setup) -> Conclusion {
        match self {
            Subject::Server(target) => {
                let place = target.limiter.place(case.connections()).await;
                let began = Instant::now();
                let filled = match target.filled(setup).await {
                    Ok(filled) => filled,
                    Err(error) => {
                        let breakdown = Breakdown::CannotConnect {
                            kind: io::ErrorKind::Other,
                            error: error.to_string(),
                        };
                        return broken(case, setup, breakdown, began);
                    }
                };
                let (own, values) = filled.unzip();
                let setup = own.as_ref().unwrap_or(setup);
                let moved = target.moved(setup);
                let setup = moved.as_ref().unwrap_or(setup);
                let further = Again {
                    subject: self,
                    setup,
                    place,
                    proxied: None,
                };
                let mut conclusion = match target.begin(case).await {
                    Ok(opened) => Box::pin(link::run(case, setup, opened, &further)).await,
                    Err(error) => broken(
                        case,
                        setup,
                        Breakdown::CannotConnect {
                            kind: error.kind(),
                            error: error.to_string(),
                        },
                        began,
                    ),
                };
                let values = values.unwrap_or_default();
                target.secrets_and(&values).mask_conclusion(&mut conclusion);
                conclusion
            }
            Subject::Client(client) => Box::pin(self.serve(client, case, setup)).await,
        }
    }

    /// Watches what the processes of a server take, where they are known. Those of a client are, once
    /// it has connected.
    fn gauge(&self) -> Option<Gauge> {
        Gauge::watch(self.keeper()?.process()?)
    }

    /// Runs one case with a client that is started, or told, to dial us.
    async fn serve(&self, client: &Client, case: &Case, setup: &Setup) -> Conclusion {
        let began = Instant::now();
        if case.is_proxied() && !client.uses_proxy().await {
            let mut exchange = Exchange::new(case, setup);
            exchange.uses_no_proxy();
            return exchange.conclude();
        }
        let connected = match client.connect(case.dial.as_ref(), case.tls.as_ref()).await {
            Ok(connected) => connected,
            Err(ConnectError::Refused) => return tcp::run_refused(case, setup).await,
            Err(ConnectError::OverHttp1) => return skipped(case, setup, Needs::Http2, began),
            Err(ConnectError::Absent(why)) => {
                return broken(case, setup, Breakdown::ClientAbsent(why.to_string()), began);
            }
            Err(ConnectError::Crashed(crash)) => {
                let how = crash.to_string();
                let mut conclusion = broken(
                    case,
                    setup,
                    Breakdown::ClientCrashed { how, before: None },
                    began,
                );
                conclusion.verdict = Verdict::Fail;
                return conclusion;
            }
        };
        let setup = Setup {
            host: connected.host.clone(),
            ..setup.clone()
        };
        let costs = case.costs.as_ref().map(of_started);
        let gauge = costs
            .as_ref()
            .and_then(|_| Gauge::watch(connected.process.id()?));
        let process = Mutex::new(connected.process);
        let further = Again {
            subject: self,
            setup: &setup,
            place: None,
            proxied: connected.proxy.as_ref().map(|proxy| (proxy, &process)),
        };
        let running = link::run(case, &setup, connected.opened, &further);
        let mut conclusion = Box::pin(running).await;
        if let (Some(costs), Some(gauge)) = (costs, gauge) {
            let usage = gauge.usage(costs.left).await;
            conclusion.cost(usage, &costs, setup.limits.memory);
        }
        let passed = conclusion.verdict == Verdict::Pass;
        let released = client.release(process.into_inner(), passed).await;
        conclusion.stderr = released.stderr;
        if let Some(crash) = released.crash {
            let how = crash.to_string();
            conclusion.verdict = Verdict::Fail;
            let before = conclusion.reason.take().map(Box::new);
            conclusion.reason = Some(Breakdown::ClientCrashed { how, before }.into());
        }
        conclusion
    }

    /// A fresh connection that only opens and asks for a sign of life; `None` where there is none.
    pub(crate) async fn plain(&self, setup: &Setup, deadline: Duration) -> Option<Conclusion> {
        let place = match self {
            Subject::Server(target) => target.limiter.place(1).await,
            Subject::Client(_) => None,
        };
        self.plain_at(place, setup, deadline).await
    }

    /// The same, at a place among the connections that there may be.
    async fn plain_at(
        &self,
        place: Option<Place>,
        setup: &Setup,
        deadline: Duration,
    ) -> Option<Conclusion> {
        let mut setup = setup.clone();
        setup.timing = Timing {
            round_trip: setup.timing.round_trip,
            deadline,
            ..Timing::default()
        };
        match self {
            Subject::Server(target) => {
                // A second connection begins with the first one's values in place: fill it anew.
                let mut own = target.setup();
                own.timing = setup.timing;
                if let Some((filled, _)) = target.filled(&own).await.ok()? {
                    setup.resource = filled.resource;
                    setup.headers = filled.headers;
                }
                let link = target.link().await.ok()?;
                if let Some(moved) = target.moved(&setup) {
                    setup.host = moved.host;
                }
                let alone = Again {
                    subject: self,
                    setup: &setup,
                    place,
                    proxied: None,
                };
                Some(Box::pin(link::run(&probe::plain_case(), &setup, link, &alone)).await)
            }
            Subject::Client(client) => {
                let connected = Box::pin(client.connect(None, None)).await.ok()?;
                setup.host.clone_from(&connected.host);
                let case = probe::plain_case();
                let running = link::run(&case, &setup, connected.opened, &tcp::NoFurther);
                let conclusion = Box::pin(running).await;
                client
                    .release(connected.process, conclusion.verdict == Verdict::Pass)
                    .await;
                Some(conclusion)
            }
        }
    }
}

impl CarriesOut for Subject {
    async fn carry_out(&self, case: &Case, setup: &Setup) -> Conclusion {
        Subject::carry_out(self, case, setup).await
    }
}

/// Further connections to a subject, while a case runs.
struct Again<'a> {
    subject: &'a Subject,
    setup: &'a Setup,
    place: Option<Place>,
    /// Where a client connects whose proxy we are, and its process.
    proxied: Option<(&'a Listener, &'a Mutex<Process>)>,
}

impl tcp::Further for Again<'_> {
    fn connect(&self) -> tcp::Pending<'_, io::Result<Stream>> {
        match self.subject {
            Subject::Server(target) => Box::pin(target.connect()),
            // A client that is told to dial once comes no second time.
            Subject::Client(_) => tcp::NoFurther.connect(),
        }
    }

    fn comes_again(&self) -> Option<tcp::Pending<'_, Option<Stream>>> {
        let (listener, process) = self.proxied?;
        Some(Box::pin(async move {
            process.lock().await.comes_again(listener).await
        }))
    }

    fn serves_another(&self) -> tcp::Pending<'_, bool> {
        Box::pin(async move {
            let deadline = Timing::default().deadline;
            let place = self.place.clone();
            let asked = self.subject.plain_at(place, self.setup, deadline).await;
            asked.is_some_and(|conclusion| is_served(&conclusion))
        })
    }

    fn place(&self) -> Option<Place> {
        self.place.clone()
    }
}

/// Whether a plain connection that went this way is served. One whose opening succeeds and breaks a rule
/// is: what is wrong with it has rows of its own.
fn is_served(plain: &Conclusion) -> bool {
    let reason = match &plain.reason {
        Some(Reason::NoPlainConnection(reason)) => Some(reason.as_ref()),
        other => other.as_ref(),
    };
    let of_the_opening = matches!(reason, Some(Reason::Broke(..) | Reason::Opening(_)));
    plain.verdict == Verdict::Pass || plain.opening.opens && of_the_opening
}

/// What a case may cost a client that has just started.
fn of_started(costs: &Costs) -> Costs {
    Costs {
        memory: costs.memory.map(|most| most + STARTED_BYTES),
        ..costs.clone()
    }
}

/// The conclusion of a case that never had a connection.
fn broken(case: &Case, setup: &Setup, breakdown: Breakdown, began: Instant) -> Conclusion {
    let mut exchange = Exchange::new(case, setup);
    exchange.broke_down(breakdown);
    without_connection(exchange, began)
}

/// The conclusion of a case for which the target does not connect as it has to.
pub(crate) fn skipped(case: &Case, setup: &Setup, needs: Needs, began: Instant) -> Conclusion {
    let mut exchange = Exchange::new(case, setup);
    exchange.skip(needs);
    without_connection(exchange, began)
}

fn without_connection(exchange: Exchange<'_>, began: Instant) -> Conclusion {
    let mut conclusion = exchange.conclude();
    conclusion.duration = began.elapsed();
    conclusion
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::peer::{PlantedFault, ReferencePeer, tcp::Server};

    async fn plain(peer: ReferencePeer) -> Conclusion {
        let address = (Ipv4Addr::LOCALHOST, 0).into();
        let server = Server::bind(address, peer).await.unwrap();
        let url = format!("ws://{}/", server.address().unwrap());
        tokio::spawn(server.serve());
        let subject = Subject::Server(Target::new(&url, Vec::new()).unwrap());
        let setup = subject.setup();
        let deadline = Timing::default().deadline;
        subject.plain(&setup, deadline).await.unwrap()
    }

    #[tokio::test]
    async fn a_connection_whose_opening_breaks_a_rule_is_served() {
        let served = [
            ("subprotocol-unasked", true),
            ("accept-lower-case", true),
            ("pong-empty", false),
            ("no-pong", false),
        ];
        for (name, is) in served {
            let peer = PlantedFault::named(name).unwrap().peer();
            let plain = plain(peer).await;
            assert_eq!(is_served(&plain), is, "{name}: {:?}", plain.reason);
        }
        assert!(is_served(&plain(ReferencePeer::conforming()).await));
    }
    /// A case about streams would accuse a server of HTTP/1.1 of what it never spoke.
    #[test]
    fn a_case_of_another_transport_is_not_run() {
        let corpus = wsspec_vectors::Corpus::embedded().unwrap();
        let needs = |url: &str, id: &str| {
            let subject = Subject::Server(Target::new(url, Vec::new()).unwrap());
            let case = corpus.cases.iter().find(|case| case.id == id);
            subject.cannot(case.unwrap())
        };
        for (url, id, runs) in [
            ("ws://127.0.0.1:1/", "control.ping-0", true),
            ("ws://127.0.0.1:1/", "h2.connect.plain", false),
            ("ws://127.0.0.1:1/", "tls.wss.clear-text", false),
            ("wss://127.0.0.1:1/", "tls.wss.clear-text", true),
            ("wss://127.0.0.1:1/", "control.ping-0", true),
        ] {
            let expected = (!runs).then_some(Needs::OtherTransport);
            assert_eq!(needs(url, id), expected, "{url} {id}");
        }
    }
}

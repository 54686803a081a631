//! `wsspec serve`: tests clients that come by themselves.

use std::collections::BTreeSet;
use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::UnboundedReceiver;
use wsspec::serve::{
    self, Numbered, ServeEvent, ServeOptions, Server, answers_by_itself, can_serve,
};
use wsspec::wire::listen::Listener;
use wsspec_core::Role;
use wsspec_core::dissect::printable;
use wsspec_reports::sink::Finished;
use wsspec_reports::{CaseResult, Ending, TargetReport, Transport, Verdict, counted};

use super::args::{RunArgs, SelectArgs, TransportArg, seconds};
use super::client::ClientTransport;
use super::exit::Exit;
use super::failure::{Done, Failure};
use super::listening::{self, Listening};
use super::rerun::{RunSpec, SERVE_LISTEN, Tested};
use super::session::Session;

/// Seconds without a client after which no further one is waited for, if a number of clients is
/// waited for.
const IDLE: f64 = 60.0;

/// Time between two looks whether any client is still there.
const IDLE_CHECK: Duration = Duration::from_millis(100);

#[derive(Debug, Args)]
#[command(after_help = "\
Clients use the URLs of Autobahn|Testsuite's fuzzing server: a loop over /getCaseCount, \
/runCase?case=N&agent=NAME and /updateReports?agent=NAME works unchanged. Open the address in a \
browser to test that browser. Ctrl-C, /stopServer and \
/updateReports?agent=NAME&shutdownOnComplete=true end it. The exit code is that of the verdicts, \
or 3 if a client ran some of the cases and did not come back.")]
pub(crate) struct ServeCommand {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, default_value_t = SERVE_LISTEN, value_name = "ADDRESS")]
    listen: SocketAddr,
    /// What clients connect over; over TLS, a file with the authority to trust is written and named
    #[arg(long, value_enum, default_value_t)]
    transport: ClientTransport,
    /// End when N clients have asked for their reports, or when none has been there for --idle seconds
    #[arg(long, value_name = "N")]
    agents: Option<usize>,
    /// End when no client has been there for S seconds; the first one has a minute more to come (with
    /// --agents 60 by default, otherwise never)
    #[arg(long, value_name = "S", value_parser = seconds)]
    idle: Option<f64>,
    #[command(flatten)]
    select: SelectArgs,
    #[command(flatten)]
    run: RunArgs,
}

impl ServeCommand {
    /// Seconds without a client after which the run ends; `None`: it does not.
    fn idle_limit(&self) -> Option<f64> {
        self.idle.or(self.agents.map(|_| IDLE))
    }

    /// What its cases run over. Those that are about TLS itself need a client that is started.
    fn cases_over(&self) -> Transport {
        match self.transport.transport() {
            Transport::Tls => Transport::Tcp,
            over => over,
        }
    }

    /// Where clients connect.
    async fn listening(&self) -> Result<Listening, Failure> {
        match self.transport {
            ClientTransport::Tcp | ClientTransport::H2c => {
                listening::listen(TransportArg::Tcp, self.listen).await
            }
            ClientTransport::Tls | ClientTransport::H2 | ClientTransport::H3 => {
                listening::listen_with_tls(self.listen, self.transport.transport()).await
            }
        }
    }

    /// What makes a case the same again.
    pub(super) fn spec(&self) -> RunSpec {
        RunSpec {
            tested: Tested::Serve {
                listen: self.listen,
                transport: self.transport,
            },
            vectors: self.select.vectors.clone(),
            profile: self.select.profile,
            case: self.run.case.clone(),
        }
    }
}

/// What ended it.
#[derive(PartialEq)]
enum End {
    /// The clients that were waited for had their reports, or one of them asked to stop.
    Asked,
    /// No client came any more.
    Idle,
    Interrupted,
}

/// `wsspec serve`
pub(super) fn serve(command: &ServeCommand) -> Done {
    let corpus = command.select.vectors.corpus()?;
    let runtime = Runtime::new().map_err(Failure::internal)?;
    runtime.block_on(async {
        if command.run.max_fail().is_some() {
            return Err(Failure::usage(
                "--max-fail and --fail-fast are not for serve: its clients decide which case comes next",
            ));
        }
        let over = command.cases_over();
        let session = Session::new(&command.run, &command.select, &corpus, (Role::Client, over))?;
        let cases = numbered(&session, over)?;
        let mut clients = Clients {
            count: cases.len(),
            wanted: command.agents,
            rerun: command.spec().to_string(),
            over: command.transport.transport(),
            session,
            started: BTreeSet::new(),
            answered: BTreeSet::new(),
        };
        let options = ServeOptions {
            cases,
            is_exempt: Box::new(|_, _| false),
            timeout: command.run.case.timeout(),
            limits: command.run.case.limits.limits(),
            seed: command.run.case.seed,
            rerun: clients.rerun.clone(),
            over: Some(clients.over),
        };
        let listening = command.listening().await?;
        // Removed at the end.
        let authority = listening.authority_file()?;
        let (server, mut events) = serving_on(listening.listener, options)?;
        if let Some(file) = &authority {
            anstream::eprintln!("the authority to trust is in {}", file.path().display());
        }
        let reports = server.reports();
        let idle = idle(&server, command.idle_limit());
        let serving = tokio::spawn(server.serve());
        let end = clients.serve(&mut events, idle, &reports).await;
        serving.abort();
        clients.finish(&end, reports())
    })
}

/// Listens, and tells where.
pub(super) async fn listen(
    address: SocketAddr,
    options: ServeOptions,
) -> Result<(Server, UnboundedReceiver<ServeEvent>), Failure> {
    let listening = listening::listen(TransportArg::Tcp, address).await?;
    serving_on(listening.listener, options)
}

/// Serves where this listens, and tells where.
fn serving_on(
    listener: Listener,
    options: ServeOptions,
) -> Result<(Server, UnboundedReceiver<ServeEvent>), Failure> {
    let count = options.cases.len();
    let url = listener.url().map_err(Failure::internal)?;
    let url = url.trim_end_matches('/');
    // A browser uses HTTP/3 only where an earlier answer offered it.
    let browser = match listener.transport() {
        Transport::H3 => String::new(),
        _ => format!(
            "; open {}/ to test a browser",
            url.replacen("ws", "http", 1)
        ),
    };
    let (server, events) = Server::on(listener, options);
    anstream::eprintln!(
        "{url} tests clients with {}{browser}; Ctrl-C ends it",
        counted(count, "case")
    );
    Ok((server, events))
}

/// The cases of a session that can test clients that come by themselves, in the order of their
/// numbers.
fn numbered(session: &Session<'_>, over: Transport) -> Result<Vec<Numbered>, Failure> {
    let cases = session.cases.iter().filter(|case| can_serve(case, over));
    let mut cases: Vec<Numbered> = cases.map(Numbered::own).collect();
    // Some drivers take a connection that does not open for the end of the server, so these come
    // last; after them, those that may take a minute each.
    cases.sort_by_key(|numbered| {
        let case = &numbered.case;
        (case.awaits_time_out(), answers_by_itself(case))
    });
    if cases.is_empty() {
        return Err(Failure::usage(
            "the selected cases need a client that can be told what to dial; run them with `wsspec client`",
        ));
    }
    Ok(cases)
}

/// Resolves once no client has come for this many seconds; never without a limit.
fn idle(server: &Server, seconds: Option<f64>) -> impl Future<Output = ()> + use<> {
    let idle_time = server.idle_time();
    let limit = seconds.map(Duration::from_secs_f64);
    async move {
        while limit.is_none_or(|limit| idle_time() < limit) {
            tokio::time::sleep(IDLE_CHECK).await;
        }
    }
}

/// The clients under test.
struct Clients<'a> {
    session: Session<'a>,
    /// The number of cases.
    count: usize,
    /// The number of clients that are waited for.
    wanted: Option<usize>,
    rerun: String,
    /// What they connect over.
    over: Transport,
    /// Clients that have run a case, by name.
    started: BTreeSet<String>,
    /// Clients that have asked for their reports.
    answered: BTreeSet<String>,
}

impl Clients<'_> {
    /// Takes events until the end.
    async fn serve(
        &mut self,
        events: &mut UnboundedReceiver<ServeEvent>,
        idle: impl Future<Output = ()>,
        reports: impl Fn() -> Vec<TargetReport>,
    ) -> End {
        tokio::pin!(idle);
        loop {
            let event = tokio::select! {
                event = events.recv() => event,
                () = &mut idle => return End::Idle,
                () = self.session.interrupts.next() => return End::Interrupted,
            };
            match event {
                Some(ServeEvent::Finished { agent, result, .. }) => self.finished(&agent, &result),
                Some(ServeEvent::ReportsWanted { agent, written }) => {
                    let report = reports().into_iter().find(|report| report.name == agent);
                    if let Some(report) = report {
                        self.session.reported(report);
                    }
                    let _ = written.send(());
                    self.answered.insert(agent);
                }
                Some(ServeEvent::ReportsAnswered(_))
                    if self
                        .wanted
                        .is_none_or(|wanted| self.answered.len() < wanted) => {}
                Some(ServeEvent::ReportsAnswered(_) | ServeEvent::Stop) | None => {
                    return End::Asked;
                }
            }
        }
    }

    fn finished(&mut self, agent: &str, whole: &CaseResult) {
        let target = serve::nothing_yet(agent, &self.rerun, self.over);
        if !self.started.contains(agent) {
            // The server keeps no results of further ones.
            if self.started.len() >= serve::AGENTS {
                return;
            }
            self.started.insert(agent.to_owned());
            self.session.started(&target);
        }
        let mut kept = whole.clone();
        if kept.verdict == Verdict::Pass {
            kept.transcript = None;
        }
        let case = Finished {
            run_as: &whole.id,
            kept: &kept,
            whole,
        };
        self.session.finished(&target, case);
    }

    /// The end of the run.
    fn finish(mut self, end: &End, reports: Vec<TargetReport>) -> Done {
        let mut done = Vec::new();
        for mut report in reports {
            self.settle(&mut report, end);
            done.push(self.session.target_done(report)?);
        }
        let none = done.is_empty();
        let complete = done.iter().all(|report| report.ended == Ending::Complete);
        let exits = done.iter().map(|report| self.session.exit(report));
        let exit = exits.fold(Exit::Fine, Exit::worse);
        self.session.finish(done, complete)?;
        if none {
            return Err(Failure::Unreachable("no client has run a case".into()));
        }
        Ok(exit)
    }

    /// Decides how the run of a client ended. One that asks for its report after some of the cases
    /// has had all it wanted; one that stays away has not.
    fn settle(&self, report: &mut TargetReport, end: &End) {
        let name = printable(report.name.as_bytes());
        let cases: Vec<&CaseResult> = report.cases.iter().filter(|c| !c.is_passive()).collect();
        let (ran, count) = (cases.len(), self.count);
        if ran >= count {
            return;
        }
        if self.answered.contains(&report.name) {
            anstream::eprintln!(
                "wsspec: {name} asked for its report after {ran} of {}",
                counted(count, "case")
            );
        } else if *end != End::Asked {
            let last = cases.last().map_or("", |case| &case.id);
            let count = counted(count, "case");
            let gone = format!("ran {ran} of {count} and did not come back after {last}");
            anstream::eprintln!("wsspec: {name} {gone}");
            report.ended = if *end == End::Interrupted {
                Ending::Interrupted
            } else {
                Ending::Died(gone)
            };
        }
    }
}

//! `-m fuzzingclient`: tests servers and writes Autobahn's reports.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::runtime::Runtime;
use wsspec::autobahn::catalogue::{self, AutobahnCase};
use wsspec::autobahn::choice::Chosen;
use wsspec::autobahn::spec::{CLIENT_KEYS, ClientSpec, ServerEntry};
use wsspec::autobahn::{Aggregator, LINGER};
use wsspec::run::{self, Options, Subject, Target, runs_over};
use wsspec::wire::tcp;
use wsspec_reports::autobahn::Behavior;
use wsspec_reports::sink::{Finished, Sink, SinkError, Sinks};
use wsspec_reports::{Ending, MessageBehaviour, TargetReport, Transport};
use wsspec_vectors::{Case, Corpus};

use super::super::events;
use super::super::exit::Exit;
use super::super::failure::{Done, Failure};
use super::super::interrupt::Interrupts;
use super::super::out::out;
use super::super::progress::Progress;
use super::args::{Mode, WstestCommand};
use super::folder::Folder;
use super::setup;

/// Where reports go if the file does not say.
const OUTDIR: &str = "./reports/servers/";

/// The name of a server that does not tell its own.
const UNKNOWN: &str = "UnknownServer";

/// `-m fuzzingclient`
pub(super) fn fuzzingclient(command: &WstestCommand) -> Done {
    let spec = spec(command)?;
    let options = spec.servers.iter().map(|server| &server.options);
    setup::warn_of_options(options.chain([&spec.options]));
    let corpus = Corpus::embedded().map_err(Failure::Vectors)?;
    let all = catalogue::for_servers(catalogue::all(&corpus.cases));
    let (entries, choice) = setup::chosen(&spec.choice, all)?;
    let mut targets = Vec::new();
    for server in &spec.servers {
        targets.push((server, setup::target(&server.url, fields(server))?));
    }
    let outdir = Path::new(spec.outdir.as_deref().unwrap_or(OUTDIR));
    let mut session = Session {
        command,
        choice,
        entries,
        folder: Folder::create(outdir, false, command.debug)?,
        lost: false,
        sink_error: None,
    };
    let runtime = Runtime::new().map_err(Failure::internal)?;
    let interrupted = runtime.block_on(async {
        let mut interrupts = Interrupts::listen();
        for (server, target) in &targets {
            if session.test(server, target, &mut interrupts).await == Ending::Interrupted {
                return true;
            }
        }
        false
    });
    if let Some(error) = session.sink_error.take() {
        return Err(Failure::usage(error));
    }
    out!("{}", session.folder.index().display());
    Ok(if interrupted {
        Exit::Interrupted
    } else if !command.strict_exit {
        Exit::Fine
    } else if session.folder.failed > 0 {
        Exit::FellShort
    } else if session.lost {
        Exit::Unreachable
    } else {
        Exit::Fine
    })
}

/// The file that says what to test, and `-w` where it decides.
fn spec(command: &WstestCommand) -> Result<ClientSpec, Failure> {
    let url = command.wsuri.as_deref().unwrap_or("ws://127.0.0.1:9001");
    let default = json!({
        "outdir": OUTDIR,
        "servers": [{"url": url}],
        "cases": ["*"],
        "exclude-cases": [],
        "exclude-agent-cases": {},
    });
    let mut spec: ClientSpec = setup::read(
        command.spec.as_deref(),
        Mode::Fuzzingclient,
        CLIENT_KEYS,
        &default,
    )?;
    if spec.servers.is_empty() || command.spec.is_none() && command.wsuri.is_some() {
        let Some(url) = &command.wsuri else {
            return Err(Failure::usage(
                "there is no server to test: \"servers\" is empty, and -w is missing",
            ));
        };
        spec.servers = vec![ServerEntry {
            url: url.clone(),
            ..ServerEntry::default()
        }];
    }
    Ok(spec)
}

/// The fields of every request to a server.
fn fields(server: &ServerEntry) -> Vec<(String, String)> {
    let protocols = (!server.protocols.is_empty()).then(|| server.protocols.join(", "));
    let fields = [
        ("Sec-WebSocket-Protocol", protocols),
        ("Origin", server.origin.clone()),
    ];
    fields
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}

/// A run against all servers.
struct Session<'a> {
    command: &'a WstestCommand,
    choice: Chosen,
    entries: Vec<AutobahnCase>,
    folder: Folder,
    /// A server could not be reached, or died.
    lost: bool,
    /// The first error of a sink.
    sink_error: Option<SinkError>,
}

impl Session<'_> {
    async fn test(
        &mut self,
        server: &ServerEntry,
        target: &Target,
        interrupts: &mut Interrupts,
    ) -> Ending {
        let subject = Subject::Server(target.clone());
        let options = Options {
            jobs: self.command.jobs.into(),
            // Autobahn's cases are about echoes.
            peer: Some(MessageBehaviour::Echo),
            timeout: Duration::from_secs_f64(self.command.timeout),
            conversations: true,
            linger: Some(LINGER),
            ..Options::default()
        };
        let agent = match server.agent.clone().filter(|agent| !agent.is_empty()) {
            Some(agent) => agent,
            None => match probed_name(&subject, &options, interrupts).await {
                Ok(name) => name,
                Err(ending) => return self.ended(&server.url, ending),
            },
        };
        let entries = self.entries_for(&agent);
        let cases = cases(&entries);
        anstream::eprintln!(
            "{agent}: {} case{} on {}",
            entries.len(),
            if entries.len() == 1 { "" } else { "s" },
            target.shown()
        );
        let mut reports = Reports {
            folder: &mut self.folder,
            agent: &agent,
            aggregator: Aggregator::new(entries),
            behaviors: BTreeMap::new(),
        };
        let (report, outcome) = {
            let mut sinks = Sinks::default();
            let ids = cases.iter().map(|case| case.id.clone()).collect();
            sinks.push(Progress::new(self.command.debug, ids));
            sinks.push(&mut reports);
            events::run(&cases, &subject, &options, interrupts.next(), &mut sinks).await
        };
        reports.print_counts();
        self.note(outcome);
        self.ended(&server.url, report.ended)
    }

    /// The chosen cases, except those that this server is exempt from.
    fn entries_for(&self, agent: &str) -> Vec<AutobahnCase> {
        self.entries
            .iter()
            .filter(|entry| !self.choice.excludes(agent, &entry.id))
            .cloned()
            .collect()
    }

    fn ended(&mut self, url: &str, ending: Ending) -> Ending {
        if let Ending::Unreachable(reason) | Ending::Died(reason) = &ending {
            anstream::eprintln!("wsspec: {url}: {reason}");
            self.lost = true;
        }
        // The next server may take long, so what is known is written.
        let outcome = self.folder.write_index();
        self.note(outcome);
        ending
    }

    fn note(&mut self, outcome: Result<(), SinkError>) {
        if let Err(error) = outcome {
            self.sink_error.get_or_insert(error);
        }
    }
}

/// The name that a server gives itself, which decides the cases that it is exempt from. Fails if
/// the server cannot be asked.
async fn probed_name(
    subject: &Subject,
    options: &Options,
    interrupts: &mut Interrupts,
) -> Result<String, Ending> {
    let found = run::run(&[], subject, options, interrupts.next(), |_| ()).await;
    match found.ended {
        Ending::Interrupted | Ending::Unreachable(_) | Ending::NoEndpoint(_) => Err(found.ended),
        Ending::Complete | Ending::Died(_) => Ok(found
            .probe
            .server
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| UNKNOWN.into())),
    }
}

/// The cases of these entries that can run over TCP, each once.
fn cases(entries: &[AutobahnCase]) -> Vec<Arc<Case>> {
    let mut cases: Vec<Arc<Case>> = entries
        .iter()
        .flat_map(|entry| entry.cases.clone())
        .collect();
    cases.retain(|case| {
        runs_over(case, Transport::Tcp) && case.wants_beyond(tcp::ABILITIES).is_none()
    });
    cases.dedup_by(|a, b| a.id == b.id);
    cases
}

/// Writes the reports on one server.
struct Reports<'a> {
    folder: &'a mut Folder,
    agent: &'a str,
    aggregator: Aggregator,
    behaviors: BTreeMap<Behavior, usize>,
}

impl Reports<'_> {
    fn print_counts(&self) {
        let counts: Vec<String> = self
            .behaviors
            .iter()
            .map(|(behavior, count)| format!("{count} {}", behavior.name()))
            .collect();
        out!("{}: {}", self.agent, counts.join(", "));
    }
}

impl Sink for Reports<'_> {
    fn finished(&mut self, _: &TargetReport, case: Finished<'_>) -> Result<(), SinkError> {
        let mut outcome = Ok(());
        for report in self.aggregator.add(case.whole) {
            *self.behaviors.entry(report.behavior).or_default() += 1;
            outcome = outcome.and(self.folder.write(self.agent, &report));
        }
        outcome
    }
}

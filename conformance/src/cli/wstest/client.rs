//! `-m fuzzingclient`: tests servers and writes the incumbent's reports.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::runtime::Runtime;
use wsspec::autobahn::catalogue::{self, Entry};
use wsspec::autobahn::spec::{Choice, ClientSpec, ServerEntry, doubtful_options};
use wsspec::autobahn::{LINGER, Pending};
use wsspec::run::{self, Options, RunEvent, Subject, Target};
use wsspec::wire::tcp;
use wsspec_reports::Ending;
use wsspec_reports::autobahn::{Behavior, BehaviorClose, CaseReport, Writer};
use wsspec_vectors::{Case, Corpus};

use super::super::args::{self, WstestMode};
use super::super::interrupt::Interrupts;
use super::super::progress::Progress;
use super::super::{Done, Exit, Failure};
use super::{spec, target};

/// Where reports go if the file does not say.
const OUTDIR: &str = "./reports/servers/";

/// The name of a server that does not tell its own.
const UNKNOWN: &str = "UnknownServer";

pub(super) fn fuzzingclient(args: &args::Wstest) -> Done {
    let url = args.wsuri.as_deref().unwrap_or("ws://127.0.0.1:9001");
    let default = json!({
        "outdir": OUTDIR,
        "servers": [{"url": url}],
        "cases": ["*"],
        "exclude-cases": [],
        "exclude-agent-cases": {},
    });
    let mut spec: ClientSpec = spec(args.spec.as_deref(), WstestMode::Fuzzingclient, &default)?;
    if spec.servers.is_empty() || args.spec.is_none() && args.wsuri.is_some() {
        let Some(url) = &args.wsuri else {
            return Err(Failure::usage(
                "there is no server to test: \"servers\" is empty, and -w is missing",
            ));
        };
        spec.servers = vec![ServerEntry {
            url: url.clone(),
            ..ServerEntry::default()
        }];
    }
    let doubts = spec
        .servers
        .iter()
        .map(|server| &server.options)
        .chain([&spec.options])
        .flat_map(doubtful_options);
    for doubt in doubts {
        anstream::eprintln!("wsspec: {doubt}, and is ignored");
    }
    let corpus = Corpus::embedded().map_err(|e| Failure::usage(format!("{e:?}")))?;
    let entries = catalogue::entries(&corpus.cases);
    let entries = chosen(&spec.choice, entries)?;
    let targets = spec
        .servers
        .iter()
        .map(|server| Ok((server, target(&server.url, fields(server))?)));
    let targets: Vec<(&ServerEntry, Target)> = targets.collect::<Result<_, Failure>>()?;
    let outdir = Path::new(spec.outdir.as_deref().unwrap_or(OUTDIR));
    let cannot = |e: io::Error| Failure::usage(format!("{}: {e}", outdir.display()));
    let mut session = Session {
        args,
        choice: &spec.choice,
        entries,
        writer: Writer::new(outdir).map_err(cannot)?,
        short: 0,
        lost: false,
        trouble: None,
    };
    let runtime = Runtime::new().map_err(Failure::usage)?;
    let ending = runtime.block_on(async {
        let mut interrupts = Interrupts::listen();
        for (server, target) in &targets {
            if session.test(server, target, &mut interrupts).await == Ending::Interrupted {
                return Ending::Interrupted;
            }
        }
        Ending::Complete
    });
    session.writer.finish().map_err(cannot)?;
    if let Some(error) = session.trouble.take() {
        return Err(cannot(error));
    }
    anstream::println!("{}", outdir.join("index.html").display());
    Ok(match ending {
        Ending::Interrupted => Exit::Interrupted,
        _ if !args.strict_exit => Exit::Fine,
        _ if session.short > 0 => Exit::FellShort,
        _ if session.lost => Exit::Unreachable,
        _ => Exit::Fine,
    })
}

/// What goes into every request.
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

/// The cases that are asked for.
pub(super) fn chosen(choice: &Choice, entries: Vec<Entry>) -> Result<Vec<Entry>, Failure> {
    let ids: Vec<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
    let chosen: Vec<String> = choice
        .select(&ids)
        .map_err(Failure::usage)?
        .into_iter()
        .map(str::to_owned)
        .collect();
    if chosen.is_empty() {
        return Err(Failure::usage(
            "\"cases\" and \"exclude-cases\" leave no case to run",
        ));
    }
    Ok(entries
        .into_iter()
        .filter(|entry| chosen.contains(&entry.id))
        .collect())
}

/// One run over all servers.
struct Session<'a> {
    args: &'a args::Wstest,
    choice: &'a Choice,
    entries: Vec<Entry>,
    writer: Writer,
    /// Cases that failed.
    short: usize,
    /// A server could not be reached, or died.
    lost: bool,
    /// What kept us from writing.
    trouble: Option<io::Error>,
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
            jobs: self.args.jobs.into(),
            timeout: Duration::from_secs_f64(self.args.timeout),
            retries: 1,
            conversations: true,
            linger: Some(LINGER),
            ..Options::default()
        };
        let agent = if let Some(agent) = server.agent.clone().filter(|agent| !agent.is_empty()) {
            agent
        } else {
            // It is known by what it says of itself, and which cases it is spared goes by that.
            let found = run::run(&[], &subject, &options, interrupts.next(), |_| ()).await;
            if let Ending::Interrupted | Ending::Unreachable(_) = found.ended {
                return self.ended(&server.url, found.ended);
            }
            found
                .probe
                .server
                .filter(|name| !name.is_empty())
                .unwrap_or_else(|| UNKNOWN.into())
        };
        let entries: Vec<Entry> = self
            .entries
            .iter()
            .filter(|entry| !self.choice.spares(&agent, &entry.id))
            .cloned()
            .collect();
        let mut cases: Vec<Arc<Case>> = entries
            .iter()
            .flat_map(|entry| entry.cases.clone())
            .collect();
        cases.retain(|case| case.wants_beyond(tcp::ABILITIES).is_none());
        cases.dedup_by(|a, b| a.id == b.id);
        anstream::eprintln!("{agent}: {} cases on {}", entries.len(), target.shown());
        let mut pending = Pending::new(entries);
        let mut progress = Progress::new(self.args.debug);
        let (writer, trouble, short, debug) = (
            &mut self.writer,
            &mut self.trouble,
            &mut self.short,
            self.args.debug,
        );
        let mut behaviors: HashMap<Behavior, usize> = HashMap::new();
        let on = |event: RunEvent<'_>| match event {
            RunEvent::Probed(_, total) => progress.start(total),
            RunEvent::Finished { whole: result, .. } => {
                progress.finished(result.verdict);
                for report in pending.take(result) {
                    *behaviors.entry(report.behavior).or_default() += 1;
                    *short += usize::from(fell_short(&report));
                    if debug {
                        let (id, words) = (
                            &report.id,
                            (report.behavior.name(), report.behavior_close.name()),
                        );
                        anstream::eprintln!("{id:<8} {} / {}  {}", words.0, words.1, report.result);
                    }
                    if let Err(error) = writer.write(&agent, false, &report) {
                        trouble.get_or_insert(error);
                    }
                }
            }
        };
        let report = run::run(&cases, &subject, &options, interrupts.next(), on).await;
        progress.end();
        let mut counts: Vec<_> = behaviors.into_iter().collect();
        counts.sort();
        let counts: Vec<String> = counts
            .iter()
            .map(|(behavior, n)| format!("{n} {}", behavior.name()))
            .collect();
        anstream::println!("{agent}: {}", counts.join(", "));
        self.ended(&server.url, report.ended)
    }

    fn ended(&mut self, url: &str, ending: Ending) -> Ending {
        if let Ending::Unreachable(reason) | Ending::Died(reason) = &ending {
            anstream::eprintln!("wsspec: {url}: {reason}");
            self.lost = true;
        }
        // Nothing may come of it for a long time: the next server waits.
        if let Err(error) = self.writer.finish() {
            self.trouble.get_or_insert(error);
        }
        ending
    }
}

/// Whether it counts for `--strict-exit`.
pub(super) fn fell_short(report: &CaseReport) -> bool {
    report.behavior == Behavior::Failed
        || report.behavior != Behavior::Unimplemented
            && report.behavior_close == BehaviorClose::Failed
}

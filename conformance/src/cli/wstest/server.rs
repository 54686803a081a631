//! `-m fuzzingserver`: tests the clients that come, and writes Autobahn's reports.

use std::path::Path;
use std::time::Duration;

use serde_json::json;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::UnboundedReceiver;
use wsspec::autobahn::catalogue::{self, AutobahnCase};
use wsspec::autobahn::spec::{SERVER_KEYS, ServerSpec};
use wsspec::autobahn::{judged, started_at};
use wsspec::serve::{Numbered, ServeEvent, ServeOptions};
use wsspec_reports::sink::SinkError;
use wsspec_reports::{CaseResult, Limits};
use wsspec_vectors::Corpus;

use super::super::exit::Exit;
use super::super::failure::{Done, Failure};
use super::super::interrupt::Interrupts;
use super::super::out::out;
use super::super::serve::listen;
use super::args::{Mode, WstestCommand};
use super::folder::Folder;
use super::setup;

/// Where reports go if the file does not say.
const OUTDIR: &str = "./reports/clients/";

/// Where to listen if neither the file nor `-w` says.
const URL: &str = "ws://127.0.0.1:9001";

/// `-m fuzzingserver`
pub(super) fn fuzzingserver(command: &WstestCommand) -> Done {
    let spec = spec(command)?;
    let corpus = Corpus::embedded().map_err(Failure::Vectors)?;
    let entries = catalogue::for_clients(catalogue::all(&corpus.cases));
    let (entries, choice) = setup::chosen(&spec.choice, entries)?;
    let url = command.wsuri.as_deref().unwrap_or(match &*spec.url {
        "" => URL,
        url => url,
    });
    let address = setup::address(url)?;
    let outdir = Path::new(spec.outdir.as_deref().unwrap_or(OUTDIR));
    let mut clients = Clients {
        folder: Folder::create(outdir, true, command.debug)?,
        entries,
        sink_error: None,
    };
    let options = ServeOptions {
        cases: clients.entries.iter().map(numbered).collect(),
        is_exempt: Box::new(move |agent, id| choice.excludes(agent, id)),
        limits: Limits::default(),
        timeout: Duration::from_secs_f64(command.timeout),
        seed: 0,
        rerun: String::new(),
        over: None,
    };
    let runtime = Runtime::new().map_err(Failure::internal)?;
    runtime.block_on(async {
        let (server, mut events) = listen(address, options).await?;
        let serving = tokio::spawn(server.serve());
        clients.serve(&mut events).await;
        serving.abort();
        Ok::<(), Failure>(())
    })?;
    let outcome = clients.folder.write_index();
    clients.note(outcome);
    if let Some(error) = clients.sink_error {
        return Err(Failure::usage(error));
    }
    out!("{}", clients.folder.index().display());
    Ok(if command.strict_exit && clients.folder.failed > 0 {
        Exit::FellShort
    } else {
        Exit::Fine
    })
}

/// The file that says what to test.
fn spec(command: &WstestCommand) -> Result<ServerSpec, Failure> {
    let default = json!({
        "url": command.wsuri.as_deref().unwrap_or(URL),
        "outdir": OUTDIR,
        "cases": ["*"],
        "exclude-cases": [],
        "exclude-agent-cases": {},
    });
    let spec: ServerSpec = setup::read(
        command.spec.as_deref(),
        Mode::Fuzzingserver,
        SERVER_KEYS,
        &default,
    )?;
    if spec.key.is_some() || spec.cert.is_some() {
        return Err(Failure::usage(
            "\"key\" and \"cert\": this version does not support TLS",
        ));
    }
    setup::warn_of_options([&spec.options]);
    Ok(spec)
}

/// The case that stands for one of Autobahn's, under Autobahn's id.
fn numbered(entry: &AutobahnCase) -> Numbered {
    Numbered {
        id: entry.id.clone(),
        case: entry.cases[0].clone(),
    }
}

/// The clients under test.
struct Clients {
    folder: Folder,
    entries: Vec<AutobahnCase>,
    /// The first error of the folder.
    sink_error: Option<SinkError>,
}

impl Clients {
    /// Writes the reports until a client asks to stop, or an interrupt.
    async fn serve(&mut self, events: &mut UnboundedReceiver<ServeEvent>) {
        let mut interrupts = Interrupts::listen();
        loop {
            let event = tokio::select! {
                event = events.recv() => event,
                () = interrupts.next() => return,
            };
            match event {
                Some(ServeEvent::Finished { agent, id, result }) => {
                    let outcome = self.finished(&agent, &id, &result);
                    self.note(outcome);
                }
                Some(ServeEvent::ReportsWanted { written, .. }) => {
                    let outcome = self.folder.write_index();
                    self.note(outcome);
                    let _ = written.send(());
                }
                Some(ServeEvent::ReportsAnswered(_)) => {}
                Some(ServeEvent::Stop) | None => return,
            }
        }
    }

    fn finished(&mut self, agent: &str, id: &str, result: &CaseResult) -> Result<(), SinkError> {
        let Some(index) = self.entries.iter().position(|entry| entry.id == id) else {
            return Ok(());
        };
        let entry = &self.entries[index];
        let results = [(&*entry.cases[0], result)];
        let report = judged(entry, index + 1, &results, &started_at(result.duration_ms));
        self.folder.write(agent, &report)
    }

    fn note(&mut self, outcome: Result<(), SinkError>) {
        if let Err(error) = outcome {
            self.sink_error.get_or_insert(error);
        }
    }
}

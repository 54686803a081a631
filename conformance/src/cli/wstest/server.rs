//! `-m fuzzingserver`: tests the clients that come, and writes the incumbent's reports.

use std::path::Path;
use std::time::Duration;

use serde_json::json;
use tokio::runtime::Runtime;
use wsspec::autobahn::catalogue::{self, AutobahnCase};
use wsspec::autobahn::spec::{ServerSpec, doubtful_options};
use wsspec::autobahn::{judged, started_at};
use wsspec::serve::{Numbered, ServeEvent, Server};
use wsspec_reports::autobahn::Writer;
use wsspec_vectors::Corpus;

use super::super::args::{self, WstestMode};
use super::super::interrupt::Interrupts;
use super::super::{Done, Exit, Failure};
use super::client::{chosen, fell_short};
use super::{place, spec, target};

/// Where reports go if the file does not say.
const OUTDIR: &str = "./reports/clients/";

/// Where it listens if nobody says.
const URL: &str = "ws://127.0.0.1:9001";

pub(super) fn fuzzingserver(args: &args::Wstest) -> Done {
    let url = args.wsuri.as_deref().unwrap_or(URL);
    let default = json!({
        "url": url,
        "outdir": OUTDIR,
        "cases": ["*"],
        "exclude-cases": [],
        "exclude-agent-cases": {},
    });
    let spec: ServerSpec = spec(args.spec.as_deref(), WstestMode::Fuzzingserver, &default)?;
    if spec.key.is_some() || spec.cert.is_some() {
        return Err(Failure::usage(
            "\"key\" and \"cert\": this version speaks no TLS",
        ));
    }
    doubtful_options(&spec.options)
        .into_iter()
        .for_each(|doubt| anstream::eprintln!("wsspec: {doubt}, and is ignored"));
    let url = args
        .wsuri
        .as_deref()
        .unwrap_or(if spec.url.is_empty() { URL } else { &spec.url });
    let at = target(url, Vec::new())?;
    let corpus = Corpus::embedded().map_err(|e| Failure::usage(format!("{e:?}")))?;
    let entries = chosen(
        &spec.choice,
        catalogue::for_clients(catalogue::all(&corpus.cases)),
    )?;
    let numbered = |entry: &AutobahnCase| Numbered {
        id: entry.id.clone(),
        case: entry.cases[0].clone(),
    };
    let cases: Vec<Numbered> = entries.iter().map(numbered).collect();
    let outdir = Path::new(spec.outdir.as_deref().unwrap_or(OUTDIR));
    let cannot = |e: std::io::Error| Failure::usage(format!("{}: {e}", outdir.display()));
    let mut writer = Writer::new(outdir).map_err(cannot)?;
    let choice = spec.choice.clone();
    let spares = Box::new(move |agent: &str, id: &str| choice.excludes(agent, id));
    let runtime = Runtime::new().map_err(Failure::usage)?;
    let place = place(&at)?;
    runtime.block_on(async {
        let timeout = Duration::from_secs_f64(args.timeout);
        let (server, mut events) = Server::bind(place, cases, spares, timeout, 0)
            .await
            .map_err(|e| Failure::usage(format!("cannot listen on {place}: {e}")))?;
        let address = server.address().map_err(Failure::usage)?;
        anstream::eprintln!(
            "ws://{address} tests clients with {} cases; open http://{address}/ to test a browser; Ctrl-C ends it",
            entries.len()
        );
        let serving = tokio::spawn(server.serve());
        let mut short = 0;
        let mut interrupts = Interrupts::listen();
        loop {
            let event = tokio::select! {
                event = events.recv() => event,
                () = interrupts.next() => None,
            };
            match event {
                Some(ServeEvent::Finished(agent, id, result)) => {
                    let Some(place) = entries.iter().position(|entry| entry.id == id) else { continue };
                    let entry = &entries[place];
                    let report = judged(entry, place + 1, &[(&entry.cases[0], &result)], &started_at(result.duration_ms));
                    short += usize::from(fell_short(&report));
                    if args.debug {
                        let words = (report.behavior.name(), report.behavior_close.name());
                        anstream::eprintln!("{agent}: {id:<8} {} / {}  {}", words.0, words.1, report.result);
                    }
                    writer.write(&agent, true, &report).map_err(cannot)?;
                }
                Some(ServeEvent::Reports(_, ready)) => {
                    writer.finish().map_err(cannot)?;
                    let _ = ready.send(());
                }
                Some(ServeEvent::Told(_)) => {}
                Some(ServeEvent::Stop) | None => break,
            }
        }
        serving.abort();
        writer.finish().map_err(cannot)?;
        anstream::println!("{}", outdir.join("index.html").display());
        Ok(if args.strict_exit && short > 0 { Exit::FellShort } else { Exit::Fine })
    })
}

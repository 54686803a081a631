//! `wsspec serve`: clients that come by themselves are the ones under test.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use wsspec::serve::{Numbered, ServeEvent, Server, can_serve};
use wsspec_core::Role;
use wsspec_reports::Verdict;

use super::args;
use super::run::select;
use super::session::Session;
use super::{Done, Failure, corpus};

/// How often the JSON report is rewritten while results come.
const REWRITE: Duration = Duration::from_secs(2);

pub(super) fn serve(args: &args::Serve) -> Done {
    let corpus = corpus(&args.select.vectors)?;
    let cases = select(&corpus, &args.select)?;
    let runtime = Runtime::new().map_err(Failure::usage)?;
    runtime.block_on(async {
        let mut session = Session::new(&args.conduct, &corpus, &cases, Role::Client, 1)?;
        let cases: Vec<Numbered> = session.cases().iter().filter(|c| can_serve(c)).map(Numbered::own).collect();
        if cases.is_empty() {
            return Err(Failure::usage(
                "the selected cases need a client that is told what to dial; `wsspec client` runs them",
            ));
        }
        let count = cases.len();
        let timeout = Duration::from_secs_f64(args.conduct.timeout);
        let (server, mut events) = Server::bind(args.listen, cases, Box::new(|_, _| false), timeout, args.conduct.seed)
            .await
            .map_err(|e| Failure::usage(format!("cannot listen on {}: {e}", args.listen)))?;
        let address = server.address().map_err(Failure::usage)?;
        anstream::eprintln!(
            "ws://{address} tests clients with {count} cases; open http://{address}/ to test a browser; Ctrl-C ends it"
        );
        let reports = server.reports();
        let serving = tokio::spawn(server.serve());
        let mut told = BTreeSet::new();
        let mut written = Instant::now();
        loop {
            let event = tokio::select! {
                event = events.recv() => event,
                _ = tokio::signal::ctrl_c() => None,
            };
            match event {
                Some(ServeEvent::Finished(agent, _, mut result)) => {
                    if result.verdict == Verdict::Pass {
                        result.transcript = None;
                    }
                    session.came(&agent, &result);
                    if args.conduct.outputs.json.is_some() && written.elapsed() > REWRITE {
                        session.so_far(&reports(), None)?;
                        written = Instant::now();
                    }
                }
                Some(ServeEvent::Reports(agent, ready)) => {
                    session.so_far(&reports(), Some(&agent))?;
                    let _ = ready.send(());
                    told.insert(agent);
                }
                Some(ServeEvent::Told(_)) if args.agents.is_none_or(|wanted| told.len() < wanted) => {}
                Some(ServeEvent::Told(_) | ServeEvent::Stop) | None => break,
            }
        }
        serving.abort();
        session.all_came(&reports(), &told)
    })
}

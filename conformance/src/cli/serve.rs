//! `wsspec serve`: clients that come by themselves are the ones under test.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use wsspec::serve::{Numbered, ServeEvent, Server, answers_by_itself, can_serve};
use wsspec_core::Role;
use wsspec_core::dissect::printable;
use wsspec_reports::{CaseResult, Ending};

use super::args;
use super::interrupt::Interrupts;
use super::session::Session;
use super::{Done, Failure, corpus};

/// How often the JSON report is rewritten while results come.
const REWRITE: Duration = Duration::from_secs(2);

/// How often it is looked whether anybody is still there.
const LOOK: Duration = Duration::from_millis(100);

/// What ended it.
#[derive(PartialEq)]
enum End {
    /// Whoever was waited for has had its reports, or asked to stop.
    Asked,
    /// Nobody came any more.
    Idle,
    Interrupted,
}

pub(super) fn serve(args: &args::Serve) -> Done {
    let corpus = corpus(&args.select.vectors)?;
    let runtime = Runtime::new().map_err(Failure::usage)?;
    runtime.block_on(async {
        let mut session = Session::new(&args.conduct, &args.select, &corpus, Role::Client, 1)?;
        let mut cases: Vec<Numbered> = session.cases().iter().filter(|c| can_serve(c)).map(Numbered::own).collect();
        // Behind the others: many a driver takes a connection that does not open for the end of the server.
        cases.sort_by_key(|numbered| answers_by_itself(&numbered.case));
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
        let (reports, idle) = (server.reports(), server.idle());
        let serving = tokio::spawn(server.serve());
        let mut told = BTreeSet::new();
        let mut written = Instant::now();
        let longest = args.agents.map(|_| Duration::from_secs_f64(args.idle));
        let alone = async {
            while longest.is_none_or(|longest| idle() < longest) {
                tokio::time::sleep(LOOK).await;
            }
        };
        let mut interrupts = Interrupts::listen();
        tokio::pin!(alone);
        let end = loop {
            let event = tokio::select! {
                event = events.recv() => event,
                () = &mut alone => break End::Idle,
                () = interrupts.next() => break End::Interrupted,
            };
            match event {
                Some(ServeEvent::Finished(agent, _, result)) => {
                    session.came(&agent, *result);
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
                Some(ServeEvent::Told(_) | ServeEvent::Stop) | None => break End::Asked,
            }
        };
        serving.abort();
        let mut reports = reports();
        for report in &mut reports {
            let cases: Vec<&CaseResult> = report.cases.iter().filter(|case| !case.is_passive()).collect();
            let (name, ran) = (printable(report.name.as_bytes()), cases.len());
            let id = cases.last().map_or("", |case| &case.id);
            if ran < count && told.contains(&report.name) {
                anstream::eprintln!("wsspec: {name} asked for its report after {ran} of {count} cases");
            } else if ran < count && end != End::Asked {
                let gone = format!("ran {ran} of {count} cases, and did not come back after {id}");
                anstream::eprintln!("wsspec: {name} {gone}");
                report.ended = if end == End::Interrupted { Ending::Interrupted } else { Ending::Died(gone) };
            }
        }
        session.all_came(reports, &told)
    })
}

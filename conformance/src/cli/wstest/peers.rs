//! `-m echoserver`, `testeeserver`, `echoclient`, `testeeclient` and `massconnect`: the reference peer.

use serde_json::json;
use tokio::runtime::Runtime;
use wsspec::autobahn::spec::MassSpec;
use wsspec::autobahn::testee;
use wsspec::peer::{ReferencePeer, tcp};

use super::super::args::{self, WstestMode};
use super::super::interrupt::Interrupts;
use super::super::{Done, Exit, Failure};
use super::{place, spec, target};

/// The server of `wsspec echo`.
pub(super) fn server(args: &args::Wstest, default: &str) -> Done {
    let at = place(&target(
        args.wsuri.as_deref().unwrap_or(default),
        Vec::new(),
    )?)?;
    let runtime = Runtime::new().map_err(Failure::usage)?;
    runtime.block_on(async {
        let cannot = |e: std::io::Error| Failure::usage(format!("cannot listen on {at}: {e}"));
        let server = tcp::Server::bind(at, ReferencePeer::conforming())
            .await
            .map_err(cannot)?;
        anstream::eprintln!(
            "ws://{}/ echoes; Ctrl-C ends it",
            server.address().map_err(cannot)?
        );
        let mut interrupts = Interrupts::listen();
        tokio::select! {
            () = server.serve() => {}
            () = interrupts.next() => {}
        }
        Ok(Exit::Fine)
    })
}

/// One message there and back.
pub(super) fn echoclient(args: &args::Wstest) -> Done {
    let at = target(
        args.wsuri.as_deref().unwrap_or("ws://127.0.0.1:9000"),
        Vec::new(),
    )?;
    let runtime = Runtime::new().map_err(Failure::usage)?;
    let echoed = runtime
        .block_on(testee::echo(&at, "Hello from wsspec!"))
        .map_err(|e| lost(&at.url, &e))?;
    let Some(took) = echoed else {
        anstream::println!("{}: the message did not come back", at.url);
        return Ok(Exit::FellShort);
    };
    anstream::println!(
        "{}: the message came back in {:.3} ms",
        at.url,
        took.as_secs_f64() * 1e3
    );
    Ok(Exit::Fine)
}

/// The reference client as the one under test.
pub(super) fn testeeclient(args: &args::Wstest) -> Done {
    let at = target(
        args.wsuri.as_deref().unwrap_or("ws://127.0.0.1:9001"),
        Vec::new(),
    )?;
    let agent = args
        .ident
        .clone()
        .unwrap_or_else(|| format!("wsspec/{}", env!("CARGO_PKG_VERSION")));
    let runtime = Runtime::new().map_err(Failure::usage)?;
    let on = |n: usize, outcome: std::io::Result<()>| {
        if let Err(error) = outcome {
            anstream::eprintln!("case {n}: {error}");
        } else if args.debug {
            anstream::eprintln!("case {n}");
        }
    };
    let count = runtime
        .block_on(testee::all_cases(&at, &agent, on))
        .map_err(|e| lost(&at.url, &e))?;
    anstream::println!("{}: ran {count} cases as {agent}", at.url);
    Ok(Exit::Fine)
}

/// Many connections at once; it ends when each was opened, or given up.
pub(super) fn massconnect(args: &args::Wstest) -> Done {
    let url = args.wsuri.as_deref().unwrap_or("ws://127.0.0.1:9000");
    let default = json!({
        "options": {"connections": 1000, "batchsize": 100, "batchdelay": 1000, "retrydelay": 200},
        "servers": [{"name": "echo", "uri": url, "desc": "an echo server"}],
    });
    let spec: MassSpec = spec(args.spec.as_deref(), WstestMode::Massconnect, &default)?;
    let servers = spec
        .servers
        .iter()
        .map(|server| Ok((server, target(&server.uri, Vec::new())?)));
    let servers: Vec<_> = servers.collect::<Result<_, Failure>>()?;
    let runtime = Runtime::new().map_err(Failure::usage)?;
    let mut exit = Exit::Fine;
    for (server, at) in servers {
        let so_far = |mass: &testee::Mass| {
            anstream::eprintln!(
                "{}: {} of {} open",
                server.name,
                mass.opened,
                spec.options.connections
            );
        };
        let mass = runtime.block_on(testee::mass(&at, &spec.options, so_far));
        anstream::println!(
            "{}: {} connections opened in {} ms, {} failed, {} attempts repeated",
            if server.name.is_empty() {
                &server.uri
            } else {
                &server.name
            },
            mass.opened,
            mass.took.as_millis(),
            mass.failed,
            mass.retries
        );
        if mass.opened == 0 && spec.options.connections > 0 {
            exit = Exit::Unreachable;
        } else if mass.failed > 0 && exit == Exit::Fine {
            exit = Exit::FellShort;
        }
    }
    Ok(if args.strict_exit { exit } else { Exit::Fine })
}

fn lost(url: &impl std::fmt::Display, error: &std::io::Error) -> Failure {
    Failure {
        exit: Exit::Unreachable,
        message: format!("{url}: {error}"),
    }
}

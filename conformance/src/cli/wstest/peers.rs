//! The modes of the reference peer: `-m echoserver`, `testeeserver`, `echoclient`, `testeeclient`
//! and `massconnect`.

use serde_json::json;
use tokio::runtime::Runtime;
use wsspec::autobahn::spec::{MASS_KEYS, MassServer, MassSpec};
use wsspec::autobahn::testee::{self, Mass};
use wsspec::peer::{ReferencePeer, tcp};
use wsspec::run::Target;

use super::super::exit::Exit;
use super::super::failure::{Done, Failure};
use super::super::interrupt::Interrupts;
use super::super::out::out;
use super::args::{Mode, WstestCommand};
use super::setup;

/// Serves as `wsspec echo` does.
pub(super) fn server(command: &WstestCommand, default_url: &str) -> Done {
    let address = setup::address(command.wsuri.as_deref().unwrap_or(default_url))?;
    let runtime = Runtime::new().map_err(Failure::internal)?;
    runtime.block_on(async {
        let server = tcp::Server::bind(address, ReferencePeer::conforming())
            .await
            .map_err(|error| Failure::usage(format!("cannot listen on {address}: {error}")))?;
        let address = server.address().map_err(Failure::internal)?;
        anstream::eprintln!("ws://{address}/ echoes; Ctrl-C ends it");
        let mut interrupts = Interrupts::listen();
        tokio::select! {
            () = server.serve() => {}
            () = interrupts.next() => {}
        }
        Ok(Exit::Fine)
    })
}

/// The target of a client mode.
fn target(command: &WstestCommand, default_url: &str) -> Result<Target, Failure> {
    let url = command.wsuri.as_deref().unwrap_or(default_url);
    setup::target(url, Vec::new())
}

/// Sends one message and waits for its echo.
pub(super) fn echoclient(command: &WstestCommand) -> Done {
    let target = target(command, "ws://127.0.0.1:9000")?;
    let runtime = Runtime::new().map_err(Failure::internal)?;
    let echoed = runtime
        .block_on(testee::echo(&target, "Hello from wsspec!"))
        .map_err(|error| unreachable(&target, &error))?;
    let Some(took) = echoed else {
        out!("{}: the message did not come back", target.url);
        return Ok(Exit::FellShort);
    };
    let took = took.as_secs_f64() * 1e3;
    out!("{}: the message came back in {took:.3} ms", target.url);
    Ok(Exit::Fine)
}

/// Has a fuzzing server test the reference client.
pub(super) fn testeeclient(command: &WstestCommand) -> Done {
    let target = target(command, "ws://127.0.0.1:9001")?;
    let agent = command
        .ident
        .clone()
        .unwrap_or_else(|| format!("wsspec/{}", env!("CARGO_PKG_VERSION")));
    let runtime = Runtime::new().map_err(Failure::internal)?;
    let count = runtime
        .block_on(testee::all_cases(&target, &agent, |n, outcome| {
            if let Err(error) = outcome {
                anstream::eprintln!("case {n}: {error}");
            } else if command.debug {
                anstream::eprintln!("case {n}");
            }
        }))
        .map_err(|error| unreachable(&target, &error))?;
    out!("{}: ran {count} cases as {agent}", target.url);
    Ok(Exit::Fine)
}

/// Opens many connections at the same time. Ends when each is open or has failed.
pub(super) fn massconnect(command: &WstestCommand) -> Done {
    let url = command.wsuri.as_deref().unwrap_or("ws://127.0.0.1:9000");
    let default = json!({
        "options": {"connections": 1000, "batchsize": 100, "batchdelay": 1000, "retrydelay": 200},
        "servers": [{"name": "echo", "uri": url, "desc": "an echo server"}],
    });
    let spec: MassSpec = setup::read(
        command.spec.as_deref(),
        Mode::Massconnect,
        MASS_KEYS,
        &default,
    )?;
    let mut targets = Vec::new();
    for server in &spec.servers {
        targets.push((server, setup::target(&server.uri, Vec::new())?));
    }
    let runtime = Runtime::new().map_err(Failure::internal)?;
    let wanted = spec.options.connections;
    let mut exit = Exit::Fine;
    for (server, target) in targets {
        let mass = runtime.block_on(testee::mass(&target, &spec.options, |mass| {
            anstream::eprintln!("{}: {} of {wanted} open", server.name, mass.opened);
        }));
        print_mass(server, &mass);
        if mass.opened == 0 && wanted > 0 {
            exit = Exit::Unreachable;
        } else if mass.failed > 0 && exit == Exit::Fine {
            exit = Exit::FellShort;
        }
    }
    Ok(if command.strict_exit {
        exit
    } else {
        Exit::Fine
    })
}

fn print_mass(server: &MassServer, mass: &Mass) {
    let name = match &*server.name {
        "" => &server.uri,
        name => name,
    };
    out!(
        "{name}: {} connections opened in {} ms, {} failed, {} attempts repeated",
        mass.opened,
        mass.took.as_millis(),
        mass.failed,
        mass.retries
    );
}

fn unreachable(target: &Target, error: &std::io::Error) -> Failure {
    Failure::Unreachable(format!("{}: {error}", target.url))
}

//! `wsspec echo`: the reference server, conforming or with a planted fault, or a hostile server.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;

use clap::Args;
use tokio::runtime::Runtime;
use wsspec::peer::hostile::{self, HOSTILES, Hostile};
use wsspec::peer::{FAULTS, LegalApplication, PlantedFault, ReferencePeer, VARIANTS, Variant, tcp};

use super::args::TransportArg;
use super::exit::Exit;
use super::failure::{Done, Failure};
use super::interrupt::Interrupts;
use super::listening::{Removed, listen};
use super::out::out;

#[derive(Debug, Args)]
pub(crate) struct EchoCommand {
    /// Listen on this address; port 0 picks a free one
    #[arg(long, default_value = "127.0.0.1:9001", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// What to listen for; over TLS, a file with the authority to trust is written and named
    #[arg(long, value_enum, default_value_t)]
    transport: TransportArg,
    /// Plant this fault, or serve as this hostile server
    #[arg(long, value_name = "NAME")]
    fault: Option<String>,
    /// List the faults and the hostile servers
    #[arg(long)]
    faults: bool,
    /// Differ from the default in this legal way (repeatable)
    #[arg(long, alias = "form", value_name = "NAME", conflicts_with = "fault")]
    variant: Vec<String>,
    /// List the variants
    #[arg(long, alias = "forms")]
    variants: bool,
    /// Run this legal application instead of an echo; goes with --fault
    #[arg(long, value_name = "NAME", conflicts_with = "variant")]
    application: Option<String>,
    /// List the applications
    #[arg(long)]
    applications: bool,
    /// Speak these subprotocols (repeatable)
    #[arg(long, value_name = "NAME")]
    subprotocol: Vec<String>,
}

/// A server that listens.
struct Serving {
    url: String,
    /// The file with the authority to trust.
    authority: Option<Removed>,
    /// The task that serves.
    task: Pin<Box<dyn Future<Output = ()>>>,
}

pub(super) fn echo(args: &EchoCommand) -> Done {
    if args.faults {
        list_faults();
        return Ok(Exit::Fine);
    }
    if args.variants {
        list_variants();
        return Ok(Exit::Fine);
    }
    if args.applications {
        list_applications();
        return Ok(Exit::Fine);
    }
    let runtime = Runtime::new().map_err(Failure::internal)?;
    runtime.block_on(async {
        let mut interrupts = Interrupts::listen();
        let serving = serve(args).await?;
        let fault = args
            .fault
            .as_ref()
            .map_or(String::new(), |name| format!(", with the fault {name}"));
        let variants = match args.variant.as_slice() {
            [] => String::new(),
            [name] => format!(", with the variant {name}"),
            names => format!(", with the variants {}", names.join(", ")),
        };
        let does = args
            .application
            .as_ref()
            .map_or("echoes".to_owned(), |name| format!("runs {name}"));
        anstream::eprintln!("{} {does}{fault}{variants}; Ctrl-C ends it", serving.url);
        if let Some(file) = &serving.authority {
            anstream::eprintln!("its authority: {}", file.path().display());
        }
        tokio::select! {
            () = serving.task => {}
            () = interrupts.next() => {}
        }
        Ok(Exit::Fine)
    })
}

fn list_faults() {
    let faults = FAULTS.iter().map(|fault| (&*fault.name, &*fault.about));
    let hostiles = HOSTILES.iter().map(|hostile| (hostile.name, hostile.about));
    list(&faults.chain(hostiles).collect::<Vec<_>>());
}

fn list_applications() {
    let applications = LegalApplication::all().iter();
    let rows: Vec<(&str, &str)> = applications.map(|a| (&*a.name, &*a.about)).collect();
    list(&rows);
}

/// Prints names, and what they are about.
fn list(rows: &[(&str, &str)]) {
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, about) in rows {
        out!("{name:<width$}  {about}");
    }
}

fn list_variants() {
    let width = VARIANTS.iter().map(|v| v.name.len()).max().unwrap_or(0);
    for variant in VARIANTS {
        let Variant {
            name,
            about,
            clause,
            ..
        } = variant;
        out!("{name:<width$}  {about} ({clause})");
    }
}

async fn serve(args: &EchoCommand) -> Result<Serving, Failure> {
    let hostile = args.fault.as_deref().and_then(Hostile::named);
    if let (Some(hostile), Some(_)) = (hostile, &args.application) {
        let name = hostile.name;
        return Err(Failure::usage(format!(
            "{name} is a hostile server, which runs no application"
        )));
    }
    if let Some(hostile) = hostile {
        if args.transport != TransportArg::Tcp {
            let name = hostile.name;
            return Err(Failure::usage(format!("{name} is served over TCP only")));
        }
        listen_hostile(args.listen, hostile)
            .await
            .map_err(|e| Failure::usage(format!("cannot listen on {}: {e}", args.listen)))
    } else {
        let mut peer = peer(args.fault.as_deref(), &args.variant)?;
        if let Some(name) = &args.application {
            peer = peer.running(application_named(name)?);
        }
        if !args.subprotocol.is_empty() {
            peer.subprotocols.clone_from(&args.subprotocol);
        }
        let listening = listen(args.transport, args.listen).await?;
        Ok(Serving {
            url: listening.url()?,
            authority: listening.authority_file()?,
            task: Box::pin(
                tcp::Server::on(listening.listener, peer)
                    .over(args.transport.transport())
                    .serve(),
            ),
        })
    }
}

async fn listen_hostile(address: SocketAddr, hostile: &'static Hostile) -> io::Result<Serving> {
    let server = hostile::Server::bind(address, hostile).await?;
    Ok(Serving {
        url: format!("ws://{}/", server.address()?),
        authority: None,
        task: Box::pin(server.serve()),
    })
}

/// The peer with this fault, or with these variants.
pub(super) fn peer(fault: Option<&str>, variants: &[String]) -> Result<ReferencePeer, Failure> {
    let Some(name) = fault else {
        return Ok(if variants.is_empty() {
            ReferencePeer::conforming()
        } else {
            ReferencePeer::with_variants(variants_named(variants)?, 0)
        });
    };
    PlantedFault::named(name)
        .map(PlantedFault::peer)
        .ok_or_else(|| unknown_fault(name))
}

/// The error for a name, or a pattern, that no fault has.
pub(super) fn unknown_fault(name: &str) -> Failure {
    Failure::usage(format!(
        "no fault is named {name:?}; `wsspec echo --faults` lists them"
    ))
}

fn application_named(name: &str) -> Result<&'static LegalApplication, Failure> {
    LegalApplication::named(name).ok_or_else(|| {
        Failure::usage(format!(
            "no application is named {name:?}; `wsspec echo --applications` lists them"
        ))
    })
}

fn variants_named(names: &[String]) -> Result<Vec<&'static Variant>, Failure> {
    names.iter().map(|name| variant_named(name)).collect()
}

fn variant_named(name: &str) -> Result<&'static Variant, Failure> {
    Variant::named(name).ok_or_else(|| {
        Failure::usage(format!(
            "no variant is named {name:?}; `wsspec echo --variants` lists them"
        ))
    })
}

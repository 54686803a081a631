//! `wsspec echo`: the reference server, right, with a planted fault, or a hostile one.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;

use clap::Args;
use tokio::runtime::Runtime;
use wsspec::peer::hostile::{self, HOSTILES, Hostile};
use wsspec::peer::{FAULTS, FORMS, Fault, Form, Peer, tcp};

use super::exit::Exit;
use super::failure::{Done, Failure};
use super::interrupt::Interrupts;

#[derive(Debug, Args)]
pub(crate) struct EchoCommand {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:9001", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Plant this fault, or serve as this hostile server
    #[arg(long, value_name = "NAME")]
    fault: Option<String>,
    /// List the faults that can be planted, and the hostile servers
    #[arg(long)]
    faults: bool,
    /// Behave in this other way that the standard allows (repeatable)
    #[arg(long, value_name = "NAME", conflicts_with = "fault")]
    form: Vec<String>,
    /// List the other ways that the standard allows
    #[arg(long)]
    forms: bool,
    /// Agree on these subprotocols (repeatable)
    #[arg(long, value_name = "NAME")]
    subprotocol: Vec<String>,
}

/// A server that listens, and what it does then.
type Serving = (SocketAddr, Pin<Box<dyn Future<Output = ()>>>);

pub(super) fn echo(args: &EchoCommand) -> Done {
    if args.faults {
        let mut rows: Vec<(&str, &str)> = FAULTS.iter().map(|f| (&*f.name, &*f.about)).collect();
        rows.extend(HOSTILES.iter().map(|h| (h.name, h.about)));
        let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, about) in rows {
            anstream::println!("{name:<width$}  {about}");
        }
        return Ok(Exit::Fine);
    }
    if args.forms {
        let width = FORMS.iter().map(|f| f.name.len()).max().unwrap_or(0);
        for form in FORMS {
            anstream::println!("{:<width$}  {} ({})", form.name, form.about, form.clause);
        }
        return Ok(Exit::Fine);
    }
    let runtime = Runtime::new().map_err(Failure::internal)?;
    runtime.block_on(async {
        let mut interrupts = Interrupts::listen();
        let (address, serving) = serve(args).await?;
        let what = args
            .fault
            .as_ref()
            .map_or(String::new(), |f| format!(", with the fault {f}"));
        let how = if args.form.is_empty() {
            String::new()
        } else {
            format!(", in the form {}", args.form.join(", "))
        };
        anstream::eprintln!("ws://{address}/ echoes{what}{how}; Ctrl-C ends it");
        tokio::select! {
            () = serving => {}
            () = interrupts.next() => {}
        }
        Ok(Exit::Fine)
    })
}

async fn serve(args: &EchoCommand) -> Result<Serving, Failure> {
    let cannot =
        |e: std::io::Error| Failure::usage(format!("cannot listen on {}: {e}", args.listen));
    if let Some(hostile) = args.fault.as_deref().and_then(Hostile::named) {
        let server = hostile::Server::bind(args.listen, hostile)
            .await
            .map_err(cannot)?;
        return Ok((server.address().map_err(cannot)?, Box::pin(server.serve())));
    }
    let mut peer = match &args.fault {
        None if args.form.is_empty() => Peer::right(),
        None => Peer::in_form(forms(&args.form)?, 0),
        Some(name) => Fault::named(name)
            .ok_or_else(|| {
                Failure::usage(format!(
                    "no fault is called {name:?}; `wsspec echo --faults` lists them"
                ))
            })?
            .peer(),
    };
    if !args.subprotocol.is_empty() {
        peer.subprotocols.clone_from(&args.subprotocol);
    }
    let server = tcp::Server::bind(args.listen, peer).await.map_err(cannot)?;
    Ok((server.address().map_err(cannot)?, Box::pin(server.serve())))
}

/// The forms of these names.
pub(super) fn forms(names: &[String]) -> Result<Vec<&'static Form>, Failure> {
    let form = |name: &String| {
        Form::named(name).ok_or_else(|| {
            Failure::usage(format!(
                "no form is called {name:?}; `wsspec echo --forms` lists them"
            ))
        })
    };
    names.iter().map(form).collect()
}

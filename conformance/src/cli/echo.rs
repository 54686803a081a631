//! `wsspec echo`: the reference server, right or with a planted fault.

use tokio::runtime::Runtime;
use wsspec::peer::{FAULTS, FORMS, Fault, Form, Peer, tcp::Server};

use super::args;
use super::{Done, Exit, Failure};

pub(super) fn echo(args: &args::Echo) -> Done {
    if args.faults {
        let width = FAULTS.iter().map(|f| f.name.len()).max().unwrap_or(0);
        for fault in FAULTS.iter() {
            anstream::println!("{:<width$}  {}", fault.name, fault.about);
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
    let mut peer = match &args.fault {
        None if args.form.is_empty() => Peer::right(),
        None => Peer::in_form(forms(&args.form)?, 0),
        Some(name) => Fault::named(name)
            .ok_or_else(|| Failure::usage(format!("no fault is called {name:?}; `wsspec echo --faults` lists them")))?
            .peer(),
    };
    if !args.subprotocol.is_empty() {
        peer.subprotocols.clone_from(&args.subprotocol);
    }
    let runtime = Runtime::new().map_err(Failure::usage)?;
    runtime.block_on(async {
        let server = Server::bind(args.listen, peer)
            .await
            .map_err(|e| Failure::usage(format!("cannot listen on {}: {e}", args.listen)))?;
        let address = server.address().map_err(Failure::usage)?;
        let what = args.fault.as_ref().map_or(String::new(), |f| format!(", with the fault {f}"));
        let how = if args.form.is_empty() { String::new() } else { format!(", in the form {}", args.form.join(", ")) };
        anstream::eprintln!("ws://{address}/ echoes{what}{how}; Ctrl-C ends it");
        tokio::select! {
            () = server.serve() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        Ok(Exit::Fine)
    })
}

fn forms(names: &[String]) -> Result<Vec<&'static Form>, Failure> {
    let form = |name: &String| {
        Form::named(name)
            .ok_or_else(|| Failure::usage(format!("no form is called {name:?}; `wsspec echo --forms` lists them")))
    };
    names.iter().map(form).collect()
}

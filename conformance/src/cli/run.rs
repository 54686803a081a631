//! `wsspec [run] [URL…]`: the main job.

use std::net::Ipv4Addr;

use tokio::runtime::Runtime;
use wsspec::peer::{ReferencePeer, tcp::Server};
use wsspec::run::{Selection, Subject, Target};
use wsspec_core::Role;
use wsspec_vectors::Profile;

use super::args::{self, ProfileArg, Select};
use super::session::Session;
use super::{Done, Failure, corpus};

pub(super) fn run(args: &args::Run) -> Done {
    let corpus = corpus(&args.select.vectors)?;
    let headers = headers(&args.fields)?;
    let runtime = Runtime::new().map_err(Failure::usage)?;
    runtime.block_on(async {
        let mut targets = Vec::new();
        for url in &args.urls {
            targets.push(target(url, &headers)?);
        }
        if targets.is_empty() {
            targets.push(embedded(headers).await?);
        }
        let subjects: Vec<Subject> = targets.into_iter().map(Subject::Server).collect();
        Session::new(
            &args.conduct,
            &args.select,
            &corpus,
            Role::Server,
            args.jobs.into(),
        )?
        .all(&subjects)
        .await
    })
}

/// The server at a URL.
pub(super) fn target(url: &str, headers: &[(String, String)]) -> Result<Target, Failure> {
    Target::new(url, headers.to_vec()).map_err(Failure::usage)
}

/// Starts the reference server on a free loopback port.
pub(super) async fn embedded(headers: Vec<(String, String)>) -> Result<Target, Failure> {
    let server = Server::bind((Ipv4Addr::LOCALHOST, 0).into(), ReferencePeer::conforming())
        .await
        .map_err(Failure::usage)?;
    let address = server.address().map_err(Failure::usage)?;
    tokio::spawn(server.serve());
    let mut target = Target::new(&format!("ws://{address}/"), headers).map_err(Failure::usage)?;
    "embedded reference server".clone_into(&mut target.name);
    Ok(target)
}

/// Which cases are asked for.
pub(super) fn selection(select: &Select) -> Result<Selection, Failure> {
    let profiles = match select.profile {
        ProfileArg::Default => vec![Profile::Default],
        ProfileArg::Robust => vec![Profile::Robust],
        ProfileArg::All => vec![Profile::Default, Profile::Robust],
    };
    let mut selection =
        Selection::new(&select.filter, &select.exclude, profiles).map_err(Failure::usage)?;
    selection.shard = select.shard.or(select.shard_from_zero);
    Ok(selection)
}

pub(super) fn headers(args: &args::Fields) -> Result<Vec<(String, String)>, Failure> {
    let mut headers = Vec::new();
    for header in &args.header {
        let (name, value) = header
            .split_once(':')
            .ok_or_else(|| Failure::usage(format!("--header {header:?}: write NAME: VALUE")))?;
        headers.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    headers.extend(
        args.subprotocol
            .iter()
            .map(|p| ("Sec-WebSocket-Protocol".to_owned(), p.clone())),
    );
    headers.extend(args.origin.iter().map(|o| ("Origin".to_owned(), o.clone())));
    Ok(headers)
}

//! Servers to test.

use std::net::Ipv4Addr;

use wsspec::peer::{ReferencePeer, tcp::Server};
use wsspec::run::Target;
use wsspec::tls::{Authority, Trust};
use wsspec_reports::Transport;

use super::args::FieldArgs;
use super::failure::Failure;
use super::listening::listen;

/// Starts the reference server on a free loopback port, or on a Unix socket.
pub(super) async fn embedded(fields: &FieldArgs) -> Result<Target, Failure> {
    let over = fields.transport().transport();
    let listening = listen(fields.transport(), (Ipv4Addr::LOCALHOST, 0).into()).await?;
    let trust = listening
        .authority
        .as_ref()
        .map_or_else(Trust::default, Authority::trust);
    let target = Target::trusting(&listening.url()?, fields.headers()?, &trust, Some(over))?;
    let server = Server::on(listening.listener, ReferencePeer::conforming()).over(over);
    tokio::spawn(server.serve());
    let mut target = target.tls_only(over == Transport::Tls);
    fields.application().apply(&mut target)?;
    "embedded reference server".clone_into(&mut target.name);
    Ok(target)
}

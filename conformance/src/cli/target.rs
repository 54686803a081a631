//! Servers to test.

use std::net::Ipv4Addr;

use wsspec::peer::{ReferencePeer, tcp::Server};
use wsspec::run::Target;

use super::failure::Failure;

/// Starts the reference server on a free loopback port.
pub(super) async fn embedded(headers: Vec<(String, String)>) -> Result<Target, Failure> {
    let server = Server::bind((Ipv4Addr::LOCALHOST, 0).into(), ReferencePeer::conforming())
        .await
        .map_err(Failure::internal)?;
    let address = server.address().map_err(Failure::internal)?;
    tokio::spawn(server.serve());
    let mut target = Target::new(&format!("ws://{address}/"), headers)?;
    "embedded reference server".clone_into(&mut target.name);
    Ok(target)
}

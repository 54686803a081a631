//! Servers to test.

use std::net::Ipv4Addr;

use wsspec::peer::{ReferencePeer, tcp::Server};
use wsspec::run::Target;

use super::args::FieldArgs;
use super::failure::Failure;

/// Starts the reference server on a free loopback port.
pub(super) async fn embedded(fields: &FieldArgs) -> Result<Target, Failure> {
    let over = fields.transport();
    let server = Server::bind((Ipv4Addr::LOCALHOST, 0).into(), ReferencePeer::conforming())
        .await
        .map_err(Failure::internal)?
        .over(over);
    let address = server.address().map_err(Failure::internal)?;
    tokio::spawn(server.serve());
    let mut target = Target::new(&format!("ws://{address}/"), fields.headers()?)?.over(over);
    "embedded reference server".clone_into(&mut target.name);
    Ok(target)
}

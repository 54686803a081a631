//! The first connection of a case to a server, over TLS as the case wants it.

use std::io;

use wsspec_vectors::{Case, Tls};

use super::Target;
use super::route::Route;
use crate::wire::link::Opened;
use crate::wire::tcp::Begun;

impl Target {
    /// A new connection for this case, when its turn comes.
    pub(super) async fn begin(&self, case: &Case) -> io::Result<Opened> {
        let (Some(tls), Route::Tls(connector, host)) = (&case.tls, self.route()) else {
            return Ok(self.link().await?.into());
        };
        if speaks_no_tls(tls) {
            return Ok(Begun::from(self.connect_below().await?).into());
        }
        if tls.sni.is_none() && tls.alpn.is_none() {
            return Ok(self.link().await?.into());
        }
        let asking = connector.asking(tls).map_err(io::Error::other)?;
        let begun = asking.begin(self.connect_below().await?, host).await?;
        Ok(begun.into())
    }
}

/// Whether our side of the connection is no TLS.
fn speaks_no_tls(tls: &Tls) -> bool {
    tls.clear || tls.instead.is_some()
}

//! A host that is reached over QUIC, and how.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::sync::OnceCell;

use super::{Connection, Dialer, Limits};
use crate::tls::Connector;

/// A host to connect to, with what says whom to trust.
#[derive(Debug)]
pub struct Host {
    connector: Connector,
    name: String,
    /// One UDP port for all connections, taken by the first.
    dialer: OnceCell<Dialer>,
}

impl Host {
    /// The host of this name.
    pub fn new(connector: Connector, name: &str) -> Host {
        Host {
            connector,
            name: name.to_owned(),
            dialer: OnceCell::new(),
        }
    }

    /// A connection to it at this address.
    ///
    /// # Errors
    /// Those of the system, and of TLS, in words for the user; `TimedOut` after `patience`.
    pub async fn connect(&self, address: SocketAddr, patience: Duration) -> io::Result<Connection> {
        let dialer = self
            .dialer
            .get_or_try_init(async || {
                Dialer::new(address, self.connector.config(), Limits::default())
            })
            .await?;
        let name = self.connector.name(&self.name)?;
        dialer
            .connect(address, &name.to_str(), patience)
            .await
            .map_err(|error| match self.connector.refusal() {
                // QUIC knows of it nothing but its alert.
                Some(refused) if error.is_of_tls() => io::Error::other(refused),
                _ => error.into(),
            })
    }

    /// Waits until its connections are over and it was told, at most this time.
    pub async fn idle(&self, most: Duration) {
        if let Some(dialer) = self.dialer.get() {
            dialer.idle(most).await;
        }
    }
}

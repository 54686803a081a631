//! Who we are for a client that connects over TLS.

use std::io;
use std::net::IpAddr;
use std::path::PathBuf;

use tokio::process::Command;
use tokio::sync::OnceCell;
use wsspec_reports::Transport;
use wsspec_vectors::{Certificate, Tls};

use super::process::Listener;
use crate::tls::{Acceptor, Authority, protocols};
use crate::wire::stream::Stream;
use crate::wire::tcp::Begun;

/// Placeholder for the file of the authority.
const CACERT: &str = "{cacert}";

/// Environment variables that name such a file: OpenSSL and what is built on it; Node.
const VARIABLES: [&str; 2] = ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"];

/// Who issues our certificates, and where that is written.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) authority: Authority,
    pub(super) file: PathBuf,
    /// What TLS inside QUIC goes by, once it is made.
    quic: OnceCell<Acceptor>,
}

impl Identity {
    pub(super) fn new(authority: Authority, file: PathBuf) -> Identity {
        Identity {
            authority,
            file,
            quic: OnceCell::new(),
        }
    }

    /// The arguments of a client, with the file in its place.
    pub(super) fn fill(&self, command: &[String]) -> Vec<String> {
        let file = self.file.to_string_lossy();
        let filled = command
            .iter()
            .map(|argument| argument.replace(CACERT, &file));
        filled.collect()
    }

    /// Tells a client whom to trust by its environment.
    pub(super) fn tell(&self, command: &mut Command) {
        for variable in VARIABLES {
            command.env(variable, &self.file);
        }
    }

    /// Our side of TLS on a connection, as a case wants it.
    pub(super) async fn secure(
        &self,
        stream: Stream,
        over: Transport,
        tls: Option<&Tls>,
    ) -> io::Result<Begun> {
        let Stream::Tcp(stream) = stream else {
            return Ok(stream.into());
        };
        if tls.is_some_and(|tls| tls.instead.is_some()) {
            return Ok(stream.into());
        }
        let certificate = tls.map(|tls| tls.certificate).unwrap_or_default();
        let acceptor = Acceptor::new(&self.authority, certificate, protocols(over))?;
        acceptor.begin(stream).await
    }

    /// A listener for QUIC at an address.
    pub(super) async fn listen(&self, address: IpAddr) -> io::Result<Listener> {
        let acceptor = self
            .quic
            .get_or_try_init(async || {
                Acceptor::new(
                    &self.authority,
                    Certificate::Valid,
                    protocols(Transport::H3),
                )
            })
            .await?;
        Listener::quic(address, acceptor)
    }
}

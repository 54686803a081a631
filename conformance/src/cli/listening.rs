//! Where our own servers listen, over each transport.

use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use tokio::net::TcpListener;
use wsspec::tls::{Acceptor, Authority, protocols};
use wsspec::wire::listen::Listener;
use wsspec_reports::Transport;
use wsspec_vectors::Certificate;

use super::args::TransportArg;
use super::failure::Failure;

/// A socket that listens, and what a client has to know of it.
pub(super) struct Listening {
    pub(super) listener: Listener,
    /// Over TLS, who issued the certificate.
    pub(super) authority: Option<Authority>,
}

/// A file that is removed at the end.
pub(super) struct Removed(PathBuf);

impl Removed {
    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Removed {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Listens on this address, or on a Unix socket in the folder for temporary files.
pub(super) async fn listen(
    transport: TransportArg,
    address: SocketAddr,
) -> Result<Listening, Failure> {
    let listener = match transport {
        TransportArg::Tcp | TransportArg::H2 => bind(address).await?.into(),
        TransportArg::Tls => return listen_with_tls(address, Transport::Tls).await,
        TransportArg::H3 => return listen_with_tls(address, Transport::H3).await,
        #[cfg(unix)]
        TransportArg::Unix => {
            let path = temporary("sock");
            Listener::unix(&path).map_err(|error| Failure::file(&path, error))?
        }
    };
    Ok(Listening {
        listener,
        authority: None,
    })
}

/// Listens on this address for what runs over TLS, or over QUIC, which has TLS inside.
pub(super) async fn listen_with_tls(
    address: SocketAddr,
    over: Transport,
) -> Result<Listening, Failure> {
    let authority = authority(address.ip())?;
    let acceptor = Acceptor::new(&authority, Certificate::Valid, protocols(over))
        .map_err(Failure::internal)?;
    let listener = match over {
        Transport::H3 => {
            Listener::quic(address, &acceptor).map_err(|error| cannot_listen(address, &error))?
        }
        _ => Listener::Tls(bind(address).await?, acceptor),
    };
    Ok(Listening {
        listener,
        authority: Some(authority),
    })
}

impl Listening {
    /// The URL of the server.
    pub(super) fn url(&self) -> Result<String, Failure> {
        self.listener.url().map_err(Failure::internal)
    }

    /// Writes the authority's certificate to a file that clients can be told to trust.
    pub(super) fn authority_file(&self) -> Result<Option<Removed>, Failure> {
        self.authority.as_ref().map(authority_file).transpose()
    }
}

/// Writes the certificate of an authority to a file that clients can be told to trust.
pub(super) fn authority_file(authority: &Authority) -> Result<Removed, Failure> {
    let file = Removed(temporary("pem"));
    // Never through a link that somebody else has put there.
    let written = std::fs::File::create_new(&file.0)
        .and_then(|mut opened| opened.write_all(authority.pem().as_bytes()));
    written.map_err(|error| Failure::file(&file.0, error))?;
    Ok(file)
}

/// An authority for a server at this address.
pub(super) fn authority(address: IpAddr) -> Result<Authority, Failure> {
    let names = if address.is_loopback() || address.is_unspecified() {
        Vec::new()
    } else {
        vec![address.to_string()]
    };
    Authority::new(&names).map_err(Failure::internal)
}

/// Listens for TCP on this address.
pub(super) async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    let bound: io::Result<TcpListener> = TcpListener::bind(address).await;
    bound.map_err(|error| cannot_listen(address, &error))
}

fn cannot_listen(address: SocketAddr, error: &io::Error) -> Failure {
    Failure::usage(format!("cannot listen on {address}: {error}"))
}

/// The path of a file for this process alone.
fn temporary(extension: &str) -> PathBuf {
    std::env::temp_dir().join(format!("wsspec-{}.{extension}", std::process::id()))
}

//! Whom a client trusts over TLS, and who it is.

use std::path::PathBuf;

use clap::Args;
use wsspec::run::CommandLine;
use wsspec::tls::{Authorities, ServerNameSent, Trust};

use super::super::failure::Failure;
use super::TransportArg;
use super::headings::TLS;

/// TLS with servers at `wss://` URLs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = TLS)]
pub(crate) struct TrustArgs {
    /// What the server is tested over; a URL says it by its scheme, but for HTTP/2 and HTTP/3
    #[arg(long, value_enum)]
    transport: Option<TransportArg>,
    /// Trust the authorities in this PEM file, or this very certificate, instead of the system's
    #[arg(long, value_name = "FILE", conflicts_with = "insecure")]
    cacert: Option<PathBuf>,
    /// Do not verify the server's certificate
    #[arg(long)]
    insecure: bool,
    /// Ask for this server name, and expect it in the certificate; an empty NAME sends none
    #[arg(long, value_name = "NAME")]
    sni: Option<String>,
    /// The port accepts TLS only: a WebSocket in clear text there is a failure
    #[arg(long)]
    tls_only: bool,
    /// Present this certificate (PEM, with its chain)
    #[arg(long, value_name = "FILE", requires = "key")]
    cert: Option<PathBuf>,
    /// The private key (PEM) of --cert
    #[arg(long, value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,
}

impl TrustArgs {
    /// The transport that is named.
    pub(crate) fn named(&self) -> Option<TransportArg> {
        self.transport
    }

    /// What servers without a URL are reached over.
    pub(crate) fn transport(&self) -> TransportArg {
        self.transport.unwrap_or_default()
    }

    /// Checks that the transport, if one is named, is that of the URL.
    pub(crate) fn check(&self, url: &str) -> Result<(), Failure> {
        match self.transport {
            Some(TransportArg::H3) if TransportArg::of(url) != TransportArg::Tls => {
                Err(Failure::usage(format!(
                    "--transport h3: HTTP/3 is always encrypted, so its URLs are those of wss://, not {url}"
                )))
            }
            Some(named) if !named.fits(TransportArg::of(url)) => Err(Failure::usage(format!(
                "--transport {}: a URL says it by its scheme; {} is that of {}",
                named.name(),
                url.split("//").next().unwrap_or(url),
                TransportArg::of(url).name()
            ))),
            _ => Ok(()),
        }
    }

    /// Whether the port accepts TLS only.
    pub(crate) fn tls_only(&self) -> bool {
        self.tls_only
    }

    /// What it says.
    pub(crate) fn trust(&self) -> Trust {
        Trust {
            authorities: match &self.cacert {
                Some(path) => Authorities::File(path.clone()),
                None if self.insecure => Authorities::Anyone,
                None => Authorities::System,
            },
            identity: self.cert.clone().zip(self.key.clone()),
            sni: match self.sni.as_deref() {
                None => ServerNameSent::Host,
                Some("") => ServerNameSent::None,
                Some(name) => ServerNameSent::Name(name.to_owned()),
            },
        }
    }

    /// Appends the arguments that say the same.
    pub(crate) fn print(&self, line: &mut CommandLine) {
        let TrustArgs {
            transport,
            cacert,
            insecure,
            sni,
            tls_only,
            cert,
            key,
        } = self;
        if let Some(transport) = transport {
            line.option("--transport", transport.name());
        }
        for (name, path) in [("--cacert", cacert), ("--cert", cert), ("--key", key)] {
            if let Some(path) = path {
                line.option(name, path.to_string_lossy());
            }
        }
        for (name, is) in [("--insecure", insecure), ("--tls-only", tls_only)] {
            if *is {
                line.push(name);
            }
        }
        if let Some(name) = sni {
            line.option("--sni", name);
        }
    }
}

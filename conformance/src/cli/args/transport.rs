//! What a server of ours, or one that we start, is reached over.

use clap::ValueEnum;

/// What conversations run over, where no URL says it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum TransportArg {
    /// TCP
    #[default]
    Tcp,
    /// TLS over TCP
    Tls,
    /// A Unix socket
    #[cfg(unix)]
    Unix,
}

impl TransportArg {
    /// The name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            TransportArg::Tcp => "tcp",
            TransportArg::Tls => "tls",
            #[cfg(unix)]
            TransportArg::Unix => "unix",
        }
    }

    /// The scheme of its URLs.
    pub(crate) fn scheme(self) -> &'static str {
        match self {
            TransportArg::Tcp => "ws",
            TransportArg::Tls => "wss",
            #[cfg(unix)]
            TransportArg::Unix => "ws+unix",
        }
    }

    /// That of a URL, by its scheme.
    pub(crate) fn of(url: &str) -> TransportArg {
        match url.split(':').next() {
            Some("wss" | "https") => TransportArg::Tls,
            #[cfg(unix)]
            Some("ws+unix") => TransportArg::Unix,
            _ => TransportArg::Tcp,
        }
    }
}

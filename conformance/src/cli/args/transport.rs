//! What a server of ours, or one that we start, is reached over.

use clap::ValueEnum;
use wsspec_reports::Transport;

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
    /// A stream of HTTP/2 (RFC 8441): with prior knowledge, or by ALPN over TLS
    H2,
    /// A stream of HTTP/3 over QUIC (RFC 9220)
    H3,
}

impl TransportArg {
    /// As reports name it.
    pub(crate) fn transport(self) -> Transport {
        match self {
            TransportArg::Tcp => Transport::Tcp,
            TransportArg::Tls => Transport::Tls,
            #[cfg(unix)]
            TransportArg::Unix => Transport::Unix,
            TransportArg::H2 => Transport::H2,
            TransportArg::H3 => Transport::H3,
        }
    }

    /// The name on the command line.
    pub(crate) fn name(self) -> &'static str {
        self.transport().name()
    }

    /// Whether a URL with this transport of its own can be reached over it.
    pub(crate) fn fits(self, url: TransportArg) -> bool {
        match self {
            TransportArg::H2 => matches!(url, TransportArg::Tcp | TransportArg::Tls),
            TransportArg::H3 => url == TransportArg::Tls,
            _ => self == url,
        }
    }

    /// The scheme of its URLs.
    pub(crate) fn scheme(self) -> &'static str {
        match self {
            TransportArg::Tcp | TransportArg::H2 => "ws",
            TransportArg::Tls | TransportArg::H3 => "wss",
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

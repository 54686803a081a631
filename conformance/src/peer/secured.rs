//! The peer's side of TLS without its cryptography: what TLS makes of a connection before anything
//! goes through it. In memory, records are left out, and what is inside travels as it is.

use url::{Host, Url};
use wsspec_core::Role;
use wsspec_core::tls::{Alert, ClientHello, Tls};
use wsspec_vectors::{Case, Certificate};

use crate::exchange::Setup;

/// What a peer does wrong where it is reached over TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsFault {
    /// Ends TCP without close_notify.
    NoCloseNotify,
    /// A server that opens a WebSocket in clear text on its TLS port.
    TakesClearText,
    /// A server that answers in clear text what is no TLS.
    AnswersClearText,
    /// A server that is down after what is no TLS.
    DiesOfGarbage,
    /// A client that begins in clear text.
    BeginsInClear,
    /// A client that goes on in clear text when TLS fails.
    FallsBack,
    /// A client that takes any certificate.
    TakesAnyCertificate,
    /// A client that does not look at the validity period of a certificate.
    IgnoresValidity,
    /// A client that does not compare the name in a certificate.
    IgnoresName,
    /// A client that does not look at who issued a certificate.
    IgnoresAuthority,
    /// A client that names no host in its ClientHello.
    NoServerName,
    /// A client that names the host as the URL has it, whatever that is.
    ServerNameUnchecked,
    /// A client that names another host in its ClientHello.
    OtherServerName,
}

/// How a connection over TLS begins.
#[derive(Debug, Default)]
pub(crate) struct Secured {
    /// What comes of TLS.
    pub(crate) first: Vec<Tls>,
    /// What comes in clear text then.
    pub(crate) clear: Vec<u8>,
    /// The conversation inside takes place.
    pub(crate) goes_on: bool,
    /// Its end comes without close_notify.
    pub(crate) truncates: bool,
    /// No other connection is served.
    pub(crate) dead: bool,
}

/// Alerts (RFC 8446 §6.2).
const UNEXPECTED_MESSAGE: Alert = Alert(10);
const BAD_CERTIFICATE: Alert = Alert(42);
const CERTIFICATE_EXPIRED: Alert = Alert(45);
const UNKNOWN_CA: Alert = Alert(48);
const NO_APPLICATION_PROTOCOL: Alert = Alert(120);

/// The name of HTTP/1.1 in ALPN (RFC 7301 §6).
const HTTP: &str = "http/1.1";

/// What a server answers that serves clear text beside TLS.
const IN_CLEAR: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// The beginning of the connection of a case, of a peer with this fault.
pub(crate) fn begin(case: &Case, setup: &Setup, fault: Option<TlsFault>) -> Secured {
    let secured = match setup.target {
        Role::Server => server(case, fault),
        Role::Client => client(case, setup, fault),
    };
    Secured {
        truncates: fault == Some(TlsFault::NoCloseNotify),
        ..secured
    }
}

fn server(case: &Case, fault: Option<TlsFault>) -> Secured {
    let tls = case.tls.as_ref();
    let clear = tls.is_some_and(|tls| tls.clear);
    let instead = tls.is_some_and(|tls| tls.instead.is_some());
    let goes_on = Secured {
        goes_on: true,
        ..Secured::default()
    };
    let alpn = tls.and_then(|tls| tls.alpn.as_deref());
    if alpn.is_some_and(|offered| offered.iter().all(|name| name != HTTP)) {
        return Secured {
            first: vec![Tls::Alert(NO_APPLICATION_PROTOCOL)],
            ..Secured::default()
        };
    }
    if !clear && !instead {
        return goes_on;
    }
    match fault {
        Some(TlsFault::TakesClearText) if clear => goes_on,
        Some(TlsFault::AnswersClearText) => Secured {
            clear: IN_CLEAR.to_vec(),
            ..Secured::default()
        },
        Some(TlsFault::DiesOfGarbage) if instead => Secured {
            dead: true,
            ..Secured::default()
        },
        _ => Secured {
            first: vec![Tls::Alert(UNEXPECTED_MESSAGE)],
            ..Secured::default()
        },
    }
}

fn client(case: &Case, setup: &Setup, fault: Option<TlsFault>) -> Secured {
    let tls = case.tls.clone().unwrap_or_default();
    if fault == Some(TlsFault::BeginsInClear) {
        return Secured {
            goes_on: true,
            ..Secured::default()
        };
    }
    let hello = Tls::Hello(ClientHello {
        server_name: server_name(case, setup, fault),
    });
    let refusal = if tls.instead.is_some() {
        Some(UNEXPECTED_MESSAGE)
    } else {
        refusal(tls.certificate, fault)
    };
    let goes_on = refusal.is_none() || fault == Some(TlsFault::FallsBack);
    let first = [hello].into_iter().chain(refusal.map(Tls::Alert));
    Secured {
        first: first.collect(),
        goes_on,
        ..Secured::default()
    }
}

/// The alert that refuses a certificate; `None` if it is taken.
fn refusal(certificate: Certificate, fault: Option<TlsFault>) -> Option<Alert> {
    use Certificate as C;
    match (certificate, fault) {
        (C::Valid, _)
        | (_, Some(TlsFault::TakesAnyCertificate))
        | (C::Expired | C::NotYetValid, Some(TlsFault::IgnoresValidity))
        | (C::WrongName, Some(TlsFault::IgnoresName))
        | (
            C::SelfSigned | C::UnknownAuthority | C::IncompleteChain,
            Some(TlsFault::IgnoresAuthority),
        ) => None,
        (C::SelfSigned | C::UnknownAuthority | C::IncompleteChain, _) => Some(UNKNOWN_CA),
        (C::Expired | C::NotYetValid, _) => Some(CERTIFICATE_EXPIRED),
        (C::WrongName, _) => Some(BAD_CERTIFICATE),
    }
}

/// The name that a client asks for: that of a host, not an address, without the dot of the root
/// (RFC 6066 §3).
fn server_name(case: &Case, setup: &Setup, fault: Option<TlsFault>) -> Option<Vec<u8>> {
    let dial = case.dial.clone().unwrap_or_default();
    let url = Url::parse(&dial.resolved(&setup.host, "/")).ok()?;
    match fault {
        Some(TlsFault::NoServerName) => None,
        Some(TlsFault::OtherServerName) => Some(b"another-host.example".to_vec()),
        Some(TlsFault::ServerNameUnchecked) => url.host_str().map(|host| host.as_bytes().to_vec()),
        _ => match url.host()? {
            Host::Domain(name) => Some(name.trim_end_matches('.').as_bytes().to_vec()),
            Host::Ipv4(_) | Host::Ipv6(_) => None,
        },
    }
}

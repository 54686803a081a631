//! We are the HTTP proxy of a client: it asks us for a tunnel, and what it reaches is us again.

use std::fmt;
use std::io;
use std::slice;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::time::{sleep, timeout};
use wsspec_core::handshake::HeadReader;
use wsspec_core::violation::ViolationSet;
use wsspec_vectors::Dial;

use super::launch::Told;
use super::{Absence, Client, ConnectError, Connected, Listener, NoConnection, REFUSAL_TIMEOUT};
use crate::binding::http1::TUNNEL_OPENED;
use crate::wire::Arrival;
use crate::wire::stream::Stream;
use crate::wire::tcp::Begun;

/// The host that a client dials through a proxy. It has no address, and need not: many
/// clients reach loopback addresses without their proxy.
pub(super) const HOST: &str = "ws.wsspec.test";

/// The URL by which it is found out whether a client uses its proxy at all.
const ANY_URL: &str = "ws://ws.wsspec.test:8080/";

/// Longest wait for the request of a client to its proxy.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// Longest wait for the first line of a request to a proxy, and the time between two looks at it.
const FIRST_LINE: Duration = Duration::from_secs(1);
const LOOK: Duration = Duration::from_millis(5);

/// Longest first line that is read, in bytes.
const LONGEST_LINE: usize = 4096;

/// The answer to those who ask for another host.
pub(super) const NOT_SERVED: &[u8] =
    b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// Why a client that has come to its proxy has no tunnel.
#[derive(Debug)]
pub(in crate::run) enum NoTunnel {
    /// It sent no request, or none in time.
    NotAsked,
    /// It asked for something else.
    AskedFor {
        /// The method of its request.
        method: String,
    },
    /// The connection broke.
    Broken(io::Error),
}

impl fmt::Display for NoTunnel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoTunnel::NotAsked => f.write_str("the client sent no request to its proxy"),
            NoTunnel::AskedFor { method } => write!(
                f,
                "the client asked its proxy with {method} and not for a tunnel, with CONNECT"
            ),
            NoTunnel::Broken(error) => write!(f, "the connection to the proxy broke: {error}"),
        }
    }
}

impl std::error::Error for NoTunnel {}

impl From<io::Error> for NoTunnel {
    fn from(error: io::Error) -> NoTunnel {
        NoTunnel::Broken(error)
    }
}

impl Client {
    /// Has a client of its own connect to us as its proxy. What it asks there is for the case.
    pub(super) async fn connect_to_proxy(&self, dial: &Dial) -> Result<Connected, ConnectError> {
        let listener = Listener::tcp(self.address).await.map_err(Absence::Listen)?;
        let url = dial.resolved(&listener.address.to_string(), "/");
        let listener = listener.of_proxy_for(host(&url));
        let told = Told {
            urls: slice::from_ref(&url),
            subprotocols: &dial.subprotocols,
            proxy: Some(listener.address),
        };
        let process = self.start_alone(told, &url).await?;
        let connected = self
            .accept(process, &listener, self.patience(REFUSAL_TIMEOUT))
            .await
            .map_err(NoConnection::refusal)?;
        Ok(Connected {
            proxy: Some(listener),
            ..connected
        })
    }

    /// Whether the client uses the configured proxy. It is tried out once, with a host that
    /// has no address: one that uses none would otherwise try to reach the hosts of the cases.
    pub(in crate::run) async fn uses_proxy(&self) -> bool {
        let dial = Dial {
            url: Some(ANY_URL.to_owned()),
            proxy: true,
            ..Dial::default()
        };
        let tried = self
            .uses_proxy
            .get_or_init(|| async { self.connect_to_proxy(&dial).await.is_ok() });
        *tried.await
    }
}

/// Whether a client asks its proxy for this host, or for something that names none. What it sends is not
/// taken from the stream.
pub(super) async fn is_asked_for(stream: &Stream, wanted: &str) -> bool {
    let line = timeout(FIRST_LINE, first_line(stream)).await;
    let Ok(Some(line)) = line else { return false };
    let target = line.split(' ').nth(1).unwrap_or_default();
    let names_none = target.is_empty() || target.starts_with('/') || target == "*";
    names_none || host(target).eq_ignore_ascii_case(wanted)
}

/// The first line, or as much as fits: empty if it is no request in text, `None` if nothing came.
async fn first_line(stream: &Stream) -> Option<String> {
    let mut bytes = [0; LONGEST_LINE];
    loop {
        let came = stream
            .tcp()?
            .peek(&mut bytes)
            .await
            .ok()
            .filter(|n| *n > 0)?;
        if !bytes[0].is_ascii_alphabetic() {
            return Some(String::new());
        }
        let end = bytes[..came].iter().position(|byte| *byte == b'\n');
        if let Some(end) = end.or(Some(came).filter(|came| *came == LONGEST_LINE)) {
            return Some(String::from_utf8_lossy(&bytes[..end]).into_owned());
        }
        sleep(LOOK).await;
    }
}

/// The host in a URL, or in an authority.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let address = authority.rsplit('@').next().unwrap_or(authority);
    match address.find(']') {
        Some(end) => &address[..=end],
        None => address.split(':').next().unwrap_or(address),
    }
}

/// Opens the tunnel that a client asks for. What it reaches is the case.
pub(super) async fn open(begun: &mut Begun) -> Result<(), ConnectError> {
    let Some(stream) = &mut begun.stream else {
        return Ok(());
    };
    let asked = timeout(REQUEST_TIMEOUT, tunnel(stream)).await;
    let early = asked
        .unwrap_or(Err(NoTunnel::NotAsked))
        .map_err(Absence::NoTunnel)?;
    if !early.is_empty() {
        begun.came.push_back(Arrival::Bytes(1, early));
    }
    Ok(())
}

/// Reads the request of a client to its proxy, and opens the tunnel. Returns what came after the
/// request.
async fn tunnel(stream: &mut Stream) -> Result<Vec<u8>, NoTunnel> {
    let mut reader = HeadReader::request().tolerating(ViolationSet::ALL);
    let mut buffer = [0; 4096];
    let early = loop {
        let read = stream.read(&mut buffer).await?;
        let mut rest = &buffer[..read];
        if read == 0 {
            return Err(NoTunnel::NotAsked);
        }
        match reader.read(&mut rest) {
            Ok(true) => break rest.to_vec(),
            Ok(false) => {}
            Err(_) => return Err(NoTunnel::NotAsked),
        }
    };
    let request = reader.parse_request().map_err(|_| NoTunnel::NotAsked)?;
    if request.method != "CONNECT" {
        let method = request.method.to_owned();
        return Err(NoTunnel::AskedFor { method });
    }
    stream.send(TUNNEL_OPENED).await?;
    Ok(early)
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn the_host_is_found_in_urls_and_authorities() {
        for (url, found) in [
            ("ws://ws.wsspec.test:8080/chat?a:b", "ws.wsspec.test"),
            ("http://user:pw@example.org", "example.org"),
            ("ws.wsspec.test:443", "ws.wsspec.test"),
            ("wss://[2001:db8::1]:8443/", "[2001:db8::1]"),
            ("[::1]", "[::1]"),
        ] {
            assert_eq!(host(url), found);
        }
    }

    #[tokio::test]
    async fn only_what_is_asked_for_the_host_counts() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        for (sent, counts) in [
            ("CONNECT WS.wsspec.test:80 HTTP/1.1\r\n", true),
            ("GET ws://ws.wsspec.test/ HTTP/1.1\r\n", true),
            ("GET / HTTP/1.1\r\n", true),
            ("\r\n", true),
            ("PRI * HTTP/2.0\r\n", true),
            ("\u{16}\u{3}\u{1}", true),
            ("CONNECT update.example.org:443 HTTP/1.1\r\n", false),
            ("GET http://example.org/ws.wsspec.test HTTP/1.1\r\n", false),
            ("", false),
        ] {
            let mut client = TcpStream::connect(address).await.unwrap();
            client.write_all(sent.as_bytes()).await.unwrap();
            if sent.is_empty() {
                client.shutdown().await.unwrap();
            }
            let stream = Stream::from(listener.accept().await.unwrap().0);
            assert_eq!(is_asked_for(&stream, HOST).await, counts, "{sent}");
        }
    }
}

//! A client that reaches its server through an HTTP proxy: it asks the proxy for a tunnel (RFC 9110
//! §9.3.6), and opens the WebSocket inside.

use url::Url;
use wsspec_core::Role;
use wsspec_core::handshake::{HeadReader, Response};
use wsspec_core::http2::{Connection, Event, Field, Options};
use wsspec_core::tls::ClientHello;
use wsspec_core::violation::ViolationSet;
use wsspec_vectors::Tell;

use super::connection::PeerConnection;

/// What a client does wrong that reaches its server through a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxyFault {
    /// It does not use the configured proxy.
    IgnoresProxy,
    /// It asks the proxy for the URL, as for a page.
    AsksForUrl,
    /// It asks for a tunnel to a host, without the port.
    LeavesOutPort,
    /// It asks for a tunnel to the whole URL, with its path.
    SendsWholeUrl,
    /// It names the proxy in the Host field.
    NamesProxy,
    /// It sends its opening request after any answer.
    TakesAnyStatus,
    /// It sends its opening request after bytes that are no HTTP.
    TakesGarbage,
    /// It sends its opening request when the proxy ends the connection.
    GoesOnAfterEnd,
    /// It waits for as many bytes as the answer of the proxy announces.
    WaitsForContent,
    /// It opens its WebSocket in clear text in a tunnel for a wss URL.
    ClearTextInTunnel,
    /// It takes whatever comes right after the answer of the proxy for part of that answer.
    DropsEarlyBytes,
}

/// Where the tunnel leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// Host and port, as CONNECT names them.
    pub authority: String,
    /// Whether TLS protects what is inside.
    pub secure: bool,
    /// The host, if it is a name and no address.
    pub name: Option<String>,
    url: String,
}

impl Destination {
    /// Where a URL leads; `None` if that is nowhere.
    pub fn of(url: &str) -> Option<Destination> {
        let url = Url::parse(url).ok()?;
        let (host, port) = (url.host_str()?, url.port_or_known_default()?);
        Some(Destination {
            authority: format!("{host}:{port}"),
            secure: url.scheme() == "wss",
            name: url.domain().map(str::to_owned),
            url: url.as_str().to_owned(),
        })
    }
}

/// The conversation with the proxy, sans-I/O: it ends with a tunnel, or without one.
#[derive(Debug)]
pub struct Tunnelling {
    fault: Option<ProxyFault>,
    with: With,
    stage: Stage,
    output: Vec<u8>,
}

/// How the proxy is asked.
#[derive(Debug)]
enum With {
    Http1(HeadReader),
    Http2(Box<Connection>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Asking,
    Open,
    /// The proxy refused, or is gone.
    Refused,
}

impl Tunnelling {
    /// Asks over HTTP/1.1.
    pub fn http1(to: &Destination, fault: Option<ProxyFault>) -> Tunnelling {
        Tunnelling {
            fault,
            with: With::Http1(reader()),
            stage: Stage::Asking,
            output: request(to, fault).into_bytes(),
        }
    }

    /// Asks over HTTP/2, with a CONNECT without `:protocol` (RFC 8441 §7).
    pub fn http2(to: &Destination, fault: Option<ProxyFault>) -> Tunnelling {
        let mut connection = Connection::new(Role::Client, Options::default());
        connection.preface();
        connection.settings(&[]);
        let stream = connection.next_stream();
        let fields: [Field; 2] = [
            (b":method".to_vec(), b"CONNECT".to_vec()),
            (b":authority".to_vec(), to.authority.clone().into_bytes()),
        ];
        connection.headers(stream, &fields, false);
        Tunnelling {
            fault,
            output: connection.output(),
            with: With::Http2(Box::new(connection)),
            stage: Stage::Asking,
        }
    }

    /// Whether the tunnel is the rest of the connection, and no stream of it.
    fn is_text(&self) -> bool {
        matches!(self.with, With::Http1(_))
    }

    /// Whether there is a tunnel.
    pub fn is_open(&self) -> bool {
        self.stage == Stage::Open
    }

    /// Whether there will be none.
    pub fn is_refused(&self) -> bool {
        self.stage == Stage::Refused
    }

    /// Takes bytes of the proxy. Returns those that came through the tunnel.
    pub fn receive(&mut self, bytes: &[u8]) -> Vec<u8> {
        if self.stage != Stage::Asking {
            return Vec::new();
        }
        match &mut self.with {
            With::Http1(_) => self.read_head(bytes),
            With::Http2(connection) => {
                let events = connection.receive(bytes);
                self.output.extend(connection.output());
                let status = events.iter().find_map(status_of);
                if let Some(status) = status {
                    self.answered(status);
                }
                Vec::new()
            }
        }
    }

    fn read_head(&mut self, bytes: &[u8]) -> Vec<u8> {
        let takes_garbage = self.has(ProxyFault::TakesGarbage);
        let waits = self.has(ProxyFault::WaitsForContent);
        let With::Http1(reader) = &mut self.with else {
            return Vec::new();
        };
        let mut rest = bytes;
        let whole = match reader.read(&mut rest) {
            Ok(false) if !takes_garbage || is_http(reader.bytes()) => return Vec::new(),
            Ok(whole) => whole,
            Err(_) => false,
        };
        let answer = reader.parse_response().ok().filter(|_| whole);
        match answer.map(|answer| (answer.status, has_content(&answer))) {
            Some((100..200, _)) => {
                self.with = With::Http1(self::reader());
                return self.read_head(rest);
            }
            // What it waits for never comes.
            Some((200..300, true)) if waits => return Vec::new(),
            Some((status, _)) => self.answered(status),
            None if takes_garbage => self.stage = Stage::Open,
            None => self.stage = Stage::Refused,
        }
        if self.is_open() && !self.has(ProxyFault::DropsEarlyBytes) {
            rest.to_vec()
        } else {
            Vec::new()
        }
    }

    fn answered(&mut self, status: u16) {
        let opens = (200..300).contains(&status) || self.has(ProxyFault::TakesAnyStatus);
        self.stage = if opens { Stage::Open } else { Stage::Refused };
    }

    /// Notes that the proxy ended the connection.
    pub fn receive_end(&mut self) {
        if self.stage == Stage::Asking {
            let goes_on = self.has(ProxyFault::GoesOnAfterEnd);
            self.stage = if goes_on { Stage::Open } else { Stage::Refused };
        }
    }

    /// Takes what is to be sent to the proxy.
    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }

    fn has(&self, fault: ProxyFault) -> bool {
        self.fault == Some(fault)
    }
}

/// What an answer of HTTP begins with.
const HTTP: &[u8] = b"HTTP/";

fn reader() -> HeadReader {
    HeadReader::response().tolerating(ViolationSet::ALL)
}

/// Whether bytes may be the beginning of an answer of HTTP.
fn is_http(begun: &[u8]) -> bool {
    begun.iter().zip(HTTP).all(|(byte, known)| byte == known)
}

/// Whether an answer announces content.
fn has_content(answer: &Response<'_>) -> bool {
    let names = ["content-length", "transfer-encoding"];
    names.iter().any(|name| answer.fields.get(name).is_some())
}

/// The request of the proxy.
fn request(to: &Destination, fault: Option<ProxyFault>) -> String {
    let Destination { authority, url, .. } = to;
    let host = match fault {
        Some(ProxyFault::NamesProxy) => "proxy.example",
        _ => authority,
    };
    let line = match fault {
        Some(ProxyFault::AsksForUrl) => format!("GET {}", url.replacen("ws", "http", 1)),
        Some(ProxyFault::LeavesOutPort) => format!("CONNECT {}", without_port(authority)),
        Some(ProxyFault::SendsWholeUrl) => format!("CONNECT {url}"),
        _ => format!("CONNECT {authority}"),
    };
    format!("{line} HTTP/1.1\r\nHost: {host}\r\n\r\n")
}

/// An authority without its port.
fn without_port(authority: &str) -> &str {
    authority.rsplit_once(':').map_or("", |(host, _)| host)
}

/// The final status of the proxy, if this is one.
fn status_of(event: &Event) -> Option<u16> {
    let Event::Headers { fields, .. } = event else {
        return None;
    };
    let (_, value) = fields.iter().find(|(name, _)| name == b":status")?;
    let status: u16 = std::str::from_utf8(value).ok()?.parse().ok()?;
    (status >= 200).then_some(status)
}

/// A client with its proxy before it.
#[derive(Debug)]
pub struct Proxied {
    tunnelling: Tunnelling,
    /// The client in the tunnel.
    inner: PeerConnection,
    /// Nothing is said in the tunnel: TLS would begin there, which is below what is modelled.
    silent: bool,
    /// The host that TLS names.
    server_name: Option<String>,
}

impl Proxied {
    pub(super) fn new(tunnelling: Tunnelling, inner: PeerConnection, to: Destination) -> Proxied {
        let in_clear = tunnelling.has(ProxyFault::ClearTextInTunnel) && tunnelling.is_text();
        Proxied {
            silent: to.secure && !in_clear,
            tunnelling,
            inner,
            server_name: to.name,
        }
    }

    /// What TLS begins with in the tunnel, if that is what comes there.
    pub(crate) fn hello(&self) -> Option<ClientHello> {
        let begins = self.silent && self.tunnelling.is_open();
        begins.then(|| ClientHello {
            server_name: self.server_name.clone().map(String::into_bytes),
        })
    }

    /// Takes bytes that the other side sent.
    pub(super) fn receive(&mut self, bytes: &mut [u8]) {
        if self.tunnelling.is_open() {
            return self.inner.receive(bytes);
        }
        let mut through = self.tunnelling.receive(bytes);
        if !through.is_empty() {
            self.inner.receive(&mut through);
        }
    }

    /// Notes that the other side ended the connection.
    pub(super) fn receive_end(&mut self) {
        if self.tunnelling.is_open() {
            self.inner.receive_end();
        } else {
            self.tunnelling.receive_end();
        }
    }

    /// Takes the bytes to send.
    pub(super) fn take_output(&mut self) -> Vec<u8> {
        let mut output = self.tunnelling.take_output();
        if self.tunnelling.is_open() && !self.silent {
            output.extend(self.inner.take_output());
        }
        output
    }

    /// Notes that the other side reset the connection.
    pub(super) fn receive_reset(&mut self) {
        if self.tunnelling.is_open() {
            self.inner.receive_reset();
        } else {
            self.tunnelling.receive_end();
        }
    }

    /// Gives the application in the tunnel an instruction.
    pub(super) fn tell(&mut self, tell: &Tell) {
        self.inner.tell(tell);
    }

    /// Whether the peer still serves other connections.
    pub(super) fn serves_others(&self) -> bool {
        self.inner.serves_others()
    }

    /// The violations seen so far.
    pub(super) fn violations(&self) -> ViolationSet {
        self.inner.violations()
    }

    /// Whether it has output that it sends as time passes.
    pub(super) fn has_delayed_output(&self) -> bool {
        self.tunnelling.is_open() && !self.silent && self.inner.has_delayed_output()
    }

    /// Lets a short time pass.
    pub(super) fn tick(&mut self) {
        self.inner.tick();
    }

    /// Whether the connection should be ended once all output is sent.
    pub(super) fn wants_end(&self) -> bool {
        self.tunnelling.is_refused() || self.tunnelling.is_open() && self.inner.wants_end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asking(url: &str) -> Tunnelling {
        Tunnelling::http1(&Destination::of(url).unwrap(), None)
    }

    #[test]
    fn a_tunnel_is_asked_for_by_host_and_port() {
        for (url, asked) in [
            ("ws://a.test/chat?x", "CONNECT a.test:80 "),
            ("wss://a.test/", "CONNECT a.test:443 "),
            ("ws://u:p@a.test:8080/", "CONNECT a.test:8080 "),
            ("ws://[2001:db8::7]:1/", "CONNECT [2001:db8::7]:1 "),
        ] {
            let said = asking(url).take_output();
            assert!(said.starts_with(asked.as_bytes()), "{url}");
        }
    }

    /// Any 2xx opens it, whatever length it announces (RFC 9110 §9.3.6), and what follows came
    /// through the tunnel.
    #[test]
    fn only_a_2xx_opens_a_tunnel() {
        for answer in [
            "HTTP/1.1 200 Connection established\r\n\r\n",
            "HTTP/1.0 204\r\nContent-Length: 7\r\n\r\n",
            "HTTP/1.1 103 x\r\n\r\nHTTP/1.1 299 x\r\n\r\n",
        ] {
            let mut tunnelling = asking("ws://a.test/");
            let through = tunnelling.receive([answer.as_bytes(), b"through"].concat().as_slice());
            assert!(tunnelling.is_open(), "{answer}");
            assert_eq!(through, b"through", "{answer}");
        }
        for answer in [
            "HTTP/1.1 407 x\r\n\r\n",
            "HTTP/1.1 302 x\r\n\r\n",
            "hello\r\n\r\n",
        ] {
            let mut tunnelling = asking("ws://a.test/");
            assert!(tunnelling.receive(answer.as_bytes()).is_empty());
            assert!(tunnelling.is_refused(), "{answer}");
        }
    }

    #[test]
    fn the_end_is_a_refusal() {
        let mut tunnelling = asking("ws://a.test/");
        tunnelling.receive(b"HTTP/1.1 200 x\r\n");
        tunnelling.receive_end();
        assert!(tunnelling.is_refused());
    }
}

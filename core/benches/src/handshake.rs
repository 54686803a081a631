//! Whole opening handshakes of a server in memory: from the bytes of a browser's request to those
//! of the 101 response.
//!
//! fastwebsockets and yawc leave the request to hyper, and websocket-codec leaves it to its user,
//! so they are not measured. websocket-sans-io has no handshake.

use std::hint::black_box;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use base64::Engine as _;
use sha1::{Digest as _, Sha1};
use soketto::handshake::server::Response;
use wsspec_core::endpoint::{Endpoint, ServerConfig};
use wsspec_core::handshake::{GUID, HeadReader, HeadWriter, accept_for};

use crate::source::block_on;

/// The request of a browser.
const REQUEST: &[u8] = b"GET /chat?room=1 HTTP/1.1\r\n\
    Host: example.org:8080\r\n\
    Connection: Upgrade\r\n\
    Pragma: no-cache\r\n\
    Cache-Control: no-cache\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36\r\n\
    Upgrade: websocket\r\n\
    Origin: https://example.org\r\n\
    Sec-WebSocket-Version: 13\r\n\
    Accept-Encoding: gzip, deflate, br, zstd\r\n\
    Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\n\
    Cookie: session=0123456789abcdef0123456789abcdef; theme=dark\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n";

/// The Sec-WebSocket-Accept value that answers it.
const ACCEPT: &[u8] = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// One way to answer the request.
pub struct Contender {
    /// Its name.
    pub name: &'static str,
    /// What it uses and checks.
    pub note: &'static str,
    /// Returns the bytes that it answers to the request.
    answer: fn(&[u8]) -> Vec<u8>,
}

/// Every contender. The first is the lower bound.
pub const ALL: &[Contender] = &[
    Contender {
        name: "floor",
        note: "httparse, sha1, base64 and a fixed response; checks nothing",
        answer: floor,
    },
    Contender {
        name: "wsspec endpoint",
        note: "Endpoint::server",
        answer: endpoint,
    },
    Contender {
        name: "wsspec",
        note: "HeadReader, Request::violations, accept_for, HeadWriter",
        answer: parts,
    },
    Contender {
        name: "tungstenite",
        note: "accept; ends with a whole WebSocket",
        answer: tungstenite_accept,
    },
    Contender {
        name: "tokio-websockets",
        note: "ServerBuilder::accept; ends with a stream",
        answer: tokio_accept,
    },
    Contender {
        name: "soketto",
        note: "Server::receive_request and send_response",
        answer: soketto_accept,
    },
];

impl Contender {
    /// Runs one handshake. Panics unless the request is accepted.
    pub fn run(&self) {
        let answer = black_box((self.answer)(black_box(REQUEST)));
        assert!(
            answer.starts_with(b"HTTP/1.1 101 "),
            "{} does not accept",
            self.name
        );
    }

    /// Whether the answer is a valid 101 response and nothing more.
    pub fn check(&self) -> Result<(), String> {
        let answer = (self.answer)(REQUEST);
        let accepts = answer.starts_with(b"HTTP/1.1 101 ")
            && answer.windows(ACCEPT.len()).any(|part| part == ACCEPT);
        let complaint = || format!("{} answers {}", self.name, String::from_utf8_lossy(&answer));
        if accepts && answer.ends_with(b"\r\n\r\n") {
            Ok(())
        } else {
            Err(complaint())
        }
    }
}

fn floor(request: &[u8]) -> Vec<u8> {
    let mut fields = [httparse::EMPTY_HEADER; 32];
    let mut parsed = httparse::Request::new(&mut fields);
    assert!(
        parsed
            .parse(request)
            .is_ok_and(|status| status.is_complete())
    );
    let key = parsed
        .headers
        .iter()
        .find(|field| field.name.eq_ignore_ascii_case("sec-websocket-key"));
    let hash = Sha1::new()
        .chain_update(key.map_or(&[][..], |field| field.value))
        .chain_update(GUID)
        .finalize();
    let mut answer = Vec::with_capacity(160);
    answer.extend_from_slice(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n");
    answer.extend_from_slice(b"Connection: Upgrade\r\nSec-WebSocket-Accept: ");
    answer.extend_from_slice(
        base64::engine::general_purpose::STANDARD
            .encode(hash)
            .as_bytes(),
    );
    answer.extend_from_slice(b"\r\n\r\n");
    answer
}

fn endpoint(request: &[u8]) -> Vec<u8> {
    let mut endpoint = Endpoint::server(ServerConfig::default());
    endpoint.receive(&mut request.to_vec());
    assert!(endpoint.poll().is_some());
    endpoint.take_output()
}

fn parts(mut request: &[u8]) -> Vec<u8> {
    let mut head = HeadReader::request();
    assert_eq!(head.read(&mut request), Ok(true));
    let request = head.parse_request().expect("a request");
    assert_eq!(request.violations(), []);
    HeadWriter::new("HTTP/1.1 101 Switching Protocols")
        .field("Upgrade", "websocket")
        .field("Connection", "Upgrade")
        .field(
            "Sec-WebSocket-Accept",
            accept_for(request.key().unwrap_or_default()),
        )
        .finish()
}

fn tungstenite_accept(request: &[u8]) -> Vec<u8> {
    let Ok(socket) = tungstenite::accept(Pipe::new(request)) else {
        return Vec::new();
    };
    socket.into_inner().output
}

fn tokio_accept(request: &[u8]) -> Vec<u8> {
    let accepted = block_on(tokio_websockets::ServerBuilder::new().accept(Pipe::new(request)));
    accepted
        .map(|(_, socket)| socket.into_inner().output)
        .unwrap_or_default()
}

fn soketto_accept(request: &[u8]) -> Vec<u8> {
    let mut server = soketto::handshake::Server::new(Pipe::new(request));
    block_on(async {
        let key = server.receive_request().await.expect("a request").key();
        server
            .send_response(&Response::Accept {
                key,
                protocol: None,
            })
            .await
            .expect("a response");
    });
    server.into_inner().output
}

/// A connection whose peer has sent the request and waits. What is written is kept.
struct Pipe<'a> {
    input: &'a [u8],
    output: Vec<u8>,
}

impl<'a> Pipe<'a> {
    fn new(input: &'a [u8]) -> Self {
        Pipe {
            input,
            output: Vec::new(),
        }
    }

    fn take(&mut self, room: usize) -> &'a [u8] {
        let (piece, rest) = self.input.split_at(room.min(self.input.len()));
        self.input = rest;
        piece
    }
}

impl io::Read for Pipe<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.input.read(buffer)
    }
}

impl io::Write for Pipe<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.output.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl tokio::io::AsyncRead for Pipe<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut tokio::io::ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let piece = self.take(buffer.remaining());
        buffer.put_slice(piece);
        Poll::Ready(Ok(()))
    }
}

impl tokio::io::AsyncWrite for Pipe<'_> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(io::Write::write(&mut self.output, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl futures::AsyncRead for Pipe<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(io::Read::read(&mut self.input, buffer))
    }
}

impl futures::AsyncWrite for Pipe<'_> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(io::Write::write(&mut self.output, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn everybody_accepts_the_request() {
        for contender in super::ALL {
            assert_eq!(contender.check(), Ok(()));
            contender.run();
        }
    }
}

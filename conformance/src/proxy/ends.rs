//! Opens both ends of a connection. TLS on either side is its own, but one protocol runs through both: the
//! client is asked for it first, then the server, and the client is answered last.

use std::io;

use bytes::{Bytes, BytesMut};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::timeout;
use wsspec_core::http2::PREFACE;

use crate::run::Target;
use crate::tls::Acceptor;
use crate::wire::link::Link;
use crate::wire::listen::{HANDSHAKE, Incoming};
use crate::wire::stream::Stream;

/// Names of protocols in ALPN.
const HTTP1: &[u8] = b"http/1.1";
const HTTP2: &[u8] = b"h2";

/// Both ends of a connection.
pub(super) struct Ends {
    pub(super) client: Stream,
    pub(super) server: Stream,
    /// What was read of the client before the server was reached.
    pub(super) first: Bytes,
}

/// The side at which a connection failed, and why.
pub(super) enum Failed {
    Client(io::Error),
    Server(io::Error),
}

/// Opens both ends.
pub(super) async fn open(incoming: Incoming, target: &Target) -> Result<Ends, Failed> {
    match incoming {
        Incoming::Tls(stream, acceptor) => open_with_tls(stream, &acceptor, target).await,
        incoming => {
            let client = incoming.open().await.and_then(Link::stream);
            open_in_clear(client.map_err(Failed::Client)?, target).await
        }
    }
}

/// What the client offers is offered to the server, and what that chooses is answered. A server without TLS
/// chooses nothing: HTTP/1.1 is what any of them speaks.
async fn open_with_tls(
    stream: TcpStream,
    acceptor: &Acceptor,
    target: &Target,
) -> Result<Ends, Failed> {
    let hello = in_time(acceptor.hello(stream)).await;
    let hello = hello.map_err(Failed::Client)?;
    let offered = hello.offered();
    let server = target.connect_offering(&offered).await;
    let server = server.map_err(Failed::Server)?;
    let chosen = match &server {
        Stream::Tls(_) => server.protocol().map(<[u8]>::to_vec),
        _ => in_clear(&offered),
    };
    let client = in_time(hello.answer(chosen)).await;
    Ok(Ends {
        client: client.map_err(Failed::Client)?,
        server,
        first: Bytes::new(),
    })
}

/// A part of a handshake, which may not take too long.
async fn in_time<T>(part: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(HANDSHAKE, part).await?
}

/// What is chosen for a server without TLS among what a client offers.
fn in_clear(offered: &[Vec<u8>]) -> Option<Vec<u8>> {
    let dearest = [HTTP1, HTTP2].into_iter();
    let mut known = dearest.filter(|name| offered.iter().any(|offer| offer == name));
    known.next().map(<[u8]>::to_vec)
}

/// A client without TLS offers nothing; it begins with the preface of HTTP/2 or with something else.
async fn open_in_clear(mut client: Stream, target: &Target) -> Result<Ends, Failed> {
    let mut first = BytesMut::new();
    let mut offered = Vec::new();
    if target.is_secure() {
        let begun = begin(&mut client, &mut first).await;
        begun.map_err(Failed::Client)?;
        if first.starts_with(PREFACE) {
            offered.push(HTTP2.to_vec());
        }
    }
    let server = target.connect_offering(&offered).await;
    let server = server.map_err(Failed::Server)?;
    if !offered.is_empty() && server.protocol() != Some(HTTP2) {
        return Err(Failed::Server(io::Error::other(
            "the client speaks HTTP/2, which the server does not choose by ALPN",
        )));
    }
    Ok(Ends {
        client,
        server,
        first: first.freeze(),
    })
}

/// Reads until it is known whether the client begins with the preface of HTTP/2.
async fn begin(client: &mut Stream, first: &mut BytesMut) -> io::Result<()> {
    while first.len() < PREFACE.len() && PREFACE.starts_with(first) {
        if client.read_buf(first).await? == 0 {
            break;
        }
    }
    Ok(())
}

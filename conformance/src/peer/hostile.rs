//! Hostile servers, over TCP: a run, and any client, has to survive them in bounded time and
//! memory.
//!
//! Each is a row of a table: the number of connections it serves as the conforming peer, and what
//! it does on those after them.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use wsspec_core::deflate::message::{Context, Deflator};
use wsspec_core::deflate::negotiation;
use wsspec_core::frame::{FrameWriter, Opcode};
use wsspec_core::handshake::{HeadReader, accept_for};
use wsspec_reports::Transport;

use super::endpoint::ReferencePeer;
use super::tcp;

/// Longest time for which a server goes on with something endless.
const MAX_DURATION: Duration = Duration::from_secs(120);

/// Time between two bytes that are sent slowly.
const BYTE_INTERVAL: Duration = Duration::from_millis(50);

/// A hostile server.
#[derive(Debug)]
pub struct Hostile {
    /// Its name.
    pub name: &'static str,
    /// What it does, as the predicate of a sentence about it.
    pub about: &'static str,
    /// Connections that it serves as the conforming peer first.
    pub conforming: usize,
    then: Then,
}

/// What happens to the connections after those.
#[derive(Debug)]
enum Then {
    /// It does these things on each of them.
    Does(&'static [Act]),
    /// It stops listening.
    Refuses,
    /// It stops listening and resets open connections.
    Dies,
}

/// One thing done on a connection. The connection closes at the end of the list.
#[derive(Debug)]
enum Act {
    /// Reads a request.
    Request,
    /// Answers with a conforming 101, which accepts permessage-deflate if it is offered.
    Agree,
    /// Sends the first bytes, this number of them, of a conforming 101.
    AgreeUpTo(usize),
    /// Sends these bytes.
    Send(&'static [u8]),
    /// Repeats these bytes without end.
    Flood(&'static [u8]),
    /// Sends a conforming 101 byte by byte, slowly.
    AgreeSlowly,
    /// Repeats these bytes without end, byte by byte, slowly.
    Trickle(&'static [u8]),
    /// Sends messages of a few kilobytes that inflate to gigabytes.
    Bombs,
    /// Reads everything and sends nothing.
    Listen,
    /// Neither reads nor sends.
    Freeze,
    /// Resets the connection.
    Reset,
}

use Act::{
    Agree, AgreeSlowly, AgreeUpTo, Bombs, Flood, Freeze, Listen, Request, Reset, Send, Trickle,
};

impl Hostile {
    const fn new(name: &'static str, then: Then, about: &'static str) -> Hostile {
        Hostile {
            name,
            about,
            conforming: 0,
            then,
        }
    }

    /// Serves this number of connections as the conforming peer first.
    const fn after(mut self, connections: usize) -> Hostile {
        self.conforming = connections;
        self
    }

    /// The server with this name.
    pub fn named(name: &str) -> Option<&'static Hostile> {
        HOSTILES.iter().find(|hostile| hostile.name == name)
    }
}

/// Does these things on each connection.
const fn does(name: &'static str, acts: &'static [Act], about: &'static str) -> Hostile {
    Hostile::new(name, Then::Does(acts), about)
}

const SWITCH: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\n";

/// An empty SETTINGS frame of HTTP/2.
const SETTINGS: &[u8] = b"\0\0\0\x04\0\0\0\0\0";

/// A GOAWAY frame of HTTP/2 with PROTOCOL_ERROR.
const GOAWAY: &[u8] = b"\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\x01";

/// Every hostile server.
#[rustfmt::skip]
pub const HOSTILES: &[Hostile] = &[
    does("mute", &[Freeze], "accepts connections and neither reads nor sends"),
    does("listens", &[Listen], "reads everything and sends nothing"),
    does("hangs-up", &[], "closes every connection at once"),
    does("resets", &[Reset], "resets every connection at once"),
    does("ssh", &[Send(b"SSH-2.0-OpenSSH_9.6\r\n"), Listen], "greets as an SSH server"),
    does("smtp", &[Send(b"220 mail.example.org ESMTP\r\n"), Listen], "greets as a mail server"),
    does("tls", &[Request, Send(b"\x15\x03\x01\x00\x02\x02\x46"), Listen],
        "answers with a TLS alert"),
    does("h2", &[Send(SETTINGS), Request, Send(GOAWAY)], "speaks HTTP/2 only"),
    does("line-endless", &[Request, Send(b"HTTP/1.1 101 "), Flood(b"a")],
        "answers with a status line without end"),
    does("field-endless", &[Request, Send(SWITCH), Send(b"X: "), Flood(b"a")],
        "answers with a field without end"),
    does("fields-endless", &[Request, Send(SWITCH), Flood(b"X: y\r\n")],
        "answers with fields without end"),
    does("interim-endless", &[Request, Flood(b"HTTP/1.1 103 Early Hints\r\n\r\n")],
        "answers with interim responses without end"),
    does("body-endless", &[Request, Send(b"HTTP/1.1 200 OK\r\n\r\n"), Flood(b"x")],
        "refuses with a body without end"),
    does("body-never",
        &[Request, Send(b"HTTP/1.1 400 Bad Request\r\n"),
            Send(b"Content-Length: 18446744073709551615\r\n\r\n"), Listen],
        "refuses and announces a body that never comes"),
    does("garbage-endless", &[Flood(b"\xff\x00\x81\x13")], "sends meaningless bytes without end"),
    does("head-trickles", &[Request, AgreeSlowly, Freeze],
        "sends a conforming answer, a byte at a time"),
    // Longer than what comes of it in a run, so that no other frame begins.
    does("frame-trickles", &[Request, Agree, Trickle(b"\x82\x7e\x7e\x7e")],
        "sends a long frame, a byte at a time"),
    does("texts-endless", &[Request, Agree, Flood(b"\x81\x05Hello")], "sends messages without end"),
    does("empties-endless", &[Request, Agree, Flood(b"\x82\x00")],
        "sends empty messages without end"),
    does("pings-endless", &[Request, Agree, Flood(b"\x89\x00")],
        "sends pings without end and reads no pong"),
    does("pongs-endless", &[Request, Agree, Flood(b"\x8a\x01x")], "sends pongs without end"),
    does("fragments-endless", &[Request, Agree, Send(b"\x01\x00"), Flood(b"\x00\x00")],
        "sends a message of empty fragments without end"),
    does("message-endless",
        &[Request, Agree, Send(b"\x02\x00"), Flood(b"\x00\x04\xf0\x9f\x98\x80")],
        "sends a message of fragments without end"),
    does("reserved-endless", &[Request, Agree, Flood(b"\xf3\x01x")],
        "sends frames of reserved opcodes without end"),
    does("junk-endless", &[Request, Agree, Flood(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")],
        "sends junk in place of frames, without end, after a conforming 101"),
    does("length-4gib", &[Request, Agree, Send(b"\x82\x7f\0\0\0\x01\0\0\0\0a few bytes"), Listen],
        "announces 4 GiB and sends a few bytes"),
    does("length-most",
        &[Request, Agree, Send(b"\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"), Flood(b"\0")],
        "announces the longest possible frame, and sends it"),
    does("ping-4gib", &[Request, Agree, Send(b"\x89\x7f\0\0\0\x01\0\0\0\0"), Flood(b"p")],
        "sends a ping of 4 GiB"),
    does("close-4gib", &[Request, Agree, Send(b"\x88\x7f\0\0\0\x01\0\0\0\0\x03\xe8"), Flood(b"c")],
        "sends a Close frame of 4 GiB"),
    does("reserved-4gib", &[Request, Agree, Send(b"\x83\x7f\0\0\0\x01\0\0\0\0"), Flood(b"r")],
        "sends a frame of a reserved opcode and 4 GiB"),
    does("closes-then-floods",
        &[Request, Agree, Send(b"\x88\x02\x03\xe8"), Flood(b"\x81\x05Hello")],
        "sends Close, and messages without end after it"),
    does("deaf", &[Request, Agree, Freeze], "opens connections and never reads again"),
    does("dumb", &[Request, Agree, Listen], "opens connections, reads, and sends nothing more"),
    does("closes-in-line", &[Request, AgreeUpTo(9)], "closes in the middle of the status line"),
    does("closes-in-head", &[Request, AgreeUpTo(100)],
        "closes in the middle of the head of its answer"),
    does("resets-in-head", &[Request, AgreeUpTo(100), Reset],
        "resets in the middle of the head of its answer"),
    does("closes-after-head", &[Request, Agree], "closes when the connection is open"),
    does("closes-in-frame", &[Request, Agree, Send(b"\x81")],
        "closes in the middle of the header of a frame"),
    does("closes-in-payload", &[Request, Agree, Send(b"\x81\x05Hel")],
        "closes in the middle of the payload of a frame"),
    does("resets-in-payload", &[Request, Agree, Send(b"\x81\x05Hel"), Reset],
        "resets in the middle of the payload of a frame"),
    Hostile::new("dies", Then::Dies, "is gone after 80 conforming connections").after(80),
    Hostile::new("refuses", Then::Refuses, "refuses connections after 80 conforming ones")
        .after(80),
    does("hangs-later", &[Freeze], "is silent after 80 conforming connections").after(80),
    does("floods-later", &[Request, Agree, Flood(b"\x89\x00")],
        "floods connections with pings after 80 conforming ones")
        .after(80),
    does("bombs-later", &[Request, Agree, Bombs],
        "sends compressed messages of gigabytes after 80 conforming connections")
        .after(80),
    does("resets-later", &[Request, Reset], "resets connections after 80 conforming ones")
        .after(80),
];

/// A hostile server that listens.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    hostile: &'static Hostile,
}

impl Server {
    /// Listens on `address`; port 0 picks a free one.
    ///
    /// # Errors
    ///
    /// If the address cannot be bound.
    pub async fn bind(address: SocketAddr, hostile: &'static Hostile) -> io::Result<Server> {
        Ok(Server {
            listener: TcpListener::bind(address).await?,
            hostile,
        })
    }

    /// The address it listens on.
    ///
    /// # Errors
    ///
    /// If the system does not tell.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until the task is dropped, or until it stops listening.
    pub async fn serve(self) {
        let mut open = JoinSet::new();
        let mut taken = 0;
        loop {
            let Ok((stream, _)) = self.listener.accept().await else {
                sleep(BYTE_INTERVAL).await;
                continue;
            };
            // Forget connections that are over.
            while open.try_join_next().is_some() {}
            taken += 1;
            if taken <= self.hostile.conforming {
                let _ = stream.set_nodelay(true);
                open.spawn(tcp::serve(
                    stream.into(),
                    (ReferencePeer::conforming(), Transport::Tcp),
                    0,
                    Arc::default(),
                ));
                continue;
            }
            match &self.hostile.then {
                Then::Does(acts) => {
                    open.spawn(async move {
                        let _ = timeout(MAX_DURATION, play(stream, acts)).await;
                    });
                }
                Then::Refuses => {
                    drop((self.listener, stream));
                    while open.join_next().await.is_some() {}
                    return;
                }
                Then::Dies => {
                    let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
                    return;
                }
            }
        }
    }
}

/// Carries out the list, as far as the other side allows.
async fn play(mut stream: TcpStream, acts: &[Act]) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut request = HeadReader::request();
    for act in acts {
        match act {
            Request => read_request(&mut stream, &mut request).await?,
            Agree => stream.write_all(&answer(&request)).await?,
            AgreeUpTo(size) => stream.write_all(&answer(&request)[..*size]).await?,
            Send(bytes) => stream.write_all(bytes).await?,
            Flood(bytes) => flood(&mut stream, bytes).await?,
            AgreeSlowly => trickle(&mut stream, &answer(&request)).await?,
            Trickle(bytes) => loop {
                trickle(&mut stream, bytes).await?;
            },
            Bombs => flood(&mut stream, &BOMB).await?,
            Listen => {
                let mut buffer = vec![0; 4096];
                while stream.read(&mut buffer).await? > 0 {}
            }
            Freeze => sleep(MAX_DURATION).await,
            Reset => SockRef::from(&stream).set_linger(Some(Duration::ZERO))?,
        }
    }
    Ok(())
}

async fn read_request(stream: &mut TcpStream, request: &mut HeadReader) -> io::Result<()> {
    let mut buffer = [0; 1024];
    loop {
        let n = stream.read(&mut buffer).await?;
        // A request that is broken or incomplete is answered as well.
        if n == 0 || request.read(&mut &buffer[..n]).unwrap_or(true) {
            return Ok(());
        }
    }
}

/// A conforming 101, whatever the request.
fn answer(request: &HeadReader) -> Vec<u8> {
    let parsed = request.parse_request().ok();
    let key = parsed
        .as_ref()
        .and_then(wsspec_core::handshake::Request::key)
        .unwrap_or_default();
    let offered = parsed
        .as_ref()
        .is_some_and(|r| r.extensions().iter().any(|e| e.name == negotiation::NAME));
    let extensions = if offered {
        "Sec-WebSocket-Extensions: permessage-deflate\r\n"
    } else {
        ""
    };
    let fields = format!(
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n",
        accept_for(key)
    );
    [SWITCH, fields.as_bytes(), extensions.as_bytes(), b"\r\n"].concat()
}

async fn flood(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
    let block = bytes.repeat((64 << 10) / bytes.len().min(64 << 10));
    loop {
        stream.write_all(&block).await?;
    }
}

async fn trickle(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
    for byte in bytes {
        stream.write_all(&[*byte]).await?;
        sleep(BYTE_INTERVAL).await;
    }
    Ok(())
}

/// A message of 16 MiB, compressed to a thousandth of that.
static BOMB: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut deflator = Deflator::new(Context {
        takeover: false,
        window_bits: 15,
    });
    let mut frame =
        FrameWriter::new(Opcode::BINARY, &deflator.message(&vec![0; 16 << 20])).to_vec();
    frame[0] |= 0x40;
    frame
});

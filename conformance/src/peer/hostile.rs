//! Servers that mean harm, over TCP: what a run, and any client, has to survive in bounded time and memory.
//!
//! Each is a row of a table: how many connections it serves rightly first, and what it does then.

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

use super::{Peer, tcp};

/// What never ends by itself ends then.
const ENDLESS: Duration = Duration::from_secs(120);

/// Between two bytes of what trickles.
const DRIP: Duration = Duration::from_millis(50);

/// A server that means harm.
#[derive(Debug)]
pub struct Hostile {
    /// What to call it.
    pub name: &'static str,
    /// What it does.
    pub about: &'static str,
    /// Connections that it serves rightly before.
    pub right: usize,
    then: Then,
}

/// What becomes of the later connections.
#[derive(Debug)]
enum Then {
    /// On each of them this is done.
    Does(&'static [Act]),
    /// There are none: nobody listens any more.
    Refuses,
    /// The same, and those that were open are reset.
    Dies,
}

/// What is done on a connection, one after the other. At the end of the list it is closed.
#[derive(Debug)]
enum Act {
    /// Reads a whole request.
    Request,
    /// Answers it with a right 101, which takes permessage-deflate where it is offered.
    Agree,
    /// Sends the beginning of a right 101 and of an empty message behind it: so many bytes.
    AgreeUpTo(usize),
    /// Sends these bytes.
    Say(&'static [u8]),
    /// Sends these bytes again and again.
    Flood(&'static [u8]),
    /// Sends a right 101 byte by byte, slowly.
    AgreeSlowly,
    /// Sends these bytes again and again, byte by byte, slowly.
    Trickle(&'static [u8]),
    /// Sends messages of a few kilobytes that inflate to gigabytes.
    Bombs,
    /// Reads all there is and says nothing.
    Listen,
    /// Does nothing, and reads nothing.
    Freeze,
    /// Resets the connection.
    Reset,
}

use Act::{
    Agree, AgreeSlowly, AgreeUpTo, Bombs, Flood, Freeze, Listen, Request, Reset, Say, Trickle,
};

const fn does(name: &'static str, acts: &'static [Act], about: &'static str) -> Hostile {
    Hostile {
        name,
        about,
        right: 0,
        then: Then::Does(acts),
    }
}

const SWITCH: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\n";

/// Everybody who means harm.
#[rustfmt::skip]
pub const HOSTILES: &[Hostile] = &[
    does("mute", &[Freeze], "takes connections and neither reads nor says anything"),
    does("listens", &[Listen], "takes all that is sent and says nothing"),
    does("hangs-up", &[], "closes every connection at once"),
    does("resets", &[Reset], "resets every connection at once"),
    does("ssh", &[Say(b"SSH-2.0-OpenSSH_9.6\r\n"), Listen], "greets as an SSH server"),
    does("smtp", &[Say(b"220 mail.example.org ESMTP\r\n"), Listen], "greets as a mail server"),
    does("tls", &[Request, Say(b"\x15\x03\x01\x00\x02\x02\x46"), Listen], "answers with an alert of TLS"),
    does("h2", &[Say(b"\0\0\0\x04\0\0\0\0\0"), Request, Say(b"\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\x01")], "speaks HTTP/2 only"),
    does("line-endless", &[Request, Say(b"HTTP/1.1 101 "), Flood(b"a")], "answers with a status line without end"),
    does("field-endless", &[Request, Say(SWITCH), Say(b"X: "), Flood(b"a")], "answers with a field without end"),
    does("fields-endless", &[Request, Say(SWITCH), Flood(b"X: y\r\n")], "answers with fields without end"),
    does("interim-endless", &[Request, Flood(b"HTTP/1.1 103 Early Hints\r\n\r\n")], "answers with interim responses without end"),
    does("body-endless", &[Request, Say(b"HTTP/1.1 200 OK\r\n\r\n"), Flood(b"x")], "refuses with a body without end"),
    does("body-never", &[Request, Say(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 18446744073709551615\r\n\r\n"), Listen], "refuses and announces a body that never comes"),
    does("garbage-endless", &[Flood(b"\xff\x00\x81\x13")], "sends bytes without meaning or end, unasked"),
    does("head-trickles", &[Request, AgreeSlowly, Freeze], "answers rightly, a byte at a time"),
    does("frame-trickles", &[Request, Agree, Trickle(b"\x89\x7d")], "sends frames a byte at a time, without end"),
    does("texts-endless", &[Request, Agree, Flood(b"\x81\x05Hello")], "sends messages without end"),
    does("empties-endless", &[Request, Agree, Flood(b"\x82\x00")], "sends empty messages without end"),
    does("pings-endless", &[Request, Agree, Flood(b"\x89\x00")], "sends pings without end and reads no pong"),
    does("pongs-endless", &[Request, Agree, Flood(b"\x8a\x01x")], "sends pongs without end"),
    does("fragments-endless", &[Request, Agree, Say(b"\x01\x00"), Flood(b"\x00\x00")], "sends a message of empty fragments without end"),
    does("message-endless", &[Request, Agree, Say(b"\x02\x00"), Flood(b"\x00\x04\xf0\x9f\x98\x80")], "sends a message of fragments without end"),
    does("reserved-endless", &[Request, Agree, Flood(b"\xf3\x01x")], "sends frames of reserved opcodes without end"),
    does("junk-endless", &[Request, Agree, Flood(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")], "sends what is no frame, without end, behind a right 101"),
    does("length-4gib", &[Request, Agree, Say(b"\x82\x7f\0\0\0\x01\0\0\0\0a few bytes"), Listen], "announces 4 GiB and sends a few bytes"),
    does("length-most", &[Request, Agree, Say(b"\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"), Flood(b"\0")], "announces the longest frame there is, and sends it"),
    does("ping-4gib", &[Request, Agree, Say(b"\x89\x7f\0\0\0\x01\0\0\0\0"), Flood(b"p")], "sends a ping of 4 GiB"),
    does("close-4gib", &[Request, Agree, Say(b"\x88\x7f\0\0\0\x01\0\0\0\0\x03\xe8"), Flood(b"c")], "sends a Close frame of 4 GiB"),
    does("reserved-4gib", &[Request, Agree, Say(b"\x83\x7f\0\0\0\x01\0\0\0\0"), Flood(b"r")], "sends a frame of a reserved opcode and 4 GiB"),
    does("closes-then-floods", &[Request, Agree, Say(b"\x88\x02\x03\xe8"), Flood(b"\x81\x05Hello")], "sends Close, and messages without end behind it"),
    does("deaf", &[Request, Agree, Freeze], "opens connections and never reads again"),
    does("dumb", &[Request, Agree, Listen], "opens connections, reads, and never says anything again"),
    does("closes-in-line", &[Request, AgreeUpTo(9)], "closes within the status line"),
    does("closes-in-head", &[Request, AgreeUpTo(100)], "closes within the head of its answer"),
    does("resets-in-head", &[Request, AgreeUpTo(100), Reset], "resets within the head of its answer"),
    does("closes-after-head", &[Request, Agree], "closes when the connection is open"),
    does("closes-in-frame", &[Request, Agree, Say(b"\x81")], "closes within the header of a frame"),
    does("closes-in-payload", &[Request, Agree, Say(b"\x81\x05Hel")], "closes within the payload of a frame"),
    does("resets-in-payload", &[Request, Agree, Say(b"\x81\x05Hel"), Reset], "resets within the payload of a frame"),
    Hostile { name: "dies", about: "is right for 12 connections, and gone then", right: 12, then: Then::Dies },
    Hostile { name: "refuses", about: "is right for 12 connections, and takes no more then", right: 12, then: Then::Refuses },
    Hostile { right: 12, ..does("hangs-later", &[Freeze], "is right for 12 connections, and says nothing on later ones") },
    Hostile { right: 12, ..does("floods-later", &[Request, Agree, Flood(b"\x89\x00")], "is right for 12 connections, and floods later ones with pings") },
    Hostile { right: 12, ..does("bombs-later", &[Request, Agree, Bombs], "is right for 12 connections, and sends compressed messages of gigabytes on later ones") },
    Hostile { right: 12, ..does("resets-later", &[Request, Reset], "is right for 12 connections, and resets later ones") },
];

impl Hostile {
    /// The one of this name.
    pub fn named(name: &str) -> Option<&'static Hostile> {
        HOSTILES.iter().find(|hostile| hostile.name == name)
    }
}

/// A hostile server that listens.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    hostile: &'static Hostile,
}

impl Server {
    /// Listens on `address`; port 0 takes a free one.
    pub async fn bind(address: SocketAddr, hostile: &'static Hostile) -> io::Result<Server> {
        Ok(Server {
            listener: TcpListener::bind(address).await?,
            hostile,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until the task is dropped, or until it plays dead.
    pub async fn serve(self) {
        let mut open = JoinSet::new();
        let mut taken = 0;
        loop {
            let Ok((stream, _)) = self.listener.accept().await else {
                sleep(DRIP).await;
                continue;
            };
            // Nothing is left of connections that are over.
            while open.try_join_next().is_some() {}
            taken += 1;
            if taken <= self.hostile.right {
                open.spawn(tcp::serve(stream, Peer::right(), 0, Arc::default()));
                continue;
            }
            match &self.hostile.then {
                Then::Does(acts) => {
                    open.spawn(async move {
                        let _ = timeout(ENDLESS, play(stream, acts)).await;
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

/// Does what the list says, as far as the other side lets it.
async fn play(mut stream: TcpStream, acts: &[Act]) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut request = HeadReader::request();
    for act in acts {
        match act {
            Request => read_request(&mut stream, &mut request).await?,
            Agree => stream.write_all(&answer(&request)).await?,
            AgreeUpTo(size) => stream.write_all(&answer(&request)[..*size]).await?,
            Say(bytes) => stream.write_all(bytes).await?,
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
            Freeze => sleep(ENDLESS).await,
            Reset => SockRef::from(&stream).set_linger(Some(Duration::ZERO))?,
        }
    }
    Ok(())
}

async fn read_request(stream: &mut TcpStream, request: &mut HeadReader) -> io::Result<()> {
    let mut buffer = [0; 1024];
    loop {
        let n = stream.read(&mut buffer).await?;
        // A request that is broken, or never whole, is answered as well.
        if n == 0 || request.read(&mut &buffer[..n]).unwrap_or(true) {
            return Ok(());
        }
    }
}

/// A right 101, whatever was asked.
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
    let much = bytes.repeat((64 << 10) / bytes.len().min(64 << 10));
    loop {
        stream.write_all(&much).await?;
    }
}

async fn trickle(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
    for byte in bytes {
        stream.write_all(&[*byte]).await?;
        sleep(DRIP).await;
    }
    Ok(())
}

/// A compressed message of 16 MiB in a thousandth of that.
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

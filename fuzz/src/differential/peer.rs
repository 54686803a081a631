//! The other implementations behind one interface, with our size limit and otherwise with their
//! defaults.

use std::io::ErrorKind;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use fastwebsockets::{FragmentCollector, OpCode};
use futures_core::Stream as _;
use tokio_websockets::{ClientBuilder, Limits, ServerBuilder};
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Error, Message};
use wsspec_core::Role;
use wsspec_core::frame::{FrameHeader, MessageKind, Opcode, apply_mask};
use wsspec_core::message::{Incoming, MessageReader};
use wsspec_core::violation::{Fault, ViolationSet};

use super::stream::{Stream, run};

/// Size limit of messages, in bytes.
pub const LIMIT: usize = 1000;

/// What came out of a stream, and how reading ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Messages and control frames, in order.
    pub items: Vec<Incoming>,
    /// How reading ended.
    pub end: End,
    /// The close code of a refusal, if there is one.
    pub code: Option<u16>,
}

/// How reading ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It needs more.
    More,
    /// It read a Close frame.
    Closed,
    /// It refused the stream, for this reason.
    Refused(String),
}

/// Another implementation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// `WebSocket::read`, over a blocking stream.
    Tungstenite,
    /// `FragmentCollector::read_frame`.
    Fastwebsockets,
    /// `WebSocketStream`.
    TokioWebsockets,
}

impl Peer {
    /// Every implementation.
    pub const ALL: [Peer; 3] = [
        Peer::Tungstenite,
        Peer::Fastwebsockets,
        Peer::TokioWebsockets,
    ];

    /// Returns its name, and the version that the known differences are about.
    pub fn name(self) -> &'static str {
        match self {
            Peer::Tungstenite => "tungstenite 0.30",
            Peer::Fastwebsockets => "fastwebsockets 0.10",
            Peer::TokioWebsockets => "tokio-websockets 0.13",
        }
    }

    /// Reads what the peer of `reader` sent, in chunks of at most `most` bytes.
    pub fn read(self, reader: Role, bytes: &[u8], most: usize) -> Told {
        let mut written = Vec::new();
        let stream = Stream::new(bytes, most, &mut written);
        let mut items = Vec::new();
        let end = match self {
            Peer::Tungstenite => tungstenite(reader, stream, &mut items),
            Peer::Fastwebsockets => fastwebsockets(reader, stream, &mut items),
            Peer::TokioWebsockets => tokio_websockets(reader, stream, &mut items),
        };
        let end = match (end, items.last()) {
            (_, Some(Incoming::Close(_))) => End::Closed,
            (None, _) => End::More,
            (Some(why), _) => End::Refused(why),
        };
        Told {
            items,
            end,
            code: close_code(&written),
        }
    }
}

/// Returns what our reader makes of it. The fault is the reason of a refusal.
pub fn ours(
    reader: Role,
    bytes: &[u8],
    tolerated: ViolationSet,
) -> (Vec<Incoming>, Result<End, Fault>) {
    let mut ours = MessageReader::new(reader)
        .max_message(LIMIT as u64)
        .tolerating(tolerated);
    let mut copy = bytes.to_vec();
    let mut input = copy.as_mut_slice();
    let mut items = Vec::new();
    loop {
        match ours.read_owned(&mut input) {
            Ok(Some(item @ Incoming::Close(_))) => {
                items.push(item);
                return (items, Ok(End::Closed));
            }
            Ok(Some(item)) => items.push(item),
            Ok(None) => return (items, Ok(End::More)),
            Err(fault) => return (items, Err(fault)),
        }
    }
}

fn tungstenite(reader: Role, stream: Stream<'_>, items: &mut Vec<Incoming>) -> Option<String> {
    use tungstenite::protocol::Role as Theirs;
    let role = if reader == Role::Server {
        Theirs::Server
    } else {
        Theirs::Client
    };
    let config = WebSocketConfig::default()
        .max_message_size(Some(LIMIT))
        .max_frame_size(Some(LIMIT));
    let config = config.read_buffer_size(4096);
    let mut socket = tungstenite::WebSocket::from_raw_socket(stream, role, Some(config));
    loop {
        items.push(match socket.read() {
            Ok(Message::Text(text)) => {
                Incoming::Message(MessageKind::Text, text.as_bytes().to_vec())
            }
            Ok(Message::Binary(bytes)) => Incoming::Message(MessageKind::Binary, bytes.to_vec()),
            Ok(Message::Ping(bytes)) => Incoming::Ping(bytes.to_vec()),
            Ok(Message::Pong(bytes)) => Incoming::Pong(bytes.to_vec()),
            Ok(Message::Close(frame)) => {
                let body =
                    frame.map(|f| [&u16::from(f.code).to_be_bytes(), f.reason.as_bytes()].concat());
                items.push(Incoming::Close(body.unwrap_or_default()));
                // Sends its answer.
                let _ = socket.flush();
                return None;
            }
            Ok(Message::Frame(_)) => unreachable!("only for writing"),
            Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => return None,
            Err(error) => return Some(error.to_string()),
        });
    }
}

fn fastwebsockets(reader: Role, stream: Stream<'_>, items: &mut Vec<Incoming>) -> Option<String> {
    use fastwebsockets::Role as Theirs;
    let role = if reader == Role::Server {
        Theirs::Server
    } else {
        Theirs::Client
    };
    let mut socket = fastwebsockets::WebSocket::after_handshake(stream, role);
    // By default it answers pings and hides them.
    socket.set_auto_pong(false);
    socket.set_max_message_size(LIMIT);
    let mut socket = FragmentCollector::new(socket);
    run(async {
        loop {
            let frame = match socket.read_frame().await {
                Ok(frame) => frame,
                Err(error) => return error.to_string(),
            };
            let bytes = frame.payload.to_vec();
            items.push(match frame.opcode {
                OpCode::Text => Incoming::Message(MessageKind::Text, bytes),
                OpCode::Binary => Incoming::Message(MessageKind::Binary, bytes),
                OpCode::Ping => Incoming::Ping(bytes),
                OpCode::Pong => Incoming::Pong(bytes),
                OpCode::Close => {
                    items.push(Incoming::Close(bytes));
                    return String::new();
                }
                OpCode::Continuation => unreachable!("collected"),
            });
        }
    })
}

fn tokio_websockets(reader: Role, stream: Stream<'_>, items: &mut Vec<Incoming>) -> Option<String> {
    let limits = Limits::default().max_payload_len(Some(LIMIT));
    let mut socket = match reader {
        Role::Server => ServerBuilder::new().limits(limits).serve(stream),
        Role::Client => ClientBuilder::new().limits(limits).take_over(stream),
    };
    let mut next = || Pin::new(&mut socket).poll_next(&mut Context::from_waker(Waker::noop()));
    loop {
        let message = match next() {
            Poll::Pending => return None,
            Poll::Ready(None) => return Some("the stream of messages ended".to_owned()),
            Poll::Ready(Some(Ok(message))) => message,
            Poll::Ready(Some(Err(error))) => {
                // It sends its Close when it is polled again.
                let _ = next();
                return Some(error.to_string());
            }
        };
        let bytes = message.as_payload().to_vec();
        items.push(match () {
            () if message.is_text() => Incoming::Message(MessageKind::Text, bytes),
            () if message.is_binary() => Incoming::Message(MessageKind::Binary, bytes),
            () if message.is_ping() => Incoming::Ping(bytes),
            () if message.is_pong() => Incoming::Pong(bytes),
            () => {
                items.push(Incoming::Close(bytes));
                let _ = next();
                return None;
            }
        });
    }
}

/// Returns the code of the Close frame that was written.
fn close_code(mut written: &[u8]) -> Option<u16> {
    while let Some(header) = FrameHeader::parse(written) {
        let (frame, rest) = written.split_at((header.size() as u64 + header.length) as usize);
        if header.opcode == Opcode::CLOSE {
            let mut body = frame[header.size()..].to_vec();
            apply_mask(&mut body, header.mask.unwrap_or_default(), 0);
            return body.first_chunk().map(|code| u16::from_be_bytes(*code));
        }
        written = rest;
    }
    None
}

//! A client that connects over HTTP/2 or HTTP/3: its requests up to the one that this connection is for.
//!
//! Each connection has one WebSocket, as over HTTP/1.1: a case is identified by its request, and has the
//! whole connection from its first byte. What has come by then is handed on, and how much has been
//! written: the exchange writes the same again, which is left out.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::time::timeout;
use wsspec_core::Role;
use wsspec_core::frame::{FrameWriter, Opcode};

use super::control::{CLOSE_TIMEOUT, Content, READ_PAUSE};
use super::request::{self, Request};
use crate::binding::Field;
use crate::binding::carrier::{Came, Carrier, OFFER, OnChannel};
use crate::binding::http2::Http2;
use crate::binding::http3::Http3;
use crate::exchange::WireAction;
use crate::wire::link::Opened;
use crate::wire::quic::{self, Channels, Connection};
use crate::wire::stream::Stream;
use crate::wire::{Arrival, tcp};

/// Longest wait for something to read: a browser keeps connections without a request.
const IDLE: Duration = Duration::from_secs(60);

/// Bytes of a connection before the request that it is for, at most.
const MOST: usize = 256 << 10;

/// The only conversation, and the channel of HTTP/2.
const FIRST: u32 = 1;

/// What the streams of a connection travel on.
#[derive(Debug)]
enum Wire {
    /// All of them on one stream of bytes, with this many bytes written.
    Bytes(Stream, usize),
    /// Each on one of QUIC, with this many bytes written on each channel.
    Quic(Channels, BTreeMap<u32, usize>),
}

impl Wire {
    /// `None` at the end of the connection.
    async fn next(&mut self) -> Option<Arrival> {
        match self {
            Wire::Bytes(stream, _) => {
                let mut buffer = vec![0; 16 << 10];
                let size = stream.read(&mut buffer).await.ok()?;
                buffer.truncate(size);
                (size > 0).then_some(Arrival::Bytes(FIRST, buffer))
            }
            Wire::Quic(channels, _) => {
                let arrival = channels.next().await;
                (!channels.is_over()).then_some(arrival)
            }
        }
    }

    /// Does this on a channel.
    async fn act(&mut self, on: u32, action: WireAction) -> Option<()> {
        match (self, action) {
            (Wire::Bytes(stream, written), WireAction::Write(bytes)) => {
                *written += bytes.len();
                stream.send(&bytes).await.ok()
            }
            (Wire::Bytes(..), _) => Some(()),
            (Wire::Quic(channels, written), action) => {
                if let WireAction::Write(bytes) = &action {
                    *written.entry(on).or_default() += bytes.len();
                }
                channels.act(on, action);
                Some(())
            }
        }
    }

    async fn end(self) {
        match self {
            Wire::Bytes(stream, _) => tcp::end(stream, CLOSE_TIMEOUT).await,
            Wire::Quic(channels, _) => channels.end(CLOSE_TIMEOUT).await,
        }
    }
}

/// A connection before its WebSocket.
#[derive(Debug)]
pub(super) struct Streams {
    wire: Wire,
    carrier: Box<dyn Carrier>,
    /// What was read before, and is not taken yet.
    first: VecDeque<Arrival>,
    taken: VecDeque<Arrival>,
}

impl Streams {
    /// Begins the connection with a client over HTTP/2, of which this was read.
    pub(super) fn over_bytes(stream: Stream, read: Vec<u8>) -> Streams {
        let carrier = Http2::new(Role::Client).leaving(request::is_of_the_page);
        let first = Some(read).filter(|read| !read.is_empty());
        Streams {
            first: first
                .map(|read| Arrival::Bytes(FIRST, read))
                .into_iter()
                .collect(),
            ..Streams::new(Wire::Bytes(stream, 0), Box::new(carrier))
        }
    }

    /// Begins the connection with a client over HTTP/3.
    pub(super) fn over_quic(connection: Connection) -> Streams {
        let carrier = Http3::new(Role::Client).leaving(request::is_of_the_page);
        let wire = Wire::Quic(Channels::new(connection), BTreeMap::new());
        Streams::new(wire, Box::new(carrier))
    }

    fn new(wire: Wire, carrier: Box<dyn Carrier>) -> Streams {
        Streams {
            wire,
            carrier,
            first: VecDeque::new(),
            taken: VecDeque::new(),
        }
    }

    /// The first request that is answered with more than that there is nothing. `None` if none
    /// comes.
    pub(super) async fn request(&mut self) -> Option<Request> {
        let begun = self.carrier.begin(Some(&OFFER));
        self.write(begun).await?;
        let mut size = 0;
        while size <= MOST {
            let arrival = self.next(IDLE).await?;
            size += weight(&arrival);
            self.taken.push_back(arrival.clone());
            match self.take(arrival).await?.into_iter().next() {
                Some(Came::Fields(fields, _)) => return Request::of_fields(&fields),
                Some(Came::Data(_) | Came::End(_) | Came::Stopped(_)) => return None,
                None => {}
            }
        }
        None
    }

    /// The same connection, for the case that was asked for.
    pub(super) fn begun(self) -> Opened {
        let came = self.taken;
        match self.wire {
            Wire::Bytes(stream, written) => Opened::Stream(tcp::Begun {
                stream: Some(stream),
                came,
                written,
            }),
            Wire::Quic(channels, written) => Opened::from(quic::Begun {
                channels,
                came,
                written,
            }),
        }
    }

    /// Opens the WebSocket, sends `text` if there is one, and closes it.
    pub(super) async fn send(mut self, text: Option<String>) {
        let _ = self.converse(text).await;
        self.end().await;
    }

    async fn converse(&mut self, text: Option<String>) -> Option<()> {
        self.fields(&[field(":status", "200")]).await?;
        if let Some(text) = text {
            let frame = FrameWriter::new(Opcode::TEXT, text.as_bytes()).to_vec();
            self.act(WireAction::Write(frame)).await?;
            if let Ok(Some(arrival)) = timeout(READ_PAUSE, self.wire.next()).await {
                self.first.push_back(arrival);
            }
        }
        let close = FrameWriter::new(Opcode::CLOSE, &[]).to_vec();
        self.act(WireAction::Write(close)).await?;
        // Reads the answer to the Close frame.
        loop {
            let arrival = self.next(CLOSE_TIMEOUT).await?;
            if !self.take(arrival).await?.is_empty() {
                return Some(());
            }
        }
    }

    /// Answers a plain request.
    pub(super) async fn answer(mut self, status: &str, content: &Content) {
        let _ = self.serve(status, content).await;
        self.end().await;
    }

    async fn serve(&mut self, status: &str, content: &Content) -> Option<()> {
        let code = status.split(' ').next().unwrap_or(status);
        let length = content.body.len().to_string();
        self.fields(&[
            field(":status", code),
            field("content-type", content.media_type),
            field("content-length", &length),
            field("cache-control", "no-store"),
        ])
        .await?;
        self.act(WireAction::Write(content.body.as_bytes().to_vec()))
            .await?;
        self.act(WireAction::Finish).await?;
        // The windows of the client may let through the rest only later.
        while !self.carrier.is_flushed(FIRST) {
            let arrival = self.next(CLOSE_TIMEOUT).await?;
            self.take(arrival).await?;
        }
        Some(())
    }

    /// Ends the connection.
    async fn end(mut self) {
        let finish = self.carrier.act(FIRST, WireAction::Finish);
        let close = self.carrier.close();
        let _ = self.write([finish, close].concat()).await;
        self.wire.end().await;
    }

    async fn fields(&mut self, fields: &[Field]) -> Option<()> {
        let actions = self.carrier.fields(FIRST, fields);
        self.write(actions).await
    }

    async fn act(&mut self, action: WireAction) -> Option<()> {
        let actions = self.carrier.act(FIRST, action);
        self.write(actions).await
    }

    /// Takes what the client sent, and answers what belongs to the connection alone.
    async fn take(&mut self, arrival: Arrival) -> Option<Vec<Came>> {
        let (came, answers) = match arrival {
            Arrival::Bytes(on, bytes) => self.carrier.receive(on, &bytes),
            Arrival::End(on, end) => self.carrier.ended(on, end),
            Arrival::Stopped(on, code) => self.carrier.stopped(on, code),
            Arrival::Tls(..) | Arrival::Nothing => return Some(Vec::new()),
        };
        self.write(answers).await?;
        let came = came.into_iter().filter(|(on, _)| *on == FIRST);
        Some(came.map(|(_, came)| came).collect())
    }

    /// `None` at the end of the connection, or if nothing comes for so long.
    async fn next(&mut self, most: Duration) -> Option<Arrival> {
        match self.first.pop_front() {
            Some(first) => Some(first),
            None => timeout(most, self.wire.next()).await.ok()?,
        }
    }

    async fn write(&mut self, actions: Vec<OnChannel>) -> Option<()> {
        for (on, action) in actions {
            self.wire.act(on, action).await?;
        }
        Some(())
    }
}

/// What an arrival counts against [`MOST`], in bytes.
fn weight(arrival: &Arrival) -> usize {
    match arrival {
        Arrival::Bytes(_, bytes) => bytes.len(),
        _ => size_of::<Arrival>(),
    }
}

fn field(name: &str, value: &str) -> Field {
    (name.into(), value.into())
}

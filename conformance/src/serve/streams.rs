//! A client that connects over HTTP/2: its requests up to the one that this connection is for.
//!
//! Each connection has one WebSocket, as over HTTP/1.1: a case is identified by its request, and has the
//! whole connection from its first byte. What has come by then is handed on, and how much has been
//! written: the exchange writes the same again, which is left out.

use std::collections::VecDeque;
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
use crate::exchange::WireAction;
use crate::wire::Arrival;
use crate::wire::stream::Stream;
use crate::wire::tcp::{self, Begun};

/// Longest wait for something to read: a browser keeps connections without a request.
const IDLE: Duration = Duration::from_secs(60);

/// Bytes of a connection before the request that it is for, at most.
const MOST: usize = 256 << 10;

/// The only conversation.
const FIRST: u32 = 1;

/// A connection before its WebSocket.
#[derive(Debug)]
pub(super) struct Streams {
    stream: Stream,
    carrier: Http2,
    /// What was read before, and is not taken yet.
    first: VecDeque<Vec<u8>>,
    taken: VecDeque<Arrival>,
    written: usize,
}

impl Streams {
    /// Begins the connection with a client, of which this was read.
    pub(super) fn new(stream: Stream, read: Vec<u8>) -> Streams {
        Streams {
            stream,
            carrier: Http2::new(Role::Client).leaving(request::is_of_the_page),
            first: Some(read)
                .filter(|read| !read.is_empty())
                .into_iter()
                .collect(),
            taken: VecDeque::new(),
            written: 0,
        }
    }

    /// The first request that is answered with more than that there is nothing. `None` if none
    /// comes.
    pub(super) async fn request(&mut self) -> Option<Request> {
        let begun = self.carrier.begin(Some(&OFFER));
        self.write(begun).await?;
        let mut size = 0;
        while size <= MOST {
            let bytes = self.next_bytes(IDLE).await?;
            size += bytes.len();
            self.taken.push_back(Arrival::Bytes(FIRST, bytes.clone()));
            match self.take(&bytes).await?.into_iter().next() {
                Some(Came::Fields(fields, _)) => return Request::of_fields(&fields),
                Some(Came::Data(_) | Came::End(_) | Came::Stopped(_)) => return None,
                None => {}
            }
        }
        None
    }

    /// The same connection, for the case that was asked for.
    pub(super) fn begun(self) -> Begun {
        Begun {
            stream: Some(self.stream),
            came: self.taken,
            written: self.written,
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
            let _ = timeout(READ_PAUSE, self.stream.readable()).await;
        }
        let close = FrameWriter::new(Opcode::CLOSE, &[]).to_vec();
        self.act(WireAction::Write(close)).await?;
        // Reads the answer to the Close frame.
        loop {
            let bytes = self.next_bytes(CLOSE_TIMEOUT).await?;
            if !self.take(&bytes).await?.is_empty() {
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
            let bytes = self.next_bytes(CLOSE_TIMEOUT).await?;
            self.take(&bytes).await?;
        }
        Some(())
    }

    /// Ends the connection.
    async fn end(mut self) {
        let finish = self.carrier.act(FIRST, WireAction::Finish);
        let close = self.carrier.close();
        let _ = self.write([finish, close].concat()).await;
        tcp::end(self.stream, CLOSE_TIMEOUT).await;
    }

    async fn fields(&mut self, fields: &[Field]) -> Option<()> {
        let actions = self.carrier.fields(FIRST, fields);
        self.write(actions).await
    }

    async fn act(&mut self, action: WireAction) -> Option<()> {
        let actions = self.carrier.act(FIRST, action);
        self.write(actions).await
    }

    /// Takes bytes of the client, and answers what belongs to the connection alone.
    async fn take(&mut self, bytes: &[u8]) -> Option<Vec<Came>> {
        let (came, answers) = self.carrier.receive(FIRST, bytes);
        self.write(answers).await?;
        let came = came.into_iter().filter(|(on, _)| *on == FIRST);
        Some(came.map(|(_, came)| came).collect())
    }

    /// `None` at the end of the connection, or if nothing comes for so long.
    async fn next_bytes(&mut self, most: Duration) -> Option<Vec<u8>> {
        if let Some(first) = self.first.pop_front() {
            return Some(first);
        }
        let mut buffer = vec![0; 16 << 10];
        let read = timeout(most, self.stream.read(&mut buffer)).await;
        let size = read.ok()?.ok().filter(|size| *size > 0)?;
        buffer.truncate(size);
        Some(buffer)
    }

    async fn write(&mut self, actions: Vec<OnChannel>) -> Option<()> {
        for (_, action) in actions {
            if let WireAction::Write(bytes) = action {
                self.written += bytes.len();
                self.stream.send(&bytes).await.ok()?;
            }
        }
        Some(())
    }
}

fn field(name: &str, value: &str) -> Field {
    (name.into(), value.into())
}

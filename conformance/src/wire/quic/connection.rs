//! A QUIC connection whose streams have numbers.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use quinn::Side;
use tokio::sync::mpsc::{Receiver, UnboundedSender, channel, unbounded_channel};
use wsspec_core::http3::{ErrorCode, Output};

use super::closed::Closed;
use super::open::{
    accept_bidirectional, accept_unidirectional, open_bidirectional, open_unidirectional,
};
use super::stream::{Command, Ends, Handle, Reading, Shared, number};

/// How many arrivals wait to be taken, each of at most 64 KiB. Beyond, nothing more is read.
const WAITING: usize = 32;

/// How many streams are kept, at least, before those that are over are dropped.
pub(super) const KEPT: usize = 64;

/// What came.
#[derive(Debug, PartialEq, Eq)]
pub enum Arrival {
    /// Bytes on a stream, at least one.
    Bytes(u64, Vec<u8>),
    /// The peer ended its direction of a stream.
    Finished(u64),
    /// The peer reset its direction of a stream.
    Reset(u64, ErrorCode),
    /// The peer wants no more of our direction of a stream.
    Stopped(u64, ErrorCode),
    /// The connection is over. Nothing follows.
    Closed(Closed),
}

/// What the tasks of a connection tell it.
#[derive(Debug)]
pub(super) enum Message {
    /// The peer opened this stream.
    Accepted(u64, Handle),
    Came(Arrival),
}

/// One connection. Streams have the numbers of QUIC (RFC 9000 §2.1). What is done on a stream that
/// does not exist, or is over, is dropped. A connection that is dropped is closed with
/// `H3_NO_ERROR`; what was not sent by then is lost.
#[derive(Debug)]
pub struct Connection {
    quic: quinn::Connection,
    messages: Receiver<Message>,
    streams: HashMap<u64, Handle>,
    /// How many streams are kept before those that are over are dropped.
    most_kept: usize,
    /// How many streams of ours are asked for: bidirectional and unidirectional ones.
    opened: [u64; 2],
    openers: [UnboundedSender<Ends>; 2],
    unsent: Arc<AtomicUsize>,
}

impl Connection {
    /// Begins the tasks of a connection that is established.
    pub(super) fn new(quic: quinn::Connection) -> Self {
        let (arrivals, messages) = channel(WAITING);
        let unsent = Arc::default();
        let shared = Shared {
            connection: quic.clone(),
            arrivals,
            unsent: Arc::clone(&unsent),
        };
        let (bidirectional, wanted) = unbounded_channel();
        tokio::spawn(open_bidirectional(shared.clone(), wanted));
        let (unidirectional, wanted) = unbounded_channel();
        tokio::spawn(open_unidirectional(shared.clone(), wanted));
        tokio::spawn(accept_bidirectional(shared.clone()));
        tokio::spawn(accept_unidirectional(shared));
        Connection {
            quic,
            messages,
            streams: HashMap::new(),
            most_kept: KEPT,
            opened: [0; 2],
            openers: [bidirectional, unidirectional],
            unsent,
        }
    }

    /// Waits for what comes next. May be dropped at any time without loss.
    pub async fn next(&mut self) -> Arrival {
        loop {
            match self.messages.recv().await {
                Some(Message::Accepted(stream, handle)) => self.keep(stream, handle),
                Some(Message::Came(arrival)) => return arrival,
                // All tasks have ended, so that all that came has been taken.
                None => return Arrival::Closed(self.quic.closed().await.into()),
            }
        }
    }

    /// Does what the HTTP/3 engine asks for.
    pub fn act(&mut self, output: Output) {
        match output {
            Output::Write { stream, bytes } => self.write(stream, bytes),
            Output::Finish { stream } => self.finish(stream),
            Output::Reset { stream, code } => self.reset(stream, code),
            Output::Stop { stream, code } => self.stop(stream, code),
            Output::Close { code } => self.close(code),
        }
    }

    /// Sends bytes on a stream, after all that was sent on it before. A stream of ours is opened if
    /// it is not, with all those of its kind that have a smaller number.
    pub fn write(&mut self, stream: u64, bytes: Vec<u8>) {
        if bytes.is_empty() {
            self.stream(stream);
            return;
        }
        let length = bytes.len();
        self.unsent.fetch_add(length, Ordering::Relaxed);
        if !self.command(stream, Command::Write(bytes)) {
            self.unsent.fetch_sub(length, Ordering::Relaxed);
        }
    }

    /// Ends our direction of a stream, after what was sent on it.
    pub fn finish(&mut self, stream: u64) {
        self.command(stream, Command::Finish);
    }

    /// Resets our direction of a stream. What was sent on it may be lost.
    pub fn reset(&mut self, stream: u64, code: ErrorCode) {
        self.command(stream, Command::Reset(code));
    }

    /// Asks the peer to send no more on a stream, of which nothing more is reported.
    pub fn stop(&mut self, stream: u64, code: ErrorCode) {
        self.reading(stream, Reading::Stopped(code));
    }

    /// Reads no more of a stream for now, so that its window fills.
    pub fn hold(&mut self, stream: u64) {
        self.reading(stream, Reading::Held);
    }

    /// Reads on.
    pub fn resume(&mut self, stream: u64) {
        self.reading(stream, Reading::On);
    }

    /// Closes the connection. What was not sent by then is lost.
    pub fn close(&mut self, code: ErrorCode) {
        self.quic.close(number(code), &[]);
    }

    /// Bytes that were written but cannot be sent yet, because the peer does not read or does not
    /// allow the stream. Who answers a peer has to bound it.
    pub fn unsent(&self) -> usize {
        self.unsent.load(Ordering::Relaxed)
    }

    /// Waits until all that was sent on a stream whose direction we ended has arrived, or cannot any
    /// more.
    pub async fn delivered(&self, stream: u64) {
        if let Some(handle) = self.streams.get(&stream) {
            handle.commands.closed().await;
        }
    }

    /// Why the connection is over, if it is. Arrivals may still wait.
    pub fn closed(&self) -> Option<Closed> {
        self.quic.close_reason().map(Closed::from)
    }

    fn command(&mut self, stream: u64, command: Command) -> bool {
        let handle = self.stream(stream);
        handle.is_some_and(|handle| handle.commands.send(command).is_ok())
    }

    fn reading(&mut self, stream: u64, reading: Reading) {
        if let Some(handle) = self.stream(stream) {
            let is_stopped = |now: &Reading| matches!(now, Reading::Stopped(_));
            handle.reading.send_if_modified(|now| {
                let changes = !is_stopped(now) && *now != reading;
                if changes {
                    *now = reading;
                }
                changes
            });
        }
    }

    /// How many streams are kept.
    #[cfg(test)]
    pub(super) fn kept(&self) -> usize {
        self.streams.len()
    }

    /// Adds a stream. One that is over in both directions is dropped some time later, so that a long
    /// connection does not grow.
    fn keep(&mut self, stream: u64, handle: Handle) {
        if self.streams.len() >= self.most_kept {
            self.streams.retain(|_, handle| !handle.is_over());
            self.most_kept = KEPT.max(self.streams.len() * 2);
        }
        self.streams.insert(stream, handle);
    }

    /// The hold on a stream; opens it if it is one of ours.
    fn stream(&mut self, stream: u64) -> Option<&Handle> {
        let ours = match self.quic.side() {
            Side::Client => 0,
            Side::Server => 1,
        };
        let kind = usize::from(stream & 0b10 != 0);
        while stream & 1 == ours && self.opened[kind] <= stream / 4 {
            let (handle, ends) = Handle::new();
            let id = self.opened[kind] * 4 + (stream & 0b11);
            self.opened[kind] += 1;
            self.keep(id, handle);
            // Fails when the connection is over.
            let _ = self.openers[kind].send(ends);
        }
        self.streams.get(&stream)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.close(ErrorCode::NO_ERROR);
    }
}

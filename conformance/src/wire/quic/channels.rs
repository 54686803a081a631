//! Streams of a QUIC connection as channels of what carries conversations.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::{sleep, timeout};
use wsspec_core::http3::ErrorCode;

use super::{Arrival as Came, Closed, Connection};
use crate::binding::EndOfStream;
use crate::binding::http3::{CONNECTION, channel_of, number, stream_of};
use crate::exchange::{QuicAction, WireAction};
use crate::wire::Arrival;

/// Time between two looks whether QUIC has taken what was written.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

/// A connection whose streams are channels. Dropped, it closes the connection at once.
#[derive(Debug)]
pub struct Channels {
    connection: Connection,
    /// Streams of both directions on which something was sent, and that the other side has not ended.
    open: BTreeSet<u64>,
    /// Streams that we ended.
    ended: Vec<u64>,
    /// The code to close the connection with.
    code: ErrorCode,
    over: bool,
}

impl Channels {
    /// The streams of this connection.
    pub fn new(connection: Connection) -> Channels {
        Channels {
            connection,
            open: BTreeSet::new(),
            ended: Vec::new(),
            code: ErrorCode::NO_ERROR,
            over: false,
        }
    }

    /// Waits for what comes next; for ever once the connection is over. May be dropped at any time
    /// without loss.
    pub async fn next(&mut self) -> Arrival {
        loop {
            if self.over {
                std::future::pending::<()>().await;
            }
            let came = self.connection.next().await;
            if let Some(arrival) = self.arrival(came) {
                return arrival;
            }
        }
    }

    /// What something that came is on a channel; `None` if it is nothing.
    fn arrival(&mut self, came: Came) -> Option<Arrival> {
        Some(match came {
            Came::Bytes(stream, bytes) => Arrival::Bytes(channel_of(stream)?, bytes),
            Came::Finished(stream) => {
                self.open.remove(&stream);
                Arrival::End(channel_of(stream)?, EndOfStream::Finished)
            }
            Came::Reset(stream, code) => {
                self.open.remove(&stream);
                Arrival::End(channel_of(stream)?, EndOfStream::Cancelled(number(code)))
            }
            Came::Stopped(stream, code) => Arrival::Stopped(channel_of(stream)?, number(code)),
            Came::Closed(closed) => {
                self.over = true;
                let code = match closed {
                    Closed::ByPeer { code, .. } => Some(number(code)),
                    // Silence is no end.
                    Closed::TimedOut => return None,
                    // These codes are not those of HTTP/3.
                    _ => None,
                };
                Arrival::End(CONNECTION, EndOfStream::Aborted(code))
            }
        })
    }

    /// Does this on a channel. The connection is closed by [`end`](Self::end).
    pub fn act(&mut self, channel: u32, action: WireAction) {
        let Some(stream) = stream_of(channel) else {
            if let WireAction::Quic(QuicAction::Close(code)) = action {
                self.code = code;
            }
            return;
        };
        match action {
            WireAction::Write(bytes) => {
                if is_bidirectional(stream) {
                    self.open.insert(stream);
                }
                self.connection.write(stream, bytes);
            }
            WireAction::Finish => {
                self.connection.finish(stream);
                self.ended.push(stream);
            }
            WireAction::Quic(QuicAction::Reset(code)) => self.connection.reset(stream, code),
            WireAction::Quic(QuicAction::Stop(code)) => {
                self.connection.stop(stream, code);
                self.open.remove(&stream);
            }
            WireAction::StopReading => self.connection.hold(stream),
            WireAction::ReadAgain => self.connection.resume(stream),
            // What carries conversations says these in terms of QUIC.
            WireAction::Reset | WireAction::Quic(QuicAction::Close(_)) => {}
        }
    }

    /// Whether QUIC has taken all that was written.
    pub fn is_flushed(&self) -> bool {
        self.connection.unsent() == 0
    }

    /// Whether the connection is over.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Ends the connection: with an error once what was written is on its way, otherwise once that has
    /// arrived and the other side has ended its streams, but after this time at the latest.
    pub async fn end(mut self, most: Duration) {
        if !self.over {
            let _ = timeout(most, self.rest()).await;
            self.connection.close(self.code);
        }
    }

    async fn rest(&mut self) {
        if self.code != ErrorCode::NO_ERROR {
            while !self.is_flushed() {
                sleep(LOOK_AGAIN).await;
            }
            return sleep(LOOK_AGAIN).await;
        }
        while !self.open.is_empty() && !self.over {
            self.next().await;
        }
        for stream in &self.ended {
            self.connection.delivered(*stream).await;
        }
    }
}

/// Whether both sides send on it (RFC 9000 §2.1).
const fn is_bidirectional(stream: u64) -> bool {
    stream & 0b10 == 0
}

//! What a script meets: the two connections, and the time.

use std::future::Future;
use std::io;
use std::time::Duration;

use wsspec_vectors::End;

use crate::binding::{Breach, EndOfStream, Field};

/// What came while was waited.
#[derive(Debug, PartialEq, Eq)]
pub enum Came {
    /// The gateway has connected to our server.
    Begun,
    /// These bytes, at this end.
    Bytes(End, Vec<u8>),
    /// This section of fields of HTTP/2 or HTTP/3, at this end; whether the stream ended with it.
    Fields(End, Vec<Field>, bool),
    /// The gateway broke this rule of HTTP/2 or HTTP/3 at this end.
    Broke(End, Breach),
    /// The gateway ended its direction at this end.
    Ended(End, EndOfStream),
    /// Nothing: the time is over.
    Nothing,
}

/// How our direction of a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// In an orderly way.
    Fin,
    /// By a reset, of the stream where a connection has several.
    Rst,
}

/// Everything that a script meets.
pub trait World {
    /// Time since the script began.
    fn now(&self) -> Duration;

    /// Time since some moment before that the machine has taken away, by having more to do than it
    /// could. Deadlines are put off by it.
    fn lost(&self) -> Duration {
        Duration::ZERO
    }

    /// Connects our client to the gateway.
    ///
    /// # Errors
    /// If that cannot be done.
    fn dial(&mut self) -> impl Future<Output = io::Result<()>> + Send;

    /// Sends this at an end; nothing where there is no connection.
    fn send(&mut self, end: End, bytes: Vec<u8>);

    /// Sends a head of HTTP/2 or HTTP/3 at an end: at the client it opens the stream.
    fn send_fields(&mut self, end: End, fields: Vec<Field>);

    /// Ends our direction at an end.
    fn finish(&mut self, end: End, how: Finish);

    /// Waits until something comes, at most until `until`.
    fn wait(&mut self, until: Duration) -> impl Future<Output = Came> + Send;
}

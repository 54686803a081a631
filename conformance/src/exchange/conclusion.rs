//! What an exchange asks of its driver, and what comes of it.

use std::sync::Arc;
use std::time::Duration;

use wsspec_core::frame::MessageKind;
use wsspec_core::violation::Fault;
use wsspec_reports::{Close, Transcript, Verdict, What, Who};

use wsspec_vectors::Tell;

/// What the driver has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Send these bytes in one write.
    Write(Vec<u8>),
    /// End our direction.
    Fin,
    /// Reset the connection.
    Rst,
    /// Tell the application under test to do this.
    Tell(Tell),
    /// Stop reading.
    ReadStop,
    /// Read again.
    ReadGo,
    /// Find out whether a second connection is served, and call [`Exchange::second`].
    Second,
    /// Wait for the target, at most until then.
    Wait(Duration),
    /// The exchange is over.
    Done,
}

/// What came of an exchange.
#[derive(Debug, Clone)]
pub struct Conclusion {
    /// The verdict on the case.
    pub verdict: Verdict,
    /// Why, empty for a plain pass.
    pub reason: String,
    /// What was sent last before it was decided; not told of a pass.
    pub sent: Option<String>,
    /// What was expected where it was decided.
    pub expected: Option<String>,
    /// What had come by then.
    pub received: Option<String>,
    /// How the target closed.
    pub close: Option<Close>,
    /// Everything that went over the connection.
    pub transcript: Arc<Transcript>,
    /// Rules the target's own bytes broke.
    pub faults: Vec<Fault>,
    /// The round trip of this connection.
    pub round_trip: Option<Duration>,
    /// What a KiB of the opening took beyond that round trip.
    pub pace: Option<Duration>,
    /// Messages the target sent.
    pub messages: Vec<(MessageKind, Vec<u8>)>,
    /// The masking keys of its frames, in their order.
    pub masking_keys: Vec<[u8; 4]>,
    /// The Sec-WebSocket-Key of its request.
    pub nonce: Option<String>,
    /// The target answered 101.
    pub opens: bool,
    /// The target answered with a status that is not 101.
    pub declines: bool,
    /// The Sec-WebSocket-Extensions of the target's answer.
    pub extensions: Option<String>,
    /// The Server field of the target's answer.
    pub server: Option<String>,
    /// A wait was ended by its deadline, and not by evidence.
    pub timed_out: bool,
    /// The target sent more than anybody has to read.
    pub flooded: bool,
    /// How long it took.
    pub duration: Duration,
}

impl Conclusion {
    /// Whether the target said anything at all.
    pub(crate) fn heard(&self) -> bool {
        self.transcript
            .entries
            .iter()
            .any(|e| e.who == Who::Target && matches!(e.what, What::Bytes(_)))
    }
}

//! One reader for everything that one side of a connection sends.
//!
//! An [`Observer`] reads the opening head, then frames, and reports each thing it finds as an
//! [`Observation`] with its place in the stream: heads, frame headers (masking keys included),
//! whole messages, control frames, and faults. It tolerates every violation unless told otherwise,
//! so that a single pass over the bytes gives both what was sent and everything wrong with it. It
//! holds no opinion: whether a response answers the request, whether a message was asked for and
//! what a fault means is for its user.
//!
//! - **Chunking does not matter.** Any chunking of the same bytes gives the same observations, in
//!   the same order, at the same offsets.
//! - **Faults come first.** A tolerated fault is reported before the thing it was found in. The
//!   first one is the fault at which a strict observer stops.
//! - **Payloads are not copied twice.** Frames are unmasked in the caller's buffer, as by
//!   [`Decoder`](crate::frame::Decoder); only messages and control frames are collected. Whoever
//!   wants the payload of a single frame finds it, unmasked, in the buffer it handed in, from the
//!   `end` of its [`ObservationKind::Frame`] on.
//!
//! ```
//! use wsspec_core::message::Incoming;
//! use wsspec_core::observe::{Observation, ObservationKind, Observer};
//! use wsspec_core::{Role, Violation};
//!
//! let mut sent = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\xc1\x02Hi\x88\x00".to_vec();
//! let mut input = sent.as_mut_slice();
//! let mut observer = Observer::new(Role::Server);
//! while let Some(Observation { start, end, kind }) = observer.next(&mut input) {
//!     match kind {
//!         // The terms of permessage-deflate depend on the request: `observer.agree(…)` here, before going on.
//!         ObservationKind::Head(head) => assert_eq!(head.parse_response()?.status, 101),
//!         ObservationKind::Frame(header) => assert_eq!(header.mask, None),
//!         ObservationKind::Incoming(Incoming::Message(_, text)) => {
//!             assert_eq!((start, end, &text[..]), (56, 60, &b"Hi"[..]));
//!         }
//!         ObservationKind::Fault(fault) => assert_eq!(fault, Violation::RsvSet.at(56)),
//!         _ => {}
//!     }
//! }
//! assert!(observer.at_boundary());
//! # Ok::<(), wsspec_core::Fault>(())
//! ```
//!
//! # Recipes
//!
//! | to know | do |
//! |---|---|
//! | what a peer did on a live connection | `Observer::new(peer)` with [`max_message`](Observer::max_message) as the memory limit; [`agree`](Observer::agree) on [`Head`](ObservationKind::Head), before the next call; [`set_max_message`](Observer::set_max_message) as it is owed more |
//! | what we sent, as a conforming peer reads it | `Observer::new(us).already_open()`; a fault means that a rule was broken; [`at_boundary`](Observer::at_boundary) and [`sequence`](Observer::sequence) tell what may follow |
//! | the masking keys of a client | `header.mask` of each [`Frame`](ObservationKind::Frame) |
//! | in which read something ended | the first read that ends at or after [`Observation::end`] |
//! | the frames of a stored stream, with payloads | collect `(start, header)` of each [`Frame`](ObservationKind::Frame); the payload is `stream[end..]`, up to `header.length` bytes |
//! | where a strict reader would stop | the first [`Fault`](ObservationKind::Fault); or `.tolerating(ViolationSet::NONE)`, which stops there itself |

mod consequences;
mod observer;

pub use consequences::Consequences;
pub use observer::Observer;

use crate::frame::FrameHeader;
use crate::handshake::HeadReader;
use crate::message::Incoming;
use crate::violation::Fault;

/// Something that one side sent, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// Offset of its first byte in the stream. A message begins with its first frame.
    pub start: u64,
    /// Offset after its last byte. A message ends with its final frame, a fault with the byte that
    /// proves it.
    pub end: u64,
    /// What it is.
    pub kind: ObservationKind,
}

/// What an [`Observer`] reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObservationKind {
    /// The head of an interim response (RFC 9110 §15.2); another head follows.
    Interim(Box<HeadReader>),
    /// The head of the request or of the final response. It is whole, and its parts can be parsed.
    Head(Box<HeadReader>),
    /// The head was that of a refusal, and a body of this many bytes follows; without a length, it
    /// lasts as long as the connection. `end` is `u64::MAX` then.
    Body(Option<u64>),
    /// The header of a frame; its payload follows.
    Frame(FrameHeader),
    /// A whole message or control frame.
    Incoming(Incoming),
    /// A tolerated violation.
    Fault(Fault),
    /// A violation that ends the observation: one that is not tolerated, or a head that cannot be
    /// read. What follows is left in the input.
    Failed(Fault),
}

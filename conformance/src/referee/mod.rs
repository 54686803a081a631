//! Judges conversations between two parties that are not ours: live traffic, both directions.
//!
//! | module | contents |
//! |---|---|
//! | `conversation` | [`Conversation`]: both directions of one connection, sans-I/O |
//! | `http1`, `http2` | what carries it |
//! | `side` | one side over HTTP/1.1: what was read of it, and what comes next |
//! | `http` | heads in numbers and in secrets |
//! | `opening` | what a request asks for, and what its answer leads to |
//! | `body` | bodies of HTTP, skipped |
//! | `frames` | the frames of one side |
//! | `found` | [`Found`]: a rule that was broken, once for each connection |
//! | `notice` | [`Notice`]: events of a connection while it is judged |
//! | `unjudged` | [`Unjudged`]: why bytes were not judged |
//! | `kept` | what is kept of a connection for the report, without secrets |
//! | `captured` | connections of capture files (feature `decode`) |
//! | `recorded` | connections in the file of a browser (feature `decode`) |
//! | `tally` | [`Tally`]: all connections, summed up |
//! | `rows` | a tally as a report, with a target for each side |
//!
//! What either side sends is held against what the other one offered or agreed to, so bytes that come
//! before that is known are held back, in bounded memory. Requests for anything but a WebSocket are
//! followed and counted, and not judged. A rule is only said to be broken if no other reading of the
//! bytes is possible: what cannot be judged is counted, with the reason.

mod body;
#[cfg(feature = "decode")]
mod captured;
mod conversation;
mod found;
mod frames;
mod http;
mod http1;
mod http2;
mod kept;
mod notice;
mod opening;
#[cfg(feature = "decode")]
mod recorded;
mod rows;
mod side;
mod tally;
mod unjudged;

#[cfg(feature = "decode")]
pub use captured::judge_captured;
pub use conversation::{Conversation, Limits};
pub use found::{Found, Rule};
pub use kept::Payloads;
pub use notice::Notice;
pub(crate) use notice::{conclude, tell_broken};
#[cfg(feature = "decode")]
pub use recorded::judge_recorded;
pub use rows::Party;
pub(crate) use rows::TRAFFIC;
pub use tally::{Sent, Tally, Traffic};
pub use unjudged::Unjudged;

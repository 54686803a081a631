//! What a case expects, in words that grade themselves.
//!
//! # Adding a word
//!
//! 1. Add a variant to [`Word`]. The compiler then asks for its row in [`Traits`] (when to send a
//!    barrier, whether it leaves the connection open and so on) and for the other properties in
//!    `traits.rs` and `ability.rs`.
//! 2. Add its JSON in `read.rs`: a key of `OutcomeFields`, and a `WordName` if it can stand alone.
//!    Run the tests with `WSSPEC_UPDATE=1`: they write `schema.json`.
//! 3. Add it to the table of words in the README, and to `WORDS` in `tests/readme.rs`.
//! 4. In `wsspec`, the compiler asks how the exchange decides and describes it.

mod codes;
mod demand;
mod fields;
mod read;
mod traits;

pub use codes::{CodeSet, Codes};
pub use demand::Demand;
pub(crate) use demand::{DemandSource, demands};
pub use fields::{Delay, EndKind, Grade, OpenedFields, RequestedFields, TimeOut};
pub use traits::{Barrier, Consumes, Silence, Traits};

use schemars::JsonSchema;
use serde::Deserialize;

use crate::Payload;
use crate::transport::TransportWord;

/// One alternative of an expectation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What has to happen.
    pub word: Word,
    /// Demands on fields of the head, by field name; for `opened`, `refused` and `requested`.
    pub headers: Vec<(String, Demand)>,
    /// The verdict of a match, where it is not a plain pass.
    pub verdict: Option<Grade>,
    /// The reason for that verdict, as it appears in reports.
    pub why: Option<String>,
    /// Sizes that the target has accepted with this outcome; a failure if the user claims a lower limit.
    pub beyond: Option<Sizes>,
}

/// Sizes that a target may have limits on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Sizes {
    /// bytes of a message, or announced for one
    pub message: Option<u64>,
    /// fragments of a message
    pub fragments: Option<u64>,
    /// bytes of a request head
    pub head: Option<u64>,
}

impl Outcome {
    /// An alternative whose match is a plain pass.
    pub fn plain(word: Word) -> Outcome {
        Outcome {
            word,
            headers: Vec::new(),
            verdict: None,
            why: None,
            beyond: None,
        }
    }
}

/// The word of an outcome. What holds of each is in [`Traits`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// Every message sent so far has been echoed.
    Echo,
    /// This text message has arrived.
    Text(Payload),
    /// This binary message has arrived.
    Binary(Payload),
    /// This pong has arrived.
    Pong(Payload),
    /// A Close frame with a listed code has arrived, and with this reason if one is given. Unlike
    /// [`Failed`](Word::Failed), no other code is tolerated.
    Close(Codes, Option<Payload>),
    /// A barrier ping was answered.
    Alive,
    /// The target failed the connection (RFC 6455 §7.1.7).
    Failed(Codes),
    /// The target answered our Close with a Close, and TCP ended.
    Closed(Codes),
    /// A complete and valid response that opens the connection.
    Opened(OpenedFields),
    /// A complete response that does not open the connection.
    Refused(Codes),
    /// The client sent such a request; `None`: it sent none at all.
    Requested(Option<RequestedFields>),
    /// The target ended TCP.
    Ended(EndKind),
    /// Nothing arrived for the quiet time.
    Quiet,
    /// A size limit of the target took effect.
    Limited,
    /// The target ends the connection after some time, or does not: a fact, unless the user claims
    /// such a time-out.
    TimesOut(TimeOut),
    /// A new second connection opens and answers a ping.
    Serves,
    /// An outcome that only other transports than plain TCP have.
    Transport(TransportWord),
}

//! One case with a target, without a socket: steps in, actions out, a verdict at the end.
//!
//! The flow of data: a [`Case`](wsspec_vectors::Case) and a [`Setup`] make an [`Exchange`]; the
//! drive loop (see [`crate::wire`]) carries out its [`Action`]s and feeds back what the target did.
//! Each conversation of the exchange has a [binding](crate::binding), which speaks HTTP; `sent` and
//! `view` keep what either side has sent, `decide` judges each expectation against them, and the
//! [`Conclusion`] holds the verdict, its [`Reason`] and the transcript.

pub(crate) mod agreement;
mod conclusion;
mod conversation;
mod decide;
mod describe;
mod flood;
mod frames;
mod framing;
mod log;
mod machine;
mod origin;
mod reaction;
mod reason;
mod ruling;
mod script;
mod sent;
mod setup;
mod view;

pub use conclusion::{Action, Conclusion, Cut, Observed, Opening, Pace, QuicAction, WireAction};
pub(crate) use decide::{LONGEST_TIME_OUT, unmet_by};
pub use describe::outcomes as describe_outcomes;
pub(crate) use describe::shortened;
pub use frames::frame_bytes;
pub(crate) use frames::write_frame;
pub use machine::Exchange;
pub use origin::{AllowedOrigin, NoOrigin};
pub use reaction::{Ending, Reaction};
pub use reason::{
    Beyond, Blame, Breakdown, ClosingReason, Cost, Death, FieldReason, Lost, LostFraming,
    MessageReason, MessageSample, Needs, OfferNeed, OpeningReason, Particular, PayloadSample,
    Reason, RequestReason, ServerDeath, TimeOutReason, TransportReason,
};
pub use ruling::Missed;
pub(crate) use ruling::verdict_of;
pub(crate) use script::looks_on;
pub(crate) use sent::Sent;
pub(crate) use setup::random_key;
pub use setup::{Setup, Timing};
pub(crate) use view::counts_after_close;

//! One conversation with a target, without a socket: steps in, actions out, a verdict at the end.
//!
//! The flow of data: a [`Case`](wsspec_vectors::Case) and a [`Setup`] make an [`Exchange`]; a driver (TCP or
//! memory, see [`crate::drive`]) carries out its [`Action`]s and feeds back what the target did; [`sent`] and
//! [`view`] keep the two sides of the story, [`decide`] judges each expectation against them, and the
//! [`Conclusion`] holds the verdict and the transcript.

mod agreement;
mod build;
mod conclusion;
mod decide;
mod describe;
mod keys;
mod log;
mod machine;
mod offer;
mod script;
mod sent;
mod setup;
mod view;

pub use build::{frame_bytes, request as request_bytes, response as response_bytes};
pub use conclusion::{Action, Conclusion};
pub(crate) use decide::NOT_SERVED;
pub use describe::outcomes as describe_outcomes;
pub use machine::Exchange;
pub(crate) use machine::NO_PLAIN_CONNECTION;
pub(crate) use setup::BARRIER;
pub use setup::{Setup, Timing};
pub use view::EndOfStream;

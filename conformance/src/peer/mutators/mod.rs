//! Changes to bytes between a conforming endpoint and the wire.
//!
//! A planted fault that is not a reaction to a violation is one of these: a change to a head or to
//! frames, on their way in or out. The endpoint itself stays conforming; what it reads, or what
//! the other side reads of it, does not.
//!
//! | module | contents |
//! |---|---|
//! | `mutation` | [`Mutation`]: the kinds of change |
//! | `mutator` | [`Mutator`]: carries a mutation out on one connection |
//! | `stream` | cuts one direction into head and frames |
//! | `heads` | edits of heads and keys |
//! | `sent` | edits of frames that the endpoint sends |
//! | `read` | edits of frames that the endpoint reads |

pub(super) mod heads;
mod mutation;
mod mutator;
pub(super) mod origins;
pub(super) mod read;
pub(super) mod sent;
mod stream;

pub(super) use mutation::{FrameEdit, Mutation};
pub(super) use mutator::Mutator;
pub(super) use origins::{ALLOWED_ORIGIN, foreign_refused};

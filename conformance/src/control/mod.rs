//! Is it the target that falls short, and of what? A case is weighed against plainer conversations.
//!
//! An application may answer as it likes: with other messages, with none, with a Close of its own
//! (RFC 6455 §7.3). It sees how a conversation was opened, and messages: not how they were framed,
//! fragmented, compressed or cut. So the oracle is the target itself. The *control* of a case is the
//! conversation in which the application sees the same and the library nothing out of the ordinary.
//!
//! - What is legal has to be taken as its control is: the same reaction passes, whatever it is.
//! - What is not has to be refused, so the reaction has to be another one than that to the control.
//! - Where the control already goes wrong, nothing can be said: the case rests on it.
//!
//! | module | contents |
//! |---|---|
//! | `build` | the plainer conversations, made from a case |
//! | `contents` | what a library has to deal with in a case |
//! | `premise` | what many cases rest on, each a case of its own |
//! | `passive` | failures that follow from what the target's own bytes broke |
//! | `kind` | what kind of failure it is |
//! | `weigh` | which comparison fits it, and what comparisons share |
//! | `feature` | what a target cannot take in a case whose control it takes |
//! | `hidden` | fields that a request hides, left out |
//! | `acceptance`, `refusal` | the comparisons of cases that break no rule, and of those that do |
//! | `citation`, `requirements` | the requirement that was broken, and the cause |

mod acceptance;
mod build;
mod citation;
mod contents;
mod feature;
mod hidden;
mod kind;
mod passive;
mod premise;
mod refusal;
mod requirements;
#[cfg(test)]
mod tests;
mod weigh;

pub(crate) use citation::{broken, cause};
pub(crate) use kind::is_doubtful;
pub(crate) use weigh::{CarriesOut, Weigher};

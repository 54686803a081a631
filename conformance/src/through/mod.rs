//! A gateway, tested from both of its ends.
//!
//! Our client sends through the gateway to our own server, and each case says what has to arrive at
//! one end, given what the other sent. [`carry_out`] runs one script over a [`World`]: over TCP
//! ([`run`]), or in memory against a model gateway that conforms, or has a planted fault
//! ([`gateway`]). The decision is a pure function of what both ends have seen.

mod back;
mod changes;
mod conversation;
mod decide;
pub mod gateway;
mod head;
mod hop;
mod memory;
mod net;
mod reason;
mod rows;
mod rules;
pub mod run;
mod speak;
mod steps;
#[cfg(test)]
mod tests;
mod way;
mod world;

pub use back::Back;
pub use changes::{CHANGE_NAMES, Change};
pub use conversation::{Conclusion, Terms, Waits, carry_out};
pub use memory::in_memory;
pub use reason::{Instead, Reason, Wanted};
pub use rows::change_ids;
pub use world::{Came, Finish, World};

//! What an endpoint does about a violation.
//!
//! Parsing says what is wrong; a policy says what follows. The default is the RFC's answer to every
//! violation. A deliberately faulty endpoint is another policy and costs no special case in the parser.

use std::collections::BTreeMap;

use crate::violation::{Violation, ViolationSet};

/// What an endpoint does about one violation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Reaction {
    /// What the RFC asks for: [`Violation::answer`].
    #[default]
    Right,
    /// Fails the connection with this close code instead of the right one.
    WrongCode(u16),
    /// Refuses the opening request with this status instead of the right one.
    WrongStatus(u16),
    /// Goes on as though the rule did not exist.
    Ignore,
    /// Ends TCP without a word.
    Drop,
    /// Reads nothing more, answers nothing and keeps the connection.
    Stall,
}

/// The reactions of an endpoint, and how its own output departs from the RFC.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    fallback: Reaction,
    reactions: BTreeMap<Violation, Reaction>,
    /// Departures in what the endpoint sends.
    pub output: OutputFaults,
}

/// Departures in what an endpoint sends. All off by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OutputFaults {
    /// Answers the opening request with the accept value of another key.
    pub wrong_accept: bool,
    /// Masks its frames if it is a server, does not if it is a client.
    pub wrong_mask: bool,
    /// Ends TCP right after the opening handshake.
    pub drop_after_open: bool,
    /// Does not answer pings.
    pub no_pong: bool,
    /// Does not answer a Close frame.
    pub no_close: bool,
    /// Compresses with the largest window, whatever was agreed on.
    pub window_exceeded: bool,
    /// Compresses with the messages before, whatever was agreed on.
    pub context_kept: bool,
    /// Leaves RSV1 out on compressed messages.
    pub no_rsv1: bool,
    /// Leaves the `00 00 FF FF` at the end of compressed messages.
    pub tail_kept: bool,
    /// Accepts offers of permessage-deflate that cannot be read.
    pub any_offer: bool,
    /// Accepts offers of permessage-deflate without any parameters.
    pub plain_answer: bool,
    /// Accepts every extension that is offered, in the words of the offer.
    pub offer_echoed: bool,
    /// Forgets what it inflated after each message.
    pub window_forgotten: bool,
    /// As a client, writes the second text instead of the first, wherever that stands in its request.
    pub request_swap: Option<(&'static str, &'static str)>,
}

impl Policy {
    /// The RFC's answer to everything.
    pub fn rfc() -> Self {
        Policy::default()
    }

    /// A policy with the same reaction to every violation.
    pub fn always(reaction: Reaction) -> Self {
        Policy {
            fallback: reaction,
            ..Policy::default()
        }
    }

    /// The policy with another reaction to one violation.
    #[must_use]
    pub fn with(mut self, violation: Violation, reaction: Reaction) -> Self {
        self.reactions.insert(violation, reaction);
        self
    }

    /// What to do about `violation`.
    pub fn reaction(&self, violation: Violation) -> Reaction {
        self.reactions
            .get(&violation)
            .copied()
            .unwrap_or(self.fallback)
    }

    /// The violations that this policy ignores.
    pub fn ignored(&self) -> ViolationSet {
        Violation::ALL
            .iter()
            .copied()
            .filter(|v| self.reaction(*v) == Reaction::Ignore)
            .collect()
    }
}

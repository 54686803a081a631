//! One planted fault, and the peer that has it.

use std::borrow::Cow;

use wsspec_core::Role;
use wsspec_core::deflate::negotiation::Parameters;
use wsspec_core::policy::{Policy, Reaction};
use wsspec_core::violation::Violation;
use wsspec_reports::{Transport, Verdict};

use crate::peer::application::{AppFault, DeathCause};
use crate::peer::endpoint::ReferencePeer;
use crate::peer::gateway::GatewayFault;
use crate::peer::mutators::Mutation;
use crate::peer::output::OutputFaults;
use crate::peer::proxied::ProxyFault;
use crate::peer::recording::Recording;
use crate::peer::secured::TlsFault;

/// One planted fault.
#[derive(Debug, Clone)]
pub struct PlantedFault {
    /// Its name.
    pub name: Cow<'static, str>,
    /// What is wrong with the peer, as the predicate of a sentence about it.
    pub about: Cow<'static, str>,
    /// The roles in which it shows.
    pub roles: &'static [Role],
    /// The cases meant to kill it: a glob on their ids, or a requirement they cite.
    pub meant: Option<&'static str>,
    /// The verdict that the most severe case has to give. [`Verdict::Pass`] for an equivalent: a
    /// peer that is not at fault.
    pub worst: Verdict,
    /// Its permessage-deflate offers as a client, where they differ from the conforming peer's.
    pub(super) offers: Option<&'static [Parameters]>,
    /// The subprotocols that it speaks.
    pub(super) subprotocols: &'static [&'static str],
    /// Sends a message when the connection opens, so that it can be seen to open.
    pub(super) greets: bool,
    /// As a server, it opens for pages of one origin only, or means to.
    pub(super) guards: bool,
    pub(super) kind: FaultKind,
}

/// What a fault changes in the conforming peer.
#[derive(Debug, Clone, Copy)]
pub(super) enum FaultKind {
    /// The reaction to one violation.
    Reaction(Violation, Reaction),
    /// The reaction to every violation.
    Everything(Reaction),
    /// What the endpoint sends.
    Output(fn(&mut OutputFaults)),
    /// What the application does.
    App(AppFault),
    /// The bytes between the endpoint and the wire.
    Mutation(Mutation),
    /// Writes the second text instead of the first in the request of a client.
    Request(&'static str, &'static str),
    /// Reacts like this to a message of more than this number of bytes.
    Limit(u64, Reaction),
    /// Refuses a message of more than this number of bytes, and serves no one after it.
    DiesBeyond(u64),
    /// The key in the request of a client.
    Key(fn(&str) -> String),
    /// What a peer over these streams does.
    Gateway(GatewayFault, Transport),
    /// What a peer over TLS does.
    Tls(TlsFault),
    /// What a client does that reaches its server through a proxy.
    Proxy(ProxyFault),
}

const BOTH: &[Role] = &[Role::Server, Role::Client];
const SERVER: &[Role] = &[Role::Server];
const CLIENT: &[Role] = &[Role::Client];

impl PlantedFault {
    pub(super) const fn new(
        name: &'static str,
        kind: FaultKind,
        about: &'static str,
    ) -> PlantedFault {
        PlantedFault {
            name: Cow::Borrowed(name),
            about: Cow::Borrowed(about),
            roles: BOTH,
            meant: None,
            worst: Verdict::Fail,
            offers: None,
            subprotocols: &[],
            greets: false,
            guards: false,
            kind,
        }
    }

    /// Shows in a server only.
    pub(super) const fn server(mut self) -> PlantedFault {
        self.roles = SERVER;
        self
    }

    /// Shows in a client only.
    pub(super) const fn client(mut self) -> PlantedFault {
        self.roles = CLIENT;
        self
    }

    /// Sets the cases meant to kill it.
    pub(super) const fn meant(mut self, cases: &'static str) -> PlantedFault {
        self.meant = Some(cases);
        self
    }

    /// Sets the verdict it deserves where that is not a failure.
    pub(super) const fn worst(mut self, verdict: Verdict) -> PlantedFault {
        self.worst = verdict;
        self
    }

    /// Sets the subprotocols that it speaks.
    pub(super) const fn speaking(mut self, subprotocols: &'static [&'static str]) -> PlantedFault {
        self.subprotocols = subprotocols;
        self
    }

    /// Sets what it offers as a client.
    pub(super) const fn offering(mut self, offers: &'static [Parameters]) -> PlantedFault {
        self.offers = Some(offers);
        self
    }

    /// Sends a message when the connection opens.
    pub(super) const fn greeting(mut self) -> PlantedFault {
        self.greets = true;
        self
    }

    /// Opens for pages of one origin only, but for its fault.
    pub(super) const fn guarding(mut self) -> PlantedFault {
        self.guards = true;
        self.server()
    }

    /// Is not at fault.
    pub(super) const fn equivalent(self) -> PlantedFault {
        self.worst(Verdict::Pass)
    }

    /// Whether only a peer over streams has it.
    pub(crate) const fn is_over_streams(&self) -> bool {
        matches!(self.kind, FaultKind::Gateway(..))
    }

    /// The violation it ignores.
    pub(super) fn ignored(&self) -> Option<Violation> {
        match self.kind {
            FaultKind::Reaction(violation, Reaction::Ignore) => Some(violation),
            _ => None,
        }
    }

    /// Whether it may change anything in a conversation that the conforming peer had.
    pub(crate) fn shows(&self, recording: &Recording) -> bool {
        match self.kind {
            FaultKind::Reaction(violation, _) => recording.has_violation(violation),
            FaultKind::Everything(_) => recording.has_any_violation(),
            FaultKind::Mutation(mutation) => recording.changes_under(mutation),
            // Over streams fields are compressed: the text is there, and not to be found.
            FaultKind::Request(from, _) => recording.sent_text(from) || recording.is_over_streams(),
            FaultKind::Output(_)
            | FaultKind::App(_)
            | FaultKind::Key(_)
            | FaultKind::Limit(..)
            | FaultKind::DiesBeyond(_) => true,
            FaultKind::Gateway(_, over) => recording.is_over(over),
            FaultKind::Tls(_) => recording.is_over(Transport::Tls),
            FaultKind::Proxy(_) => recording.is_through_proxy(),
        }
    }

    /// Whether it is in what the application does with messages: another application has no such
    /// fault.
    pub(crate) fn is_about_messages(&self) -> bool {
        match self.kind {
            FaultKind::App(fault) => fault.is_about_messages(),
            FaultKind::Reaction(..)
            | FaultKind::Everything(_)
            | FaultKind::Mutation(_)
            | FaultKind::Request(..)
            | FaultKind::Output(_)
            | FaultKind::Key(_)
            | FaultKind::Limit(..)
            | FaultKind::DiesBeyond(_)
            | FaultKind::Gateway(..)
            | FaultKind::Tls(_)
            | FaultKind::Proxy(_) => false,
        }
    }

    /// The conforming peer that makes the same offers, speaks the same subprotocols and greets as
    /// this one does.
    pub(crate) fn twin(&self) -> ReferencePeer {
        let mut peer = if self.guards {
            ReferencePeer::guarding()
        } else {
            ReferencePeer::conforming()
        };
        if let Some(offers) = self.offers {
            peer.offers = offers.to_vec();
        }
        peer.subprotocols = self.subprotocols.iter().map(ToString::to_string).collect();
        if self.greets {
            peer.app = AppFault::Greets;
        }
        peer
    }

    /// Whether its twin differs from [`ReferencePeer::conforming`].
    pub(crate) fn has_twin(&self) -> bool {
        self.offers.is_some() || self.greets || self.guards || !self.subprotocols.is_empty()
    }

    /// The peer with this fault.
    pub fn peer(&self) -> ReferencePeer {
        let mut peer = self.twin();
        match self.kind {
            FaultKind::Reaction(violation, reaction) => {
                peer.policy = Policy::rfc().with(violation, reaction);
            }
            FaultKind::Everything(reaction) => peer.policy = Policy::always(reaction),
            FaultKind::Output(set) => set(&mut peer.output),
            FaultKind::App(fault) => peer.app = fault,
            FaultKind::Request(from, to) => peer.output.request_swap = Some((from, to)),
            FaultKind::Key(edit) => peer.key_edit = Some(edit),
            FaultKind::Gateway(fault, over) => peer.gateway = Some((fault, over)),
            FaultKind::Tls(fault) => peer.tls = Some(fault),
            FaultKind::Proxy(fault) => peer.proxy = Some(fault),
            FaultKind::Mutation(mutation) => peer.mutation = Some(mutation),
            FaultKind::DiesBeyond(size) => {
                peer.max_message = Some(size);
                peer.app = AppFault::Dies(DeathCause::Violation);
            }
            FaultKind::Limit(size, reaction) => {
                peer.max_message = Some(size);
                peer.policy = Policy::rfc().with(Violation::MessageTooBig, reaction);
            }
        }
        peer
    }
}

//! Constructors for planted faults, one for each kind.

use wsspec_core::deflate::negotiation::Parameters;
use wsspec_core::policy::Reaction;
use wsspec_core::violation::{Answer, Violation};
use wsspec_reports::Transport;

use super::fault::{FaultKind, PlantedFault};
use crate::peer::application::AppFault;
use crate::peer::gateway::GatewayFault;
use crate::peer::mutators::{FrameEdit, Mutation};
use crate::peer::output::OutputFaults;
use crate::peer::proxied::ProxyFault;
use crate::peer::secured::TlsFault;

const PLAIN: Parameters = Parameters {
    server_no_context_takeover: false,
    client_no_context_takeover: false,
    server_max_window_bits: None,
    client_max_window_bits: None,
};
/// An offer without parameters.
pub(super) const PLAIN_OFFER: &[Parameters] = &[PLAIN];
/// An offer with `server_no_context_takeover`.
pub(super) const FLAG_OFFER: &[Parameters] = &[Parameters {
    server_no_context_takeover: true,
    ..PLAIN
}];
/// An offer with `server_max_window_bits=10`.
pub(super) const WINDOW_OFFER: &[Parameters] = &[Parameters {
    server_max_window_bits: Some(10),
    ..PLAIN
}];

/// Does this where it is reached over HTTP/2.
pub(super) const fn over_h2(
    name: &'static str,
    fault: GatewayFault,
    about: &'static str,
) -> PlantedFault {
    PlantedFault::new(name, FaultKind::Gateway(fault, Transport::H2), about)
}

/// Does this where it is reached over HTTP/3.
pub(super) const fn over_h3(
    name: &'static str,
    fault: GatewayFault,
    about: &'static str,
) -> PlantedFault {
    PlantedFault::new(name, FaultKind::Gateway(fault, Transport::H3), about)
}

/// Does this where it is reached over TLS.
pub(super) const fn over_tls(
    name: &'static str,
    fault: TlsFault,
    about: &'static str,
) -> PlantedFault {
    PlantedFault::new(name, FaultKind::Tls(fault), about)
}

/// As a client, does this where it reaches its server through a proxy.
pub(super) const fn through_proxy(
    name: &'static str,
    fault: ProxyFault,
    about: &'static str,
) -> PlantedFault {
    PlantedFault::new(name, FaultKind::Proxy(fault), about).client()
}

/// Ignores a violation. Meant for it are the cases that cite the requirement of the violation.
pub(super) const fn ignores(
    name: &'static str,
    violation: Violation,
    about: &'static str,
) -> PlantedFault {
    reacts(name, violation, Reaction::Ignore, about)
}

/// Reacts to a violation like this.
pub(super) const fn reacts(
    name: &'static str,
    violation: Violation,
    reaction: Reaction,
    about: &'static str,
) -> PlantedFault {
    let fault = PlantedFault::new(name, FaultKind::Reaction(violation, reaction), about)
        .meant(violation.requirement());
    match (violation, violation.answer()) {
        (Violation::MaskMissing, _) | (_, Answer::Status(_)) => fault.server(),
        (Violation::MaskUnexpected, _) | (_, Answer::Abort) => fault.client(),
        _ => fault,
    }
}

/// Reacts to every violation like this.
pub(super) const fn everything(
    name: &'static str,
    reaction: Reaction,
    about: &'static str,
) -> PlantedFault {
    PlantedFault::new(name, FaultKind::Everything(reaction), about).meant("*")
}

/// Reacts like this to messages of more than `size` bytes.
pub(super) const fn limits(
    name: &'static str,
    size: u64,
    reaction: Reaction,
    about: &'static str,
) -> PlantedFault {
    PlantedFault::new(name, FaultKind::Limit(size, reaction), about)
}

/// Refuses messages of more than `size` bytes, and serves no one after one.
pub(super) const fn dies_beyond(
    name: &'static str,
    size: u64,
    about: &'static str,
) -> PlantedFault {
    PlantedFault::new(name, FaultKind::DiesBeyond(size), about)
}

/// Has an output fault of the endpoint.
pub(super) const fn output(
    name: &'static str,
    set: fn(&mut OutputFaults),
    about: &'static str,
) -> PlantedFault {
    PlantedFault::new(name, FaultKind::Output(set), about)
}

/// Has a fault of the application.
pub(super) const fn app(name: &'static str, fault: AppFault, about: &'static str) -> PlantedFault {
    PlantedFault::new(name, FaultKind::App(fault), about)
}

/// As a client, writes the second text instead of the first in its request.
pub(super) const fn asks(
    name: &'static str,
    from: &'static str,
    to: &'static str,
    about: &'static str,
) -> PlantedFault {
    PlantedFault::new(name, FaultKind::Request(from, to), about)
        .client()
        .meant("client.*")
}

/// As a client, sends an edited Sec-WebSocket-Key and accepts the answer to that.
pub(super) const fn asks_key(
    name: &'static str,
    edit: fn(&str) -> String,
    about: &'static str,
) -> PlantedFault {
    PlantedFault::new(name, FaultKind::Key(edit), about)
        .client()
        .meant("client.key.*")
}

/// Has its bytes changed on their way.
pub(super) const fn mutates(
    name: &'static str,
    mutation: Mutation,
    about: &'static str,
) -> PlantedFault {
    PlantedFault::new(name, FaultKind::Mutation(mutation), about)
}

/// As a server, sends an edited head.
pub(super) const fn head_out(
    name: &'static str,
    edit: fn(&str) -> String,
    about: &'static str,
) -> PlantedFault {
    mutates(name, Mutation::HeadOut(edit), about).server()
}

/// As a server, reads an edited request.
pub(super) const fn head_in(
    name: &'static str,
    edit: fn(&str) -> String,
    about: &'static str,
) -> PlantedFault {
    mutates(name, Mutation::HeadIn(edit), about).server()
}

/// As a client, reads an edited answer.
pub(super) const fn answer_in(
    name: &'static str,
    edit: fn(&str) -> String,
    about: &'static str,
) -> PlantedFault {
    mutates(name, Mutation::HeadIn(edit), about)
        .client()
        .meant("client.response.*")
}

/// Sends edited frames.
pub(super) const fn sends(
    name: &'static str,
    edit: FrameEdit,
    about: &'static str,
) -> PlantedFault {
    mutates(name, Mutation::FramesOut(edit), about)
}

/// Reads edited frames.
pub(super) const fn reads(
    name: &'static str,
    edit: FrameEdit,
    about: &'static str,
) -> PlantedFault {
    mutates(name, Mutation::FramesIn(edit), about)
}

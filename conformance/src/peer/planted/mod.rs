//! Planted faults: each is the right peer with one thing wrong.
//!
//! `wsspec echo --fault NAME` serves one, `wsspec mutants` runs the suite against all. A fault is data: a reaction to
//! a violation, an output fault of the endpoint, a fault of the application, or something that spoils the bytes
//! between the endpoint and the wire. [`FAULTS`] lists them.

mod catalogue;

use std::borrow::Cow;
use std::sync::LazyLock;

use wsspec_core::Role;
use wsspec_core::deflate::negotiation::Parameters;
use wsspec_core::policy::{Policy, Reaction};
use wsspec_core::violation::{Answer, Violation as V};
use wsspec_reports::Verdict;

use self::catalogue::ROWS;
use super::mutators::{Spoil, Tamper};
use super::{AppFault, Death, OutputFaults, Peer, Recording};

/// Every planted fault: the rows of the catalogue, and for each violation that has to be answered going on after it, and
/// going silent.
pub static FAULTS: LazyLock<Vec<Fault>> = LazyLock::new(|| {
    let ignored: Vec<V> = ROWS.iter().filter_map(Fault::ignored).collect();
    let answered = || {
        V::ALL
            .iter()
            .copied()
            .filter(|v| v.answer() != Answer::Nothing && *v != V::MessageTooBig)
    };
    let others = answered().filter(|v| !ignored.contains(v) && !UNREADABLE.contains(v));
    let ignoring = others.map(|v| {
        generated(
            v,
            Reaction::Ignore,
            "ignored",
            "goes on as though it were no matter that",
        )
    });
    let silent = answered().map(|v| generated(v, Reaction::Stall, "stalls", "goes silent when"));
    ROWS.iter().cloned().chain(ignoring).chain(silent).collect()
});

/// Behind a head like that there is nothing to go on with, so nothing to ignore. ([`V::MessageTooBig`] shows only in a
/// peer whose limit is small: a row of its own.)
const UNREADABLE: &[V] = &[
    V::HeadTooLarge,
    V::LineEndBare,
    V::StartLineMalformed,
    V::FieldMalformed,
];

/// What those generated deserve where the requirement calls it less than a failure, and the cases that are meant for
/// them where they cite another requirement.
const MILDER: &[(V, Reaction, Verdict, &str)] = &[
    (
        V::TargetMalformed,
        Reaction::Ignore,
        Verdict::NonStrict,
        "handshake.request-line.target-*",
    ),
    (
        V::KeyRepeated,
        Reaction::Ignore,
        Verdict::NonStrict,
        "handshake.key.twice-*",
    ),
    (
        V::VersionRepeated,
        Reaction::Ignore,
        Verdict::NonStrict,
        "handshake.version.*",
    ),
    (
        V::SubprotocolMalformed,
        Reaction::Ignore,
        Verdict::Pass,
        "handshake.subprotocol.*",
    ),
    (
        V::ExtensionMalformed,
        Reaction::Ignore,
        Verdict::NonStrict,
        "*.malformed-*",
    ),
    (
        V::BodyPresent,
        Reaction::Ignore,
        Verdict::NonStrict,
        "handshake.headers.body-*",
    ),
    (
        V::StatusNot101,
        Reaction::Ignore,
        Verdict::Informational,
        "client.response.status-*",
    ),
    (
        V::ResponseVersionTooLow,
        Reaction::Ignore,
        Verdict::Pass,
        "client.response.http-1-0",
    ),
    (
        V::AcceptRepeated,
        Reaction::Ignore,
        Verdict::NonStrict,
        "client.response.accept-twice-*",
    ),
    (
        V::SubprotocolRepeated,
        Reaction::Ignore,
        Verdict::NonStrict,
        "client.subprotocol.chosen-twice-*",
    ),
    (
        V::SubprotocolRepeated,
        Reaction::Stall,
        Verdict::Informational,
        "client.subprotocol.chosen-twice-*",
    ),
    // Waiting for CRLF is right; and an ordinary answer need not end the connection it came on.
    (
        V::LineEndBare,
        Reaction::Stall,
        Verdict::Pass,
        "handshake.malformed.*",
    ),
    (
        V::StatusNot101,
        Reaction::Stall,
        Verdict::Informational,
        "client.response.status-*",
    ),
    (
        V::ResponseVersionTooLow,
        Reaction::Stall,
        Verdict::Informational,
        "client.response.http-1-0",
    ),
    // Cases that let a client take it, too.
    (
        V::AcceptRepeated,
        Reaction::Stall,
        Verdict::Informational,
        "client.response.accept-twice-*",
    ),
    (
        V::ExtensionRepeated,
        Reaction::Stall,
        Verdict::Informational,
        "deflate.negotiation.client-accepted-twice",
    ),
    (
        V::DeflateParameterIgnored,
        Reaction::Stall,
        Verdict::Informational,
        "deflate.negotiation.client-asked-*",
    ),
    (
        V::DeflateWindowLarger,
        Reaction::Ignore,
        Verdict::Informational,
        "deflate.negotiation.client-asked-*",
    ),
    (
        V::DeflateWindowLarger,
        Reaction::Stall,
        Verdict::Informational,
        "deflate.negotiation.client-asked-*",
    ),
    (
        V::DeflateParameterUnoffered,
        Reaction::Stall,
        Verdict::Informational,
        "deflate.negotiation.client-window-unoffered",
    ),
    (
        V::HeadTooLarge,
        Reaction::Stall,
        Verdict::Fail,
        "handshake.*",
    ),
    (
        V::StartLineMalformed,
        Reaction::Stall,
        Verdict::Fail,
        "handshake.*",
    ),
    (
        V::TargetMalformed,
        Reaction::Stall,
        Verdict::Fail,
        "handshake.resource.*",
    ),
];

fn generated(violation: V, reaction: Reaction, suffix: &str, about: &str) -> Fault {
    let milder = MILDER
        .iter()
        .find(|(v, r, ..)| *v == violation && *r == reaction);
    // A client that has to fail its opening and keeps TCP all the same: it opens nothing, which is what matters.
    let silent = violation.answer() == Answer::Abort && reaction == Reaction::Stall;
    let worst = if silent {
        Verdict::NonStrict
    } else {
        Verdict::Fail
    };
    let fault = reacts("", violation, reaction, "");
    Fault {
        name: format!("{}-{suffix}", violation.name()).into(),
        about: format!("{about} {}", violation.meaning()).into(),
        meant: milder.map_or(fault.meant, |(.., meant)| Some(*meant)),
        worst: milder.map_or(worst, |(_, _, worst, _)| *worst),
        offers: offers_for(violation),
        ..fault
    }
}

/// What a client has to offer so that an answer can be wrong in this way.
fn offers_for(violation: V) -> Option<&'static [Parameters]> {
    match violation {
        V::DeflateParameterUnoffered => Some(PLAIN_OFFER),
        V::DeflateParameterIgnored => Some(FLAG_OFFER),
        V::DeflateWindowLarger => Some(WINDOW_OFFER),
        _ => None,
    }
}

const PLAIN: Parameters = Parameters {
    server_no_context_takeover: false,
    client_no_context_takeover: false,
    server_max_window_bits: None,
    client_max_window_bits: None,
};
/// permessage-deflate without parameters.
pub(super) const PLAIN_OFFER: &[Parameters] = &[PLAIN];
pub(super) const FLAG_OFFER: &[Parameters] = &[Parameters {
    server_no_context_takeover: true,
    ..PLAIN
}];
pub(super) const WINDOW_OFFER: &[Parameters] = &[Parameters {
    server_max_window_bits: Some(10),
    ..PLAIN
}];

/// One planted fault.
#[derive(Debug, Clone)]
pub struct Fault {
    /// Its name.
    pub name: Cow<'static, str>,
    /// What is wrong with the peer.
    pub about: Cow<'static, str>,
    /// The roles in which it shows.
    pub roles: &'static [Role],
    /// Cases that are meant for it: a glob on their ids, or a requirement that they cite.
    pub meant: Option<&'static str>,
    /// How bad it is: the verdict on the worst case.
    pub worst: Verdict,
    /// What it offers of permessage-deflate as a client, where that is not what the right peer offers.
    offers: Option<&'static [Parameters]>,
    /// It speaks first when the connection opens, so that it can be seen to open.
    greets: bool,
    kind: Kind,
}

#[derive(Debug, Clone, Copy)]
pub(in crate::peer) enum Kind {
    Reaction(V, Reaction),
    Everything(Reaction),
    Output(fn(&mut OutputFaults)),
    App(AppFault),
    Tamper(Tamper),
    Request(&'static str, &'static str),
    /// The right reaction or another to a message beyond so many bytes.
    Limit(u64, Reaction),
    /// Takes no message beyond so many bytes, and serves nobody after one.
    Outgrown(u64),
    Key(fn(&str) -> String),
}

const BOTH: &[Role] = &[Role::Server, Role::Client];
const SERVER: &[Role] = &[Role::Server];
const CLIENT: &[Role] = &[Role::Client];

impl Fault {
    pub(super) const fn new(name: &'static str, kind: Kind, about: &'static str) -> Fault {
        let (name, about) = (Cow::Borrowed(name), Cow::Borrowed(about));
        Fault {
            name,
            about,
            roles: BOTH,
            meant: None,
            worst: Verdict::Fail,
            offers: None,
            greets: false,
            kind,
        }
    }

    /// It shows in a server only.
    pub(super) const fn server(mut self) -> Fault {
        self.roles = SERVER;
        self
    }

    /// It shows in a client only.
    pub(super) const fn client(mut self) -> Fault {
        self.roles = CLIENT;
        self
    }

    pub(super) const fn meant(mut self, cases: &'static str) -> Fault {
        self.meant = Some(cases);
        self
    }

    /// Nothing worse than this is to be said of it.
    pub(super) const fn worst(mut self, verdict: Verdict) -> Fault {
        self.worst = verdict;
        self
    }

    /// It offers this as a client.
    pub(super) const fn offering(mut self, offers: &'static [Parameters]) -> Fault {
        self.offers = Some(offers);
        self
    }

    /// It speaks first, so that it can be seen that it takes the connection for open.
    pub(super) const fn greeting(mut self) -> Fault {
        self.greets = true;
        self
    }

    /// Not wrong in itself.
    pub(super) const fn harmless(self) -> Fault {
        self.worst(Verdict::Pass)
    }
}

/// Goes on after a violation; meant for it is what cites its requirement.
pub(super) const fn ignores(name: &'static str, violation: V, about: &'static str) -> Fault {
    reacts(name, violation, Reaction::Ignore, about)
}

pub(super) const fn reacts(
    name: &'static str,
    violation: V,
    reaction: Reaction,
    about: &'static str,
) -> Fault {
    let fault =
        Fault::new(name, Kind::Reaction(violation, reaction), about).meant(violation.requirement());
    match (violation, violation.answer()) {
        (V::MaskMissing, _) | (_, Answer::Status(_)) => fault.server(),
        (V::MaskUnexpected, _) | (_, Answer::Abort) => fault.client(),
        _ => fault,
    }
}

/// Takes messages up to a size, and has a way with larger ones.
pub(super) const fn limits(
    name: &'static str,
    size: u64,
    reaction: Reaction,
    about: &'static str,
) -> Fault {
    Fault::new(name, Kind::Limit(size, reaction), about)
}

/// Takes messages up to a size, and serves nobody after a larger one.
pub(super) const fn outgrown(name: &'static str, size: u64, about: &'static str) -> Fault {
    Fault::new(name, Kind::Outgrown(size), about)
}

pub(super) const fn everything(
    name: &'static str,
    reaction: Reaction,
    about: &'static str,
) -> Fault {
    Fault::new(name, Kind::Everything(reaction), about).meant("*")
}

pub(super) const fn tampers(name: &'static str, tamper: Tamper, about: &'static str) -> Fault {
    Fault::new(name, Kind::Tamper(tamper), about)
}

pub(super) const fn output(
    name: &'static str,
    set: fn(&mut OutputFaults),
    about: &'static str,
) -> Fault {
    Fault::new(name, Kind::Output(set), about)
}

pub(super) const fn app(name: &'static str, fault: AppFault, about: &'static str) -> Fault {
    Fault::new(name, Kind::App(fault), about)
}

/// As a client, writes the second text instead of the first in its opening request.
pub(super) const fn asks(
    name: &'static str,
    from: &'static str,
    to: &'static str,
    about: &'static str,
) -> Fault {
    Fault::new(name, Kind::Request(from, to), about)
        .client()
        .meant("client.*")
}

/// As a client, sends something else for its Sec-WebSocket-Key, and takes the answer to that.
pub(super) const fn asks_key(
    name: &'static str,
    edit: fn(&str) -> String,
    about: &'static str,
) -> Fault {
    Fault::new(name, Kind::Key(edit), about)
        .client()
        .meant("client.key.*")
}

pub(super) const fn head_out(
    name: &'static str,
    edit: fn(&str) -> String,
    about: &'static str,
) -> Fault {
    Fault::new(name, Kind::Tamper(Tamper::HeadOut(edit)), about).server()
}

pub(super) const fn head_in(
    name: &'static str,
    edit: fn(&str) -> String,
    about: &'static str,
) -> Fault {
    Fault::new(name, Kind::Tamper(Tamper::HeadIn(edit)), about).server()
}

/// The same for the answer that a client reads.
pub(super) const fn answer_in(
    name: &'static str,
    edit: fn(&str) -> String,
    about: &'static str,
) -> Fault {
    Fault::new(name, Kind::Tamper(Tamper::HeadIn(edit)), about)
        .client()
        .meant("client.response.*")
}

pub(super) const fn sends(name: &'static str, spoil: Spoil, about: &'static str) -> Fault {
    Fault::new(name, Kind::Tamper(Tamper::FramesOut(spoil)), about)
}

pub(super) const fn reads(name: &'static str, spoil: Spoil, about: &'static str) -> Fault {
    Fault::new(name, Kind::Tamper(Tamper::FramesIn(spoil)), about)
}

impl Fault {
    /// The fault with this name.
    pub fn named(name: &str) -> Option<&'static Fault> {
        FAULTS.iter().find(|f| f.name == name)
    }

    /// The violation it goes on after.
    fn ignored(&self) -> Option<V> {
        match self.kind {
            Kind::Reaction(violation, Reaction::Ignore) => Some(violation),
            _ => None,
        }
    }

    /// Whether it may change anything in a conversation that the right peer had so.
    pub(crate) fn shows(&self, recording: &Recording) -> bool {
        recording.shows(self.kind)
    }

    /// The right peer with the same offers and manners.
    pub(crate) fn twin(&self) -> Peer {
        let mut peer = Peer::right();
        if let Some(offers) = self.offers {
            peer.offers = offers.to_vec();
        }
        if self.greets {
            peer.app = AppFault::Greets;
        }
        peer
    }

    /// Whether that is not the right peer that everybody knows.
    pub(crate) fn has_twin(&self) -> bool {
        self.offers.is_some() || self.greets
    }

    /// The right peer with this one thing wrong.
    pub fn peer(&self) -> Peer {
        let mut peer = self.twin();
        match self.kind {
            Kind::Reaction(violation, reaction) => {
                peer.policy = Policy::rfc().with(violation, reaction)
            }
            Kind::Everything(reaction) => peer.policy = Policy::always(reaction),
            Kind::Output(set) => set(&mut peer.output),
            Kind::App(fault) => peer.app = fault,
            Kind::Request(from, to) => peer.output.request_swap = Some((from, to)),
            Kind::Key(edit) => peer.key = Some(edit),
            Kind::Tamper(tamper) => peer.tamper = Some(tamper),
            Kind::Outgrown(size) => {
                peer.max_message = Some(size);
                peer.app = AppFault::Dies(Death::Violation);
            }
            Kind::Limit(size, reaction) => {
                peer.max_message = Some(size);
                peer.policy = Policy::rfc().with(V::MessageTooBig, reaction);
            }
        }
        peer
    }
}

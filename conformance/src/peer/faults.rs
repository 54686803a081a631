//! Planted faults: each is the right peer with one thing wrong.
//!
//! `wsspec echo --fault NAME` serves one, `wsspec mutants` runs the suite against all. A fault is data: a reaction to
//! a violation, an output fault of the endpoint, a fault of the application, or something that spoils the bytes
//! between the endpoint and the wire. [`FAULTS`] lists them.

use std::borrow::Cow;
use std::sync::LazyLock;

use wsspec_core::Role;
use wsspec_core::policy::{OutputFaults, Policy, Reaction};
use wsspec_core::violation::{Answer, Violation as V};
use wsspec_reports::Verdict;

use super::catalogue::ROWS;
use super::tamper::{Spoil, Tamper};
use super::{AppFault, Peer};

/// Every planted fault: the rows of the catalogue, and going silent on each violation that has to be answered.
pub static FAULTS: LazyLock<Vec<Fault>> = LazyLock::new(|| {
    let ignored: Vec<V> = ROWS.iter().filter_map(Fault::ignored).collect();
    let others = V::ALL.iter().filter(|v| v.answer() != Answer::Nothing && !ignored.contains(v));
    let ignoring =
        others.map(|v| generated(*v, Reaction::Ignore, "ignored", "goes on as though it were no matter that"));
    let silent = V::ALL.iter().filter(|v| v.answer() != Answer::Nothing);
    let silent = silent.map(|v| generated(*v, Reaction::Stall, "stalls", "goes silent when"));
    ROWS.iter().cloned().chain(ignoring).chain(silent).collect()
});

fn generated(violation: V, reaction: Reaction, suffix: &str, about: &str) -> Fault {
    Fault {
        name: format!("{}-{suffix}", violation.name()).into(),
        about: format!("{about} {}", violation.meaning()).into(),
        ..reacts("", violation, reaction, "")
    }
}

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
    kind: Kind,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Reaction(V, Reaction),
    Everything(Reaction),
    Output(fn(&mut OutputFaults)),
    App(AppFault),
    Tamper(Tamper),
    Request(&'static str, &'static str),
    Key(fn(&str) -> String),
}

const BOTH: &[Role] = &[Role::Server, Role::Client];
const SERVER: &[Role] = &[Role::Server];
const CLIENT: &[Role] = &[Role::Client];

impl Fault {
    pub(super) const fn new(name: &'static str, kind: Kind, about: &'static str) -> Fault {
        let (name, about) = (Cow::Borrowed(name), Cow::Borrowed(about));
        Fault { name, about, roles: BOTH, meant: None, worst: Verdict::Fail, kind }
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

    /// Not wrong in itself.
    pub(super) const fn harmless(self) -> Fault {
        self.worst(Verdict::Pass)
    }
}

/// Goes on after a violation; meant for it is what cites its requirement.
pub(super) const fn ignores(name: &'static str, violation: V, about: &'static str) -> Fault {
    reacts(name, violation, Reaction::Ignore, about)
}

pub(super) const fn reacts(name: &'static str, violation: V, reaction: Reaction, about: &'static str) -> Fault {
    let fault = Fault::new(name, Kind::Reaction(violation, reaction), about).meant(violation.requirement());
    match (violation, violation.answer()) {
        (V::MaskMissing, _) | (_, Answer::Status(_)) => fault.server(),
        (V::MaskUnexpected, _) | (_, Answer::Abort) => fault.client(),
        _ => fault,
    }
}

pub(super) const fn everything(name: &'static str, reaction: Reaction, about: &'static str) -> Fault {
    Fault::new(name, Kind::Everything(reaction), about).meant("*")
}

pub(super) const fn tampers(name: &'static str, tamper: Tamper, about: &'static str) -> Fault {
    Fault::new(name, Kind::Tamper(tamper), about)
}

pub(super) const fn output(name: &'static str, set: fn(&mut OutputFaults), about: &'static str) -> Fault {
    Fault::new(name, Kind::Output(set), about)
}

pub(super) const fn app(name: &'static str, fault: AppFault, about: &'static str) -> Fault {
    Fault::new(name, Kind::App(fault), about)
}

/// As a client, writes the second text instead of the first in its opening request.
pub(super) const fn asks(name: &'static str, from: &'static str, to: &'static str, about: &'static str) -> Fault {
    Fault::new(name, Kind::Request(from, to), about).client().meant("client.*")
}

/// As a client, sends something else for its Sec-WebSocket-Key, and takes the answer to that.
pub(super) const fn asks_key(name: &'static str, edit: fn(&str) -> String, about: &'static str) -> Fault {
    Fault::new(name, Kind::Key(edit), about).client().meant("client.key.*")
}

pub(super) const fn head_out(name: &'static str, edit: fn(&str) -> String, about: &'static str) -> Fault {
    Fault::new(name, Kind::Tamper(Tamper::HeadOut(edit)), about).server()
}

pub(super) const fn head_in(name: &'static str, edit: fn(&str) -> String, about: &'static str) -> Fault {
    Fault::new(name, Kind::Tamper(Tamper::HeadIn(edit)), about).server()
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

    /// The right peer with this one thing wrong.
    pub fn peer(&self) -> Peer {
        let mut peer = Peer::right();
        match self.kind {
            Kind::Reaction(violation, reaction) => peer.policy = Policy::rfc().with(violation, reaction),
            Kind::Everything(reaction) => peer.policy = Policy::always(reaction),
            Kind::Output(set) => set(&mut peer.policy.output),
            Kind::App(fault) => peer.app = fault,
            Kind::Request(from, to) => peer.policy.output.request_swap = Some((from, to)),
            Kind::Key(edit) => peer.key = Some(edit),
            Kind::Tamper(tamper) => peer.tamper = Some(tamper),
        }
        peer
    }
}

//! The catalogue of planted faults: each row is the right peer with one thing wrong.
//!
//! `wsspec echo --fault NAME` serves one. A row is data: a policy, an output fault of the endpoint, or a fault
//! of the application.

use wsspec_core::Violation as V;
use wsspec_core::policy::{OutputFaults, Policy, Reaction};

use super::{AppFault, Peer};

/// One planted fault.
#[derive(Debug)]
pub struct Fault {
    /// Its name.
    pub name: &'static str,
    /// What is wrong with the peer.
    pub about: &'static str,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Reaction(V, Reaction),
    Everything(Reaction),
    Output(fn(&mut OutputFaults)),
    App(AppFault),
}

const fn ignores(name: &'static str, violation: V, about: &'static str) -> Fault {
    Fault { name, about, kind: Kind::Reaction(violation, Reaction::Ignore) }
}

const fn output(name: &'static str, set: fn(&mut OutputFaults), about: &'static str) -> Fault {
    Fault { name, about, kind: Kind::Output(set) }
}

const fn app(name: &'static str, fault: AppFault, about: &'static str) -> Fault {
    Fault { name, about, kind: Kind::App(fault) }
}

/// Every planted fault.
pub const FAULTS: &[Fault] = &[
    ignores("mask-ignored", V::MaskMissing, "accepts unmasked frames"),
    ignores("masked-accepted", V::MaskUnexpected, "as a client, accepts masked frames"),
    ignores("rsv-ignored", V::RsvSet, "does not look at the reserved bits"),
    ignores("opcode-ignored", V::OpcodeReserved, "skips frames with a reserved opcode"),
    ignores("control-fragmented-ignored", V::ControlFragmented, "accepts fragmented control frames"),
    ignores("control-length-ignored", V::ControlTooLong, "accepts control frames over 125 bytes"),
    ignores("orphan-accepted", V::ContinuationOrphan, "takes an orphan continuation for a message"),
    ignores("interleaving-accepted", V::MessageInterleaved, "lets a new message begin inside another"),
    ignores("length-top-bit-ignored", V::LengthTopBit, "does not look at the top bit of a 64-bit length"),
    ignores("length-form-ignored", V::LengthNotMinimal, "accepts lengths that are not minimal"),
    ignores("utf8-ignored", V::TextNotUtf8, "does not check text"),
    ignores("close-code-ignored", V::CloseCodeForbidden, "accepts close codes 1005, 1006 and 1015"),
    ignores("close-code-any", V::CloseCodeUnassigned, "accepts close codes without a meaning"),
    ignores("close-body-ignored", V::CloseBodyOneByte, "accepts a Close body of one byte"),
    ignores("close-reason-ignored", V::CloseReasonNotUtf8, "does not check the close reason"),
    ignores("version-ignored", V::VersionUnsupported, "upgrades any version"),
    ignores("method-ignored", V::MethodNotGet, "upgrades any method"),
    ignores("key-missing-ignored", V::KeyMissing, "upgrades without a key"),
    ignores("key-form-ignored", V::KeyMalformed, "does not look at the form of the key"),
    ignores("upgrade-ignored", V::UpgradeMissing, "upgrades without being asked for websocket"),
    ignores("connection-ignored", V::ConnectionMissing, "does not look at the Connection field"),
    ignores("host-ignored", V::HostMissing, "upgrades without a Host field"),
    ignores("accept-ignored", V::AcceptWrong, "as a client, does not compare the accept value"),
    ignores("rsv1-misplaced-ignored", V::Rsv1Misplaced, "accepts RSV1 on control frames and later fragments"),
    ignores("deflate-invalid-ignored", V::DeflateInvalid, "takes what can be inflated of a broken message"),
    ignores("deflate-unfinished-ignored", V::DeflateUnfinished, "takes a compressed message that stops short"),
    ignores(
        "deflate-window-unchecked",
        V::DeflateBeyondWindow,
        "inflates beyond the agreed window; not wrong in itself",
    ),
    ignores("deflate-context-unchecked", V::DeflateBeyondMessage, "inflates beyond the message; not wrong in itself"),
    ignores("deflate-unknown-taken", V::DeflateParameterUnknown, "as a client, takes unknown parameters"),
    ignores("deflate-repeated-taken", V::DeflateParameterRepeated, "as a client, takes a parameter twice"),
    ignores("deflate-unoffered-taken", V::DeflateParameterUnoffered, "as a client, takes a parameter it did not offer"),
    ignores("deflate-value-missing-taken", V::DeflateValueMissing, "as a client, takes a window without a size"),
    ignores("deflate-value-unexpected-taken", V::DeflateValueUnexpected, "as a client, takes a flag with a value"),
    ignores("deflate-value-text-taken", V::DeflateValueNotDecimal, "as a client, takes a window that is no number"),
    ignores(
        "deflate-leading-zero-taken",
        V::DeflateValueLeadingZero,
        "as a client, takes a window with a leading zero",
    ),
    ignores("deflate-window-range-taken", V::DeflateWindowOutOfRange, "as a client, takes a window of any size"),
    ignores("extension-unoffered-taken", V::ExtensionUnoffered, "as a client, takes an extension it did not offer"),
    ignores("deflate-twice-taken", V::ExtensionRepeated, "as a client, takes permessage-deflate twice"),
    Fault {
        name: "utf8-wrong-code",
        about: "answers text that is not UTF-8 with 1002",
        kind: Kind::Reaction(V::TextNotUtf8, Reaction::WrongCode(1002)),
    },
    Fault {
        name: "mask-stalls",
        about: "goes silent on an unmasked frame",
        kind: Kind::Reaction(V::MaskMissing, Reaction::Stall),
    },
    Fault { name: "rejects-nothing", about: "rejects nothing at all", kind: Kind::Everything(Reaction::Ignore) },
    Fault {
        name: "drops-always",
        about: "ends TCP without a word on every violation, which is allowed",
        kind: Kind::Everything(Reaction::Drop),
    },
    Fault { name: "stalls-always", about: "goes silent on every violation", kind: Kind::Everything(Reaction::Stall) },
    output("wrong-accept", |o| o.wrong_accept = true, "sends the accept value of another key"),
    output("wrong-mask", |o| o.wrong_mask = true, "masks as a server, does not as a client"),
    output("drops-after-open", |o| o.drop_after_open = true, "ends TCP right after its 101"),
    output("no-pong", |o| o.no_pong = true, "does not answer pings"),
    output("no-close", |o| o.no_close = true, "does not answer a Close frame"),
    output("deflate-window-exceeded", |o| o.window_exceeded = true, "compresses with the largest window always"),
    output("deflate-context-kept", |o| o.context_kept = true, "compresses with the messages before always"),
    output("deflate-no-rsv1", |o| o.no_rsv1 = true, "leaves RSV1 out on compressed messages"),
    output("deflate-tail-kept", |o| o.tail_kept = true, "leaves 00 00 FF FF at the end of compressed messages"),
    output("deflate-any-offer", |o| o.any_offer = true, "as a server, takes offers that it has to decline"),
    output("deflate-plain-answer", |o| o.plain_answer = true, "as a server, answers no parameter that was asked for"),
    output("deflate-offer-echoed", |o| o.offer_echoed = true, "as a server, answers what was offered, word for word"),
    output(
        "deflate-window-forgotten",
        |o| o.window_forgotten = true,
        "inflates each message as though it were the first",
    ),
    app("silent", AppFault::Silent, "is no echo server; not wrong in itself"),
    app("greets", AppFault::Greets, "sends a message when the connection opens; not wrong in itself"),
    app("wrong-bytes", AppFault::WrongBytes, "echoes the right length of wrong bytes"),
    app("wrong-kind", AppFault::WrongKind, "echoes text as binary and binary as text"),
    app("truncates-65535", AppFault::Truncates(65_535), "cuts messages to 65,535 bytes"),
    app("echoes-twice", AppFault::Twice, "echoes every message twice"),
    app("hangs", AppFault::Hangs, "accepts connections and never reads or answers"),
];

impl Fault {
    /// The fault with this name.
    pub fn named(name: &str) -> Option<&'static Fault> {
        FAULTS.iter().find(|f| f.name == name)
    }

    /// The right peer with this one thing wrong.
    pub fn peer(&self) -> Peer {
        let mut peer = Peer::right();
        match self.kind {
            Kind::Reaction(violation, reaction) => peer.policy = Policy::rfc().with(violation, reaction),
            Kind::Everything(reaction) => peer.policy = Policy::always(reaction),
            Kind::Output(set) => set(&mut peer.policy.output),
            Kind::App(fault) => peer.app = fault,
        }
        peer
    }
}

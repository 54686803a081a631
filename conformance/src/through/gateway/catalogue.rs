//! The planted faults of gateways, and the legal variants.

use super::{Gateway, Habit, Kind};

/// A gateway with a fault, and the cases that are meant to find it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planted {
    /// The name; it never changes.
    pub name: &'static str,
    /// What it does wrong.
    pub about: &'static str,
    /// What it is apart from that.
    pub kind: Kind,
    /// The fault.
    pub habit: Habit,
    /// The beginning of the ids of cases that are meant to find it: at least one has to fail.
    pub meant: &'static str,
}

/// A gateway that conforms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variant {
    /// The name.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// What it does; nothing in particular for `None`.
    pub habit: Option<Habit>,
}

impl Planted {
    /// A gateway with the fault.
    pub fn gateway(&self) -> Gateway {
        Gateway::new(self.kind, Some(self.habit))
    }
}

impl Variant {
    /// A gateway in this variant.
    pub fn gateway(&self) -> Gateway {
        Gateway::new(self.kind, self.habit)
    }
}

const fn http(
    name: &'static str,
    habit: Habit,
    meant: &'static str,
    about: &'static str,
) -> Planted {
    Planted {
        name,
        about,
        kind: Kind::Http,
        habit,
        meant,
    }
}

const fn endpoint(
    name: &'static str,
    habit: Habit,
    meant: &'static str,
    about: &'static str,
) -> Planted {
    Planted {
        kind: Kind::Endpoint,
        ..http(name, habit, meant, about)
    }
}

/// Every planted fault.
#[rustfmt::skip]
pub const PLANTED: &[Planted] = &[
    http("glued-to-101-lost", Habit::LosesGluedTo101, "through.open.glued-101", "loses what follows the 101 in the same read"),
    http("tunnels-any-status", Habit::TunnelsAnyStatus, "through.tunnel.status-", "opens the tunnel after a refusal"),
    http("tunnels-other-protocol", Habit::TunnelsOtherProtocol, "through.tunnel.protocol-", "opens the tunnel after a 101 to another protocol"),
    http("tunnels-on-request", Habit::TunnelsOnRequest, "through.tunnel.", "opens the tunnel before the server has answered"),
    http("opens-before-server", Habit::OpensBeforeServer, "through.refusal.status-", "answers 101 before the server has answered"),
    http("hop-fields-kept", Habit::KeepsHopFields, "through.open.hop-", "forwards fields that Connection names"),
    http("subprotocol-dropped", Habit::DropsSubprotocol, "through.open.subprotocol-", "drops the subprotocol from the 101"),
    endpoint("accept-of-own-key", Habit::ForwardsAcceptOfOwnKey, "through.control.open", "makes a key of its own, and forwards the Accept for it"),
    endpoint("accept-not-checked", Habit::TakesAnyAccept, "through.open.wrong-accept", "takes any Accept, and makes a right one"),
    http("extension-added", Habit::AddsExtension, "through.control.open", "adds an extension to the 101 that was not offered"),
    http("extension-stripped", Habit::StripsExtension, "through.deflate.server-", "strips the extension from the 101 and keeps RSV1"),
    http("deflate-accepted-itself", Habit::AcceptsDeflateItself, "through.deflate.declined-", "accepts compression for a server that declined it, and keeps RSV1"),
    http("forwards-as-http10", Habit::ForwardsAsHttp10, "through.control.open", "forwards the request as HTTP/1.0"),
    http("upgrade-dropped", Habit::DropsUpgrade, "through.control.open", "drops Upgrade and Connection from the request"),
    http("chunked-101", Habit::ChunkedSwitch, "through.open.101-fields", "adds Transfer-Encoding to the 101"),
    http("pings-eaten", Habit::EatsPings, "through.ping.", "drops pings"),
    http("pongs-eaten", Habit::EatsPongs, "through.ping.", "drops pongs"),
    http("pongs-emptied", Habit::EmptiesPongs, "through.ping.", "empties pongs"),
    http("close-emptied", Habit::EmptiesClose, "through.close.", "drops code and reason of Close frames"),
    http("close-code-changed", Habit::ChangesCloseCode, "through.close.", "changes the code of Close frames"),
    http("close-reason-dropped", Habit::DropsCloseReason, "through.close.", "drops the reason of Close frames"),
    http("close-eaten", Habit::EatsClose, "through.close.", "ends the connection instead of forwarding a Close"),
    endpoint("endpoint-pings-eaten", Habit::EatsPings, "through.ping.", "neither answers pings nor forwards them"),
    endpoint("endpoint-empty-dropped", Habit::DropsEmptyMessages, "through.message.", "drops empty messages"),
    endpoint("endpoint-text-as-binary", Habit::TextAsBinary, "through.control.text", "sends text as binary"),
    endpoint("endpoint-large-cut", Habit::CutsLargeMessages, "through.message.", "cuts messages at 64 KiB"),
    endpoint("endpoint-non-ascii", Habit::ReplacesNonAscii, "through.message.", "replaces what is not ASCII in text"),
    endpoint("endpoint-binary-as-text", Habit::ReadsBinaryAsText, "through.message.", "treats binary messages as text"),
    endpoint("endpoint-unmasked", Habit::SendsUnmasked, "through.control.", "sends unmasked frames to the server"),
    endpoint("endpoint-masked-to-client", Habit::MasksToClient, "through.control.", "sends masked frames to the client"),
    endpoint("endpoint-twice", Habit::SendsTwice, "through.control.", "sends each message twice"),
    endpoint("endpoint-swapped", Habit::SwapsMessages, "through.message.", "sends messages in another order"),
    endpoint("endpoint-masks-what-is-not", Habit::MasksWhatIsNot, "through.frame.unmasked", "takes unmasked frames of the client, and masks them"),
    endpoint("endpoint-reserved-cleared", Habit::ClearsReserved, "through.frame.rsv", "clears reserved bits that no agreed extension defines"),
    http("compressed-split", Habit::SplitsReserved, "through.deflate.", "splits compressed messages whose extension it only forwards"),
    endpoint("endpoint-ends-early", Habit::EndsMessagesEarly, "through.fragment.", "ends messages with their first fragment"),
    endpoint("endpoint-long-lengths", Habit::LongLengths, "through.control.", "encodes every length in eight bytes"),
    endpoint("endpoint-continuation-as-text", Habit::ContinuationAsText, "through.fragment.", "sends continuations as text frames"),
    http("ends-ignored", Habit::IgnoresEnds, "through.end.", "does not end one connection when the other ends"),
];

const fn variant(name: &'static str, kind: Kind, habit: Habit) -> Variant {
    Variant {
        name,
        kind,
        habit: Some(habit),
    }
}

const fn plain(name: &'static str, kind: Kind) -> Variant {
    Variant {
        name,
        kind,
        habit: None,
    }
}

/// Gateways that no case may accuse.
pub const VARIANTS: &[Variant] = &[
    plain("relay", Kind::Relay),
    plain("http", Kind::Http),
    plain("endpoint", Kind::Endpoint),
    variant("forwarded-for", Kind::Endpoint, Habit::AddsForwardedFor),
    variant("lower-case-names", Kind::Http, Habit::LowersNames),
    variant("other-host", Kind::Http, Habit::ChangesHost),
    variant("other-target", Kind::Http, Habit::ChangesTarget),
    variant("no-query", Kind::Http, Habit::DropsQuery),
    variant("no-compression", Kind::Http, Habit::StripsOffer),
    variant("refuses-with-502", Kind::Http, Habit::RefusesWith502),
    variant("chunked-refusals", Kind::Http, Habit::ChunksRefusals),
    variant("answers-pings", Kind::Endpoint, Habit::AnswersPings),
    variant("pings", Kind::Endpoint, Habit::Pings),
    variant("joins-fragments", Kind::Endpoint, Habit::JoinsFragments),
    variant("splits-fragments", Kind::Endpoint, Habit::SplitsFragments),
    variant("closes-itself", Kind::Endpoint, Habit::ClosesItself),
    variant("loses-early-frames", Kind::Http, Habit::LosesGluedToRequest),
    variant("ends-both", Kind::Http, Habit::EndsBoth),
    variant("ends-in-order", Kind::Relay, Habit::EndsInOrder),
];

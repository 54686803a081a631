//! The planted faults of gateways, and the legal variants.

use wsspec_vectors::OpensBy::{self, Connect, Upgrade};

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
    /// How its connections with client and server open.
    pub opens: [OpensBy; 2],
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
    /// How its connections with client and server open.
    pub opens: [OpensBy; 2],
    /// What it does; nothing in particular for `None`.
    pub habit: Option<Habit>,
}

impl Planted {
    /// A gateway with the fault.
    pub fn gateway(&self) -> Gateway {
        Gateway::between(self.opens, self.kind, Some(self.habit))
    }
}

impl Variant {
    /// A gateway in this variant.
    pub fn gateway(&self) -> Gateway {
        Gateway::between(self.opens, self.kind, self.habit)
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
        opens: [Upgrade; 2],
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

/// In a gateway that a client reaches over HTTP/2 or HTTP/3, with a server of HTTP/1.1.
const fn from_connect(
    name: &'static str,
    habit: Habit,
    meant: &'static str,
    about: &'static str,
) -> Planted {
    Planted {
        opens: [Connect, Upgrade],
        ..http(name, habit, meant, about)
    }
}

/// In a gateway that reaches its server over HTTP/2 or HTTP/3, with a client of HTTP/1.1.
const fn to_connect(
    name: &'static str,
    habit: Habit,
    meant: &'static str,
    about: &'static str,
) -> Planted {
    Planted {
        opens: [Upgrade, Connect],
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
    from_connect("h2-key-missing", Habit::MakesNoKey, "through.control.open", "makes no Sec-WebSocket-Key for the server"),
    from_connect("h2-key-twice", Habit::AddsKey, "through.translate.own-key", "adds its Sec-WebSocket-Key to one that the client sent"),
    from_connect("h2-accept-not-checked", Habit::TakesAnyAccept, "through.translate.wrong-accept-", "takes any Accept for its own key"),
    from_connect("h2-subprotocol-dropped", Habit::DropsSubprotocol, "through.open.subprotocol-", "drops the subprotocol from the answer"),
    from_connect("h2-extension-stripped", Habit::StripsExtension, "through.deflate.server-", "strips the extension from the answer and keeps RSV1"),
    from_connect("h2-status-lost", Habit::LosesStatus, "through.tunnel.status-", "answers 200 whatever the server answers"),
    from_connect("h2-refusal-opens", Habit::OpensBy2xx, "through.tunnel.status-200", "makes a success of a 200 with which the server refuses the upgrade"),
    from_connect("h2-status-101", Habit::Keeps101, "through.control.open", "answers an extended CONNECT with 101"),
    from_connect("h2-opens-before-server", Habit::OpensBeforeServer, "through.refusal.status-", "answers 200 before the server has answered"),
    from_connect("h2-answer-of-http1", Habit::LeavesFieldsOfHttp1, "through.translate.answer-fields", "leaves Connection and Upgrade in the answer"),
    from_connect("h2-cookies-apart", Habit::LeavesCookiesApart, "through.translate.cookies", "forwards the lines of Cookie one by one"),
    from_connect("h2-line-ends-passed", Habit::PassesLineEnds, "through.translate.line-end-", "forwards a line end in a field as it is"),
    from_connect("h2-chunked-passed", Habit::PassesFieldsOfHttp1, "through.translate.chunked", "forwards Transfer-Encoding"),
    from_connect("h2-ends-ignored", Habit::IgnoresEnds, "through.end.rst-", "does not end one connection when the other is reset"),
    to_connect("to-h2-protocol-lost", Habit::LosesProtocol, "through.control.open", "sends a CONNECT without :protocol"),
    to_connect("to-h2-request-of-http1", Habit::LeavesFieldsOfHttp1, "through.translate.request-fields", "leaves Connection and Upgrade in the CONNECT"),
    to_connect("to-h2-accept-of-no-key", Habit::ForwardsAcceptOfOwnKey, "through.control.open", "answers without Sec-WebSocket-Accept"),
    to_connect("to-h2-tunnels-any-status", Habit::TunnelsAnyStatus, "through.translate.no-tunnel-", "opens the tunnel after a refusal"),
    to_connect("to-h2-subprotocol-dropped", Habit::DropsSubprotocol, "through.open.subprotocol-", "drops the subprotocol from the 101"),
    http("ends-ignored", Habit::IgnoresEnds, "through.end.", "does not end one connection when the other ends"),
];

const fn variant(name: &'static str, kind: Kind, habit: Habit) -> Variant {
    Variant {
        name,
        kind,
        opens: [Upgrade; 2],
        habit: Some(habit),
    }
}

const fn plain(name: &'static str, kind: Kind) -> Variant {
    Variant {
        name,
        kind,
        opens: [Upgrade; 2],
        habit: None,
    }
}

/// A gateway that translates.
const fn translating(name: &'static str, opens: [OpensBy; 2], habit: Option<Habit>) -> Variant {
    Variant {
        name,
        kind: Kind::Http,
        opens,
        habit,
    }
}

/// Gateways that no case may accuse.
#[rustfmt::skip]
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
    translating("from-connect", [Connect, Upgrade], None),
    translating("to-connect", [Upgrade, Connect], None),
    translating("connect-to-connect", [Connect, Connect], None),
    translating("from-connect-accept-left", [Connect, Upgrade], Some(Habit::LeavesAccept)),
    translating("from-connect-ends-both", [Connect, Upgrade], Some(Habit::EndsBoth)),
    translating("from-connect-ends-in-order", [Connect, Upgrade], Some(Habit::EndsInOrder)),
    translating("from-connect-early-lost", [Connect, Upgrade], Some(Habit::LosesGluedToRequest)),
    translating("from-connect-502", [Connect, Upgrade], Some(Habit::RefusesWith502)),
    translating("from-connect-no-compression", [Connect, Upgrade], Some(Habit::StripsOffer)),
    translating("to-connect-502", [Upgrade, Connect], Some(Habit::RefusesWith502)),
    translating("to-connect-ends-in-order", [Upgrade, Connect], Some(Habit::EndsInOrder)),
];

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
    Request(&'static str, &'static str),
    App(AppFault),
}

const fn ignores(name: &'static str, violation: V, about: &'static str) -> Fault {
    Fault { name, about, kind: Kind::Reaction(violation, Reaction::Ignore) }
}

const fn output(name: &'static str, set: fn(&mut OutputFaults), about: &'static str) -> Fault {
    Fault { name, about, kind: Kind::Output(set) }
}

/// As a client, writes the second text instead of the first in its opening request.
const fn asks(name: &'static str, from: &'static str, to: &'static str, about: &'static str) -> Fault {
    Fault { name, about, kind: Kind::Request(from, to) }
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
    asks("asks-lower-case", "GET ", "get ", "as a client, asks with the method get"),
    asks("asks-post", "GET ", "POST ", "as a client, asks with POST"),
    asks("asks-http-1-0", "HTTP/1.1", "HTTP/1.0", "as a client, asks with HTTP/1.0"),
    asks("asks-bare-lf", "\r\n", "\n", "as a client, ends lines with LF alone"),
    asks("asks-cr-only", "\r\n", "\r", "as a client, ends lines with CR alone"),
    asks("asks-unfinished", "\r\n\r\n", "\r\n", "as a client, leaves out the empty line behind its request"),
    asks("asks-folded", "Upgrade: ", "Upgrade:\r\n ", "as a client, folds a header line"),
    asks("asks-two-blanks", "GET ", "GET  ", "as a client, writes two blanks behind the method"),
    asks("asks-blank-before-colon", "Upgrade: ", "Upgrade : ", "as a client, writes a blank before a colon"),
    asks("asks-no-host", "Host: ", "X-Host: ", "as a client, sends no Host"),
    asks("asks-two-hosts", "Upgrade: ", "Host: wsspec.invalid\r\nUpgrade: ", "as a client, sends two Host fields"),
    asks("asks-wrong-host", "Host: ", "Host: not-", "as a client, names another host"),
    asks("asks-userinfo", "Host: ", "Host: user:pw@", "as a client, sends a user name in Host"),
    asks("asks-no-upgrade", "Upgrade: websocket", "X-Upgrade: websocket", "as a client, sends no Upgrade"),
    asks("asks-no-connection", "Connection: Upgrade", "Connection: keep-alive", "as a client, does not list Upgrade"),
    asks("asks-no-key", "Sec-WebSocket-Key: ", "X-Key: ", "as a client, sends no key"),
    asks("asks-key-4", "d3NzcGVjIHJlZmVyZW5jZQ==", "d3NzcA==", "as a client, sends a key of 4 bytes"),
    asks(
        "asks-key-20",
        "d3NzcGVjIHJlZmVyZW5jZQ==",
        "d3NzcGVjIHJlZmVyZW5jZXh4eHg=",
        "as a client, sends a key of 20 bytes",
    ),
    asks(
        "asks-key-unpadded",
        "d3NzcGVjIHJlZmVyZW5jZQ==",
        "d3NzcGVjIHJlZmVyZW5jZQ",
        "as a client, leaves out the padding of the key",
    ),
    asks(
        "asks-key-pad-bits",
        "d3NzcGVjIHJlZmVyZW5jZQ==",
        "d3NzcGVjIHJlZmVyZW5jZR==",
        "as a client, sends pad bits that are not zero",
    ),
    asks(
        "asks-key-sample",
        "d3NzcGVjIHJlZmVyZW5jZQ==",
        "dGhlIHNhbXBsZSBub25jZQ==",
        "as a client, sends the sample key of the RFC",
    ),
    asks("asks-key-zero", "d3NzcGVjIHJlZmVyZW5jZQ==", "AAAAAAAAAAAAAAAAAAAAAA==", "as a client, sends a key of zeros"),
    asks(
        "asks-two-keys",
        "Upgrade: ",
        "Sec-WebSocket-Key: d3NzcGVjIHJlZmVyZW5jZQ==\r\nUpgrade: ",
        "as a client, sends two keys",
    ),
    asks("asks-no-version", "Sec-WebSocket-Version: ", "X-Version: ", "as a client, sends no version"),
    asks("asks-version-8", "Version: 13", "Version: 8", "as a client, asks for version 8"),
    asks("asks-version-013", "Version: 13", "Version: 013", "as a client, writes the version 013"),
    asks("asks-version-list", "Version: 13", "Version: 13, 8", "as a client, sends a list of versions"),
    asks("asks-two-versions", "Upgrade: ", "Sec-WebSocket-Version: 13\r\nUpgrade: ", "as a client, sends two versions"),
    asks(
        "asks-origin-page",
        "Upgrade: ",
        "Origin: wsspec\r\nUpgrade: ",
        "as a client, sends an Origin that is no origin",
    ),
    asks("asks-body", "Upgrade: ", "Content-Length: 4\r\nUpgrade: ", "as a client, announces a body"),
    asks("asks-elsewhere", "GET /", "GET /x", "as a client, asks for another resource"),
    asks("asks-root", "GET /a%20b?c=%26", "GET /", "as a client, drops path and query"),
    asks("asks-query-lost", "?x=1 ", " ", "as a client, drops the query"),
    asks("asks-query-bare", "GET /?x=1", "GET ?x=1", "as a client, sends a query without a path"),
    asks("asks-decoded", "%26", "&", "as a client, decodes escapes"),
    asks("asks-number-sign", "%23", "#", "as a client, decodes the escape of a number sign"),
    asks("asks-fragment", " HTTP/1.1", "#wsspec HTTP/1.1", "as a client, sends the fragment of the URL"),
    asks("asks-raw-utf8", "%C3%A9", "\u{e9}", "as a client, sends UTF-8 as it is"),
    asks("asks-ws-uri", "GET /", "GET ws://wsspec.invalid/", "as a client, sends an absolute ws URI"),
    asks("asks-space", "%20", " ", "as a client, sends a blank in the target"),
    asks(
        "asks-injected",
        "%20HTTP/1.1X-Wsspec:%20injectedX:%20b",
        " HTTP/1.1\r\nX-Wsspec: injected\r\nX: b",
        "as a client, lets line ends of a URL through",
    ),
    asks(
        "asks-protocols-blanks",
        "x-wsspec-b, x-wsspec-a",
        "x-wsspec-b x-wsspec-a",
        "as a client, separates subprotocols by blanks",
    ),
    asks(
        "asks-protocols-semicolon",
        "x-wsspec-b, x-wsspec-a",
        "x-wsspec-b;x-wsspec-a",
        "as a client, separates subprotocols by semicolons",
    ),
    asks(
        "asks-protocols-twice",
        "x-wsspec-b, x-wsspec-a",
        "x-wsspec-b, x-wsspec-b",
        "as a client, offers a subprotocol twice",
    ),
    asks(
        "asks-protocols-sorted",
        "x-wsspec-b, x-wsspec-a",
        "x-wsspec-a, x-wsspec-b",
        "as a client, sorts its subprotocols; not wrong in itself",
    ),
    app("silent", AppFault::Silent, "is no echo server; not wrong in itself"),
    app("greets", AppFault::Greets, "sends a message when the connection opens; not wrong in itself"),
    app("wrong-bytes", AppFault::WrongBytes, "echoes the right length of wrong bytes"),
    app("wrong-kind", AppFault::WrongKind, "echoes text as binary and binary as text"),
    app("truncates-65535", AppFault::Truncates(65_535), "cuts messages to 65,535 bytes"),
    app("echoes-twice", AppFault::Twice, "echoes every message twice"),
    app("pings", AppFault::Pings, "pings of its own accord; not wrong in itself"),
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
            Kind::Request(from, to) => peer.policy.output.request_swap = Some((from, to)),
            Kind::App(fault) => peer.app = fault,
        }
        peer
    }
}

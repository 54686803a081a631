//! Planted faults fail a case meant for them, and conforming peers fail none.

use wsspec::exchange::Setup;
use wsspec::peer::{PlantedFault, ReferencePeer};
use wsspec::wire::memory::{self, Chunking};
use wsspec_core::Role::{self, Client, Server};
use wsspec_core::Violation;
use wsspec_reports::Verdict;
use wsspec_vectors::{Case, Corpus};

/// Fault, role of the target, and a prefix of the ids of cases of which one has to fail.
#[rustfmt::skip]
const MEANT: &[(&str, Role, &str)] = &[
    ("mask-ignored", Server, "frame.mask.wrong"),
    ("masked-accepted", Client, "frame.mask.wrong"),
    ("rsv-ignored", Server, "frame.rsv."),
    ("opcode-ignored", Server, "frame.opcode."),
    ("control-fragmented-ignored", Server, "control."),
    ("control-length-ignored", Server, "control.too-long"),
    ("orphan-accepted", Server, "fragmentation."),
    ("interleaving-accepted", Server, "fragmentation."),
    ("length-top-bit-ignored", Server, "frame.length.top-bit"),
    ("utf8-ignored", Server, "utf8."),
    ("version-ignored", Server, "handshake.version."),
    ("method-ignored", Server, "handshake.request-line.method"),
    ("key-missing-ignored", Server, "handshake.key.missing"),
    ("upgrade-ignored", Server, "handshake.upgrade-header."),
    ("connection-ignored", Server, "handshake.connection-header."),
    ("host-ignored", Server, "handshake.host.missing"),
    ("accept-ignored", Client, "client.response.accept"),
    ("wrong-accept", Server, "handshake.accept."),
    ("no-pong", Server, "control.ping"),
    ("no-close", Server, "close."),
    ("wrong-bytes", Server, "message."),
    ("wrong-kind", Server, "message."),
    ("truncates-65535", Server, "frame.length."),
    ("echoes-twice", Server, "message."),
    ("stalls-always", Server, "frame.rsv."),
    ("rsv-ignored", Server, "deflate.rsv1.bits"),
    ("rsv-ignored", Server, "deflate.negotiation.declined-then-rsv1"),
    ("opcode-ignored", Server, "deflate.rsv1.opcode"),
    ("rsv1-misplaced-ignored", Server, "deflate.rsv1.ping"),
    ("rsv1-misplaced-ignored", Server, "deflate.rsv1.continuation"),
    ("rsv1-misplaced-ignored", Client, "deflate.rsv1.every-fragment"),
    ("deflate-invalid-ignored", Server, "deflate.data.invalid-block-type-3"),
    ("deflate-invalid-ignored", Client, "deflate.data.invalid-later"),
    ("utf8-ignored", Server, "deflate.utf8.invalid"),
    ("utf8-ignored", Client, "deflate.utf8.invalid"),
    ("deflate-no-rsv1", Server, "deflate.data.like"),
    ("deflate-no-rsv1", Client, "deflate.data.size"),
    ("wrong-bytes", Server, "deflate.data.like"),
    ("wrong-kind", Server, "deflate.data.blocks"),
    ("deflate-window-forgotten", Server, "deflate.context.reference"),
    ("deflate-window-forgotten", Client, "deflate.context.contents"),
    ("deflate-window-forgotten", Server, "deflate.window.ours-15-over-messages"),
    ("deflate-any-offer", Server, "deflate.negotiation.unknown"),
    ("deflate-any-offer", Server, "deflate.negotiation.flag"),
    ("deflate-any-offer", Server, "deflate.negotiation.server-window-value"),
    ("deflate-any-offer", Server, "deflate.negotiation.client-window-value"),
    ("deflate-any-offer", Server, "deflate.negotiation.repeated"),
    ("deflate-any-offer", Server, "deflate.negotiation.name"),
    ("deflate-plain-answer", Server, "deflate.negotiation.server-no-takeover"),
    ("deflate-plain-answer", Server, "deflate.negotiation.server-window-9"),
    ("deflate-plain-answer", Server, "deflate.negotiation.combined"),
    ("deflate-offer-echoed", Server, "deflate.negotiation.rival"),
    ("deflate-offer-echoed", Server, "deflate.negotiation.client-window"),
    ("deflate-offer-echoed", Server, "deflate.negotiation.same-twice"),
    ("deflate-unknown-taken", Client, "deflate.negotiation.client-refuses-unknown"),
    ("deflate-repeated-taken", Client, "deflate.negotiation.client-refuses-server-flag-twice"),
    ("deflate-repeated-taken", Client, "deflate.negotiation.client-refuses-client-window-twice"),
    ("deflate-value-missing-taken", Client,
        "deflate.negotiation.client-refuses-server-window-without"),
    ("deflate-value-missing-taken", Client,
        "deflate.negotiation.client-refuses-client-window-without"),
    ("deflate-value-unexpected-taken", Client,
        "deflate.negotiation.client-refuses-client-flag-value"),
    ("deflate-value-text-taken", Client, "deflate.negotiation.client-refuses-server-window-text"),
    ("deflate-leading-zero-taken", Client,
        "deflate.negotiation.client-refuses-server-window-leading"),
    ("deflate-window-range-taken", Client, "deflate.negotiation.client-refuses-client-window-16"),
    ("extension-unoffered-taken", Client, "deflate.negotiation.client-rival"),
    ("stalls-always", Server, "close.fail.incomprehensible"),
    ("stalls-always", Server, "handshake.page."),
    ("wrong-bytes", Server, "message.large.whole"),
    ("truncates-65535", Server, "message.large.fragments"),
    ("truncates-65535", Server, "message.large.writes"),
    ("wrong-kind", Server, "message.large.lock-step"),
    ("asks-lower-case", Client, "client.request.method"),
    ("asks-post", Client, "client.request.method"),
    ("asks-http-1-0", Client, "client.request.http-version"),
    ("asks-bare-lf", Client, "client.request.grammar"),
    ("asks-cr-only", Client, "client.request.grammar"),
    ("asks-unfinished", Client, "client.request.grammar"),
    ("asks-folded", Client, "client.request.grammar"),
    ("asks-two-blanks", Client, "client.request.grammar"),
    ("asks-blank-before-colon", Client, "client.request.grammar"),
    ("asks-no-host", Client, "client.request.host"),
    ("asks-two-hosts", Client, "client.request.host"),
    ("asks-wrong-host", Client, "client.request.host"),
    ("asks-userinfo", Client, "client.request.userinfo"),
    ("asks-no-upgrade", Client, "client.request.upgrade"),
    ("asks-no-connection", Client, "client.request.connection"),
    ("asks-no-key", Client, "client.key.form"),
    ("asks-key-4", Client, "client.key.form"),
    ("asks-key-20", Client, "client.key.form"),
    ("asks-key-unpadded", Client, "client.key.form"),
    ("asks-key-sample", Client, "client.key.no-constant-rfc-sample"),
    ("asks-key-zero", Client, "client.key.no-constant-zeros"),
    ("asks-two-keys", Client, "client.key.once"),
    ("asks-no-version", Client, "client.version.13"),
    ("asks-version-8", Client, "client.version.13"),
    ("asks-version-013", Client, "client.version.13"),
    ("asks-version-list", Client, "client.version.13"),
    ("asks-two-versions", Client, "client.version.once"),
    ("asks-body", Client, "client.request.further-fields"),
    ("asks-elsewhere", Client, "client.request.target-"),
    ("asks-root", Client, "client.request.target-escapes"),
    ("asks-query-lost", Client, "client.request.target-without-path-query"),
    ("asks-query-bare", Client, "client.request.target-without-path-query"),
    ("asks-decoded", Client, "client.request.target-escapes"),
    ("asks-number-sign", Client, "client.uri.number-sign"),
    ("asks-fragment", Client, "client.uri.fragment"),
    ("asks-raw-utf8", Client, "client.uri.not-ascii"),
    ("asks-raw-host", Client, "client.host.not-ascii"),
    ("close-code-lost", Server, "close.start"),
    ("close-code-lost", Client, "close.start"),
    ("close-not-sent", Server, "close.start"),
    ("close-not-sent", Client, "close.start"),
    ("asks-ws-uri", Client, "client.request.target"),
    ("asks-space", Client, "client.uri.outside-the-grammar-blank"),
    ("asks-injected", Client, "client.uri.injects"),
    ("asks-protocols-blanks", Client, "client.subprotocol.offer"),
    ("asks-protocols-semicolon", Client, "client.subprotocol.offer-commas"),
    ("asks-protocols-twice", Client, "client.subprotocol.offer"),
];

/// Output fault, a prefix of the ids of cases that show it, and the violation they report.
#[rustfmt::skip]
const OUTPUT_FAULTS: &[(&str, &str, Violation)] = &[
    ("deflate-window-exceeded", "deflate.window.theirs", Violation::DeflateBeyondWindow),
    ("deflate-window-exceeded", "deflate.data.terms-window-9", Violation::DeflateBeyondWindow),
    ("deflate-context-kept", "deflate.context.ours-keep-theirs-drop",
        Violation::DeflateBeyondMessage),
    ("deflate-context-kept", "deflate.data.terms-no-takeover", Violation::DeflateBeyondMessage),
    ("deflate-tail-kept", "deflate.data.size", Violation::DeflateUnfinished),
];

/// Cases that send at least this number of bytes are left out of a run of all cases.
const LARGE: u64 = 1 << 20;

fn corpus() -> Corpus {
    Corpus::embedded().unwrap_or_else(|e| panic!("{e:?}"))
}

fn peer(fault: &str) -> ReferencePeer {
    PlantedFault::named(fault)
        .unwrap_or_else(|| panic!("no fault {fault}"))
        .peer()
}

/// The cases below `prefix` that fail `peer`. An empty prefix means all cases but the large ones.
fn failing<'a>(
    corpus: &'a Corpus,
    role: Role,
    peer: &'a ReferencePeer,
    prefix: &'a str,
) -> impl Iterator<Item = &'a Case> {
    let mut setup = Setup::new(role, "wsspec.invalid", "/");
    // What the probe of a real run would find out.
    setup.pongs = !peer.output.no_pong;
    corpus
        .cases
        .iter()
        .map(AsRef::as_ref)
        .filter(move |case: &&Case| case.roles.contains(&role) && case.id.starts_with(prefix))
        .filter(move |case| !prefix.is_empty() || case.weight() < LARGE)
        .filter(|case| case.wants_beyond(memory::ABILITIES).is_none())
        .filter(move |case| {
            memory::run(case, &setup, peer, Chunking::Whole).verdict == Verdict::Fail
        })
}

#[test]
fn each_fault_fails_a_case_meant_for_it() {
    let corpus = corpus();
    for (name, role, prefix) in MEANT {
        let peer = peer(name);
        let failed = failing(&corpus, *role, &peer, prefix).next();
        assert!(
            failed.is_some(),
            "no case below {prefix} fails a {} with the fault {name}",
            role.name()
        );
    }
}

#[test]
fn each_output_fault_is_reported_as_a_violation() {
    let corpus = corpus();
    for (name, prefix, violation) in OUTPUT_FAULTS {
        let peer = peer(name);
        for role in [Server, Client] {
            let setup = Setup::new(role, "wsspec.invalid", "/");
            let reported = corpus
                .cases
                .iter()
                .filter(|case| case.roles.contains(&role) && case.id.starts_with(prefix))
                .flat_map(|case| {
                    memory::run(case, &setup, &peer, Chunking::Whole)
                        .observed
                        .faults
                })
                .any(|fault| fault.violation == *violation);
            assert!(reported, "{name} as {}", role.name());
        }
    }
}

/// The conforming peer offers permessage-deflate, so this case needs one that does not.
#[test]
fn compression_that_was_not_offered_is_refused() {
    let corpus = corpus();
    let case = corpus
        .cases
        .iter()
        .find(|case| case.id == "deflate.negotiation.client-unoffered")
        .unwrap();
    let setup = Setup::new(Client, "wsspec.invalid", "/");
    for (peer, expected) in [
        (ReferencePeer::conforming(), Verdict::Skipped),
        (
            ReferencePeer::conforming().without_compression(),
            Verdict::Pass,
        ),
        (
            peer("extension-unoffered-taken").without_compression(),
            Verdict::Fail,
        ),
    ] {
        let conclusion = memory::run(case, &setup, &peer, Chunking::Whole);
        assert_eq!(conclusion.verdict, expected);
    }
}

#[test]
fn allowed_behaviour_never_fails() {
    let corpus = corpus();
    // A server has to answer an opening that it refuses.
    let unanswered = &["handshake.response.refusal-answered"][..];
    for (name, as_a_server) in [
        ("drops-always", unanswered),
        ("length-form-ignored", &[]),
        ("pings", &[]),
        ("asks-protocols-sorted", &[]),
    ] {
        let peer = peer(name);
        for (role, expected) in [(Server, as_a_server), (Client, &[])] {
            let failed: Vec<&str> = failing(&corpus, role, &peer, "")
                .map(|case| case.id.as_str())
                .collect();
            assert_eq!(failed, expected, "{name} as a {}", role.name());
        }
    }
}

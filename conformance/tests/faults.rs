//! Every planted fault is caught, by a case meant for it; the right peer in its right forms never is.

use wsspec::exchange::Setup;
use wsspec::peer::{Fault, Peer};
use wsspec::wire::memory::{self, Chunking};
use wsspec_core::{Role, Violation};
use wsspec_reports::Verdict;
use wsspec_vectors::{Case, Corpus};

/// Fault, role of the target, and a prefix of the id of a case that has to fail because of it.
const MEANT: &[(&str, Role, &str)] = &[
    ("mask-ignored", Role::Server, "frame.mask.wrong"),
    ("masked-accepted", Role::Client, "frame.mask.wrong"),
    ("rsv-ignored", Role::Server, "frame.rsv."),
    ("opcode-ignored", Role::Server, "frame.opcode."),
    ("control-fragmented-ignored", Role::Server, "control."),
    ("control-length-ignored", Role::Server, "control.too-long"),
    ("orphan-accepted", Role::Server, "fragmentation."),
    ("interleaving-accepted", Role::Server, "fragmentation."),
    (
        "length-top-bit-ignored",
        Role::Server,
        "frame.length.top-bit",
    ),
    ("utf8-ignored", Role::Server, "utf8."),
    ("version-ignored", Role::Server, "handshake.version."),
    (
        "method-ignored",
        Role::Server,
        "handshake.request-line.method",
    ),
    ("key-missing-ignored", Role::Server, "handshake.key.missing"),
    ("upgrade-ignored", Role::Server, "handshake.upgrade-header."),
    (
        "connection-ignored",
        Role::Server,
        "handshake.connection-header.",
    ),
    ("host-ignored", Role::Server, "handshake.host.missing"),
    ("accept-ignored", Role::Client, "client.response.accept"),
    ("wrong-accept", Role::Server, "handshake.accept."),
    ("no-pong", Role::Server, "control.ping"),
    ("no-close", Role::Server, "close."),
    ("wrong-bytes", Role::Server, "message."),
    ("wrong-kind", Role::Server, "message."),
    ("truncates-65535", Role::Server, "frame.length."),
    ("echoes-twice", Role::Server, "message."),
    ("stalls-always", Role::Server, "frame.rsv."),
    ("rsv-ignored", Role::Server, "deflate.rsv1.bits"),
    (
        "rsv-ignored",
        Role::Server,
        "deflate.negotiation.declined-then-rsv1",
    ),
    ("opcode-ignored", Role::Server, "deflate.rsv1.opcode"),
    ("rsv1-misplaced-ignored", Role::Server, "deflate.rsv1.ping"),
    (
        "rsv1-misplaced-ignored",
        Role::Server,
        "deflate.rsv1.continuation",
    ),
    (
        "rsv1-misplaced-ignored",
        Role::Client,
        "deflate.rsv1.every-fragment",
    ),
    (
        "deflate-invalid-ignored",
        Role::Server,
        "deflate.data.invalid-block-type-3",
    ),
    (
        "deflate-invalid-ignored",
        Role::Client,
        "deflate.data.invalid-later",
    ),
    ("utf8-ignored", Role::Server, "deflate.utf8.invalid"),
    ("utf8-ignored", Role::Client, "deflate.utf8.invalid"),
    ("deflate-no-rsv1", Role::Server, "deflate.data.like"),
    ("deflate-no-rsv1", Role::Client, "deflate.data.size"),
    ("wrong-bytes", Role::Server, "deflate.data.like"),
    ("wrong-kind", Role::Server, "deflate.data.blocks"),
    (
        "deflate-window-forgotten",
        Role::Server,
        "deflate.context.reference",
    ),
    (
        "deflate-window-forgotten",
        Role::Client,
        "deflate.context.contents",
    ),
    (
        "deflate-window-forgotten",
        Role::Server,
        "deflate.window.ours-15-over-messages",
    ),
    (
        "deflate-any-offer",
        Role::Server,
        "deflate.negotiation.unknown",
    ),
    (
        "deflate-any-offer",
        Role::Server,
        "deflate.negotiation.flag",
    ),
    (
        "deflate-any-offer",
        Role::Server,
        "deflate.negotiation.server-window-value",
    ),
    (
        "deflate-any-offer",
        Role::Server,
        "deflate.negotiation.client-window-value",
    ),
    (
        "deflate-any-offer",
        Role::Server,
        "deflate.negotiation.repeated",
    ),
    (
        "deflate-any-offer",
        Role::Server,
        "deflate.negotiation.name",
    ),
    (
        "deflate-plain-answer",
        Role::Server,
        "deflate.negotiation.server-no-takeover",
    ),
    (
        "deflate-plain-answer",
        Role::Server,
        "deflate.negotiation.server-window-9",
    ),
    (
        "deflate-plain-answer",
        Role::Server,
        "deflate.negotiation.combined",
    ),
    (
        "deflate-offer-echoed",
        Role::Server,
        "deflate.negotiation.rival",
    ),
    (
        "deflate-offer-echoed",
        Role::Server,
        "deflate.negotiation.client-window",
    ),
    (
        "deflate-offer-echoed",
        Role::Server,
        "deflate.negotiation.same-twice",
    ),
    (
        "deflate-unknown-taken",
        Role::Client,
        "deflate.negotiation.client-refuses-unknown",
    ),
    (
        "deflate-repeated-taken",
        Role::Client,
        "deflate.negotiation.client-refuses-server-flag-twice",
    ),
    (
        "deflate-repeated-taken",
        Role::Client,
        "deflate.negotiation.client-refuses-client-window-twice",
    ),
    (
        "deflate-value-missing-taken",
        Role::Client,
        "deflate.negotiation.client-refuses-server-window-without",
    ),
    (
        "deflate-value-missing-taken",
        Role::Client,
        "deflate.negotiation.client-refuses-client-window-without",
    ),
    (
        "deflate-value-unexpected-taken",
        Role::Client,
        "deflate.negotiation.client-refuses-client-flag-value",
    ),
    (
        "deflate-value-text-taken",
        Role::Client,
        "deflate.negotiation.client-refuses-server-window-text",
    ),
    (
        "deflate-leading-zero-taken",
        Role::Client,
        "deflate.negotiation.client-refuses-server-window-leading",
    ),
    (
        "deflate-window-range-taken",
        Role::Client,
        "deflate.negotiation.client-refuses-client-window-16",
    ),
    (
        "extension-unoffered-taken",
        Role::Client,
        "deflate.negotiation.client-rival",
    ),
    ("stalls-always", Role::Server, "close.fail.incomprehensible"),
    ("stalls-always", Role::Server, "handshake.page."),
    ("wrong-bytes", Role::Server, "message.large.whole"),
    ("truncates-65535", Role::Server, "message.large.fragments"),
    ("truncates-65535", Role::Server, "message.large.writes"),
    ("wrong-kind", Role::Server, "message.large.lock-step"),
    ("asks-lower-case", Role::Client, "client.request.method"),
    ("asks-post", Role::Client, "client.request.method"),
    ("asks-http-1-0", Role::Client, "client.request.http-version"),
    ("asks-bare-lf", Role::Client, "client.request.grammar"),
    ("asks-cr-only", Role::Client, "client.request.grammar"),
    ("asks-unfinished", Role::Client, "client.request.grammar"),
    ("asks-folded", Role::Client, "client.request.grammar"),
    ("asks-two-blanks", Role::Client, "client.request.grammar"),
    (
        "asks-blank-before-colon",
        Role::Client,
        "client.request.grammar",
    ),
    ("asks-no-host", Role::Client, "client.request.host"),
    ("asks-two-hosts", Role::Client, "client.request.host"),
    ("asks-wrong-host", Role::Client, "client.request.host"),
    ("asks-userinfo", Role::Client, "client.request.userinfo"),
    ("asks-no-upgrade", Role::Client, "client.request.upgrade"),
    (
        "asks-no-connection",
        Role::Client,
        "client.request.connection",
    ),
    ("asks-no-key", Role::Client, "client.key.form"),
    ("asks-key-4", Role::Client, "client.key.form"),
    ("asks-key-20", Role::Client, "client.key.form"),
    ("asks-key-unpadded", Role::Client, "client.key.form"),
    (
        "asks-key-sample",
        Role::Client,
        "client.key.no-constant-rfc-sample",
    ),
    (
        "asks-key-zero",
        Role::Client,
        "client.key.no-constant-zeros",
    ),
    ("asks-two-keys", Role::Client, "client.key.once"),
    ("asks-no-version", Role::Client, "client.version.13"),
    ("asks-version-8", Role::Client, "client.version.13"),
    ("asks-version-013", Role::Client, "client.version.13"),
    ("asks-version-list", Role::Client, "client.version.13"),
    ("asks-two-versions", Role::Client, "client.version.once"),
    ("asks-body", Role::Client, "client.request.further-fields"),
    ("asks-elsewhere", Role::Client, "client.request.target-"),
    ("asks-root", Role::Client, "client.request.target-escapes"),
    (
        "asks-query-lost",
        Role::Client,
        "client.request.target-without-path-query",
    ),
    (
        "asks-query-bare",
        Role::Client,
        "client.request.target-without-path-query",
    ),
    (
        "asks-decoded",
        Role::Client,
        "client.request.target-escapes",
    ),
    ("asks-number-sign", Role::Client, "client.uri.number-sign"),
    ("asks-fragment", Role::Client, "client.uri.fragment"),
    ("asks-raw-utf8", Role::Client, "client.uri.not-ascii"),
    ("asks-raw-host", Role::Client, "client.host.not-ascii"),
    ("close-code-lost", Role::Server, "close.start"),
    ("close-code-lost", Role::Client, "close.start"),
    ("close-not-sent", Role::Server, "close.start"),
    ("close-not-sent", Role::Client, "close.start"),
    ("asks-ws-uri", Role::Client, "client.request.target"),
    (
        "asks-space",
        Role::Client,
        "client.uri.outside-the-grammar-blank",
    ),
    ("asks-injected", Role::Client, "client.uri.injects"),
    (
        "asks-protocols-blanks",
        Role::Client,
        "client.subprotocol.offer",
    ),
    (
        "asks-protocols-semicolon",
        Role::Client,
        "client.subprotocol.offer-commas",
    ),
    (
        "asks-protocols-twice",
        Role::Client,
        "client.subprotocol.offer",
    ),
];

/// Fault of the output, a prefix of the id of a case that brings it out, and the passive rule that it breaks.
const NOTED: &[(&str, &str, Violation)] = &[
    (
        "deflate-window-exceeded",
        "deflate.window.theirs",
        Violation::DeflateBeyondWindow,
    ),
    (
        "deflate-window-exceeded",
        "deflate.data.terms-window-9",
        Violation::DeflateBeyondWindow,
    ),
    (
        "deflate-context-kept",
        "deflate.context.ours-keep-theirs-drop",
        Violation::DeflateBeyondMessage,
    ),
    (
        "deflate-context-kept",
        "deflate.data.terms-no-takeover",
        Violation::DeflateBeyondMessage,
    ),
    (
        "deflate-tail-kept",
        "deflate.data.size",
        Violation::DeflateUnfinished,
    ),
];

fn failing<'a>(
    corpus: &'a Corpus,
    role: Role,
    peer: &'a Peer,
    prefix: &'a str,
) -> impl Iterator<Item = &'a Case> {
    // What is large is left out where all are asked for: it takes long and shows nothing more.
    let light = move |c: &Case| !prefix.is_empty() || c.weight() < 1 << 20;
    let meant = corpus
        .cases
        .iter()
        .filter(move |c| c.roles.contains(&role) && c.id.starts_with(prefix) && light(c));
    let meant = meant.filter(|c| c.wants_beyond(memory::ABILITIES).is_none());
    let mut setup = Setup::new(role, "wsspec.invalid", "/");
    // What the probe of a real run would find out.
    setup.pongs = !peer.output.no_pong;
    let fails = move |case: &&Case| {
        memory::run(case, &setup, peer, Chunking::Whole).verdict == Verdict::Fail
    };
    meant.map(AsRef::as_ref).filter(fails)
}

#[test]
fn each_fault_fails_a_case_meant_for_it() {
    let corpus = Corpus::embedded().unwrap_or_else(|e| panic!("{e:?}"));
    for (name, role, prefix) in MEANT {
        let fault = Fault::named(name).unwrap_or_else(|| panic!("no fault {name}"));
        let peer = fault.peer();
        let failed = failing(&corpus, *role, &peer, prefix).next();
        assert!(
            failed.is_some(),
            "nothing below {prefix} fails a peer that {}",
            fault.about
        );
    }
}

#[test]
fn each_fault_of_the_output_is_noted() {
    let corpus = Corpus::embedded().unwrap_or_else(|e| panic!("{e:?}"));
    for (name, prefix, violation) in NOTED {
        let peer = Fault::named(name)
            .unwrap_or_else(|| panic!("no fault {name}"))
            .peer();
        for role in [Role::Server, Role::Client] {
            let setup = Setup::new(role, "wsspec.invalid", "/");
            let meant = corpus
                .cases
                .iter()
                .filter(|c| c.roles.contains(&role) && c.id.starts_with(prefix));
            let faults = meant.flat_map(|case| {
                memory::run(case, &setup, &peer, Chunking::Whole)
                    .observed
                    .faults
            });
            assert!(
                faults.into_iter().any(|f| f.violation == *violation),
                "{name} as {}",
                role.name()
            );
        }
    }
}

/// The right peer offers permessage-deflate, so this case needs one that does not.
#[test]
fn compression_that_was_not_offered_is_refused() {
    let corpus = Corpus::embedded().unwrap_or_else(|e| panic!("{e:?}"));
    let case = corpus
        .cases
        .iter()
        .find(|c| c.id == "deflate.negotiation.client-unoffered")
        .unwrap();
    let setup = Setup::new(Role::Client, "wsspec.invalid", "/");
    let verdict = |peer: Peer| memory::run(case, &setup, &peer, Chunking::Whole).verdict;
    assert_eq!(verdict(Peer::right()), Verdict::Skipped);
    assert_eq!(verdict(Peer::right().without_compression()), Verdict::Pass);
    let faulty = Fault::named("extension-unoffered-taken").unwrap().peer();
    assert_eq!(verdict(faulty.without_compression()), Verdict::Fail);
}

#[test]
fn what_is_allowed_is_never_a_failure() {
    let corpus = Corpus::embedded().unwrap_or_else(|e| panic!("{e:?}"));
    for name in [
        "drops-always",
        "length-form-ignored",
        "pings",
        "asks-protocols-sorted",
    ] {
        let peer = Fault::named(name)
            .unwrap_or_else(|| panic!("no fault {name}"))
            .peer();
        for role in [Role::Server, Role::Client] {
            let failed: Vec<&str> = failing(&corpus, role, &peer, "")
                .map(|c| c.id.as_str())
                .collect();
            assert!(failed.is_empty(), "{name} as {}: {failed:?}", role.name());
        }
    }
}

//! Every planted fault is caught, by a case meant for it; the right peer in its right forms never is.

use wsspec::drive::memory::{self, Chunking};
use wsspec::exchange::Setup;
use wsspec::peer::{Fault, Peer};
use wsspec::vector::{Case, Corpus};
use wsspec_core::Role;
use wsspec_reports::Verdict;

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
    ("length-top-bit-ignored", Role::Server, "frame.length.top-bit"),
    ("utf8-ignored", Role::Server, "utf8."),
    ("version-ignored", Role::Server, "handshake.version."),
    ("method-ignored", Role::Server, "handshake.request-line.method"),
    ("key-missing-ignored", Role::Server, "handshake.key.missing"),
    ("upgrade-ignored", Role::Server, "handshake.upgrade-header."),
    ("connection-ignored", Role::Server, "handshake.connection-header."),
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
    ("asks-blank-before-colon", Role::Client, "client.request.grammar"),
    ("asks-no-host", Role::Client, "client.request.host"),
    ("asks-two-hosts", Role::Client, "client.request.host"),
    ("asks-wrong-host", Role::Client, "client.request.host"),
    ("asks-userinfo", Role::Client, "client.request.userinfo"),
    ("asks-no-upgrade", Role::Client, "client.request.upgrade"),
    ("asks-no-connection", Role::Client, "client.request.connection"),
    ("asks-no-key", Role::Client, "client.key.form"),
    ("asks-key-4", Role::Client, "client.key.form"),
    ("asks-key-20", Role::Client, "client.key.form"),
    ("asks-key-unpadded", Role::Client, "client.key.form"),
    ("asks-key-sample", Role::Client, "client.key.no-constant-rfc-sample"),
    ("asks-key-zero", Role::Client, "client.key.no-constant-zeros"),
    ("asks-two-keys", Role::Client, "client.key.once"),
    ("asks-no-version", Role::Client, "client.version.13"),
    ("asks-version-8", Role::Client, "client.version.13"),
    ("asks-version-013", Role::Client, "client.version.13"),
    ("asks-version-list", Role::Client, "client.version.13"),
    ("asks-two-versions", Role::Client, "client.version.once"),
    ("asks-body", Role::Client, "client.request.further-fields"),
    ("asks-elsewhere", Role::Client, "client.request.target-"),
    ("asks-root", Role::Client, "client.request.target-escapes"),
    ("asks-query-lost", Role::Client, "client.request.target-without-path-query"),
    ("asks-query-bare", Role::Client, "client.request.target-without-path-query"),
    ("asks-decoded", Role::Client, "client.request.target-escapes"),
    ("asks-number-sign", Role::Client, "client.uri.number-sign"),
    ("asks-fragment", Role::Client, "client.uri.fragment"),
    ("asks-raw-utf8", Role::Client, "client.uri.not-ascii"),
    ("asks-ws-uri", Role::Client, "client.request.target"),
    ("asks-space", Role::Client, "client.uri.outside-the-grammar-blank"),
    ("asks-injected", Role::Client, "client.uri.injects"),
    ("asks-protocols-blanks", Role::Client, "client.subprotocol.offer"),
    ("asks-protocols-semicolon", Role::Client, "client.subprotocol.offer-commas"),
    ("asks-protocols-twice", Role::Client, "client.subprotocol.offer"),
];

fn failing<'a>(corpus: &'a Corpus, role: Role, peer: &Peer, prefix: &str) -> Vec<&'a Case> {
    // What is large is left out where all are asked for: it takes long and shows nothing more.
    let light = |c: &Case| !prefix.is_empty() || c.weight() < 1 << 20;
    let meant = corpus.cases.iter().filter(|c| c.roles.contains(&role) && c.id.starts_with(prefix) && light(c));
    let mut setup = Setup::new(role, "wsspec.invalid", "/");
    // What the probe of a real run would find out.
    setup.pongs = !peer.policy.output.no_pong;
    let fails = |case: &&Case| memory::run(case, &setup, peer, Chunking::Whole).verdict == Verdict::Fail;
    meant.map(AsRef::as_ref).filter(fails).collect()
}

#[test]
fn each_fault_fails_a_case_meant_for_it() {
    let corpus = Corpus::embedded().unwrap_or_else(|e| panic!("{e:?}"));
    for (name, role, prefix) in MEANT {
        let fault = Fault::named(name).unwrap_or_else(|| panic!("no fault {name}"));
        let failed = failing(&corpus, *role, &fault.peer(), prefix);
        assert!(!failed.is_empty(), "nothing below {prefix} fails a peer that {}", fault.about);
    }
}

#[test]
fn what_is_allowed_is_never_a_failure() {
    let corpus = Corpus::embedded().unwrap_or_else(|e| panic!("{e:?}"));
    for name in ["drops-always", "length-form-ignored", "pings", "asks-protocols-sorted"] {
        let peer = Fault::named(name).unwrap_or_else(|| panic!("no fault {name}")).peer();
        for role in [Role::Server, Role::Client] {
            let failed: Vec<&str> = failing(&corpus, role, &peer, "").iter().map(|c| c.id.as_str()).collect();
            assert!(failed.is_empty(), "{name} as {}: {failed:?}", role.name());
        }
    }
}

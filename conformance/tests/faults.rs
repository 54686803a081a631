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
];

fn failing<'a>(corpus: &'a Corpus, role: Role, peer: &Peer, prefix: &str) -> Vec<&'a Case> {
    let meant = corpus.cases.iter().filter(|c| c.roles.contains(&role) && c.id.starts_with(prefix));
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
    for name in ["drops-always", "length-form-ignored"] {
        let peer = Fault::named(name).unwrap_or_else(|| panic!("no fault {name}")).peer();
        for role in [Role::Server, Role::Client] {
            let failed: Vec<&str> = failing(&corpus, role, &peer, "").iter().map(|c| c.id.as_str()).collect();
            assert!(failed.is_empty(), "{name} as {}: {failed:?}", role.name());
        }
    }
}

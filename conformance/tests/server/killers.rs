//! Each planted killer is named by the cases that send what kills it, and by no others.

use std::path::Path;

use super::run::{Ran, kill};

/// A planted killer.
struct Planted {
    kind: &'static str,
    /// Cases to run; some of them kill it.
    patterns: &'static [&'static str],
    /// A prefix of the ids of all cases that do, and a part of each id.
    killing: &'static [(&'static str, &'static str)],
    /// At least this many kill it.
    least: usize,
    /// The key of the reason.
    key: &'static str,
}

const PLANTED: &[Planted] = &[
    Planted {
        kind: "signal",
        patterns: &["frame.mask.*"],
        killing: &[("frame.mask.wrong-", "")],
        least: 20,
        key: "death.signal",
    },
    Planted {
        kind: "clean-exit",
        patterns: &["frame.opcode.*"],
        killing: &[("frame.opcode.", "")],
        least: 40,
        key: "death.clean-exit",
    },
    Planted {
        kind: "field",
        patterns: &["handshake.key.*", "handshake.version.*"],
        killing: &[("handshake.key.twice-", "")],
        least: 2,
        key: "death.exit",
    },
    Planted {
        kind: "hang",
        patterns: &["frame.length.top-bit-*", "control.ping-*"],
        killing: &[("frame.length.top-bit-", "")],
        least: 5,
        key: "death.hang",
    },
    Planted {
        kind: "listener",
        patterns: &["utf8.former-*", "control.ping-*"],
        killing: &[("utf8.former-", "")],
        least: 3,
        key: "death.listener-lost",
    },
    Planted {
        kind: "late",
        patterns: &["frame.rsv.*", "control.*"],
        killing: &[("frame.rsv.", "2")],
        least: 15,
        key: "death.signal",
    },
    Planted {
        kind: "memory",
        patterns: &["control.*"],
        killing: &[("control.fragmented-", ""), ("control.unfinished-", "")],
        least: 5,
        key: "death.signal",
    },
    Planted {
        kind: "reset",
        patterns: &["close.fail.rst-*"],
        killing: &[("close.fail.rst-", "")],
        least: 2,
        key: "death.exit",
    },
    Planted {
        kind: "half-close",
        patterns: &["close.fail.*"],
        killing: &[("close.fail.fin-", "")],
        least: 2,
        key: "death.signal",
    },
    Planted {
        kind: "third",
        patterns: &["third.*", "control.ping-*"],
        killing: &[("third.three", "")],
        least: 1,
        key: "death.exit",
    },
    Planted {
        kind: "several",
        patterns: &["message.*"],
        killing: &[("message.", "")],
        least: 3,
        key: "death.signal",
    },
    Planted {
        kind: "worker",
        patterns: &["close.code.*"],
        killing: &[("close.code.unassigned-", "")],
        least: 3,
        key: "death.worker-lost",
    },
];

/// Planted killers that take seconds.
const QUICK: &[&str] = &["field", "reset", "third", "worker"];

fn ran(planted: &Planted) -> Ran {
    let third = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/server/third.json");
    kill(
        planted.kind,
        planted.kind,
        planted.patterns,
        &["--also", third.to_str().unwrap()],
    )
}

/// All that kill it are named, nothing else is troubled, and the run comes to its end.
fn named(planted: &Planted) {
    let Planted {
        kind,
        killing,
        least,
        key,
        ..
    } = planted;
    let ran = ran(planted);
    assert_eq!(
        (ran.code, ran.ended()),
        (Some(1), "complete"),
        "{kind}: {}",
        ran.output
    );
    let troubled = ran.troubled();
    assert!(troubled.len() >= *least, "{kind}: {troubled:?}");
    for (id, reason) in troubled {
        assert!(
            killing
                .iter()
                .any(|(prefix, part)| id.starts_with(prefix) && id.contains(part)),
            "{kind} is not killed by {id}"
        );
        assert_eq!(&reason, key, "{kind}: {id}");
        let row = ran.row(id);
        assert_eq!(row["verdict"], "fail");
        assert_eq!(row["impact"], "security");
        assert_eq!(row["requirements"][0], "RFC6455-10.7-1");
        assert_eq!(row["broken"], "RFC6455-10.7-1");
    }
    // However their conversations went, they are one cause.
    let causes = ran.target["causes"].as_array().unwrap();
    for cause in causes
        .iter()
        .filter(|cause| cause["requirement"] == "RFC6455-10.7-1")
    {
        assert_eq!(cause["key"], *key, "{kind}");
    }
}

#[test]
fn what_kills_a_server_is_named() {
    for planted in PLANTED
        .iter()
        .filter(|planted| QUICK.contains(&planted.kind))
    {
        named(planted);
    }
}

#[test]
#[ignore = "takes minutes: every planted killer"]
fn every_planted_killer_is_named() {
    PLANTED.iter().for_each(named);
}

/// The last lines of standard error are in the reason.
#[test]
fn a_traceback_is_shown() {
    let ran = kill("traceback", "field", &["handshake.key.twice-*"], &[]);
    let stderr = ran.row("handshake.key.twice-same")["stderr"]
        .as_array()
        .unwrap();
    assert_eq!(stderr.last().unwrap(), "RuntimeError: two keys, planted");
    // The command that runs it again starts the server, too.
    let again = ran.target["again"].as_str().unwrap();
    assert!(again.starts_with("wsspec server "), "{again}");
}

/// What nothing kills is judged as by its URL.
#[test]
fn a_server_that_lives_passes() {
    let ran = kill("lives", "gentle", &["control.ping-*", "close.code.*"], &[]);
    assert_eq!(
        (ran.code, ran.troubled().len()),
        (Some(0), 0),
        "{}",
        ran.output
    );
}

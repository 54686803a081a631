//! The known differences exist, are documented, and are the only ones. Runs on stable, without
//! cargo-fuzz.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use wsspec_core::Role;
use wsspec_fuzz::differential::known::{How, KNOWN, Known};
use wsspec_fuzz::differential::peer::{End, Peer};
use wsspec_fuzz::differential::{PLAN, check, compare};

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The path of the input that shows it.
fn input(known: &Known) -> Vec<u8> {
    [
        &[u8::from(known.reader == Role::Client), 0],
        &known.example.bytes()[..],
    ]
    .concat()
}

#[test]
fn every_known_difference_is_one_and_the_list_has_it() {
    for known in KNOWN {
        let bytes = known.example.bytes();
        let met = compare(known.peer, known.reader, &bytes, usize::MAX, KNOWN).unwrap();
        assert_eq!(met, [known.name]);
        assert!(
            compare(known.peer, known.reader, &bytes, usize::MAX, &[]).is_err(),
            "{} is none",
            known.name
        );
    }
}

#[test]
fn the_page_and_the_regressions_say_what_the_list_says() {
    let update = std::env::var_os("WSSPEC_UPDATE").is_some();
    let mut files = vec![(here("DIFFERENCES.md"), page().into_bytes())];
    files.extend(KNOWN.iter().map(|known| {
        (
            here("regressions/differential").join(known.name),
            input(known),
        )
    }));
    for (path, right) in files {
        if update {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &right).unwrap();
        }
        assert!(
            std::fs::read(&path).is_ok_and(|is| is == right),
            "{}: WSSPEC_UPDATE=1 writes it",
            path.display()
        );
    }
}

#[test]
fn regressions_differ_only_as_known() {
    for file in std::fs::read_dir(here("regressions/differential")).unwrap() {
        let path = file.unwrap().path();
        println!("{}", path.display());
        check(&std::fs::read(path).unwrap());
    }
}

#[test]
fn plans_differ_only_as_known() {
    let mut state = 1u64;
    let mut byte = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    for length in 0..20_000 {
        let mut data: Vec<u8> = (0..2 + length % 200).map(|_| byte()).collect();
        data[0] |= PLAN;
        check(&data);
    }
}

/// Returns the content of DIFFERENCES.md.
fn page() -> String {
    let mut page = "\
# Where other implementations differ from ours

The target `differential` gives the same bytes to `wsspec_core::message::MessageReader` and to three other libraries,
each with a limit of 1000 bytes on messages, and compares the messages and control frames in order, whether the stream
was refused, and the close code if the library sends one. The known differences are listed here; any other is a
finding. `src/differential/known.rs` has this list as data. The test `differential` checks it against the libraries and
writes this page (`WSSPEC_UPDATE=1 cargo test --features differential`). Compression and the opening handshake are not
compared.
"
    .to_owned();
    for peer in Peer::ALL {
        let _ = writeln!(page, "\n## {}", peer.name());
        for known in KNOWN.iter().filter(|known| known.peer == peer) {
            let bytes = known.example.bytes();
            let (items, end) =
                wsspec_fuzz::differential::peer::ours(known.reader, &bytes, Default::default());
            let ours = match (&end, items.last()) {
                (Err(fault), _) => format!("`{}` at byte {}", fault.violation.name(), fault.offset),
                (Ok(End::Closed), _) => "a Close frame".to_owned(),
                (Ok(_), _) => "a message".to_owned(),
            };
            let rules: Vec<_> = known
                .rules
                .iter()
                .map(|rule| format!("`{}`", rule.name()))
                .collect();
            let from = if known.reader == Role::Server {
                "a client"
            } else {
                "a server"
            };
            let how = match known.how {
                How::Passes => {
                    "It goes on as if the rule did not exist; what follows is compared.".to_owned()
                }
                How::Later => "It refuses later, which is checked.".to_owned(),
                How::OwnWay => "What follows is not compared.".to_owned(),
                How::Code(code) => format!("It refuses with {code}."),
                How::Refuses => "It refuses what we accept.".to_owned(),
            };
            let _ = writeln!(page, "\n### {}\n", known.name);
            let _ = writeln!(page, "- from {from}: `{}`", hex(&bytes));
            let _ = writeln!(page, "- it reports: {}. {how}", known.reports);
            let _ = writeln!(page, "- ours reports: {ours}");
            if !rules.is_empty() {
                let _ = writeln!(page, "- about: {}", rules.join(", "));
            }
            let _ = writeln!(
                page,
                "- {}. Conforming: {}.",
                known.clause, known.conforming
            );
        }
    }
    page
}

/// Returns the bytes in hex; of a long example, the beginning.
fn hex(bytes: &[u8]) -> String {
    let hex: String = bytes
        .iter()
        .take(24)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    if bytes.len() > 24 {
        format!(
            "{hex}… ({} bytes; the rest repeats, or is the next frame)",
            bytes.len()
        )
    } else {
        hex
    }
}

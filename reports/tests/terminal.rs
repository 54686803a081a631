//! The report on a terminal, as narrow as they get.

mod common;

use std::collections::BTreeSet;

use common::{case, each, failing, report};
use serde_json::{Value, json};
use wsspec_reports::terminal::{self, DETAILS, Options};
use wsspec_reports::{Report, Verdict};

/// The report on the first target, `width` columns wide.
fn shown(report: &Report, width: usize) -> String {
    let options = Options {
        color: false,
        width,
        whole_last_line: false,
        details: DETAILS,
        verbose: false,
    };
    terminal::render(report, &report.targets[0], &options)
}

/// The line that contains `part`.
fn line<'a>(text: &'a str, part: &str) -> &'a str {
    let mut lines = text.lines();
    lines
        .find(|line| line.contains(part))
        .unwrap_or_else(|| panic!("{part}: {text}"))
}

fn skipped(id: &str, key: &str) -> Value {
    let mut row = case(id, "skipped", "because");
    row["reason_key"] = key.into();
    row
}

/// A failure whose target sent these bytes, in hex.
fn sent_by_target(hex: &str) -> Report {
    let mut row = failing("frame.mask.a", "RFC6455-5.1-1", "accepts.mask-missing");
    row["opening"] = true.into();
    row["transcript"] = json!({"target_role": "client", "entries": [
        {"at_us": 3, "who": "target", "what": "bytes", "data": hex},
    ]});
    report(&[row])
}

#[test]
fn no_word_is_broken_and_no_line_is_too_long() {
    let report = each();
    let words = |width| -> Vec<String> {
        let text = shown(&report, width);
        // Bytes are in brackets only where they share a line.
        let words = text
            .split_whitespace()
            .map(|word| word.trim_matches(['[', ']']));
        words.map(str::to_owned).collect()
    };
    let whole: BTreeSet<String> = words(1000).into_iter().collect();
    for width in [60, 80] {
        for word in words(width) {
            assert!(whole.contains(&word), "{word} at {width}");
        }
        for line in shown(&report, width).lines() {
            let again = line.trim_start().starts_with("again ");
            let one_word = line.split_whitespace().count() == 1;
            let fits = line.chars().count() <= width;
            assert!(fits || again || one_word, "{width}: {line}");
        }
    }
}

#[test]
fn causes_come_before_families_and_the_counts_come_last() {
    let text = shown(&each(), 80);
    let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part}: {text}"));
    let order = [
        at("What broke"),
        at("FAIL "),
        at("Skipped"),
        at("Families"),
        at("7 cases in "),
    ];
    assert!(order.is_sorted(), "{text}");
}

#[test]
fn a_family_has_a_cell_for_each_verdict_worst_first() {
    let mut rows: Vec<Value> = (0..4)
        .map(|n| case(&format!("frame.{n}"), "pass", ""))
        .collect();
    rows.push(case("frame.x", "fail", "because"));
    rows.push(case("frame.y", "non-strict", "because"));
    rows.push(case("close.a", "pass", ""));
    let text = shown(&report(&rows), 80);
    assert_eq!(line(&text, "  frame  "), "  frame  ✗ 1 ~ 1 ✓ 4");
    assert_eq!(line(&text, " all: "), "  ✓ all: close 1");
    assert_eq!(
        line(&text, "Families"),
        "Families  ✗ fail, ~ non-strict, ✓ pass"
    );
}

#[test]
fn marks_are_distinct() {
    let marks: BTreeSet<char> = Verdict::ALL.into_iter().map(Verdict::mark).collect();
    assert_eq!(marks.len(), Verdict::ALL.len());
}

#[test]
fn skipped_cases_are_counted_by_what_they_need() {
    let text = shown(
        &report(&[
            skipped("deflate.a", "needs.deflate"),
            skipped("deflate.b", "needs.deflate"),
            skipped("message.a", "needs.echo"),
        ]),
        80,
    );
    let groups = "Skipped\n  2 deflate: the target agrees on no permessage-deflate\n  1 echo: the target does not echo\n\n";
    assert!(text.contains(groups), "{text}");
}

#[test]
fn a_caret_is_under_the_byte_it_speaks_of() {
    // A frame of a client without a mask: the second byte shows it.
    let text = shown(&sent_by_target("810178"), 80);
    let hex = line(&text, " 81 01 78");
    let caret = line(&text, "^ ");
    let column = |line: &str, part: char| line.chars().position(|c| c == part).unwrap();
    assert_eq!(column(caret, '^'), column(hex, '8') + 3, "{text}");
}

#[test]
fn a_caret_is_under_the_field_it_speaks_of() {
    let head = "GET / HTTP/1.1\r\nHost: a b\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    let text = shown(
        &sent_by_target(&wsspec_core::dissect::hex_digits(head.as_bytes())),
        80,
    );
    let lines: Vec<&str> = text.lines().collect();
    let caret = lines.iter().position(|line| line.contains("^ ")).unwrap();
    assert!(lines[caret - 1].ends_with("Host: a b"), "{text}");
    let column = |line: &str, part: char| line.chars().position(|c| c == part).unwrap();
    assert_eq!(column(lines[caret], '^'), column(lines[caret - 1], 'H'));
}

#[test]
fn quiet_is_one_line_with_the_counts() {
    let report = each();
    let options = Options {
        color: false,
        width: 60,
        whole_last_line: false,
        details: DETAILS,
        verbose: false,
    };
    let text = terminal::one_line(&report, &report.targets[0], &options);
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.starts_with("ws://127.0.0.1:1/  7 cases in "), "{text}");
}

#[test]
fn for_programs_the_counts_are_the_last_line() {
    let report = each();
    let options = Options {
        color: false,
        width: 60,
        whole_last_line: true,
        details: DETAILS,
        verbose: false,
    };
    let text = terminal::render(&report, &report.targets[0], &options);
    let last = text.lines().last().unwrap();
    assert!(
        last.starts_with("7 cases in ") && last.ends_with(" cases judged"),
        "{last}"
    );
}

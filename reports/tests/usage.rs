//! What the processes of a target took over a run, as the page and the terminal tell it.

mod common;

use serde_json::{Value, json};
use wsspec_reports::merge::merge;
use wsspec_reports::{Format, Moment, Report, Timeline, terminal};

/// A run of which the processes were seen twice.
fn watched() -> Report {
    let mut report = common::report(&[common::case("control.ping-0", "pass", "")]);
    let mut timeline = Timeline::default();
    for (at_ms, memory_kib, cpu_ms) in [(0, 20 << 10, 0), (200, 30 << 10, 150)] {
        timeline.add(Moment {
            at_ms,
            memory_kib,
            cpu_ms,
            threads: 4,
            files: 9,
        });
    }
    report.targets[0].usage = Some(timeline);
    report
}

#[test]
fn the_page_has_the_moments_for_its_plot_and_the_words_for_everybody() {
    let report = watched();
    let words = report.targets[0].usage.as_ref().unwrap().to_string();
    let page = common::written(Format::Html, &report);
    let (_, rest) = page.split_once("id=\"index\">").unwrap();
    let (index, _) = rest.split_once("</script>").unwrap();
    let index: Value = serde_json::from_str(index).unwrap();
    let usage = &index["targets"][0]["usage"];
    assert_eq!(usage["moments"], json!([[0, 20480, 0], [200, 30720, 150]]));
    assert_eq!(usage["text"], words);
    let (_, rest) = page.split_once("<noscript>").unwrap();
    let (plain, _) = rest.split_once("</noscript>").unwrap();
    assert!(plain.contains(&words), "{plain}");
}

#[test]
fn the_terminal_tells_it_in_a_line_before_the_counts() {
    let report = watched();
    let target = &report.targets[0];
    let words = target.usage.as_ref().unwrap().to_string();
    let options = terminal::Options {
        color: false,
        width: 100,
        whole_last_line: false,
        details: terminal::DETAILS,
        verbose: false,
    };
    let text = terminal::render(&report, target, &options);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (_, after) = text.split_once(&words).unwrap();
    assert!(after.contains("1 pass"), "{text}");
}

/// Each shard has had processes of its own.
#[test]
fn a_report_keeps_it_and_merged_shards_have_none() {
    let report = watched();
    let stored = serde_json::to_string(&report).unwrap();
    let read: Report = serde_json::from_str(&stored).unwrap();
    assert_eq!(read.targets[0].usage, report.targets[0].usage);
    let mut other = report.clone();
    other.targets[0].cases[0].duration_ms += 1.0;
    let merged = merge(vec![report, other]).unwrap();
    assert_eq!(merged.targets[0].usage, None);
}

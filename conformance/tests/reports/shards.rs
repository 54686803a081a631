//! Shards of a run, and the whole.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::common::{Echo, FEW, read, run, scratch, text};

#[test]
fn shards_merge_to_the_whole() {
    let dir = scratch("shards");
    let whole = dir.join("whole.json");
    run(&[&FEW[..], &["--json", text(&whole)]].concat());
    let shards: Vec<PathBuf> = (1..=8).map(|i| dir.join(format!("{i}.json"))).collect();
    for (i, shard) in shards.iter().enumerate() {
        let (code, said) = run(&[
            &FEW[..],
            &["--shard", &format!("{}/8", i + 1), "--json", text(shard)],
        ]
        .concat());
        assert_eq!(code, Some(0), "{said}");
    }
    let merged = dir.join("merged.json");
    let files: Vec<&str> = shards.iter().map(|path| text(path)).collect();
    let (code, said) = run(&[&["merge"], &files[..], &["--json", text(&merged)]].concat());
    assert_eq!(code, Some(0), "{said}");
    // Without what depends on time and on how TCP cut the bytes.
    let timeless = |path: &Path| {
        let mut report = read(path);
        for key in ["started", "duration_ms"] {
            report[key] = Value::Null;
        }
        // The embedded server has another port each time.
        report["targets"][0]["url"] = Value::Null;
        report["targets"][0]["probe"]["round_trip_us"] = Value::Null;
        for case in report["targets"][0]["cases"].as_array_mut().unwrap() {
            for key in ["duration_ms", "transcript"] {
                case[key] = Value::Null;
            }
        }
        report.to_string()
    };
    assert!(timeless(&whole) == timeless(&merged));
    let (code, said) = run(&["diff", text(&whole), text(&merged)]);
    assert_eq!((code, said.as_str()), (Some(0), "no verdict changed\n"));

    // A lost shard is an error, unless --partial is given; then it can be merged later.
    assert_eq!(
        read(&shards[2])["targets"][0]["shards"]["parts"].to_string(),
        "[3]"
    );
    let some = dir.join("some.json");
    let without = [
        &["merge"],
        &files[..2],
        &files[3..],
        &["--json", text(&some)],
    ]
    .concat();
    let (code, said) = run(&without);
    assert!(
        code == Some(2) && said.contains("lacks these shards: 3/8;"),
        "{said}"
    );
    assert!(!some.exists());
    assert_eq!(run(&[&without[..], &["--partial"]].concat()).0, Some(0));
    let (code, said) = run(&["merge", text(&some), files[2], "--json", text(&merged)]);
    assert_eq!(code, Some(0), "{said}");
    assert!(timeless(&whole) == timeless(&merged));
    // A copy of a shard counts once.
    let twice = [&["merge"], &files[..], &[files[2], "--json", text(&merged)]].concat();
    assert_eq!(run(&twice).0, Some(0));
    assert!(timeless(&whole) == timeless(&merged));
}

#[test]
fn shards_of_a_server_at_two_addresses_need_a_name() {
    let dir = scratch("shards-named");
    let servers = [Echo::with(&[]), Echo::with(&[])];
    let merged = |name: &[&str]| {
        let parts: Vec<PathBuf> = (1..=2).map(|i| dir.join(format!("{i}.json"))).collect();
        for (i, part) in parts.iter().enumerate() {
            let shard = format!("{}/2", i + 1);
            let args = [servers[i].url(), "--shard", &shard, "--json", text(part)];
            let (code, said) = run(&[&FEW[..], &args, name].concat());
            assert_eq!(code, Some(0), "{said}");
        }
        let files = parts.iter().map(|part| text(part));
        let out = dir.join("merged.json");
        let command: Vec<&str> = ["merge", "--json", text(&out)]
            .into_iter()
            .chain(files)
            .collect();
        let (code, said) = run(&command);
        (code, said, out)
    };
    let (code, said, _) = merged(&[]);
    assert!(code == Some(2) && said.contains("--name"), "{said}");
    let (code, said, out) = merged(&["--name", "echo"]);
    assert_eq!(code, Some(0), "{said}");
    let targets = read(&out)["targets"].as_array().unwrap().clone();
    assert_eq!((targets.len(), &targets[0]["name"]), (1, &"echo".into()));
    // The name is of one server.
    let two = [servers[0].url(), servers[1].url(), "--name", "echo"];
    assert_eq!(run(&two).0, Some(2));
    assert_eq!(run(&["--name", "echo"]).0, Some(2));
}

#[test]
fn a_pattern_of_the_baseline_is_checked_in_the_whole_report_only() {
    let dir = scratch("shards-baseline");
    let echo = Echo::with(&["--fault", "mask-ignored"]);
    let known = dir.join("known.json");
    // One case fails: in most shards, all cases of the pattern pass.
    let cases = [
        "--filter",
        "frame.mask.wrong-text-empty",
        "--filter",
        "frame.mask.own-*",
        "--filter",
        "frame.mask.key-0*",
    ];
    let parts = |pattern: &str, exact: &str| {
        let entries =
            [pattern, exact].map(|case| format!(r#"{{"case": "{case}", "reason": "r"}}"#));
        fs::write(&known, format!(r#"{{"known": [{}]}}"#, entries.join(", "))).unwrap();
        let run_part = |i: usize| {
            let part = dir.join(format!("{i}.json"));
            // Half of the shards are counted from zero, as array jobs are.
            let (zero, one) = (
                format!("--shard-from-zero={}/8", i - 1),
                format!("--shard={i}/8"),
            );
            let shard = if i.is_multiple_of(2) { zero } else { one };
            let files = ["--baseline", text(&known), "--json", text(&part)];
            let (code, said) = run(&[&[echo.url(), shard.as_str()], &cases[..], &files].concat());
            (code, said, part)
        };
        let parts: Vec<_> = (1..=8).map(run_part).collect();
        let codes: Vec<Option<i32>> = parts.iter().map(|(code, ..)| *code).collect();
        let files: Vec<&str> = parts.iter().map(|(_, _, part)| text(part)).collect();
        let (out, merged) = (["--baseline", text(&known), "--markdown", "-"], ["merge"]);
        let (code, said) = run(&[&merged[..], &files, &out].concat());
        (codes, code, said)
    };
    let (codes, code, said) = parts("frame.mask.*", "frame.mask.wrong-text-empty");
    assert_eq!((codes, code), (vec![Some(0); 8], Some(0)), "{said}");
    let (codes, code, said) = parts("frame.mask.{wrong,own-close}*", "frame.mask.wrong-*");
    assert_eq!((codes, code), (vec![Some(0); 8], Some(0)), "{said}");
    // Every case of the pattern passes, which only the whole report shows.
    let (codes, code, said) = parts("frame.mask.own-*", "frame.mask.wrong-text-empty");
    assert_eq!((codes, code), (vec![Some(0); 8], Some(1)), "{said}");
    assert!(said.contains("own-\\* passes now"), "{said}");
    // There is no such case, which every shard can tell.
    let (codes, code, said) = parts("no.such.*", "frame.mask.wrong-text-empty");
    assert_eq!((codes, code), (vec![Some(1); 8], Some(1)), "{said}");
    // A single case that passes is noticed in its shard.
    let (codes, code, said) = parts("frame.mask.own-close", "frame.mask.wrong-text-empty");
    assert_eq!(
        (codes.iter().filter(|code| **code == Some(1)).count(), code),
        (1, Some(1)),
        "{said}"
    );
}

#[test]
fn a_shard_may_be_empty_if_the_whole_is_not() {
    let stored = scratch("empty-shard").join("run.json");
    // The only case is in one of the two shards.
    let counts = ["1/2", "2/2"].map(|shard| {
        let (code, said) = run(&[
            "--filter",
            "message.text-1000",
            "--shard",
            shard,
            "--json",
            text(&stored),
        ]);
        assert_eq!(code, Some(0), "{said}");
        let cases = read(&stored)["targets"][0]["cases"]
            .as_array()
            .unwrap()
            .clone();
        cases
            .iter()
            .filter(|case| case["id"] == "message.text-1000")
            .count()
    });
    assert_eq!(counts.iter().sum::<usize>(), 1);
    assert_eq!(run(&["--filter", "no.such", "--shard", "1/2"]).0, Some(2));
}

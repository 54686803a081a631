//! The site: every link leads somewhere, nothing of a peer is markup, the same data gives the same bytes, and a
//! folder that we did not make is left alone.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use common::{EVIL, each, report};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde_json::{Value, json};
use wsspec_reports::published::{self, Implementation};
use wsspec_reports::site::{Argument, Case, Command, GuideFile, Requirement, Site, Vector, write};
use wsspec_reports::{Clause, Impact, Report};

/// An empty folder of this test.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("site")
        .join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

fn about(name: &str) -> Value {
    json!({
        "name": name, "role": "server", "language": "Rust", "package": {"registry": "crates.io", "name": "mine"},
        "homepage": "https://example.org/", "transports": ["tcp", "h2"], "notes": "a & b",
        "unsupported": [{"feature": "permessage-deflate", "why": "its authors say so"}],
        "reading": [{"cause": "violation.mask-missing", "arguable": true, "seen": "81 00"}],
    })
}

fn run() -> Value {
    json!({"date": "2026-12-01", "tool": "wsspec 0.1.0", "command": ["wsspec", "ws://localhost:1/"], "platform": "linux",
        "reproduce": ["cargo add mine@1", "wsspec ws://localhost:1/ < /dev/null"]})
}

/// Adds a version to a folder of results.
fn publish(folder: &Path, id: &str, version: &str, report: &Report) {
    let of_version = folder.join(id).join(version);
    fs::create_dir_all(&of_version).unwrap();
    let put = |path: PathBuf, value: &Value| fs::write(path, value.to_string()).unwrap();
    put(folder.join(id).join("about.json"), &about(id));
    put(of_version.join("run.json"), &run());
    put(
        of_version.join("report.json"),
        &serde_json::to_value(report).unwrap(),
    );
}

/// Two implementations, one of them with two versions: each has failures of a peer that sends markup.
fn results(name: &str) -> PathBuf {
    let folder = folder(name);
    publish(&folder, "one", "1.9", &each());
    publish(
        &folder,
        "one",
        "1.10",
        &report(&[common::case("frame.mask.failed", "pass", "")]),
    );
    publish(&folder, "two", "3+b~1", &each());
    folder
}

fn site(implementations: Vec<Implementation>) -> Site {
    let vector = Vector {
        family: "frame.mask".into(),
        name: "{verdict}".into(),
        target: "a server".into(),
        impact: Some(Impact::Security),
        requirements: vec!["RFC6455-5.1-1".into(), "RFC0-1-1".into()],
        seen_in: vec![
            "a/b#7".into(),
            "CVE-2024-1".into(),
            "https://example.org/x".into(),
        ],
        cases: vec![Case {
            id: "frame.mask.failed".into(),
            about: "Masks.".into(),
        }],
        sample: each().targets[0].cases[0].transcript.clone(),
        source: "{\"id\": \"</script>\"}".into(),
        ..Vector::default()
    };
    Site {
        tool: "wsspec 0".into(),
        vectors_digest: "aa".into(),
        families: vec![("frame.mask".into(), "Masking.".into())],
        vectors: vec![vector],
        requirements: vec![Requirement {
            id: "RFC6455-5.1-1".into(),
            clause: Clause {
                clause: "RFC 6455 §5.1".into(),
                level: "MUST".into(),
                text: "A client masks.".into(),
                party: "client".into(),
            },
            outcomes: [
                ("passes", vec!["a".into()]),
                ("fails", vec!["b <i>".into()]),
                ("non-strict", vec![]),
            ],
            notes: None,
            testable: true,
        }],
        guide: vec![
            GuideFile {
                path: "README.md".into(),
                text: "# One\n[two](docs/tls.md#a-b)\n\n| a |\n|---|\n| b |\n".into(),
            },
            GuideFile {
                path: "docs/tls.md".into(),
                text: "# Two\n## A b\n[one](../README.md) <script>alert(1)</script>".into(),
            },
        ],
        repository: "https://example.org/r".into(),
        commands: vec![Command {
            name: "wsspec run".into(),
            usage: "wsspec run <URL>".into(),
            groups: vec![(
                "Options".into(),
                vec![Argument {
                    names: "--a <B>".into(),
                    ..Argument::default()
                }],
            )],
            ..Command::default()
        }],
        implementations,
    }
}

/// The pages of a site by name.
fn pages(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path
                    .strip_prefix(folder)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .replace('\\', "/");
                found.insert(name, fs::read_to_string(path).unwrap());
            }
        }
    }
    found
}

/// A whole site, with results, and its pages.
fn made(name: &str) -> BTreeMap<String, String> {
    let implementations = published::load(&results(&format!("{name}-results"))).unwrap();
    let to = folder(name);
    write(&site(implementations), &to).unwrap();
    pages(&to)
}

/// The attributes of an element, by name.
fn attributes(element: &BytesStart<'_>) -> BTreeMap<String, String> {
    let mut all = element.html_attributes();
    let all = all.with_checks(false).filter_map(Result::ok);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace("&#38;", "&");
    all.map(|attribute| (text(attribute.key.as_ref()), text(&attribute.value)))
        .collect()
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    attributes(element).remove(name)
}

/// The elements of a page, in order.
fn elements(page: &str) -> Vec<BytesStart<'static>> {
    let mut reader = Reader::from_str(page);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut found = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(element) | Event::Empty(element) => found.push(element.into_owned()),
            Event::Eof => return found,
            _ => {}
        }
    }
}

/// Number of cases that have their bytes.
fn with_bytes(report: &Report) -> usize {
    let cases = report.targets[0].cases.iter();
    cases.filter(|case| case.transcript.is_some()).count()
}

#[test]
fn what_is_added_has_the_bytes_of_one_case_of_each_cause() {
    let (from, to) = (results("add-from"), folder("add-to"));
    let mut before = each();
    let cases = &mut before.targets[0].cases;
    let bytes = cases[0].transcript.clone();
    let others = cases.clone().into_iter().map(|mut case| {
        case.id.push_str("-too");
        case
    });
    cases.extend(others.collect::<Vec<_>>());
    cases
        .iter_mut()
        .for_each(|case| case.transcript = bytes.clone());
    publish(&from, "one", "1.9", &before);
    let added = published::load(&from).map(|all| published::add(&all, &to).unwrap());
    assert_eq!(
        added.as_ref().map(|a| (a.implementations, a.reports)),
        Ok((2, 3))
    );
    let about = to.join("one/about.json");
    let noted = fs::read_to_string(&about).unwrap();
    fs::write(&about, noted.replace("81 00", "82 00")).unwrap();
    published::add(&published::load(&from).unwrap(), &to).unwrap();
    let kept = published::load(&to).unwrap();
    assert_eq!(kept[0].about.reading.len(), 1);
    assert_eq!(kept[0].about.reading[0].seen, "82 00");
    let after = kept[0].versions[0].report().unwrap();
    assert_eq!(after.targets[0].cases.len(), before.targets[0].cases.len());
    assert_eq!(with_bytes(&after), after.targets[0].causes.len());
    assert!(with_bytes(&before) > with_bytes(&after));
    assert!(published::check(&to, "").problems.is_empty());
    assert!(to.join("two/3+b~1/report.json.gz").exists());
}

#[test]
fn every_link_leads_to_a_page_and_every_anchor_is_there() {
    let pages = made("links");
    let html = pages
        .iter()
        .filter(|(_, text)| text.starts_with("<!doctype html>"));
    let anchors: BTreeMap<&str, BTreeSet<String>> = html
        .clone()
        .map(|(name, text)| {
            (
                name.as_str(),
                elements(text)
                    .iter()
                    .filter_map(|e| attribute(e, "id"))
                    .collect(),
            )
        })
        .collect();
    let mut followed = 0;
    for (name, text) in html {
        for element in elements(text) {
            let links = ["href", "src"]
                .into_iter()
                .filter_map(|key| attribute(&element, key));
            for link in links.filter(|link| !link.contains("://") && !link.starts_with("data:")) {
                let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
                let to = if path.is_empty() {
                    name.clone()
                } else {
                    joined(name, path)
                };
                assert!(pages.contains_key(&to), "{name}: {link}");
                if !anchor.is_empty() {
                    assert!(anchors[to.as_str()].contains(anchor), "{name}: {link}");
                }
                followed += 1;
            }
        }
    }
    assert!(followed > 100, "{followed}");
    for page in [
        "implementations/one.html",
        "implementations/one/1.9.html",
        "implementations/two.html",
        "guide/tls.html",
        "commands/run.html",
        "cases/frame.mask.failed.html",
        "families/frame.mask.html",
        "requirements/RFC6455-5.1-1.html",
    ] {
        assert!(pages.contains_key(page), "{page}");
    }
}

fn joined(from: &str, to: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in to.split('/') {
        if part == ".." {
            parts.pop().unwrap();
        } else {
            parts.push(part);
        }
    }
    parts.join("/")
}

#[test]
fn what_a_peer_sends_is_text() {
    let pages = made("hostile");
    let said = &pages["implementations/two.html"];
    assert!(said.contains("&#60;script&#62;alert(1)"), "it is shown");
    for (name, text) in &pages {
        assert!(
            !text.contains(EVIL) && !text.contains("<script>alert"),
            "{name}"
        );
        assert!(
            !text.contains(['\u{0}', '\u{1}', '\u{1b}', '\u{202e}']),
            "{name}"
        );
    }
    // The only scripts are ours, and no element has a handler.
    for (name, text) in pages
        .iter()
        .filter(|(_, text)| text.starts_with("<!doctype html>"))
    {
        for element in elements(text) {
            if element.name().as_ref() == b"script" {
                assert!(
                    attribute(&element, "src").unwrap().ends_with("site.js"),
                    "{name}"
                );
            }
            let keys = attributes(&element);
            let acts = |key: &String| key.starts_with("on") || key == "style";
            assert!(!keys.keys().any(acts), "{name}");
        }
    }
}

#[test]
fn the_same_data_gives_the_same_bytes() {
    let implementations = published::load(&results("same-results")).unwrap();
    let (one, other) = (folder("same-one"), folder("same-other"));
    write(&site(implementations.clone()), &one).unwrap();
    write(&site(implementations), &other).unwrap();
    assert!(pages(&one) == pages(&other));
}

#[test]
fn a_newer_site_replaces_the_older_one_and_touches_nothing_else() {
    let to = folder("again");
    let implementations = published::load(&results("again-results")).unwrap();
    write(&site(implementations), &to).unwrap();
    fs::write(to.join("cases/mine.txt"), "mine").unwrap();
    let without = site(Vec::new());
    write(&without, &to).unwrap();
    let left = pages(&to);
    assert!(
        !left.keys().any(|name| name.starts_with("implementations/")),
        "{:?}",
        left.keys()
    );
    assert!(!to.join("implementations").exists());
    assert_eq!(left["cases/mine.txt"], "mine");

    let others = folder("others");
    fs::write(others.join("index.html"), "theirs").unwrap();
    assert!(write(&without, &others).is_err());
    assert_eq!(pages(&others).len(), 1);
}

#[test]
fn versions_tell_what_changed() {
    let pages = made("history");
    let newest = &pages["implementations/one.html"];
    let text: Vec<&str> = newest.split("id=\"history\"").collect();
    let (later, earlier) = (text[1].find("1.10").unwrap(), text[1].find("1.9").unwrap());
    assert!(later < earlier, "the newest first");
    assert!(text[1].contains("no longer:"));
    assert!(!text[1].contains("<b>new:"));
}

#[test]
fn what_cannot_be_shown_is_named_with_its_file_and_field() {
    let good = results("check-good");
    let checked = published::check(&good, "aa");
    assert_eq!(checked.problems, []);
    assert_eq!((checked.implementations, checked.reports), (2, 3));
    assert_eq!(checked.notes, []);
    assert_eq!(
        published::check(&good, "bb").notes.len(),
        3,
        "other vectors"
    );

    let spoil = |name: &str, file: &str, change: fn(&mut Value)| {
        let folder = results(name);
        let path = folder.join(file);
        let mut value: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        change(&mut value);
        fs::write(&path, value.to_string()).unwrap();
        let checked = published::check(&folder, "aa");
        let problem = checked
            .problems
            .first()
            .unwrap_or_else(|| panic!("{name}"))
            .clone();
        assert_eq!(problem.file, path, "{problem}");
        problem.field
    };
    let about = "two/about.json";
    let run = "two/3+b~1/run.json";
    let report = "two/3+b~1/report.json";
    assert_eq!(
        spoil("markup", about, |v| v["name"] = "<b>x".into()),
        "name"
    );
    assert_eq!(
        spoil("control", about, |v| v["reading"][0]["seen"] =
            "a\u{1b}[1m".into()),
        "reading[0].seen"
    );
    assert_eq!(
        spoil("address", about, |v| v["homepage"] =
            "javascript:alert(1)".into()),
        "homepage"
    );
    assert_eq!(
        spoil("field", about, |v| v["package"]["evil"] = 1.into()),
        "package.evil"
    );
    assert_eq!(
        spoil("transport", about, |v| v["transports"][1] = "smoke".into()),
        "transports[1]"
    );
    assert_eq!(
        spoil("date", run, |v| v["date"] = "yesterday".into()),
        "date"
    );
    assert_eq!(
        spoil("surprise", report, |v| v["targets"][0]["evil"] = 1.into()),
        "targets.0.evil"
    );
    assert_eq!(
        spoil("many", report, |v| {
            let t = v["targets"][0].clone();
            v["targets"].as_array_mut().unwrap().push(t);
        }),
        "targets"
    );
    assert_eq!(
        spoil("id", report, |v| v["targets"][0]["cases"][0]["id"] =
            "a\" b".into()),
        "targets[0].cases[0].id"
    );
    assert_eq!(
        spoil(
            "family",
            report,
            |v| v["targets"][0]["cases"][0]["family"] = "../../x".into()
        ),
        "targets[0].cases[0].id"
    );
}

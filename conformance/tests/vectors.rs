//! `wsspec vectors check` and `new`: what an author of vectors sees.
//!
//! Tests rest on places (`path:line:column`), names and counts, not on sentences.

mod common;
#[path = "common/program.rs"]
mod program;
#[path = "common/schema.rs"]
mod schema;

use std::fs;
use std::path::{Path, PathBuf};

use common::scratch;
use program::run;
use schema::Schema;
use serde_json::Value;

/// Writes `text` as `name` into an empty folder.
fn file(folder: &str, name: &str, text: &str) -> PathBuf {
    let path = scratch(folder).join(name);
    fs::write(&path, text).unwrap();
    path
}

/// The exit code of `vectors check PATH`, and what it says.
fn check(path: &Path) -> (Option<i32>, String) {
    run(&["vectors", "check", path.to_str().unwrap()])
}

/// A file of one case with these steps.
fn steps(steps: &str) -> String {
    format!(
        r#"{{
  "family": "mine",
  "kind": "exchange",
  "about": "A family of my own.",
  "impact": "interop",
  "cases": [
    {{"id": "one-{{n}}", "about": "Something that is long enough.", "requirements": ["RFC6455-5.6-2"],
     "matrix": {{"n": [0, 1, 2]}}, "steps": [
      {steps}
    ]}}
  ]
}}"#
    )
}

/// Several mistakes in one case and in the envelope.
const MANY: &str = r#"{
  "family": "mine",
  "kind": "exchange",
  "about": "A family of my own.",
  "impact": "interp",
  "cases": [
    {
      "id": "first-{n}",
      "about": "Something that is long enough.",
      "requirements": ["RFC6455-5.6-99"],
      "matrix": {"n": [0, 125]},
      "steps": [
        {"send": {"binry": {"random": "{n}"}}},
        {"expect": "eco"}
      ]
    },
    {
      "id": "second",
      "about": "Something that is long enough.",
      "requirements": ["RFC6455-5.6-2"],
      "about": "Something else that is long enough.",
      "steps": [
        {"send": {"binary": {"randm": 3}}},
        {"expct": "echo"}
      ]
    }
  ]
}"#;

#[test]
fn every_mistake_of_a_file_is_shown_with_its_place_and_what_is_meant() {
    let path = file("many", "mine.json", MANY);
    let (code, said) = check(&path);
    assert_eq!(code, Some(2), "{said}");
    for (place, meant) in [
        ("5:13", "interop"),
        ("10:24", "RFC6455-5.6-2"),
        ("13:19", "binary"),
        ("14:20", "echo"),
        ("21:7", "about"),
        ("23:30", "random"),
        ("24:10", "expect"),
    ] {
        let at = format!("{}:{place}\n", path.display());
        let found = said.split_once(&at);
        let (_, after) = found.unwrap_or_else(|| panic!("no {at} in {said}"));
        let block = after.split("error:").next().unwrap();
        assert!(
            block.contains(meant) || meant == "about",
            "{place}: {block}"
        );
    }
    assert_eq!(said.matches("error:").count(), 7, "{said}");
}

#[test]
fn one_mistake_of_many_combinations_is_shown_once() {
    for (step, place) in [
        (r#"{"send": {"text": "{m}"}}"#, "9:7"),
        (
            r#"{"expect": {"alive": true, "verdict": "non-strict"}}"#,
            "9:18",
        ),
        (r#"{"send": {"text": "a"}, "pad": 3}"#, "9:7"),
        (r#"{"send": {"text": "a", "key": "xyz"}}"#, "9:37"),
        (r#"{"send": {"text": {"hex": "0"}}}"#, "9:16"),
        (
            r#"{"send": {"text": "a"}}, {"expect": {"failed": "never"}}"#,
            "9:54",
        ),
    ] {
        let path = file("once", "mine.json", &steps(step));
        let (code, said) = check(&path);
        assert_eq!(code, Some(2), "{said}");
        assert_eq!(said.matches("error:").count(), 1, "{said}");
        assert!(
            said.contains(&format!("mine.json:{place}\n")),
            "{step} {place}: {said}"
        );
    }
}

#[test]
fn what_is_not_json_is_shown_at_its_place() {
    for (text, place) in [
        ("{\"family\": \"mine\", // a comment\n}", "1:20"),
        ("{\n  \"family\": \"mine\",\n}", "3:1"),
        ("", "1:1"),
        ("{\"a\": [\u{1b}[31m", "1:8"),
        ("[]", "1:1"),
        ("{}", "1:1"),
        ("7", "1:1"),
    ] {
        let path = file("syntax", "mine.json", text);
        let (code, said) = check(&path);
        assert_eq!(code, Some(2), "{said}");
        assert!(
            said.contains(&format!("mine.json:{place}\n")),
            "{text:?}: {said}"
        );
        assert!(!said.contains('\u{1b}'), "{said:?}");
    }
}

#[test]
fn of_a_file_with_many_mistakes_the_first_are_shown() {
    let step = r#"{"snd": {}},"#.repeat(300) + r#"{"expect": "echo"}"#;
    let (code, said) = check(&file("hundreds", "mine.json", &steps(&step)));
    assert_eq!(code, Some(2));
    assert_eq!(said.matches("error:").count(), 20, "{said}");
    assert!(said.contains("280"), "{said}");
    assert!(said.len() < 100_000);
}

/// A file in one line, as a program writes it: the place is right, and only what is around it is
/// shown.
#[test]
fn of_a_long_line_a_part_is_shown() {
    let long = "\u{e9}".repeat(300_000);
    let step =
        format!(r#"{{"send": {{"text": "{long}"}}}}, {{"snd": {{}}}}, {{"expect": "echo"}}"#);
    let text = steps(&step).replace('\n', "");
    let column = text.split("\"snd\"").next().unwrap().chars().count() + 1;
    let (code, said) = check(&file("long", "mine.json", &text));
    assert_eq!(code, Some(2));
    assert!(
        said.contains(&format!("mine.json:1:{column}\n")),
        "{column}"
    );
    assert!(said.len() < 2_000, "{}", said.len());
}

#[test]
fn a_folder_is_checked_whole_and_several_paths_are() {
    let dir = scratch("folder");
    let good = steps(r#"{"send": {"text": "a"}}, {"expect": "echo"}"#);
    fs::write(dir.join("mine.json"), &good).unwrap();
    let (code, said) = check(&dir);
    assert_eq!(code, Some(0), "{said}");
    fs::write(dir.join("other.json"), good.replace("mine", "othr")).unwrap();
    fs::write(dir.join("third.json"), "{").unwrap();
    let (code, said) = check(&dir);
    assert_eq!(code, Some(2), "{said}");
    for place in ["other.json:2:13", "third.json:1:1"] {
        assert!(said.contains(place), "{place}: {said}");
    }
    let path = |name: &str| dir.join(name).to_str().unwrap().to_owned();
    let (code, said) = run(&["vectors", "check", &path("mine.json"), &path("third.json")]);
    assert_eq!(code, Some(2), "{said}");
    assert!(!said.contains("other.json"), "{said}");
    let (code, said) = run(&["vectors", "check", &path("none.json")]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("none.json"), "{said}");
}

#[test]
fn a_vector_that_does_not_hold_is_shown_where_it_is_written() {
    let text = steps(r#"{"send": {"binary": "a"}}, {"expect": {"close": 1000}}"#);
    let (code, said) = check(&file("broken", "mine.json", &text));
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("mine.json:7:12\n"), "{said}");
    let counts = said.lines().find(|line| line.contains("exchange and"));
    let numbers: Vec<&str> = counts
        .unwrap()
        .split(|c: char| !c.is_ascii_digit())
        .filter(|number| !number.is_empty())
        .collect();
    assert_eq!(numbers, ["3", "0", "0", "3"], "{said}");
}

#[test]
fn a_new_file_holds_and_its_schema_is_beside_it() {
    let dir = scratch("new").join("vectors");
    let folder = dir.to_str().unwrap();
    let (code, said) = run(&["vectors", "new", "chat.limits", "--dir", folder]);
    assert_eq!(code, Some(0), "{said}");
    let path = dir.join("chat.limits.json");
    let text: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let schema = dir.join(text["$schema"].as_str().unwrap());
    let schema: Value = serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap();
    assert_eq!(Schema::new(&schema).complaint(&text), None);
    assert_eq!(check(&dir).0, Some(0));
    // What is there is kept.
    assert_eq!(
        run(&["vectors", "new", "chat.limits", "--dir", folder]).0,
        Some(2)
    );
    assert_eq!(
        run(&["vectors", "new", "other", "--dir", folder]).0,
        Some(0)
    );

    let (code, printed) = run(&["vectors", "new", "chat.limits"]);
    assert_eq!(code, Some(0));
    let printed: Value = serde_json::from_str(&printed).unwrap();
    let link = printed["$schema"].as_str().unwrap();
    assert!(
        url::Url::parse(link).is_ok_and(|url| url.scheme() == "https"),
        "{link}"
    );
}

#[test]
fn the_name_of_a_new_file_is_checked() {
    for name in ["Foo bar/../", "", "a..b", "../x", "a_b", "-a"] {
        let (code, said) = run(&["vectors", "new", name]);
        assert_eq!(code, Some(2), "{name:?}: {said}");
    }
    assert!(
        run(&["vectors", "new", "Foo bar/../"])
            .1
            .contains("foo-bar")
    );
}

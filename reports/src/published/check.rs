//! Checks a folder of results before it is shown: what the types of its files leave open.

use std::collections::BTreeSet;
use std::path::Path;

use super::{About, Implementation, Problem, Run, Version, is_a_name, load};
use crate::{Report, TargetRole};

/// Largest report as it is stored, in bytes.
const LARGEST_STORED: u64 = 32 << 20;

/// Most cases of a report.
const MOST_CASES: usize = 20_000;

/// Longest text of `about.json` and `run.json`, in bytes.
const LONGEST: usize = 4000;

/// What was found in a folder of results.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Checked {
    /// Number of implementations.
    pub implementations: usize,
    /// Number of reports.
    pub reports: usize,
    /// What has to be changed before it can be shown.
    pub problems: Vec<Problem>,
    /// What a reader should know: old vectors, readings of causes that are gone.
    pub notes: Vec<Problem>,
}

/// Checks a folder of results. `digest`: that of the current vectors.
pub fn check(folder: &Path, digest: &str) -> Checked {
    match load(folder) {
        Ok(implementations) => check_all(&implementations, folder, digest),
        Err(problems) => Checked {
            problems,
            ..Checked::default()
        },
    }
}

fn check_all(implementations: &[Implementation], folder: &Path, digest: &str) -> Checked {
    let mut checked = Checked {
        implementations: implementations.len(),
        ..Checked::default()
    };
    if implementations.is_empty() {
        let message = "no results; they are in folders IMPLEMENTATION/VERSION";
        checked.problems.push(Problem::of(folder, message));
    }
    for one in implementations {
        let about = folder.join(&one.id).join("about.json");
        checked.problems.extend(of_about(&about, &one.about));
        let mut causes = BTreeSet::new();
        for version in &one.versions {
            checked.reports += 1;
            let run = version.report_path().with_file_name("run.json");
            checked.problems.extend(of_run(&run, &version.run));
            match version.report_and_unknown_fields() {
                Ok((report, unknown)) => {
                    let path = version.report_path();
                    checked.problems.extend(of_fields(path, &unknown));
                    checked
                        .problems
                        .extend(of_report(version, &report, one.about.role));
                    if report.vectors_digest != digest {
                        let message = "made with other vectors than these; the site says so";
                        checked
                            .notes
                            .push(Problem::in_field(path, "vectors_digest", message));
                    }
                    for cause in report
                        .targets
                        .first()
                        .map(|target| report.causes_of(target))
                        .unwrap_or_default()
                    {
                        causes.extend([cause.key, cause.reason]);
                    }
                }
                Err(problem) => checked.problems.push(problem),
            }
        }
        for (n, reading) in one.about.reading.iter().enumerate() {
            if !causes.contains(&reading.cause) {
                let message = "no report has this cause, so that the reading is not shown";
                checked.notes.push(Problem::in_field(
                    &about,
                    format!("reading[{n}].cause"),
                    message,
                ));
            }
        }
    }
    checked
}

/// A text, with the field that it is in.
type Text<'a> = (String, &'a str);

fn of_about(path: &Path, about: &About) -> Vec<Problem> {
    let mut texts: Vec<Text<'_>> = vec![
        ("name".into(), &about.name),
        ("language".into(), &about.language),
        ("package.registry".into(), &about.package.registry),
        ("package.name".into(), &about.package.name),
    ];
    texts.extend(about.notes.as_deref().map(|text| ("notes".into(), text)));
    for (n, unsupported) in about.unsupported.iter().enumerate() {
        texts.push((format!("unsupported[{n}].feature"), &unsupported.feature));
        texts.push((format!("unsupported[{n}].why"), &unsupported.why));
    }
    for (n, reading) in about.reading.iter().enumerate() {
        texts.push((format!("reading[{n}].cause"), &reading.cause));
        texts.push((format!("reading[{n}].seen"), &reading.seen));
        texts.extend(
            reading
                .note
                .as_deref()
                .map(|text| (format!("reading[{n}].note"), text)),
        );
    }
    let mut problems = of_texts(path, texts);
    for (field, address) in [
        ("homepage", &about.homepage),
        ("repository", &about.repository),
    ] {
        if address
            .as_deref()
            .is_some_and(|address| !is_an_address(address))
        {
            let message = "an address begins with https:// or http:// and has no spaces or quotes";
            problems.push(Problem::in_field(path, field, message));
        }
    }
    problems
}

fn of_run(path: &Path, run: &Run) -> Vec<Problem> {
    let mut texts: Vec<Text<'_>> = vec![
        ("tool".into(), &run.tool),
        ("platform".into(), &run.platform),
    ];
    for (name, list) in [("command", &run.command), ("reproduce", &run.reproduce)] {
        texts.extend(
            (0..)
                .zip(list)
                .map(|(n, text)| (format!("{name}[{n}]"), text.as_str())),
        );
    }
    // A command has what a shell reads, `<` among it.
    let mut problems: Vec<Problem> = texts
        .into_iter()
        .filter_map(|(field, text)| Some(Problem::in_field(path, field, not_one_line(text)?)))
        .collect();
    if !is_a_day(&run.date) {
        let message = "a day is written 2026-12-01";
        problems.push(Problem::in_field(path, "date", message));
    }
    problems
}

fn of_texts(path: &Path, texts: Vec<Text<'_>>) -> Vec<Problem> {
    let problems = texts
        .into_iter()
        .filter_map(|(field, text)| Some(Problem::in_field(path, field, not_plain(text)?)));
    problems.collect()
}

/// Why a text is not one line of plain text.
fn not_plain(text: &str) -> Option<&'static str> {
    not_one_line(text).or_else(|| has_markup(text))
}

fn not_one_line(text: &str) -> Option<&'static str> {
    if text.trim().is_empty() {
        Some("empty; leave the field out, or say what it is")
    } else if text.len() > LONGEST {
        Some("longer than 4000 bytes")
    } else if wsspec_core::dissect::printable(text.as_bytes()) != text {
        Some("control characters; write one line of plain text")
    } else {
        None
    }
}

/// Whether a text looks like HTML: a tag, or a character reference.
fn has_markup(text: &str) -> Option<&'static str> {
    let opens = text.match_indices('<').any(|(at, _)| {
        let after = text[at + 1..].chars().next();
        after.is_some_and(|c| c.is_ascii_alphabetic() || "/!?".contains(c))
    });
    opens.then_some("markup; write plain text, it is shown as it is")
}

fn is_an_address(address: &str) -> bool {
    let rest = address
        .strip_prefix("https://")
        .or(address.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        !rest.is_empty()
            && rest
                .chars()
                .all(|c| c.is_ascii_graphic() && !"\"'<>\\^`{|}".contains(c))
    })
}

/// Whether it is written as a day of a year.
fn is_a_day(text: &str) -> bool {
    let parts: Vec<Option<u16>> = text.split('-').map(|part| part.parse().ok()).collect();
    let shape = text.len() == 10 && text.chars().all(|c| c.is_ascii_digit() || c == '-');
    shape && matches!(parts[..], [Some(2020..=2999), Some(1..=12), Some(1..=31)])
}

fn of_fields(path: &Path, unknown: &[String]) -> Vec<Problem> {
    let fields: BTreeSet<&String> = unknown.iter().take(20).collect();
    let message = "no report has this field; was it written by wsspec?";
    let fields = fields.into_iter();
    fields
        .map(|field| Problem::in_field(path, field, message))
        .collect()
}

fn of_report(version: &Version, report: &Report, role: TargetRole) -> Vec<Problem> {
    let path = version.report_path();
    let stored = std::fs::metadata(path).map_or(0, |about| about.len());
    let mut found: Vec<(String, String)> = Vec::new();
    if stored > LARGEST_STORED {
        let message = format!(
            "larger than {} MiB; compress it: gzip -9n report.json",
            LARGEST_STORED >> 20
        );
        found.push((String::new(), message));
    }
    if report.tool != "wsspec" {
        found.push(("tool".into(), "not a report of wsspec".into()));
    }
    let [target] = &report.targets[..] else {
        let message = format!("{} targets; a report has one", report.targets.len());
        found.push(("targets".into(), message));
        return problems(path, found);
    };
    if target.role != role {
        found.push((
            "targets[0].role".into(),
            "not the role in about.json".into(),
        ));
    }
    if target.cases.is_empty() || target.cases.len() > MOST_CASES {
        let message = format!("{} cases; from 1 to {MOST_CASES}", target.cases.len());
        found.push(("targets[0].cases".into(), message));
    }
    let mut ids = BTreeSet::new();
    for (n, case) in target.cases.iter().enumerate().take(MOST_CASES) {
        if !is_an_id(&case.id) || !is_a_name(case.family()) {
            let message = "ids and families are of letters, digits and . _ + ~ - :";
            found.push((format!("targets[0].cases[{n}].id"), message.into()));
        } else if !ids.insert(&case.id) {
            found.push((
                format!("targets[0].cases[{n}].id"),
                "twice in the report".into(),
            ));
        }
    }
    found.truncate(20);
    problems(path, found)
}

fn problems(path: &Path, found: Vec<(String, String)>) -> Vec<Problem> {
    let found = found.into_iter();
    found
        .map(|(field, message)| Problem::in_field(path, field, message))
        .collect()
}

/// Whether it can be an id of a case, and an anchor.
fn is_an_id(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= 200
        && id
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._+~-:".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_a_day() {
        assert!(is_a_day("2026-12-01"));
        for bad in [
            "",
            "2026-13-01",
            "2026-1-1",
            "2026-12-01T00",
            "<b>6-12-01",
            "2026+12-01",
        ] {
            assert!(!is_a_day(bad), "{bad}");
        }
    }

    #[test]
    fn markup_is_told_from_plain_text() {
        for plain in ["a < b", "x <- y", "1<2", "a > b"] {
            assert_eq!(has_markup(plain), None, "{plain}");
        }
        for markup in ["<b>", "a</p>", "<!-- x", "<?xml"] {
            assert!(has_markup(markup).is_some(), "{markup}");
        }
    }

    #[test]
    fn an_address_leads_to_a_page() {
        assert!(is_an_address("https://example.org/a?b=c#d"));
        for bad in [
            "javascript:alert(1)",
            "https://",
            "data:text/html,x",
            "https://a b",
            "https://a\"b",
            "//a",
        ] {
            assert!(!is_an_address(bad), "{bad}");
        }
    }
}

//! A property of vector files: any text is read, rejected and formatted in bounded time and memory.

use serde_json::Value;
use wsspec_vectors::{Corpus, format_file};

/// Reads any text as a vector file, under the name of its own family.
///
/// - It loads, or there are errors; either way in time and memory bounded by the size of the text.
/// - Formatting any JSON keeps its values, and formatting it again changes nothing.
/// - A file that loads has the same cases after it is formatted.
///
/// # Panics
/// The property does not hold.
pub fn vector_file(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let value: Option<Value> = serde_json::from_str(text).ok();
    let formatted = format_file(text).ok();
    assert_eq!(formatted.is_some(), value.is_some());
    if let Some(formatted) = &formatted {
        assert_eq!(
            serde_json::from_str(formatted).ok(),
            value,
            "formatting changes the values"
        );
        assert_eq!(
            format_file(formatted).ok().as_ref(),
            Some(formatted),
            "formatting twice changes the layout"
        );
    }
    let family = value
        .as_ref()
        .and_then(|value| value.get("family")?.as_str())
        .unwrap_or("x");
    check_loading(&format!("{family}.json"), text, formatted);
}

fn check_loading(name: &str, text: &str, formatted: Option<String>) {
    let loaded = match Corpus::from_text(name, text.to_owned()) {
        Ok(loaded) => loaded,
        Err(errors) => {
            assert!(!errors.is_empty() && errors.iter().all(|error| !error.message.is_empty()));
            return;
        }
    };
    let reloaded = Corpus::from_text(name, formatted.unwrap_or_default())
        .expect("a file that loads still does after formatting");
    assert_eq!(
        (&loaded.cases, &loaded.parses),
        (&reloaded.cases, &reloaded.parses),
        "formatting changes the cases"
    );
    for case in &loaded.cases {
        assert!(!case.steps.is_empty() && !case.roles.is_empty(), "{case:?}");
        case.weight();
        case.wants_beyond(&[]);
    }
}

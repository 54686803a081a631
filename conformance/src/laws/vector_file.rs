//! The law of vector files: whatever stands in one, it is read, refused and laid out in bounded time and memory.

use serde_json::Value;

use wsspec_vectors::{Corpus, format_file};

/// Reads any text as a vector file, named as it names itself.
///
/// - It loads, or the errors say why not; both in bounded time and memory, however little text asks for however much.
/// - What is JSON is laid out: the same values, and laid out again it does not change.
/// - What loads, laid out, loads to the same cases.
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
            "laid out it says something else"
        );
        assert_eq!(
            format_file(formatted).ok().as_ref(),
            Some(formatted),
            "laid out twice it looks different"
        );
    }

    let family = value
        .as_ref()
        .and_then(|value| value.get("family")?.as_str())
        .unwrap_or("x");
    let name = format!("{family}.json");
    let loaded = match Corpus::from_text(&name, text.to_owned()) {
        Ok(loaded) => loaded,
        Err(errors) => {
            assert!(!errors.is_empty() && errors.iter().all(|error| !error.message.is_empty()));
            return;
        }
    };
    let again = Corpus::from_text(&name, formatted.unwrap_or_default()).expect("laid out it loads");
    assert_eq!(
        (&loaded.cases, &loaded.parses),
        (&again.cases, &again.parses),
        "laid out it is other cases"
    );
    for case in &loaded.cases {
        assert!(!case.steps.is_empty() && !case.roles.is_empty(), "{case:?}");
        case.weight();
        case.wants_beyond(&[]);
    }
}

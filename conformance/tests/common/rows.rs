//! Rows of JSON reports.

use serde_json::Value;

/// The text of a key of a row; empty if it has none.
pub(crate) fn text<'a>(row: &'a Value, key: &str) -> &'a str {
    row[key].as_str().unwrap_or_default()
}

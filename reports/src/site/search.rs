//! The index of the search, a script that is loaded when someone searches.

use serde_json::{Value, json};

/// Something that can be found.
pub(super) struct Entry {
    /// Its kind: `case`, `requirement`, `implementation`, `guide` or `command`.
    pub(super) kind: &'static str,
    pub(super) title: String,
    /// The address of its page below the site.
    pub(super) page: String,
    /// What it is found by, beside its title.
    pub(super) text: String,
    /// The ids of its cases, each with an anchor on the page of its family.
    pub(super) ids: Vec<String>,
}

/// The script. It has no markup, and none of its strings can end a script element.
pub(super) fn script(entries: &[Entry]) -> String {
    let rows = entries.iter().map(row).collect::<Vec<Value>>();
    let rows: Vec<String> = rows.iter().map(ToString::to_string).collect();
    let rows = rows.join(",\n").replace('<', "\\u003c");
    format!("\"use strict\";\nsearchIndex([\n{rows}\n]);\n")
}

fn row(entry: &Entry) -> Value {
    json!([
        entry.kind,
        entry.title,
        entry.page,
        entry.text,
        entry.ids.join(" ")
    ])
}

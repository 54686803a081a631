//! The page that tests the browser it is shown in, and the JSON it loads.

use serde_json::{Value, json};

use super::control::Content;
use super::numbered::Numbered;

/// The page: a table, and a loop over the cases with the browser's own WebSocket.
const PAGE: &str = include_str!("page.html");

pub(super) fn page() -> Content {
    Content {
        media_type: "text/html; charset=utf-8",
        body: PAGE.into(),
    }
}

pub(super) fn json(value: &Value) -> Content {
    Content {
        media_type: "application/json",
        body: value.to_string().into(),
    }
}

/// Number, id, family, purpose and impact of every case.
pub(super) fn listed(cases: &[Numbered]) -> Value {
    let rows = cases.iter().enumerate().map(|(index, numbered)| {
        json!({
            "number": index + 1,
            "id": numbered.id,
            "family": numbered.case.family,
            "about": numbered.case.about,
            "impact": numbered.case.impact.name(),
        })
    });
    rows.collect()
}

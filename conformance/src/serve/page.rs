//! The page that tests the browser it is shown in, and the JSON it loads.

use serde_json::{Value, json};

use super::control::{self, Content};
use super::numbered::Numbered;
use crate::wire::stream::Stream;

/// The page: a table, and a loop over the cases with the browser's own WebSocket.
const PAGE: &str = include_str!("page.html");

pub(super) async fn page(stream: Stream) {
    let content = Content {
        media_type: "text/html; charset=utf-8",
        body: PAGE.as_bytes(),
    };
    control::answer(stream, "200 OK", content).await;
}

pub(super) async fn json(stream: Stream, value: &Value) {
    let text = value.to_string();
    let content = Content {
        media_type: "application/json",
        body: text.as_bytes(),
    };
    control::answer(stream, "200 OK", content).await;
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

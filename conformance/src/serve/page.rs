//! The page that tests the browser it is shown in.

use serde_json::{Value, json};
use tokio::net::TcpStream;

use super::{Numbered, control};

/// The page: a table, and a loop over the browser's own WebSocket.
const PAGE: &str = include_str!("page.html");

pub(super) async fn page(stream: TcpStream) {
    control::answer(
        stream,
        "200 OK",
        "text/html; charset=utf-8",
        PAGE.as_bytes(),
    )
    .await;
}

pub(super) async fn json(stream: TcpStream, content: &Value) {
    control::answer(
        stream,
        "200 OK",
        "application/json",
        content.to_string().as_bytes(),
    )
    .await;
}

/// Number, id, family and purpose of every case.
pub(super) fn listed(cases: &[Numbered]) -> Value {
    let row = |(at, numbered): (usize, &Numbered)| {
        json!({
            "number": at + 1,
            "id": numbered.id,
            "family": numbered.case.family,
            "about": numbered.case.about,
            "impact": numbered.case.impact.name(),
        })
    };
    cases.iter().enumerate().map(row).collect()
}

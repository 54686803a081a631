//! The table of contents of a report.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Behavior, BehaviorClose};

/// One row of `index.json`, with its keys in Autobahn's order.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Row {
    pub(super) behavior: Behavior,
    pub(super) behavior_close: BehaviorClose,
    pub(super) duration: u64,
    pub(super) remote_close_code: Option<u16>,
    pub(super) reportfile: String,
}

/// Results by agent and case.
pub(super) type Index = BTreeMap<String, BTreeMap<String, Row>>;

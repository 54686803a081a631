//! What we announced, as the peer may see it.

use std::collections::{BTreeMap, VecDeque};

use crate::http2::settings::{
    DEFAULT_FRAME, DEFAULT_TABLE, DEFAULT_WINDOW, ENABLE_CONNECT_PROTOCOL, ENABLE_PUSH,
    HEADER_TABLE_SIZE, INITIAL_WINDOW_SIZE, LARGEST_FRAME, LARGEST_WINDOW, MAX_CONCURRENT_STREAMS,
    MAX_FRAME_SIZE, Setting,
};

/// The settings that the peer acknowledged, and those that it may or may not have seen.
#[derive(Debug, Default)]
pub(super) struct Limits {
    acknowledged: BTreeMap<u16, u32>,
    pending: VecDeque<Vec<Setting>>,
}

impl Limits {
    /// We sent these.
    pub(super) fn sent(&mut self, settings: Vec<Setting>) {
        self.pending.push_back(settings);
    }

    /// The peer acknowledged the oldest that wait; gives these.
    pub(super) fn acknowledge(&mut self) -> Vec<Setting> {
        let settings = self.pending.pop_front().unwrap_or_default();
        self.acknowledged.extend(settings.iter().copied());
        settings
    }

    /// The largest value of a setting that the peer may hold us to.
    fn most(&self, id: u16, default: u32) -> u32 {
        let acknowledged = self.acknowledged.get(&id).copied().unwrap_or(default);
        let pending = self
            .pending
            .iter()
            .flatten()
            .filter(|setting| setting.0 == id);
        pending
            .map(|setting| setting.1)
            .fold(acknowledged, u32::max)
    }

    /// The largest payload that the peer may send, in bytes.
    pub(super) fn frame(&self) -> u32 {
        self.most(MAX_FRAME_SIZE, DEFAULT_FRAME)
            .clamp(DEFAULT_FRAME, LARGEST_FRAME)
    }

    /// The largest dynamic table that the peer may use, in bytes.
    pub(super) fn table(&self) -> u32 {
        self.most(HEADER_TABLE_SIZE, DEFAULT_TABLE)
    }

    /// The window with which streams begin for the peer, in bytes.
    pub(super) fn window(&self) -> i64 {
        i64::from(
            self.most(INITIAL_WINDOW_SIZE, DEFAULT_WINDOW)
                .min(LARGEST_WINDOW),
        )
    }

    /// How many streams the peer may have open.
    pub(super) fn streams(&self) -> u32 {
        self.most(MAX_CONCURRENT_STREAMS, u32::MAX)
    }

    /// Whether the peer may push, for all that it has to know.
    pub(super) fn push(&self) -> bool {
        self.most(ENABLE_PUSH, 1) != 0
    }

    /// Whether we ever announced extended CONNECT. A value above 1 is our own error; who takes it for 1
    /// was offered it.
    pub(super) fn connect_protocol(&self) -> bool {
        self.most(ENABLE_CONNECT_PROTOCOL, 0) >= 1
    }
}

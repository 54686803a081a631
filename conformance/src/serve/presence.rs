//! Which clients are being tested, and when one was last heard of.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// Which clients are being tested.
#[derive(Debug, Default)]
pub(super) struct Presence {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// The number of cases that are running, by client.
    running: BTreeMap<String, usize>,
    /// When the last connection came, or the last case started or ended.
    last: Option<Instant>,
}

impl Presence {
    /// A connection came.
    pub(super) fn connected(&self) {
        self.lock().last = Some(Instant::now());
        self.changed.notify_waiters();
    }

    /// A case starts.
    pub(super) fn started(&self, agent: &str) {
        *self.lock().running.entry(agent.to_owned()).or_default() += 1;
        self.connected();
    }

    /// A case has ended.
    pub(super) fn ended(&self, agent: &str) {
        let mut state = self.lock();
        if let Some(running) = state.running.get_mut(agent) {
            *running -= 1;
            if *running == 0 {
                state.running.remove(agent);
            }
        }
        drop(state);
        self.connected();
    }

    /// Waits until no case of this client is running. Connections that it abandoned take as long as
    /// their cases.
    pub(super) async fn idle(&self, agent: &str) {
        loop {
            let change = self.next_change();
            if !self.lock().running.contains_key(agent) {
                return;
            }
            change.await;
        }
    }

    /// Resolves at the next change after this call.
    pub(super) fn next_change(&self) -> Pin<Box<Notified<'_>>> {
        let mut change = Box::pin(self.changed.notified());
        change.as_mut().enable();
        change
    }

    /// How long no client has been heard of; zero before the first one came and while a case is
    /// running.
    pub(super) fn idle_time(&self) -> Duration {
        let state = self.lock();
        let last = state.last.filter(|_| state.running.is_empty());
        last.map_or(Duration::ZERO, |last| last.elapsed())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! Which clients are being tested, and when one was last heard of.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// How long the first client may take to come, before the time without one counts.
const FIRST_CLIENT: Duration = Duration::from_secs(60);

/// Which clients are being tested.
#[derive(Debug)]
pub(super) struct Presence {
    /// When the wait for clients began.
    began: Instant,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// The number of cases that are running, by client.
    running: BTreeMap<String, usize>,
    /// When the last connection came, or the last case started or ended; `None` before the first.
    last: Option<Instant>,
}

impl Default for Presence {
    fn default() -> Presence {
        Presence {
            began: Instant::now(),
            state: Mutex::default(),
            changed: Notify::default(),
        }
    }
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

    /// How long no client has been heard of: zero while a case is running, and in the first minute
    /// before the first client comes.
    pub(super) fn idle_time(&self) -> Duration {
        let state = self.lock();
        match state.last {
            _ if !state.running.is_empty() => Duration::ZERO,
            Some(last) => last.elapsed(),
            None => self.began.elapsed().saturating_sub(FIRST_CLIENT),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Even if no client ever comes, the wait for the first one ends.
    #[test]
    fn the_first_client_is_not_waited_for_for_ever() {
        let mut presence = Presence::default();
        assert_eq!(presence.idle_time(), Duration::ZERO);
        let long_ago = FIRST_CLIENT + Duration::from_secs(5);
        let Some(began) = presence.began.checked_sub(long_ago) else {
            return;
        };
        presence.began = began;
        assert!(presence.idle_time() >= Duration::from_secs(5));
        presence.started("mine");
        assert_eq!(presence.idle_time(), Duration::ZERO);
    }
}

//! How many connections a target gets at once, and how many a second.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until};

use crate::wire::tcp::Place;

/// Limits that the user sets, or that the probe finds. Shared by all clones of a target.
#[derive(Debug, Default)]
pub(crate) struct Limiter(Mutex<Limits>);

#[derive(Debug, Default)]
struct Limits {
    /// Connections at once, and the places for them.
    places: Option<(u32, Arc<Semaphore>)>,
    /// The time from one connection to the next, and when the next may begin.
    turns: Option<(Duration, Instant)>,
}

impl Limiter {
    /// Sets the given limits where none is set yet.
    pub(crate) fn limit(&self, connections: Option<u32>, rate: Option<u32>) {
        let mut limits = self.lock();
        if let (None, Some(most)) = (&limits.places, connections) {
            let most = most.max(1);
            limits.places = Some((most, Arc::new(Semaphore::new(most as usize))));
        }
        if let (None, Some(rate)) = (&limits.turns, rate) {
            let gap = Duration::from_secs(1) / rate.max(1);
            limits.turns = Some((gap, Instant::now() + gap));
        }
    }

    /// Whether there is any limit.
    pub(super) fn is_set(&self) -> bool {
        let limits = self.lock();
        limits.places.is_some() || limits.turns.is_some()
    }

    /// Most connections at once, if that is limited.
    pub(super) fn most(&self) -> Option<u32> {
        self.lock().places.as_ref().map(|(most, _)| *most)
    }

    /// Waits until there are places for this many connections, or for as many as the limit allows.
    pub(super) async fn place(&self, connections: u32) -> Option<Place> {
        let (most, places) = self.lock().places.clone()?;
        let permit = places.acquire_many_owned(connections.min(most)).await;
        permit.ok().map(Arc::new)
    }

    /// Waits until a connection may begin.
    pub(super) async fn turn(&self) {
        let Some(at) = self.take_turn() else { return };
        sleep_until(at).await;
    }

    fn take_turn(&self) -> Option<Instant> {
        let mut limits = self.lock();
        let (gap, next) = limits.turns.as_mut()?;
        let at = (*next).max(Instant::now());
        *next = at + *gap;
        Some(at)
    }

    fn lock(&self) -> MutexGuard<'_, Limits> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

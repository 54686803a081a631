//! The queue between copying and judging. It is bounded; what does not fit is counted, and copying never
//! waits.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use wsspec_core::Role;
use wsspec_reports::What;

/// Bytes that may wait to be judged: of one connection, and of all.
const MAX_OF_ONE: usize = 8 << 20;
const MAX_OF_ALL: usize = 128 << 20;

/// What an event takes beside its bytes.
const OVERHEAD: usize = 128;

/// What happened to a connection, by its number.
#[derive(Debug)]
pub(super) enum Event {
    /// A side sent bytes.
    Bytes(u64, Role, Duration, Waiting),
    /// A direction ended.
    Ended(u64, Role, Duration, What),
    /// It is over.
    Over(u64, Sums),
    /// Its handshake of TLS with the client failed.
    Unopened(u64, String),
    /// The server could not be reached.
    Unreached(u64, String),
    /// The system would not accept a connection.
    Unaccepted(String),
}

/// Bytes that client and server have sent.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sums {
    /// All.
    pub(super) bytes: [u64; 2],
    /// Those that did not fit into the queue.
    pub(super) missed: [u64; 2],
}

/// Bytes that wait to be judged. Room is made for others when they are dropped.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) bytes: Bytes,
    of_one: Arc<AtomicUsize>,
    of_all: Arc<AtomicUsize>,
}

impl Waiting {
    fn cost(bytes: &Bytes) -> usize {
        bytes.len() + OVERHEAD
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let cost = Waiting::cost(&self.bytes);
        self.of_one.fetch_sub(cost, Ordering::Relaxed);
        self.of_all.fetch_sub(cost, Ordering::Relaxed);
    }
}

/// Where all connections of a proxy are tapped.
#[derive(Debug)]
pub(super) struct Taps {
    events: Sender<Event>,
    waiting: Arc<AtomicUsize>,
    began: Instant,
}

impl Taps {
    pub(super) fn new(events: Sender<Event>) -> Taps {
        Taps {
            events,
            waiting: Arc::default(),
            began: Instant::now(),
        }
    }

    /// The tap of the connection of this number.
    pub(super) fn tap(&self, connection: u64) -> Tap {
        Tap {
            connection,
            events: self.events.clone(),
            waiting: [Arc::default(), Arc::clone(&self.waiting)],
            began: self.began,
            sums: Mutex::default(),
        }
    }

    /// The system would not accept a connection.
    pub(super) fn unaccepted(&self, error: &io::Error) {
        let _ = self.events.send(Event::Unaccepted(error.to_string()));
    }
}

/// Where one connection is tapped. It is over when this is dropped.
#[derive(Debug)]
pub(super) struct Tap {
    connection: u64,
    events: Sender<Event>,
    /// Bytes that wait: of this connection, and of all.
    waiting: [Arc<AtomicUsize>; 2],
    began: Instant,
    sums: Mutex<Sums>,
}

impl Tap {
    /// A side sent bytes. Once some of a side did not fit, none of it are judged any more.
    pub(super) fn bytes(&self, from: Role, bytes: Bytes) {
        let side = usize::from(from == Role::Server);
        let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        sums.bytes[side] += bytes.len() as u64;
        if sums.missed[side] > 0 || !self.has_room() {
            sums.missed[side] += bytes.len() as u64;
            return;
        }
        let [of_one, of_all] = self.waiting.clone();
        let cost = Waiting::cost(&bytes);
        of_one.fetch_add(cost, Ordering::Relaxed);
        of_all.fetch_add(cost, Ordering::Relaxed);
        let waiting = Waiting {
            bytes,
            of_one,
            of_all,
        };
        self.send(Event::Bytes(
            self.connection,
            from,
            self.began.elapsed(),
            waiting,
        ));
    }

    /// A direction ended.
    pub(super) fn ended(&self, from: Role, how: What) {
        self.send(Event::Ended(
            self.connection,
            from,
            self.began.elapsed(),
            how,
        ));
    }

    /// The handshake of TLS with the client failed.
    pub(super) fn unopened(&self, error: &io::Error) {
        self.send(Event::Unopened(self.connection, error.to_string()));
    }

    /// The server could not be reached.
    pub(super) fn unreached(&self, error: &io::Error) {
        self.send(Event::Unreached(self.connection, error.to_string()));
    }

    fn has_room(&self) -> bool {
        let most = [MAX_OF_ONE, MAX_OF_ALL];
        let mut waiting = self.waiting.iter().zip(most);
        waiting.all(|(waiting, most)| waiting.load(Ordering::Relaxed) < most)
    }

    fn send(&self, event: Event) {
        let _ = self.events.send(event);
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        let sums = *self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        self.send(Event::Over(self.connection, sums));
    }
}

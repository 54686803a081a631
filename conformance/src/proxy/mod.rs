//! A transparent observer between clients and a server: bytes are copied unchanged and at once, and a
//! thread of its own judges a copy of them.
//!
//! | module | contents |
//! |---|---|
//! | `ends` | opening both ends, with one protocol through both |
//! | `relay` | copying between two streams |
//! | `tap` | the queue from there to the judge, which is bounded and never waited for |
//! | `judge` | the thread that judges |

mod ends;
mod judge;
mod relay;
mod tap;

use std::future::Future;
use std::io;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::referee::{Limits, Notice, Tally};
use crate::run::Target;
use crate::wire::listen::{Incoming, Listener};

use ends::{Ends, Failed};
use tap::{Tap, Taps};

/// How long nothing is accepted after the system would not accept: usually there are too many open files.
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);

/// An observer between clients and a server.
#[derive(Debug)]
pub struct Proxy {
    listener: Listener,
    target: Target,
    limits: Limits,
    most: Option<u64>,
    linger: Duration,
}

impl Proxy {
    /// Accepts clients here, and connects each to this server.
    pub fn new(listener: Listener, target: Target, limits: Limits) -> Proxy {
        Proxy {
            listener,
            target,
            limits,
            most: None,
            linger: Duration::ZERO,
        }
    }

    /// Ends after this many connections.
    #[must_use]
    pub fn most(self, connections: Option<u64>) -> Proxy {
        Proxy {
            most: connections,
            ..self
        }
    }

    /// When it is stopped, gives open connections this long to end.
    #[must_use]
    pub fn linger(self, linger: Duration) -> Proxy {
        Proxy { linger, ..self }
    }

    /// Copies and judges until `stop` resolves or the last connection has ended. What is noticed goes to
    /// `notices`, on another thread, as it happens.
    ///
    /// # Errors
    /// If no thread can be started.
    pub async fn run(
        self,
        stop: impl Future<Output = ()>,
        notices: impl FnMut(Notice<'_>) + Send + 'static,
    ) -> io::Result<Tally> {
        let (events, judged) = mpsc::channel();
        let limits = self.limits;
        let judge = thread::Builder::new()
            .name("judge".to_owned())
            .spawn(move || judge::run(&judged, limits, notices))?;
        let mut relays = JoinSet::new();
        let taps = Taps::new(events);
        let stopped = {
            let accepting = self.accept(&mut relays, &taps);
            tokio::select! {
                () = accepting => false,
                () = stop => true,
            }
        };
        if stopped {
            let _ = timeout(self.linger, ended(&mut relays)).await;
        }
        relays.shutdown().await;
        drop(taps);
        let joined = tokio::task::spawn_blocking(move || judge.join()).await;
        joined
            .map_err(io::Error::other)?
            .map_err(|_| io::Error::other("the judge panicked"))
    }

    /// Accepts connections, and waits until all have ended if their number is limited.
    async fn accept(&self, relays: &mut JoinSet<()>, taps: &Taps) {
        let (mut number, mut refused) = (0, false);
        while self.most.is_none_or(|most| number < most) {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                Some(_) = relays.join_next() => continue,
            };
            match accepted {
                Ok(incoming) => {
                    (number, refused) = (number + 1, false);
                    relays.spawn(carry(incoming, self.target.clone(), taps.tap(number)));
                }
                Err(error) => {
                    if !std::mem::replace(&mut refused, true) {
                        taps.unaccepted(&error);
                    }
                    sleep(ACCEPT_AGAIN).await;
                }
            }
        }
        ended(relays).await;
    }
}

async fn ended(relays: &mut JoinSet<()>) {
    while relays.join_next().await.is_some() {}
}

/// Carries one connection.
async fn carry(incoming: Incoming, target: Target, tap: Tap) {
    match ends::open(incoming, &target).await {
        Ok(Ends {
            client,
            server,
            first,
        }) => {
            if let Some(server) = server.tcp() {
                let _ = server.set_nodelay(true);
            }
            relay::relay(client, server, first, &tap).await;
        }
        Err(Failed::Client(error)) => tap.unopened(&error),
        Err(Failed::Server(error)) => tap.unreached(&error),
    }
}

//! The signals that end a command before its time: Ctrl-C, and on Unix SIGTERM, which supervisors send.

use std::future::pending;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals, listened for: from here on none is lost. Where they cannot be had the process just ends.
pub(super) struct Interrupts {
    #[cfg(unix)]
    signals: [Option<Signal>; 2],
}

impl Interrupts {
    /// Listens, within a runtime.
    #[cfg(unix)]
    pub(super) fn listen() -> Interrupts {
        Interrupts {
            signals: [SignalKind::interrupt(), SignalKind::terminate()]
                .map(|kind| signal(kind).ok()),
        }
    }

    /// Listens, within a runtime.
    #[cfg(not(unix))]
    pub(super) fn listen() -> Interrupts {
        Interrupts {}
    }

    /// Waits for the next of them.
    #[cfg(unix)]
    pub(super) async fn next(&mut self) {
        async fn came(signal: &mut Option<Signal>) {
            match signal {
                Some(signal) => {
                    signal.recv().await;
                }
                None => pending().await,
            }
        }
        let [interrupt, terminate] = &mut self.signals;
        tokio::select! {
            () = came(interrupt) => {}
            () = came(terminate) => {}
        }
    }

    /// Waits for the next of them.
    #[cfg(not(unix))]
    pub(super) async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            pending::<()>().await;
        }
    }
}

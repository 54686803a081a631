//! The signals that end a command early: Ctrl-C, and on Unix SIGTERM, which supervisors send.

use std::future::pending;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Receives the signals. From its creation on, none is lost. If the signals cannot be caught, they
/// end the process.
pub(super) struct Interrupts {
    #[cfg(unix)]
    signals: [Option<Signal>; 2],
}

impl Interrupts {
    /// Starts to receive. Needs a runtime.
    #[cfg(unix)]
    pub(super) fn listen() -> Interrupts {
        Interrupts {
            signals: [SignalKind::interrupt(), SignalKind::terminate()]
                .map(|kind| signal(kind).ok()),
        }
    }

    /// Starts to receive. Needs a runtime.
    #[cfg(not(unix))]
    pub(super) fn listen() -> Interrupts {
        Interrupts {}
    }

    /// Waits for the next signal.
    #[cfg(unix)]
    pub(super) async fn next(&mut self) {
        let [interrupt, terminate] = &mut self.signals;
        tokio::select! {
            () = received(interrupt) => {}
            () = received(terminate) => {}
        }
    }

    /// Waits for the next signal.
    #[cfg(not(unix))]
    pub(super) async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            pending::<()>().await;
        }
    }
}

#[cfg(unix)]
async fn received(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => pending().await,
    }
}

//! A server that was started.

use std::collections::BTreeSet;
use std::io;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::exchange::Death;
use crate::run::process::{Stderr, end_group, kill_group};

/// How long a server may take to end when it is asked to.
const END_PATIENCE: Duration = Duration::from_secs(2);

/// How and when a process ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    pub(super) status: ExitStatus,
    pub(super) at: Instant,
}

impl End {
    /// How the server died.
    #[cfg(unix)]
    pub(super) fn death(self) -> Death {
        use std::os::unix::process::ExitStatusExt;
        match (self.status.signal(), self.status.code()) {
            (Some(signal), _) => Death::Signal(signal),
            (None, Some(code)) => Death::Exit(code),
            (None, None) => Death::Ended,
        }
    }

    /// How the server died.
    #[cfg(not(unix))]
    pub(super) fn death(self) -> Death {
        self.status.code().map_or(Death::Ended, Death::Exit)
    }
}

/// A server that was started. Dropping it ends its process group.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) id: u32,
    pub(super) stderr: Stderr,
    pub(super) end: watch::Receiver<Option<End>>,
    /// Processes below it that were there while it was idle.
    pub(super) workers: BTreeSet<u32>,
}

impl Running {
    /// Starts the process, and watches for its end.
    pub(super) fn start(mut command: Command) -> io::Result<Running> {
        let mut child = command.spawn()?;
        let id = child.id().unwrap_or_default();
        let stderr = Stderr::collect(child.stderr.take());
        let (sender, end) = watch::channel(None);
        tokio::spawn(wait(child, id, sender));
        Ok(Running {
            id,
            stderr,
            end,
            workers: BTreeSet::new(),
        })
    }

    pub(super) fn ended(&self) -> Option<End> {
        *self.end.borrow()
    }

    /// Ends the process and all below it, politely at first where it still works.
    pub(super) async fn stop(mut self, gently: bool) {
        if self.ended().is_some() {
            return;
        }
        if gently {
            end_group(self.id);
            let ended = self.end.wait_for(Option::is_some);
            if timeout(END_PATIENCE, ended).await.is_ok() {
                return;
            }
        }
        kill_group(self.id);
        let _ = timeout(END_PATIENCE, self.end.wait_for(Option::is_some)).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The group of a process that has ended was ended with it.
        if self.ended().is_none() {
            kill_group(self.id);
        }
    }
}

/// Waits for the end of the process, and ends what is left of its group: a new one takes its port.
async fn wait(mut child: Child, id: u32, sender: watch::Sender<Option<End>>) {
    let status = child.wait().await;
    let at = Instant::now();
    kill_group(id);
    if let Ok(status) = status {
        let _ = sender.send(Some(End { status, at }));
    }
}

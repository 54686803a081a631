//! What the processes of a target take while a case runs.

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use wsspec_reports::Usage;

use super::process::{Taken, taken};

/// Time between two looks at the processes.
const LOOK: Duration = Duration::from_millis(20);

/// Watches the processes of a target from its beginning to its end.
pub(crate) struct Gauge {
    root: u32,
    before: Taken,
    /// The most of each that was seen.
    most: watch::Receiver<Taken>,
    looking: JoinHandle<()>,
}

impl Gauge {
    /// Begins to watch a process, and all below it. `None` where it cannot be seen.
    pub(crate) fn watch(root: u32) -> Option<Gauge> {
        let before = taken(root)?;
        let (sender, most) = watch::channel(before);
        let looking = tokio::spawn(look(root, sender));
        Some(Gauge {
            root,
            before,
            most,
            looking,
        })
    }

    /// What was taken since it began.
    pub(crate) fn usage(self) -> Usage {
        self.looking.abort();
        let mut most = *self.most.borrow();
        if let Some(now) = taken(self.root) {
            most = most_of(most, now);
        }
        Usage {
            memory_before_kib: self.before.memory_kib,
            memory_peak_kib: most.memory_kib,
            cpu_ms: most.cpu_ms.saturating_sub(self.before.cpu_ms),
            threads: most.threads,
            files: most.files,
        }
    }
}

async fn look(root: u32, most: watch::Sender<Taken>) {
    while let Some(now) = taken(root) {
        most.send_modify(|most| *most = most_of(*most, now));
        sleep(LOOK).await;
    }
}

/// The larger of each.
fn most_of(one: Taken, other: Taken) -> Taken {
    Taken {
        memory_kib: one.memory_kib.max(other.memory_kib),
        cpu_ms: one.cpu_ms.max(other.cpu_ms),
        threads: one.threads.max(other.threads),
        files: one.files.max(other.files),
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn memory_that_is_held_for_a_while_is_seen() {
        const HELD: usize = 64 << 20;
        let gauge = Gauge::watch(std::process::id()).unwrap();
        let held = vec![1_u8; HELD];
        let mut most = gauge.most.clone();
        let wanted = gauge.before.memory_kib + (HELD as u64 >> 11);
        most.wait_for(|most| most.memory_kib >= wanted)
            .await
            .unwrap();
        drop(held);
        let usage = gauge.usage();
        assert!(usage.growth_kib() >= HELD as u64 >> 11, "{usage:?}");
        assert!(usage.threads > 0 && usage.files > 0);
    }

    #[tokio::test]
    async fn nothing_is_told_of_a_process_that_is_not_there() {
        assert!(Gauge::watch(u32::MAX >> 1).is_none());
    }
}

//! What the processes of a target take while a case runs.

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use wsspec_reports::Usage;
use wsspec_vectors::Left;

use super::process::{Taken, taken, threads_us};

/// Time between two looks at the processes.
const LOOK: Duration = Duration::from_millis(20);

/// Time for threads and connections that are no longer needed to end.
const SOON: Duration = Duration::from_secs(3);

/// Watches the processes of a target from its beginning to its end.
pub(crate) struct Gauge {
    root: u32,
    before: Taken,
    /// Processor time of its threads by then, in microseconds.
    threads_us: u64,
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
            threads_us: threads_us(root),
            most,
            looking,
        })
    }

    /// What was taken since it began, once no more than `enough` is left of it, or soon after.
    pub(crate) async fn usage(self, enough: Option<Left>) -> Usage {
        let mut now = taken(self.root).unwrap_or(self.before);
        if let Some(enough) = enough {
            let until = Instant::now() + SOON;
            while self.leaves_more(now, enough) && Instant::now() < until {
                sleep(LOOK).await;
                now = taken(self.root).unwrap_or(self.before);
            }
        }
        self.looking.abort();
        let most = most_of(*self.most.borrow(), now);
        let cpu_ms = most.cpu_ms.saturating_sub(self.before.cpu_ms);
        let threads_us = threads_us(self.root).saturating_sub(self.threads_us);
        Usage {
            memory_before_kib: self.before.memory_kib,
            memory_peak_kib: most.memory_kib,
            cpu_ms,
            cpu_us: finer(cpu_ms, threads_us),
            threads: most.threads,
            files: most.files,
            threads_left: now.threads.saturating_sub(self.before.threads),
            files_left: now.files.saturating_sub(self.before.files),
        }
    }

    fn leaves_more(&self, now: Taken, enough: Left) -> bool {
        now.threads > self.before.threads + enough.threads
            || now.files > self.before.files + enough.files
    }
}

/// Processor time in microseconds: that of the threads which are still there, unless others have ended that
/// took much of it.
fn finer(cpu_ms: u64, threads_us: u64) -> Option<u64> {
    (threads_us * 2 >= cpu_ms * 1000).then_some(threads_us)
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
        let usage = gauge.usage(None).await;
        assert!(usage.growth_kib() >= HELD as u64 >> 11, "{usage:?}");
        assert!(usage.threads > 0 && usage.files > 0);
    }

    #[test]
    fn time_of_threads_that_have_ended_is_not_finely_known() {
        for (cpu_ms, threads_us, us) in [
            (10, 5_321, Some(5_321)),
            (0, 9_999, Some(9_999)),
            (170, 166_123, Some(166_123)),
            (20, 500, None),
            (170, 1_500, None),
        ] {
            assert_eq!(finer(cpu_ms, threads_us), us);
        }
    }

    #[tokio::test]
    async fn nothing_is_told_of_a_process_that_is_not_there() {
        assert!(Gauge::watch(u32::MAX >> 1).is_none());
    }
}

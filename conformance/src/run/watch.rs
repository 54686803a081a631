//! What the processes of a server take over a run.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use wsspec_reports::{Moment, Timeline};

use super::Subject;
use super::keeper::Keeper;
use super::process::taken;

/// Time between two looks at the processes.
const LOOK: Duration = Duration::from_millis(200);

/// Watches the processes of a server from the beginning of a run to its end. Dropping it ends that.
pub(super) struct Watch {
    timeline: Arc<Mutex<Timeline>>,
    looking: JoinHandle<()>,
}

impl Watch {
    /// Begins to watch; `None` where the processes are not known.
    pub(super) fn begin(subject: &Subject) -> Option<Watch> {
        let keeper = Arc::clone(subject.keeper()?);
        let timeline = Arc::default();
        Some(Watch {
            looking: tokio::spawn(look(keeper, Arc::clone(&timeline))),
            timeline,
        })
    }

    /// What was seen; `None` where that is nothing.
    pub(super) fn seen(&self) -> Option<Timeline> {
        let timeline = self.timeline.lock().unwrap_or_else(PoisonError::into_inner);
        (!timeline.moments.is_empty()).then(|| timeline.clone())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.looking.abort();
    }
}

async fn look(keeper: Arc<Keeper>, timeline: Arc<Mutex<Timeline>>) {
    let began = Instant::now();
    // A server that is started again has another id, and begins with no time.
    let mut before: Option<(u32, u64)> = None;
    loop {
        if let Some(id) = keeper.process()
            && let Some(now) = taken(id)
        {
            let until_then = match before {
                Some((same, cpu_ms)) if same == id => cpu_ms,
                Some(_) => 0,
                None => now.cpu_ms,
            };
            before = Some((id, now.cpu_ms));
            let moment = Moment {
                at_ms: began.elapsed().as_millis() as u64,
                memory_kib: now.memory_kib,
                cpu_ms: now.cpu_ms.saturating_sub(until_then),
                threads: now.threads,
                files: now.files,
            };
            let mut timeline = timeline.lock().unwrap_or_else(PoisonError::into_inner);
            timeline.add(moment);
        }
        sleep(LOOK).await;
    }
}

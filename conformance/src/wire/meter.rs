//! Time that this machine has taken away by having more to do than it has processors for.
//!
//! A target that waits for a processor is late through no fault of its own. With five threads to
//! run on two processors, each of them runs for two seconds in five: three of the five are lost. A
//! deadline is put off by what was lost before it. Where the system does not say how many threads
//! are ready to run, nothing is lost.

use std::fs;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Time between two looks.
pub(crate) const LOOK: Duration = Duration::from_millis(100);

/// The longest time that a look speaks for. The machine was not watched for longer than that.
const LONGEST: Duration = Duration::from_secs(1);

/// What a deadline grows to at most, in deadlines.
const MOST: f64 = 5.0;

/// All time lost as far as it was looked at. To be asked more often than every [`LOOK`].
pub(crate) fn lost() -> Duration {
    static METER: Mutex<Option<Meter>> = Mutex::new(None);
    let now = Instant::now();
    let mut meter = METER.lock().unwrap_or_else(PoisonError::into_inner);
    let meter = meter.get_or_insert(Meter {
        looked: now,
        lost: Duration::ZERO,
    });
    meter.look(now, ready);
    meter.lost
}

/// Sleeps for this time and for what is lost of it.
pub(crate) async fn sleep(time: Duration) {
    let (began, before) = (Instant::now(), lost());
    loop {
        let passed = began.elapsed();
        let put_off = lost().saturating_sub(before);
        let left = time.saturating_add(put_off).saturating_sub(passed);
        if left.is_zero() {
            return;
        }
        tokio::time::sleep(left.min(LOOK)).await;
    }
}

/// What comes of this in as much time as [`sleep`] takes.
pub(crate) async fn timeout<F: Future>(time: Duration, future: F) -> Option<F::Output> {
    tokio::select! {
        biased;
        output = future => Some(output),
        () = sleep(time) => None,
    }
}

#[derive(Debug)]
struct Meter {
    looked: Instant,
    lost: Duration,
}

impl Meter {
    fn look(&mut self, now: Instant, ready: impl FnOnce() -> Option<f64>) {
        let passed = now.saturating_duration_since(self.looked);
        if passed < LOOK {
            return;
        }
        self.looked = now;
        let each = ready().unwrap_or(1.0).clamp(1.0, MOST);
        self.lost += passed.min(LONGEST).mul_f64(1.0 - 1.0 / each);
    }
}

/// Threads that run or are ready to, for each processor.
fn ready() -> Option<f64> {
    static PROCESSORS: LazyLock<Option<usize>> =
        LazyLock::new(|| processors(&fs::read_to_string("/proc/stat").ok()?));
    let ready = threads(&fs::read_to_string("/proc/loadavg").ok()?)?;
    Some(f64::from(ready) / (*PROCESSORS)? as f64)
}

/// Processors of the machine, as the threads are: in a container, too. `None` if there are none.
fn processors(stat: &str) -> Option<usize> {
    let lines = stat.lines().filter(|line| is_of_one(line));
    Some(lines.count()).filter(|count| *count > 0)
}

/// Whether a line is about one processor, as those that begin with `cpu0` and `cpu1` are, and not
/// about all.
fn is_of_one(line: &str) -> bool {
    let number = line.strip_prefix("cpu");
    number.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

fn threads(loadavg: &str) -> Option<u32> {
    loadavg.split(' ').nth(3)?.split_once('/')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_is_read() {
        assert_eq!(threads("5.63 3.78 1.81 14/175 28274\n"), Some(14));
        assert_eq!(threads("nothing"), None);
        let stat = "cpu  1 2 3\ncpu0 1 2 3\ncpu1 1 2 3\nintr 5\nprocs_running 3\n";
        assert_eq!(processors(stat), Some(2));
        assert_eq!(processors(""), None);
    }

    #[test]
    fn each_look_counts_the_time_since_the_one_before() {
        let began = Instant::now();
        let mut meter = Meter {
            looked: began,
            lost: Duration::ZERO,
        };
        let mut look = |ms, each| {
            meter.look(began + Duration::from_millis(ms), || each);
            meter.lost
        };
        assert_eq!(look(50, Some(4.0)), Duration::ZERO, "too early");
        assert_eq!(look(200, Some(4.0)), Duration::from_millis(150));
        assert_eq!(look(400, Some(0.5)), Duration::from_millis(150), "idle");
        assert_eq!(look(600, None), Duration::from_millis(150), "not known");
        assert_eq!(
            look(9000, Some(2.0)),
            Duration::from_millis(650),
            "not watched"
        );
    }
}

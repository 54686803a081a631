//! What a process and all below it take, as `/proc` tells; nothing on other systems than Linux.

use std::fs;

/// Processes that are looked at, at most: a target that forks without end is not followed.
const MOST_PROCESSES: usize = 256;

/// Ticks of processor time in a second, of Linux whatever the processor.
const TICKS: u64 = 100;

/// What processes take at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::run) struct Taken {
    /// Resident memory, in KiB.
    pub(in crate::run) memory_kib: u64,
    /// Processor time since they began, in milliseconds.
    pub(in crate::run) cpu_ms: u64,
    pub(in crate::run) threads: u32,
    /// Open files.
    pub(in crate::run) files: u32,
}

/// What a process and all below it take now; `None` if it is gone, or cannot be seen.
pub(in crate::run) fn taken(root: u32) -> Option<Taken> {
    let mut sum = of(root)?;
    let mut next = children(root);
    let mut seen = 1;
    while let Some(id) = next.pop() {
        seen += 1;
        if seen > MOST_PROCESSES {
            break;
        }
        let Some(taken) = of(id) else { continue };
        sum.memory_kib += taken.memory_kib;
        sum.cpu_ms += taken.cpu_ms;
        sum.threads += taken.threads;
        sum.files += taken.files;
        next.extend(children(id));
    }
    Some(sum)
}

/// Processor time of the threads that a process and all below it have now, in microseconds; 0 where the
/// system does not count it. What ended threads took is missing.
pub(in crate::run) fn threads_us(root: u32) -> u64 {
    let mut next = vec![root];
    let mut nanoseconds = 0;
    for _ in 0..MOST_PROCESSES {
        let Some(id) = next.pop() else { break };
        nanoseconds += of_threads(id);
        next.extend(children(id));
    }
    nanoseconds / 1000
}

/// Processor time of the threads of a process, in nanoseconds.
fn of_threads(id: u32) -> u64 {
    let Ok(threads) = fs::read_dir(format!("/proc/{id}/task")) else {
        return 0;
    };
    let times = threads.flatten().filter_map(|thread| {
        let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<u64>().ok()
    });
    times.sum()
}

fn of(id: u32) -> Option<Taken> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name before it may contain any character.
    let fields = stat.rsplit_once(") ")?.1.split(' ');
    // User and system time, and those of children that were waited for: they are gone from the sum
    // otherwise.
    let ticks: u64 = fields
        .skip(11)
        .take(4)
        .filter_map(|ticks| ticks.parse::<u64>().ok())
        .sum();
    let files = fs::read_dir(format!("/proc/{id}/fd")).map_or(0, Iterator::count);
    Some(Taken {
        memory_kib: number(&status, "VmRSS:").unwrap_or_default(),
        cpu_ms: ticks * 1000 / TICKS,
        threads: number(&status, "Threads:").unwrap_or_default() as u32,
        files: files as u32,
    })
}

/// The number on this line.
fn number(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The children of all threads of a process.
fn children(id: u32) -> Vec<u32> {
    let Ok(threads) = fs::read_dir(format!("/proc/{id}/task")) else {
        return Vec::new();
    };
    let lists = threads
        .flatten()
        .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let mut found = Vec::new();
    for list in lists {
        found.extend(
            list.split_whitespace()
                .filter_map(|id| id.parse::<u32>().ok()),
        );
    }
    found
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn what_is_below_a_process_counts() {
        let mut shell = Command::new("sh")
            .args(["-c", "sleep 60 & echo; wait"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = [0];
        std::io::Read::read_exact(shell.stdout.as_mut().unwrap(), &mut line).unwrap();
        let both = taken(shell.id()).unwrap();
        let below = children(shell.id());
        assert_eq!(below.len(), 1);
        let one = of(shell.id()).unwrap();
        assert!(
            both.memory_kib > one.memory_kib && both.threads == 2,
            "{both:?} {one:?}"
        );
        assert!(both.files >= 6);
        for id in below {
            let id = rustix::process::Pid::from_raw(id.cast_signed()).unwrap();
            rustix::process::kill_process(id, rustix::process::Signal::KILL).unwrap();
        }
        shell.wait().unwrap();
        assert_eq!(taken(shell.id()), None);
    }

    #[test]
    fn processor_time_is_seen() {
        let before = taken(std::process::id()).unwrap().cpu_ms;
        let mut sum = 0_u64;
        while taken(std::process::id()).unwrap().cpu_ms < before + 50 {
            sum = (0..1_000_000_u64).fold(sum, |sum, n| sum.wrapping_mul(31).wrapping_add(n));
        }
        assert_ne!(sum, 1);
    }
}

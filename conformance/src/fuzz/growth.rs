//! Detects a target process whose memory grows without end.

use std::{fs, io};

/// Growth is reported from this multiple of the initial size.
const MIN_FACTOR: u64 = 4;

/// Growth is reported from this increase, in KiB.
const MIN_INCREASE_KIB: u64 = 512 << 10;

/// The memory of a process.
#[derive(Debug)]
pub(crate) struct Growth {
    pid: u32,
    /// Resident memory at the beginning, in KiB.
    initial: u64,
    /// The growth was reported, and is not reported again.
    pub(crate) reported: bool,
}

impl Growth {
    /// Begins to watch a process.
    ///
    /// # Errors
    /// The memory of the process cannot be read.
    pub(crate) fn of(pid: u32) -> io::Result<Growth> {
        let initial = resident(pid).ok_or_else(|| {
            io::Error::other(format!(
                "cannot read the memory of process {pid} from /proc"
            ))
        })?;
        Ok(Growth {
            pid,
            initial,
            reported: false,
        })
    }

    /// Describes the growth, where there is enough of it and it has not been reported.
    pub(crate) fn describe(&self) -> Option<String> {
        let now = resident(self.pid)?;
        let grown = now > self.initial * MIN_FACTOR && now > self.initial + MIN_INCREASE_KIB;
        if !grown || self.reported {
            return None;
        }
        let (from, to) = (self.initial >> 10, now >> 10);
        Some(format!("the process grew from {from} to {to} MiB"))
    }
}

/// Resident memory in KiB.
fn resident(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn large_growth_is_reported_once() {
        let mut growth = Growth::of(std::process::id()).unwrap();
        assert_eq!(growth.describe(), None);
        growth.initial = 0;
        let held = vec![1_u8; (MIN_INCREASE_KIB as usize + 1024) << 10];
        let description = growth.describe().unwrap();
        assert!(description.contains("grew from 0"), "{}", held.len());
        growth.reported = true;
        assert_eq!(growth.describe(), None);
        assert!(Growth::of(u32::MAX).is_err());
    }
}

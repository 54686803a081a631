//! Whether the process of a target grows without end.

use std::{fs, io};

/// Growth that is no warming up: so many times its size, and so many KiB at least.
const TIMES: u64 = 4;
const LEAST_KIB: u64 = 512 << 10;

/// The memory of a process.
#[derive(Debug)]
pub(crate) struct Growth {
    pid: u32,
    first: u64,
    /// It was told, and is not again.
    pub(crate) told: bool,
}

impl Growth {
    /// Begins to watch a process.
    pub(crate) fn of(pid: u32) -> io::Result<Growth> {
        let first = resident(pid).ok_or_else(|| {
            io::Error::other(format!(
                "the memory of process {pid} cannot be read from /proc"
            ))
        })?;
        Ok(Growth {
            pid,
            first,
            told: false,
        })
    }

    /// In words, that it has grown beyond measure.
    pub(crate) fn look(&self) -> Option<String> {
        let now = resident(self.pid)?;
        let grown = now > self.first * TIMES && now > self.first + LEAST_KIB;
        if !grown || self.told {
            return None;
        }
        Some(format!(
            "the process grew from {} to {} MiB",
            self.first >> 10,
            now >> 10
        ))
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
    fn growth_beyond_measure_is_told() {
        let mut growth = Growth::of(std::process::id()).unwrap();
        assert_eq!(growth.look(), None);
        growth.first = 0;
        let held = vec![1_u8; (LEAST_KIB as usize + 1024) << 10];
        assert!(
            growth.look().unwrap().contains("grew from 0"),
            "{}",
            held.len()
        );
        growth.told = true;
        assert_eq!(growth.look(), None);
        assert!(Growth::of(u32::MAX).is_err());
    }
}

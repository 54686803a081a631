//! The transcript of an exchange as it grows, bounded in size.

use std::time::Duration;

use wsspec_reports::{Entry, What, Who};

/// Bytes kept of each side.
const KEPT: u64 = 256 << 10;

/// Reads or writes kept of each side, so that a target that sends byte by byte costs bounded
/// memory.
const PIECES: usize = 2048;

/// Everything that went over the connections of an exchange so far.
#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) entries: Vec<Entry>,
    sides: [Side; 2],
}

/// What is kept of one side.
#[derive(Debug, Default)]
struct Side {
    bytes: u64,
    pieces: usize,
    /// The entry that counts what is not kept, once there is any.
    left: Option<usize>,
}

impl Log {
    pub(crate) fn event(&mut self, now: Duration, on: u32, who: Who, what: What) {
        self.entries.push(Entry {
            at_us: now.as_micros() as u64,
            on,
            who,
            what,
        });
    }

    pub(crate) fn bytes(&mut self, now: Duration, on: u32, who: Who, bytes: &[u8]) {
        let side = &mut self.sides[usize::from(who == Who::Target)];
        if let Some(at) = side.left {
            if let What::Left(n) = &mut self.entries[at].what {
                *n += bytes.len() as u64;
            }
            return;
        }
        let room = if side.pieces == PIECES {
            0
        } else {
            (KEPT - side.bytes).min(bytes.len() as u64) as usize
        };
        side.bytes += room as u64;
        side.pieces += 1;
        let left = (bytes.len() - room) as u64;
        if left > 0 {
            side.left = Some(self.entries.len() + usize::from(room > 0));
        }
        if room > 0 {
            self.event(now, on, who, What::Bytes(bytes[..room].to_vec()));
        }
        if left > 0 {
            self.event(now, on, who, What::Left(left));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The kept bytes of the target, the entries, and the bytes that were left out.
    fn logged(pieces: impl Iterator<Item = usize>) -> (usize, usize, u64) {
        let mut log = Log::default();
        for size in pieces {
            log.bytes(Duration::ZERO, 1, Who::Suite, b"between");
            log.bytes(Duration::ZERO, 1, Who::Target, &vec![7; size]);
        }
        let (mut kept, mut left) = (0, 0);
        for entry in log.entries.iter().filter(|e| e.who == Who::Target) {
            match &entry.what {
                What::Bytes(bytes) => kept += bytes.len(),
                What::Left(n) => left += n,
                _ => {}
            }
        }
        (kept, log.entries.len(), left)
    }

    #[test]
    fn much_or_often_costs_bounded_memory() {
        assert_eq!(
            logged([300 << 10, 5, 5].into_iter()),
            (256 << 10, 5, (44 << 10) + 10)
        );
        assert_eq!(
            logged(std::iter::repeat_n(1, 10_000)),
            (2048, 2 * 2049, 10_000 - 2048)
        );
        assert_eq!(logged([1, 2].into_iter()), (3, 4, 0));
    }
}

//! The transcript of an exchange as it grows, of bounded size.

use std::time::Duration;

use wsspec_reports::{Entry, What, Who};

/// Bytes of each side that are kept.
const KEPT: u64 = 256 << 10;

/// Everything that went over a connection so far.
#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) entries: Vec<Entry>,
    /// Bytes seen of the suite and of the target.
    seen: [u64; 2],
}

impl Log {
    pub(crate) fn event(&mut self, now: Duration, who: Who, what: What) {
        self.entries.push(Entry { at_us: now.as_micros() as u64, who, what });
    }

    pub(crate) fn bytes(&mut self, now: Duration, who: Who, bytes: &[u8]) {
        let seen = &mut self.seen[usize::from(who == Who::Target)];
        let room = KEPT.saturating_sub(*seen).min(bytes.len() as u64) as usize;
        *seen += bytes.len() as u64;
        let left = (bytes.len() - room) as u64;
        if let Some(Entry { who: last, what: What::Left(n), .. }) = self.entries.last_mut()
            && *last == who
            && room == 0
        {
            *n += left;
            return;
        }
        if room > 0 {
            self.event(now, who, What::Bytes(bytes[..room].to_vec()));
        }
        if left > 0 {
            self.event(now, who, What::Left(left));
        }
    }
}

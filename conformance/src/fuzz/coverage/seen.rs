//! What of a map was reached, and what was not before.

use std::collections::BTreeMap;

/// A counter that was reached, and the bucket of its count.
pub(crate) type Entry = (u32, u8);

/// The entries that one conversation reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Trace(Vec<Entry>);

impl Trace {
    pub(super) fn of(counters: &[u8]) -> Trace {
        let reached = counters.iter().enumerate().filter(|(_, count)| **count > 0);
        Trace(
            reached
                .map(|(index, count)| (index as u32, bucket(*count)))
                .collect(),
        )
    }

    /// Whether nothing was reached: nothing writes the map.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether all of these are in it.
    pub(crate) fn reaches(&self, entries: &[Entry]) -> bool {
        entries
            .iter()
            .all(|entry| self.0.binary_search(entry).is_ok())
    }
}

/// The bit of the bucket that AFL puts a count in: 1, 2, 3, 4, 8, 16, 32 or 128 and more.
fn bucket(count: u8) -> u8 {
    match count {
        0 => 0,
        1 => 1,
        2 => 1 << 1,
        3 => 1 << 2,
        4..8 => 1 << 3,
        8..16 => 1 << 4,
        16..32 => 1 << 5,
        32..128 => 1 << 6,
        128.. => 1 << 7,
    }
}

/// What was reached that was not reached before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum New {
    /// Known code, another number of times.
    Counts,
    /// These entries of counters that were zero in all conversations before.
    Code(Vec<Entry>),
}

/// All that was reached: the buckets of each counter.
#[derive(Debug, Default)]
pub(crate) struct Seen(BTreeMap<u32, u8>);

impl Seen {
    /// Adds what a conversation reached; what of it is new.
    pub(crate) fn learn(&mut self, trace: &Trace) -> Option<New> {
        let mut code = Vec::new();
        let mut counts = false;
        for &(index, bucket) in &trace.0 {
            let buckets = self.0.entry(index).or_default();
            if *buckets == 0 {
                code.push((index, bucket));
            }
            counts |= *buckets & bucket == 0;
            *buckets |= bucket;
        }
        match (code.is_empty(), counts) {
            (false, _) => Some(New::Code(code)),
            (true, true) => Some(New::Counts),
            (true, false) => None,
        }
    }

    /// The number of counters that were reached.
    pub(crate) fn counters(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_falls_into_the_bucket_that_afl_has_for_it() {
        let firsts = [1, 2, 3, 4, 8, 16, 32, 128];
        for (bit, first) in firsts.into_iter().enumerate() {
            let before = if bit == 0 { 0 } else { 1 << (bit - 1) };
            assert_eq!(bucket(first), 1 << bit, "{first}");
            assert_eq!(bucket(first - 1), before, "{first}");
        }
        assert_eq!(bucket(255), 1 << 7);
    }

    #[test]
    fn code_is_new_once_and_counts_once_for_each_bucket() {
        let mut seen = Seen::default();
        let mut learn = |counters: &[u8]| seen.learn(&Trace::of(counters));
        assert_eq!(learn(&[0, 1, 0]), Some(New::Code(vec![(1, 1)])));
        assert_eq!(learn(&[0, 1, 0]), None);
        assert_eq!(learn(&[0, 4, 0]), Some(New::Counts));
        assert_eq!(learn(&[0, 7, 0]), None);
        assert_eq!(learn(&[2, 9, 0]), Some(New::Code(vec![(0, 2)])));
        assert_eq!(learn(&[0, 0, 0]), None);
        assert_eq!(seen.counters(), 2);
    }

    #[test]
    fn a_trace_reaches_what_it_has_in_the_same_bucket() {
        let trace = Trace::of(&[0, 1, 5]);
        assert!(trace.reaches(&[(1, 1), (2, 1 << 3)]));
        assert!(!trace.reaches(&[(1, 2)]) && !trace.reaches(&[(0, 1)]));
    }
}

//! Which case is next: those of families that take long come last, so that they keep no others
//! waiting.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use wsspec_vectors::Case;

/// Cases of a family that are timed before it is called slow.
const TIMED: u32 = 6;

/// A family is slow if its cases take this long on average.
const SLOW: Duration = Duration::from_millis(300);

/// Cases that wait for their turn, or run.
#[derive(Debug)]
pub(super) struct Queue {
    cases: Vec<Arc<Case>>,
    next: VecDeque<usize>,
    /// Those of slow families.
    later: VecDeque<usize>,
    /// Cases that were taken and what came of which was not sent yet, with when they began; `None`
    /// while one waits for room.
    taken: HashMap<usize, Option<Instant>>,
    families: HashMap<String, Timed>,
}

/// What the cases of a family took so far.
#[derive(Debug, Clone, Copy, Default)]
struct Timed {
    cases: u32,
    time: Duration,
}

impl Timed {
    fn is_slow(self) -> bool {
        self.cases >= TIMED && self.time > SLOW * self.cases
    }
}

impl Queue {
    /// These of `cases`, in this order.
    pub(super) fn new(cases: &[Arc<Case>], todo: Vec<usize>) -> Queue {
        Queue {
            cases: cases.to_vec(),
            next: todo.into(),
            later: VecDeque::new(),
            taken: HashMap::new(),
            families: HashMap::new(),
        }
    }

    /// Takes the next case, and notes that, so that none is lost when the target dies.
    pub(super) fn take(&mut self) -> Option<(usize, Arc<Case>)> {
        while let Some(i) = self.next.pop_front() {
            let family = self.families.get(&self.cases[i].family);
            if family.is_some_and(|family| family.is_slow()) {
                self.later.push_back(i);
            } else {
                return Some(self.taken(i));
            }
        }
        let i = self.later.pop_front()?;
        Some(self.taken(i))
    }

    fn taken(&mut self, i: usize) -> (usize, Arc<Case>) {
        self.taken.insert(i, None);
        (i, Arc::clone(&self.cases[i]))
    }

    /// A case that was taken has begun.
    pub(super) fn begin(&mut self, i: usize, began: Instant) {
        self.taken.insert(i, Some(began));
    }

    /// A case was run, and what came of it is known.
    pub(super) fn end(&mut self, i: usize, time: Duration) {
        self.taken.remove(&i);
        let family = self.families.entry(self.cases[i].family.clone());
        let timed = family.or_default();
        timed.cases += 1;
        timed.time += time;
    }

    /// Leaves nothing to take. Returns the cases that had begun, with when, and those that had not.
    pub(super) fn halt(&mut self) -> (Vec<(usize, Instant)>, Vec<usize>) {
        let mut running = Vec::new();
        let mut left: Vec<usize> = self.next.drain(..).chain(self.later.drain(..)).collect();
        for (i, began) in self.taken.drain() {
            match began {
                Some(began) => running.push((i, began)),
                None => left.push(i),
            }
        }
        (running, left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wsspec_vectors::Corpus;

    /// Cases of two families, those of the first before those of the second.
    fn cases() -> Vec<Arc<Case>> {
        let corpus = Corpus::embedded().unwrap();
        let of = |family: &str| {
            let cases = corpus.cases.iter();
            let cases = cases.filter(|case| case.family == family);
            cases.take(8).cloned().collect::<Vec<_>>()
        };
        [of("control"), of("utf8")].concat()
    }

    #[test]
    fn a_slow_family_comes_last() {
        let cases = cases();
        let mut queue = Queue::new(&cases, (0..cases.len()).collect());
        for i in 0..TIMED as usize {
            assert_eq!(queue.take().unwrap().0, i);
            queue.end(i, SLOW * 2);
        }
        let rest = std::iter::from_fn(|| queue.take());
        let rest: Vec<usize> = rest.map(|(i, _)| i).collect();
        assert_eq!(rest, [8, 9, 10, 11, 12, 13, 14, 15, 6, 7]);
    }

    #[test]
    fn a_halt_loses_no_case() {
        let cases = cases();
        let mut queue = Queue::new(&cases, (0..cases.len()).collect());
        queue.take();
        queue.take();
        queue.begin(1, Instant::now());
        let (running, mut left) = queue.halt();
        left.sort_unstable();
        assert_eq!(running.iter().map(|(i, _)| *i).collect::<Vec<_>>(), [1]);
        assert_eq!(left, [0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
        assert!(queue.take().is_none());
    }
}

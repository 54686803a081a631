//! What the summaries of mutants share: progress, shares, plurals.

use std::io::{IsTerminal, Write, stderr};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Progress on standard error, if that is a terminal.
pub(super) struct Progress {
    shown: bool,
    done: AtomicUsize,
    all: usize,
}

impl Progress {
    pub(super) fn new(all: usize) -> Progress {
        Progress {
            shown: stderr().is_terminal(),
            done: AtomicUsize::new(0),
            all,
        }
    }

    pub(super) fn show(&self, name: &str) {
        let n = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if self.shown {
            let _ = write!(stderr(), "\r\x1b[K{n} of {}  {name}", self.all);
        }
    }

    pub(super) fn clear(&self) {
        if self.shown {
            let _ = write!(stderr(), "\r\x1b[K");
        }
    }
}

pub(super) fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

pub(super) fn plural<'a>(n: usize, one: &'a str, many: &'a str) -> &'a str {
    if n == 1 { one } else { many }
}

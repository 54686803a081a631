//! Which cases are meant for a fault.

use globset::{Glob, GlobMatcher};
use wsspec_vectors::{Case, Corpus};

use crate::peer::PlantedFault;

/// The cases and passive rules meant for one fault.
pub(super) struct Meant {
    /// A glob on their ids, or a requirement they cite.
    pattern: &'static str,
    ids: Option<GlobMatcher>,
}

impl Meant {
    pub(super) fn of(fault: &PlantedFault) -> Meant {
        let pattern = fault.meant.unwrap_or_default();
        let glob = Glob::new(pattern).ok();
        Meant {
            pattern,
            ids: glob.map(|glob| glob.compile_matcher()),
        }
    }

    /// Whether a case of `corpus`, or a passive rule, is one of them.
    pub(super) fn has(&self, corpus: &Corpus, id: &str) -> bool {
        let named = corpus.cases.iter().find(|case| case.id == id);
        self.matches(id) || named.is_some_and(|case| self.has_case(case))
    }

    /// Whether a case is one of them.
    pub(super) fn has_case(&self, case: &Case) -> bool {
        self.matches(&case.id) || case.cites(self.pattern)
    }

    fn matches(&self, id: &str) -> bool {
        self.ids.as_ref().is_some_and(|ids| ids.is_match(id))
    }
}

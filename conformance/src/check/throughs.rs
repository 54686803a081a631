//! Vectors for gateways: a relay passes them plainly, and no other conforming gateway is accused.

use wsspec_reports::Verdict;
use wsspec_vectors::ThroughCase;

use super::BrokenVector;
use crate::through::gateway::{Gateway, Kind};
use crate::through::in_memory;

/// The worst verdict on a conforming gateway of each kind.
const WORST: [(Kind, Verdict); 3] = [
    (Kind::Relay, Verdict::Pass),
    (Kind::Http, Verdict::NonStrict),
    (Kind::Endpoint, Verdict::NonStrict),
];

/// Checks a vector for gateways. Returns the kinds of gateways with which it does not hold.
pub fn through(case: &ThroughCase) -> Vec<BrokenVector> {
    let broken = WORST.into_iter().filter_map(|(kind, worst)| {
        let conclusion = in_memory(case, Gateway::new(kind, None));
        let reason = conclusion.reason.filter(|_| conclusion.verdict > worst)?;
        Some(BrokenVector {
            id: case.id.clone(),
            circumstances: kind.name().to_owned(),
            reason: reason.to_string(),
        })
    });
    broken.collect()
}

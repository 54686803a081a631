//! Vectors for gateways: a relay passes them plainly, and no other conforming gateway is accused.

use wsspec_reports::Verdict;
use wsspec_vectors::OpensBy::{self, Connect, Upgrade};
use wsspec_vectors::ThroughCase;

use super::BrokenVector;
use crate::through::gateway::{Gateway, Kind};
use crate::through::in_memory;

/// The worst verdict on a conforming gateway of each kind, between connections that open like this.
const WORST: [(&str, [OpensBy; 2], Kind, Verdict); 6] = [
    ("a relay", [Upgrade; 2], Kind::Relay, Verdict::Pass),
    ("a gateway", [Upgrade; 2], Kind::Http, Verdict::NonStrict),
    (
        "an endpoint",
        [Upgrade; 2],
        Kind::Endpoint,
        Verdict::NonStrict,
    ),
    (
        "a gateway from HTTP/2",
        [Connect, Upgrade],
        Kind::Http,
        Verdict::NonStrict,
    ),
    (
        "a gateway to HTTP/2",
        [Upgrade, Connect],
        Kind::Http,
        Verdict::NonStrict,
    ),
    (
        "a gateway of HTTP/2",
        [Connect; 2],
        Kind::Http,
        Verdict::NonStrict,
    ),
];

/// Checks a vector for gateways. Returns the kinds of gateways with which it does not hold.
pub fn through(case: &ThroughCase) -> Vec<BrokenVector> {
    let broken = WORST.into_iter().filter_map(|(name, opens, kind, worst)| {
        let conclusion = in_memory(case, Gateway::between(opens, kind, None));
        let applies = conclusion.verdict != Verdict::Skipped;
        let reason = conclusion
            .reason
            .filter(|_| applies && conclusion.verdict > worst)?;
        Some(BrokenVector {
            id: case.id.clone(),
            circumstances: name.to_owned(),
            reason: reason.to_string(),
        })
    });
    broken.collect()
}

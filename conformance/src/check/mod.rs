//! Do the vectors hold against the reference endpoint?
//!
//! | module | contents |
//! |---|---|
//! | `exchanges` | exchange vectors, in memory |
//! | `parses` | parse vectors |
//! | `throughs` | vectors for gateways, with model gateways in memory |
//! | `tcp` | exchange vectors, over TCP |
//! | `variants` | false positives on conforming variants |
//! | `broken` | [`BrokenVector`]: a vector that does not hold |
//! | `parallel` | work spread over all cores |

mod broken;
mod exchanges;
pub(crate) mod parallel;
mod parses;
mod tcp;
mod throughs;
mod variants;

use wsspec_vectors::Corpus;

pub use broken::BrokenVector;
pub use exchanges::{conforming, exchange, in_memory, not_run};
pub use parses::parse;
pub use tcp::over_tcp;
pub use throughs::through;
pub use variants::{each_variant, false_positives, small_cases};

/// Checks every vector of a corpus that can run in memory. Returns those that do not hold.
pub fn corpus(corpus: &Corpus) -> Vec<BrokenVector> {
    let mut broken = exchanges::all(corpus);
    broken.extend(corpus.parses.iter().flat_map(parse));
    broken.extend(corpus.throughs.iter().flat_map(|case| through(case)));
    broken
}

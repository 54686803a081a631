//! Planted faults: each is the conforming peer with one thing wrong.
//!
//! `wsspec echo --fault NAME` serves one, `wsspec mutants` runs the suite against all. A fault is
//! data: a reaction to a violation, an output fault of the endpoint, a fault of the application,
//! or a mutation of the bytes between the endpoint and the wire. [`FAULTS`] lists them.
//!
//! | module | contents |
//! |---|---|
//! | `fault` | [`PlantedFault`]: one fault, and the peer that has it |
//! | `builders` | a constructor for each kind of fault |
//! | `catalogue` | the table of faults |
//! | `generated` | the faults made from the table of violations |
//! | `breaks` | [`Breaks`]: the requirements each fault breaks, and how that shows |

mod breaks;
mod builders;
mod catalogue;
mod fault;
mod generated;

use std::sync::LazyLock;

pub use breaks::{Breaks, Symptom};
pub use fault::PlantedFault;

/// Every planted fault: the rows of the catalogue, then for each violation that calls for an
/// answer a peer that ignores it and one that goes silent.
pub static FAULTS: LazyLock<Vec<PlantedFault>> = LazyLock::new(|| {
    let mut faults = catalogue::rows();
    faults.extend(generated::faults(&faults));
    faults
});

impl PlantedFault {
    /// The fault with this name.
    pub fn named(name: &str) -> Option<&'static PlantedFault> {
        FAULTS.iter().find(|fault| fault.name == name)
    }
}

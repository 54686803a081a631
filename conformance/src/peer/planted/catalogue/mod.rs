//! The catalogue of planted faults: what is wrong, and which cases are meant to kill it.
//!
//! | module | where the fault is |
//! |---|---|
//! | `endpoint` | what an endpoint does with what it read, and what its application does |
//! | `heads` | heads that it sends, and heads as it reads them |
//! | `http2`, `http3` | what only a peer over streams can do wrong |
//! | `tls` | what only a peer over TLS can do wrong |
//! | `proxy` | what only a client of a proxy can do wrong |
//! | `frames` | frames that it sends, and frames as it reads them |

mod endpoint;
mod frames;
mod heads;
mod http2;
mod http3;
mod proxy;
mod tls;

use super::fault::PlantedFault;

/// The rows.
pub(super) fn rows() -> Vec<PlantedFault> {
    [
        endpoint::ROWS,
        heads::ROWS,
        frames::ROWS,
        http2::ROWS,
        http3::ROWS,
        tls::ROWS,
        proxy::ROWS,
    ]
    .concat()
}

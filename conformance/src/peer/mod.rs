//! The reference peer: core's endpoint with an echoing application, conforming or with one planted
//! fault.
//!
//! | module | contents |
//! |---|---|
//! | `endpoint` | [`ReferencePeer`]: how an endpoint is configured and made |
//! | `connection` | [`PeerConnection`]: one end of a connection, sans-I/O |
//! | `application` | [`AppFault`]: what the application does with messages |
//! | [`legal`] | [`LegalApplication`]: applications that are no echo, as a table |
//! | `secured` | the peer's side of TLS in memory, and what it can do wrong |
//! | `proxied` | a client that reaches its server through a proxy |
//! | `gateway` | the peer over HTTP/2, whose streams lead to endpoints |
//! | `party` | [`Party`]: a peer's end of a connection, over whatever transport |
//! | `output` | [`OutputFaults`]: faults in what the endpoint sends |
//! | `mutators` | changes to bytes between the endpoint and the wire |
//! | `planted` | [`FAULTS`]: the planted faults, as a table |
//! | `variants` | [`VARIANTS`]: what a conforming peer may do differently, as a table |
//! | [`hostile`] | servers that attack their clients |
//! | [`tcp`] | the reference peer over TCP |
//! | `recording` | what a peer read and sent in one conversation |

mod application;
mod connection;
mod endpoint;
mod gateway;
pub mod hostile;
pub mod legal;
mod mutators;
mod output;
mod party;
mod planted;
mod proxied;
mod quic;
mod recording;
pub(crate) mod secured;
pub mod tcp;
mod variants;

pub use application::{AppFault, DeathCause};
pub use connection::PeerConnection;
pub use endpoint::ReferencePeer;
pub use gateway::{Carried, GatewayFault};
pub use legal::LegalApplication;
pub use output::OutputFaults;
pub use party::Party;
pub use planted::{Breaks, FAULTS, PlantedFault, Symptom};
pub use proxied::{Destination, Proxied, ProxyFault, Tunnelling};
pub(crate) use recording::Recording;
pub(crate) use secured::Secured;
pub use secured::TlsFault;
pub use variants::{VARIANTS, Variant};

//! Drivers: they carry out what an [`Exchange`](crate::exchange::Exchange) asks for and feed back what the target did.

pub mod arbitrary;
pub mod memory;
pub mod tcp;

//! The inflater, the emitter and the messages of permessage-deflate: the examples of the RFC, every
//! fault by hand, and generated streams against zlib-rs.

mod examples;
mod faults;
mod generated;
mod limits;
mod support;
mod windows;

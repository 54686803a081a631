//! Property tests: mostly conforming streams, against the properties and against a plain second
//! reader.

mod generate;
mod http2;
mod http3;
mod model;
mod targets;

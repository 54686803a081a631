//! The opening handshake (RFC 6455 §4): the request as a server reads it, and the response as a
//! client reads it.
//!
//! `httparse` parses the header block; every rule above that is checked here. A [`HeadReader`]
//! collects the head from chunks of any size, [`Request`] and [`Response`] give its parts, and
//! their `violations` list what is wrong with it, in a fixed order. [`HeadWriter`] writes any head,
//! conforming or not.

mod connect;
mod extensions;
mod fields;
mod head;
mod key;
mod request;
mod response;
mod writer;

pub use connect::{ConnectRequest, ConnectResponse};
pub use extensions::{Extension, parse_extensions};
pub use fields::{Fields, is_token, list};
pub use head::{DEFAULT_MAX_HEAD, HeadReader, MAX_FIELDS};
pub use key::{GUID, accept_for, encode_key, is_key};
pub use request::Request;
pub use response::{Offered, Response};
pub use writer::HeadWriter;

//! The opening handshake (RFC 6455 §4), as a server reads a request and a client reads a response.
//!
//! `httparse` takes the header block apart; every rule above it is here. A [`HeadReader`] collects the head
//! from reads of any size, [`Request`] and [`Response`] give its parts, and their `violations` say what is
//! wrong with it, in a fixed order. [`HeadWriter`] writes any head, right or wrong.

mod extensions;
mod fields;
mod head;
mod key;
mod request;
mod response;
mod writer;

pub use extensions::{Extension, parse_extensions};
pub use fields::{Fields, is_token, list};
pub use head::{DEFAULT_MAX_HEAD, HeadReader, MAX_FIELDS};
pub use key::{GUID, accept_for, encode_key, is_key};
pub use request::Request;
pub use response::{Offered, Response};
pub use writer::HeadWriter;

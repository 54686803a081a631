//! HPACK (RFC 7541).
//!
//! Both ends are our own: of the crates, loona-hpack takes size updates anywhere, has no bound for
//! the list that a few bytes of indices stand for, and builds its Huffman table again for every
//! string. The Huffman code and the integers are those of [QPACK](crate::http3::qpack).

mod decoder;
mod encoder;
mod table;
#[cfg(test)]
mod tests;

pub use decoder::{Decoder, Unread};
pub use encoder::{Encoder, Style};

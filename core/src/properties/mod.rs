//! What holds for every input.
//!
//! A property is a plain function of arbitrary bytes that panics if it does not hold. Property
//! tests, fuzz targets and the replay of old crashes all call the same function, so a crash found
//! by one is a test of the others. Most properties compare the code with itself under a change that
//! must not matter: another chunking, other fragments, another masking key, a writer and a reader
//! back to back. The rest compare it with a simple definition.
//!
//! The first byte of the input is the settings, the second the seed of everything arbitrary, and
//! the rest is what the peer sends. Missing bytes count as 0, and 0 means the defaults, so two zero
//! bytes before a captured stream make it a seed. [`extension_grammar`] alone takes the bare value
//! of the field.
//!
//! To add a property, write the function, list it in [`ALL`], and add a fuzz target of the same
//! name; a test checks that the two lists agree.
//!
//! | property | settings, from the lowest bit |
//! |---|---|
//! | [`frame_decoder`], [`tolerant_decoder`], [`dissector`] | 1: read as a client; 3: largest message, out of [`LIMITS`] |
//! | [`observer`] | 1: read as a client; 3: largest message, out of [`LIMITS`]; 1: from the opening head on; 1: permessage-deflate agreed on |
//! | [`handshake_request`], [`handshake_response`] | 2: largest head, out of [`HEAD_LIMITS`]; 1: tolerate a bare LF |
//! | [`utf8`] | none |
//! | [`endpoint_server`], [`endpoint_client`] | 1: skip the opening handshake; 3: policy; 1: small limits; 2: how often the endpoint speaks unasked; 1: subprotocols and compression, with the upper half of the seed for its parameters |
//! | [`message_roundtrip`] | 1: from server to client; 1: in fragments; 1: compressed, and 4 for its parameters |
//! | [`inflate`] | 3: window bits above 8 to write with; 1: put 40,000 bytes in front; 1: context takeover |
//! | [`deflate_roundtrip`] | 3: window bits below 15; 1: no context takeover; 1: from server to client; 1: blocks of every kind |
//! | [`h2_frames`] | 1: read as a client; 1: small field sections; 1: few streams; 1: no acknowledgements; 1: a window of 1, no dynamic table, extended CONNECT |
//! | [`hpack_fields`] | 1: small field sections; 1: a smaller table is due; 3: how they are written again |
//! | [`h3_frames`] | 1: read as a client; 1: small frames; 1: small field sections; 1: few streams; 1: extended CONNECT announced |

mod decoded;
mod deflate;
mod endpoints;
mod frames;
mod handshake;
mod heads;
mod http2;
mod http3;
mod inflate;
mod messages;
mod observer;
mod roundtrip;
mod text;

use crate::random::SplitMix64;

pub use deflate::{Deflating, deflate_roundtrip};
pub use endpoints::{endpoint_client, endpoint_server};
pub use frames::{LIMITS, dissector, frame_decoder, frame_decoder_by_turns, tolerant_decoder};
pub use handshake::{HEAD_LIMITS, handshake_request, handshake_response};
pub use http2::{h2_frames, hpack_fields};
pub use http3::h3_frames;
pub use inflate::inflate;
pub use observer::observer;
pub use roundtrip::message_roundtrip;
pub use text::{extension_grammar, utf8};

/// A function that panics if the property does not hold for these bytes.
pub type Property = fn(&[u8]);

/// Every property, by the name of its fuzz target.
pub const ALL: &[(&str, Property)] = &[
    ("frame_decoder", frame_decoder),
    ("tolerant_decoder", tolerant_decoder),
    ("dissector", dissector),
    ("observer", observer),
    ("handshake_request", handshake_request),
    ("handshake_response", handshake_response),
    ("utf8", utf8),
    ("extension_grammar", extension_grammar),
    ("endpoint_server", endpoint_server),
    ("endpoint_client", endpoint_client),
    ("message_roundtrip", message_roundtrip),
    ("inflate", inflate),
    ("deflate_roundtrip", deflate_roundtrip),
    ("h2_frames", h2_frames),
    ("hpack_fields", hpack_fields),
    ("h3_frames", h3_frames),
];

/// The input of a property.
struct Input<'a> {
    settings: u8,
    seed: u64,
    stream: &'a [u8],
}

impl<'a> Input<'a> {
    fn new(data: &'a [u8]) -> Self {
        let at = |i: usize| data.get(i).copied().unwrap_or_default();
        Input {
            settings: at(0),
            seed: u64::from(at(1)),
            stream: data.get(2..).unwrap_or_default(),
        }
    }
}

/// How a stream is cut into chunks.
enum Cut {
    Whole,
    Single,
    /// Short and long chunks, and empty ones.
    Mixed(SplitMix64),
}

impl Cut {
    /// Returns the length of the next chunk, if `left` bytes are left.
    fn next(&mut self, left: usize) -> usize {
        let size = match self {
            Cut::Whole => left,
            Cut::Single => 1,
            Cut::Mixed(random) => {
                let scale = [2, 4, 16, 200][random.below(4)];
                random.below(scale)
            }
        };
        size.min(left)
    }
}

//! Frames: header, masking, the streaming decoder and the lenient writer (RFC 6455 §5).
//!
//! To parse a frame:
//!
//! ```
//! use wsspec_core::Role;
//! use wsspec_core::frame::{Decoder, Event};
//!
//! // RFC 6455 §5.7: a masked text message that says Hello.
//! let mut bytes = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
//! let mut input = &mut bytes[..];
//! let mut decoder = Decoder::new(Role::Server);
//! let Some(Event::Data(data)) = decoder.decode(&mut input)? else { panic!("needs more") };
//! assert_eq!((data.payload, data.last), (&b"Hello"[..], true));
//! # Ok::<(), wsspec_core::Fault>(())
//! ```

mod decoder;
mod event;
mod header;
mod mask;
mod opcode;
mod sequence;
mod writer;

pub use decoder::{DEFAULT_MAX_MESSAGE, Decoder};
pub use event::{Data, Event, MessageKind};
pub use header::{FrameHeader, LengthForm, MAX_HEADER};
pub(crate) use mask::Key;
pub use mask::apply_mask;
pub use opcode::Opcode;
pub use sequence::{FrameKind, Sequence};
pub use writer::FrameWriter;

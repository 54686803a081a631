//! Frames: header, masking, the streaming decoder and the lenient writer (RFC 6455 §5).

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
pub use mask::apply_mask;
pub use opcode::Opcode;
pub use sequence::{FrameKind, Sequence};
pub use writer::FrameWriter;

//! The inputs: single frames, and the end of TCP.

use wsspec_core::frame::{FrameWriter, Opcode};

use crate::fuzz::plan::{Body, FrameSpec};

/// What one input does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// Sends this frame.
    Send(Frame),
    /// Ends our direction of the connection; nothing can be sent after it.
    End,
}

/// A frame as it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) opcode: u8,
    pub(crate) fin: bool,
    /// RSV1 is 4, RSV2 is 2, RSV3 is 1.
    pub(crate) rsv: u8,
    pub(crate) masked: bool,
    pub(crate) payload: &'static [u8],
}

/// One input of the machines that are learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Symbol {
    /// Its name, which never changes.
    pub name: &'static str,
    /// What it is, in one line.
    pub about: &'static str,
    pub(crate) act: Act,
}

/// The masking key of every frame, so that the same words send the same bytes.
const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

const TOO_LONG: &[u8] = &[b'a'; 126];

/// Every input. A machine's inputs are places in this table.
pub const ALPHABET: &[Symbol] = &[
    symbol("text", "a text message in one frame", frame(1, b"a")),
    symbol("text-empty", "an empty text message", frame(1, b"")),
    symbol("binary", "a binary message in one frame", frame(2, b"\xff")),
    symbol(
        "text-begin",
        "the first fragment of a text message",
        frame(1, b"a").more(),
    ),
    symbol(
        "text-begin-cut",
        "the first fragment of a text message, which ends within a character",
        frame(1, b"\xc3").more(),
    ),
    symbol(
        "binary-begin",
        "the first fragment of a binary message",
        frame(2, b"\xff").more(),
    ),
    symbol(
        "continuation",
        "a fragment that is not the last",
        frame(0, b"b").more(),
    ),
    symbol("continuation-end", "the last fragment", frame(0, b"b")),
    symbol(
        "continuation-end-cut",
        "the last fragment, which begins with the rest of a character",
        frame(0, b"\xa9"),
    ),
    symbol("ping", "a ping with application data", frame(9, b"p")),
    symbol("ping-empty", "an empty ping", frame(9, b"")),
    symbol("pong", "a pong that answers no ping", frame(10, b"q")),
    symbol(
        "close",
        "a Close frame with code 1000",
        frame(8, b"\x03\xe8"),
    ),
    symbol("close-empty", "a Close frame without a code", frame(8, b"")),
    symbol(
        "close-1005",
        "a Close frame with code 1005, which is never sent",
        frame(8, b"\x03\xed"),
    ),
    symbol(
        "close-one-byte",
        "a Close frame with half a code",
        frame(8, b"\x03"),
    ),
    symbol(
        "text-not-utf8",
        "a text message that is not UTF-8",
        frame(1, b"\xff"),
    ),
    symbol(
        "text-rsv1",
        "a text message with RSV1 and no extension",
        frame(1, b"a").rsv(4),
    ),
    symbol(
        "text-unmasked",
        "a text message without a mask",
        frame(1, b"a").unmasked(),
    ),
    symbol(
        "opcode-3",
        "a frame with a reserved opcode for data",
        frame(3, b"a"),
    ),
    symbol(
        "opcode-11",
        "a frame with a reserved opcode for control",
        frame(11, b"a"),
    ),
    symbol("ping-fragment", "a ping without FIN", frame(9, b"p").more()),
    symbol("ping-too-long", "a ping of 126 bytes", frame(9, TOO_LONG)),
    symbol("end", "the end of our direction of TCP", Act::End),
];

const fn symbol(name: &'static str, about: &'static str, act: Act) -> Symbol {
    Symbol { name, about, act }
}

const fn frame(opcode: u8, payload: &'static [u8]) -> Act {
    Act::Send(Frame {
        opcode,
        fin: true,
        rsv: 0,
        masked: true,
        payload,
    })
}

impl Act {
    const fn more(self) -> Act {
        match self {
            Act::Send(frame) => Act::Send(Frame {
                fin: false,
                ..frame
            }),
            Act::End => self,
        }
    }

    const fn rsv(self, rsv: u8) -> Act {
        match self {
            Act::Send(frame) => Act::Send(Frame { rsv, ..frame }),
            Act::End => self,
        }
    }

    const fn unmasked(self) -> Act {
        match self {
            Act::Send(frame) => Act::Send(Frame {
                masked: false,
                ..frame
            }),
            Act::End => self,
        }
    }
}

impl Frame {
    pub(crate) const fn opcode(self) -> Opcode {
        Opcode::from_bits(self.opcode)
    }

    /// The bytes on the wire.
    pub(crate) fn bytes(self) -> Vec<u8> {
        FrameWriter::new(self.opcode(), self.payload)
            .fin(self.fin)
            .rsv(self.rsv)
            .mask(self.masked.then_some(KEY))
            .to_vec()
    }

    /// The frame as a vector describes it.
    pub(crate) fn spec(self) -> FrameSpec {
        FrameSpec {
            fin: self.fin,
            rsv: (1..=3).filter(|bit| self.rsv & (8 >> bit) != 0).collect(),
            wrong_mask: !self.masked,
            ..FrameSpec::new(self.opcode, Body::Bytes(self.payload.to_vec()))
        }
    }
}

/// A ping with this application data, which is no input.
pub(crate) fn ping(payload: &[u8]) -> Vec<u8> {
    FrameWriter::new(Opcode::PING, payload)
        .mask(Some(KEY))
        .to_vec()
}

/// The names of inputs, in order; the first state, for none.
pub(super) fn spelled(word: &[usize]) -> String {
    if word.is_empty() {
        return "the opening".to_owned();
    }
    let names: Vec<&str> = word.iter().map(|input| ALPHABET[*input].name).collect();
    names.join(" ")
}

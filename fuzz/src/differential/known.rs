//! The known differences between the other implementations and ours.

use wsspec_core::Role::{self, Client, Server};
use wsspec_core::frame::{FrameHeader, FrameWriter, Opcode};
use wsspec_core::violation::Fault;
use wsspec_core::violation::Violation::{self, *};

use super::peer::{LIMIT, Peer};

/// The kind of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It goes on as if the rule did not exist. Everything after that is compared.
    Passes,
    /// It refuses only once the frame, or its message, is whole; that it does is checked.
    Later,
    /// It goes on in its own way. What follows is not compared.
    OwnWay,
    /// It refuses with this close code instead.
    Code(u16),
    /// It refuses what conforms.
    Refuses,
}

/// What the other side sends.
#[derive(Debug, Clone, Copy)]
pub enum Example {
    /// Bytes, in hex.
    Hex(&'static str),
    /// Unmasked frames: the first byte, the length, and the byte that is repeated.
    Made(&'static [(u8, usize, u8)]),
}

impl Example {
    /// Returns the bytes.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Example::Hex(hex) => hex
                .as_bytes()
                .chunks(2)
                .map(|pair| u8::from_str_radix(&String::from_utf8_lossy(pair), 16).expect("hex"))
                .collect(),
            Example::Made(frames) => {
                frames
                    .iter()
                    .fold(Vec::new(), |mut out, (first, length, byte)| {
                        let payload = vec![*byte; *length];
                        FrameWriter::new(Opcode::from_bits(*first), &payload)
                            .fin(first & 0x80 != 0)
                            .write(&mut out);
                        out
                    })
            }
        }
    }
}

/// A known difference.
pub struct Known {
    /// The implementation that differs.
    pub peer: Peer,
    /// Its name, which is that of its regression input.
    pub name: &'static str,
    /// The rules that it is about.
    pub rules: &'static [Violation],
    /// The kind of difference.
    pub how: How,
    /// When it applies, if not whenever the rule is broken.
    pub only: Option<fn(&Found) -> bool>,
    /// The reader of the example.
    pub reader: Role,
    /// The bytes that show it.
    pub example: Example,
    /// What the implementation reports of it.
    pub reports: &'static str,
    /// The clause.
    pub clause: &'static str,
    /// Who conforms, and why.
    pub conforming: &'static str,
}

/// A difference that was found, in detail.
#[derive(Debug)]
pub struct Found {
    /// The role of the reader.
    pub reader: Role,
    /// Our fault, if any.
    pub fault: Option<Fault>,
    /// The frame that contains it.
    pub faulty: Option<FrameHeader>,
    /// The frames up to that one, or to the end.
    pub frames: Vec<FrameHeader>,
    /// Whether it lies in the last byte of its frame.
    pub at_end: bool,
    /// The Close frame that we read.
    pub close: Option<Vec<u8>>,
    /// The close code of a refusal.
    pub code: Option<u16>,
}

impl Known {
    /// Whether the difference found is this one.
    pub fn is_about(&self, peer: Peer, how: How, found: &Found) -> bool {
        let rule = match found.fault {
            // It is about another fault, which came before.
            _ if how == How::Refuses => true,
            Some(fault) => self.rules.contains(&fault.violation),
            None => self.rules.is_empty(),
        };
        self.peer == peer && self.how == how && rule && self.only.is_none_or(|only| only(found))
    }
}

impl Found {
    /// Returns the frame with the fault.
    fn frame(&self, is: fn(&FrameHeader) -> bool) -> bool {
        self.faulty.as_ref().is_some_and(is)
    }

    /// Whether we read a Close frame with a code that was registered after RFC 6455.
    fn closes_with_bad_gateway(&self) -> bool {
        self.close
            .as_ref()
            .is_some_and(|body| body.starts_with(&1014u16.to_be_bytes()))
    }
}

/// The rules that the first byte of a frame, or its length, breaks.
const HEADERS: &[Violation] = &[
    RsvSet,
    OpcodeReserved,
    ControlFragmented,
    ContinuationOrphan,
    MessageInterleaved,
    LengthTopBit,
    LengthNotMinimal,
    MessageTooBig,
];

/// The rules about frames that these implementations check.
const FRAMES: &[Violation] = &[
    RsvSet,
    OpcodeReserved,
    ControlFragmented,
    ContinuationOrphan,
    MessageInterleaved,
    MaskMissing,
    MaskUnexpected,
    ControlTooLong,
    CloseBodyOneByte,
    LengthTopBit,
    MessageTooBig,
    TextNotUtf8,
    CloseCodeForbidden,
    CloseCodeUnassigned,
    CloseReasonNotUtf8,
];

/// Every known difference.
pub const KNOWN: &[Known] = &[
    Known {
        peer: Peer::Tungstenite,
        name: "tungstenite-later",
        rules: FRAMES,
        how: How::Later,
        only: None,
        reader: Server,
        example: Example::Hex("9f80"),
        reports: "nothing until the frame, or its message, is whole",
        clause: "RFC 6455 §7.1.7",
        conforming: "Both: the RFC leaves open when to fail the connection. Ours stops at the first byte that proves the fault",
    },
    Known {
        peer: Peer::Tungstenite,
        name: "tungstenite-length-not-minimal",
        rules: &[LengthNotMinimal],
        how: How::Passes,
        only: None,
        reader: Client,
        example: Example::Hex("817e000161"),
        reports: "a text message",
        clause: "RFC 6455 §5.2",
        conforming: "Ours: the minimal number of bytes MUST be used",
    },
    Known {
        peer: Peer::Tungstenite,
        name: "tungstenite-control-length-not-minimal",
        rules: &[ControlTooLong],
        how: How::OwnWay,
        only: Some(|found| found.frame(|frame| frame.length <= 125)),
        reader: Client,
        example: Example::Hex("897e000161"),
        reports: "a ping",
        clause: "RFC 6455 §5.2",
        conforming: "Ours: as above",
    },
    Known {
        peer: Peer::Tungstenite,
        name: "tungstenite-close-code",
        rules: &[CloseCodeForbidden, CloseCodeUnassigned],
        how: How::OwnWay,
        only: Some(|found| found.code == Some(1002)),
        reader: Client,
        example: Example::Hex("880203ed"),
        reports: "a Close with the code 1002 that it answers with, and not an error",
        clause: "RFC 6455 §7.4.1",
        conforming: "Both fail the connection with 1002; only its application sees a code that was not sent",
    },
    Known {
        peer: Peer::Tungstenite,
        name: "tungstenite-close-1014",
        rules: &[],
        how: How::OwnWay,
        only: Some(Found::closes_with_bad_gateway),
        reader: Client,
        example: Example::Hex("880203f6"),
        reports: "as above, though the code may be sent",
        clause: "RFC 6455 §11.7",
        conforming: "Ours: 1014 has been in the registry of codes since 2016",
    },
    Known {
        peer: Peer::Fastwebsockets,
        name: "fastwebsockets-later",
        rules: FRAMES,
        how: How::Later,
        only: None,
        reader: Server,
        example: Example::Hex("808100000000"),
        reports: "nothing until the frame, or its message, is whole",
        clause: "RFC 6455 §7.1.7",
        conforming: "Both, as for tungstenite",
    },
    Known {
        peer: Peer::Fastwebsockets,
        name: "fastwebsockets-length-not-minimal",
        rules: &[LengthNotMinimal],
        how: How::Passes,
        only: None,
        reader: Client,
        example: Example::Hex("817e000161"),
        reports: "a text message",
        clause: "RFC 6455 §5.2",
        conforming: "Ours: the minimal number of bytes MUST be used",
    },
    Known {
        peer: Peer::Fastwebsockets,
        name: "fastwebsockets-mask-missing",
        rules: &[MaskMissing],
        how: How::Passes,
        only: None,
        reader: Server,
        example: Example::Hex("810161"),
        reports: "a text message",
        clause: "RFC 6455 §5.1",
        conforming: "Ours: a server MUST close the connection on an unmasked frame",
    },
    Known {
        peer: Peer::Fastwebsockets,
        name: "fastwebsockets-mask-unexpected",
        rules: &[MaskUnexpected],
        how: How::OwnWay,
        only: None,
        reader: Client,
        example: Example::Hex("81810000000161"),
        reports: "a text message of the bytes as received, still masked",
        clause: "RFC 6455 §5.1",
        conforming: "Ours: a client MUST close the connection on a masked frame",
    },
    Known {
        peer: Peer::Fastwebsockets,
        name: "fastwebsockets-control-too-long",
        rules: &[ControlTooLong],
        how: How::OwnWay,
        only: None,
        reader: Client,
        example: Example::Made(&[(0x8a, 126, b'a')]),
        reports: "a pong; only pings have a limit",
        clause: "RFC 6455 §5.5",
        conforming: "Ours: all control frames MUST have 125 bytes or less",
    },
    Known {
        peer: Peer::Fastwebsockets,
        name: "fastwebsockets-interleaved",
        rules: &[MessageInterleaved],
        how: How::OwnWay,
        only: Some(|found| found.frame(|frame| !frame.fin)),
        reader: Client,
        example: Example::Hex("010161010162800163"),
        reports: "the text `bc`: the first message is lost",
        clause: "RFC 6455 §5.4",
        conforming: "Ours: fragments of one message MUST NOT be interleaved with those of another",
    },
    Known {
        peer: Peer::Fastwebsockets,
        name: "fastwebsockets-text-cut-off",
        rules: &[TextNotUtf8],
        how: How::OwnWay,
        only: Some(|found| {
            found.at_end && found.frame(|frame| frame.fin && frame.opcode == Opcode::CONTINUATION)
        }),
        reader: Client,
        example: Example::Hex("0102e2828000"),
        reports: "an empty text message: the incomplete character is dropped",
        clause: "RFC 6455 §8.1",
        conforming: "Ours: the connection MUST be failed",
    },
    Known {
        peer: Peer::Fastwebsockets,
        name: "fastwebsockets-fragments-without-limit",
        rules: &[MessageTooBig],
        how: How::OwnWay,
        only: Some(|found| found.frame(|frame| frame.opcode == Opcode::CONTINUATION)),
        reader: Client,
        example: Example::Made(&[(0x02, 500, b'a'), (0x80, 501, b'a')]),
        reports: "a message of 1001 bytes: the limit on messages applies to frames",
        clause: "RFC 6455 §10.4",
        conforming: "Ours: implementations with a limit MUST protect themselves against messages beyond it, however they are fragmented",
    },
    Known {
        peer: Peer::Fastwebsockets,
        name: "fastwebsockets-limit-itself",
        rules: &[],
        how: How::Refuses,
        only: Some(|found| {
            found
                .frames
                .iter()
                .any(|frame| frame.length == LIMIT as u64)
        }),
        reader: Client,
        example: Example::Made(&[(0x82, LIMIT, b'a')]),
        reports: "the frame is too large, although it has exactly the size allowed",
        clause: "RFC 6455 §10.4",
        conforming: "Both: the meaning of a limit is up to the implementation",
    },
    Known {
        peer: Peer::Fastwebsockets,
        name: "fastwebsockets-close-1014",
        rules: &[],
        how: How::Refuses,
        only: Some(Found::closes_with_bad_gateway),
        reader: Client,
        example: Example::Hex("880203f6"),
        reports: "the code is invalid",
        clause: "RFC 6455 §11.7",
        conforming: "Ours: 1014 has been in the registry of codes since 2016",
    },
    Known {
        peer: Peer::TokioWebsockets,
        name: "tokio-websockets-later",
        rules: HEADERS,
        how: How::Later,
        only: None,
        reader: Server,
        example: Example::Hex("9f"),
        reports: "nothing until it has the first two bytes, or the whole length, which it reads at once",
        clause: "RFC 6455 §7.1.7",
        conforming: "Both, as for tungstenite",
    },
    Known {
        peer: Peer::TokioWebsockets,
        name: "tokio-websockets-top-bit",
        rules: &[LengthTopBit],
        how: How::Code(1009),
        only: None,
        reader: Client,
        example: Example::Hex("827f8000000000000001"),
        reports: "1009, for a frame larger than its limit",
        clause: "RFC 6455 §5.2",
        conforming: "Ours: the most significant bit MUST be 0, so this is not a length; but both refuse",
    },
    Known {
        peer: Peer::TokioWebsockets,
        name: "tokio-websockets-size-after-text",
        rules: &[MessageTooBig],
        how: How::Code(1007),
        only: Some(|found| found.frame(|frame| frame.opcode == Opcode::CONTINUATION)),
        reader: Client,
        example: Example::Made(&[(0x01, 999, b'a'), (0x00, 2, 0xff)]),
        reports: "1007: the content of a fragment is checked before the size of the message",
        clause: "RFC 6455 §7.4.1",
        conforming: "Both: two rules are broken, and each code names one of them",
    },
    Known {
        peer: Peer::TokioWebsockets,
        name: "tokio-websockets-text-cut-off",
        rules: &[TextNotUtf8],
        how: How::OwnWay,
        only: Some(|found| {
            found.frame(|frame| {
                frame.fin && frame.length == 0 && frame.opcode == Opcode::CONTINUATION
            })
        }),
        reader: Client,
        example: Example::Hex("0102e2828000"),
        reports: "a text message with an incomplete character: an empty final frame is not checked",
        clause: "RFC 6455 §8.1",
        conforming: "Ours: the connection MUST be failed. Worse, `Message::as_text` then makes a `&str` of bytes that are not UTF-8, which is undefined behaviour in Rust",
    },
];

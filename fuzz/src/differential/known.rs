//! Where the peers differ from us, and are known to.

use wsspec_core::Role::{self, Client, Server};
use wsspec_core::frame::{FrameHeader, FrameWriter, Opcode};
use wsspec_core::violation::Fault;
use wsspec_core::violation::Violation::{self, *};

use super::peer::{LIMIT, Peer};

/// A way to differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It goes on as though the rule did not exist; all that follows is compared.
    Passes,
    /// It refuses only when the frame is whole, or its message: that it does is checked.
    Later,
    /// It goes on in a way of its own; what follows is not compared.
    OwnWay,
    /// It refuses with this close code instead.
    Code(u16),
    /// It refuses what is right.
    Refuses,
}

/// What the other side sends.
#[derive(Debug, Clone, Copy)]
pub enum Example {
    /// Bytes, in hex.
    Hex(&'static str),
    /// Unmasked frames: the first byte, the length and the byte that is repeated.
    Made(&'static [(u8, usize, u8)]),
}

impl Example {
    /// Its bytes.
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
    /// Who differs.
    pub peer: Peer,
    /// A name, which is that of its regression input.
    pub name: &'static str,
    /// The rules it is about.
    pub rules: &'static [Violation],
    /// In what way it differs.
    pub how: How,
    /// Where it does, if not wherever the rule is broken.
    pub only: Option<fn(&Found) -> bool>,
    /// Who reads the example.
    pub reader: Role,
    /// What shows it.
    pub example: Example,
    /// What the peer says of it.
    pub says: &'static str,
    /// The clause.
    pub clause: &'static str,
    /// Who is right, and why.
    pub right: &'static str,
}

/// What was found, for those who look closer.
#[derive(Debug)]
pub struct Found {
    /// Who reads.
    pub reader: Role,
    /// Our fault, if we have one.
    pub fault: Option<Fault>,
    /// The frame it lies in.
    pub faulty: Option<FrameHeader>,
    /// The frames up to there, or to the end.
    pub frames: Vec<FrameHeader>,
    /// Whether it lies in the last byte of its frame.
    pub at_end: bool,
    /// The Close frame that we read.
    pub close: Option<Vec<u8>>,
    /// The close code of a refusal.
    pub code: Option<u16>,
}

impl Known {
    /// Whether what was found is this.
    pub fn is_about(&self, peer: Peer, how: How, found: &Found) -> bool {
        let rule = match found.fault {
            // It is about something else, which came before.
            _ if how == How::Refuses => true,
            Some(fault) => self.rules.contains(&fault.violation),
            None => self.rules.is_empty(),
        };
        self.peer == peer && self.how == how && rule && self.only.is_none_or(|only| only(found))
    }
}

impl Found {
    /// The frame with the fault.
    fn frame(&self, is: fn(&FrameHeader) -> bool) -> bool {
        self.faulty.as_ref().is_some_and(is)
    }

    /// Whether we read a Close frame with a code that came after RFC 6455.
    fn closes_with_bad_gateway(&self) -> bool {
        self.close
            .as_ref()
            .is_some_and(|body| body.starts_with(&1014u16.to_be_bytes()))
    }
}

/// What shows in the first byte of a frame, or in its length.
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

/// Every rule about frames that they keep.
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

/// All of them.
pub const KNOWN: &[Known] = &[
    Known {
        peer: Peer::Tungstenite,
        name: "tungstenite-later",
        rules: FRAMES,
        how: How::Later,
        only: None,
        reader: Server,
        example: Example::Hex("9f80"),
        says: "nothing before the frame is whole, a message before it is finished",
        clause: "RFC 6455 §7.1.7",
        right: "Both: when to fail a connection is left open. Ours reads on at no byte that cannot be mended",
    },
    Known {
        peer: Peer::Tungstenite,
        name: "tungstenite-length-not-minimal",
        rules: &[LengthNotMinimal],
        how: How::Passes,
        only: None,
        reader: Client,
        example: Example::Hex("817e000161"),
        says: "a text message",
        clause: "RFC 6455 §5.2",
        right: "We: the minimal number of bytes MUST be used",
    },
    Known {
        peer: Peer::Tungstenite,
        name: "tungstenite-control-length-not-minimal",
        rules: &[ControlTooLong],
        how: How::OwnWay,
        only: Some(|found| found.frame(|frame| frame.length <= 125)),
        reader: Client,
        example: Example::Hex("897e000161"),
        says: "a ping",
        clause: "RFC 6455 §5.2",
        right: "We: as above",
    },
    Known {
        peer: Peer::Tungstenite,
        name: "tungstenite-close-code",
        rules: &[CloseCodeForbidden, CloseCodeUnassigned],
        how: How::OwnWay,
        only: Some(|found| found.code == Some(1002)),
        reader: Client,
        example: Example::Hex("880203ed"),
        says: "a Close with the code 1002 that it answers with, and not an error",
        clause: "RFC 6455 §7.4.1",
        right: "Both fail the connection with 1002; that the application sees a code which was not sent is its own way",
    },
    Known {
        peer: Peer::Tungstenite,
        name: "tungstenite-close-1014",
        rules: &[],
        how: How::OwnWay,
        only: Some(Found::closes_with_bad_gateway),
        reader: Client,
        example: Example::Hex("880203f6"),
        says: "as above, though the code may be sent",
        clause: "RFC 6455 §11.7",
        right: "We: 1014 is in the registry of codes, since 2016",
    },
    Known {
        peer: Peer::Fastwebsockets,
        name: "fastwebsockets-later",
        rules: FRAMES,
        how: How::Later,
        only: None,
        reader: Server,
        example: Example::Hex("808100000000"),
        says: "nothing before the frame is whole, a message before it is finished",
        clause: "RFC 6455 §7.1.7",
        right: "Both, as for tungstenite",
    },
    Known {
        peer: Peer::Fastwebsockets,
        name: "fastwebsockets-length-not-minimal",
        rules: &[LengthNotMinimal],
        how: How::Passes,
        only: None,
        reader: Client,
        example: Example::Hex("817e000161"),
        says: "a text message",
        clause: "RFC 6455 §5.2",
        right: "We: the minimal number of bytes MUST be used",
    },
    Known {
        peer: Peer::Fastwebsockets,
        name: "fastwebsockets-mask-missing",
        rules: &[MaskMissing],
        how: How::Passes,
        only: None,
        reader: Server,
        example: Example::Hex("810161"),
        says: "a text message",
        clause: "RFC 6455 §5.1",
        right: "We: a server MUST close the connection on an unmasked frame",
    },
    Known {
        peer: Peer::Fastwebsockets,
        name: "fastwebsockets-mask-unexpected",
        rules: &[MaskUnexpected],
        how: How::OwnWay,
        only: None,
        reader: Client,
        example: Example::Hex("81810000000161"),
        says: "a text message of the bytes as they stand, still masked",
        clause: "RFC 6455 §5.1",
        right: "We: a client MUST close the connection on a masked frame",
    },
    Known {
        peer: Peer::Fastwebsockets,
        name: "fastwebsockets-control-too-long",
        rules: &[ControlTooLong],
        how: How::OwnWay,
        only: None,
        reader: Client,
        example: Example::Made(&[(0x8a, 126, b'a')]),
        says: "a pong; only pings have a limit",
        clause: "RFC 6455 §5.5",
        right: "We: all control frames MUST have 125 bytes or less",
    },
    Known {
        peer: Peer::Fastwebsockets,
        name: "fastwebsockets-interleaved",
        rules: &[MessageInterleaved],
        how: How::OwnWay,
        only: Some(|found| found.frame(|frame| !frame.fin)),
        reader: Client,
        example: Example::Hex("010161010162800163"),
        says: "the text `bc`: the message that was begun first is lost",
        clause: "RFC 6455 §5.4",
        right: "We: fragments of one message MUST NOT be interleaved with those of another",
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
        says: "an empty text message: the character that is cut off is dropped",
        clause: "RFC 6455 §8.1",
        right: "We: the connection MUST be failed",
    },
    Known {
        peer: Peer::Fastwebsockets,
        name: "fastwebsockets-fragments-without-limit",
        rules: &[MessageTooBig],
        how: How::OwnWay,
        only: Some(|found| found.frame(|frame| frame.opcode == Opcode::CONTINUATION)),
        reader: Client,
        example: Example::Made(&[(0x02, 500, b'a'), (0x80, 501, b'a')]),
        says: "a message of 1001 bytes: the limit on messages is one on frames",
        clause: "RFC 6455 §10.4",
        right: "We: implementations with a limit MUST protect themselves against messages beyond it, whatever the fragments",
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
        says: "the frame is too large, though it has as many bytes as are allowed",
        clause: "RFC 6455 §10.4",
        right: "Both: what a limit means is for who sets it",
    },
    Known {
        peer: Peer::Fastwebsockets,
        name: "fastwebsockets-close-1014",
        rules: &[],
        how: How::Refuses,
        only: Some(Found::closes_with_bad_gateway),
        reader: Client,
        example: Example::Hex("880203f6"),
        says: "the code is invalid",
        clause: "RFC 6455 §11.7",
        right: "We: 1014 is in the registry of codes, since 2016",
    },
    Known {
        peer: Peer::TokioWebsockets,
        name: "tokio-websockets-later",
        rules: HEADERS,
        how: How::Later,
        only: None,
        reader: Server,
        example: Example::Hex("9f"),
        says: "nothing before the header shows it twice over: the first two bytes, or the whole length, are read at once",
        clause: "RFC 6455 §7.1.7",
        right: "Both, as for tungstenite",
    },
    Known {
        peer: Peer::TokioWebsockets,
        name: "tokio-websockets-top-bit",
        rules: &[LengthTopBit],
        how: How::Code(1009),
        only: None,
        reader: Client,
        example: Example::Hex("827f8000000000000001"),
        says: "1009, for a frame larger than its limit",
        clause: "RFC 6455 §5.2",
        right: "We: the most significant bit MUST be 0, so this is no length at all; but both refuse",
    },
    Known {
        peer: Peer::TokioWebsockets,
        name: "tokio-websockets-size-after-text",
        rules: &[MessageTooBig],
        how: How::Code(1007),
        only: Some(|found| found.frame(|frame| frame.opcode == Opcode::CONTINUATION)),
        reader: Client,
        example: Example::Made(&[(0x01, 999, b'a'), (0x00, 2, 0xff)]),
        says: "1007: what a fragment holds is looked at before the size of the message",
        clause: "RFC 6455 §7.4.1",
        right: "Both: two rules are broken, and either code tells of one",
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
        says: "a text message with the character cut off: an empty last frame is not looked at",
        clause: "RFC 6455 §8.1",
        right: "We: the connection MUST be failed. Worse, `Message::as_text` then makes a `&str` of bytes that are not UTF-8, which Rust forbids",
    },
];

//! What came of reading.

use std::fmt;

use wsspec_core::Role;
use wsspec_core::frame::Opcode;
use wsspec_reports::counted;

use super::notation::Notation;
use super::{MAX_BYTES, MAX_INPUT, NOTATIONS};

/// What a reader answers: nothing if the input lacks the marks of the notation, and more than one
/// reading if the notation alone does not decide.
pub(super) type Reading = Result<Vec<Found>, Broken>;

/// The bytes in an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The notation that they were in.
    pub notation: Notation,
    /// The program or language, where the notation has several.
    pub style: Option<&'static str>,
    /// The bytes.
    pub content: Content,
    /// What one should know about how they were read.
    pub notes: Vec<Note>,
}

/// What an input holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Connections, at least one.
    Streams(Vec<Stream>),
    /// Messages without the frames that carried them.
    Messages(Vec<Conversation>),
}

/// What was sent on a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// What tells it from the others, such as its addresses; empty if nothing does.
    pub label: String,
    /// What each side sent, one or two.
    pub sides: Vec<Side>,
}

/// What one side sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// Which it is, if the input says so.
    pub sender: Option<Role>,
    /// What the input calls it; may be empty.
    pub label: String,
    /// What it sent, in order.
    pub bytes: Vec<u8>,
}

/// The messages of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// The URL of the connection.
    pub url: String,
    /// The messages of both sides, in order.
    pub messages: Vec<Message>,
}

/// A message without its frames.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Who sent it.
    pub sender: Role,
    /// Its type.
    pub opcode: Opcode,
    /// Its content.
    pub payload: Vec<u8>,
}

/// What one should know about how an input was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// So many lines are not of the notation, and were skipped.
    Skipped(usize),
    /// So many bytes were left out by the program that printed them.
    Abridged(u64),
    /// The dump begins at this offset.
    BeginsAt(u64),
    /// Line ends without CR were read as CRLF.
    LineEnds,
    /// It could be this notation as well, but then it would not begin with frames.
    AlsoReadAs(Notation),
    /// Number of IP packets whose headers were taken off.
    Packets(usize),
    /// Number of packets that were not used: no TCP, fragments, or a link type that is not read.
    OtherPackets(usize),
    /// Number of TCP segments that were put in order, and of those that repeat what is there.
    Disorder {
        /// Captured before a segment that lies in front of them.
        early: usize,
        /// Of which all was there already.
        repeated: usize,
    },
    /// Bytes of a side are not in the capture; it was read up to there.
    Missing {
        /// Its label.
        side: String,
        /// How many, up to what was captured next.
        bytes: usize,
        /// The packet (from 1) that begins with the byte after them.
        packet: usize,
    },
    /// Only the first bytes of packets were captured, at this packet (from 1) for the first time.
    ShortPacket(usize),
    /// The file ends within a packet.
    CutFile,
    /// The message or frame has a payload that the input does not show.
    NoPayload,
    /// So many entries of the input could not be read.
    OtherEntries(usize),
}

/// Why an input could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// There are no bytes in it.
    Empty,
    /// It is larger than [`MAX_INPUT`].
    TooLarge,
    /// It is a file of this format.
    Foreign(&'static str),
    /// It is not in the notation asked for.
    NotThat(Notation),
    /// It has the marks of this notation, but something in it does not fit.
    Broken(Notation, Broken),
    /// It can be read in these ways.
    Ambiguous(Vec<Ambiguity>),
    /// It is none of the [`NOTATIONS`].
    NoNotation,
}

/// One of several readings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ambiguity {
    /// The notation.
    pub notation: Notation,
    /// The program or language, where the notation has several.
    pub style: Option<&'static str>,
    /// The first bytes.
    pub bytes: Vec<u8>,
}

/// What does not fit the notation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The line, from 1.
    pub line: usize,
    /// The problem.
    pub problem: Problem,
}

/// What does not fit a notation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// A group of hex digits is no number of bytes.
    OddDigits(String),
    /// A word is no byte in this notation.
    NoByte(String),
    /// A number is no byte.
    OutOfRange(String),
    /// A number of several bytes in a list: their order is not known.
    Word(String),
    /// A number with a leading zero is octal in some languages and decimal in others.
    LeadingZero(String),
    /// A string does not end.
    Unterminated,
    /// An escape is not known.
    BadEscape(String),
    /// Bytes of a character that is not ASCII depend on the encoding of the string.
    NotAscii(char),
    /// The offset of a line of a dump is not that of the bytes before it, or the line is no dump.
    BadLine,
    /// What a capture calls itself is not what it is.
    BadCapture,
    /// There is no packet with TCP payload in a capture.
    NoTcp,
    /// It is JSON, but neither HAR with WebSocket messages nor a list of bytes.
    NoMessages,
    /// It stands for more than [`MAX_BYTES`].
    TooMuch,
    /// Base64 digits do not end as they have to.
    BadBase64,
    /// Fields of several frames, but payloads are not shown.
    NoPayload,
}

/// What a reader found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) content: Content,
    pub(super) style: Option<&'static str>,
    pub(super) notes: Vec<Note>,
    /// Whether the marks leave no doubt.
    pub(super) sure: bool,
}

impl Found {
    /// Bytes of one side.
    pub(super) fn bytes(bytes: Vec<u8>) -> Found {
        Found::sides(vec![Side::new(bytes)])
    }

    /// Bytes of one side, if the notation is the only one that fits.
    pub(super) fn weak(bytes: Vec<u8>) -> Found {
        let mut found = Found::bytes(bytes);
        found.sure = false;
        found
    }

    /// The sides of one connection.
    pub(super) fn sides(sides: Vec<Side>) -> Found {
        Found::streams(vec![Stream {
            label: String::new(),
            sides,
        }])
    }

    /// Connections.
    pub(super) fn streams(streams: Vec<Stream>) -> Found {
        Found::content(Content::Streams(streams))
    }

    /// Any content.
    pub(super) fn content(content: Content) -> Found {
        Found {
            content,
            style: None,
            notes: Vec::new(),
            sure: true,
        }
    }

    pub(super) fn style(mut self, style: &'static str) -> Found {
        self.style = Some(style);
        self
    }

    pub(super) fn note(mut self, note: impl IntoIterator<Item = Note>) -> Found {
        self.notes.extend(note);
        self
    }

    /// The bytes, if they are of one side.
    pub(super) fn single(&self) -> Option<&[u8]> {
        single(&self.content)
    }
}

/// The bytes, if they are of one side.
fn single(content: &Content) -> Option<&[u8]> {
    match content {
        Content::Streams(streams) => match &streams[..] {
            [stream] => match &stream.sides[..] {
                [side] => Some(&side.bytes),
                _ => None,
            },
            _ => None,
        },
        Content::Messages(_) => None,
    }
}

impl Side {
    /// Bytes of an unknown side.
    pub(super) fn new(bytes: Vec<u8>) -> Side {
        Side {
            sender: None,
            label: String::new(),
            bytes,
        }
    }
}

impl Read {
    pub(super) fn new(notation: Notation, found: Found) -> Read {
        Read {
            notation,
            style: found.style,
            content: found.content,
            notes: found.notes,
        }
    }

    /// The bytes, if they are of one side.
    pub fn single(&self) -> Option<&[u8]> {
        single(&self.content)
    }

    /// The number of bytes, or of messages.
    pub fn size(&self) -> usize {
        match &self.content {
            Content::Streams(streams) => {
                let sides = streams.iter().flat_map(|stream| &stream.sides);
                sides.map(|side| side.bytes.len()).sum()
            }
            Content::Messages(of) => of.iter().map(|one| one.messages.len()).sum(),
        }
    }

    /// What the notation is called.
    pub fn name(&self) -> &'static str {
        self.style.unwrap_or(self.notation.row().name)
    }
}

impl Ambiguity {
    /// Bytes that are enough to tell readings apart.
    const KEPT: usize = 8;

    pub(super) fn new(notation: Notation, found: &Found) -> Ambiguity {
        let bytes = found.single().unwrap_or_default();
        Ambiguity {
            notation,
            style: found.style,
            bytes: bytes[..bytes.len().min(Ambiguity::KEPT)].to_vec(),
        }
    }
}

impl Broken {
    pub(super) fn new(line: usize, problem: Problem) -> Broken {
        Broken { line, problem }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Note::Skipped(1) => f.write_str("1 line of something else was skipped"),
            Note::Skipped(n) => write!(f, "{n} lines of something else were skipped"),
            Note::Abridged(0) => f.write_str("the program that printed the bytes left some out"),
            Note::Abridged(n) => {
                write!(f, "the program that printed the bytes left out {n} of them")
            }
            Note::BeginsAt(offset) => {
                write!(f, "the dump begins at offset {offset:#x}; here that is 0")
            }
            Note::LineEnds => f.write_str(
                "line ends were read as CRLF, as text loses the CR (--encoding raw keeps them as they are)",
            ),
            Note::AlsoReadAs(notation) => write!(
                f,
                "as {} they would not be frames (--encoding {})",
                notation.row().name,
                notation.row().flag
            ),
            Note::Packets(1) => f.write_str("the headers of an IP packet were taken off"),
            Note::Packets(n) => write!(f, "the headers of {n} IP packets were taken off"),
            Note::OtherPackets(n) => write!(
                f,
                "{n} packet{} no TCP on a known link, or a fragment, and not used",
                if *n == 1 { " is" } else { "s are" }
            ),
            Note::Disorder { early, repeated } => write!(
                f,
                "TCP: {} put in order, {} sent again",
                counted(*early, "segment"),
                *repeated
            ),
            Note::Missing {
                side,
                bytes,
                packet,
            } => write!(
                f,
                "{side}: {} before packet {packet} missing from the capture; read up to there",
                counted(*bytes, "byte")
            ),
            Note::ShortPacket(packet) => write!(
                f,
                "packet {packet} was captured in part (snaplen); its side was read up to there"
            ),
            Note::CutFile => f.write_str("the file ends within a packet"),
            Note::NoPayload => f.write_str("the payload is not shown in the input"),
            Note::OtherEntries(1) => f.write_str("1 message could not be read"),
            Note::OtherEntries(n) => write!(f, "{n} messages could not be read"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::OddDigits(word) => write!(f, "{word:?} has an odd number of hex digits"),
            Problem::NoByte(word) => write!(f, "{word:?} is no byte"),
            Problem::OutOfRange(word) => write!(f, "{word} does not fit into a byte"),
            Problem::Word(word) => write!(
                f,
                "{word} is more than a byte, and the order of its bytes is not known"
            ),
            Problem::LeadingZero(word) => write!(
                f,
                "{word} is octal in some languages and decimal in others"
            ),
            Problem::Unterminated => f.write_str("a string does not end"),
            Problem::BadEscape(escape) => write!(f, "{escape:?} is no escape of a byte"),
            Problem::NotAscii(c) => write!(
                f,
                "the bytes of {c:?} depend on the encoding of the string; escape them"
            ),
            Problem::BadLine => {
                f.write_str("the line does not continue the dump: its offset or its bytes do not fit")
            }
            Problem::BadCapture => f.write_str("it is damaged"),
            Problem::NoTcp => {
                f.write_str("no packet in it has TCP payload on a link that is read (Ethernet, loopback, raw IP, Linux cooked)")
            }
            Problem::NoMessages => f.write_str("it has neither WebSocket messages (HAR) nor a list of bytes"),
            Problem::TooMuch => write!(f, "it stands for more than {MAX_BYTES} bytes"),
            Problem::BadBase64 => f.write_str("its digits do not end as base64 has to"),
            Problem::NoPayload => {
                f.write_str("it has the fields of frames but not their payloads; copy the bytes instead (in Wireshark: Copy, as Hex Dump)")
            }
        }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unreadable::Empty => f.write_str("there are no bytes in the input"),
            Unreadable::TooLarge => write!(f, "the input is larger than {MAX_INPUT} bytes"),
            Unreadable::Foreign(format) => write!(
                f,
                "the input is {format}; if you mean its bytes, say --encoding raw"
            ),
            Unreadable::NotThat(notation) => write!(
                f,
                "the input is not {}, for example {:?}",
                notation.row().name,
                notation.row().example
            ),
            Unreadable::Broken(notation, Broken { line, problem }) => write!(
                f,
                "the input looks like {}, but line {line}: {problem}",
                notation.row().name
            ),
            Unreadable::Ambiguous(readings) => {
                f.write_str(
                    "the input can be read in more than one way; say which by --encoding:",
                )?;
                for Ambiguity {
                    notation,
                    style,
                    bytes,
                } in readings
                {
                    let row = notation.row();
                    let hex = wsspec_core::dissect::hex(bytes, Ambiguity::KEPT);
                    let name = style.unwrap_or(row.name);
                    write!(f, "\n  {:<10} {name}: {hex}", row.flag)?;
                }
                Ok(())
            }
            Unreadable::NoNotation => {
                f.write_str("the input is text in none of the notations that are read: ")?;
                let detected = NOTATIONS.iter().filter(|row| row.detected);
                let names: Vec<&str> = detected.map(|row| row.name).collect();
                f.write_str(&names.join(", "))
            }
        }
    }
}

impl std::error::Error for Unreadable {}

//! The streams that are decoded.

use std::ops::Range;

use wsspec_core::Role;
use wsspec_core::frame::{FrameWriter, MessageKind, Opcode};

use crate::random::Random;
use crate::seen::{Digest, Seen};
use crate::source::Source;

/// Bytes per read unless a workload says otherwise, and the size of every read buffer that can be
/// configured.
pub const READ: usize = 64 << 10;

/// Size of a stream in bytes: more than the second-level cache holds.
const LARGE: usize = 8 << 20;

/// Size in bytes of the stream that is read byte by byte.
const SMALL: usize = 128 << 10;

/// A stream, and how it is read.
pub struct Workload {
    /// Its name on the command line.
    pub name: &'static str,
    /// Its description.
    pub about: &'static str,
    /// The role of the reader.
    pub reader: Role,
    /// Bytes per read, at most.
    pub read: usize,
    /// The stream.
    pub stream: Stream,
}

impl Workload {
    /// Returns the reads of one pass.
    pub fn source(&self) -> Source<'_> {
        Source::new(&self.stream.bytes, self.read)
    }
}

/// A stream of frames, and its content.
#[derive(Default)]
pub struct Stream {
    /// The stream as on the wire.
    pub bytes: Vec<u8>,
    /// Number of frames of any kind.
    pub frames: u64,
    /// Number of messages.
    pub messages: u64,
    /// Payload bytes of the messages.
    pub payload: u64,
    /// Their hash, as computed by [`Digest`].
    pub hash: u64,
    /// Where the text is in `bytes`.
    pub text: Vec<Range<usize>>,
    /// The same stream unmasked, if it contains text.
    pub plain: Vec<u8>,
}

/// Name, description and recipe of every workload.
type Recipe = (
    &'static str,
    &'static str,
    Role,
    usize,
    fn(&mut Writer, usize),
);

const RECIPES: &[Recipe] = &[
    ("binary-16", "16 B binary", Role::Server, READ, |w, size| {
        w.repeat(size, |w| w.binary(16, 16))
    }),
    (
        "text-125",
        "125 B ASCII text",
        Role::Server,
        READ,
        |w, size| w.repeat(size, |w| w.ascii(125)),
    ),
    (
        "binary-1k",
        "1 KiB binary",
        Role::Server,
        READ,
        |w, size| w.repeat(size, |w| w.binary(KIB, KIB)),
    ),
    (
        "binary-64k",
        "64 KiB binary",
        Role::Server,
        READ,
        |w, size| w.repeat(size, |w| w.binary(64 * KIB, 64 * KIB)),
    ),
    (
        "binary-1m",
        "1 MiB binary",
        Role::Server,
        READ,
        |w, size| w.repeat(size, |w| w.binary(MIB, MIB)),
    ),
    (
        "text-64k",
        "64 KiB mixed text",
        Role::Server,
        READ,
        |w, size| w.repeat(size, |w| w.text(64 * KIB, 64 * KIB)),
    ),
    (
        "fragments-1k",
        "1 MiB in 1 KiB fragments",
        Role::Server,
        READ,
        |w, size| w.repeat(size, |w| w.binary(MIB, KIB)),
    ),
    (
        "unmasked-1k",
        "1 KiB unmasked",
        Role::Client,
        READ,
        |w, size| w.repeat(size, |w| w.binary(KIB, KIB)),
    ),
    (
        "unmasked-64k",
        "64 KiB unmasked",
        Role::Client,
        READ,
        |w, size| {
            w.repeat(size, |w| w.binary(64 * KIB, 64 * KIB));
        },
    ),
    (
        "fragments-1b",
        "1 KiB in 1 B fragments",
        Role::Server,
        READ,
        |w, size| w.repeat(size, |w| w.binary(KIB, 1)),
    ),
    (
        "fragments-0b",
        "1024 empty fragments",
        Role::Server,
        READ,
        |w, size| w.repeat(size, |w| w.empty(1024)),
    ),
    (
        "mixed-1b",
        "mixed, 1 B reads",
        Role::Server,
        1,
        |w, size| w.repeat(size.min(SMALL), Writer::any),
    ),
    (
        "mixed-1460b",
        "mixed, 1460 B reads",
        Role::Server,
        1460,
        |w, size| w.repeat(size, Writer::any),
    ),
    (
        "mixed-64k",
        "mixed, 64 KiB reads",
        Role::Server,
        READ,
        |w, size| w.repeat(size, Writer::any),
    ),
];

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// Returns the names and descriptions of the workloads.
pub fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
    RECIPES.iter().map(|recipe| (recipe.0, recipe.1))
}

/// Builds a workload in full size.
pub fn build(name: &str) -> Option<Workload> {
    build_sized(name, LARGE)
}

/// Builds a workload with a stream of about `size` bytes, at least one message.
pub fn build_sized(name: &str, size: usize) -> Option<Workload> {
    let (name, about, reader, read, recipe) =
        RECIPES.iter().find(|recipe| recipe.0 == name).copied()?;
    let mut writer = Writer::new(reader);
    recipe(&mut writer, size);
    Some(Workload {
        name,
        about,
        reader,
        read,
        stream: writer.finish(),
    })
}

/// Writes the stream, and counts what is in it.
struct Writer {
    masked: bool,
    random: Random,
    digest: Digest,
    stream: Stream,
}

impl Writer {
    fn new(reader: Role) -> Self {
        Writer {
            masked: reader == Role::Server,
            random: Random::new(1),
            digest: Digest::new(0),
            stream: Stream::default(),
        }
    }

    fn finish(mut self) -> Stream {
        self.stream.hash = self.digest.hash;
        if self.stream.text.is_empty() {
            self.stream.plain.clear();
        }
        self.stream
    }

    /// Writes messages until the stream has `size` bytes.
    fn repeat(&mut self, size: usize, mut message: impl FnMut(&mut Self)) {
        while self.stream.bytes.len() < size {
            message(self);
        }
    }

    fn binary(&mut self, length: usize, fragment: usize) {
        let payload = self.random.bytes(length);
        self.message(MessageKind::Binary, &payload, fragment);
    }

    fn ascii(&mut self, length: usize) {
        let payload: Vec<u8> = self
            .random
            .bytes(length)
            .into_iter()
            .map(|byte| b' ' + byte % 95)
            .collect();
        self.message(MessageKind::Text, &payload, length);
    }

    fn text(&mut self, length: usize, fragment: usize) {
        let payload = mixed_text(&mut self.random, length);
        self.message(MessageKind::Text, payload.as_bytes(), fragment);
    }

    /// Writes one empty message in this many frames.
    fn empty(&mut self, frames: usize) {
        for at in 0..frames {
            let opcode = if at == 0 {
                Opcode::BINARY
            } else {
                Opcode::CONTINUATION
            };
            self.frame(opcode, at + 1 == frames, &[]);
        }
        self.count(&[]);
    }

    /// Writes what a busy connection carries: sizes from 0 to 20,000 bytes, most of them small,
    /// text and binary, a message in five in up to four fragments, and sometimes a ping before or
    /// between them.
    fn any(&mut self) {
        let length = (20_000.0 * self.random.unit().powi(5)).round() as usize;
        if self.random.below(10) == 0 {
            self.ping();
        }
        let fragment = if self.random.below(5) == 0 {
            length / (1 + self.random.below(4)) + 1
        } else {
            length
        };
        if self.random.below(2) == 0 {
            self.text(length, fragment)
        } else {
            self.binary(length, fragment)
        }
    }

    fn ping(&mut self) {
        let length = self.random.below(126);
        let payload = self.random.bytes(length);
        self.frame(Opcode::PING, true, &payload);
    }

    fn message(&mut self, kind: MessageKind, payload: &[u8], fragment: usize) {
        let mut rest = payload;
        let mut opcode = kind.opcode();
        loop {
            let (piece, left) = rest.split_at(fragment.min(rest.len()));
            rest = left;
            let begin = self.frame(opcode, rest.is_empty(), piece);
            if kind == MessageKind::Text {
                self.stream.text.push(begin..begin + piece.len());
            }
            if rest.is_empty() {
                break;
            }
            opcode = Opcode::CONTINUATION;
            if fragment > 1024 && self.random.below(4) == 0 {
                self.ping();
            }
        }
        self.count(payload);
    }

    /// Writes a frame, and records where its payload begins.
    fn frame(&mut self, opcode: Opcode, fin: bool, payload: &[u8]) -> usize {
        let key = self.masked.then(|| self.random.key());
        FrameWriter::new(opcode, payload)
            .fin(fin)
            .mask(key)
            .write(&mut self.stream.bytes);
        self.stream.frames += 1;
        // A key of zeros leaves the payload and every offset as they are.
        let blank = key.map(|_| [0; 4]);
        FrameWriter::new(opcode, payload)
            .fin(fin)
            .mask(blank)
            .write(&mut self.stream.plain);
        self.stream.bytes.len() - payload.len()
    }

    fn count(&mut self, payload: &[u8]) {
        self.digest.data(payload, true);
        self.stream.messages += 1;
        self.stream.payload += payload.len() as u64;
    }
}

/// Returns Latin, Cyrillic, CJK and emoji in turn, exactly `length` bytes.
fn mixed_text(random: &mut Random, length: usize) -> String {
    const WORDS: &[&str] = &[
        "Größe ",
        "naïve ",
        "the quick fox ",
        "съешь ещё ",
        "булок ",
        "天地玄黃",
        "こんにちは",
        "🦀🚀",
        "👩‍👩‍👧 ",
    ];
    let mut text = String::with_capacity(length);
    while text.len() < length {
        let word = WORDS[random.below(WORDS.len())];
        if text.len() + word.len() <= length {
            text.push_str(word);
        } else {
            text.push('.');
        }
    }
    text
}

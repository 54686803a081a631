//! Generators of what a peer may send: conforming streams, and conforming streams with a few
//! mistakes.
//!
//! Random bytes fail at the first header; these get as far as a real peer would.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::FileFailurePersistence;
use wsspec_core::Role;
use wsspec_core::frame::{FrameWriter, LengthForm, Opcode};

/// Returns the configuration of a test with `usual` cases, or as many as `PROPTEST_CASES` says.
pub(crate) fn cases(usual: u32) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|n| n.parse().ok());
    ProptestConfig {
        cases: asked.unwrap_or(usual),
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
    }
}

/// Bytes that a failed test prints as a string.
#[derive(Clone)]
pub(crate) struct Bytes(Vec<u8>);

impl std::fmt::Debug for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "b\"{}\"", self.0.escape_ascii())
    }
}

impl std::ops::Deref for Bytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// One frame before it is written.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) opcode: u8,
    pub(crate) fin: bool,
    pub(crate) rsv: u8,
    /// Masked although it should not be, or the other way round.
    pub(crate) wrong_mask: bool,
    pub(crate) key: [u8; 4],
    pub(crate) form: Option<LengthForm>,
    pub(crate) payload: Vec<u8>,
}

impl Frame {
    fn right(opcode: Opcode, fin: bool, key: [u8; 4], payload: Vec<u8>) -> Frame {
        Frame {
            opcode: opcode.bits(),
            fin,
            rsv: 0,
            wrong_mask: false,
            key,
            form: None,
            payload,
        }
    }

    pub(crate) fn write(&self, sender: Role, out: &mut Vec<u8>) {
        let masked = sender.masks() != self.wrong_mask;
        let mut frame = FrameWriter::new(Opcode::from_bits(self.opcode), &self.payload)
            .fin(self.fin)
            .rsv(self.rsv)
            .mask(masked.then_some(self.key));
        if let Some(form) = self.form {
            frame = frame.form(form);
        }
        frame.write(out);
    }
}

/// Text with characters of every length.
pub(crate) fn text() -> impl Strategy<Value = Vec<u8>> {
    let character = prop_oneof![
        4 => Just('a'),
        1 => any::<char>(),
        1 => select(vec!['\0', '\u{7f}', '\u{80}', '\u{7ff}', '\u{800}', '\u{d7ff}', '\u{e000}', '\u{ffff}', '\u{10000}', '\u{10ffff}']),
    ];
    vec(character, 0..20)
        .prop_map(|characters| characters.into_iter().collect::<String>().into_bytes())
}

/// Bytes, sometimes of a length at which the header changes.
pub(crate) fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => vec(any::<u8>(), 0..40),
        1 => select(vec![124, 125, 126, 127, 999, 1000, 1001, 65535, 65536]).prop_map(|n| vec![b'x'; n]),
    ]
}

fn close_body() -> impl Strategy<Value = Vec<u8>> {
    let code = prop_oneof![
        3 => select(vec![1000, 1001, 1002, 1003, 1007, 1011, 1014, 3000, 3999, 4000, 4999]),
        1 => select(vec![0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535]),
    ];
    let body = (code, text()).prop_map(|(code, mut reason): (u16, _)| {
        reason.truncate(100);
        [&code.to_be_bytes()[..], &reason].concat()
    });
    prop_oneof![1 => Just(Vec::new()), 3 => body]
}

fn control() -> impl Strategy<Value = Frame> {
    let opcode = select(vec![Opcode::PING, Opcode::PONG]);
    (opcode, any::<[u8; 4]>(), vec(any::<u8>(), 0..126))
        .prop_map(|(opcode, key, payload)| Frame::right(opcode, true, key, payload))
}

/// A conforming message in fragments, with control frames between them.
fn message() -> impl Strategy<Value = Vec<Frame>> {
    let payload = prop_oneof![
        text().prop_map(|t| (Opcode::TEXT, t)),
        bytes().prop_map(|b| (Opcode::BINARY, b))
    ];
    let between = vec(control(), 0..2);
    (
        payload,
        vec((any::<Index>(), between), 0..4),
        any::<[u8; 4]>(),
    )
        .prop_map(|((opcode, payload), cuts, key)| {
            let mut at: Vec<usize> = cuts
                .iter()
                .map(|(index, _)| index.index(payload.len() + 1))
                .collect();
            at.sort_unstable();
            let mut frames = Vec::new();
            let mut start = 0;
            let mut next = opcode;
            for (end, (_, controls)) in at.into_iter().zip(cuts) {
                frames.push(Frame::right(next, false, key, payload[start..end].to_vec()));
                frames.extend(controls);
                (start, next) = (end, Opcode::CONTINUATION);
            }
            frames.push(Frame::right(next, true, key, payload[start..].to_vec()));
            frames
        })
}

/// A frame that may be wrong in any way its header allows.
fn any_frame() -> impl Strategy<Value = Frame> {
    let form = prop_oneof![
        4 => Just(None),
        1 => select(vec![LengthForm::Bits7, LengthForm::Bits16, LengthForm::Bits64]).prop_map(Some),
    ];
    let opcode = prop_oneof![4 => select(vec![0, 0, 1, 2, 8, 9, 10]), 1 => 0u8..16];
    let rsv = prop_oneof![6 => Just(0), 1 => 1u8..8];
    let payload = prop_oneof![text(), bytes(), close_body()];
    (
        opcode,
        any::<bool>(),
        rsv,
        prop::bool::weighted(0.1),
        any::<[u8; 4]>(),
        form,
        payload,
    )
        .prop_map(|(opcode, fin, rsv, wrong_mask, key, form, payload)| Frame {
            opcode,
            fin,
            rsv,
            wrong_mask,
            key,
            form,
            payload,
        })
}

/// Frames in an order that mostly conforms.
pub(crate) fn frames() -> impl Strategy<Value = Vec<Frame>> {
    let close = (any::<[u8; 4]>(), close_body())
        .prop_map(|(key, body)| vec![Frame::right(Opcode::CLOSE, true, key, body)]);
    let piece = prop_oneof![
        8 => message(),
        2 => control().prop_map(|frame| vec![frame]),
        1 => any_frame().prop_map(|frame| vec![frame]),
        1 => close,
    ];
    vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

/// A small mistake in a stream.
#[derive(Debug, Clone)]
pub(crate) enum Mistake {
    Flip(Index, u8),
    Set(Index, u8),
    Remove(Index, usize),
    Insert(Index, Vec<u8>),
    Cut(Index),
}

impl Mistake {
    pub(crate) fn make(&self, stream: &mut Vec<u8>) {
        let at = |index: &Index| index.index(stream.len().max(1));
        match self {
            Mistake::Flip(index, bit) => {
                let at = at(index);
                stream.get_mut(at).into_iter().for_each(|b| *b ^= 1 << bit);
            }
            Mistake::Set(index, byte) => {
                let at = at(index);
                stream.get_mut(at).into_iter().for_each(|b| *b = *byte);
            }
            Mistake::Remove(index, count) => {
                let at = at(index);
                stream.drain(at..(at + count).min(stream.len()).max(at).min(stream.len()));
            }
            Mistake::Insert(index, bytes) => {
                let at = index.index(stream.len() + 1);
                stream.splice(at..at, bytes.iter().copied());
            }
            Mistake::Cut(index) => stream.truncate(index.index(stream.len() + 1)),
        }
    }
}

pub(crate) fn mistakes() -> impl Strategy<Value = Vec<Mistake>> {
    let near = || {
        prop_oneof![
            any::<u8>(),
            select(b"\r\n\t ,;:=\"\\\0\x7f\x80\xbf\xc0\xed\xff".to_vec())
        ]
    };
    let mistake = prop_oneof![
        (any::<Index>(), 0u8..8).prop_map(|(at, bit)| Mistake::Flip(at, bit)),
        (any::<Index>(), near()).prop_map(|(at, byte)| Mistake::Set(at, byte)),
        (any::<Index>(), 1usize..6).prop_map(|(at, count)| Mistake::Remove(at, count)),
        (any::<Index>(), vec(near(), 1..4)).prop_map(|(at, bytes)| Mistake::Insert(at, bytes)),
        any::<Index>().prop_map(Mistake::Cut),
    ];
    prop_oneof![1 => Just(Vec::new()), 1 => vec(mistake, 1..4)]
}

/// What `sender` sends after the opening handshake.
pub(crate) fn stream(sender: Role) -> impl Strategy<Value = Bytes> {
    (frames(), mistakes()).prop_map(move |(frames, mistakes)| {
        let mut out = Vec::new();
        frames
            .iter()
            .for_each(|frame| frame.write(sender, &mut out));
        mistakes.iter().for_each(|mistake| mistake.make(&mut out));
        Bytes(out)
    })
}

/// Values of Sec-WebSocket-Extensions, mostly valid.
pub(crate) fn extensions() -> impl Strategy<Value = Bytes> {
    let part = select(vec![
        "permessage-deflate",
        "x",
        "client_max_window_bits",
        "=10",
        "=\"10\"",
        "=\"a\\b\"",
        ";",
        "; ",
        ",",
        " , ",
        "\t",
        "=",
        "\"",
        "\\",
        "\u{e9}",
    ]);
    (vec(part, 0..12), mistakes()).prop_map(|(parts, mistakes)| {
        let mut value = parts.concat().into_bytes();
        mistakes.iter().for_each(|mistake| mistake.make(&mut value));
        Bytes(value)
    })
}

fn head(
    start: &'static [&'static str],
    right: &'static [&'static str],
    odd: &'static [&'static str],
) -> impl Strategy<Value = Bytes> {
    let line = select(odd.to_vec()).prop_map(str::to_owned);
    let extension = extensions()
        .prop_map(|v| format!("Sec-WebSocket-Extensions: {}", String::from_utf8_lossy(&v)));
    let extra = vec(
        (any::<Index>(), prop_oneof![4 => line, 1 => extension]),
        0..4,
    );
    let missing = prop_oneof![2 => Just(None), 1 => any::<Index>().prop_map(Some)];
    let start = prop_oneof![4 => Just(start[0]), 1 => select(start.to_vec())];
    (start, extra, missing, mistakes()).prop_map(move |(start, extra, missing, mistakes)| {
        let mut lines: Vec<String> = right.iter().map(|&line| line.to_owned()).collect();
        missing
            .into_iter()
            .for_each(|index| drop(lines.remove(index.index(right.len()))));
        extra
            .into_iter()
            .for_each(|(at, line)| lines.insert(at.index(lines.len() + 1), line));
        let mut out = format!("{start}\r\n{}\r\n\r\n", lines.join("\r\n")).into_bytes();
        mistakes.iter().for_each(|mistake| mistake.make(&mut out));
        Bytes(out)
    })
}

/// An opening request, mostly valid.
pub(crate) fn request() -> impl Strategy<Value = Bytes> {
    head(
        &[
            "GET / HTTP/1.1",
            "GET ws://example.org/?a=b HTTP/1.1",
            "POST / HTTP/1.1",
            "GET / HTTP/1.0",
            "\r\nGET / HTTP/1.1",
            "GET * HTTP/1.1",
            "GET /#a HTTP/1.1",
            "GET",
        ],
        &[
            "Host: example.org",
            "Upgrade: websocket",
            "Connection: keep-alive, Upgrade",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Protocol: chat, superchat",
        ],
        &[
            "Host: [::1]:80",
            "host:",
            "Host: a,b",
            "Upgrade: h2c, WebSocket/13",
            "Connection: close",
            "Sec-WebSocket-Key: \u{e9}",
            "Sec-WebSocket-Key:",
            "Sec-WebSocket-Version: 8",
            "Sec-WebSocket-Protocol: chat",
            "Sec-WebSocket-Protocol:",
            "Content-Length: 5",
            "Transfer-Encoding: chunked",
            "X: y",
            "X y",
            " ",
            " folded",
            ": empty",
            "X : y",
            "\r",
            "X: a\tb",
        ],
    )
}

/// A response, mostly valid for the sample key.
pub(crate) fn response() -> impl Strategy<Value = Bytes> {
    head(
        &[
            "HTTP/1.1 101 Switching Protocols",
            "HTTP/1.1 101",
            "HTTP/1.1 101 ",
            "HTTP/1.0 101 x",
            "HTTP/1.1 200 OK",
            "HTTP/1.1 099 \u{e9}",
            "HTTP/2 101",
        ],
        &[
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
        ],
        &[
            "Sec-WebSocket-Protocol: chat",
            "Sec-WebSocket-Protocol: nochat",
            "Sec-WebSocket-Accept: x",
            "Upgrade: WebSocket",
            "Connection: close",
            "Content-Length: 0",
            "Content-Length: 7",
            "Sec-WebSocket-Extensions: permessage-deflate",
            "Sec-WebSocket-Extensions: x",
            "X y",
            "\t",
        ],
    )
}

//! The head of a request or response, line by line.

use super::text::printable;
use super::{Node, NodeKind};
use crate::Role;
use crate::deflate::message::Context;
use crate::deflate::negotiation::{NAME, Parameters};
use crate::handshake::{Extension, HeadReader};
use crate::violation::{Fault, ViolationSet};

/// Returns the size of the head at the front of `stream` in bytes: all of it if the head does not
/// end, 0 if it is not a head.
pub fn head_length(stream: &[u8]) -> usize {
    if !begins_like_head(stream) {
        return 0;
    }
    [&b"\r\n\r\n"[..], b"\n\n"]
        .into_iter()
        .filter_map(|mark| memchr::memmem::find(stream, mark).map(|at| at + mark.len()))
        .min()
        .unwrap_or(stream.len())
}

/// Whether the stream begins with a letter, as a method and `HTTP/` do. Two letters are also the first
/// byte of a frame: `A` and `B` begin a compressed message in fragments (RFC 7692 §7.2.1). After
/// them, a method has to follow.
fn begins_like_head(stream: &[u8]) -> bool {
    match stream {
        [b'A' | b'B', rest @ ..] => {
            let letters = rest.iter().take_while(|b| b.is_ascii_alphabetic()).count();
            letters > 0 && rest.get(letters).is_none_or(|b| *b == b' ')
        }
        [first, ..] => first.is_ascii_alphabetic(),
        [] => false,
    }
}

/// Returns the terms of permessage-deflate in the 101 response at the front of what a server sent.
pub fn agreed(stream: &[u8]) -> Option<Parameters> {
    Head::read(&stream[..head_length(stream)], Role::Server).agreed()
}

/// A head, parsed once.
pub(super) struct Head<'a> {
    bytes: &'a [u8],
    sender: Role,
    reader: HeadReader,
    read: Result<bool, Fault>,
}

impl<'a> Head<'a> {
    /// Parses the head in `bytes`, as far as it is there.
    pub(super) fn read(bytes: &'a [u8], sender: Role) -> Head<'a> {
        let reader = match sender {
            Role::Server => HeadReader::response(),
            Role::Client => HeadReader::request(),
        };
        let mut reader = reader.tolerating(ViolationSet::ALL);
        let read = reader.read(&mut &*bytes);
        Head {
            bytes,
            sender,
            reader,
            read,
        }
    }

    /// Whether it begins like a 101 response.
    pub(super) fn is_upgrade(&self) -> bool {
        self.bytes
            .get(8..)
            .is_some_and(|rest| rest.starts_with(b" 101"))
    }

    /// Returns how its sender compresses: as it answered, or in any way if it only offered to.
    pub(super) fn compression(&self) -> Option<Context> {
        match self.sender {
            Role::Server => self.agreed().map(|p| p.context(Role::Server)),
            Role::Client => {
                let offers = self.extensions()?;
                let offered = offers.iter().any(|e| e.name == NAME);
                offered.then(Context::default)
            }
        }
    }

    fn agreed(&self) -> Option<Parameters> {
        let extensions = self.extensions()?;
        let mut answers = extensions.iter().filter(|e| e.name == NAME);
        answers.find_map(|answer| Parameters::of_answer(answer).ok())
    }

    fn extensions(&self) -> Option<Vec<Extension>> {
        if self.read != Ok(true) {
            return None;
        }
        match self.sender {
            Role::Server => {
                let response = self.reader.parse_response().ok()?;
                (response.status == 101).then(|| response.extensions())
            }
            Role::Client => Some(self.reader.parse_request().ok()?.extensions()),
        }
    }

    /// Returns what is wrong with it in itself: the byte at which it cannot be read, or the rules
    /// that a request breaks. Which rules a response breaks depends on the request.
    fn faults(&self) -> Vec<Fault> {
        if let Some(fault) = self.reader.bare_line_end().or(self.read.err()) {
            return vec![fault];
        }
        if self.read == Ok(false) {
            return Vec::new();
        }
        let last = self.bytes.len() as u64 - 1;
        match self.sender {
            Role::Server => self.reader.parse_response().err().into_iter().collect(),
            Role::Client => match self.reader.parse_request() {
                Ok(request) => {
                    let violations = request.violations().into_iter();
                    violations.map(|violation| violation.at(last)).collect()
                }
                Err(fault) => vec![fault],
            },
        }
    }

    /// Returns its node, with what is wrong if it is `judged`; `None` if there are no bytes.
    pub(super) fn node(&self, judged: bool) -> Option<Node> {
        let mut parts: Vec<Node> = Vec::new();
        let mut offset = 0;
        for line in self.bytes.split_inclusive(|b| *b == b'\n') {
            parts.push(Node::new(
                NodeKind::Line,
                offset,
                line.len(),
                line_meaning(line),
            ));
            offset += line.len() as u64;
        }
        let first = parts
            .iter()
            .find(|part| part.meaning != END)
            .or(parts.first())?;
        let mut node = Node::new(NodeKind::Head, 0, self.bytes.len(), first.meaning.clone());
        let faults = if judged { self.faults() } else { Vec::new() };
        for fault in faults {
            let line = parts.iter_mut().find(|line| {
                (line.offset..line.offset + line.length as u64).contains(&fault.offset)
            });
            line.map_or(&mut node.faults, |line| &mut line.faults)
                .push(fault);
        }
        node.parts = parts;
        Some(node)
    }
}

/// The meaning of the empty line.
const END: &str = "(end of head)";

fn line_meaning(line: &[u8]) -> String {
    let text = line.strip_suffix(b"\n").unwrap_or(line);
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    if text.is_empty() {
        END.to_owned()
    } else {
        printable(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compressed_fragment_is_no_head() {
        for frame in [
            &b"\x41\x0b\xf2H"[..],
            b"\x42\x7e\x01\x00",
            b"A\x80",
            b"A",
            b"A0 \n",
        ] {
            assert_eq!(head_length(frame), 0, "{frame:?}");
        }
        for head in [
            &b"ACL / HTTP/1.1\r\n"[..],
            b"BREW",
            b"GET",
            b"HTTP/1.1 101",
            b"get /",
        ] {
            assert_eq!(head_length(head), head.len(), "{head:?}");
        }
    }
}

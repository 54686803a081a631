//! The head of a request or response, line by line.

use super::text::printable;
use super::{Kind, Node};
use crate::Role;
use crate::deflate::message::Context;
use crate::deflate::negotiation::{NAME, Parameters};
use crate::handshake::{Extension, HeadReader};
use crate::violation::{Fault, ViolationSet};

/// Bytes of the head at the front of `stream`: all of them while it has no end, none if it is no head.
pub fn head_length(stream: &[u8]) -> usize {
    if !stream.first().is_some_and(u8::is_ascii_alphabetic) {
        return 0;
    }
    let end = |mark: &[u8]| memchr::memmem::find(stream, mark).map(|at| at + mark.len());
    end(b"\r\n\r\n")
        .into_iter()
        .chain(end(b"\n\n"))
        .min()
        .unwrap_or(stream.len())
}

/// The terms of permessage-deflate in the 101 at the front of what a server sent.
pub fn agreed(stream: &[u8]) -> Option<Parameters> {
    let extensions = extensions(&stream[..head_length(stream)], Role::Server)?;
    extensions
        .iter()
        .filter(|e| e.name == NAME)
        .find_map(|e| Parameters::of_answer(e).ok())
}

/// How the sender of this head compresses: as it answered, or in any way if it only offered to.
pub(super) fn compression(head: &[u8], sender: Role) -> Option<Context> {
    match sender {
        Role::Server => agreed(head).map(|parameters| parameters.context(Role::Server)),
        Role::Client => {
            let offered = extensions(head, Role::Client)?
                .iter()
                .any(|e| e.name == NAME);
            offered.then(Context::default)
        }
    }
}

fn extensions(head: &[u8], sender: Role) -> Option<Vec<Extension>> {
    let reader = read(head, sender)?;
    match sender {
        Role::Server => reader
            .parse_response()
            .ok()
            .filter(|r| r.status == 101)
            .map(|r| r.extensions()),
        Role::Client => reader.parse_request().ok().map(|r| r.extensions()),
    }
}

/// The reader with the whole head in it, if it is one.
fn read(head: &[u8], sender: Role) -> Option<HeadReader> {
    let mut reader = reader(sender).tolerating(ViolationSet::ALL);
    (reader.read(&mut &*head) == Ok(true)).then_some(reader)
}

fn reader(sender: Role) -> HeadReader {
    match sender {
        Role::Server => HeadReader::response(),
        Role::Client => HeadReader::request(),
    }
}

/// Whether the head of a response is that of a 101.
pub(super) fn is_upgrade(head: &[u8]) -> bool {
    head.get(8..).is_some_and(|rest| rest.starts_with(b" 101"))
}

/// The node of a head; `None` for no bytes.
pub(super) fn node(head: &[u8], sender: Role) -> Option<Node> {
    let mut parts: Vec<Node> = Vec::new();
    let mut offset = 0;
    for line in head.split_inclusive(|b| *b == b'\n') {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        let meaning = if text.is_empty() {
            "(end of head)".to_owned()
        } else {
            printable(text)
        };
        parts.push(Node::new(Kind::Line, offset, line.len(), meaning));
        offset += line.len() as u64;
    }
    let first = parts
        .iter()
        .find(|part| part.meaning != "(end of head)")
        .or(parts.first())?;
    let mut node = Node::new(Kind::Head, 0, head.len(), first.meaning.clone());
    for fault in faults(head, sender) {
        let line = parts
            .iter_mut()
            .find(|line| (line.offset..line.offset + line.length as u64).contains(&fault.offset));
        line.map_or(&mut node.faults, |line| &mut line.faults)
            .push(fault);
    }
    node.parts = parts;
    Some(node)
}

/// What is wrong with the head in itself: where it cannot be read, or what a request breaks. What a response
/// breaks depends on the request.
fn faults(head: &[u8], sender: Role) -> Vec<Fault> {
    let mut strict = reader(sender);
    let read = match strict.read(&mut &*head) {
        Ok(true) => strict,
        Ok(false) => return Vec::new(),
        Err(fault) => return vec![fault],
    };
    let last = head.len() as u64 - 1;
    match sender {
        Role::Server => read.parse_response().err().into_iter().collect(),
        Role::Client => match read.parse_request() {
            Ok(request) => request
                .violations()
                .into_iter()
                .map(|violation| violation.at(last))
                .collect(),
            Err(fault) => vec![fault],
        },
    }
}

/// A head that is not judged: an error page need not be a right answer to an opening request.
pub(super) fn notes_no_rules(node: &mut Node) {
    node.faults.clear();
    node.parts.iter_mut().for_each(|line| line.faults.clear());
}

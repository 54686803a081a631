//! What `decode` prints.

use super::super::out::out;
use wsspec::decode::{Content, Conversation, Side, Stream, carried};
use wsspec_core::deflate::message::Context;
use wsspec_core::dissect::{self, Dissector, Node, NodeKind};
use wsspec_core::{Fault, Role};
use wsspec_reports::Transport;
use wsspec_reports::wire::{self, Line};

/// Frames of a side that are shown at most: each takes half a kilobyte of memory.
const MAX_FRAMES: usize = 100_000;

/// Bytes of a side of HTTP/2 or HTTP/3 that are shown at most: each may be a frame.
const MAX_CARRIED: usize = 4 << 20;

/// Bytes that a line shows.
const SHOWN_BYTES: usize = 12;

/// How bytes are shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown {
    /// Whether permessage-deflate is taken as agreed on.
    pub(super) compression: bool,
    /// Whether the parts of frames are shown.
    pub(super) tree: bool,
}

/// Why a side is taken for the sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Because {
    Asked,
    Known,
    Carrier,
    Other,
    Request,
    Response,
    Masked,
    NotMasked,
    Nothing,
}

impl Because {
    fn reason(self) -> &'static str {
        match self {
            Because::Asked => "as --from says",
            Because::Known => "as the input says",
            Because::Carrier => "as its preface or its first fields say",
            Because::Other => "as the other side is not",
            Because::Request => "as it begins with a request",
            Because::Response => "as it begins with a response",
            Because::Masked => "as the first frame is masked",
            Because::NotMasked => "as the first frame is not masked",
            Because::Nothing => "as nothing tells otherwise",
        }
    }
}

impl Shown {
    /// Prints the sides of a connection, or only the one that `wanted` sent.
    pub(super) fn stream(self, stream: &Stream, wanted: Option<Role>) {
        let several = stream.sides.len() > 1;
        let sides = stream.sides.iter().map(|side| {
            let stated = if several { None } else { wanted };
            (side, sender(side, stated))
        });
        let sides: Vec<_> = sides.collect();
        let server = sides.iter().find(|(_, (role, _))| *role == Role::Server);
        let agreed = server.and_then(|(side, _)| dissect::agreed(&side.bytes));
        for (side, (role, because)) in &sides {
            if several && wanted.is_some_and(|wanted| wanted != *role) {
                continue;
            }
            print_sender(side, *role, *because, several);
            let dissector = Dissector::new(*role).max_frames(MAX_FRAMES);
            let dissector = if self.compression {
                dissector.compression(Some(Context::default()))
            } else {
                dissector.agreeing(agreed)
            };
            self.bytes(dissector, &side.bytes);
        }
    }

    fn bytes(self, dissector: Dissector, bytes: &[u8]) {
        for node in dissector.connection(bytes) {
            let lines = node.lines().iter();
            lines.for_each(|line| print(line, bytes, 0, self.tree));
            node.faults.iter().for_each(print_fault);
        }
    }
}

/// Says who sent a side, and why it is taken for that.
fn print_sender(side: &Side, role: Role, because: Because, several: bool) {
    let (name, why) = (role.name(), because.reason());
    if several {
        let label = dissect::printable(side.label.as_bytes());
        let between = if label.is_empty() { "" } else { ", " };
        out!("{label}{between}sent by the {name}, {why}:");
    } else if !matches!(because, Because::Asked | Because::Known) {
        anstream::eprintln!("note: taken as sent by the {name}, {why} (--from)");
    }
}

/// Prints the frames of HTTP/2 or HTTP/3 on a connection, and those of the WebSocket in them: of all
/// sides, or only of the one that `wanted` sent.
pub(super) fn carried(stream: &Stream, over: Transport, wanted: Option<Role>) {
    let several = stream.sides.len() > 1;
    let senders = senders_of_carried(&stream.sides, over, wanted.filter(|_| !several));
    let sides: Vec<(Role, &[u8])> = senders
        .iter()
        .zip(&stream.sides)
        .map(|((role, _), side)| (*role, &side.bytes[..side.bytes.len().min(MAX_CARRIED)]))
        .collect();
    let lines = wire::lines(&carried::transcript(&sides, over));
    for ((side, (role, because)), (_, bytes)) in stream.sides.iter().zip(senders).zip(sides) {
        if several && wanted.is_some_and(|wanted| wanted != role) {
            continue;
        }
        print_sender(side, role, because, several);
        if let Some(preface) = carried::preface(bytes, over) {
            print_line(0, preface, "preface of HTTP/2");
        }
        let own = lines.iter().filter(|line| line.who == carried::by(role));
        print_carried(&own.collect::<Vec<_>>(), bytes);
        if bytes.len() < side.bytes.len() {
            let left = side.bytes.len() - bytes.len();
            anstream::eprintln!("note: {left} more bytes are not shown");
        }
    }
}

/// Prints lines of a wire log, each with the bytes up to the next.
fn print_carried(lines: &[&Line], bytes: &[u8]) {
    let starts = lines.iter().map(|line| line.offset.unwrap_or_default());
    let ends = starts.skip(1).chain([bytes.len() as u64]);
    for (line, end) in lines.iter().zip(ends) {
        let start = line.offset.unwrap_or_default();
        let covered = bytes.get(start as usize..end as usize);
        print_line(start, covered.unwrap_or_default(), &line.meaning);
        line.faults.iter().for_each(print_fault);
    }
}

/// The senders of sides whose conversations are streams. Of two, one tells the other.
fn senders_of_carried(
    sides: &[Side],
    over: Transport,
    wanted: Option<Role>,
) -> Vec<(Role, Because)> {
    let found: Vec<Option<(Role, Because)>> = sides
        .iter()
        .map(|side| known_sender(side, over, wanted))
        .collect();
    let other = found.iter().flatten().next().map(|(role, _)| role.peer());
    found
        .into_iter()
        .map(|found| found.unwrap_or_else(|| unlike(other)))
        .collect()
}

/// The sender of a side, as far as the user, the input or its own bytes say.
fn known_sender(side: &Side, over: Transport, wanted: Option<Role>) -> Option<(Role, Because)> {
    let asked = wanted.map(|role| (role, Because::Asked));
    let known = side.sender.map(|role| (role, Because::Known));
    if let Some(sender) = asked.or(known) {
        return Some(sender);
    }
    carried::sender(&side.bytes, over).map(|role| (role, Because::Carrier))
}

/// The sender of a side that shows none: not that of the other side, if there is one.
fn unlike(other: Option<Role>) -> (Role, Because) {
    match other {
        Some(role) => (role, Because::Other),
        None => (Role::Server, Because::Nothing),
    }
}

/// The likely sender of a side, if neither the user nor the input says: a response comes from the
/// server, a masked frame from the client.
fn sender(side: &Side, wanted: Option<Role>) -> (Role, Because) {
    if let Some(role) = wanted {
        return (role, Because::Asked);
    }
    if let Some(role) = side.sender {
        return (role, Because::Known);
    }
    let bytes = &side.bytes[..];
    if bytes.starts_with(b"HTTP/") {
        return (Role::Server, Because::Response);
    }
    if dissect::head_length(bytes) > 0 {
        return (Role::Client, Because::Request);
    }
    match bytes.get(1) {
        Some(second) if second & 0x80 != 0 => (Role::Client, Because::Masked),
        Some(_) => (Role::Server, Because::NotMasked),
        None => (Role::Server, Because::Nothing),
    }
}

/// Prints a node, and with `tree` its parts.
fn print(node: &Node, bytes: &[u8], depth: usize, tree: bool) {
    let Node {
        offset,
        length,
        meaning,
        parts,
        ..
    } = node;
    let at = *offset as usize;
    let indented = format!("{:indent$}{meaning}", "", indent = 2 * depth);
    print_line(*offset, &bytes[at..at + length], &indented);
    if depth > 0 || node.kind == NodeKind::Line {
        node.faults.iter().for_each(print_fault);
    }
    if tree {
        parts
            .iter()
            .for_each(|part| print(part, bytes, depth + 1, true));
    }
}

fn print_line(offset: u64, bytes: &[u8], meaning: &str) {
    let hex = dissect::hex(bytes, SHOWN_BYTES);
    out!("{offset:>6}  {hex:<40}  {meaning}");
}

fn print_fault(fault: &Fault) {
    let Fault { violation, offset } = fault;
    out!(
        "{:>6}  {:<40}  ^ {} ({}), byte {offset}",
        "",
        "",
        violation.meaning(),
        violation.clause()
    );
}

/// Prints messages, which have no frames to judge.
pub(super) fn messages(conversation: &Conversation, wanted: Option<Role>) {
    for message in &conversation.messages {
        if wanted.is_none_or(|wanted| wanted == message.sender) {
            let role = message.sender.name();
            let shown = dissect::preview(message.opcode, &message.payload);
            let size = message.payload.len();
            let s = if size == 1 { "" } else { "s" };
            out!("{role:<6}  {} {shown} ({size} byte{s})", message.opcode);
        }
    }
}

/// Prints the connections in an input, a line for each.
pub(super) fn list(content: &Content) {
    let lines: Vec<String> = match content {
        Content::Streams(streams) => streams.iter().map(line).collect(),
        Content::Messages(conversations) => {
            let lines = conversations.iter();
            lines
                .map(|one| format!("{}, {} messages", one.url, one.messages.len()))
                .collect()
        }
    };
    for (n, line) in lines.iter().enumerate() {
        out!("{:>4}  {}", n + 1, dissect::printable(line.as_bytes()));
    }
}

/// A connection in a line: its name, sizes, and what it begins with.
fn line(stream: &Stream) -> String {
    let sizes = stream.sides.iter().map(|side| side.bytes.len().to_string());
    let sizes = sizes.collect::<Vec<_>>().join(" + ");
    let bytes = stream
        .sides
        .first()
        .map(|side| &side.bytes[..])
        .unwrap_or_default();
    let begins = match bytes.get(..dissect::head_length(bytes)) {
        Some(head) if !head.is_empty() => {
            let line = head.split(|b| *b == b'\n').next().unwrap_or_default();
            String::from_utf8_lossy(line).trim_end().to_owned()
        }
        _ => dissect::hex(bytes, 8),
    };
    format!("{}  {sizes} bytes  {begins}", stream.label)
}

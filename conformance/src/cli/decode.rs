//! `wsspec decode`: captured bytes, annotated.

use std::io::Read;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use wsspec_core::deflate::message::Context;
use wsspec_core::dissect::{self, Dissector, Node, NodeKind};
use wsspec_core::frame::FrameHeader;
use wsspec_core::{Fault, Role};

use super::args::{self, Encoding, From};
use super::{Done, Exit, Failure};

pub(super) fn decode(args: &args::Decode) -> Done {
    let input = if args.bytes.is_empty() {
        read(args)?
    } else {
        args.bytes.join(" ").into_bytes()
    };
    let bytes = bytes(&input, args.encoding)?;
    let sender = match args.from {
        From::Client => Role::Client,
        From::Server => Role::Server,
        From::Auto => guess(&bytes),
    };
    let dissector = Dissector::new(sender).compression(args.deflate.then(Context::default));
    for node in dissector.connection(&bytes) {
        node.lines()
            .iter()
            .for_each(|line| print(line, &bytes, 0, args.tree));
        node.faults.iter().for_each(print_fault);
    }
    Ok(Exit::Fine)
}

/// A node, and with `tree` its parts below it.
fn print(node: &Node, bytes: &[u8], depth: usize, tree: bool) {
    let Node {
        offset,
        length,
        meaning,
        parts,
        ..
    } = node;
    let at = *offset as usize;
    let hex = dissect::hex(&bytes[at..at + length], 12);
    anstream::println!(
        "{offset:>6}  {hex:<40}  {:indent$}{meaning}",
        "",
        indent = 2 * depth
    );
    if depth > 0 || node.kind == NodeKind::Line {
        node.faults.iter().for_each(print_fault);
    }
    if tree {
        parts
            .iter()
            .for_each(|part| print(part, bytes, depth + 1, true));
    }
}

fn print_fault(fault: &Fault) {
    let Fault { violation, offset } = fault;
    anstream::println!(
        "{:>6}  {:<40}  ^ {} ({}), byte {offset}",
        "",
        "",
        violation.meaning(),
        violation.clause()
    );
}

fn read(args: &args::Decode) -> Result<Vec<u8>, Failure> {
    let mut input = Vec::new();
    match &args.file {
        Some(path) => {
            input = std::fs::read(path)
                .map_err(|e| Failure::usage(format!("{}: {e}", path.display())))?;
        }
        None => {
            std::io::stdin()
                .lock()
                .read_to_end(&mut input)
                .map_err(Failure::usage)?;
        }
    }
    Ok(input)
}

fn bytes(input: &[u8], encoding: Encoding) -> Result<Vec<u8>, Failure> {
    let text = std::str::from_utf8(input).ok();
    let packed: Option<String> =
        text.map(|t| t.split(|c: char| c.is_whitespace() || c == ':').collect());
    let hex = || {
        let digits = packed
            .as_deref()
            .filter(|p| p.len() % 2 == 0 && p.bytes().all(|b| b.is_ascii_hexdigit()))?;
        (0..digits.len())
            .step_by(2)
            .map(|i| u8::from_str_radix(&digits[i..i + 2], 16).ok())
            .collect::<Option<Vec<u8>>>()
    };
    let base64 = || packed.as_deref().and_then(|p| STANDARD.decode(p).ok());
    match encoding {
        Encoding::Raw => Ok(input.to_vec()),
        Encoding::Hex => hex().ok_or_else(|| Failure::usage("the input is not hex")),
        Encoding::Base64 => base64().ok_or_else(|| Failure::usage("the input is not base64")),
        Encoding::Auto => Ok(hex().or_else(base64).unwrap_or_else(|| input.to_vec())),
    }
}

/// Who sent this: a response comes from the server, a masked frame from the client.
fn guess(bytes: &[u8]) -> Role {
    if bytes.starts_with(b"HTTP/") {
        return Role::Server;
    }
    let frames = &bytes[dissect::head_length(bytes)..];
    let masked = FrameHeader::parse(frames).is_none_or(|h| h.mask.is_some());
    if masked || frames.len() < bytes.len() {
        Role::Client
    } else {
        Role::Server
    }
}

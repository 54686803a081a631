//! `wsspec decode`: captured bytes, annotated.

use std::io::Read;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::{Args, ValueEnum};
use wsspec_core::deflate::message::Context;
use wsspec_core::dissect::{self, Dissector, Node, NodeKind};
use wsspec_core::frame::FrameHeader;
use wsspec_core::{Fault, Role};

use super::exit::Exit;
use super::failure::{Done, Failure};

#[derive(Debug, Args)]
#[command(after_help = "Example: wsspec decode --from client 81 85 37 fa 21 3d 7f 9f 4d 51 58")]
pub(crate) struct DecodeCommand {
    /// Hex or base64; without it, raw bytes, hex or base64 are read from --file or standard input
    bytes: Vec<String>,
    /// Read from this file
    #[arg(long, value_name = "FILE", conflicts_with = "bytes")]
    file: Option<PathBuf>,
    /// The side that sent the bytes, which decides whether frames must be masked
    #[arg(long, value_enum, default_value_t = From::Auto)]
    from: From,
    /// Assume that permessage-deflate was agreed on; an opening handshake in the input decides by
    /// itself
    #[arg(long)]
    deflate: bool,
    /// Show the parts of each frame: header fields, payload, DEFLATE blocks
    #[arg(long)]
    tree: bool,
    /// The encoding of the input
    #[arg(long, value_enum, default_value_t = Encoding::Auto)]
    encoding: Encoding,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum From {
    /// Taken from the opening handshake or the first frame
    Auto,
    Client,
    Server,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Encoding {
    Auto,
    Hex,
    Base64,
    Raw,
}

pub(super) fn decode(args: &DecodeCommand) -> Done {
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

fn read(args: &DecodeCommand) -> Result<Vec<u8>, Failure> {
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

/// The bytes that the input encodes.
fn bytes(input: &[u8], encoding: Encoding) -> Result<Vec<u8>, Failure> {
    let packed = packed(input);
    match encoding {
        Encoding::Raw => Ok(input.to_vec()),
        Encoding::Hex => packed
            .as_deref()
            .and_then(hex)
            .ok_or_else(|| Failure::usage("the input is not hex; see --encoding")),
        Encoding::Base64 => packed
            .as_deref()
            .and_then(base64)
            .ok_or_else(|| Failure::usage("the input is not base64; see --encoding")),
        Encoding::Auto => Ok(packed
            .as_deref()
            .and_then(|text| hex(text).or_else(|| base64(text)))
            .unwrap_or_else(|| input.to_vec())),
    }
}

/// The input without white space and colons, if it is text.
fn packed(input: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(input).ok()?;
    Some(
        text.split(|c: char| c.is_whitespace() || c == ':')
            .collect(),
    )
}

fn hex(digits: &str) -> Option<Vec<u8>> {
    if !digits.len().is_multiple_of(2) || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    (0..digits.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(&digits[i..i + 2], 16).ok())
        .collect()
}

fn base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// The likely sender: a response comes from the server, a masked frame from the client.
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

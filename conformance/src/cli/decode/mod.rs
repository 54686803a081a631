//! `wsspec decode`: captured bytes, annotated.

mod input;
mod show;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use wsspec::decode::{self, Content, NOTATIONS, Notation, Stream, carried, foreign, read};
use wsspec_core::Role;
use wsspec_reports::Transport;

use super::exit::Exit;
use super::failure::{Done, Failure};
use super::keylog::{key_log, tell_sealed};

use show::Shown;

const EXAMPLES: &str = "\
Examples:
  wsspec decode 81 85 37 fa 21 3d 7f 9f 4d 51 58
  wsspec decode '{ 0x81, 0x05, 72, 101, 108, 108, 111 }'
  wsspec decode --tree 'b\"\\x81\\x05Hello\"'
  wsspec decode capture.pcapng --stream 2
  wsspec decode --h3 01 04 00 00 d1 d7 00 02 81 00
  tcpdump -r capture.pcap -X | wsspec decode";

/// The encoding of the input; `None` if it is found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Encoding(Option<Notation>);

#[derive(Debug, Args)]
#[command(
    after_help = EXAMPLES,
    after_long_help = format!("{}\n\n{EXAMPLES}", notations())
)]
pub(crate) struct DecodeCommand {
    /// The bytes as you copied them, or a file; without it, standard input is read
    ///
    /// An argument that is the name of a file is that file, and `-` is standard input. Quote what has
    /// blanks or brackets, and put `--` before what begins with a dash. At most 64 MiB are read.
    #[arg(allow_negative_numbers = true)]
    bytes: Vec<OsString>,
    /// Read from this file
    #[arg(long, value_name = "FILE", conflicts_with = "bytes")]
    file: Option<PathBuf>,
    /// The side that sent the bytes, which decides whether frames must be masked; of a connection
    /// with both sides, the one to show
    #[arg(long, value_enum, default_value_t = From::Auto)]
    from: From,
    /// Assume that permessage-deflate was agreed on; an opening handshake in the input decides by
    /// itself
    #[arg(long)]
    deflate: bool,
    /// The connection is one of HTTP/2, whose DATA carries WebSocket frames; one that begins with the
    /// preface of HTTP/2 is known by that
    #[arg(long, conflicts_with_all = ["h3", "deflate", "tree"])]
    h2: bool,
    /// The bytes are those of a stream of QUIC that carries HTTP/3
    #[arg(long, conflicts_with_all = ["deflate", "tree"])]
    h3: bool,
    /// Show the parts of each frame: header fields, payload, DEFLATE blocks
    #[arg(long)]
    tree: bool,
    /// The encoding of the input
    #[arg(long, value_parser = encoding(), default_value = "auto", hide_possible_values = true)]
    encoding: Encoding,
    /// The connection to show, from 1, where the input has several; without it they are listed
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    stream: Option<u32>,
    /// The secrets of TLS 1.3 in a capture: the file of SSLKEYLOGFILE. Those that a pcapng file has in it
    /// are used as well
    #[arg(long, value_name = "FILE")]
    keylog: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum From {
    /// Taken from the opening handshake or the first frame
    Auto,
    Client,
    Server,
}

impl From {
    fn role(self) -> Option<Role> {
        match self {
            From::Auto => None,
            From::Client => Some(Role::Client),
            From::Server => Some(Role::Server),
        }
    }
}

const AUTO: &str = "auto";

fn encoding() -> impl TypedValueParser<Value = Encoding> {
    let values = NOTATIONS
        .iter()
        .map(|row| PossibleValue::new(row.flag).help(row.name));
    let auto = PossibleValue::new(AUTO).help("found out");
    PossibleValuesParser::new([auto].into_iter().chain(values))
        .map(|flag| Encoding(Notation::of_flag(&flag)))
}

/// The notations that are read, as a table.
fn notations() -> String {
    let mut text = "Encodings (--encoding), found out from the input if none is named:".to_owned();
    for row in NOTATIONS {
        let example = if row.example.is_empty() {
            ""
        } else {
            ", such as "
        };
        let _ = write!(
            text,
            "\n  {:<11} {}{example}{}",
            row.flag, row.name, row.example
        );
    }
    text
}

pub(super) fn decode(args: &DecodeCommand) -> Done {
    let input = input::read(&args.bytes, args.file.as_deref())?;
    let mut read = read(&input.bytes, args.encoding.0).map_err(|error| input.failure(&error))?;
    let mut keys = key_log(args.keylog.as_deref())?;
    keys.extend(decode::key_log(&input.bytes));
    let sealed = decode::tls::open(&mut read.content, &keys);
    input.print_source(&read);
    for note in &read.notes {
        anstream::eprintln!("note: {note}");
    }
    tell_sealed(sealed);
    let count = match &read.content {
        Content::Streams(streams) => streams.len(),
        Content::Messages(conversations) => conversations.len(),
    };
    let Some(n) = choice(args.stream, count)? else {
        show::list(&read.content);
        anstream::eprintln!("note: --stream N shows one of these {count}");
        return Ok(Exit::Fine);
    };
    match &read.content {
        Content::Streams(streams) => stream(args, &streams[n])?,
        Content::Messages(conversations) => show::messages(&conversations[n], args.from.role()),
    }
    Ok(Exit::Fine)
}

/// The connection to show, from 0; `None` if there are several and none was chosen.
fn choice(wanted: Option<u32>, count: usize) -> Result<Option<usize>, Failure> {
    match wanted {
        None => Ok((count == 1).then_some(0)),
        Some(n) if n as usize <= count => Ok(Some(n as usize - 1)),
        Some(n) => Err(Failure::usage(format!(
            "there is no connection {n} in the input; it has {count}"
        ))),
    }
}

impl DecodeCommand {
    /// What carries the conversations of a connection, if they are streams.
    fn carrier(&self, stream: &Stream) -> Option<Transport> {
        if self.h2 {
            return Some(Transport::H2);
        }
        if self.h3 {
            return Some(Transport::H3);
        }
        let mut sides = stream.sides.iter();
        sides.find_map(|side| carried::carrier(&side.bytes))
    }
}

fn stream(args: &DecodeCommand, stream: &Stream) -> Result<(), Failure> {
    if let Some(over) = args.carrier(stream) {
        show::carried(stream, over, args.from.role());
        return Ok(());
    }
    let shown = Shown {
        compression: args.deflate,
        tree: args.tree,
    };
    if let Some(format) = stream.sides.iter().find_map(|side| foreign(&side.bytes))
        && args.encoding.0 != Some(Notation::Raw)
    {
        return Err(Failure::usage(format!("the connection is {format}")));
    }
    shown.stream(stream, args.from.role());
    Ok(())
}

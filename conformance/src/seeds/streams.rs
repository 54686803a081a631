//! Seeds for the readers of HTTP/2 and HTTP/3: what either side sends in a case over streams.

use wsspec_core::Role;
use wsspec_core::http2::{FrameReader, PREFACE, RawFrame};
use wsspec_core::http3::{self, Output, settings};
use wsspec_reports::{What, Who};
use wsspec_vectors::{Case, Over, Step};

use super::{SAMPLE_KEY, Seeds};
use crate::binding::connect::Connect;
use crate::binding::{self, Binding, Command, Field};
use crate::exchange::Setup;
use crate::peer::ReferencePeer;
use crate::wire::memory::{self, Chunking};

/// The setting of the targets that reads as a client.
const AS_CLIENT: u8 = 0x01;

/// The setting of `h3_frames` that has extended CONNECT announced.
const ANNOUNCED: u8 = 0x10;

/// The largest piece of a seed that has its length in a byte.
const PIECE: usize = 255;

impl Seeds {
    /// What a case over HTTP/2 or HTTP/3 sends to `reader`, and what it is answered.
    pub(super) fn over_streams(&mut self, case: &Case, name: &str, reader: Role) {
        match case.over {
            Over::H2 => self.http2(case, name, reader),
            Over::H3 => self.http3(case, name, reader),
            Over::Tcp | Over::Tls => {}
        }
    }

    fn http2(&mut self, case: &Case, name: &str, target: Role) {
        if case.wants_beyond(memory::ABILITIES).is_some() {
            return;
        }
        let setup = Setup::new(target, "example.org", "/");
        let peer = ReferencePeer::conforming();
        let transcript = memory::run(case, &setup, &peer, Chunking::Whole).transcript;
        for (who, reader) in [(Who::Suite, target), (Who::Target, target.peer())] {
            let bytes = transcript.entries.iter().filter_map(|entry| {
                let What::Bytes(bytes) = &entry.what else {
                    return None;
                };
                (entry.who == who).then_some(&bytes[..])
            });
            let bytes = bytes.collect::<Vec<_>>().concat();
            let is_client = reader == Role::Client;
            // The target puts the preface in front itself.
            let stream = bytes.strip_prefix(&PREFACE[..]).unwrap_or(&bytes);
            let name = format!("{name}-to-{}", reader.name());
            self.add("h2_frames", &name, u8::from(is_client), stream);
            self.fields(&name, &FrameReader::new(!is_client).frames(&bytes));
        }
    }

    /// The field blocks of a connection, each after its length in a byte.
    fn fields(&mut self, name: &str, frames: &[RawFrame]) {
        let blocks: Vec<u8> = frames
            .iter()
            .filter(|frame| frame.head.has_fields())
            .filter_map(|frame| frame.content().ok())
            .filter(|block| block.len() <= PIECE)
            .flat_map(measured)
            .collect();
        if !blocks.is_empty() {
            self.add("hpack_fields", name, 0, &blocks);
        }
    }

    fn http3(&mut self, case: &Case, name: &str, reader: Role) {
        let mut connection = http3::Connection::new(reader.peer(), http3::Options::default());
        connection.start(&[(settings::ENABLE_CONNECT_PROTOCOL, 1)]);
        let setup = Setup::new(reader, "example.org", "/");
        let mut binding = Connect::new(reader, wsspec_reports::Transport::H3, SAMPLE_KEY.into());
        for step in &case.steps {
            let command = match step.bare() {
                Step::Open(head) => Command::Open(head),
                Step::Accept(head) => Command::Accept(head),
                _ => continue,
            };
            for fields in sent(&mut binding, command, &setup) {
                connection.headers(0, &fields);
            }
            connection.data(0, &[0x89, 0]);
        }
        let steps: Vec<u8> = connection.output().into_iter().flat_map(step).collect();
        let settings = ANNOUNCED | if reader == Role::Client { AS_CLIENT } else { 0 };
        self.add("h3_frames", name, settings, &steps);
    }
}

fn sent(binding: &mut Connect, command: Command<'_>, setup: &Setup) -> Vec<Vec<Field>> {
    let outputs = binding.send(command, setup).unwrap_or_default();
    let fields = outputs.into_iter().filter_map(|output| match output {
        binding::Output::Fields(fields) => Some(fields),
        _ => None,
    });
    fields.collect()
}

/// Bytes on a stream as `h3_frames` reads them: a byte that chooses the stream (of a request, or the
/// control stream), and pieces.
fn step(output: Output) -> Vec<u8> {
    let Output::Write { stream, bytes } = output else {
        return Vec::new();
    };
    let choice = if stream & 2 == 0 { 0 } else { 4 };
    let pieces = bytes.chunks(PIECE);
    pieces
        .flat_map(|piece| [vec![choice], measured(piece)].concat())
        .collect()
}

/// Bytes after their length.
fn measured(bytes: &[u8]) -> Vec<u8> {
    [&[bytes.len() as u8], bytes].concat()
}

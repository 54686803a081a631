//! The properties of the HTTP/2 engine and of HPACK.

use crate::Role;
use crate::http2::hpack::{Decoder, Encoder, Style};
use crate::http2::{Auto, Connection, Event, Field, Options, PREFACE, settings};
use crate::properties::{Cut, Input};
use crate::random::SplitMix64;

/// Reads any bytes as those of one connection; as a server, with the preface before them.
///
/// - At any chunking the same events and the same answers come out.
/// - What proves a violation is within the bytes, and never before what proved the last.
/// - The list of fields is bounded.
pub fn h2_frames(data: &[u8]) {
    let input = Input::new(data);
    let whole = play(&input, Cut::Whole);
    assert_eq!(whole, play(&input, Cut::Single));
    let mixed = Cut::Mixed(SplitMix64(input.seed));
    assert_eq!(whole, play(&input, mixed));
    let mut before = 0;
    for event in &whole.0 {
        match event {
            Event::Violation(found) => {
                let sent = (PREFACE.len() + input.stream.len()) as u64;
                assert!(before <= found.at && found.at <= sent, "{found}");
                before = found.at;
            }
            Event::Headers { fields, .. } => assert!(size(fields) <= options(&input).max_list),
            _ => {}
        }
    }
}

fn options(input: &Input<'_>) -> Options {
    let answers = input.settings & 8 == 0;
    Options {
        auto: Auto {
            settings_ack: answers,
            ping_ack: answers,
            window_credit: answers,
        },
        max_list: [1 << 16, 100][usize::from(input.settings >> 1 & 1)],
        max_streams: [1 << 14, 2][usize::from(input.settings >> 2 & 1)],
        ..Options::default()
    }
}

/// All events, and what is written in the end.
fn play(input: &Input<'_>, mut cut: Cut) -> (Vec<Event>, Vec<u8>) {
    let ours = [Role::Server, Role::Client][usize::from(input.settings & 1)];
    let mut connection = Connection::new(ours, options(input));
    connection.preface();
    let odd = input.settings >> 4 & 1;
    connection.settings(&[
        (settings::ENABLE_CONNECT_PROTOCOL, u32::from(odd)),
        (settings::INITIAL_WINDOW_SIZE, [65_535, 1][usize::from(odd)]),
        (settings::HEADER_TABLE_SIZE, [4096, 0][usize::from(odd)]),
    ]);
    let mut events = Vec::new();
    if ours == Role::Server {
        events.extend(connection.receive(PREFACE));
    } else {
        for method in ["CONNECT", "GET"] {
            let stream = connection.next_stream();
            connection.headers(stream, &[(b":method".into(), method.into())], false);
            connection.data(stream, vec![0; 10], Some(3));
        }
    }
    let mut rest = input.stream;
    while !rest.is_empty() {
        let (chunk, behind) = rest.split_at(cut.next(rest.len()));
        events.extend(connection.receive(chunk));
        rest = behind;
    }
    (events, connection.output())
}

/// As RFC 9113 §6.5.2 counts it, in bytes.
fn size(fields: &[Field]) -> usize {
    fields
        .iter()
        .map(|field| field.0.len() + field.1.len() + 32)
        .sum()
}

/// Reads any field blocks, one after another: the length in a byte, and as many bytes.
///
/// - The list of fields is bounded.
/// - Fields that could be read are the same when they are written and read again, in any style.
pub fn hpack_fields(data: &[u8]) {
    let input = Input::new(data);
    let bit = |place: u8| input.settings >> place & 1 != 0;
    let max_list = if bit(0) { 100 } else { 1 << 16 };
    let mut decoder = Decoder::new(max_list);
    if bit(1) {
        decoder.allow(64);
        decoder.acknowledged(64);
    }
    let mut encoder = Encoder::new(Style {
        indexed: bit(2),
        dynamic: bit(3),
        huffman: bit(4),
    });
    let mut again = Decoder::new(max_list);
    let mut rest = input.stream;
    while let [length, behind @ ..] = rest {
        let (block, behind) = behind.split_at(usize::from(*length).min(behind.len()));
        rest = behind;
        let Ok(fields) = decoder.read(block) else {
            return;
        };
        assert!(size(&fields) <= max_list);
        encoder.limit(u32::from(*length) * 32);
        assert_eq!(again.read(&encoder.write(&fields)), Ok(fields));
    }
}

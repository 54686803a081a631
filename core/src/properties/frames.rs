//! The properties of the frame decoder and the dissector.

use std::cell::RefCell;

use crate::Role;
use crate::deflate::message::Context;
use crate::dissect::{Dissector, Node};
use crate::frame::{DEFAULT_MAX_MESSAGE, Decoder, FrameHeader};
use crate::properties::decoded::Decoded;
use crate::properties::{Cut, Input};
use crate::random::SplitMix64;
use crate::violation::{Fault, Violation, ViolationSet};

/// The size limits of messages that the settings choose from, in bytes.
pub const LIMITS: [u64; 8] = [
    DEFAULT_MAX_MESSAGE,
    0,
    1,
    125,
    126,
    1000,
    0x1_0000,
    u64::MAX,
];

/// Everything except the rule that bounds memory.
const TOLERANT: ViolationSet = all_but_size();

const fn all_but_size() -> ViolationSet {
    let mut set = ViolationSet::NONE;
    let mut rest = Violation::ALL;
    while let [violation, tail @ ..] = rest {
        if *violation as u8 != Violation::MessageTooBig as u8 {
            set = set.with(*violation);
        }
        rest = tail;
    }
    set
}

/// Buffers that are reused.
#[derive(Default)]
struct Scratch {
    first: Decoded,
    rest: Rest,
}

#[derive(Default)]
struct Rest {
    other: Decoded,
    copy: Vec<u8>,
    written: Vec<u8>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// A stream that was read whole, and the result.
struct Reading<'a> {
    decoder: &'a Decoder,
    reader: Role,
    seed: u64,
    stream: &'a [u8],
    decoded: &'a Decoded,
}

type Check = fn(&Reading<'_>, &mut Rest);

/// The comparisons with the first reading, each independent of the others.
const CHECKS: [Check; 4] = [any_chunking, byte_by_byte, proved, written_again];

/// Reads any bytes as frames.
///
/// - Whole, byte by byte and at any chunking, the same events come out, up to the bytes of an
///   unfinished message, and the same fault at the same offset. It is reported at the very byte it
///   names. Only the first and last bytes of a long payload are read one by one.
/// - What was accepted reads the same when it is written again in other fragments with other keys.
///   A parsed header is written as the same bytes.
/// - Buffered bytes are bounded, and no message is longer than allowed.
/// - Text is UTF-8 to the standard library as well, except for as many messages as the decoder
///   tolerated.
pub fn frame_decoder(data: &[u8]) {
    strictly(data, |_| &CHECKS);
}

/// [`frame_decoder`] with one of its four comparisons, chosen by the seed. A fuzzer, which changes
/// the seed, covers all of them at twice the speed.
pub fn frame_decoder_by_turns(data: &[u8]) {
    strictly(data, |seed| {
        let turn = seed as usize % CHECKS.len();
        &CHECKS[turn..=turn]
    });
}

fn strictly(data: &[u8], checks: fn(u64) -> &'static [Check]) {
    let Input {
        settings,
        seed,
        stream,
    } = Input::new(data);
    let (reader, limit) = read_settings(settings);
    let decoder = Decoder::new(reader).max_message(limit);
    SCRATCH.with_borrow_mut(|Scratch { first, rest }| {
        first.read(&decoder, stream, Cut::Whole, &mut rest.copy);
        first.check(stream.len(), limit);
        let reading = Reading {
            decoder: &decoder,
            reader,
            seed,
            stream,
            decoded: first,
        };
        for check in checks(seed) {
            check(&reading, rest);
        }
    });
}

/// Reads any bytes as frames, and goes on after faults.
///
/// - Any chunking gives the same events and faults.
/// - Nothing is reported if the strict decoder accepts; its fault is reported first if it does not.
/// - Only a message that is too big ends the stream.
pub fn tolerant_decoder(data: &[u8]) {
    let Input {
        settings,
        seed,
        stream,
    } = Input::new(data);
    let (reader, limit) = read_settings(settings);
    let strict = Decoder::new(reader).max_message(limit);
    let decoder = strict.clone().tolerating(TOLERANT);
    SCRATCH.with_borrow_mut(|Scratch { first, rest }| {
        first.read(&decoder, stream, Cut::Whole, &mut rest.copy);
        first.check(stream.len(), limit);
        assert!(
            first
                .fault
                .is_none_or(|f| f.violation == Violation::MessageTooBig),
            "{:?}",
            first.fault
        );
        let reading = Reading {
            decoder: &decoder,
            reader,
            seed,
            stream,
            decoded: first,
        };
        any_chunking(&reading, rest);

        let reported = first.tolerated.first().copied().or(first.fault);
        let Rest { other, copy, .. } = rest;
        other.read(&strict, stream, Cut::Whole, copy);
        if other.fault.is_some() {
            assert_eq!(
                reported, other.fault,
                "the first thing noted is the strict fault"
            );
        } else {
            // The strict decoder does not read what follows a Close.
            first.read(&decoder, &stream[..other.used], Cut::Whole, copy);
            assert_eq!(first, other, "conforming frames");
        }
    });
}

fn any_chunking(reading: &Reading<'_>, Rest { other, copy, .. }: &mut Rest) {
    other.read(
        reading.decoder,
        reading.stream,
        Cut::Mixed(SplitMix64(reading.seed)),
        copy,
    );
    assert_eq!(reading.decoded, other, "at any chunking");
}

fn byte_by_byte(reading: &Reading<'_>, Rest { other, copy, .. }: &mut Rest) {
    other.read(reading.decoder, reading.stream, Cut::Single, copy);
    assert_eq!(reading.decoded, other, "byte by byte");
}

fn proved(reading: &Reading<'_>, Rest { other, copy, .. }: &mut Rest) {
    let Some(fault) = reading.decoded.fault.filter(|fault| !in_close_body(*fault)) else {
        return;
    };
    let proof = &reading.stream[..=fault.offset as usize];
    other.read(reading.decoder, proof, Cut::Whole, copy);
    assert_eq!(other.fault, Some(fault), "the byte it names proves it");
    other.read(reading.decoder, &proof[..proof.len() - 1], Cut::Whole, copy);
    assert_eq!(other.fault, None, "{fault:?} shows before");
}

fn written_again(
    reading: &Reading<'_>,
    Rest {
        other,
        copy,
        written,
    }: &mut Rest,
) {
    let &Reading {
        reader,
        seed,
        stream,
        decoded,
        ..
    } = reading;
    decoded.write_again(reader, SplitMix64(seed), written);
    other.read(
        reading.decoder,
        written,
        Cut::Mixed(SplitMix64(!seed)),
        copy,
    );
    decoded.same_events(other);
    header_survives(stream, written);
    header_survives(stream.get(seed as usize..).unwrap_or_default(), written);
}

/// Takes any bytes apart. The nodes are adjacent and cover the whole stream, parts lie in order
/// within their node, and the faults are those that a tolerant decoder reports, except for sizes.
pub fn dissector(data: &[u8]) {
    let Input {
        settings, stream, ..
    } = Input::new(data);
    let (reader, _) = read_settings(settings);
    let nodes = Dissector::new(reader.peer()).frames(stream, 7);
    check_nodes(&nodes, 7, stream.len());

    let mut expected = Decoded::default();
    let tolerant = Decoder::new(reader)
        .tolerating(ViolationSet::ALL)
        .starting_at(7);
    expected.read(&tolerant, stream, Cut::Whole, &mut Vec::new());
    let faults: Vec<Fault> = nodes.into_iter().flat_map(|node| node.faults).collect();
    let tolerated = expected.tolerated.into_iter();
    let all: Vec<Fault> = tolerated
        .filter(|f| f.violation != Violation::MessageTooBig)
        .collect();
    // It marks the faults that the decoder finds, but not what follows from these.
    let has_consequences = |fault: &Fault| {
        use Violation::{LengthNotMinimal, LengthTopBit, RsvSet};
        matches!(fault.violation, LengthNotMinimal | LengthTopBit | RsvSet)
    };
    let first = all
        .iter()
        .position(has_consequences)
        .map_or(all.len(), |at| at + 1);
    assert_eq!(faults.get(..first), all.get(..first));
    let mut rest = all.iter();
    assert!(faults.iter().all(|fault| rest.any(|other| other == fault)));

    check_nodes(
        &Dissector::new(reader.peer()).connection(stream),
        0,
        stream.len(),
    );
    let compressing = Dissector::new(reader.peer()).compression(Some(Context::default()));
    check_nodes(&compressing.connection(stream), 0, stream.len());
}

/// Checks that the nodes are adjacent and cover everything, and that their parts lie within them in
/// order.
fn check_nodes(nodes: &[Node], offset: u64, length: usize) {
    let end = nodes.iter().fold(offset, |at, node| {
        assert_eq!(node.offset, at);
        check_node(node);
        at + node.length as u64
    });
    assert_eq!(end, offset + length as u64);
}

fn check_node(node: &Node) {
    assert!(
        node.length > 0 && !node.meaning.contains(char::is_control),
        "{node:?}"
    );
    let end = node.parts.iter().fold(node.offset, |at, part| {
        assert!(part.offset >= at);
        check_node(part);
        part.offset + part.length as u64
    });
    assert!(end <= node.offset + node.length as u64, "{node:?}");
}

pub(super) fn read_settings(settings: u8) -> (Role, u64) {
    let reader = if settings & 1 == 0 {
        Role::Server
    } else {
        Role::Client
    };
    (reader, LIMITS[usize::from(settings >> 1 & 7)])
}

fn header_survives(stream: &[u8], written: &mut Vec<u8>) {
    if let Some(header) = FrameHeader::parse(stream) {
        written.clear();
        header.write(written);
        assert_eq!(written.len(), header.size());
        assert_eq!(written, &stream[..header.size()]);
    }
}

/// Whether a fault shows only once the Close frame is whole.
fn in_close_body(fault: Fault) -> bool {
    use Violation::{CloseCodeForbidden, CloseCodeUnassigned, CloseReasonNotUtf8};
    matches!(
        fault.violation,
        CloseCodeForbidden | CloseCodeUnassigned | CloseReasonNotUtf8
    )
}

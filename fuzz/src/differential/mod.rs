//! Gives the same bytes to our reader and to others, and compares messages, control frames and
//! verdicts. They agree, except for the [known differences](known::KNOWN).
//!
//! An input is a byte of settings, the chunk size of the other readers (0 for everything at once),
//! and the stream. The lowest bit of the settings: 1 to read as a client. The highest: the rest is
//! not a stream but a plan of one, see [`plan`]. Seeds and regressions of `frame_decoder` are valid
//! inputs.

pub mod known;
pub mod peer;
mod plan;
mod stream;

use wsspec_core::Role;
use wsspec_core::frame::{FrameHeader, FrameWriter, MAX_HEADER, Opcode};
use wsspec_core::message::Incoming;
use wsspec_core::violation::{Answer, Fault, ViolationSet};

use known::{Found, How, KNOWN, Known};
use peer::{End, Peer, Told, ours};

pub use peer::LIMIT;

/// The bit of the settings that asks for a plan.
pub const PLAN: u8 = 0x80;

/// A difference that is not known.
#[derive(Debug)]
#[allow(dead_code)]
pub struct Difference {
    peer: &'static str,
    reader: Role,
    bytes: String,
    ours: (Vec<Incoming>, Result<End, Fault>),
    theirs: Told,
    found: Found,
}

/// Panics if there is a difference that is not known.
pub fn check(data: &[u8]) {
    let at = |i: usize| data.get(i).copied().unwrap_or_default();
    let reader = if at(0) & 1 == 0 {
        Role::Server
    } else {
        Role::Client
    };
    let rest = data.get(2..).unwrap_or_default();
    let stream = if at(0) & PLAN == 0 {
        rest.to_vec()
    } else {
        plan::Plan::stream(rest, reader.peer())
    };
    let most = if at(1) == 0 { usize::MAX } else { at(1).into() };
    for peer in Peer::ALL {
        if let Err(difference) = compare(peer, reader, &stream, most, KNOWN) {
            panic!("{difference:#?}");
        }
    }
}

/// Compares one implementation with ours. Returns the names of the known differences found.
pub fn compare(
    peer: Peer,
    reader: Role,
    stream: &[u8],
    most: usize,
    known: &'static [Known],
) -> Result<Vec<&'static str>, Box<Difference>> {
    let theirs = peer.read(reader, stream, most);
    let mut met = Vec::new();
    let mut tolerated = ViolationSet::NONE;
    loop {
        let ours = ours(reader, stream, tolerated);
        let mut found = found(reader, stream, &ours, &theirs);
        let is = |how: How| known.iter().find(|known| known.is_about(peer, how, &found));
        let same = theirs.items == ours.0;
        let refused = matches!(theirs.end, End::Refused(_));
        let before = &ours.0[..ours.0.len() - usize::from(found.close.is_some())];
        let (verdict, how) = match &ours.1 {
            _ if refused && !same && ours.0.starts_with(&theirs.items) => (false, is(How::Refuses)),
            Ok(end) => {
                let own = is(How::OwnWay).filter(|_| theirs.items.starts_with(before));
                (
                    same && theirs.end == *end,
                    own.or_else(|| is(How::Refuses).filter(|_| refused && same)),
                )
            }
            Err(fault) if same && refused => {
                let code = theirs
                    .code
                    .filter(|code| Answer::Close(*code) != fault.violation.answer());
                // Another fault, further on, may have stopped it.
                (
                    code.is_none(),
                    code.and_then(|code| is(How::Code(code)).or_else(|| is(How::OwnWay))),
                )
            }
            Err(fault) => {
                if let Some(known) = is(How::Passes) {
                    met.push(known.name);
                    tolerated = tolerated.with(fault.violation);
                    continue;
                }
                let later = is(How::Later).filter(|_| {
                    same && theirs.end == End::More
                        && refuses_when_whole(peer, reader, stream, &theirs.items)
                });
                (
                    false,
                    later.or_else(|| is(How::OwnWay).filter(|_| theirs.items.starts_with(&ours.0))),
                )
            }
        };
        if verdict {
            return Ok(met);
        }
        if let Some(known) = how {
            met.push(known.name);
            return Ok(met);
        }
        found.code = theirs.code;
        let bytes = stream.iter().map(|byte| format!("{byte:02x}")).collect();
        return Err(Box::new(Difference {
            peer: peer.name(),
            reader,
            bytes,
            ours,
            theirs,
            found,
        }));
    }
}

fn found(
    reader: Role,
    stream: &[u8],
    ours: &(Vec<Incoming>, Result<End, Fault>),
    theirs: &Told,
) -> Found {
    let fault = ours.1.as_ref().err().copied();
    let frames = frames(reader, stream);
    let faulty =
        fault.and_then(|fault| frames.iter().rfind(|(at, _)| *at <= fault.offset).copied());
    let at_end = fault
        .zip(faulty)
        .is_some_and(|(fault, (at, header))| fault.offset + 1 == end(at, &header));
    let close = ours.0.last().and_then(|item| match item {
        Incoming::Close(body) => Some(body.clone()),
        _ => None,
    });
    let frames = frames.into_iter().map(|(_, header)| header).collect();
    Found {
        reader,
        fault,
        faulty: faulty.map(|(_, header)| header),
        frames,
        at_end,
        close,
        code: theirs.code,
    }
}

/// Returns where the frames of a stream begin, and their headers. What is missing of the last
/// header gets the right mask bit and a length that favors no reader.
fn frames(reader: Role, stream: &[u8]) -> Vec<(u64, FrameHeader)> {
    let mut frames = Vec::new();
    let mut at = 0;
    while let Some(rest) = stream.get(at as usize..).filter(|rest| !rest.is_empty()) {
        let mut bytes = [1; MAX_HEADER];
        bytes[1] = if reader == Role::Server { 0x80 } else { 0 };
        let there = rest.len().min(MAX_HEADER);
        bytes[..there].copy_from_slice(&rest[..there]);
        let Some(header) = FrameHeader::parse(&bytes) else {
            break;
        };
        frames.push((at, header));
        at = end(at, &header);
    }
    frames
}

fn end(at: u64, header: &FrameHeader) -> u64 {
    (at + header.size() as u64).saturating_add(header.length)
}

/// Whether the implementation refuses once the last frame is whole and its message is finished.
fn refuses_when_whole(peer: Peer, reader: Role, stream: &[u8], items: &[Incoming]) -> bool {
    let mut whole = stream.to_vec();
    if let Some((at, header)) = frames(reader, stream).last() {
        let mut bytes = Vec::new();
        header.write(&mut bytes);
        whole.extend(bytes.iter().skip(stream.len() - *at as usize));
        let most = at + header.size() as u64 + (1 << 17);
        whole.resize(whole.len().max(end(*at, header).min(most) as usize), 0);
    }
    let key = reader.peer().masks().then_some([0; 4]);
    FrameWriter::new(Opcode::CONTINUATION, &[])
        .mask(key)
        .write(&mut whole);
    let theirs = peer.read(reader, &whole, usize::MAX);
    matches!(theirs.end, End::Refused(_)) && theirs.items == items
}

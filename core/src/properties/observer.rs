//! The property of the observer.

use crate::deflate::message::Context;
use crate::frame::{FrameHeader, apply_mask};
use crate::message::{Incoming, MessageReader};
use crate::observe::{Observation, ObservationKind, Observer};
use crate::properties::{Cut, Input, frames};
use crate::random::SplitMix64;
use crate::violation::{Fault, Violation, ViolationSet};

/// Observes any bytes.
///
/// - Any chunking gives the same observations, in the same order and at the same offsets.
/// - Frames are adjacent, messages and control frames begin and end with frames, and the payload
///   that the observer left in the buffer is that of the frame.
/// - From the first frame on, the observations are what [`MessageReader`] returns and tolerates.
/// - A strict observer stops at the first fault that the tolerant one reports.
pub fn observer(data: &[u8]) {
    let Input {
        settings,
        seed,
        stream,
    } = Input::new(data);
    let (reader, limit) = frames::read_settings(settings);
    let context = (settings & 0x20 != 0).then(Context::default);
    let mut observer = Observer::new(reader.peer())
        .max_message(limit)
        .compression(context);
    let from_head = settings & 0x10 != 0;
    if !from_head {
        observer = observer.already_open();
    }
    let (seen, left) = observe(observer.clone(), stream, Cut::Whole);
    assert_eq!(seen, observe(observer.clone(), stream, Cut::Single).0);
    let mixed = Cut::Mixed(SplitMix64(seed));
    assert_eq!(seen, observe(observer.clone(), stream, mixed).0);
    check_places(&seen, stream, &left);
    if !from_head {
        let reader = MessageReader::new(reader)
            .max_message(limit)
            .compression(context);
        check_against_reader(&seen, reader, stream);
    }
    let strict = observer.tolerating(ViolationSet::NONE);
    let (strict, _) = observe(strict, stream, Cut::Whole);
    let fault = |o: &Observation| match o.kind {
        ObservationKind::Fault(fault) | ObservationKind::Failed(fault) => Some(fault),
        _ => None,
    };
    // A strict observer does not look at what follows a Close.
    let first = seen.iter().find_map(fault);
    let stopped = strict.iter().find_map(fault);
    let ignored =
        first.is_some_and(|f| f.violation == Violation::DataAfterClose) || closed(&strict);
    assert!(stopped == first || ignored && stopped.is_none());
}

/// Returns the observations of a stream, and the stream as the observer left it.
fn observe(mut observer: Observer, stream: &[u8], mut cut: Cut) -> (Vec<Observation>, Vec<u8>) {
    let mut copy = stream.to_vec();
    let mut rest = copy.as_mut_slice();
    let mut seen = Vec::new();
    let mut used = true;
    while used && !rest.is_empty() {
        let (mut input, tail) = rest.split_at_mut(cut.next(rest.len()));
        rest = tail;
        while let Some(observation) = observer.next(&mut input) {
            seen.push(observation);
        }
        used = input.is_empty();
    }
    (seen, copy)
}

fn closed(seen: &[Observation]) -> bool {
    seen.iter()
        .any(|o| matches!(o.kind, ObservationKind::Incoming(Incoming::Close(_))))
}

/// Checks that frames are adjacent, and that what is whole begins and ends with them.
fn check_places(seen: &[Observation], stream: &[u8], left: &[u8]) {
    let mut next = None;
    let mut starts = Vec::new();
    for Observation { start, end, kind } in seen {
        match kind {
            ObservationKind::Frame(header) => {
                assert!(next.is_none_or(|next| next == *start));
                let at = *start as usize;
                assert_eq!(FrameHeader::parse(&stream[at..]).as_ref(), Some(header));
                assert_eq!(*end, start + header.size() as u64);
                let frame_end = end + (header.length & (u64::MAX >> 1));
                starts.push(*start);
                next = Some(frame_end);
                let payload = *end as usize..frame_end.min(stream.len() as u64) as usize;
                let failed = matches!(
                    seen.last().map(|o| &o.kind),
                    Some(ObservationKind::Failed(_))
                );
                if !failed {
                    let mut unmasked = stream[payload.clone()].to_vec();
                    apply_mask(&mut unmasked, header.mask.unwrap_or_default(), 0);
                    assert_eq!(left[payload], unmasked);
                }
            }
            ObservationKind::Incoming(_) => {
                assert!(starts.contains(start));
                assert_eq!(next, Some(*end));
            }
            ObservationKind::Body(_) => {
                assert!(start <= end);
            }
            ObservationKind::Fault(fault) | ObservationKind::Failed(fault) => {
                assert_eq!((*start, *end), (fault.offset, fault.offset + 1));
                assert!(*end <= stream.len() as u64 + 1);
            }
            ObservationKind::Interim(head) | ObservationKind::Head(head) => {
                assert_eq!(head.bytes(), &stream[*start as usize..*end as usize]);
            }
        }
    }
}

/// Checks that the observer finds what the message reader finds.
fn check_against_reader(seen: &[Observation], reader: MessageReader, stream: &[u8]) {
    let mut reader = reader.tolerating(ViolationSet::ALL.without(Violation::MessageTooBig));
    let mut copy = stream.to_vec();
    let mut input = copy.as_mut_slice();
    let (mut incoming, mut faults) = (Vec::new(), Vec::<Fault>::new());
    let failed = loop {
        let read = reader.read_owned(&mut input);
        faults.extend(reader.take_tolerated());
        match read {
            Ok(Some(one)) => incoming.push(one),
            Ok(None) => break None,
            Err(fault) => break Some(fault),
        }
    };
    let whole = seen.iter().filter_map(|o| match &o.kind {
        ObservationKind::Incoming(incoming) => Some(incoming),
        _ => None,
    });
    assert!(whole.eq(&incoming));
    let found = seen.iter().filter_map(|o| match o.kind {
        ObservationKind::Fault(fault) | ObservationKind::Failed(fault) => Some(fault),
        _ => None,
    });
    assert!(found.eq(faults.into_iter().chain(failed)));
}

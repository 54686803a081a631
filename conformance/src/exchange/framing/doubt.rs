//! Whether a frame in doubt has the length it announces.

use wsspec_core::frame::{FrameHeader, LengthForm};

use super::Frame;
use super::clues::{Before, Clues, Match, Rules, compare};

/// Bytes of our payload that are more than chance.
const EVIDENCE: usize = 16;

/// What is known of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ruled {
    /// Not enough: more has to come.
    Open,
    /// It ends where its header says, or nothing shows that it does not.
    Readable,
    /// Its payload has another length than it announces.
    Lost { actual: u64 },
}

/// Where our payload is in a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    /// As the header says, place and length.
    AsAnnounced,
    /// With another length, or after a length field of another size.
    Otherwise(u64),
    /// It may still come.
    SoFar,
    No,
}

/// Rules on a frame whose header is in doubt and begins `bytes`.
pub(super) fn rule_on_header(
    rules: Rules,
    before: Before<'_>,
    bytes: &[u8],
    due: Option<&[u8]>,
    clues: &Clues<'_>,
) -> Ruled {
    let header = before.header;
    let found = due.map_or(Found::No, |due| find(header, bytes, due));
    if found == Found::AsAnnounced {
        return Ruled::Readable;
    }
    let end = (header.size() as u64).saturating_add(header.length);
    let after = usize::try_from(end).ok().and_then(|end| bytes.get(end..));
    let Some(after) = after else {
        return rule_on_long(rules, header, bytes, found, clues);
    };
    let strong = due.is_some_and(|due| due.len() >= EVIDENCE);
    match (rules.fits(after, before), found) {
        (Some(false), Found::Otherwise(actual)) => Ruled::Lost { actual },
        (Some(true), Found::Otherwise(actual)) if strong => Ruled::Lost { actual },
        (Some(false), Found::SoFar) => Ruled::Open,
        (Some(true), Found::SoFar) if strong => Ruled::Open,
        (Some(fits), Found::No) => rule_on_four_bytes(rules, before, fits, bytes, clues),
        (Some(_), _) => Ruled::Readable,
        (None, _) => Ruled::Open,
    }
}

/// Rules on a frame that announces more than has come.
fn rule_on_long(
    rules: Rules,
    header: &FrameHeader,
    bytes: &[u8],
    found: Found,
    clues: &Clues<'_>,
) -> Ruled {
    let answer = clues
        .barrier
        .and_then(|barrier| rules.find_answer(bytes, barrier));
    match (answer, found) {
        (Some(_), Found::Otherwise(actual)) => Ruled::Lost { actual },
        (Some(until), _) => Ruled::Lost {
            actual: until.saturating_sub(header.size()) as u64,
        },
        // It truly sent what is more than is read.
        (None, _) if bytes.len() as u64 > clues.limit => Ruled::Readable,
        (None, _) => Ruled::Open,
    }
}

/// The size of a length field between the second byte and the masking key or the payload: as the
/// form says, or as writers get it wrong.
const FIELD_SIZES: [usize; 4] = [8, 4, 2, 0];

fn find(header: &FrameHeader, bytes: &[u8], due: &[u8]) -> Found {
    let as_announced = (header.form.extra(), due.len() as u64);
    let mut found = Found::No;
    for size in FIELD_SIZES {
        let place = payload(header, size, bytes).map(|(raw, key)| compare(raw, key, due));
        let here = match place {
            Some(Match::Whole) if (size, header.length) == as_announced => Found::AsAnnounced,
            Some(Match::Whole) => Found::Otherwise(due.len() as u64),
            None | Some(Match::SoFar) => Found::SoFar,
            Some(Match::No) => Found::No,
        };
        found = match (found, here) {
            (_, Found::AsAnnounced) => return Found::AsAnnounced,
            (Found::Otherwise(_), _) | (_, Found::No) => found,
            (_, here) => here,
        };
    }
    found
}

/// What would be the payload, and the key it is masked with, after a length field of this size.
/// `None` if that has not come.
fn payload<'a>(
    header: &FrameHeader,
    size: usize,
    bytes: &'a [u8],
) -> Option<(&'a [u8], Option<[u8; 4]>)> {
    let rest = bytes.get(2 + size..)?;
    if header.mask.is_none() {
        return Some((rest, None));
    }
    rest.split_first_chunk().map(|(key, raw)| (raw, Some(*key)))
}

/// Rules on a frame that is no echo: the length may be in four bytes, which no form has. Two bytes
/// of such a length are what follows the announced end; they may look like a header (`fits`).
fn rule_on_four_bytes(
    rules: Rules,
    before: Before<'_>,
    fits: bool,
    bytes: &[u8],
    clues: &Clues<'_>,
) -> Ruled {
    let header = before.header;
    let field = bytes.get(2..).and_then(|rest| rest.first_chunk());
    let (Some(field), false) = (field, header.form == LengthForm::Bits7) else {
        return Ruled::Readable;
    };
    let length = u32::from_be_bytes(*field);
    let end = 2 + 4 + 4 * usize::from(header.mask.is_some()) + length as usize;
    if u64::from(length) == header.length || u64::from(length) > clues.limit {
        return Ruled::Readable;
    }
    let likely = !fits || header.form == LengthForm::Bits16 && header.length <= 1;
    match bytes.get(end..).map(|after| rules.fits(after, before)) {
        Some(Some(true)) => Ruled::Lost {
            actual: length.into(),
        },
        Some(None) | None if likely => Ruled::Open,
        _ => Ruled::Readable,
    }
}

/// Rules on a frame that is complete as announced, and that `after` follows: whether the echo in it
/// stops short, or goes beyond, because its length is wrong.
pub(super) fn rule_on_echo(
    rules: Rules,
    frame: &Frame,
    in_message: bool,
    after: &[u8],
    due: Option<&[u8]>,
) -> Ruled {
    let (Some(due), Some(carried), true) = (due, frame.echo, frame.header.fin) else {
        return Ruled::Readable;
    };
    let rest = &due[carried.min(due.len())..];
    if !rest.is_empty() {
        let there = after.len().min(rest.len());
        let key = frame.header.mask;
        if super::unmasked(&after[..there], key, carried) != rest[..there] {
            return Ruled::Readable;
        }
        if there < rest.len() {
            return Ruled::Open;
        }
    } else if frame.beyond.is_empty() {
        return Ruled::Readable;
    }
    let actual = due.len() as u64;
    let before = Before {
        header: &frame.header,
        in_message,
    };
    match rules.fits(after, before) {
        None => Ruled::Open,
        Some(true) => Ruled::Readable,
        Some(false) if !rest.is_empty() => Ruled::Lost { actual },
        Some(false) => {
            let from_echo_on = [&frame.beyond[..], after].concat();
            match rules.fits(&from_echo_on, before) {
                Some(true) => Ruled::Lost { actual },
                Some(false) => Ruled::Readable,
                None => Ruled::Open,
            }
        }
    }
}

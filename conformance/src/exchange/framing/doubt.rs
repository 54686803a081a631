//! Whether a frame in doubt has the length it announces.

use wsspec_core::frame::{FrameHeader, LengthForm};

use super::Frame;
use super::clues::{Before, Clues, MAX_CONTROL, Rules, unmasked};

/// Number of bytes of our payload that are no coincidence.
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

/// A frame whose header is in doubt, and what was found in its bytes so far. They are looked at
/// once, however they come.
#[derive(Debug)]
pub(super) struct Doubt {
    pub(super) header: FrameHeader,
    places: [Place; 4],
    /// The size of the payload that is looked for.
    due: Option<usize>,
    /// Bytes in which the answer to our barrier does not begin.
    searched: usize,
    answer: Option<usize>,
}

/// Our payload after a length field of one size.
#[derive(Debug, Clone, Copy)]
struct Place {
    size: usize,
    /// Bytes of it that are there; `None` if it is not.
    there: Option<usize>,
}

impl Doubt {
    pub(super) fn new(header: FrameHeader) -> Doubt {
        Doubt {
            header,
            places: FIELD_SIZES.map(Place::new),
            due: None,
            searched: 0,
            answer: None,
        }
    }

    /// Rules on the frame that begins `bytes`.
    pub(super) fn rule(
        &mut self,
        rules: Rules,
        in_message: bool,
        bytes: &[u8],
        due: Option<&[u8]>,
        clues: &Clues<'_>,
    ) -> Ruled {
        self.look(rules, bytes, due, clues);
        let before = Before {
            header: &self.header,
            in_message,
        };
        let found = due.map_or(Found::No, |due| self.found(due));
        rule_on_header(rules, before, bytes, due, clues, (found, self.answer))
    }

    fn look(&mut self, rules: Rules, bytes: &[u8], due: Option<&[u8]>, clues: &Clues<'_>) {
        if self.due != due.map(<[u8]>::len) {
            self.due = due.map(<[u8]>::len);
            self.places = FIELD_SIZES.map(Place::new);
        }
        for place in &mut self.places {
            if let Some(due) = due {
                place.look(&self.header, bytes, due);
            }
        }
        if let Some(barrier) = clues.barrier {
            let from = self.searched.saturating_sub(MAX_CONTROL);
            let found = rules.find_answer(&bytes[from..], barrier);
            self.answer = self.answer.or(found.map(|at| from + at));
        }
        self.searched = bytes.len();
    }

    fn found(&self, due: &[u8]) -> Found {
        let mut found = Found::No;
        for Place { size, there } in self.places {
            let as_announced =
                size == self.header.form.extra() && self.header.length == due.len() as u64;
            found = match there {
                Some(there) if there == due.len() && as_announced => return Found::AsAnnounced,
                Some(there) if there == due.len() => Found::Otherwise(due.len() as u64),
                Some(_) if found == Found::No => Found::SoFar,
                _ => found,
            };
        }
        found
    }
}

impl Place {
    fn new(size: usize) -> Place {
        Place {
            size,
            there: Some(0),
        }
    }

    fn look(&mut self, header: &FrameHeader, bytes: &[u8], due: &[u8]) {
        let Some((there, (raw, key))) = self.there.zip(payload(header, self.size, bytes)) else {
            return;
        };
        let until = raw.len().min(due.len());
        let equal = unmasked(&raw[there..until], key, there) == due[there..until];
        self.there = equal.then_some(until);
    }
}

/// Rules on a frame by what was found in it: our payload, and where the answer to our barrier
/// begins.
fn rule_on_header(
    rules: Rules,
    before: Before<'_>,
    bytes: &[u8],
    due: Option<&[u8]>,
    clues: &Clues<'_>,
    (found, answer): (Found, Option<usize>),
) -> Ruled {
    let header = before.header;
    if found == Found::AsAnnounced {
        return Ruled::Readable;
    }
    let end = (header.size() as u64).saturating_add(header.length);
    let after = usize::try_from(end).ok().and_then(|end| bytes.get(end..));
    let Some(after) = after else {
        return rule_on_long(header, bytes, clues, found, answer);
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
    header: &FrameHeader,
    bytes: &[u8],
    clues: &Clues<'_>,
    found: Found,
    answer: Option<usize>,
) -> Ruled {
    match (answer, found) {
        (Some(_), Found::Otherwise(actual)) => Ruled::Lost { actual },
        (Some(until), _) => Ruled::Lost {
            actual: until.saturating_sub(header.size()) as u64,
        },
        // It did send more than is ever read.
        (None, _) if bytes.len() as u64 > clues.limit => Ruled::Readable,
        (None, _) => Ruled::Open,
    }
}

/// The size of a length field between the second byte and the masking key or the payload: as the
/// form says, or as writers get it wrong.
const FIELD_SIZES: [usize; 4] = [8, 4, 2, 0];

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

/// Rules on a frame that is no echo: the length may be in four bytes, which no form has. Then two of
/// these bytes follow the announced end; they may look like a header (`fits`).
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
    // Zeros are half of a longer field rather than a length of their own.
    let half = length == 0 && header.form == LengthForm::Bits64;
    if half || u64::from(length) == header.length || u64::from(length) > clues.limit {
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
        if unmasked(&after[..there], key, carried) != rest[..there] {
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

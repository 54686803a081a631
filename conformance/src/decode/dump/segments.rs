//! The bytes of the lines, put together where offsets continue.

use super::super::MAX_BYTES;
use super::lines::{Heading, Line, Lines};
use super::unit::{Layout, Unit};

/// Lines whose offsets continue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segment {
    /// The number of its first line, from 1.
    pub(super) line: usize,
    pub(super) indent: String,
    pub(super) heading: Heading,
    /// The offset of its first byte.
    pub(super) from: u64,
    pub(super) bytes: Vec<u8>,
    /// Text beside the bytes shows them.
    pub(super) shown: bool,
    /// How many headings stand above it.
    part: usize,
    /// The bytes of its last line, which a line `*` repeats.
    last: Vec<u8>,
    /// A line with nothing but an offset has ended it.
    ended: bool,
}

/// Why lines are no dump in a unit.
pub(super) enum Bad {
    /// The first line has no word of this unit.
    Unit,
    /// This line, from 1, does not fit.
    Line(usize),
    /// The lines up to this one stand for too much.
    TooMuch(usize),
}

/// Bytes of a line at most.
const MAX_LINE: usize = 256;

/// Reads all lines in one unit, with offsets in one base. If it is `strict`, text after the bytes has
/// to show these bytes.
pub(super) fn segments(
    lines: &Lines<'_>,
    unit: &Unit,
    base: u32,
    strict: bool,
) -> Result<Vec<Segment>, Bad> {
    let mut segments: Vec<Segment> = Vec::new();
    let mut total = 0;
    for (n, line) in lines.lines.iter().enumerate() {
        if line.heading == Heading::Tls {
            continue;
        }
        let bad = || {
            if n == 0 {
                Bad::Unit
            } else {
                Bad::Line(line.number)
            }
        };
        let blanks = line.rest.len() - line.rest.trim_start().len();
        let first = blanks + line.rest.split_whitespace().next().map_or(0, str::len);
        if unit.colon.is_some_and(|colon| colon != line.colon)
            || n == 0 && unit.first.is_some_and(|column| column != first)
        {
            return Err(Bad::Unit);
        }
        let offset = u64::from_str_radix(line.offset, base).map_err(|_| bad())?;
        let current = current(&mut segments, line, offset);
        // In columns, blanks are a byte.
        let is_blank = unit.layout == Layout::Columns && line.rest.len() >= 4;
        if line.rest.trim().is_empty() && !is_blank {
            let segment = current.ok_or_else(bad)?;
            total += repeat(segment, line, offset, total)?;
            end(segment, offset, unit).ok_or_else(bad)?;
            continue;
        }
        let next = lines.lines.get(n + 1);
        let size = next.and_then(|next| size(line, offset, next, base));
        let (bytes, shown) = match (bytes(line, unit, size, strict), next) {
            (Some(read), _) => read,
            // The line itself is fine, but the next does not follow it.
            (None, Some(next)) if size.is_some() && bytes(line, unit, None, strict).is_some() => {
                return Err(Bad::Line(next.number));
            }
            (None, _) => return Err(bad()),
        };
        total += bytes.len();
        if let Some(segment) = current {
            total += repeat(segment, line, offset, total)?;
            if segment.from + segment.bytes.len() as u64 != offset {
                return Err(bad());
            }
            segment.bytes.extend_from_slice(&bytes);
            segment.shown |= shown;
            segment.last = bytes;
        } else {
            segments.push(Segment {
                line: line.number,
                indent: line.indent.to_owned(),
                heading: line.heading,
                from: offset,
                last: bytes.clone(),
                bytes,
                shown,
                part: line.part,
                ended: false,
            });
        }
        if total > MAX_BYTES {
            return Err(Bad::TooMuch(line.number));
        }
    }
    if segments.is_empty() {
        Err(Bad::Unit)
    } else {
        Ok(segments)
    }
}

/// The segment that a line continues: the last with its indent, unless it begins at the beginning.
fn current<'a>(
    segments: &'a mut [Segment],
    line: &Line<'_>,
    offset: u64,
) -> Option<&'a mut Segment> {
    let mut own = segments.iter_mut().rev();
    let last = own.find(|segment| segment.indent == line.indent)?;
    let begins = offset == 0 || last.ended || last.part != line.part && offset <= last.from;
    (!begins && last.heading == line.heading).then_some(last)
}

/// Repeats the last line up to `offset`, if a line `*` says so. Returns the number of bytes.
fn repeat(segment: &mut Segment, line: &Line<'_>, offset: u64, total: usize) -> Result<usize, Bad> {
    let end = segment.from + segment.bytes.len() as u64;
    if !line.repeated || segment.last.is_empty() || offset <= end {
        return Ok(0);
    }
    let missing = offset - end;
    if missing > (MAX_BYTES.saturating_sub(total)) as u64 {
        return Err(Bad::TooMuch(line.number));
    }
    let bytes = segment.last.iter().copied().cycle();
    segment.bytes.extend(bytes.take(missing as usize));
    Ok(missing as usize)
}

/// Ends a segment at an offset: the last word may have stood for more bytes than there are.
fn end(segment: &mut Segment, offset: u64, unit: &Unit) -> Option<()> {
    let length = usize::try_from(offset.checked_sub(segment.from)?).ok()?;
    let surplus = segment.bytes.len().checked_sub(length)?;
    if surplus > 0 && surplus >= unit.size.unwrap_or(1) {
        return None;
    }
    segment.bytes.truncate(length);
    segment.ended = true;
    Some(())
}

/// The number of bytes in a line, if the next one continues it.
fn size(line: &Line<'_>, offset: u64, next: &Line<'_>, base: u32) -> Option<usize> {
    if next.repeated || next.indent != line.indent || next.part != line.part {
        return None;
    }
    let end = u64::from_str_radix(next.offset, base).ok()?;
    let size = usize::try_from(end.checked_sub(offset)?).ok()?;
    (1..=MAX_LINE).contains(&size).then_some(size)
}

/// The bytes of a line, and whether text beside them shows them. That text may begin with what looks
/// like more bytes.
fn bytes(
    line: &Line<'_>,
    unit: &Unit,
    size: Option<usize>,
    strict: bool,
) -> Option<(Vec<u8>, bool)> {
    if unit.layout == Layout::Columns {
        return Some((columns(line, unit, size, strict)?, false));
    }
    let mut bytes = Vec::new();
    // Where each word ends, and the number of bytes up to there.
    let mut ends = Vec::new();
    for (word, end) in words(line.rest, unit) {
        bytes.extend(word);
        ends.push((bytes.len(), end));
    }
    let text = |end: usize| line.rest[end..].trim_end();
    if let Some(size) = size {
        let (length, end) = *ends.iter().find(|(length, _)| *length >= size)?;
        if length > size && length - size >= unit.size.unwrap_or(1) {
            return None;
        }
        bytes.truncate(size);
        let shown = shows(text(end), &bytes);
        let fits = !strict || shown || text(end).is_empty();
        return fits.then_some((bytes, shown));
    }
    let mut backwards = ends.iter().rev();
    let shown = backwards
        .find(|(length, end)| is_apart(text(*end)) && shows(text(*end), &bytes[..*length]));
    let last = ends.last()?;
    let (length, _) = match shown {
        Some(end) => end,
        None if text(last.1).is_empty() => last,
        None if strict => return None,
        None => ends.iter().rev().find(|(_, end)| is_apart(text(*end)))?,
    };
    bytes.truncate(*length);
    Some((bytes, shown.is_some()))
}

/// Each word of a unit at the front of a line: its bytes, and where it ends.
fn words(rest: &str, unit: &Unit) -> Vec<(Vec<u8>, usize)> {
    let mut words = Vec::new();
    let (mut at, mut bytes) = (0, 0);
    while bytes < MAX_LINE {
        let Some(from) = rest[at..]
            .find(|c: char| !c.is_whitespace())
            .map(|n| at + n)
        else {
            break;
        };
        let to = rest[from..]
            .find(char::is_whitespace)
            .map_or(rest.len(), |n| from + n);
        let Some(word) = (unit.bytes)(&rest[from..to]) else {
            break;
        };
        bytes += word.len();
        words.push((word, to));
        at = to;
    }
    words
}

/// Whether text stands apart from the bytes before it.
fn is_apart(text: &str) -> bool {
    text.starts_with("  ") || text.starts_with('\t') || text.trim_start().starts_with(['|', '>'])
}

/// Whether `text` shows `bytes`: each printable one as itself, any other as a dot or in some other
/// way. Blanks at the ends do not count, and Wireshark puts one in the middle.
fn shows(text: &str, bytes: &[u8]) -> bool {
    let text = text.trim();
    let text = match text.chars().next() {
        Some('|') => text[1..].strip_suffix('|').unwrap_or(text),
        Some('>') => text[1..].strip_suffix('<').unwrap_or(text),
        _ => text,
    };
    let shown: Vec<char> = text.trim().chars().collect();
    if shown.is_empty() {
        return false;
    }
    let plain: Vec<u8> = bytes.to_vec();
    let middle = bytes
        .split_at_checked(8)
        .map(|(a, b)| [a, b" ", b].concat());
    [Some(plain), middle]
        .into_iter()
        .flatten()
        .any(|bytes| are(&shown, &bytes))
}

fn are(shown: &[char], bytes: &[u8]) -> bool {
    let blank = |b: &&u8| **b == b' ';
    let front = bytes.iter().take_while(blank).count();
    let back = bytes[front..].iter().rev().take_while(blank).count();
    let bytes = &bytes[front..bytes.len() - back];
    let is = |(c, b): (&char, &u8)| {
        let printable = b.is_ascii_graphic() || *b == b' ';
        *c == '.' || *c == *b as char || !printable && (*c == ' ' || !c.is_ascii())
    };
    shown.len() == bytes.len() && shown.iter().zip(bytes).all(is)
}

/// The bytes of a line in which a blank may be a byte: each has four columns.
///
/// Blanks at the end may have been lost, but if it is `strict`, they are there.
fn columns(line: &Line<'_>, unit: &Unit, size: Option<usize>, strict: bool) -> Option<Vec<u8>> {
    let rest = line.rest.as_bytes();
    let width = 4 * size.unwrap_or_else(|| line.rest.trim_end().len().div_ceil(4));
    let beyond = rest.get(width..).unwrap_or_default();
    if strict && rest.len() < width || !beyond.trim_ascii().is_empty() {
        return None;
    }
    let words = (0..width).step_by(4).map(|at| {
        let word = rest.get(at..(at + 4).min(rest.len())).unwrap_or_default();
        std::str::from_utf8(word).ok().map(str::trim)
    });
    let bytes = words
        .map(|word| (unit.bytes)(word?))
        .collect::<Option<Vec<_>>>()?;
    Some(bytes.concat())
}

//! The lines of a dump.

use wsspec_core::Role;

/// What a line above others says of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heading {
    /// Nothing.
    None,
    /// `curl --trace`: what was sent.
    Sent,
    /// `curl --trace`: what was received.
    Received,
    /// `curl --trace`: bytes of TLS, which are no bytes of the connection.
    Tls,
}

impl Heading {
    /// The side that sent what is below.
    pub(super) fn side(self) -> Option<Role> {
        match self {
            Heading::None | Heading::Tls => None,
            Heading::Sent => Some(Role::Client),
            Heading::Received => Some(Role::Server),
        }
    }
}

/// A line with an offset.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    /// Its number, from 1.
    pub(super) number: usize,
    /// What stands before the offset.
    pub(super) indent: &'a str,
    /// The digits of the offset.
    pub(super) offset: &'a str,
    pub(super) colon: bool,
    /// What follows the offset and its colon.
    pub(super) rest: &'a str,
    /// Whether a line `*` stands above it: the line before is repeated up to here.
    pub(super) repeated: bool,
    pub(super) heading: Heading,
    /// How many headings stand above it: a new one begins a new segment.
    pub(super) part: usize,
}

/// A text as lines of a dump.
pub(super) struct Lines<'a> {
    pub(super) lines: Vec<Line<'a>>,
    /// Other lines.
    pub(super) skipped: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn of(text: &'a str) -> Lines<'a> {
        let (mut lines, mut skipped): (Vec<Line<'a>>, _) = (Vec::new(), 0);
        let (mut repeated, mut heading, mut part) = (false, Heading::None, 0);
        for (n, line) in text.lines().enumerate() {
            match line.trim() {
                "" => {}
                "*" => repeated = true,
                trimmed => {
                    if let Some(line) = Line::of(line) {
                        lines.push(Line {
                            number: n + 1,
                            repeated: std::mem::take(&mut repeated),
                            heading,
                            part,
                            ..line
                        });
                    } else {
                        let curl = heading_of(trimmed);
                        skipped += usize::from(curl.is_none());
                        heading = curl.unwrap_or(heading);
                        part += 1;
                    }
                }
            }
        }
        Lines { lines, skipped }
    }

    /// Whether most lines have an offset, and the first is one that a dump may begin with.
    pub(super) fn are_a_dump(&self) -> bool {
        let Some(first) = self.lines.first() else {
            return false;
        };
        let zero = first.offset.bytes().all(|b| b == b'0');
        let is_first = first.colon || zero || self.ascend();
        is_first && !first.rest.trim().is_empty() && self.skipped <= self.lines.len()
    }

    pub(super) fn have_colons(&self) -> bool {
        self.lines.iter().all(|line| line.colon)
    }

    /// Whether each of several offsets is larger than the one before.
    pub(super) fn ascend(&self) -> bool {
        let offsets = self
            .lines
            .iter()
            .map(|line| (line.offset.len(), line.offset));
        self.lines.len() > 1 && offsets.is_sorted_by(|a, b| a < b)
    }

    /// Whether there are two blanks or more before each word, as where numbers are padded.
    pub(super) fn words_stand_apart(&self) -> bool {
        self.lines.iter().all(Line::has_padded_numbers)
    }

    /// Whether it can be nothing but a dump: other digits have no colons, and no text beside them.
    pub(super) fn leave_no_doubt(&self) -> bool {
        self.have_colons() || self.lines.len() > 1 || !self.lines.iter().all(Line::has_digits_alone)
    }
}

impl Line<'_> {
    /// Whether it has nothing but numbers, with two blanks or more before each.
    fn has_padded_numbers(&self) -> bool {
        let rest = self.rest.trim_end();
        let mut characters = rest.chars();
        let apart = rest.split("  ").filter(|word| !word.trim().is_empty());
        !self.colon
            && characters.all(|c| c.is_ascii_digit() || c == '-' || c.is_whitespace())
            && apart.count() == rest.split_whitespace().count()
    }

    fn has_digits_alone(&self) -> bool {
        let mut characters = self.rest.chars();
        characters.all(|c| c.is_ascii_hexdigit() || c.is_whitespace())
    }
}

impl<'a> Line<'a> {
    /// Takes off an offset: at least four digits, perhaps with `0x` and a colon, or the name of a
    /// symbol as debuggers print it.
    fn of(line: &'a str) -> Option<Line<'a>> {
        let trimmed = line.trim_start();
        let indent = &line[..line.len() - trimmed.len()];
        let digits = trimmed.strip_prefix("0x").unwrap_or(trimmed);
        let end = digits
            .find(|c: char| !c.is_ascii_hexdigit())
            .unwrap_or(digits.len());
        let (offset, rest) = digits.split_at(end);
        let symbol = rest.trim_start().strip_prefix('<');
        let symbol = symbol.and_then(|symbol| symbol.find(">:"));
        let rest = match symbol {
            Some(_) => &rest[rest.find(">:")? + 1..],
            None => rest,
        };
        let (colon, rest) = match rest.strip_prefix(':') {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let ends = rest.is_empty() || rest.starts_with([' ', '\t']);
        if !(4..=16).contains(&offset.len()) || !ends {
            return None;
        }
        Some(Line {
            number: 0,
            indent,
            offset,
            colon,
            rest,
            repeated: false,
            heading: Heading::None,
            part: 0,
        })
    }
}

/// What a line of `curl --trace` says of those below it.
fn heading_of(line: &str) -> Option<Heading> {
    let (_, line) = match line.find(['=', '<']) {
        // A time may stand before it.
        Some(at) if at < 24 => line.split_at(at),
        _ => return None,
    };
    let tls = line.contains("SSL data") || line.contains("TLS data");
    if line.starts_with("== Info") {
        Some(Heading::None)
    } else if line.starts_with("=> Send") {
        Some(if tls { Heading::Tls } else { Heading::Sent })
    } else if line.starts_with("<= Recv") {
        Some(if tls { Heading::Tls } else { Heading::Received })
    } else {
        None
    }
}

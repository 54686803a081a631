//! Where on a line of the wire log a caret belongs: under the byte, or the part of the head, that a
//! fault speaks of.

use wsspec_core::dissect::Node;
use wsspec_core::violation::{Fault, Violation};

use super::{Line, SHOWN_BYTES};

/// Columns of a byte in hex, with the space after it.
const COLUMNS_OF_A_BYTE: usize = 3;

/// A place on a line, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caret {
    /// Under this column of the bytes in hex.
    Hex(usize),
    /// Under this column of the meaning.
    Meaning(usize),
}

impl Line {
    /// Each rule that the line breaks once, and where its caret belongs.
    pub fn carets(&self) -> Vec<(Caret, Violation)> {
        let mut found: Vec<(Caret, Violation)> = Vec::new();
        for fault in &self.faults {
            if found.iter().all(|(_, other)| *other != fault.violation) {
                found.push((self.caret(fault), fault.violation));
            }
        }
        found
    }

    fn caret(&self, fault: &Fault) -> Caret {
        if self.hex.is_empty() {
            return Caret::Meaning(self.column_of_meaning(fault.violation));
        }
        let byte = fault.offset.saturating_sub(self.offset.unwrap_or_default());
        // What is further back is under the ellipsis.
        let byte = usize::try_from(byte).map_or(SHOWN_BYTES, |byte| byte.min(SHOWN_BYTES));
        let columns = self.hex.chars().count();
        Caret::Hex((byte * COLUMNS_OF_A_BYTE).min(columns.saturating_sub(1)))
    }

    fn column_of_meaning(&self, violation: Violation) -> usize {
        let start = self.meaning_starts;
        let text = self.meaning.get(start..).unwrap_or_default();
        let token = match violation {
            Violation::TargetMalformed => text.find(' ').map(|blank| blank + 1),
            Violation::HttpVersionTooLow => text.rfind(' ').map(|blank| blank + 1),
            Violation::LineEndBare => Some(text.len()),
            _ => None,
        };
        let before = token.and_then(|end| text.get(..end)).unwrap_or_default();
        start + before.chars().count()
    }
}

/// The part of a request that a rule is about.
enum Part {
    StartLine,
    /// The last of the fields with one of these names.
    Field(&'static [&'static str]),
}

fn part(violation: Violation) -> Option<Part> {
    use Violation as V;
    Some(match violation {
        V::MethodNotGet | V::HttpVersionTooLow | V::TargetMalformed => Part::StartLine,
        V::HostInvalid => Part::Field(&["host"]),
        V::UpgradeMissing => Part::Field(&["upgrade"]),
        V::ConnectionMissing => Part::Field(&["connection"]),
        V::KeyMissing | V::KeyMalformed | V::KeyRepeated => Part::Field(&["sec-websocket-key"]),
        V::VersionMissing | V::VersionUnsupported | V::VersionRepeated => {
            Part::Field(&["sec-websocket-version"])
        }
        V::SubprotocolMalformed => Part::Field(&["sec-websocket-protocol"]),
        V::ExtensionMalformed => Part::Field(&["sec-websocket-extensions"]),
        V::BodyPresent => Part::Field(&["content-length", "transfer-encoding"]),
        _ => return None,
    })
}

/// Moves what is wrong with a request as a whole from its last line to the one it speaks of. What is
/// missing stays at the end.
pub(super) fn place(lines: &mut [Node]) {
    let Some(last) = lines.last_mut() else {
        return;
    };
    for fault in std::mem::take(&mut last.faults) {
        let line = part(fault.violation)
            .and_then(|part| line_of(lines, &part))
            .unwrap_or(lines.len() - 1);
        lines[line].faults.push(fault);
    }
}

fn line_of(lines: &[Node], part: &Part) -> Option<usize> {
    match part {
        Part::StartLine => (!lines.is_empty()).then_some(0),
        Part::Field(names) => lines.iter().rposition(|line| {
            let name = line.meaning.split(':').next().unwrap_or_default();
            names.iter().any(|wanted| name.eq_ignore_ascii_case(wanted))
        }),
    }
}

//! The calls that strace prints: what a program wrote, and what it read.

use super::escapes::{literals, unescape};
use super::outcome::{Broken, Found, Note, Problem, Reading, Side};

const WRITES: &[&str] = &["write(", "send(", "sendto(", "sendmsg(", "writev("];
const READS: &[&str] = &["read(", "recv(", "recvfrom(", "recvmsg(", "readv("];

/// Reads the strings of the calls, one side for each direction. Which of them is the client, the
/// calls do not say.
pub(super) fn read(text: &str) -> Reading {
    let mut sides = [("written", WRITES, Vec::new()), ("read", READS, Vec::new())];
    let (mut skipped, mut abridged) = (0, None);
    for (n, line) in text.lines().enumerate() {
        let Some((call, result)) = line.rsplit_once(" = ") else {
            skipped += usize::from(!line.trim().is_empty());
            continue;
        };
        let side = sides.iter_mut().find(|(_, calls, _)| names(call, calls));
        let Some((_, _, bytes)) = side else {
            skipped += 1;
            continue;
        };
        // A call that failed moved nothing.
        if result.trim_start().starts_with('-') {
            continue;
        }
        let broken = |problem| Broken::new(n + 1, problem);
        let literals = literals(call).map_err(|_| broken(Problem::Unterminated))?;
        for literal in &literals {
            bytes.extend(unescape(literal.inner).map_err(broken)?);
            if call[literal.to..].starts_with("...") {
                abridged = Some(Note::Abridged(0));
            }
        }
    }
    let sides = sides.into_iter().filter(|(_, _, bytes)| !bytes.is_empty());
    let sides: Vec<Side> = sides
        .map(|(label, _, bytes)| Side {
            label: label.to_owned(),
            ..Side::new(bytes)
        })
        .collect();
    if sides.is_empty() {
        return Ok(Vec::new());
    }
    let skipped = (skipped > 0).then_some(Note::Skipped(skipped));
    Ok(vec![Found::sides(sides).note(skipped).note(abridged)])
}

/// Whether `call` is one of `calls`, perhaps after a process id and a time.
fn names(call: &str, calls: &[&str]) -> bool {
    let word = call.find('(').map(|open| &call[..=open]);
    let word = word.and_then(|before| before.split_whitespace().last());
    word.is_some_and(|word| calls.contains(&word))
}

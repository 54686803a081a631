//! One pass for callgrind.

use crate::contender::Entry;
use crate::floor;
use crate::workload::Workload;

/// Bytes of the stream: enough for a steady average, and quick under an emulator.
pub const BYTES: usize = 1 << 20;

/// Runs one pass and says what was in it. Without a contender it only builds the stream and reads it.
pub fn run(workload: &Workload, contender: Option<&Entry>) {
    match contender {
        Some(contender) => counted_pass(workload, contender),
        None => floor::read(workload),
    }
    println!("{} frames, {} bytes", workload.stream.frames, workload.stream.bytes.len());
}

/// A function of its own, for callgrind to find by name.
#[inline(never)]
fn counted_pass(workload: &Workload, contender: &Entry) {
    contender.pass(workload);
}

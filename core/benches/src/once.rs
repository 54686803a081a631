//! One pass for callgrind, in a function that callgrind finds by its name.

use crate::contender::Entry;
use crate::workload::Workload;
use crate::{floor, handshake};

/// Size of the stream in bytes: enough for a steady average, and fast in an emulator.
pub const BYTES: usize = 1 << 20;

/// Handshakes per pass.
const HANDSHAKES: usize = 1000;

/// Reads the stream once, and decodes it if there is a contender.
pub fn decode(workload: &Workload, contender: Option<&Entry>) {
    counted_pass(|| match contender {
        Some(contender) => contender.pass(workload),
        None => floor::read(workload),
    });
    println!(
        "{} frames, {} bytes",
        workload.stream.frames,
        workload.stream.bytes.len()
    );
}

/// Accepts the request [`HANDSHAKES`] times.
pub fn accept(contender: &handshake::Contender) {
    counted_pass(|| (0..HANDSHAKES).for_each(|_| contender.run()));
    println!("{HANDSHAKES} handshakes");
}

#[inline(never)]
fn counted_pass(pass: impl Fn()) {
    pass();
}

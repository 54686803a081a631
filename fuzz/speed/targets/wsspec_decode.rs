//! Reads messages until there are no more; no oracle.
#![no_main]

use std::hint::black_box;

use wsspec_core::Role;
use wsspec_core::message::MessageReader;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let [settings, _, stream @ ..] = data else { return };
    let mut reader = MessageReader::new(if settings & 1 == 0 { Role::Server } else { Role::Client });
    let mut copy = stream.to_vec();
    let mut input = copy.as_mut_slice();
    while let Ok(Some(message)) = reader.read(&mut input) {
        black_box(message);
    }
});

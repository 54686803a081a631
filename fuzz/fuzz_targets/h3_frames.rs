#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| wsspec_core::properties::h3_frames(data));

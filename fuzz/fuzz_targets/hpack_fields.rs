#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| wsspec_core::properties::hpack_fields(data));

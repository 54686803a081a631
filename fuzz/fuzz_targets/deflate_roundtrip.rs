#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    wsspec_core::properties::deflate_roundtrip(data);
    wsspec_fuzz::zlib::deflate_roundtrip(data);
});

#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    wsspec_core::properties::inflate(data);
    wsspec_fuzz::zlib::inflate(data);
});

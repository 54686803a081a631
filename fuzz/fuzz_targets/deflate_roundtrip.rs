#![no_main]
// By turns, which the seed chooses: a fuzzer, which changes the seed, covers both at twice the speed.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    match data.get(1).is_some_and(|seed| seed & 1 == 1) {
        true => wsspec_fuzz::zlib::deflate_roundtrip(data),
        false => wsspec_core::properties::deflate_roundtrip(data),
    }
});

#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    wsspec::properties::binding_h2(data);
});

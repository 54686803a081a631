#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| wsspec::laws::vector_file(data));

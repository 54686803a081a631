//! The target `frame_decoder`: decoding at any chunking, strict and tolerant, and every law of it.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| wsspec_core::laws::frame_decoder(data));

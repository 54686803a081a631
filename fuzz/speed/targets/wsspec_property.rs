//! The fuzz target `frame_decoder`, unchanged.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| wsspec_core::properties::frame_decoder_by_turns(data));

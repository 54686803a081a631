//! The properties on mostly conforming streams. The fuzz targets check the same properties on any
//! bytes.

use crate::generate::{cases, extensions, mistakes, request, response, stream, text};
use proptest::collection::vec;
use proptest::prelude::*;
use wsspec_core::{Role, properties};

/// Returns the input of a property: settings, seed and what the peer sends.
fn input(settings: u8, seed: u8, stream: &[u8]) -> Vec<u8> {
    [&[settings, seed], stream].concat()
}

proptest! {
    #![proptest_config(cases(5000))]

    #[test]
    fn frame_decoder_as_server(settings in any::<u8>(), seed in any::<u8>(), stream in stream(Role::Client)) {
        properties::frame_decoder(&input(settings & !1, seed, &stream));
    }

    #[test]
    fn frame_decoder_as_client(settings in any::<u8>(), seed in any::<u8>(), stream in stream(Role::Server)) {
        properties::frame_decoder(&input(settings | 1, seed, &stream));
    }

    #[test]
    fn frame_decoder_on_noise(data in vec(any::<u8>(), 0..60)) {
        properties::frame_decoder(&data);
        properties::frame_decoder_by_turns(&data);
    }

    #[test]
    fn tolerant_decoder(settings in any::<u8>(), seed in any::<u8>(), stream in stream(Role::Client)) {
        properties::tolerant_decoder(&input(settings & !1, seed, &stream));
    }

    #[test]
    fn tolerant_decoder_on_noise(data in vec(any::<u8>(), 0..60)) {
        properties::tolerant_decoder(&data);
    }

    #[test]
    fn dissector(settings in any::<u8>(), stream in stream(Role::Client)) {
        properties::dissector(&input(settings, 0, &stream));
    }

    #[test]
    fn observer_of_a_client(settings in any::<u8>(), seed in any::<u8>(), head in request(), stream in stream(Role::Client)) {
        properties::observer(&input(settings & !0x11, seed, &stream));
        properties::observer(&input(settings & !1 | 0x10, seed, &[&head[..], &stream].concat()));
    }

    #[test]
    fn observer_of_a_server(settings in any::<u8>(), seed in any::<u8>(), head in response(), stream in stream(Role::Server)) {
        properties::observer(&input(settings & !0x10 | 1, seed, &stream));
        properties::observer(&input(settings | 0x11, seed, &[&head[..], &stream].concat()));
    }

    #[test]
    fn observer_on_noise(data in vec(any::<u8>(), 0..60)) {
        properties::observer(&data);
    }

    #[test]
    fn handshake_request(settings in any::<u8>(), seed in any::<u8>(), head in request(), rest in vec(any::<u8>(), 0..4)) {
        properties::handshake_request(&input(settings, seed, &[&head[..], &rest].concat()));
    }

    #[test]
    fn handshake_response(settings in any::<u8>(), seed in any::<u8>(), head in response(), rest in vec(any::<u8>(), 0..4)) {
        properties::handshake_response(&input(settings, seed, &[&head[..], &rest].concat()));
    }

    #[test]
    fn utf8(seed in any::<u8>(), pieces in vec(text(), 0..6), mistakes in mistakes()) {
        let mut text = pieces.concat();
        mistakes.iter().for_each(|mistake| mistake.make(&mut text));
        properties::utf8(&input(0, seed, &text));
    }

    #[test]
    fn extension_grammar(value in extensions()) {
        properties::extension_grammar(&value);
    }

    #[test]
    fn endpoint_server(settings in any::<u8>(), seed in any::<u8>(), head in request(), stream in stream(Role::Client)) {
        properties::endpoint_server(&input(settings & !1, seed, &[&head[..], &stream].concat()));
        properties::endpoint_server(&input(settings | 1, seed, &stream));
    }

    #[test]
    fn endpoint_client(settings in any::<u8>(), seed in any::<u8>(), head in response(), stream in stream(Role::Server)) {
        properties::endpoint_client(&input(settings & !1, seed, &[&head[..], &stream].concat()));
        properties::endpoint_client(&input(settings | 1, seed, &stream));
    }
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn message_roundtrip(data in vec(any::<u8>(), 0..60)) {
        properties::message_roundtrip(&data);
    }

    #[test]
    fn deflate_roundtrip(data in vec(any::<u8>(), 0..60)) {
        properties::deflate_roundtrip(&data);
    }
}

//! The property of two endpoints back to back.

use super::endpoints::{NONCE, parameters};
use crate::Role;
use crate::close::CloseCode;
use crate::deflate::negotiation::Support;
use crate::endpoint::{ClientConfig, Endpoint, Event, Phase, ServerConfig};
use crate::properties::decoded::Fragments;
use crate::properties::messages::Messages;
use crate::properties::{Cut, Input};
use crate::random::SplitMix64;
use std::mem;

/// Connects two endpoints: what one sends the other receives, and both close cleanly.
///
/// The stream describes the messages: kind, length and repetition in one byte, then the bytes to
/// repeat. One seed in 32 makes them large.
pub fn message_roundtrip(data: &[u8]) {
    let Input {
        settings,
        seed,
        stream,
    } = Input::new(data);
    let mut random = SplitMix64(seed);
    let mut keys = SplitMix64(seed);
    let mut config = ClientConfig::new("example.org", "/", NONCE);
    let compressed = settings & 4 != 0;
    config
        .compression
        .extend(compressed.then(|| parameters(u64::from(settings >> 3))));
    let mut client = Endpoint::client(config, move || keys.key());
    let compression = compressed.then(Support::default);
    let mut server = Endpoint::server(ServerConfig {
        compression,
        ..ServerConfig::default()
    });
    pass(&mut client, &mut server, &mut random);
    pass(&mut server, &mut client, &mut random);
    let (from, to) = match settings & 1 {
        0 => (&mut client, &mut server),
        _ => (&mut server, &mut client),
    };
    assert!(matches!(
        (from.poll(), to.poll()),
        (Some(Event::Opened(_)), Some(Event::Opened(_)))
    ));
    for (kind, payload) in Messages::new(seed, stream) {
        if settings & 2 == 0 {
            from.send(kind, &payload);
            pass(from, to, &mut random);
        } else {
            let mut bytes = Vec::new();
            let masks = from.role().masks();
            Fragments {
                random: &mut random,
                masks,
                out: &mut bytes,
            }
            .message(kind, &payload, true);
            deliver(&mut bytes, to, &mut random);
        }
        assert_eq!(to.poll(), Some(Event::Message(kind, payload)));
        assert_eq!(to.poll(), None);
    }
    close_cleanly(from, to, &mut random);
}

fn close_cleanly(from: &mut Endpoint, to: &mut Endpoint, random: &mut SplitMix64) {
    from.ping(b"?");
    from.close(CloseCode::NORMAL, "done");
    pass(from, to, random);
    assert_eq!(to.poll(), Some(Event::Ping(b"?".to_vec())));
    assert_eq!(to.poll(), Some(Event::Close(b"\x03\xe8done".to_vec())));
    pass(to, from, random);
    assert_eq!(from.poll(), Some(Event::Pong(b"?".to_vec())));
    assert_eq!(from.poll(), Some(Event::Close(vec![0x03, 0xe8])));
    for endpoint in [from, to] {
        assert_eq!((endpoint.phase(), endpoint.poll()), (Phase::Closed, None));
        assert_eq!(endpoint.wants_end(), endpoint.role() == Role::Server);
        assert!(endpoint.take_output().is_empty());
    }
}

fn pass(from: &mut Endpoint, to: &mut Endpoint, random: &mut SplitMix64) {
    deliver(&mut from.take_output(), to, random);
}

fn deliver(bytes: &mut [u8], to: &mut Endpoint, random: &mut SplitMix64) {
    let mut cut = if random.below(2) == 0 {
        Cut::Whole
    } else {
        Cut::Mixed(SplitMix64(random.next()))
    };
    let mut rest = bytes;
    while !rest.is_empty() {
        let size = cut.next(rest.len());
        let (now, later) = mem::take(&mut rest).split_at_mut(size);
        to.receive(now);
        rest = later;
    }
}

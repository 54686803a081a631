mod legal;
mod violations;
mod windows;

use super::*;
use crate::http2::frame::{self, *};
use crate::http2::{PREFACE, Violation as V};

/// A frame: kind, flags, stream, payload.
type Frame<'a> = (u8, u8, u32, &'a [u8]);

/// `:status: 200` by its index.
const STATUS_200: &[u8] = &[0x88];

/// `:status: 103`.
const STATUS_103: &[u8] = b"\x08\x03103";

/// `GET http:/`.
const GET: &[u8] = &[0x82, 0x86, 0x84];

/// `CONNECT http:/` to the authority `a` with the protocol websocket.
const CONNECT: &[u8] = b"\x02\x07CONNECT\x86\x84\x01\x01a\x00\x09:protocol\x09websocket";

/// The flags of a HEADERS frame that is all of a message.
const WHOLE: u8 = END_HEADERS | END_STREAM;

fn bytes(frames: &[Frame<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (kind, flags, stream, payload) in frames {
        frame::write(*kind, *flags, *stream, payload, &mut bytes);
    }
    bytes
}

/// A connection after both sides sent empty SETTINGS, and acknowledged them.
fn begun(ours: Role) -> Connection {
    begun_with(ours, &[], &[])
}

fn begun_with(ours: Role, of_ours: &[Setting], of_peer: &[Setting]) -> Connection {
    let mut connection = Connection::new(ours, Options::default());
    connection.preface();
    connection.settings(of_ours);
    let mut came = match ours {
        Role::Client => Vec::new(),
        Role::Server => PREFACE.to_vec(),
    };
    let payload = settings::write(of_peer);
    came.extend(bytes(&[
        (SETTINGS, 0, 0, &payload),
        (SETTINGS, ACK, 0, b""),
    ]));
    let events = connection.receive(&came);
    assert_eq!(
        events,
        [Event::Settings(of_peer.to_vec()), Event::SettingsAck]
    );
    connection.output();
    connection
}

/// A client that has sent CONNECT on stream 1, and a GET on stream 3.
fn asked() -> Connection {
    let mut client = begun(Role::Client);
    for (stream, method) in [(1, "CONNECT"), (3, "GET")] {
        let id = client.next_stream();
        assert_eq!(id, stream);
        client.headers(id, &[(b":method".into(), method.into())], false);
    }
    client.output();
    client
}

fn violations(events: &[Event]) -> Vec<V> {
    let violation = |event: &Event| match event {
        Event::Violation(found) => Some(found.violation),
        _ => None,
    };
    events.iter().filter_map(violation).collect()
}

/// The frames of an output, each with its payload.
fn frames(mut output: &[u8]) -> Vec<(u8, u8, u32, Vec<u8>)> {
    let mut frames = Vec::new();
    while let Some((head, rest)) = output.split_first_chunk() {
        let head = Head::read(head);
        let (payload, rest) = rest.split_at(head.length as usize);
        frames.push((head.kind, head.flags, head.stream, payload.to_vec()));
        output = rest;
    }
    frames
}

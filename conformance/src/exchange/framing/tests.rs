//! Wrong lengths are found at any chunking, in either role; nothing else is.

use proptest::prelude::*;
use wsspec_core::Role::{self, Client, Server};
use wsspec_core::frame::FrameWriter;
use wsspec_vectors::SplitMix64;

use super::*;

const LIMIT: u64 = 2 << 20;
const BARRIER: &[u8] = b"wsspec-barrier-1";
const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// A peer that was sent some messages, and what came of what it sends.
struct Peer {
    framing: Framing,
    debts: Vec<Vec<u8>>,
    barrier: Option<&'static [u8]>,
    /// All that may be read.
    read: Vec<u8>,
}

impl Peer {
    fn new(sender: Role, debts: &[&[u8]]) -> Peer {
        let mut framing = Framing::new(sender);
        framing.frames_follow();
        Peer {
            framing,
            debts: debts.iter().map(|debt| debt.to_vec()).collect(),
            barrier: None,
            read: Vec::new(),
        }
    }

    /// Takes `bytes` in pieces of `size` bytes.
    fn sends(&mut self, bytes: &[u8], size: usize) {
        for piece in bytes.chunks(size) {
            self.framing.push(piece.to_vec());
            self.read_on(false);
        }
    }

    fn read_on(&mut self, last: bool) {
        let Peer {
            framing,
            debts,
            barrier,
            read,
        } = self;
        let clues = Clues {
            echo: debts.first().map(Vec::as_slice),
            barrier: *barrier,
            limit: LIMIT,
        };
        while let Some(bytes) = framing.next(&clues, last) {
            read.extend(bytes);
        }
    }
}

/// A frame as it has to be.
fn frame(sender: Role, opcode: Opcode, payload: &[u8]) -> Vec<u8> {
    let key = sender.masks().then_some(KEY);
    FrameWriter::new(opcode, payload).mask(key).to_vec()
}

/// A binary frame with this length field after the seven bits.
fn odd(sender: Role, seven: u8, field: &[u8], payload: &[u8]) -> Vec<u8> {
    let masked = u8::from(sender.masks()) << 7;
    let key: &[u8] = if sender.masks() { &KEY } else { &[] };
    let key_of = sender.masks().then_some(KEY);
    let payload = unmasked(payload, key_of, 0);
    [&[0x82, masked | seven][..], field, key, &payload].concat()
}

fn random(size: usize) -> Vec<u8> {
    let mut random = SplitMix64(7);
    (0..size).map(|_| random.next() as u8).collect()
}

/// A length field of a payload: the seven bits and what follows, and the length it announces.
type Field = (u8, Vec<u8>, u64);

fn wrong_fields(payload: &[u8], sender: Role) -> Vec<Field> {
    let length = payload.len();
    let four = (length as u32).to_be_bytes();
    let two = (length as u16).to_be_bytes();
    // What a reader takes for the rest of the length.
    let key: Vec<u8> = if sender.masks() {
        KEY.into()
    } else {
        payload[..4].into()
    };
    let eight = [&four[..], &key].concat().try_into().unwrap();
    vec![
        (126, four.to_vec(), (length >> 16) as u64),
        (127, four.to_vec(), u64::from_be_bytes(eight)),
        (126, two.to_vec(), (length % 65_536) as u64),
        (127, (8u64 << 30).to_be_bytes().to_vec(), 8 << 30),
        (
            127,
            (length as u64 + 1).to_be_bytes().to_vec(),
            length as u64 + 1,
        ),
        (
            127,
            (length as u64 - 1).to_be_bytes().to_vec(),
            length as u64 - 1,
        ),
        (
            127,
            (length as u64 * 2).to_be_bytes().to_vec(),
            length as u64 * 2,
        ),
    ]
}

/// The upper half of a length in 64 bits is no length in four bytes, whatever the key after it
/// looks like.
#[test]
fn zeros_before_a_length_are_no_length() {
    let mut peer = Peer::new(Client, &[b"something else"]);
    let mut bytes = vec![0x82, 0xff, 0, 0, 0, 0, 0, 0, 0, 4];
    // As the header of an empty pong with a mask.
    bytes.extend([0x8a, 0x80, 1, 2]);
    bytes.extend([0x8a, 0x80, 1, 2]);
    bytes.extend([0x8a, 0x80, 1, 2, 3, 4]);
    peer.sends(&bytes, 3);
    assert_eq!(peer.framing.lost(), None);
    assert_eq!(peer.read, bytes);
}

#[test]
fn a_wrong_length_is_found_with_both_lengths_at_any_chunking() {
    for sender in [Server, Client] {
        for size in [128, 200, 65_535, 65_536, 70_000, 0x8200, 0x18a05] {
            let payload = random(size);
            for (seven, field, announced) in wrong_fields(&payload, sender) {
                if announced == size as u64 {
                    continue;
                }
                for chunk in [1, 2, 3, 7, 1000, usize::MAX] {
                    if chunk < 1000 && size > 1000 {
                        continue;
                    }
                    let mut peer = Peer::new(sender, &[&payload]);
                    peer.sends(&odd(sender, seven, &field, &payload), chunk);
                    peer.barrier = Some(BARRIER);
                    peer.sends(&frame(sender, Opcode::PONG, BARRIER), chunk);
                    peer.sends(&frame(sender, Opcode::BINARY, b"next"), chunk);
                    let actual = size as u64;
                    let found = Some(LostFraming::Length { announced, actual });
                    assert_eq!(
                        peer.framing.lost(),
                        found.as_ref(),
                        "a {} sends {size} bytes as {seven} {field:02x?}, in chunks of {chunk}",
                        sender.name()
                    );
                }
            }
        }
    }
}

/// A target that does not echo: what follows, and the answer to our barrier, are all there is.
#[test]
fn a_wrong_length_of_what_is_no_echo_is_found_by_what_follows() {
    for sender in [Server, Client] {
        let payload = random(300);
        for (seven, field, announced) in [
            (126, 300u32.to_be_bytes().to_vec(), 0),
            (127, (8u64 << 30).to_be_bytes().to_vec(), 8 << 30),
        ] {
            for chunk in [1, 5, usize::MAX] {
                let mut peer = Peer::new(sender, &[]);
                peer.sends(&odd(sender, seven, &field, &payload), chunk);
                peer.barrier = Some(BARRIER);
                peer.sends(&frame(sender, Opcode::PONG, BARRIER), chunk);
                let actual = 300;
                let found = Some(LostFraming::Length { announced, actual });
                assert_eq!(peer.framing.lost(), found.as_ref());
            }
        }
    }
}

/// Each leaves the frames after it where they are.
#[test]
fn a_fault_that_leaves_frames_readable_is_handed_on() {
    let payload = random(300);
    let short = &payload[..5];
    for sender in [Server, Client] {
        let other = if sender.masks() { Server } else { Client };
        let mut rsv = frame(sender, Opcode::BINARY, short);
        rsv[0] |= 0x20;
        let top_bit = (0x12c | 1u64 << 63).to_be_bytes();
        for odd_frame in [
            frame(other, Opcode::BINARY, short),
            rsv,
            odd(sender, 126, &5u16.to_be_bytes(), short),
            odd(sender, 127, &5u64.to_be_bytes(), short),
            odd(sender, 127, &300u64.to_be_bytes(), &payload),
            odd(sender, 127, &top_bit, &payload),
            // An echo cut short, a message that is no echo, and an echo with more after it.
            frame(sender, Opcode::BINARY, &payload[..299]),
            frame(sender, Opcode::BINARY, &payload[..0]),
            frame(sender, Opcode::BINARY, b"another"),
            frame(sender, Opcode::BINARY, &[&payload[..], b"!"].concat()),
            frame(sender, Opcode::from_bits(3), short),
            frame(sender, Opcode::CONTINUATION, short),
            frame(sender, Opcode::CLOSE, &[3]),
        ] {
            for debt in [&payload[..], short, b"", b"\0"] {
                for chunk in [1, 2, 1000] {
                    let mut peer = Peer::new(sender, &[debt]);
                    let stream = [odd_frame.clone(), odd_frame.clone()].concat();
                    peer.sends(&stream, chunk);
                    peer.barrier = Some(BARRIER);
                    let pong = frame(sender, Opcode::PONG, BARRIER);
                    peer.sends(&pong, chunk);
                    assert_eq!(peer.framing.lost(), None, "{odd_frame:02x?}");
                    assert_eq!(peer.read, [stream, pong].concat(), "{odd_frame:02x?}");
                }
            }
        }
    }
}

/// A frame is only too large to read once that many bytes have come.
#[test]
fn what_announces_more_than_is_read_is_kept_until_it_came() {
    let header = [&[0x82, 127][..], &(LIMIT + 1).to_be_bytes()].concat();
    let mut peer = Peer::new(Server, &[b"a"]);
    peer.sends(&header, 1);
    peer.sends(&vec![0; LIMIT as usize - 10], 65_536);
    peer.read_on(true);
    assert_eq!(peer.framing.announces_beyond(LIMIT), Some(LIMIT + 1));
    assert!(peer.read.is_empty());
    peer.sends(&[0; 11], 1);
    assert!(!peer.read.is_empty());
    assert_eq!(peer.framing.lost(), None);
}

#[test]
fn http_among_frames_is_found_at_any_chunking() {
    let http = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
    for before in [&[][..], &[0x81, 1, b'a']] {
        for chunk in [1, 2, 1000] {
            let mut peer = Peer::new(Server, &[]);
            peer.sends(&[before, http].concat(), chunk);
            let line = b"HTTP/1.1 400 Bad Request".to_vec();
            assert_eq!(peer.framing.lost(), Some(&LostFraming::Http(line)));
            assert_eq!(peer.read, before);
        }
        // The same bytes inside a frame are a payload.
        let mut peer = Peer::new(Server, &[]);
        let text = frame(Server, Opcode::TEXT, http);
        peer.sends(&text, 1);
        assert_eq!((peer.framing.lost(), &peer.read), (None, &text));
    }
    let mut peer = Peer::new(Server, &[]);
    peer.sends(b"HTTP/", 1);
    peer.read_on(true);
    assert_eq!(peer.read, b"HTTP/", "too little to be HTTP");
}

/// A conforming stream, message by message, and what was sent to get it.
#[derive(Debug, Clone)]
struct Stream {
    sender: Role,
    bytes: Vec<u8>,
    debts: Vec<Vec<u8>>,
    deflate: bool,
}

/// What a conforming target sends.
#[derive(Debug, Clone)]
enum Sends {
    /// A message: whether it is the echo that is due, its size, and its fragments.
    Message(bool, usize, usize),
    Ping(usize),
    Pong(usize),
    /// The answer to our barrier.
    Answer,
}

fn sends() -> impl Strategy<Value = Sends> {
    let size = prop_oneof![9 => 0..200usize, 1 => 65_500..65_600usize];
    prop_oneof![
        (any::<bool>(), size, 1..4usize).prop_map(|(e, s, f)| Sends::Message(e, s, f)),
        (0..=125usize).prop_map(Sends::Ping),
        (0..=125usize).prop_map(Sends::Pong),
        Just(Sends::Answer),
    ]
}

fn stream() -> impl Strategy<Value = Stream> {
    let bytes = prop_oneof![Just(0u8), Just(0x82), Just(b'H'), any::<u8>()];
    let parts = (proptest::collection::vec(sends(), 0..8), any::<u64>());
    (any::<bool>(), any::<bool>(), bytes, any::<bool>(), parts).prop_map(
        |(client, deflate, byte, constant, (all, seed))| {
            let sender = if client { Client } else { Server };
            let mut random = SplitMix64(seed);
            let mut stream = Stream {
                sender,
                bytes: Vec::new(),
                debts: Vec::new(),
                deflate,
            };
            for sends in all {
                let mut fill = |size: usize| -> Vec<u8> {
                    let draw = |_| if constant { byte } else { random.next() as u8 };
                    (0..size).map(draw).collect()
                };
                let (opcode, payload, fragments) = match sends {
                    Sends::Message(owed, size, fragments) => {
                        let payload = fill(size);
                        if owed {
                            stream.debts.push(payload.clone());
                        }
                        (Opcode::BINARY, payload, fragments)
                    }
                    Sends::Ping(size) => (Opcode::PING, fill(size), 1),
                    Sends::Pong(size) => (Opcode::PONG, fill(size), 1),
                    Sends::Answer => (Opcode::PONG, BARRIER.to_vec(), 1),
                };
                let pieces = payload.chunks(payload.len() / fragments + 1);
                let pieces: Vec<&[u8]> = pieces.collect();
                let count = pieces.len().max(1);
                for at in 0..count {
                    let opcode = if at == 0 {
                        opcode
                    } else {
                        Opcode::CONTINUATION
                    };
                    let key = client.then(|| (random.next() as u32).to_le_bytes());
                    let piece = pieces.get(at).copied().unwrap_or_default();
                    FrameWriter::new(opcode, piece)
                        .fin(at + 1 == count)
                        .mask(key)
                        .write(&mut stream.bytes);
                }
            }
            stream
        },
    )
}

proptest! {
    /// Whatever was sent to it, however its bytes are cut, wherever they stop for now or for ever.
    #[test]
    fn no_conforming_stream_loses_its_framing(
        stream in stream(),
        debts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..20), 0..3),
        own in any::<bool>(),
        cuts in proptest::collection::vec(1..70_000usize, 1..6),
        stops in 0..5usize,
    ) {
        let owed = if own { &stream.debts } else { &debts };
        let owed: Vec<&[u8]> = owed.iter().map(Vec::as_slice).collect();
        let mut peer = Peer::new(stream.sender, &owed);
        if stream.deflate {
            peer.framing.agree();
        }
        peer.barrier = Some(BARRIER);
        let mut rest = stream.bytes.as_slice();
        for (i, size) in cuts.iter().cycle().enumerate() {
            if rest.is_empty() {
                break;
            }
            let (piece, later) = rest.split_at(rest.len().min(*size));
            peer.sends(piece, piece.len());
            if i == stops {
                peer.read_on(true);
            }
            prop_assert_eq!(peer.framing.lost(), None);
            rest = later;
        }
        peer.read_on(true);
        prop_assert_eq!(peer.framing.lost(), None);
        prop_assert_eq!(&peer.read, &stream.bytes);
    }
}

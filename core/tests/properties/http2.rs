//! The properties of HTTP/2 on bytes that are mostly made of frames, and of two engines that talk
//! to each other.

use std::collections::BTreeMap;

use crate::generate::cases;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use wsspec_core::http2::hpack::{Encoder, Style};
use wsspec_core::http2::{Connection, Event, Field, Options, frame, settings};
use wsspec_core::{Role, properties};

const NAMES: &[&str] = &[
    ":method",
    ":protocol",
    ":scheme",
    ":path",
    ":authority",
    ":status",
    "te",
    "A",
];
const VALUES: &[&str] = &[
    "CONNECT",
    "websocket",
    "https",
    "/",
    "200",
    "101",
    "trailers",
    "",
];

fn field() -> impl Strategy<Value = Field> {
    (select(NAMES), select(VALUES)).prop_map(|(name, value)| (name.into(), value.into()))
}

fn style() -> impl Strategy<Value = Style> {
    (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(indexed, dynamic, huffman)| Style {
        indexed,
        dynamic,
        huffman,
    })
}

/// A field block, which may refer to a table that the reader does not have.
fn block() -> impl Strategy<Value = Vec<u8>> {
    let sizes = prop_oneof![4 => Just(None), 1 => select(vec![Some(0), Some(100), Some(4096)])];
    (vec(field(), 0..7), style(), sizes, any::<bool>()).prop_map(|(fields, style, size, twice)| {
        let mut encoder = Encoder::new(style);
        if let Some(size) = size {
            encoder.limit(size);
        }
        let first = encoder.write(&fields);
        if twice { encoder.write(&fields) } else { first }
    })
}

fn some_settings() -> impl Strategy<Value = Vec<u8>> {
    let value = prop_oneof![
        0..3u32,
        select(vec![0x4000, 0xff_ffff, 0x7fff_ffff, u32::MAX])
    ];
    vec((0..10u16, value), 0..4).prop_map(|settings| settings::write(&settings))
}

fn one_frame() -> impl Strategy<Value = Vec<u8>> {
    let number = prop_oneof![0..5u32, any::<u32>()].prop_map(|number| number.to_be_bytes().into());
    let payload = prop_oneof![
        3 => block(),
        1 => some_settings(),
        2 => number,
        1 => vec(any::<u8>(), 0..20),
    ];
    let stream = prop_oneof![9 => 0..8u32, 1 => any::<u32>()];
    let flags = prop_oneof![3 => select(vec![0u8, 1, 4, 5]), 1 => any::<u8>()];
    (0..11u8, flags, stream, payload).prop_map(
        |(kind, flags, stream, payload): (_, _, _, Vec<u8>)| {
            let mut bytes = Vec::new();
            frame::write(kind, flags, stream, &payload, &mut bytes);
            bytes
        },
    )
}

/// What one side does on one of its streams.
#[derive(Debug, Clone)]
enum Act {
    Data(u32, Vec<u8>, Option<u8>),
    Finish(u32),
    Hold(u32),
    Resume(u32),
    Settings(u32, u32),
    Exchange,
}

fn act() -> impl Strategy<Value = Act> {
    let stream = (0..3u32).prop_map(|n| 2 * n + 1);
    let pad = prop_oneof![2 => Just(None), 1 => any::<u8>().prop_map(Some)];
    let window = select(vec![0, 1, 100, 20_000, 65_535, 0x7fff_ffff]);
    let data = vec(any::<u8>(), 0..40);
    let long = select(vec![300, 17_000, 70_000]).prop_map(|length| vec![7; length]);
    prop_oneof![
        4 => (stream.clone(), prop_oneof![5 => data, 1 => long], pad)
            .prop_map(|(stream, data, pad)| Act::Data(stream, data, pad)),
        1 => stream.clone().prop_map(Act::Finish),
        1 => stream.clone().prop_map(Act::Hold),
        1 => stream.prop_map(Act::Resume),
        1 => (window, select(vec![0u32, 50, 4096])).prop_map(|(window, table)| Act::Settings(window, table)),
        3 => Just(Act::Exchange),
    ]
}

/// Both ends, and what came of the data on each stream.
struct Pair {
    client: Connection,
    server: Connection,
    came: BTreeMap<u32, (Vec<u8>, bool)>,
}

impl Pair {
    fn new(style: Style, windows: u32) -> Self {
        let options = Options {
            style,
            ..Options::default()
        };
        let mut client = Connection::new(Role::Client, options.clone());
        let mut server = Connection::new(Role::Server, options);
        client.preface();
        client.settings(&[(settings::ENABLE_PUSH, 0)]);
        server.settings(&[
            (settings::ENABLE_CONNECT_PROTOCOL, 1),
            (settings::INITIAL_WINDOW_SIZE, windows),
        ]);
        Pair {
            client,
            server,
            came: BTreeMap::new(),
        }
    }

    fn open(&mut self) {
        let text = [
            (":method", "CONNECT"),
            (":protocol", "websocket"),
            (":scheme", "https"),
            (":path", "/"),
            (":authority", "a"),
        ];
        let fields = text.map(|(name, value)| (name.into(), value.into()));
        for _ in 0..3 {
            let stream = self.client.next_stream();
            self.client.headers(stream, &fields, false);
        }
        self.exchange();
    }

    /// Hands over what each writes, a million times at most.
    fn exchange(&mut self) {
        for _ in 0..1_000_000 {
            let (requests, answers) = (self.client.output(), self.server.output());
            if requests.is_empty() && answers.is_empty() {
                return;
            }
            for event in self.server.receive(&requests) {
                self.see(event);
            }
            for event in self.client.receive(&answers) {
                assert!(
                    !matches!(event, Event::Violation(_) | Event::Broken),
                    "{event:?}"
                );
            }
        }
        panic!("the exchange does not end");
    }

    fn see(&mut self, event: Event) {
        match event {
            Event::Data { stream, bytes, end } => {
                let came = self.came.entry(stream).or_default();
                came.0.extend(bytes);
                came.1 |= end;
            }
            Event::Violation(_) | Event::Broken => panic!("{event:?}"),
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(cases(5000))]

    #[test]
    fn h2_frames(settings: u8, seed: u8, first in some_settings(), frames in vec(one_frame(), 0..10)) {
        let mut bytes = vec![settings, seed];
        frame::write(frame::SETTINGS, 0, 0, &first, &mut bytes);
        properties::h2_frames(&[bytes, frames.concat()].concat());
    }

    #[test]
    fn h2_frames_on_noise(data in vec(any::<u8>(), 0..100)) {
        properties::h2_frames(&data);
    }

    #[test]
    fn hpack_fields(settings: u8, blocks in vec(block(), 0..6)) {
        let mut bytes = vec![settings, 0];
        for block in blocks {
            bytes.push(block.len().min(255) as u8);
            bytes.extend(block.iter().take(255));
        }
        properties::hpack_fields(&bytes);
    }

    #[test]
    fn hpack_fields_on_noise(data in vec(any::<u8>(), 0..100)) {
        properties::hpack_fields(&data);
    }
}

proptest! {
    #![proptest_config(cases(500))]

    /// What one engine writes the other reads without a violation, at any windows; and once all
    /// streams are resumed and have a window, all data arrives, in order, with its end.
    #[test]
    fn engines_understand_each_other(
        style in style(),
        windows in select(vec![0u32, 1, 10, 65_535]),
        acts in vec(act(), 0..30),
    ) {
        let mut pair = Pair::new(style, windows);
        pair.open();
        let mut sent: BTreeMap<u32, (Vec<u8>, bool)> = BTreeMap::new();
        for act in acts {
            match act {
                Act::Data(stream, bytes, pad) => {
                    let entry = sent.entry(stream).or_default();
                    if !entry.1 {
                        entry.0.extend(&bytes);
                        pair.client.data(stream, bytes, pad);
                    }
                }
                Act::Finish(stream) => {
                    if !std::mem::replace(&mut sent.entry(stream).or_default().1, true) {
                        pair.client.finish(stream);
                    }
                }
                Act::Hold(stream) => pair.server.hold(stream),
                Act::Resume(stream) => pair.server.resume(stream),
                Act::Settings(window, table) => pair.server.settings(&[
                    (settings::INITIAL_WINDOW_SIZE, window),
                    (settings::HEADER_TABLE_SIZE, table),
                ]),
                Act::Exchange => pair.exchange(),
            }
        }
        // A window that may be very negative is lifted above 0.
        pair.server.settings(&[(settings::INITIAL_WINDOW_SIZE, 1 << 20)]);
        for stream in [1, 3, 5] {
            pair.server.resume(stream);
        }
        pair.exchange();
        for (stream, expected) in sent {
            prop_assert!(!pair.client.queued(stream));
            prop_assert_eq!(pair.came.remove(&stream).unwrap_or_default(), expected);
        }
    }
}

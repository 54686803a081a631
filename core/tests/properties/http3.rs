//! The property of the HTTP/3 engine on streams that are mostly made of frames.

use crate::generate::cases;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use wsspec_core::http3::{Field, frame, qpack, varint};
use wsspec_core::properties;

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

fn section() -> impl Strategy<Value = Vec<u8>> {
    let styles = (any::<bool>(), any::<bool>());
    let style = styles.prop_map(|(indexed, huffman)| qpack::Style { indexed, huffman });
    (vec(field(), 0..7), style).prop_map(|(fields, style)| qpack::write(&fields, style))
}

fn numbers() -> impl Strategy<Value = Vec<u8>> {
    let number = prop_oneof![0..70u64, any::<u64>()].prop_map(varint::bytes);
    vec(number, 0..5).prop_map(|numbers| numbers.concat())
}

fn one_frame() -> impl Strategy<Value = Vec<u8>> {
    let payload = prop_oneof![section(), numbers(), vec(any::<u8>(), 0..20)];
    let kind = prop_oneof![4 => select(vec![0u64, 1, 4]), 1 => 0..0x30u64];
    (kind, payload).prop_map(|(kind, payload)| {
        let mut bytes = Vec::new();
        frame::write(kind, &payload, &mut bytes);
        bytes
    })
}

/// A step of the property: a stream, what happens after, and a few frames, perhaps cut off.
fn step() -> impl Strategy<Value = Vec<u8>> {
    let begin = prop_oneof![Just(Vec::new()), (0..4u8).prop_map(|kind| vec![kind])];
    let frames = vec(one_frame(), 0..4).prop_map(|frames| frames.concat());
    let end = prop_oneof![3 => Just(0u8), 1 => 0..4u8];
    (0..8u8, end, begin, frames, 200..=255usize).prop_map(|(stream, end, begin, frames, most)| {
        let mut bytes = [begin, frames].concat();
        bytes.truncate(most);
        [vec![stream | end << 3, bytes.len() as u8], bytes].concat()
    })
}

proptest! {
    #![proptest_config(cases(5000))]

    #[test]
    fn h3_frames(settings in any::<u8>(), seed in any::<u8>(), steps in vec(step(), 0..6)) {
        properties::h3_frames(&[vec![settings, seed], steps.concat()].concat());
    }

    #[test]
    fn h3_frames_on_noise(data in vec(any::<u8>(), 0..100)) {
        properties::h3_frames(&data);
    }

    /// Field sections that are cut off or changed do not panic.
    #[test]
    fn field_sections_on_noise(mut section in section(), at in any::<prop::sample::Index>(), byte: u8) {
        let at = at.index(section.len());
        let _ = qpack::read(&section[..at], 1000);
        section[at] = byte;
        let _ = qpack::read(&section, 1000);
    }
}

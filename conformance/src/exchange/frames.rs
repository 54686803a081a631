//! Frames of a case as bytes.

use wsspec_core::Role;
use wsspec_core::deflate::message::Deflator;
use wsspec_core::frame::{FrameWriter, Opcode};
use wsspec_vectors::{Content, Fragments, Frame, Mask, SplitMix64};

/// RSV1, the mark of a compressed message.
const RSV1: u8 = 4;

/// The bytes of a frame, or of a message in fragments, as `sender` sends it. Without a deflator,
/// because compression was not agreed on, nothing is compressed.
pub fn frame_bytes(
    frame: &Frame,
    sender: Role,
    random: &mut SplitMix64,
    deflator: Option<&mut Deflator>,
) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_frame(frame, sender, random, deflator, &mut bytes);
    bytes
}

/// Appends the bytes of a frame, or of a message in fragments, to `out`.
pub(crate) fn write_frame(
    frame: &Frame,
    sender: Role,
    random: &mut SplitMix64,
    deflator: Option<&mut Deflator>,
    out: &mut Vec<u8>,
) {
    let start = out.len();
    let (opcode, mut payload) = match &frame.content {
        Content::Raw(payload) => return out.extend(payload.bytes()),
        Content::Payload(opcode, payload) => (*opcode, payload.bytes()),
        Content::Close(body) => (Opcode::CLOSE, body.bytes()),
    };
    let mut first_rsv = frame.rsv;
    if let Some(deflator) = deflator.filter(|_| frame.deflate) {
        payload = deflator.message(&payload);
        first_rsv |= RSV1;
    }
    let pieces = match &frame.fragments {
        None => vec![payload.as_slice()],
        Some(fragments) => cut(&payload, fragments),
    };
    let masked = sender.masks() == (frame.mask == Mask::Right);
    let last = pieces.len() - 1;
    for (i, piece) in pieces.into_iter().enumerate() {
        let key = masked.then(|| {
            frame
                .key
                .unwrap_or_else(|| (random.next() as u32).to_le_bytes())
        });
        let opcode = if i == 0 { opcode } else { Opcode::CONTINUATION };
        let rsv = if i == 0 { first_rsv } else { 0 };
        let mut writer = FrameWriter::new(opcode, piece)
            .fin(i == last && frame.fin)
            .rsv(rsv)
            .mask(key);
        if let Some(length) = frame.length {
            writer = writer.length(length);
        }
        if let Some(form) = frame.form {
            writer = writer.form(form);
        }
        writer.write(out);
        if let Some(between) = frame.between.as_ref().filter(|_| i < last) {
            write_frame(between, sender, random, None, out);
        }
    }
    if let Some(cut) = frame.cut {
        out.truncate(start + cut);
    }
}

fn cut<'a>(payload: &'a [u8], fragments: &Fragments) -> Vec<&'a [u8]> {
    match fragments {
        Fragments::Each(_) if payload.is_empty() => vec![payload],
        Fragments::Each(size) => payload.chunks(*size).collect(),
        Fragments::Sizes(sizes) => {
            let mut pieces = Vec::new();
            let mut rest = payload;
            for size in sizes {
                let (piece, left) = rest.split_at((*size).min(rest.len()));
                pieces.push(piece);
                rest = left;
            }
            pieces.push(rest);
            pieces
        }
    }
}

//! Edits of frames that the endpoint sends: each changes one frame, drops it or adds others.

use wsspec_core::frame::{FrameHeader, LengthForm, Opcode, apply_mask};

use super::mutation::{Frame, FrameHistory};

/// The frame, changed if it is a data frame.
fn data(mut frame: Frame, change: impl Fn(&mut Frame)) -> Vec<Frame> {
    if frame.is_data() {
        change(&mut frame);
    }
    vec![frame]
}

/// The frame, changed if it has this opcode.
fn only(opcode: Opcode, frame: Frame, change: impl Fn(Frame) -> Vec<Frame>) -> Vec<Frame> {
    if frame.header.opcode == opcode {
        change(frame)
    } else {
        vec![frame]
    }
}

pub(crate) fn length_16(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    data(frame, |f| {
        if f.header.form == LengthForm::Bits7 {
            f.header.form = LengthForm::Bits16;
        }
    })
}
pub(crate) fn length_64(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    data(frame, |f| f.header.form = LengthForm::Bits64)
}
pub(crate) fn length_125_in_16(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    data(frame, |f| {
        if f.header.length == 125 {
            f.header.form = LengthForm::Bits16;
        }
    })
}
pub(crate) fn length_top_bit(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    data(frame, |f| {
        if f.header.form == LengthForm::Bits64 {
            f.header.length |= 1 << 63;
        }
    })
}
/// Keeps the low 16 bits of a length.
pub(crate) fn length_kept_in_16(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    data(frame, |f| {
        if f.header.form == LengthForm::Bits64 {
            f.header.form = LengthForm::Bits16;
        }
    })
}
pub(crate) fn length_one_less(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    data(frame, |f| {
        f.header.length = f.header.length.saturating_sub(1);
        f.header.form = LengthForm::shortest(f.header.length);
    })
}
pub(crate) fn length_one_more(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    data(frame, |f| {
        f.header.length += 1;
        f.header.form = LengthForm::shortest(f.header.length);
    })
}
pub(crate) fn length_8_gib(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    data(frame, |f| {
        f.header.length = 8 << 30;
        f.header.form = LengthForm::Bits64;
    })
}
/// Writes every length that does not fit seven bits in four bytes after 126.
pub(crate) fn length_126_in_4_bytes(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    data(frame, |f| {
        if f.header.form != LengthForm::Bits7 {
            *f = length_in_4_bytes(f, 126);
        }
    })
}
/// Writes a length that does not fit 16 bits in four bytes after 127.
pub(crate) fn length_127_in_4_bytes(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    data(frame, |f| {
        if f.header.form == LengthForm::Bits64 {
            *f = length_in_4_bytes(f, 127);
        }
    })
}

/// What a reader takes a frame for whose length is in four bytes after these seven bits.
fn length_in_4_bytes(frame: &Frame, seven: u8) -> Frame {
    let mut bytes = Vec::new();
    frame.header.write(&mut bytes);
    bytes.truncate(2);
    bytes[1] = bytes[1] & 0x80 | seven;
    bytes.extend((frame.payload.len() as u32).to_be_bytes());
    bytes.extend(frame.header.mask.into_iter().flatten());
    let start = bytes.len();
    bytes.extend(&frame.payload);
    apply_mask(
        &mut bytes[start..],
        frame.header.mask.unwrap_or_default(),
        0,
    );
    let Some(header) = FrameHeader::parse(&bytes) else {
        return frame.clone();
    };
    let mut payload = bytes.split_off(header.size());
    apply_mask(&mut payload, header.mask.unwrap_or_default(), 0);
    Frame { header, payload }
}
pub(crate) fn rsv1(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    data(frame, |f| f.header.rsv ^= 4)
}
pub(crate) fn rsv2(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    data(frame, |f| f.header.rsv |= 2)
}
pub(crate) fn rsv3_on_pong(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    only(Opcode::PONG, frame, |mut f| {
        f.header.rsv |= 1;
        vec![f]
    })
}
pub(crate) fn rsv1_on_pong(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    only(Opcode::PONG, frame, |mut f| {
        f.header.rsv |= 4;
        vec![f]
    })
}
pub(crate) fn reserved_opcode(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    only(Opcode::BINARY, frame, |mut f| {
        f.header.opcode = Opcode::from_bits(3);
        vec![f]
    })
}
pub(crate) fn text_as_binary(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    only(Opcode::TEXT, frame, |mut f| {
        f.header.opcode = Opcode::BINARY;
        vec![f]
    })
}
pub(crate) fn never_final(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    data(frame, |f| f.header.fin = false)
}
pub(crate) fn pong_fragmented(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    only(Opcode::PONG, frame, |mut f| {
        f.header.fin = false;
        vec![f]
    })
}

/// Cuts an unfragmented message in two and lets `order` rearrange the fragments.
fn in_fragments(frame: Frame, order: impl Fn(Vec<Frame>) -> Vec<Frame>) -> Vec<Frame> {
    if !frame.is_data()
        || frame.payload.len() < 2
        || !frame.header.fin
        || frame.header.opcode == Opcode::CONTINUATION
    {
        return vec![frame];
    }
    let (front, back) = frame.payload.split_at(frame.payload.len() / 2);
    let mut first = Frame {
        header: frame.header,
        payload: Vec::new(),
    }
    .with_payload(front.to_vec());
    first.header.fin = false;
    let mut last = Frame {
        header: frame.header,
        payload: Vec::new(),
    }
    .with_payload(back.to_vec());
    last.header.opcode = Opcode::CONTINUATION;
    last.header.rsv = 0;
    order(vec![first, last])
}
pub(crate) fn fragments_reversed(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    in_fragments(frame, |mut frames| {
        let (front, back) = (frames[0].payload.clone(), frames[1].payload.clone());
        frames[0] = frames[0].clone().with_payload(back);
        frames[1] = frames[1].clone().with_payload(front);
        frames
    })
}
pub(crate) fn fragments_with_opcode(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    in_fragments(frame, |mut frames| {
        frames[1].header.opcode = frames[0].header.opcode;
        frames
    })
}
pub(crate) fn fragments_with_rsv1(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    in_fragments(frame, |mut frames| {
        frames[1].header.rsv = frames[0].header.rsv;
        frames
    })
}
pub(crate) fn first_fragment_lost(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    in_fragments(frame, |mut frames| frames.split_off(1))
}

fn pong(frame: Frame, change: impl Fn(Vec<u8>) -> Vec<u8>) -> Vec<Frame> {
    only(Opcode::PONG, frame, |f| {
        let payload = change(f.payload.clone());
        vec![f.with_payload(payload)]
    })
}
pub(crate) fn pong_empty(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    pong(frame, |_| Vec::new())
}
pub(crate) fn pong_other(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    pong(frame, |mut payload| {
        payload.iter_mut().for_each(|b| *b ^= 1);
        payload
    })
}
pub(crate) fn pong_cut(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    pong(frame, |mut payload| {
        payload.truncate(124);
        payload
    })
}
pub(crate) fn pong_as_ping(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    only(Opcode::PONG, frame, |mut f| {
        f.header.opcode = Opcode::PING;
        vec![f]
    })
}
/// Holds a pong back until the next frame.
pub(crate) fn pong_held(frame: Frame, history: &mut FrameHistory) -> Vec<Frame> {
    if frame.header.opcode == Opcode::PONG {
        history.held.push(frame);
        return Vec::new();
    }
    let held = std::mem::take(&mut history.held);
    [frame].into_iter().chain(held).collect()
}

/// Sends a Close after the second pong.
pub(crate) fn closes_of_itself(frame: Frame, history: &mut FrameHistory) -> Vec<Frame> {
    let due = frame.header.opcode == Opcode::PONG && history.frames == 1;
    let header = FrameHeader {
        mask: frame.header.mask,
        ..FrameHeader::new(Opcode::CLOSE, 2)
    };
    let close = Frame {
        header,
        payload: 1000u16.to_be_bytes().to_vec(),
    };
    [frame].into_iter().chain(due.then_some(close)).collect()
}

pub(crate) fn cut_to<const N: usize>(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    if frame.is_data() && frame.payload.len() > N {
        let mut payload = frame.payload.clone();
        payload.truncate(N);
        return vec![frame.with_payload(payload)];
    }
    vec![frame]
}
/// Drops the last byte of frames with exactly this payload length.
pub(crate) fn off_by_one_at<const N: usize>(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    if frame.is_data() && frame.payload.len() == N {
        let mut payload = frame.payload.clone();
        payload.pop();
        return vec![frame.with_payload(payload)];
    }
    vec![frame]
}
pub(crate) fn length_mod_65536(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    let kept = frame.payload.len() % 65_536;
    let mut payload = frame.payload.clone();
    payload.truncate(kept);
    if frame.is_data() {
        vec![frame.with_payload(payload)]
    } else {
        vec![frame]
    }
}
pub(crate) fn last_bit_flipped(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    data(frame, |f| {
        if let Some(last) = f.payload.last_mut() {
            *last ^= 1;
        }
    })
}
pub(crate) fn byte_65535_flipped(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    data(frame, |f| {
        if let Some(byte) = f.payload.get_mut(65_535) {
            *byte ^= 1;
        }
    })
}
pub(crate) fn every_fourth_doubled(frame: Frame, history: &mut FrameHistory) -> Vec<Frame> {
    if frame.is_data() && history.frames % 4 == 3 {
        vec![frame.clone(), frame]
    } else {
        vec![frame]
    }
}
pub(crate) fn every_third_lost(frame: Frame, history: &mut FrameHistory) -> Vec<Frame> {
    if frame.is_data() && history.frames % 3 == 2 {
        Vec::new()
    } else {
        vec![frame]
    }
}
/// Sends the second message after the third.
pub(crate) fn swapped(frame: Frame, history: &mut FrameHistory) -> Vec<Frame> {
    if frame.is_data() && history.messages == 1 {
        history.held.push(frame);
        return Vec::new();
    }
    let held = if frame.is_data() {
        std::mem::take(&mut history.held)
    } else {
        Vec::new()
    };
    [frame].into_iter().chain(held).collect()
}
pub(crate) fn empty_lost(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    if frame.is_data() && frame.payload.is_empty() {
        Vec::new()
    } else {
        vec![frame]
    }
}

fn close(frame: Frame, body: &[u8]) -> Vec<Frame> {
    only(Opcode::CLOSE, frame, |f| {
        vec![f.with_payload(body.to_vec())]
    })
}
pub(crate) fn close_1005(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    close(frame, &1005u16.to_be_bytes())
}
pub(crate) fn close_1006(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    close(frame, &1006u16.to_be_bytes())
}
pub(crate) fn close_1015(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    close(frame, &1015u16.to_be_bytes())
}
pub(crate) fn close_999(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    close(frame, &999u16.to_be_bytes())
}
pub(crate) fn close_one_byte(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    close(frame, &[3])
}
pub(crate) fn close_reason_latin1(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    close(frame, b"\x03\xe8ad\xe9")
}
pub(crate) fn close_too_long(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    close(frame, &[&b"\x03\xe8"[..], &[b'x'; 124]].concat())
}
pub(crate) fn close_accuses(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    close(frame, &1002u16.to_be_bytes())
}
pub(crate) fn data_after_close(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    only(Opcode::CLOSE, frame, |f| {
        let header = FrameHeader {
            mask: f.header.mask,
            ..FrameHeader::new(Opcode::TEXT, 4)
        };
        vec![
            f,
            Frame {
                header,
                payload: b"late".to_vec(),
            },
        ]
    })
}

pub(crate) fn constant_key(mut frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    frame.header.mask = frame.header.mask.map(|_| [0x37, 0xfa, 0x21, 0x3d]);
    vec![frame]
}
pub(crate) fn counting_key(mut frame: Frame, history: &mut FrameHistory) -> Vec<Frame> {
    frame.header.mask = frame
        .header
        .mask
        .map(|_| (history.frames as u32 + 0x0700_0000).to_le_bytes());
    vec![frame]
}
pub(crate) fn key_restarts(mut frame: Frame, history: &mut FrameHistory) -> Vec<Frame> {
    frame.header.mask = frame
        .header
        .mask
        .map(|_| (0x9e37_79b9_u32.wrapping_mul((history.frames as u32 + 1).pow(2))).to_le_bytes());
    vec![frame]
}
pub(crate) fn zero_key(mut frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    frame.header.mask = frame.header.mask.map(|_| [0; 4]);
    vec![frame]
}

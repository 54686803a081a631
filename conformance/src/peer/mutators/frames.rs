//! Spoilers of frames: small functions that change one frame, lose it or put others beside it.

use wsspec_core::frame::{FrameHeader, LengthForm, Opcode};

use super::{Frame, Memory};

fn one(frame: Frame) -> Vec<Frame> {
    vec![frame]
}

/// The frame, changed if it is a data frame.
fn data(mut frame: Frame, change: impl Fn(&mut Frame)) -> Vec<Frame> {
    if frame.is_data() {
        change(&mut frame);
    }
    one(frame)
}

/// The frame, changed if it has this opcode.
fn only(opcode: Opcode, frame: Frame, change: impl Fn(Frame) -> Vec<Frame>) -> Vec<Frame> {
    if frame.header.opcode == opcode {
        change(frame)
    } else {
        one(frame)
    }
}

pub(in crate::peer) fn length_16(frame: Frame, _: &mut Memory) -> Vec<Frame> {
    data(frame, |f| {
        if f.header.form == LengthForm::Bits7 {
            f.header.form = LengthForm::Bits16;
        }
    })
}
pub(in crate::peer) fn length_64(frame: Frame, _: &mut Memory) -> Vec<Frame> {
    data(frame, |f| f.header.form = LengthForm::Bits64)
}
pub(in crate::peer) fn length_125_in_16(frame: Frame, _: &mut Memory) -> Vec<Frame> {
    data(frame, |f| {
        if f.header.length == 125 {
            f.header.form = LengthForm::Bits16;
        }
    })
}
pub(in crate::peer) fn length_top_bit(frame: Frame, _: &mut Memory) -> Vec<Frame> {
    data(frame, |f| {
        if f.header.form == LengthForm::Bits64 {
            f.header.length |= 1 << 63;
        }
    })
}
pub(in crate::peer) fn rsv1(frame: Frame, _: &mut Memory) -> Vec<Frame> {
    data(frame, |f| f.header.rsv ^= 4)
}
pub(in crate::peer) fn rsv2(frame: Frame, _: &mut Memory) -> Vec<Frame> {
    data(frame, |f| f.header.rsv |= 2)
}
pub(in crate::peer) fn rsv3_on_pong(frame: Frame, _: &mut Memory) -> Vec<Frame> {
    only(Opcode::PONG, frame, |mut f| {
        f.header.rsv |= 1;
        one(f)
    })
}
pub(in crate::peer) fn rsv1_on_pong(frame: Frame, _: &mut Memory) -> Vec<Frame> {
    only(Opcode::PONG, frame, |mut f| {
        f.header.rsv |= 4;
        one(f)
    })
}
pub(in crate::peer) fn reserved_opcode(frame: Frame, _: &mut Memory) -> Vec<Frame> {
    only(Opcode::BINARY, frame, |mut f| {
        f.header.opcode = Opcode::from_bits(3);
        one(f)
    })
}
pub(in crate::peer) fn text_as_binary(frame: Frame, _: &mut Memory) -> Vec<Frame> {
    only(Opcode::TEXT, frame, |mut f| {
        f.header.opcode = Opcode::BINARY;
        one(f)
    })
}
pub(in crate::peer) fn never_final(frame: Frame, _: &mut Memory) -> Vec<Frame> {
    data(frame, |f| f.header.fin = false)
}
pub(in crate::peer) fn pong_fragmented(frame: Frame, _: &mut Memory) -> Vec<Frame> {
    only(Opcode::PONG, frame, |mut f| {
        f.header.fin = false;
        one(f)
    })
}

/// A message in fragments, made by `pieces` from its payload and the headers of first and later ones.
fn in_fragments(frame: Frame, order: impl Fn(Vec<Frame>) -> Vec<Frame>) -> Vec<Frame> {
    if !frame.is_data()
        || frame.payload.len() < 2
        || !frame.header.fin
        || frame.header.opcode == Opcode::CONTINUATION
    {
        return one(frame);
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
pub(in crate::peer) fn fragments_reversed(frame: Frame, _: &mut Memory) -> Vec<Frame> {
    in_fragments(frame, |mut frames| {
        let (front, back) = (frames[0].payload.clone(), frames[1].payload.clone());
        frames[0] = frames[0].clone().with_payload(back);
        frames[1] = frames[1].clone().with_payload(front);
        frames
    })
}
pub(in crate::peer) fn fragments_with_opcode(frame: Frame, _: &mut Memory) -> Vec<Frame> {
    in_fragments(frame, |mut frames| {
        frames[1].header.opcode = frames[0].header.opcode;
        frames
    })
}
pub(in crate::peer) fn fragments_with_rsv1(frame: Frame, _: &mut Memory) -> Vec<Frame> {
    in_fragments(frame, |mut frames| {
        frames[1].header.rsv = frames[0].header.rsv;
        frames
    })
}
pub(in crate::peer) fn first_fragment_lost(frame: Frame, _: &mut Memory) -> Vec<Frame> {
    in_fragments(frame, |mut frames| frames.split_off(1))
}

fn pong(frame: Frame, change: impl Fn(Vec<u8>) -> Vec<u8>) -> Vec<Frame> {
    only(Opcode::PONG, frame, |f| {
        let payload = change(f.payload.clone());
        one(f.with_payload(payload))
    })
}
pub(in crate::peer) fn pong_empty(frame: Frame, _: &mut Memory) -> Vec<Frame> {
    pong(frame, |_| Vec::new())
}
pub(in crate::peer) fn pong_other(frame: Frame, _: &mut Memory) -> Vec<Frame> {
    pong(frame, |mut payload| {
        payload.iter_mut().for_each(|b| *b ^= 1);
        payload
    })
}
pub(in crate::peer) fn pong_cut(frame: Frame, _: &mut Memory) -> Vec<Frame> {
    pong(frame, |mut payload| {
        payload.truncate(124);
        payload
    })
}
pub(in crate::peer) fn pong_as_ping(frame: Frame, _: &mut Memory) -> Vec<Frame> {
    only(Opcode::PONG, frame, |mut f| {
        f.header.opcode = Opcode::PING;
        one(f)
    })
}
/// A pong that waits for the next frame.
pub(in crate::peer) fn pong_held(frame: Frame, memory: &mut Memory) -> Vec<Frame> {
    if frame.header.opcode == Opcode::PONG {
        memory.held.push(frame);
        return Vec::new();
    }
    let held = std::mem::take(&mut memory.held);
    [frame].into_iter().chain(held).collect()
}

/// The top half of a 64-bit length is lost.
pub(in crate::peer) fn length_32(header: &mut FrameHeader) {
    header.length &= 0xffff_ffff;
}
/// The top half of a 32-bit length, likewise.
pub(in crate::peer) fn length_16_read(header: &mut FrameHeader) {
    header.length &= 0xffff;
}

/// A Close of its own behind the second pong.
pub(in crate::peer) fn closes_of_itself(frame: Frame, memory: &mut Memory) -> Vec<Frame> {
    let due = frame.header.opcode == Opcode::PONG && memory.frames == 1;
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

pub(in crate::peer) fn cut_to<const N: usize>(frame: Frame, _: &mut Memory) -> Vec<Frame> {
    if frame.is_data() && frame.payload.len() > N {
        let mut payload = frame.payload.clone();
        payload.truncate(N);
        return one(frame.with_payload(payload));
    }
    one(frame)
}
/// One byte is lost from messages of exactly this size.
pub(in crate::peer) fn off_by_one_at<const N: usize>(frame: Frame, _: &mut Memory) -> Vec<Frame> {
    if frame.is_data() && frame.payload.len() == N {
        let mut payload = frame.payload.clone();
        payload.pop();
        return one(frame.with_payload(payload));
    }
    one(frame)
}
pub(in crate::peer) fn length_mod_65536(frame: Frame, _: &mut Memory) -> Vec<Frame> {
    let kept = frame.payload.len() % 65_536;
    let mut payload = frame.payload.clone();
    payload.truncate(kept);
    if frame.is_data() {
        one(frame.with_payload(payload))
    } else {
        one(frame)
    }
}
pub(in crate::peer) fn last_bit_flipped(frame: Frame, _: &mut Memory) -> Vec<Frame> {
    data(frame, |f| {
        if let Some(last) = f.payload.last_mut() {
            *last ^= 1;
        }
    })
}
pub(in crate::peer) fn byte_65535_flipped(frame: Frame, _: &mut Memory) -> Vec<Frame> {
    data(frame, |f| {
        if let Some(byte) = f.payload.get_mut(65_535) {
            *byte ^= 1;
        }
    })
}
pub(in crate::peer) fn every_fourth_doubled(frame: Frame, memory: &mut Memory) -> Vec<Frame> {
    if frame.is_data() && memory.frames % 4 == 3 {
        vec![frame.clone(), frame]
    } else {
        one(frame)
    }
}
pub(in crate::peer) fn every_third_lost(frame: Frame, memory: &mut Memory) -> Vec<Frame> {
    if frame.is_data() && memory.frames % 3 == 2 {
        Vec::new()
    } else {
        one(frame)
    }
}
/// The second message waits for the third.
pub(in crate::peer) fn swapped(frame: Frame, memory: &mut Memory) -> Vec<Frame> {
    if frame.is_data() && memory.messages == 1 {
        memory.held.push(frame);
        return Vec::new();
    }
    let held = if frame.is_data() {
        std::mem::take(&mut memory.held)
    } else {
        Vec::new()
    };
    [frame].into_iter().chain(held).collect()
}
pub(in crate::peer) fn empty_lost(frame: Frame, _: &mut Memory) -> Vec<Frame> {
    if frame.is_data() && frame.payload.is_empty() {
        Vec::new()
    } else {
        one(frame)
    }
}

fn close(frame: Frame, body: &[u8]) -> Vec<Frame> {
    only(Opcode::CLOSE, frame, |f| one(f.with_payload(body.to_vec())))
}
pub(in crate::peer) fn close_1005(frame: Frame, _: &mut Memory) -> Vec<Frame> {
    close(frame, &1005u16.to_be_bytes())
}
pub(in crate::peer) fn close_1006(frame: Frame, _: &mut Memory) -> Vec<Frame> {
    close(frame, &1006u16.to_be_bytes())
}
pub(in crate::peer) fn close_1015(frame: Frame, _: &mut Memory) -> Vec<Frame> {
    close(frame, &1015u16.to_be_bytes())
}
pub(in crate::peer) fn close_999(frame: Frame, _: &mut Memory) -> Vec<Frame> {
    close(frame, &999u16.to_be_bytes())
}
pub(in crate::peer) fn close_one_byte(frame: Frame, _: &mut Memory) -> Vec<Frame> {
    close(frame, &[3])
}
pub(in crate::peer) fn close_reason_latin1(frame: Frame, _: &mut Memory) -> Vec<Frame> {
    close(frame, b"\x03\xe8ad\xe9")
}
pub(in crate::peer) fn close_too_long(frame: Frame, _: &mut Memory) -> Vec<Frame> {
    close(frame, &[&b"\x03\xe8"[..], &[b'x'; 124]].concat())
}
pub(in crate::peer) fn close_accuses(frame: Frame, _: &mut Memory) -> Vec<Frame> {
    close(frame, &1002u16.to_be_bytes())
}
pub(in crate::peer) fn data_after_close(frame: Frame, _: &mut Memory) -> Vec<Frame> {
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

pub(in crate::peer) fn constant_key(mut frame: Frame, _: &mut Memory) -> Vec<Frame> {
    frame.header.mask = frame.header.mask.map(|_| [0x37, 0xfa, 0x21, 0x3d]);
    one(frame)
}
pub(in crate::peer) fn counting_key(mut frame: Frame, memory: &mut Memory) -> Vec<Frame> {
    frame.header.mask = frame
        .header
        .mask
        .map(|_| (memory.frames as u32 + 0x0700_0000).to_le_bytes());
    one(frame)
}
pub(in crate::peer) fn key_restarts(mut frame: Frame, memory: &mut Memory) -> Vec<Frame> {
    frame.header.mask = frame
        .header
        .mask
        .map(|_| (0x9e37_79b9_u32.wrapping_mul((memory.frames as u32 + 1).pow(2))).to_le_bytes());
    one(frame)
}
pub(in crate::peer) fn zero_key(mut frame: Frame, _: &mut Memory) -> Vec<Frame> {
    frame.header.mask = frame.header.mask.map(|_| [0; 4]);
    one(frame)
}

// What the endpoint reads of frames.

pub(in crate::peer) fn crash_on_fragment_9(frame: Frame, memory: &mut Memory) -> Vec<Frame> {
    memory.crash |= frame.is_data() && memory.fragments == 8;
    one(frame)
}
pub(in crate::peer) fn crash_on_empty_message(frame: Frame, memory: &mut Memory) -> Vec<Frame> {
    memory.crash |= frame.is_data() && frame.header.fin && memory.bytes + frame.payload.len() == 0;
    one(frame)
}
pub(in crate::peer) fn crash_on_empty_fragment(frame: Frame, memory: &mut Memory) -> Vec<Frame> {
    memory.crash |= frame.is_data() && !frame.header.fin && frame.payload.is_empty();
    one(frame)
}
pub(in crate::peer) fn crash_on_ping_inside(frame: Frame, memory: &mut Memory) -> Vec<Frame> {
    memory.crash |= frame.header.opcode == Opcode::PING && memory.fragments > 0;
    one(frame)
}
pub(in crate::peer) fn crash_on_pong(frame: Frame, memory: &mut Memory) -> Vec<Frame> {
    memory.crash |= frame.header.opcode == Opcode::PONG;
    one(frame)
}
pub(in crate::peer) fn crash_at<const N: usize>(frame: Frame, memory: &mut Memory) -> Vec<Frame> {
    memory.crash |= frame.is_data() && frame.payload.len() == N;
    one(frame)
}
/// After a thousand frames nothing is read any more.
pub(in crate::peer) fn tires(frame: Frame, memory: &mut Memory) -> Vec<Frame> {
    if memory.frames < 1000 {
        one(frame)
    } else {
        Vec::new()
    }
}
pub(in crate::peer) fn zeros_stop(frame: Frame, _: &mut Memory) -> Vec<Frame> {
    let end = frame.payload.iter().position(|b| *b == 0);
    match end {
        Some(end) if frame.is_data() => {
            let payload = frame.payload[..end].to_vec();
            one(frame.with_payload(payload))
        }
        _ => one(frame),
    }
}
/// Text is checked fragment by fragment, so that a character across two of them is refused.
pub(in crate::peer) fn utf8_by_fragment(frame: Frame, memory: &mut Memory) -> Vec<Frame> {
    let fragment =
        frame.header.opcode == Opcode::TEXT || frame.header.opcode == Opcode::CONTINUATION;
    memory.crash |= fragment && std::str::from_utf8(&frame.payload).is_err();
    one(frame)
}

/// Text that is not UTF-8 piece by piece is not looked at before its last fragment has come.
pub(in crate::peer) fn utf8_at_end(frame: Frame, memory: &mut Memory) -> Vec<Frame> {
    let plain = frame.is_data() && frame.header.rsv == 0;
    if !plain || memory.held.is_empty() && std::str::from_utf8(&frame.payload).is_ok() {
        return one(frame);
    }
    let fin = frame.header.fin;
    memory.held.push(frame);
    if fin {
        std::mem::take(&mut memory.held)
    } else {
        Vec::new()
    }
}

/// These bytes are taken for a character: something of the same length stands for them.
fn taken(frame: Frame, wrong: &[u8]) -> Vec<Frame> {
    let mut frame = frame;
    while let Some(at) = frame
        .payload
        .windows(wrong.len())
        .position(|bytes| bytes == wrong)
    {
        frame.payload[at..at + wrong.len()].fill(b'?');
    }
    one(frame)
}
pub(in crate::peer) fn surrogates_taken(mut frame: Frame, _: &mut Memory) -> Vec<Frame> {
    for at in 0..frame.payload.len().saturating_sub(2) {
        if matches!(frame.payload[at..at + 3], [0xed, 0xa0..=0xbf, 0x80..=0xbf]) {
            frame.payload[at..at + 3].fill(b'?');
        }
    }
    one(frame)
}
pub(in crate::peer) fn overlong_taken(frame: Frame, _: &mut Memory) -> Vec<Frame> {
    taken(frame, &[0xc0, 0xaf])
}
pub(in crate::peer) fn beyond_unicode_taken(mut frame: Frame, _: &mut Memory) -> Vec<Frame> {
    for at in 0..frame.payload.len().saturating_sub(3) {
        if matches!(
            frame.payload[at..at + 4],
            [0xf4, 0x90..=0xbf, 0x80..=0xbf, 0x80..=0xbf]
        ) {
            frame.payload[at..at + 4].fill(b'?');
        }
    }
    one(frame)
}
/// The end of a message inside a character is not noticed.
pub(in crate::peer) fn cut_character_taken(mut frame: Frame, _: &mut Memory) -> Vec<Frame> {
    if frame.header.fin && frame.is_data() {
        let end = match std::str::from_utf8(&frame.payload) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => return one(frame),
        };
        frame.payload[end..].fill(b'?');
    }
    one(frame)
}
pub(in crate::peer) fn text_without_bom(frame: Frame, _: &mut Memory) -> Vec<Frame> {
    match frame
        .payload
        .strip_prefix(b"\xef\xbb\xbf")
        .map(<[u8]>::to_vec)
    {
        Some(rest) if frame.header.opcode == Opcode::TEXT => one(frame.with_payload(rest)),
        _ => one(frame),
    }
}
pub(in crate::peer) fn line_ends_changed(frame: Frame, _: &mut Memory) -> Vec<Frame> {
    if frame.header.opcode != Opcode::TEXT {
        return one(frame);
    }
    let payload = String::from_utf8_lossy(&frame.payload)
        .replace("\r\n", "\n")
        .into_bytes();
    if payload.len() == frame.payload.len() {
        one(frame)
    } else {
        one(frame.with_payload(payload))
    }
}

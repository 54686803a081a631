//! Edits of frames on their way to the endpoint, and crashes on them. Each edit is named for what
//! the endpoint then gets wrong.

use wsspec_core::frame::{FrameHeader, LengthForm, Opcode};

use super::mutation::{Frame, FrameHistory};

/// Reads the lower 32 bits of a length.
pub(crate) fn length_32(header: &mut FrameHeader) {
    header.length &= 0xffff_ffff;
}
/// Reads the lower 32 bits of a length, and checks the top bit.
pub(crate) fn length_32_checked(header: &mut FrameHeader) {
    if header.length >> 63 == 0 {
        header.length &= 0xffff_ffff;
        header.form = LengthForm::shortest(header.length);
    }
}
/// Reads the lower 16 bits of a length.
pub(crate) fn length_16_read(header: &mut FrameHeader) {
    header.length &= 0xffff;
}

pub(crate) fn crash_on_fragment_9(frame: Frame, history: &mut FrameHistory) -> Vec<Frame> {
    history.crash |= frame.is_data() && history.fragments == 8;
    vec![frame]
}
pub(crate) fn crash_on_empty_message(frame: Frame, history: &mut FrameHistory) -> Vec<Frame> {
    history.crash |=
        frame.is_data() && frame.header.fin && history.bytes + frame.payload.len() == 0;
    vec![frame]
}
pub(crate) fn crash_on_empty_fragment(frame: Frame, history: &mut FrameHistory) -> Vec<Frame> {
    history.crash |= frame.is_data() && !frame.header.fin && frame.payload.is_empty();
    vec![frame]
}
pub(crate) fn crash_on_ping_inside(frame: Frame, history: &mut FrameHistory) -> Vec<Frame> {
    history.crash |= frame.header.opcode == Opcode::PING && history.fragments > 0;
    vec![frame]
}
pub(crate) fn crash_on_pong(frame: Frame, history: &mut FrameHistory) -> Vec<Frame> {
    history.crash |= frame.header.opcode == Opcode::PONG;
    vec![frame]
}
pub(crate) fn crash_at<const N: usize>(frame: Frame, history: &mut FrameHistory) -> Vec<Frame> {
    history.crash |= frame.is_data() && frame.payload.len() == N;
    vec![frame]
}
/// Reads nothing after a thousand frames.
pub(crate) fn tires(frame: Frame, history: &mut FrameHistory) -> Vec<Frame> {
    if history.frames < 1000 {
        vec![frame]
    } else {
        Vec::new()
    }
}
pub(crate) fn zeros_stop(frame: Frame, history: &mut FrameHistory) -> Vec<Frame> {
    let end = frame.payload.iter().position(|b| *b == 0);
    match end {
        Some(end) if frame.is_data() && !history.compressed => {
            let payload = frame.payload[..end].to_vec();
            vec![frame.with_payload(payload)]
        }
        _ => vec![frame],
    }
}
/// Checks text fragment by fragment, so that a character split across two fragments is refused.
pub(crate) fn utf8_by_fragment(frame: Frame, history: &mut FrameHistory) -> Vec<Frame> {
    history.crash |= is_text(&frame, history) && std::str::from_utf8(&frame.payload).is_err();
    vec![frame]
}

/// Holds text whose fragments are not UTF-8 one by one back until the last fragment arrives.
pub(crate) fn utf8_at_end(frame: Frame, history: &mut FrameHistory) -> Vec<Frame> {
    let plain = frame.is_data() && frame.header.rsv == 0;
    if !plain || history.held.is_empty() && std::str::from_utf8(&frame.payload).is_ok() {
        return vec![frame];
    }
    let fin = frame.header.fin;
    history.held.push(frame);
    if fin {
        std::mem::take(&mut history.held)
    } else {
        Vec::new()
    }
}

/// Whether text is to be read in this frame.
fn is_text(frame: &Frame, history: &FrameHistory) -> bool {
    frame.is_data() && history.text && !history.compressed
}

/// Lets invalid bytes pass: replaces them by valid ones of the same length.
fn taken(mut frame: Frame, history: &FrameHistory, wrong: &[u8]) -> Vec<Frame> {
    if !is_text(&frame, history) {
        return vec![frame];
    }
    while let Some(at) = frame
        .payload
        .windows(wrong.len())
        .position(|bytes| bytes == wrong)
    {
        frame.payload[at..at + wrong.len()].fill(b'?');
    }
    vec![frame]
}
pub(crate) fn surrogates_taken(mut frame: Frame, history: &mut FrameHistory) -> Vec<Frame> {
    if !is_text(&frame, history) {
        return vec![frame];
    }
    for at in 0..frame.payload.len().saturating_sub(2) {
        if matches!(frame.payload[at..at + 3], [0xed, 0xa0..=0xbf, 0x80..=0xbf]) {
            frame.payload[at..at + 3].fill(b'?');
        }
    }
    vec![frame]
}
pub(crate) fn overlong_taken(frame: Frame, history: &mut FrameHistory) -> Vec<Frame> {
    taken(frame, history, &[0xc0, 0xaf])
}
pub(crate) fn beyond_unicode_taken(mut frame: Frame, history: &mut FrameHistory) -> Vec<Frame> {
    if !is_text(&frame, history) {
        return vec![frame];
    }
    for at in 0..frame.payload.len().saturating_sub(3) {
        if matches!(
            frame.payload[at..at + 4],
            [0xf4, 0x90..=0xbf, 0x80..=0xbf, 0x80..=0xbf]
        ) {
            frame.payload[at..at + 4].fill(b'?');
        }
    }
    vec![frame]
}
/// Lets text pass that ends inside a character.
pub(crate) fn cut_character_taken(mut frame: Frame, history: &mut FrameHistory) -> Vec<Frame> {
    if frame.header.fin && is_text(&frame, history) {
        let end = match std::str::from_utf8(&frame.payload) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => return vec![frame],
        };
        frame.payload[end..].fill(b'?');
    }
    vec![frame]
}
pub(crate) fn text_without_bom(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    match frame
        .payload
        .strip_prefix(b"\xef\xbb\xbf")
        .map(<[u8]>::to_vec)
    {
        Some(rest) if frame.header.opcode == Opcode::TEXT => vec![frame.with_payload(rest)],
        _ => vec![frame],
    }
}
pub(crate) fn line_ends_changed(frame: Frame, history: &mut FrameHistory) -> Vec<Frame> {
    let changed = std::str::from_utf8(&frame.payload).map(|text| text.replace("\r\n", "\n"));
    match changed {
        Ok(text) if is_text(&frame, history) && text.len() < frame.payload.len() => {
            vec![frame.with_payload(text.into_bytes())]
        }
        _ => vec![frame],
    }
}
/// Whether the frame begins a compressed message.
fn begins_compressed(frame: &Frame) -> bool {
    frame.is_data() && frame.header.rsv & 4 != 0
}
pub(crate) fn crash_on_final_block(frame: Frame, history: &mut FrameHistory) -> Vec<Frame> {
    let is_final = frame.payload.first().is_some_and(|byte| byte & 1 == 1);
    history.crash |= begins_compressed(&frame) && is_final;
    vec![frame]
}
/// Inflates what is there, without the 00 00 FF FF: a length that is cut off is not seen.
pub(crate) fn tail_not_appended(frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    let end = frame.payload.len();
    let cut = match frame.payload.as_slice() {
        [.., 0, 5] => 1,
        [.., 0, 5, 0] => 2,
        _ => 0,
    };
    if !begins_compressed(&frame) || cut == 0 {
        return vec![frame];
    }
    let payload = frame.payload[..end - cut].to_vec();
    vec![frame.with_payload(payload)]
}
/// Answers a pong with a pong: takes it for a ping.
pub(crate) fn pong_is_ping(mut frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    if frame.header.opcode == Opcode::PONG {
        frame.header.opcode = Opcode::PING;
    }
    vec![frame]
}
/// Garbles pings between the fragments of a compressed message, as if they were inflated.
pub(crate) fn ping_inside_garbled(mut frame: Frame, history: &mut FrameHistory) -> Vec<Frame> {
    if frame.header.opcode == Opcode::PING && history.fragments > 0 && history.compressed {
        frame.payload.iter_mut().for_each(|byte| *byte ^= 1);
    }
    vec![frame]
}
/// Refuses a close code: takes it for one that must not be sent.
pub(crate) fn code_refused<const CODE: u16>(mut frame: Frame, _: &mut FrameHistory) -> Vec<Frame> {
    if frame.header.opcode == Opcode::CLOSE && frame.payload.starts_with(&CODE.to_be_bytes()) {
        frame.payload[..2].copy_from_slice(&1006_u16.to_be_bytes());
    }
    vec![frame]
}

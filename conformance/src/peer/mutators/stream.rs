//! One direction of a connection, cut into its head and its frames.

use wsspec_core::dissect::head_length;
use wsspec_core::frame::{FrameHeader, Opcode, apply_mask};

use super::mutation::{Frame, FrameEdit, FrameHistory};

/// The largest payload, in bytes, that is held back until the frame is complete. The endpoint has
/// to see the header of a larger frame as it arrives.
const MAX_HELD_PAYLOAD: u64 = 1 << 20;

/// One direction.
#[derive(Debug, Default)]
pub(super) struct Stream {
    /// The head, or the frame, that is not complete yet.
    pub(super) partial: Vec<u8>,
    /// The head is complete.
    pub(super) past_head: bool,
    /// Bytes are passed on unchanged, since the endpoint has to see a frame as it arrives.
    pub(super) passes: bool,
    pub(super) history: FrameHistory,
    /// The frame whose payload is being read, for [`Stream::piecewise`].
    current: PartialFrame,
}

/// A frame whose payload is not complete yet.
#[derive(Debug, Default)]
struct PartialFrame {
    key: Option<[u8; 4]>,
    /// Payload bytes read.
    done: usize,
    /// Payload bytes still to come.
    left: usize,
}

impl Stream {
    /// Splits off what belongs to the head. Both parts are empty while the head is incomplete.
    pub(super) fn split_head(&mut self, bytes: &[u8]) -> (Vec<u8>, Vec<u8>) {
        if self.past_head || bytes.is_empty() {
            return (Vec::new(), bytes.to_vec());
        }
        self.partial.extend_from_slice(bytes);
        let end = head_length(&self.partial);
        self.past_head = end == 0
            || self.partial[..end].ends_with(b"\n\r\n")
            || self.partial[..end].ends_with(b"\n\n");
        if !self.past_head {
            return (Vec::new(), Vec::new());
        }
        let rest = self.partial.split_off(end);
        (std::mem::take(&mut self.partial), rest)
    }

    /// The bytes with the head edited.
    pub(super) fn head(&mut self, bytes: &[u8], edit: fn(&str) -> String) -> Vec<u8> {
        let (head, rest) = self.split_head(bytes);
        let head = match std::str::from_utf8(&head) {
            Ok(text) if !text.is_empty() => edit(text).into_bytes(),
            _ => head,
        };
        [head, rest].concat()
    }

    /// The bytes with every complete frame edited.
    pub(super) fn frames(&mut self, bytes: &[u8], edit: FrameEdit) -> Vec<u8> {
        let (mut out, rest) = self.split_head(bytes);
        self.partial.extend_from_slice(&rest);
        while let Some(frame) = self.next_frame() {
            let (data, header) = (frame.is_data(), frame.header);
            if data && header.opcode != Opcode::CONTINUATION {
                (self.history.fragments, self.history.bytes) = (0, 0);
                self.history.compressed = header.rsv & 4 != 0;
                self.history.text = header.opcode == Opcode::TEXT;
            }
            let edited = edit(frame, &mut self.history);
            if self.history.crash {
                return out;
            }
            for (nth, mut frame) in edited.into_iter().enumerate() {
                frame.header.mask = frame.header.mask.map(|key| key_of_nth(key, nth));
                frame.write(&mut out);
            }
            self.history.frames += 1;
            if data {
                self.history.fragments += 1;
                self.history.bytes += header.length as usize;
            }
            if header.fin && data {
                (self.history.fragments, self.history.bytes) = (0, 0);
                self.history.messages += 1;
            }
        }
        if self.passes {
            out.append(&mut self.partial);
        }
        out
    }

    /// The next complete frame. Sets `passes` if the frame is too large to wait for.
    fn next_frame(&mut self) -> Option<Frame> {
        if !self.past_head || self.passes {
            return None;
        }
        let header = FrameHeader::parse(&self.partial)?;
        let end = header.size() as u64 + header.length.min(u64::MAX >> 1);
        if end > self.partial.len() as u64 {
            self.passes = header.length > MAX_HELD_PAYLOAD;
            return None;
        }
        let rest = self.partial.split_off(end as usize);
        let mut payload = std::mem::replace(&mut self.partial, rest).split_off(header.size());
        if let Some(key) = header.mask {
            apply_mask(&mut payload, key, 0);
        }
        Some(Frame { header, payload })
    }

    /// Edits headers as soon as they are complete and passes payloads on as they arrive. With
    /// `loses_phase`, each piece of payload is masked anew so that the endpoint unmasks it wrong.
    pub(super) fn piecewise(
        &mut self,
        bytes: &[u8],
        edit: fn(&mut FrameHeader),
        loses_phase: bool,
    ) -> Vec<u8> {
        let (mut out, rest) = self.split_head(bytes);
        let mut input = rest.as_slice();
        while !input.is_empty() {
            let PartialFrame { key, done, left } = &mut self.current;
            if *left == 0 {
                let (byte, later) = input.split_at(1);
                self.partial.extend_from_slice(byte);
                input = later;
                if let Some(mut header) = FrameHeader::parse(&self.partial) {
                    self.partial.clear();
                    edit(&mut header);
                    header.write(&mut out);
                    (*key, *done, *left) = (header.mask, 0, header.length as usize);
                }
                continue;
            }
            let (piece, later) = input.split_at(input.len().min(*left));
            let start = out.len();
            out.extend_from_slice(piece);
            if let Some(key) = key.filter(|_| loses_phase) {
                apply_mask(&mut out[start..], key, 0);
                apply_mask(&mut out[start..], key, *done);
            }
            (*done, *left) = (*done + piece.len(), *left - piece.len());
            input = later;
        }
        out
    }
}

/// A frame that an edit adds has a masking key of its own.
fn key_of_nth(key: [u8; 4], nth: usize) -> [u8; 4] {
    let scrambled = (nth as u32).wrapping_mul(0x9e37_79b1);
    (u32::from_be_bytes(key) ^ scrambled).to_be_bytes()
}

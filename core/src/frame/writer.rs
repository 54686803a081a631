//! Writes frames, conforming or not.
//!
//! Nothing is checked: the header is what was asked for, whatever the payload. Conforming values
//! are only the defaults.

use crate::frame::{FrameHeader, LengthForm, Opcode, apply_mask};

/// One frame to be written.
#[derive(Debug, Clone, Copy)]
pub struct FrameWriter<'a> {
    header: FrameHeader,
    payload: &'a [u8],
}

impl<'a> FrameWriter<'a> {
    /// Creates an unmasked, final frame that conforms.
    pub const fn new(opcode: Opcode, payload: &'a [u8]) -> Self {
        FrameWriter {
            header: FrameHeader::new(opcode, payload.len() as u64),
            payload,
        }
    }

    /// Sets FIN.
    #[must_use]
    pub const fn fin(mut self, fin: bool) -> Self {
        self.header.fin = fin;
        self
    }

    /// Sets the reserved bits: RSV1 is 4, RSV2 is 2, RSV3 is 1.
    #[must_use]
    pub const fn rsv(mut self, rsv: u8) -> Self {
        self.header.rsv = rsv;
        self
    }

    /// Masks the payload with `key`; `None` leaves it unmasked.
    #[must_use]
    pub const fn mask(mut self, key: Option<[u8; 4]>) -> Self {
        self.header.mask = key;
        self
    }

    /// Announces another length than the payload has, in its shortest form.
    #[must_use]
    pub const fn length(mut self, length: u64) -> Self {
        self.header.length = length;
        self.header.form = LengthForm::shortest(length);
        self
    }

    /// Writes the length in this form.
    #[must_use]
    pub const fn form(mut self, form: LengthForm) -> Self {
        self.header.form = form;
        self
    }

    /// Appends the frame to `out`.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.reserve(self.header.size() + self.payload.len());
        self.header.write(out);
        let start = out.len();
        out.extend_from_slice(self.payload);
        if let Some(key) = self.header.mask {
            apply_mask(&mut out[start..], key, 0);
        }
    }

    /// Returns the frame as bytes.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }
}

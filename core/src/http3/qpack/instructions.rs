//! The streams of QPACK (RFC 9204 §4.3 and §4.4) of a peer that knows of no dynamic table.
//!
//! With a capacity of 0 the encoder can only set the capacity to 0, and a decoder that has seen no
//! entry can only cancel streams. Either shows in the first byte of an instruction.

/// Which of the two streams of a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// From the encoder: instructions that change the dynamic table.
    Encoder,
    /// From the decoder: acknowledgements.
    Decoder,
}

/// The most bytes that follow the first of an integer of 62 bits.
const LONGEST: u8 = 9;

/// Reads one of the two streams.
#[derive(Debug, Clone)]
pub struct Instructions {
    side: Side,
    /// How many more bytes the integer may have, while in one.
    within: Option<u8>,
}

impl Instructions {
    /// Begins the stream of that side.
    pub const fn new(side: Side) -> Self {
        Instructions { side, within: None }
    }

    /// Reads on.
    ///
    /// # Errors
    ///
    /// Returns the place in `bytes` of the first that such a peer cannot send. What follows it has
    /// no meaning.
    pub fn read(&mut self, bytes: &[u8]) -> Result<(), usize> {
        let permits = |byte: &u8| self.permits(*byte);
        match bytes.iter().map(permits).position(|permitted| !permitted) {
            Some(place) => Err(place),
            None => Ok(()),
        }
    }

    fn permits(&mut self, byte: u8) -> bool {
        match (self.within, self.side) {
            (Some(left), _) => {
                self.within = left.checked_sub(1).filter(|_| byte & 0x80 != 0);
                left > 0 || byte & 0x80 == 0
            }
            // Set Dynamic Table Capacity to 0.
            (None, Side::Encoder) => byte == 0b0010_0000,
            // Stream Cancellation.
            (None, Side::Decoder) => {
                self.within = (byte == 0b0111_1111).then_some(LONGEST - 1);
                byte >> 6 == 0b01
            }
        }
    }
}

//! The steps through the symbols of a compressed block: one by one, and in a fast loop.

use super::{Inflate, State, Status};
use crate::deflate::bits::Bits;
use crate::deflate::fault::{InflateError, InflateFault, Reach};
use crate::deflate::huffman::{BAD, END, FIXED, LITERAL, NO_CODE};
use crate::deflate::window::LOW;

/// A status if there is nothing more to do now.
type Step = Result<Option<Status>, InflateError>;

impl Inflate {
    /// Reads a literal, a length or the end of the block.
    pub(super) fn symbol(&mut self, input: &mut &[u8], room: &mut usize) -> Step {
        let from = self.bits.offset();
        let Some((entry, bits)) =
            self.peek(input, |this| this.codes().literals.entry(this.bits.hold))
        else {
            return Ok(Some(Status::NeedInput));
        };
        if entry & LITERAL != 0 {
            if *room == 0 {
                return Ok(Some(self.full(bits)));
            }
            self.bits.take(bits);
            self.window.push((entry >> 16) as u8);
            *room -= 1;
        } else if entry & END != 0 {
            self.bits.take(bits);
            return Ok(self.end_block());
        } else if entry & BAD != 0 {
            self.bits.take(bits);
            return Err(self.error(InflateFault::InvalidLiteral(named(entry)), from));
        } else {
            let extra = entry >> 8 & 15;
            if !self.bits.need(bits + extra, input) {
                return Ok(Some(Status::NeedInput));
            }
            self.bits.take(bits);
            let length = ((entry >> 16) + self.bits.take(extra)) as usize;
            self.state = State::Distance { length };
        }
        Ok(None)
    }

    pub(super) fn distance(&mut self, length: usize, input: &mut &[u8]) -> Step {
        let from = self.bits.offset();
        let Some((entry, bits)) =
            self.peek(input, |this| this.codes().distances.entry(this.bits.hold))
        else {
            return Ok(Some(Status::NeedInput));
        };
        if entry & BAD != 0 {
            self.bits.take(bits);
            return Err(self.error(InflateFault::InvalidDistance(named(entry)), from));
        }
        let extra = entry >> 8 & 15;
        if !self.bits.need(bits + extra, input) {
            return Ok(Some(Status::NeedInput));
        }
        self.bits.take(bits);
        let distance = (entry >> 16) + self.bits.take(extra);
        if distance as usize > self.window.reach() {
            return Err(self.error(InflateFault::DistanceTooFar(distance), from));
        }
        if distance > self.reaches.farthest.distance {
            let until = self.bits.offset();
            self.reaches
                .note(Reach { distance, until }, &self.window, self.allowed);
        }
        self.state = State::Copy {
            distance: distance as usize,
            left: length,
        };
        Ok(None)
    }

    pub(super) fn copy(
        &mut self,
        distance: usize,
        left: usize,
        room: &mut usize,
    ) -> Option<Status> {
        let size = left.min(*room);
        if size == 0 {
            return Some(self.full(0));
        }
        self.window.copy(distance, size);
        *room -= size;
        let left = left - size;
        self.state = State::Copy { distance, left };
        None
    }

    /// Handles literals and copies as long as input, room and window suffice for the longest copy.
    ///
    /// 56 bits are enough for two literals and the longest symbol after them, or for a whole copy.
    pub(super) fn race(&mut self, input: &mut &[u8], room: &mut usize) -> Result<(), InflateError> {
        let bytes = *input;
        let tables = if self.fixed { &*FIXED } else { &self.tables };
        let window = &mut self.window;
        let Bits {
            mut hold,
            mut count,
            taken,
        } = self.bits;
        let mut at = 0;
        // The window writes at most a few bytes per iteration before a copy.
        let allowed = window.room().min(*room);
        let begin = window.end();
        let mut error = None;
        while bytes.len() - at >= 16 && window.end() - begin + LOW <= allowed {
            refill(bytes, &mut hold, &mut count, &mut at);
            let mut entry = tables.literals.entry(hold);
            if entry & LITERAL != 0 {
                hold >>= entry & 0xff;
                count -= entry & 0xff;
                window.push((entry >> 16) as u8);
                entry = tables.literals.entry(hold);
                if entry & LITERAL != 0 {
                    hold >>= entry & 0xff;
                    count -= entry & 0xff;
                    window.push((entry >> 16) as u8);
                    entry = tables.literals.entry(hold);
                    if entry & LITERAL != 0 {
                        hold >>= entry & 0xff;
                        count -= entry & 0xff;
                        window.push((entry >> 16) as u8);
                        continue;
                    }
                }
                refill(bytes, &mut hold, &mut count, &mut at);
            }
            if entry & (END | BAD) != 0 {
                // Left to the careful step.
                break;
            }
            hold >>= entry & 0xff;
            count -= entry & 0xff;
            let extra = entry >> 8 & 15;
            let length = (entry >> 16) as usize + (hold & ((1 << extra) - 1)) as usize;
            hold >>= extra;
            count -= extra;

            let from = (taken + at as u64) * 8 - u64::from(count);
            let entry = tables.distances.entry(hold);
            hold >>= entry & 0xff;
            count -= entry & 0xff;
            let extra = entry >> 8 & 15;
            let distance = (entry >> 16) + (hold & ((1 << extra) - 1)) as u32;
            let fault = if entry & BAD != 0 {
                Some(InflateFault::InvalidDistance(named(entry)))
            } else {
                hold >>= extra;
                count -= extra;
                (distance as usize > window.reach())
                    .then_some(InflateFault::DistanceTooFar(distance))
            };
            let until = (taken + at as u64) * 8 - u64::from(count);
            if let Some(fault) = fault {
                error = Some(InflateError { fault, from, until });
                break;
            }
            if distance > self.reaches.farthest.distance {
                self.reaches
                    .note(Reach { distance, until }, window, self.allowed);
            }
            window.copy(distance as usize, length);
        }
        *room -= window.end() - begin;
        *input = &bytes[self.give_back(hold, count, at, taken)..];
        error.map_or(Ok(()), Err)
    }

    /// Keeps the bits that were not used, and gives whole bytes back. Returns how many bytes were
    /// used.
    fn give_back(&mut self, hold: u64, count: u32, at: usize, taken: u64) -> usize {
        // Bytes buffered before the call are not in the input, and stay.
        let spare = ((count / 8) as usize).min(at);
        let (count, at) = (count - 8 * spare as u32, at - spare);
        self.bits = Bits {
            hold: hold & ((1u64 << count) - 1),
            count,
            taken: taken + at as u64,
        };
        at
    }
}

/// Fills `hold` up to at least 56 bits, if eight bytes are left. Upper bits may hold part of the
/// next byte; the next refill writes the same over them.
#[inline]
fn refill(bytes: &[u8], hold: &mut u64, count: &mut u32, at: &mut usize) {
    if let Some(Ok(word)) = bytes.get(*at..*at + 8).map(<[u8; 8]>::try_from) {
        *hold |= u64::from_le_bytes(word) << *count;
        *at += ((63 - *count) >> 3) as usize;
        *count |= 0b11_1000;
    }
}

/// Returns the symbol of a bad entry, if the bits are a code at all.
fn named(entry: u32) -> Option<u16> {
    (entry >> 16 != NO_CODE).then_some((entry >> 16) as u16)
}

//! What can be wrong with a DEFLATE stream, and how far back a stream reached.

use std::error::Error;
use std::fmt;

use super::window::Window;

/// What can be wrong with a DEFLATE stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InflateFault {
    /// Block type 3.
    ReservedBlockType,
    /// NLEN of a stored block is not the complement of LEN.
    StoredLengthMismatch,
    /// More than 286 literal and length codes or more than 30 distance codes.
    TooManySymbols,
    /// The code length code is over-subscribed.
    CodeLengthsOverSubscribed,
    /// The code length code is incomplete.
    CodeLengthsIncomplete,
    /// A repeat of the previous code length at the beginning.
    RepeatWithoutPrevious,
    /// A repeat beyond the number of code lengths announced.
    RepeatTooLong,
    /// A block without a code for its end.
    MissingEndOfBlock,
    /// The literal and length code is over-subscribed.
    LiteralsOverSubscribed,
    /// The literal and length code is incomplete, and is not a single code of one bit.
    LiteralsIncomplete,
    /// The distance code is over-subscribed.
    DistancesOverSubscribed,
    /// The distance code is incomplete, and is neither empty nor a single code of one bit.
    DistancesIncomplete,
    /// Length symbol 286 or 287, or bits that an incomplete code does not use.
    InvalidLiteral(Option<u16>),
    /// Distance symbol 30 or 31, or bits that an incomplete code does not use.
    InvalidDistance(Option<u16>),
    /// A copy from before the beginning of the output.
    DistanceTooFar(u32),
}

impl fmt::Display for InflateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            InflateFault::ReservedBlockType => "reserved block type 3",
            InflateFault::StoredLengthMismatch => {
                "NLEN of a stored block is not the complement of LEN"
            }
            InflateFault::TooManySymbols => "too many literal or distance codes",
            InflateFault::CodeLengthsOverSubscribed => "over-subscribed code length code",
            InflateFault::CodeLengthsIncomplete => "incomplete code length code",
            InflateFault::RepeatWithoutPrevious => "repeat of a code length without a previous one",
            InflateFault::RepeatTooLong => "repeat beyond the announced code lengths",
            InflateFault::MissingEndOfBlock => "no code for the end of the block",
            InflateFault::LiteralsOverSubscribed => "over-subscribed literal and length code",
            InflateFault::LiteralsIncomplete => "incomplete literal and length code",
            InflateFault::DistancesOverSubscribed => "over-subscribed distance code",
            InflateFault::DistancesIncomplete => "incomplete distance code",
            InflateFault::InvalidLiteral(None) => "bits that are no literal or length code",
            InflateFault::InvalidDistance(None) => "bits that are no distance code",
            InflateFault::InvalidLiteral(Some(symbol)) => {
                return write!(f, "invalid length symbol {symbol}");
            }
            InflateFault::InvalidDistance(Some(symbol)) => {
                return write!(f, "invalid distance symbol {symbol}");
            }
            InflateFault::DistanceTooFar(distance) => {
                return write!(
                    f,
                    "distance {distance} reaches before the beginning of the output"
                );
            }
        };
        f.write_str(text)
    }
}

/// A fault, and the bits that prove it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InflateError {
    /// What is wrong.
    pub fault: InflateFault,
    /// Offset of the first bit of the field, the code or the set of lengths that is wrong.
    pub from: u64,
    /// Offset after its last bit. It is checked once it was read whole, so the byte with that bit
    /// is the proof.
    pub until: u64,
}

impl fmt::Display for InflateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (bits {} to {})", self.fault, self.from, self.until)
    }
}

impl Error for InflateError {}

/// A back-reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reach {
    /// Its distance in bytes; 0 for none.
    pub distance: u32,
    /// Offset after its last bit.
    pub until: u64,
}

/// How far back a message has reached, to check what was agreed (RFC 7692 §7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reaches {
    /// The first copy with the largest distance. A window of that size would have been enough.
    pub farthest: Reach,
    /// The first copy from beyond the window; see
    /// [`Inflate::judge_window`](super::inflate::Inflate::judge_window).
    pub beyond_window: Option<Reach>,
    /// The first copy from an earlier message.
    pub beyond_message: Option<Reach>,
}

impl Reaches {
    /// Records a copy that reaches further back than any before. The first one that reaches too far
    /// always does.
    #[cold]
    pub(super) fn note(&mut self, reach: Reach, window: &Window, allowed: u32) {
        self.farthest = reach;
        if reach.distance > allowed {
            self.beyond_window.get_or_insert(reach);
        }
        if reach.distance as usize > window.message() {
            self.beyond_message.get_or_insert(reach);
        }
    }
}

//! What can be wrong with a DEFLATE stream, and how far back it reached.

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
    /// The code length code has more codes than there is room for.
    CodeLengthsOverSubscribed,
    /// The code length code does not use all its room.
    CodeLengthsIncomplete,
    /// A repeat of the previous code length where there is none.
    RepeatWithoutPrevious,
    /// A repeat of more code lengths than were announced.
    RepeatTooLong,
    /// A block that cannot end.
    MissingEndOfBlock,
    /// The literal and length code has more codes than there is room for.
    LiteralsOverSubscribed,
    /// The literal and length code does not use all its room, and is not a single code of one bit.
    LiteralsIncomplete,
    /// The distance code has more codes than there is room for.
    DistancesOverSubscribed,
    /// The distance code does not use all its room, and is neither empty nor a single code of one bit.
    DistancesIncomplete,
    /// Length symbol 286 or 287, or bits that an incomplete code leaves unused.
    InvalidLiteral(Option<u16>),
    /// Distance symbol 30 or 31, or bits that an incomplete code leaves unused.
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

/// A fault and the bits that are at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InflateError {
    /// What is wrong.
    pub fault: InflateFault,
    /// Offset of the first bit of the field, the code or the set of lengths that is wrong.
    pub from: u64,
    /// Offset of the bit behind it. It is judged when it was read whole: the byte with its last bit is the proof.
    pub until: u64,
}

impl fmt::Display for InflateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (bits {} to {})", self.fault, self.from, self.until)
    }
}

impl Error for InflateError {}

/// A back-reference, for those who judge a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reach {
    /// How far back it goes, 0 for none.
    pub distance: u32,
    /// The bit behind it.
    pub until: u64,
}

/// How far back a message has reached, for those who judge an agreement (RFC 7692 §7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reaches {
    /// The first copy with the largest distance; a window that small would have been enough.
    pub farthest: Reach,
    /// The first copy from behind the window, see [`Inflate::judge_window`](super::inflate::Inflate::judge_window).
    pub beyond_window: Option<Reach>,
    /// The first copy from an earlier message.
    pub beyond_message: Option<Reach>,
}

impl Reaches {
    /// Notes a copy that reaches farther than any before. The first that reaches too far always does.
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

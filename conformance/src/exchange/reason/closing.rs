//! Reasons about the end of a connection: Close frames, failing the connection, the end of the
//! stream.

use std::borrow::Cow;
use std::fmt;

use wsspec_core::close::CloseCode;
use wsspec_vectors::Codes;

use super::super::describe;
use super::sample::PayloadSample;
use crate::binding::EndOfStream;

/// Why a connection did not end as it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClosingReason {
    /// The connection had to be failed and is open.
    StillOpen {
        /// A ping was answered.
        pinged: bool,
    },
    /// The target ended the connection before it was given a reason to; what it did is in words.
    TooEarly(String),
    /// Where it had to fail the connection, the target answered our Close as if nothing were wrong.
    AnsweredInstead(Option<u16>),
    /// The target failed the connection with a Close frame without a code.
    NoCode,
    /// The target failed the connection with another code.
    OtherCode {
        /// The code it sent.
        sent: u16,
        /// The codes the case names.
        wanted: Codes,
    },
    /// The target sent the Close frame, with this code, that it sends without the fault too: it took
    /// what it had to refuse.
    ClosedAnyway(Option<u16>),
    /// The reason in the Close frame is another.
    OtherReason(PayloadSample),
    /// The stream ended without a Close frame.
    NoCloseFrame(EndOfStream),
    /// No Close frame came.
    NotClosed,
    /// Our Close was not answered.
    CloseUnanswered,
    /// Our Close was answered with a code that accuses us.
    Accused(u16),
    /// Our Close was answered with another code.
    Answered(u16),
    /// The closing handshake is done, and the server has not ended the stream.
    StreamNotEnded,
    /// The stream has not ended.
    NotEnded,
}

/// A code as a part of a key: its registered name, or its range.
pub(super) fn code_key(code: Option<u16>) -> Cow<'static, str> {
    match code {
        None => "no-code".into(),
        Some(code) => match (CloseCode(code).name(), code) {
            (Some(name), _) => name.to_ascii_lowercase().replace([' ', '/'], "-").into(),
            (None, 3000..=3999) => "registered".into(),
            (None, 4000..=4999) => "private".into(),
            (None, _) => "unassigned".into(),
        },
    }
}

/// A Close frame in words.
pub(super) fn code_words(code: Option<u16>) -> String {
    describe::close_frame(code)
}

impl ClosingReason {
    pub(super) fn key(&self) -> Cow<'static, str> {
        match self {
            ClosingReason::StillOpen { .. } => "closing.still-open".into(),
            ClosingReason::TooEarly(_) => "closing.too-early".into(),
            ClosingReason::AnsweredInstead(_) => "closing.answered-instead".into(),
            ClosingReason::NoCode => "closing.no-code".into(),
            ClosingReason::OtherCode { sent, .. } => {
                format!("closing.other-code.{}", code_key(Some(*sent))).into()
            }
            ClosingReason::ClosedAnyway(_) => "closing.closed-anyway".into(),
            ClosingReason::OtherReason(_) => "closing.other-reason".into(),
            ClosingReason::NoCloseFrame(end) => format!("closing.no-frame.{}", end.key()).into(),
            ClosingReason::NotClosed => "closing.not-closed".into(),
            ClosingReason::CloseUnanswered => "closing.unanswered".into(),
            ClosingReason::Accused(code) => {
                format!("closing.accused.{}", code_key(Some(*code))).into()
            }
            ClosingReason::Answered(_) => "closing.answered".into(),
            ClosingReason::StreamNotEnded => "closing.stream-not-ended".into(),
            ClosingReason::NotEnded => "ended.not".into(),
        }
    }
}

impl fmt::Display for ClosingReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClosingReason::StillOpen { pinged: true } => {
                f.write_str("the connection is still open: a ping was answered")
            }
            ClosingReason::StillOpen { pinged: false } => {
                f.write_str("the connection is still open")
            }
            ClosingReason::TooEarly(what) => write!(
                f,
                "the target ended the connection before it was given a reason to: {what}"
            ),
            ClosingReason::AnsweredInstead(code) => {
                write!(
                    f,
                    "the target answered our Close with {}",
                    code_words(*code)
                )
            }
            ClosingReason::NoCode => {
                f.write_str("failed the connection with a Close frame without a code")
            }
            ClosingReason::OtherCode { sent, wanted } => write!(
                f,
                "failed the connection with {} instead of {}",
                describe::code(*sent),
                describe::codes(wanted)
            ),
            ClosingReason::ClosedAnyway(code) => write!(
                f,
                "the target took what it had to refuse: it sent {}, as it does without the fault",
                code_words(*code)
            ),
            ClosingReason::OtherReason(reason) => {
                write!(f, "the reason in the Close frame is {reason}")
            }
            ClosingReason::NoCloseFrame(end) => write!(f, "{end} without a Close frame"),
            ClosingReason::NotClosed => f.write_str("the target sent no Close frame"),
            ClosingReason::CloseUnanswered => f.write_str("no Close frame in answer to ours"),
            ClosingReason::Accused(code) => {
                write!(
                    f,
                    "the target answered our Close with {}",
                    describe::code(*code)
                )
            }
            ClosingReason::Answered(code) => {
                write!(f, "answered our Close with {}", describe::code(*code))
            }
            ClosingReason::StreamNotEnded => f.write_str(
                "answered our Close but did not end the connection, which is the server's part",
            ),
            ClosingReason::NotEnded => f.write_str("the target has not ended the connection"),
        }
    }
}

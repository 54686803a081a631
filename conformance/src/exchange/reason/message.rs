//! Reasons about messages, echoes and pongs.

use std::borrow::Cow;
use std::fmt;

use super::Lost;
use super::sample::{MessageSample, PayloadSample};

/// What is wrong with the messages and pongs of the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageReason {
    /// Messages did not come back.
    Missing {
        /// Messages that did not.
        owed: usize,
        /// Messages sent.
        sent: usize,
        /// How the conversation was lost, if it was.
        lost: Option<Lost>,
    },
    /// This message did not come.
    None(MessageSample),
    /// What had to be refused was delivered: it came back.
    Delivered(MessageSample),
    /// The echo of a later message came first.
    BeforeItsTurn(MessageSample),
    /// An echo of the right size has wrong bytes.
    EchoDiffers {
        /// The first byte that differs, from 0.
        at: usize,
        /// What came.
        came: MessageSample,
        /// What was sent.
        sent: MessageSample,
    },
    /// Another message came instead of an echo.
    InsteadOfEcho {
        /// What came.
        came: MessageSample,
        /// What was sent.
        sent: MessageSample,
    },
    /// A message came that answers nothing.
    Unasked(MessageSample),
    /// No pong with this payload came.
    NoPong(PayloadSample),
    /// A pong with another payload came.
    OtherPong {
        /// What came.
        came: PayloadSample,
        /// What was sent in the ping.
        wanted: PayloadSample,
    },
}

impl MessageReason {
    /// Whether this is the key of messages that do not come back, or changed, or in another order.
    pub(crate) fn has_other_bytes(key: &str) -> bool {
        matches!(
            key,
            "message.missing"
                | "message.echo-differs"
                | "message.instead-of-echo"
                | "message.before-its-turn"
                | "message.unasked"
        )
    }

    pub(super) fn key(&self) -> Cow<'static, str> {
        match self {
            MessageReason::Missing { lost: None, .. } => "message.missing".into(),
            MessageReason::Missing {
                lost: Some(lost), ..
            } => format!("message.missing/{}", lost.key()).into(),
            MessageReason::None(_) => "message.none".into(),
            MessageReason::Delivered(_) => "message.delivered".into(),
            MessageReason::BeforeItsTurn(_) => "message.before-its-turn".into(),
            MessageReason::EchoDiffers { .. } => "message.echo-differs".into(),
            MessageReason::InsteadOfEcho { .. } => "message.instead-of-echo".into(),
            MessageReason::Unasked(_) => "message.unasked".into(),
            MessageReason::NoPong(_) => "pong.none".into(),
            MessageReason::OtherPong { .. } => "pong.other".into(),
        }
    }
}

impl fmt::Display for MessageReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MessageReason::Missing { owed, sent, lost } => {
                let messages = if *sent == 1 { "message" } else { "messages" };
                write!(f, "{owed} of {sent} {messages} did not come back")?;
                match lost {
                    Some(lost) => write!(f, ": {lost}"),
                    None => Ok(()),
                }
            }
            MessageReason::None(message) => write!(f, "no {message}"),
            MessageReason::Delivered(message) => write!(
                f,
                "the target delivered what it had to refuse, and sent back {message}"
            ),
            MessageReason::BeforeItsTurn(message) => {
                write!(f, "{message} came back before its turn")
            }
            MessageReason::EchoDiffers { at, came, sent } => write!(
                f,
                "the echo has the right length but differs from byte {at} on: {came} instead of \
                 {sent}"
            ),
            MessageReason::InsteadOfEcho { came, sent } => {
                write!(f, "{came} came instead of the echo of {sent}")
            }
            MessageReason::Unasked(message) => write!(f, "{message} came unasked"),
            MessageReason::NoPong(payload) => write!(f, "no pong with {payload}"),
            MessageReason::OtherPong { came, wanted } => {
                write!(f, "a pong with {came} instead of {wanted}")
            }
        }
    }
}

//! Why a case has the verdict it has, as a type.
//!
//! Everything that compares reasons (confirming a failure, grouping failures into causes, the live
//! fuzzer) compares these values or their [keys](Reason::key). The sentences people read are made
//! in one place each, by `Display`.

mod beyond;
mod breakdown;
mod closing;
mod cost;
mod death;
mod framing;
mod message;
mod needs;
mod opening;
mod particular;
mod sample;
mod time_out;
mod transport;

use std::borrow::Cow;
use std::fmt;

use wsspec_core::Violation;
use wsspec_core::violation::Fault;
use wsspec_reports::Verdict;
use wsspec_vectors::TransportWord;

use crate::binding::{EndOfStream, Status};

pub use beyond::Beyond;
pub use breakdown::Breakdown;
pub use closing::ClosingReason;
pub use cost::Cost;
pub use death::{Blame, Death, ServerDeath};
pub use framing::LostFraming;
pub use message::MessageReason;
pub use needs::{Needs, OfferNeed};
pub use opening::{FieldReason, OpeningReason, RequestReason};
pub use particular::Particular;
pub use sample::{MessageSample, PayloadSample};
pub use time_out::TimeOutReason;
pub use transport::TransportReason;

use super::Ending;
use closing::{code_key, code_words};

/// Why a case did not plainly pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The explanation that the vector gives for the alternative that matched.
    Stated {
        /// The name of the word that matched.
        word: &'static str,
        /// The explanation.
        why: String,
    },
    /// The target broke this rule where the case looks for it.
    Broke(Violation, Option<Particular>),
    /// A tolerated deviation from this rule.
    Deviates(Violation),
    /// About the answer to our opening request.
    Opening(OpeningReason),
    /// About the opening request of a client.
    Request(RequestReason),
    /// About messages, echoes and pongs.
    Message(MessageReason),
    /// About the end of the connection.
    Closing(ClosingReason),
    /// The conversation was lost where it had to go on.
    Lost(Lost),
    /// The frames of the target were lost: what it sent from there on cannot be read.
    FramingLost(LostFraming),
    /// A ping was not answered in time.
    PingUnanswered,
    /// The target spoke where silence was due.
    NotQuiet,
    /// A size limit of the target took effect.
    LimitApplied(Lost),
    /// The target exceeds a claimed limit.
    Beyond(Beyond),
    /// About a time after which the target ends a connection.
    TimeOut(TimeOutReason),
    /// No size limit of the target took effect.
    NoLimitApplied,
    /// A further connection is not served.
    NotServed,
    /// The case cost the processes of the target too much.
    Cost(Cost),
    /// About the layer that carries the conversation.
    Transport(TransportReason),
    /// The outcome exists over another transport only.
    NotOnThisTransport(TransportWord),
    /// None of several alternatives happened; a reason for each.
    None(Vec<Reason>),
    /// The opening that the case takes for granted did not work.
    NoPlainConnection(Box<Reason>),
    /// The connection did not survive the conversation.
    DidNotSurvive(Box<Reason>),
    /// The case cannot be run on this target.
    Needs(Needs),
    /// Something broke down that is not the subject of the case.
    Breakdown(Breakdown),
    /// The server died.
    Died(ServerDeath),
    /// The verdict changed when the case was run again.
    Flaky {
        /// The verdict when many cases ran at once.
        first: Verdict,
        /// Its reason.
        because: Option<Box<Reason>>,
        /// The verdict when it ran alone.
        alone: Verdict,
    },
    /// It is wrong only when many connections are open, and more than once.
    OnlyAmongMany {
        /// Connections at once.
        connections: usize,
        /// What is wrong then.
        because: Box<Reason>,
    },
    /// What the target sent broke a rule, whatever the case was about.
    Passive {
        /// The rule, and where in the target's stream.
        fault: Fault,
        /// The first case it was broken in, by id.
        case: String,
    },
    /// The nonces or masking keys of a client are not random.
    Predictable {
        /// The name of the passive rule.
        rule: &'static str,
        /// What was observed.
        observed: String,
    },
}

/// How a conversation was lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lost {
    /// The target sent a Close frame with this code.
    Closed(Option<u16>),
    /// The target ended the stream.
    Ended(EndOfStream),
    /// The target refused the opening.
    Refused(Status),
    /// The head of the target can never become one.
    BrokenHead(Fault),
}

impl Reason {
    /// Stable words for programs: without bytes, numbers or names, so that equal failures have
    /// equal keys.
    pub fn key(&self) -> Cow<'static, str> {
        match self {
            Reason::Stated { word, .. } => format!("stated.{word}").into(),
            Reason::Broke(violation, _) => format!("violation.{}", violation.name()).into(),
            Reason::Deviates(violation) => format!("deviation.{}", violation.name()).into(),
            Reason::Opening(reason) => reason.key(),
            Reason::Request(reason) => reason.key(),
            Reason::Message(reason) => reason.key(),
            Reason::Closing(reason) => reason.key(),
            Reason::Transport(reason) => reason.key(),
            Reason::Lost(lost) => lost.key(),
            Reason::FramingLost(lost) => lost.key(),
            Reason::PingUnanswered => "ping.unanswered".into(),
            Reason::NotQuiet => "quiet.broken".into(),
            Reason::LimitApplied(_) => "limit.applied".into(),
            Reason::Beyond(beyond) => beyond.key(),
            Reason::TimeOut(reason) => reason.key(),
            Reason::NoLimitApplied => "limit.none".into(),
            Reason::NotServed => "not-served".into(),
            Reason::Cost(cost) => cost.key(),
            Reason::NotOnThisTransport(_) => "other-transport".into(),
            Reason::None(reasons) => {
                let mut keys: Vec<Cow<'static, str>> = Vec::new();
                for key in reasons.iter().map(Reason::key) {
                    if !keys.contains(&key) {
                        keys.push(key);
                    }
                }
                keys.join("+").into()
            }
            Reason::NoPlainConnection(reason) => {
                format!("no-plain-connection/{}", reason.key()).into()
            }
            Reason::DidNotSurvive(reason) => format!("not-survived/{}", reason.key()).into(),
            Reason::Needs(needs) => needs.key(),
            Reason::Breakdown(breakdown) => breakdown.key(),
            Reason::Died(death) => death.key(),
            Reason::Flaky { .. } => "flaky".into(),
            Reason::OnlyAmongMany { because, .. } => format!("among-many/{}", because.key()).into(),
            Reason::Passive { fault, .. } => format!("passive.{}", fault.violation.name()).into(),
            Reason::Predictable { rule, .. } => format!("passive.{rule}").into(),
        }
    }

    /// The reason of an expectation none of whose alternatives happened: one reason stands for
    /// itself.
    pub(crate) fn none_of(mut reasons: Vec<Reason>) -> Reason {
        if reasons.len() == 1 {
            reasons.remove(0)
        } else {
            Reason::None(reasons)
        }
    }

    /// Whether `reason` is this one, or a part of it.
    pub(crate) fn contains(&self, reason: &Reason) -> bool {
        if self == reason {
            return true;
        }
        if let (Some(lost), Reason::Lost(other)) = (self.lost(), reason) {
            return lost == *other;
        }
        match self {
            Reason::None(reasons) => reasons.iter().any(|part| part.contains(reason)),
            Reason::NoPlainConnection(inner)
            | Reason::DidNotSurvive(inner)
            | Reason::Needs(Needs::AnswerTaken(inner))
            | Reason::Breakdown(Breakdown::TooSlow { reason: inner, .. }) => inner.contains(reason),
            _ => false,
        }
    }

    /// How the conversation was lost, where that is part of the reason.
    fn lost(&self) -> Option<Lost> {
        match self {
            Reason::Lost(lost) => Some(lost.clone()),
            Reason::Message(MessageReason::Missing { lost, .. }) => lost.clone(),
            Reason::Closing(ClosingReason::NoCloseFrame(end))
            | Reason::Request(RequestReason::Ended(end)) => Some(Lost::Ended(*end)),
            _ => None,
        }
    }

    /// The rule that the target broke, where that is the reason.
    pub(crate) fn broken_rule(&self) -> Option<Violation> {
        match self {
            Reason::Broke(violation, _) => Some(*violation),
            Reason::None(reasons) => reasons.first()?.broken_rule(),
            _ => None,
        }
    }

    /// Whether it was seen several times, alone, before it was given.
    pub(crate) fn is_confirmed(&self) -> bool {
        matches!(self, Reason::Cost(Cost::Growth(_)))
    }

    /// Whether nothing but lateness, of the target or of the network, may be behind it: something has
    /// not come, or came to an end. Wrong bytes and accusations are never late.
    pub(crate) fn may_be_lateness(&self) -> bool {
        match self {
            Reason::Broke(..) | Reason::Cost(_) | Reason::TimeOut(_) => false,
            reason if reason.is_unreadable() => false,
            Reason::Message(reason) => match reason {
                MessageReason::Missing { lost, .. } => {
                    lost.as_ref().is_none_or(|lost| !lost.is_accusation())
                }
                MessageReason::None(_) | MessageReason::NoPong(_) => true,
                MessageReason::Delivered(_)
                | MessageReason::BeforeItsTurn(_)
                | MessageReason::EchoDiffers { .. }
                | MessageReason::InsteadOfEcho { .. }
                | MessageReason::Unasked(_)
                | MessageReason::OtherPong { .. } => false,
            },
            Reason::Lost(lost) => !lost.is_accusation(),
            Reason::None(reasons) => reasons.iter().all(Reason::may_be_lateness),
            Reason::NoPlainConnection(reason) | Reason::DidNotSurvive(reason) => {
                reason.may_be_lateness()
            }
            _ => true,
        }
    }

    /// Whether the target's bytes could not be read any further, whatever the case was about.
    pub(crate) fn is_unreadable(&self) -> bool {
        matches!(
            self,
            Reason::FramingLost(_) | Reason::Transport(TransportReason::Broke { .. })
        )
    }

    /// Whether the opening that the case takes for granted did not work.
    pub(crate) fn is_no_plain_connection(&self) -> bool {
        matches!(self, Reason::NoPlainConnection(_))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Stated { why, .. } => f.write_str(why),
            Reason::Broke(violation, particular) => {
                f.write_str(violation.meaning())?;
                if let Some(particular) = particular {
                    write!(f, ": {particular}")?;
                }
                write!(f, " ({})", violation.clause())
            }
            Reason::Deviates(violation) => f.write_str(violation.meaning()),
            Reason::Opening(reason) => reason.fmt(f),
            Reason::Request(reason) => reason.fmt(f),
            Reason::Message(reason) => reason.fmt(f),
            Reason::Closing(reason) => reason.fmt(f),
            Reason::Transport(reason) => reason.fmt(f),
            Reason::Lost(lost) => lost.fmt(f),
            Reason::FramingLost(lost) => lost.fmt(f),
            Reason::PingUnanswered => f.write_str("no answer to a ping"),
            Reason::NotQuiet => f.write_str("the target did not stay quiet"),
            Reason::LimitApplied(how) => write!(f, "a size limit of the target applied: {how}"),
            Reason::Beyond(beyond) => beyond.fmt(f),
            Reason::TimeOut(reason) => reason.fmt(f),
            Reason::NoLimitApplied => f.write_str("no size limit applied"),
            Reason::NotServed => f.write_str("a second connection is not served"),
            Reason::Cost(cost) => cost.fmt(f),
            Reason::NotOnThisTransport(word) => {
                write!(f, "cannot be observed over this transport: {word}")
            }
            Reason::None(reasons) => {
                for (i, reason) in reasons.iter().enumerate() {
                    let before = if i == 0 { "" } else { "; " };
                    write!(f, "{before}{reason}")?;
                }
                Ok(())
            }
            Reason::NoPlainConnection(reason) => {
                write!(f, "no plain connection to begin with: {reason}")
            }
            Reason::DidNotSurvive(reason) => {
                write!(f, "the connection did not survive: {reason}")
            }
            Reason::Needs(needs) => needs.fmt(f),
            Reason::Breakdown(breakdown) => breakdown.fmt(f),
            Reason::Died(death) => death.fmt(f),
            Reason::Flaky {
                first,
                because,
                alone,
            } => {
                write!(f, "{} among many", first.name())?;
                if let Some(because) = because {
                    write!(f, " ({because})")?;
                }
                write!(f, ", {} alone", alone.name())
            }
            Reason::OnlyAmongMany {
                connections,
                because,
            } => write!(f, "only with {connections} connections at once: {because}"),
            Reason::Passive { fault, case } => {
                write!(f, "{fault} of what the target sent in {case}")
            }
            Reason::Predictable { observed, .. } => f.write_str(observed),
        }
    }
}

impl Lost {
    /// Whether it says that we broke a rule.
    fn is_accusation(&self) -> bool {
        match self {
            Lost::Closed(code) => Ending::Closed(*code).accuses(),
            Lost::BrokenHead(_) => true,
            Lost::Ended(_) | Lost::Refused(_) => false,
        }
    }

    pub(super) fn key(&self) -> Cow<'static, str> {
        match self {
            Lost::Closed(code) => format!("closed.{}", code_key(*code)).into(),
            Lost::Ended(end) => format!("ended.{}", end.key()).into(),
            Lost::Refused(_) => "opening.refused".into(),
            Lost::BrokenHead(fault) => format!("opening.broken.{}", fault.violation.name()).into(),
        }
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Lost::Closed(code) => write!(f, "the target sent {}", code_words(*code)),
            Lost::Ended(end) => end.fmt(f),
            Lost::Refused(status) => write!(f, "the target answered {status}"),
            Lost::BrokenHead(fault) => write!(f, "the target's head is broken: {fault}"),
        }
    }
}

impl From<Lost> for Reason {
    fn from(lost: Lost) -> Reason {
        Reason::Lost(lost)
    }
}

impl From<LostFraming> for Reason {
    fn from(lost: LostFraming) -> Reason {
        Reason::FramingLost(lost)
    }
}

impl From<OpeningReason> for Reason {
    fn from(reason: OpeningReason) -> Reason {
        Reason::Opening(reason)
    }
}

impl From<RequestReason> for Reason {
    fn from(reason: RequestReason) -> Reason {
        Reason::Request(reason)
    }
}

impl From<MessageReason> for Reason {
    fn from(reason: MessageReason) -> Reason {
        Reason::Message(reason)
    }
}

impl From<ClosingReason> for Reason {
    fn from(reason: ClosingReason) -> Reason {
        Reason::Closing(reason)
    }
}

impl From<TransportReason> for Reason {
    fn from(reason: TransportReason) -> Reason {
        Reason::Transport(reason)
    }
}

impl From<Needs> for Reason {
    fn from(needs: Needs) -> Reason {
        Reason::Needs(needs)
    }
}

impl From<Breakdown> for Reason {
    fn from(breakdown: Breakdown) -> Reason {
        Reason::Breakdown(breakdown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wsspec_core::frame::MessageKind;

    /// What is compared has no bytes and no numbers in it; what is read has.
    #[test]
    fn equal_failures_have_equal_keys_whatever_the_bytes() {
        let missing = |owed| {
            Reason::from(MessageReason::Missing {
                owed,
                sent: 13,
                lost: Some(Lost::Ended(EndOfStream::Reset)),
            })
        };
        assert_eq!(missing(1).key(), missing(12).key());
        assert_ne!(missing(1).to_string(), missing(12).to_string());
        let closed = |code| Reason::from(Lost::Closed(Some(code)));
        assert_eq!(closed(1009).key(), "closed.message-too-big");
        assert_eq!(closed(4000).key(), closed(4001).key());
        assert_ne!(closed(1002).key(), closed(1009).key());
        assert_eq!(
            Reason::None(vec![closed(1002), closed(1002), Reason::PingUnanswered]).key(),
            "closed.protocol-error+ping.unanswered"
        );
    }

    #[test]
    fn wrong_bytes_and_accusations_are_never_late() {
        let missing = |lost| {
            Reason::from(MessageReason::Missing {
                owed: 1,
                sent: 1,
                lost,
            })
        };
        let closed = |code| Some(Lost::Closed(Some(code)));
        let garbled = MessageReason::Unasked(MessageSample::of(MessageKind::Text, b"a"));
        for (reason, late) in [
            (missing(None), true),
            (missing(closed(1001)), true),
            (missing(Some(Lost::Ended(EndOfStream::Reset))), true),
            (missing(closed(1002)), false),
            (garbled.clone().into(), false),
            (Reason::PingUnanswered, true),
            (
                Reason::None(vec![Reason::PingUnanswered, garbled.into()]),
                false,
            ),
        ] {
            assert_eq!(reason.may_be_lateness(), late, "{reason}");
        }
    }

    #[test]
    fn a_reason_contains_its_parts() {
        let lost = Reason::from(Lost::Ended(EndOfStream::Finished));
        for whole in [
            lost.clone(),
            Reason::NoPlainConnection(Box::new(lost.clone())),
            Reason::None(vec![Reason::PingUnanswered, lost.clone()]),
        ] {
            assert!(whole.contains(&lost), "{whole}");
            assert!(!whole.contains(&Reason::NotServed), "{whole}");
        }
    }
}

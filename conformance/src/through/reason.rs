//! Why a case for a gateway did not plainly pass, as a type.

use std::borrow::Cow;
use std::fmt;

use wsspec_core::Violation;
use wsspec_core::violation::Fault;
use wsspec_vectors::{Carried, End, OpensBy, Sign};

use crate::binding::Breach;
use crate::exchange::FieldReason;

/// Why a case did not plainly pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The gateway could not be connected to.
    Unreachable(String),
    /// A control does not hold: the case with this id.
    RestsOn(String),
    /// The run ended before its turn.
    NoTurn,
    /// The case is about a connection with this end that opens like this, and it opens otherwise.
    OpensOtherwise(End, OpensBy),
    /// What had to arrive did not.
    Missed {
        /// The end at which it had to arrive.
        at: End,
        /// What had to.
        wanted: Wanted,
        /// What happened instead.
        instead: Instead,
    },
    /// The gateway broke a rule towards this end, which what it had to pass on keeps.
    Broke(End, Fault),
    /// The gateway broke a rule of HTTP/2 or HTTP/3 itself towards this end.
    BrokeCarrier(End, Breach),
    /// A data message arrived that was not sent, or not as it was sent, or not in its order.
    Message {
        /// The end at which it arrived.
        at: End,
        /// Its place among the messages, from 1.
        number: usize,
    },
    /// The explanation that the vector gives for the alternative that matched.
    Stated(String),
}

/// What had to arrive, without its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// The opening request.
    Request,
    /// A response that opens.
    Opening,
    /// One that does not.
    Refusal,
    /// A text message.
    Text,
    /// A binary message.
    Binary,
    /// A ping.
    Ping,
    /// A pong.
    Pong,
    /// A Close frame.
    Close,
    /// The failure of the connection.
    Failure,
    /// The end of the connection.
    End,
    /// Every byte.
    Stream,
    /// Every byte after the head.
    Bytes,
    /// Every frame.
    Frames,
    /// Not what was sent after a refusal.
    Never,
    /// Nothing.
    Quiet,
}

/// What happened instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Instead {
    /// It did not come within the time for it.
    Nothing,
    /// The connection ended before.
    Ended,
    /// A Close frame came before.
    Closed,
    /// Something else of this kind arrived.
    Changed,
    /// It arrived, and must not.
    Arrived,
    /// The gateway answered by itself with this status, and the request did not arrive.
    Answered(u16),
    /// The response has this status.
    Status(u16),
    /// The connection is open.
    Opened,
    /// A head breaks this rule.
    Broke(Violation),
    /// A field of the head is not as it has to be.
    Field(FieldReason),
    /// The request target is another.
    Target(String),
    /// An extended CONNECT arrived that asks for something else than a WebSocket.
    OtherProtocol,
    /// Only a gateway that is an endpoint may do this.
    TunnelOnly,
}

impl Wanted {
    pub(super) fn of(sign: &Sign) -> Wanted {
        match sign {
            Sign::Requested => Wanted::Request,
            Sign::Opened => Wanted::Opening,
            Sign::Refused(_) => Wanted::Refusal,
            Sign::Text(_) => Wanted::Text,
            Sign::Binary(_) => Wanted::Binary,
            Sign::Ping(_) => Wanted::Ping,
            Sign::Pong(_) => Wanted::Pong,
            Sign::Close(_) | Sign::Closed(_) => Wanted::Close,
            Sign::Failed(_) => Wanted::Failure,
            Sign::Ended(_) => Wanted::End,
            Sign::Carried(Carried::Stream) => Wanted::Stream,
            Sign::Carried(Carried::Bytes) => Wanted::Bytes,
            Sign::Carried(Carried::Frames) => Wanted::Frames,
            Sign::Never(_) => Wanted::Never,
            Sign::Quiet => Wanted::Quiet,
        }
    }

    const fn key(self) -> &'static str {
        match self {
            Wanted::Request => "request",
            Wanted::Opening => "opening",
            Wanted::Refusal => "refusal",
            Wanted::Text => "text",
            Wanted::Binary => "binary",
            Wanted::Ping => "ping",
            Wanted::Pong => "pong",
            Wanted::Close => "close",
            Wanted::Failure => "failure",
            Wanted::End => "end",
            Wanted::Stream => "stream",
            Wanted::Bytes => "bytes",
            Wanted::Frames => "frames",
            Wanted::Never => "tunnel",
            Wanted::Quiet => "quiet",
        }
    }
}

impl Instead {
    fn key(&self) -> Cow<'static, str> {
        match self {
            Instead::Nothing => "lost".into(),
            Instead::Ended => "ended".into(),
            Instead::Closed => "closed".into(),
            Instead::Changed => "changed".into(),
            Instead::Arrived => "arrived".into(),
            Instead::Answered(_) => "answered".into(),
            Instead::Status(_) => "status".into(),
            Instead::Opened => "opened".into(),
            Instead::Broke(violation) => format!("violation.{}", violation.name()).into(),
            Instead::Field(field) => field.key().into(),
            Instead::Target(_) => "target".into(),
            Instead::OtherProtocol => "protocol".into(),
            Instead::TunnelOnly => "no-endpoint".into(),
        }
    }
}

impl Reason {
    /// The kind of reason, for programs. A key never changes its meaning.
    pub fn key(&self) -> Cow<'static, str> {
        match self {
            Reason::Unreachable(_) => "through.unreachable".into(),
            Reason::RestsOn(_) => "through.rests-on".into(),
            Reason::NoTurn => "through.no-turn".into(),
            Reason::OpensOtherwise(..) => "through.opens-otherwise".into(),
            Reason::Missed {
                wanted, instead, ..
            } => format!("through.{}.{}", wanted.key(), instead.key()).into(),
            Reason::Broke(_, fault) => format!("violation.{}", fault.violation.name()).into(),
            Reason::BrokeCarrier(_, breach) => format!("violation.{}", breach.rule.name()).into(),
            Reason::Message { .. } => "through.message.other".into(),
            Reason::Stated(_) => "through.stated".into(),
        }
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Wanted::Request => "the opening request",
            Wanted::Opening => "a response that opens the connection",
            Wanted::Refusal => "the refusal",
            Wanted::Text => "the text message",
            Wanted::Binary => "the binary message",
            Wanted::Ping => "the ping",
            Wanted::Pong => "the pong",
            Wanted::Close => "the Close frame",
            Wanted::Failure => "the end of the connection, which has to fail",
            Wanted::End => "the end of the connection",
            Wanted::Stream => "every byte that was sent",
            Wanted::Bytes => "every byte after the head",
            Wanted::Frames => "every frame",
            Wanted::Never => "nothing of what was sent after the opening failed",
            Wanted::Quiet => "nothing",
        })
    }
}

impl fmt::Display for Instead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Instead::Nothing => f.write_str("it did not arrive"),
            Instead::Ended => f.write_str("the connection ended before it"),
            Instead::Closed => f.write_str("a Close frame came before it"),
            Instead::Changed => f.write_str("something else arrived"),
            Instead::Arrived => f.write_str("it arrived"),
            Instead::Answered(status) => write!(f, "the gateway answered {status} by itself"),
            Instead::Status(status) => write!(f, "the status is {status}"),
            Instead::Opened => f.write_str("the connection opened"),
            Instead::Broke(violation) => {
                write!(f, "{} ({})", violation.meaning(), violation.clause())
            }
            Instead::Field(field) => field.fmt(f),
            Instead::Target(target) => write!(f, "the request target is {target}"),
            Instead::OtherProtocol => {
                f.write_str(":method is not CONNECT, or :protocol not websocket")
            }
            Instead::TunnelOnly => {
                f.write_str("that is for an endpoint, and this gateway is a tunnel")
            }
        }
    }
}

/// An end, as sentences name it.
pub(super) const fn end_name(end: End) -> &'static str {
    match end {
        End::Client => "client",
        End::Server => "server",
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Unreachable(why) => write!(f, "cannot connect to the gateway: {why}"),
            Reason::RestsOn(id) => write!(f, "rests on {id}, which does not hold"),
            Reason::NoTurn => f.write_str("the run ended before its turn"),
            Reason::OpensOtherwise(end, by) => write!(
                f,
                "is about {} at the {}",
                match by {
                    OpensBy::Upgrade => "the upgrade of HTTP/1.1",
                    OpensBy::Connect => "an extended CONNECT of HTTP/2 or HTTP/3",
                },
                end_name(*end)
            ),
            Reason::Missed {
                at,
                wanted,
                instead,
            } => write!(
                f,
                "at the {}: expected {wanted}, but {instead}",
                end_name(*at)
            ),
            Reason::Broke(at, fault) => write!(
                f,
                "to the {}: {} ({}), which nothing sent by the other end does",
                end_name(*at),
                fault.violation.meaning(),
                fault.violation.clause()
            ),
            Reason::BrokeCarrier(at, Breach { rule, .. }) => write!(
                f,
                "to the {}: {} ({})",
                end_name(*at),
                rule.meaning(),
                rule.clause()
            ),
            Reason::Message { at, number } => write!(
                f,
                "at the {}: message {number} is not the one that was sent",
                end_name(*at)
            ),
            Reason::Stated(why) => f.write_str(why),
        }
    }
}

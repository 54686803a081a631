//! The events of an endpoint.

use super::opening::Opened;
use crate::frame::MessageKind;
use crate::message::Incoming;
use crate::policy::Reaction;
use crate::violation::Fault;

/// What happened on the connection, with payloads as `P`: `Vec<u8>` from [`poll`](super::Endpoint::poll),
/// `Cow<[u8]>` from [`read`](super::Endpoint::read).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<P = Vec<u8>> {
    /// The opening handshake is done.
    Opened(Opened),
    /// A whole message.
    Message(MessageKind, P),
    /// A ping; it has been answered.
    Ping(P),
    /// A pong.
    Pong(P),
    /// A Close frame with its body, empty or code and reason; it has been answered.
    Close(P),
    /// The peer broke a rule, and this is what was done about it.
    Broken(Fault, Reaction),
    /// The peer ended the transport.
    Ended,
}

impl<P> Event<P> {
    /// The same with its payload in another form.
    pub fn map<Q>(self, payload: impl FnOnce(P) -> Q) -> Event<Q> {
        match self {
            Event::Opened(opened) => Event::Opened(opened),
            Event::Message(kind, p) => Event::Message(kind, payload(p)),
            Event::Ping(p) => Event::Ping(payload(p)),
            Event::Pong(p) => Event::Pong(payload(p)),
            Event::Close(p) => Event::Close(payload(p)),
            Event::Broken(fault, reaction) => Event::Broken(fault, reaction),
            Event::Ended => Event::Ended,
        }
    }

    /// The event of what has come. Frames with a reserved opcode are none.
    #[inline]
    pub(super) fn of(incoming: Incoming<P>) -> Option<Event<P>> {
        Some(match incoming {
            Incoming::Message(kind, payload) => Event::Message(kind, payload),
            Incoming::Ping(payload) => Event::Ping(payload),
            Incoming::Pong(payload) => Event::Pong(payload),
            Incoming::Close(body) => Event::Close(body),
            Incoming::Reserved(..) => return None,
        })
    }
}

//! The states of an endpoint (RFC 6455 §4, §5.5.1 and §7) as two tables, both the same for client
//! and server.
//!
//! Like [`Sequence`](crate::frame::Sequence), which is the third table of a connection, they are
//! constant functions of a state and an event. `core/STATES.md` is generated from them.

use ConnectionEvent::{ClosedByApplication, ClosedByPeer, Failed};
use ConnectionState::{Closed, Closing, Open};
use OpeningEvent::{Accepted, Rejected};
use OpeningState::{Aborted, Done, Reading};

use crate::Role;

/// How far the opening handshake has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OpeningState {
    /// The peer's head is not whole.
    Reading,
    /// The connection is open.
    Done,
    /// The connection never opens.
    Aborted,
}

/// What can happen in the opening handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OpeningEvent {
    /// The head is whole and is accepted.
    Accepted,
    /// The head breaks a rule.
    Rejected,
    /// The peer ended the transport.
    TransportEnded,
}

/// How far the connection has come once it is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConnectionState {
    /// Messages flow.
    Open,
    /// The endpoint has sent its Close frame and waits for the peer's.
    Closing,
    /// Nothing more is read.
    Closed,
}

/// What can end an open connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConnectionEvent {
    /// The application closes the connection.
    ClosedByApplication,
    /// A Close frame has come.
    ClosedByPeer,
    /// The peer broke a rule (RFC 6455 §7.1.7).
    Failed,
    /// The peer ended the transport.
    TransportEnded,
}

/// What an endpoint does about an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Action {
    /// Whether it sends something: in the opening handshake a response, which only servers do;
    /// later a Close frame.
    pub sends: bool,
    /// Who ends the transport, after what is still to be sent.
    pub ends: Ends,
}

/// Which roles end the transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ends {
    /// Neither.
    Neither,
    /// A server only; a client waits for it (RFC 6455 §7.1.1).
    Server,
    /// Either.
    Either,
}

impl Ends {
    /// Whether an endpoint in this role ends the transport.
    pub const fn applies_to(self, role: Role) -> bool {
        match self {
            Ends::Neither => false,
            Ends::Server => matches!(role, Role::Server),
            Ends::Either => true,
        }
    }
}

const NOTHING: Action = act(false, Ends::Neither);

const fn act(sends: bool, ends: Ends) -> Action {
    Action { sends, ends }
}

impl OpeningState {
    /// Every state.
    pub const ALL: [OpeningState; 3] = [Reading, Done, Aborted];

    /// The state after an event, and what the endpoint does.
    pub const fn next(self, event: OpeningEvent) -> (OpeningState, Action) {
        match (self, event) {
            (Reading, Accepted) => (Done, act(true, Ends::Neither)),
            (Reading, Rejected) => (Aborted, act(true, Ends::Either)),
            (Reading | Aborted, OpeningEvent::TransportEnded) => {
                (Aborted, act(false, Ends::Either))
            }
            (Done | Aborted, _) => (self, NOTHING),
        }
    }
}

impl OpeningEvent {
    /// Every event.
    pub const ALL: [OpeningEvent; 3] = [Accepted, Rejected, OpeningEvent::TransportEnded];
}

impl ConnectionState {
    /// Every state.
    pub const ALL: [ConnectionState; 3] = [Open, Closing, Closed];

    /// The state after an event, and what the endpoint does.
    pub const fn next(self, event: ConnectionEvent) -> (ConnectionState, Action) {
        match (self, event) {
            (Open, ClosedByApplication) => (Closing, act(true, Ends::Neither)),
            (Open, ClosedByPeer) => (Closed, act(true, Ends::Server)),
            (Closing, ClosedByPeer) => (Closed, act(false, Ends::Server)),
            (Open, Failed) => (Closed, act(true, Ends::Either)),
            (Closing, Failed) => (Closed, act(false, Ends::Either)),
            (_, ConnectionEvent::TransportEnded) => (Closed, act(false, Ends::Either)),
            (Closing, ClosedByApplication) | (Closed, _) => (self, NOTHING),
        }
    }
}

impl ConnectionEvent {
    /// Every event.
    pub const ALL: [ConnectionEvent; 4] = [
        ClosedByApplication,
        ClosedByPeer,
        Failed,
        ConnectionEvent::TransportEnded,
    ];
}

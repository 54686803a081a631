//! The application on top of an endpoint: it echoes messages, departs from that in one way, or does
//! with messages what a legal application does.

use wsspec_core::close::CloseCode;
use wsspec_core::endpoint::{Endpoint, Event, Phase};
use wsspec_core::frame::MessageKind;
use wsspec_core::violation::ViolationSet;
use wsspec_vectors::{CloseBody, Payload, Tell};

use super::legal::{LegalApplication, Session};

/// How an application departs from echoing every message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AppFault {
    /// Echoes every message.
    #[default]
    None,
    /// Sends nothing.
    Silent,
    /// Echoes wrong bytes of the right length.
    WrongBytes,
    /// Echoes text as binary and binary as text.
    WrongKind,
    /// Echoes at most this number of bytes of a message.
    Truncates(usize),
    /// Echoes every message twice.
    Twice,
    /// Sends a message as soon as the connection opens, then echoes.
    Greets,
    /// Pings when the connection opens and with every message, and echoes.
    Pings,
    /// Never reads and never answers.
    Hangs,
    /// Closes with 1000 and no reason, whatever it is asked to send.
    ClosesBare,
    /// Closes with the code it is asked to send, but without the reason.
    ClosesWithoutReason,
    /// Ends TCP where it is asked to close.
    HangsUp,
    /// Stops serving anyone after this happened on one connection.
    Dies(DeathCause),
    /// As a client, connects to any URL and offers any subprotocol it is given.
    AsksAnything,
}

impl AppFault {
    /// Whether the fault is in what the application does with messages, which a legal application
    /// takes the place of. A peer that hangs does nothing with them.
    pub(crate) fn is_about_messages(self) -> bool {
        match self {
            AppFault::Silent
            | AppFault::WrongBytes
            | AppFault::WrongKind
            | AppFault::Truncates(_)
            | AppFault::Twice
            | AppFault::Greets
            | AppFault::Pings
            | AppFault::Hangs => true,
            AppFault::None
            | AppFault::ClosesBare
            | AppFault::ClosesWithoutReason
            | AppFault::HangsUp
            | AppFault::Dies(_)
            | AppFault::AsksAnything => false,
        }
    }
}

/// What makes a peer stop serving.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeathCause {
    /// A reset of a connection.
    Reset,
    /// The end of a connection without a closing handshake.
    End,
    /// A violation.
    Violation,
    /// More than this number of pings on one connection.
    Pings(usize),
}

/// The application of one connection.
#[derive(Debug)]
pub(super) struct App {
    pub(super) fault: AppFault,
    /// What it does with messages, instead of what the fault says of them.
    legal: Option<Session>,
    /// The violations that the endpoint reported.
    pub(super) violations: ViolationSet,
    /// Pings received.
    pings: usize,
}

impl App {
    pub(super) fn new(fault: AppFault, legal: Option<LegalApplication>) -> App {
        App {
            fault,
            legal: legal.map(Session::new),
            violations: ViolationSet::NONE,
            pings: 0,
        }
    }

    /// Closes the connection as `tell` asks, as far as the fault allows.
    pub(super) fn obey(&self, tell: &Tell, endpoint: &mut Endpoint) {
        let (code, reason) = match &tell.close {
            CloseBody::Code(code, reason) => (
                *code,
                reason.as_ref().map(Payload::bytes).unwrap_or_default(),
            ),
            CloseBody::Empty | CloseBody::Body(_) => (CloseCode::NORMAL.0, Vec::new()),
        };
        match self.fault {
            AppFault::HangsUp => endpoint.receive_end(),
            AppFault::ClosesBare => endpoint.close(CloseCode::NORMAL, ""),
            AppFault::ClosesWithoutReason => endpoint.close(CloseCode(code), ""),
            _ => endpoint.close(CloseCode(code), &String::from_utf8_lossy(&reason)),
        }
    }

    /// Handles every pending event of `endpoint`.
    pub(super) fn drive(&mut self, endpoint: &mut Endpoint) {
        while let Some(event) = endpoint.poll() {
            if self.fault == AppFault::Pings
                && matches!(event, Event::Opened(_) | Event::Message(..))
            {
                endpoint.ping(b"of its own");
            }
            match &event {
                Event::Opened(_) if self.fault == AppFault::Greets => {
                    endpoint.send(MessageKind::Text, b"welcome");
                }
                Event::Ping(_) => self.pings += 1,
                Event::Broken(fault, _) => {
                    self.violations = self.violations.with(fault.violation);
                }
                _ => {}
            }
            match (&mut self.legal, event) {
                (Some(legal), event) => legal.handle(event, endpoint),
                (None, Event::Message(kind, payload)) => self.answer(endpoint, kind, payload),
                (None, _) => {}
            }
        }
    }

    /// Whether it does more as time passes.
    pub(super) fn has_delayed_output(&self, endpoint: &Endpoint) -> bool {
        endpoint.phase() == Phase::Open && self.legal.as_ref().is_some_and(Session::waits)
    }

    /// Lets a short time pass.
    pub(super) fn tick(&mut self, endpoint: &mut Endpoint) {
        if let Some(legal) = &mut self.legal {
            legal.tick(endpoint);
        }
    }

    fn answer(&self, endpoint: &mut Endpoint, kind: MessageKind, mut payload: Vec<u8>) {
        let other = match kind {
            MessageKind::Text => MessageKind::Binary,
            MessageKind::Binary => MessageKind::Text,
        };
        match self.fault {
            AppFault::None
            | AppFault::Greets
            | AppFault::Pings
            | AppFault::ClosesBare
            | AppFault::ClosesWithoutReason
            | AppFault::HangsUp
            | AppFault::Dies(_)
            | AppFault::AsksAnything => endpoint.send(kind, &payload),
            AppFault::Silent | AppFault::Hangs => {}
            AppFault::WrongBytes => {
                payload.fill(b'x');
                endpoint.send(kind, &payload);
            }
            AppFault::WrongKind => endpoint.send(other, &payload),
            AppFault::Truncates(size) => endpoint.send(kind, &payload[..payload.len().min(size)]),
            AppFault::Twice => {
                endpoint.send(kind, &payload);
                endpoint.send(kind, &payload);
            }
        }
    }

    /// Whether the peer serves other connections after a connection that was `reset`, or `cut`
    /// short without a closing handshake.
    pub(super) fn survives(&self, reset: bool, cut: bool) -> bool {
        match self.fault {
            AppFault::Dies(DeathCause::Reset) => !reset,
            AppFault::Dies(DeathCause::End) => !cut,
            AppFault::Dies(DeathCause::Violation) => self.violations == ViolationSet::NONE,
            AppFault::Dies(DeathCause::Pings(limit)) => self.pings <= limit,
            _ => true,
        }
    }
}

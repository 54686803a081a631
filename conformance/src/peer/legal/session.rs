//! A legal application on one connection.

use std::collections::VecDeque;

use wsspec_core::close::CloseCode;
use wsspec_core::endpoint::{Endpoint, Event};
use wsspec_core::frame::MessageKind;

use super::application::Unauthorized;
use super::application::{Answer, Background, LegalApplication, Limit, Reaction, Ticks};

/// Most messages or pings that an application sends of its own accord on one connection, so that
/// every conversation ends.
const MAX_UNASKED: usize = 400;

/// Most late answers, and most bytes of them, that wait on one connection; the first ones are sent
/// early where there are more.
const MAX_LATE: usize = 1000;
const MAX_LATE_BYTES: usize = 16 << 20;

const GREETING: &str = "welcome";
const MANY_RECEIVED: &str = "received them";
const PUSH: &str = r#"{"type":"tick"}"#;
const PING: &[u8] = b"heartbeat";
const TOO_MANY: CloseCode = CloseCode(1008);
const UNAUTHORIZED: CloseCode = CloseCode(4401);

/// The application of one connection.
#[derive(Debug)]
pub(in crate::peer) struct Session {
    application: LegalApplication,
    authorized: bool,
    /// Messages received.
    messages: usize,
    /// Those among them that triggered the reaction.
    triggered: usize,
    /// The age of the connection.
    age: Ticks,
    /// Messages and pings sent of its own accord.
    unasked: usize,
    /// In the order in which they are due.
    late: VecDeque<Late>,
    /// The bytes of their payloads.
    late_bytes: usize,
}

/// An answer that is sent later.
#[derive(Debug)]
struct Late {
    /// The age of the connection at which it is sent.
    due: Ticks,
    kind: MessageKind,
    payload: Vec<u8>,
}

impl Session {
    pub(in crate::peer) fn new(application: LegalApplication) -> Session {
        Session {
            authorized: !matches!(application.background, Background::Login(_)),
            application,
            messages: 0,
            triggered: 0,
            age: 0,
            unasked: 0,
            late: VecDeque::new(),
            late_bytes: 0,
        }
    }

    /// Handles an event of `endpoint`.
    pub(in crate::peer) fn handle(&mut self, event: Event, endpoint: &mut Endpoint) {
        match event {
            Event::Opened(_) if self.application.background == Background::Greets => {
                endpoint.send(MessageKind::Text, GREETING.as_bytes());
            }
            Event::Message(kind, payload) => self.message(kind, payload, endpoint),
            _ => {}
        }
    }

    /// Lets a short time pass.
    pub(in crate::peer) fn tick(&mut self, endpoint: &mut Endpoint) {
        self.age += 1;
        while self.late.front().is_some_and(|late| late.due <= self.age) {
            self.send_late(endpoint);
        }
        let background = self.application.background;
        match background {
            Background::Pushes(every) if self.is_time(every) => {
                endpoint.send(MessageKind::Text, PUSH.as_bytes());
            }
            Background::Pings(every) if self.is_time(every) => endpoint.ping(PING),
            _ => {}
        }
        if self.application.limit == Limit::Lifetime(self.age) {
            endpoint.close(CloseCode::GOING_AWAY, "");
        }
    }

    /// Whether it does anything as time passes.
    pub(in crate::peer) fn waits(&self) -> bool {
        let busy = match self.application.background {
            Background::Pushes(_) | Background::Pings(_) => self.unasked < MAX_UNASKED,
            Background::None | Background::Greets | Background::Login(_) => false,
        };
        let ages = match self.application.limit {
            Limit::Lifetime(ticks) => self.age < ticks,
            Limit::None | Limit::Rate(_) | Limit::Message(_) | Limit::Head(_) => false,
        };
        busy || ages || !self.late.is_empty()
    }

    /// Sends the first late answer.
    fn send_late(&mut self, endpoint: &mut Endpoint) {
        if let Some(Late { kind, payload, .. }) = self.late.pop_front() {
            self.late_bytes -= payload.len();
            endpoint.send(kind, &payload);
        }
    }

    /// Whether it is time for a message or ping of its own accord, and counts that.
    fn is_time(&mut self, every: Ticks) -> bool {
        let now = self.unasked < MAX_UNASKED && self.age.is_multiple_of(every.max(1));
        self.unasked += usize::from(now);
        now
    }

    fn message(&mut self, kind: MessageKind, payload: Vec<u8>, endpoint: &mut Endpoint) {
        self.messages += 1;
        if let Limit::Rate(most) = self.application.limit
            && self.messages > most
        {
            return endpoint.close(TOO_MANY, "");
        }
        if let Background::Login(unauthorized) = self.application.background
            && !self.authorized
        {
            return self.login(unauthorized, kind, &payload, endpoint);
        }
        if self
            .application
            .trigger
            .holds(kind, &payload, self.messages)
        {
            self.triggered += 1;
            self.react(kind, payload, endpoint);
        } else {
            endpoint.send(kind, &payload);
        }
    }

    fn login(
        &mut self,
        unauthorized: Unauthorized,
        kind: MessageKind,
        payload: &[u8],
        endpoint: &mut Endpoint,
    ) {
        self.authorized = kind == MessageKind::Text && payload == Background::LOGIN.as_bytes();
        match unauthorized {
            _ if self.authorized => endpoint.send(kind, Background::WELCOME.as_bytes()),
            Unauthorized::Closes => endpoint.close(UNAUTHORIZED, ""),
            Unauthorized::Ignored => {}
        }
    }

    fn react(&mut self, kind: MessageKind, payload: Vec<u8>, endpoint: &mut Endpoint) {
        match self.application.reaction {
            Reaction::Echo => endpoint.send(kind, &payload),
            Reaction::Another(answer) => answer.send(kind, &payload, endpoint),
            Reaction::Two(first, second) => {
                first.send(kind, &payload, endpoint);
                second.send(kind, &payload, endpoint);
            }
            Reaction::OneForMany(many) if self.triggered.is_multiple_of(many.max(1)) => {
                endpoint.send(MessageKind::Text, MANY_RECEIVED.as_bytes());
            }
            Reaction::OneForMany(_) | Reaction::ToOthers | Reaction::None => {}
            Reaction::Late(ticks) => {
                let due = self.age + ticks;
                self.late_bytes += payload.len();
                self.late.push_back(Late { due, kind, payload });
                while self.late.len() > MAX_LATE || self.late_bytes > MAX_LATE_BYTES {
                    self.send_late(endpoint);
                }
            }
            Reaction::Close(code) => endpoint.close(CloseCode(code), ""),
        }
    }
}

impl Answer {
    /// Sends this answer to a message.
    fn send(self, kind: MessageKind, payload: &[u8], endpoint: &mut Endpoint) {
        match self {
            Answer::Echo => endpoint.send(kind, payload),
            Answer::Text(text) => endpoint.send(MessageKind::Text, text.as_bytes()),
            Answer::UpperCase => endpoint.send(kind, &payload.to_ascii_uppercase()),
        }
    }
}

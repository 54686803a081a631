//! How an endpoint reads: the opening handshake, then frames, and what it does about faults.

use std::borrow::Cow;

use super::opening::{self, Judged};
use super::{Endpoint, Event, OpeningEvent, OpeningState, Phase};
use crate::Role;
use crate::close::CloseCode;
use crate::message::{Incoming, Whole};
use crate::policy::Reaction;
use crate::violation::{Answer, Fault};

impl Endpoint {
    /// Takes the next event that [`receive`](Self::receive) found.
    pub fn poll(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Takes what the peer sent, all of it: the events are for [`poll`](Self::poll). Payloads may be
    /// unmasked in place.
    pub fn receive(&mut self, bytes: &mut [u8]) {
        let mut input = bytes;
        while let Some(whole) = self.next(&mut input) {
            self.queue(whole);
        }
    }

    /// Reads from the front of `input` up to the next event, and shortens `input` by what was used.
    /// Call it until it returns `None`: more input is needed then, or the connection has ended.
    ///
    /// It finds the same events as [`receive`](Self::receive), and copies no more than it has to: a
    /// message that lies in the input as a whole is lent from there, unmasked in place; one that
    /// several reads or frames have divided is assembled in a buffer that is used again.
    ///
    /// ```
    /// # use wsspec_core::endpoint::{Endpoint, Event, ServerConfig};
    /// # let mut server = Endpoint::server(ServerConfig::default()).already_open();
    /// # let mut buffer = *b"\x81\x82\0\0\0\0Hi\x88\x80\0\0\0\0";
    /// # let mut seen = Vec::new();
    /// let mut input = buffer.as_mut_slice(); // as it was read from the peer
    /// while let Some(event) = server.read(&mut input) {
    ///     match event {
    ///         Event::Message(_, payload) => seen.extend_from_slice(&payload),
    ///         Event::Broken(fault, _) => eprintln!("{fault}"),
    ///         _ => {}
    ///     }
    /// }
    /// # assert_eq!(seen, b"Hi");
    /// ```
    #[inline]
    pub fn read<'a, 'i: 'a>(
        &'a mut self,
        input: &mut &'i mut [u8],
    ) -> Option<Event<Cow<'a, [u8]>>> {
        loop {
            if !self.events.is_empty() {
                return self.queued();
            }
            if input.is_empty() {
                return None;
            }
            let Some(whole) = self.next(input) else {
                return self.queued();
            };
            if !self.events.is_empty() {
                // It comes after what was found on the way.
                self.queue(whole);
            } else if !matches!(whole, Incoming::Reserved(..)) {
                return Event::of(self.reader.lend(whole).map(Cow::Borrowed));
            }
        }
    }

    /// Takes an event from the queue as [`read`](Self::read) returns it.
    #[inline]
    fn queued<'a>(&mut self) -> Option<Event<Cow<'a, [u8]>>> {
        if self.events.is_empty() {
            return None;
        }
        self.queued_event()
    }

    #[cold]
    fn queued_event<'a>(&mut self) -> Option<Event<Cow<'a, [u8]>>> {
        self.events.pop_front().map(|event| event.map(Cow::Owned))
    }

    fn queue(&mut self, whole: Whole<'_>) {
        self.events.extend(Event::of(self.reader.take(whole)));
    }

    /// Answers a whole head.
    fn head_read(&mut self, judged: Judged) {
        for violation in judged.violations {
            if violation.answer() == Answer::Nothing {
                continue;
            }
            let fault = violation.at(judged.length - 1);
            self.react(fault, self.policy.reaction(violation));
            if self.phase() == Phase::Closed || self.stalled {
                return;
            }
        }
        if self.opening.happens(OpeningEvent::Accepted).sends {
            self.connection.out.extend_from_slice(&judged.answer);
        }
        self.reader.set_offset(judged.length);
        if let Some(parameters) = judged.opened.compression {
            self.agree(parameters);
        }
        self.events.push_back(Event::Opened(judged.opened));
    }

    /// Reacts to a head that cannot be read. There is nothing to go on with, so the fault cannot be
    /// ignored.
    fn head_unreadable(&mut self, fault: Fault) {
        let reaction = match self.policy.reaction(fault.violation) {
            Reaction::Ignore => Reaction::Conforming,
            other => other,
        };
        self.react(fault, reaction);
    }

    /// Reads up to the end of the next message or control frame, and answers it; `None` when there
    /// is nothing more to read now. What else happens is queued.
    #[inline]
    fn next<'i>(&mut self, input: &mut &'i mut [u8]) -> Option<Whole<'i>> {
        if self.stalled {
            return None;
        }
        if self.opening.state == OpeningState::Reading {
            self.read_head(input);
        }
        if self.stalled || !matches!(self.phase(), Phase::Open | Phase::Closing) {
            return None;
        }
        let read = self.reader.next(input);
        if self.reader.has_tolerated() {
            for fault in self.reader.take_tolerated() {
                self.events
                    .push_back(Event::Broken(fault, Reaction::Ignore));
            }
        }
        match read {
            Ok(Some(whole)) => {
                if matches!(whole, Incoming::Ping(_) | Incoming::Close(_)) {
                    let incoming = self.reader.lend(whole);
                    self.ends |= self.connection.answer(incoming);
                }
                Some(whole)
            }
            Ok(None) => None,
            Err(fault) => {
                self.react(fault, self.policy.reaction(fault.violation));
                None
            }
        }
    }

    /// Reads on in the opening handshake.
    #[cold]
    fn read_head(&mut self, input: &mut &mut [u8]) {
        match self.opening.read(input) {
            Ok(Some(judged)) => self.head_read(judged),
            Ok(None) => {}
            Err(fault) => self.head_unreadable(fault),
        }
    }

    /// Does about a fault what `reaction` says.
    fn react(&mut self, fault: Fault, reaction: Reaction) {
        self.events.push_back(Event::Broken(fault, reaction));
        let answer = match (reaction, fault.violation.answer()) {
            (Reaction::Ignore, _) => return,
            (Reaction::Stall, _) => {
                self.stalled = true;
                return;
            }
            (Reaction::Drop, _) => Answer::Nothing,
            (Reaction::WrongCode(code), Answer::Close(_)) => Answer::Close(code),
            (Reaction::WrongStatus(status), Answer::Status(_)) => Answer::Status(status),
            (_, answer) => answer,
        };
        let action = if self.opening.state == OpeningState::Reading {
            if let (Role::Server, Answer::Status(status)) = (self.role(), answer) {
                let refusal = opening::refusal(status, fault);
                self.connection.out.extend_from_slice(&refusal);
            }
            self.opening.happens(OpeningEvent::Rejected)
        } else {
            let code = match answer {
                Answer::Close(code) => Some(CloseCode(code)),
                _ => None,
            };
            self.connection.fail(code, fault.violation.name())
        };
        self.end_after(action);
    }
}

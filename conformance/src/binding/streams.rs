//! What every carrier keeps: the streams of the conversations, and what is known of the target.

use wsspec_core::Role;

use super::EndOfStream;
use super::breach::Breach;
use super::carrier::{Aborted, Came, ErrorNumber, SettingsInForce};

/// Violations kept of one connection.
const MOST_VIOLATIONS: usize = 256;

/// Events of one connection after which nothing more is read: a flood of frames.
const MOST_EVENTS: usize = 1 << 20;

/// The stream of a conversation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stream {
    pub(super) id: u64,
    /// Padding of what is written on it.
    pub(super) pad: Option<u8>,
    /// The target has ended it.
    ended: bool,
}

/// The streams of one connection with a target.
#[derive(Debug)]
pub(super) struct Streams {
    pub(super) target: Role,
    /// By the number of their conversation, less one.
    all: Vec<Stream>,
    pub(super) in_force: Option<SettingsInForce>,
    pub(super) aborted: Option<Aborted>,
    pub(super) breaches: Vec<Breach>,
    /// The rule that was broken last.
    last: Option<Breach>,
    /// What made everything after it unreadable.
    pub(super) unreadable: Option<Breach>,
    events: usize,
}

impl Streams {
    pub(super) fn new(target: Role) -> Streams {
        Streams {
            target,
            all: Vec::new(),
            in_force: None,
            aborted: None,
            breaches: Vec::new(),
            last: None,
            unreadable: None,
            events: 0,
        }
    }

    /// Counts events.
    pub(super) fn count(&mut self, events: usize) {
        self.events += events;
    }

    /// Whether the limit on events is exceeded: nothing more is read.
    pub(super) const fn is_flooded(&self) -> bool {
        self.events > MOST_EVENTS
    }

    /// Whether conversation `on` has no stream yet.
    pub(super) fn is_new(&self, on: u32) -> bool {
        on as usize > self.all.len()
    }

    /// Begins the next conversation, on this stream.
    pub(super) fn begin(&mut self, id: u64) -> u32 {
        self.all.push(Stream {
            id,
            pad: None,
            ended: false,
        });
        self.all.len() as u32
    }

    /// The conversation of a stream, if it has one.
    pub(super) fn known(&self, id: u64) -> Option<u32> {
        let at = self.all.iter().position(|stream| stream.id == id)?;
        Some(at as u32 + 1)
    }

    /// Whether a stream is that of a conversation.
    pub(super) fn has(&self, id: u64) -> bool {
        self.known(id).is_some()
    }

    /// The number of the conversation of a stream, which begins one if a client opened it.
    pub(super) fn conversation(&mut self, id: u64, of_client: bool) -> Option<u32> {
        match self.known(id) {
            Some(on) => Some(on),
            None if self.target == Role::Client && of_client => Some(self.begin(id)),
            None => None,
        }
    }

    /// Whether the target has ended the stream of conversation `on`: what comes on it is no part of it.
    pub(super) fn has_ended(&self, on: u32) -> bool {
        self.get(on).is_some_and(|stream| stream.ended)
    }

    /// The stream of conversation `on`.
    pub(super) fn get(&self, on: u32) -> Option<&Stream> {
        self.all.get((on as usize).checked_sub(1)?)
    }

    /// The highest stream; `None` if there is none.
    pub(super) fn highest(&self) -> Option<u64> {
        self.all.iter().map(|stream| stream.id).max()
    }

    /// Pads what is written in conversation `on`.
    pub(super) fn pad(&mut self, on: u32, bytes: Option<u8>) {
        if let Some(stream) = self.get_mut(on) {
            stream.pad = bytes;
        }
    }

    fn get_mut(&mut self, on: u32) -> Option<&mut Stream> {
        self.all.get_mut((on as usize).checked_sub(1)?)
    }

    /// Notes settings that the target announced.
    pub(super) fn announced(&mut self, settings: impl IntoIterator<Item = (u64, u64)>) {
        self.in_force.get_or_insert_default().extend(settings);
    }

    /// Notes a rule that the target broke.
    pub(super) fn broke(&mut self, breach: Breach) {
        self.last = Some(breach);
        if self.breaches.len() < MOST_VIOLATIONS {
            self.breaches.push(breach);
        }
    }

    /// Nothing can be read any more, because of the rule that was broken last.
    pub(super) fn give_up(&mut self, came: &mut Vec<(u32, Came)>) {
        self.unreadable = self.last;
        self.abort(None, came);
    }

    /// The target ended the stream of a conversation; only its first end counts.
    pub(super) fn end(&mut self, on: u32, end: EndOfStream, came: &mut Vec<(u32, Came)>) {
        if let Some(stream) = self.get_mut(on)
            && !std::mem::replace(&mut stream.ended, true)
        {
            came.push((on, Came::End(end)));
        }
    }

    /// A server will not process our streams from this one on (RFC 9113 §6.8, RFC 9114 §5.2). The
    /// others live on.
    pub(super) fn refused_from(&mut self, id: u64, code: ErrorNumber, came: &mut Vec<(u32, Came)>) {
        let refused: Vec<u32> = (1..)
            .zip(&self.all)
            .filter(|(_, stream)| self.target == Role::Server && stream.id >= id)
            .map(|(on, _)| on)
            .collect();
        for on in refused {
            self.end(on, EndOfStream::Aborted(Some(code)), came);
        }
    }

    /// The whole connection is over.
    pub(super) fn abort(&mut self, code: Option<ErrorNumber>, came: &mut Vec<(u32, Came)>) {
        let Aborted { code } = *self.aborted.get_or_insert(Aborted { code });
        for on in 1..=self.all.len() as u32 {
            self.end(on, EndOfStream::Aborted(code), came);
        }
        if self.all.is_empty() {
            // The conversation that has not begun will not.
            came.push((1, Came::End(EndOfStream::Aborted(code))));
        }
    }
}

//! Conversations that are streams of one connection.

use std::time::Duration;

use wsspec_core::Role;
use wsspec_reports::{Transport, Who};
use wsspec_vectors::{Manual, Settings, Signal, Step};

use super::super::Setup;
use super::super::reason::Needs;
use super::super::script::Line;
use super::Exchange;
use crate::binding::carrier::{
    Came, Carrier, ENABLE_CONNECT_PROTOCOL, MAX_CONCURRENT_STREAMS, OFFER,
};
use crate::binding::http2::Http2;
use crate::binding::http3::Http3;
use crate::binding::{Field, Input};

/// What came on streams that no conversation of the case stands for, at most.
const MOST_EARLY: usize = 64;

/// What carries the conversations of a setup; `None` where each has a connection of its own.
pub(super) fn carrier(setup: &Setup) -> Option<Box<dyn Carrier>> {
    match setup.over {
        Transport::H2 => Some(Box::new(Http2::new(setup.target))),
        Transport::H3 => Some(Box::new(Http3::new(setup.target))),
        Transport::Tcp | Transport::Tls | Transport::Unix => None,
    }
}

impl Exchange<'_> {
    /// Says what every connection that carries streams begins with. A `settings` step at the very
    /// beginning of the case changes it.
    pub(super) fn begin_connection(&mut self) {
        if self.carrier.is_none() {
            return;
        }
        let mut settings = default_settings(self.setup);
        // What the case leaves out is laid out before it.
        if let Some(Step::Settings(changes)) = self.case.steps.first() {
            change(&mut settings, changes);
            self.lines.retain(|line| line.at != Some(0));
        }
        let announces = !self.case.manual.contains(&Manual::Settings);
        if let Some(carrier) = &mut self.carrier {
            let actions = carrier.begin(announces.then_some(&settings[..]));
            self.on_channels(actions);
        }
    }

    pub(super) fn send_fields(&mut self, on: u32, fields: &[Field]) {
        if let Some(carrier) = &mut self.carrier {
            let actions = carrier.fields(on, fields);
            self.on_channels(actions);
        }
    }

    pub(super) fn send_settings(&mut self, settings: &[(u64, u64)]) {
        let mut all = settings.to_vec();
        if self.case.manual.contains(&Manual::Settings) && settings.is_empty() {
            all = default_settings(self.setup);
        }
        if let Some(carrier) = &mut self.carrier {
            let actions = carrier.settings(&all);
            self.on_channels(actions);
        }
    }

    /// Sends a frame that carries nothing of a WebSocket. False where there is no such frame.
    pub(super) fn signal(&mut self, on: u32, signal: Signal) -> bool {
        let carrier = self.carrier.as_mut();
        let Some(actions) = carrier.and_then(|carrier| carrier.signal(on, signal)) else {
            return false;
        };
        self.on_channels(actions);
        true
    }

    /// Bytes came on a channel.
    pub(super) fn carried(&mut self, channel: u32, bytes: &[u8]) {
        self.log.bytes(self.now, channel, Who::Target, bytes);
        let Some(carrier) = &mut self.carrier else {
            return;
        };
        let (came, answers) = carrier.receive(channel, bytes);
        self.on_channels(answers);
        self.take(came);
    }

    /// Takes what came on streams.
    pub(super) fn take(&mut self, came: Vec<(u32, Came)>) {
        for (on, came) in came {
            if on as usize > self.conversations.len() {
                if self.early.len() < MOST_EARLY {
                    self.early.push((on, came));
                }
                continue;
            }
            self.take_one(on, came);
        }
    }

    fn take_one(&mut self, on: u32, came: Came) {
        let now = self.now;
        let conversation = self.on_mut(on);
        let (frames, bytes) = (conversation.sent.frames, conversation.sent.bytes);
        conversation.view.owes(frames, bytes);
        if conversation.view.flood().is_some() {
            return;
        }
        let inputs: Vec<Input> = match came {
            Came::Fields(fields, end) => {
                let size = fields.iter().map(|(name, value)| name.len() + value.len());
                conversation.view.came(size.sum(), now);
                conversation.binding.fields(fields, end)
            }
            Came::Data(bytes) => {
                conversation.view.came(bytes.len(), now);
                conversation.binding.receive(&bytes)
            }
            Came::Stopped(code) => {
                conversation.view.stopped(code);
                return;
            }
            Came::End(end) => {
                if conversation.view.end.is_none() {
                    self.read_on(on, true);
                    self.on_mut(on).view.end = Some(end);
                }
                return;
            }
        };
        for input in inputs {
            if let Some(incoming) = self.on_mut(on).view.take(input) {
                self.react(on, incoming);
            }
            self.read_on(on, false);
        }
    }

    /// What an opening request over a stream waits for: the settings of the server, without which no
    /// extended CONNECT may be sent (RFC 8441 §3). `Some` while it waits; the case is skipped if they
    /// do not come, or do not allow it.
    pub(super) fn await_settings(&mut self, line: &Line) -> Option<Duration> {
        let carrier = self.carrier.as_deref()?;
        if self.setup.target == Role::Client {
            return None;
        }
        let allowed = carrier
            .in_force()
            .map(|settings| settings.get(&ENABLE_CONNECT_PROTOCOL) == Some(&1));
        let aborted = carrier.aborted().is_some();
        let most = carrier
            .in_force()
            .and_then(|settings| settings.get(&MAX_CONCURRENT_STREAMS));
        match (allowed, most) {
            // More would be our violation (RFC 9113 §5.1.2).
            (Some(true), Some(most)) if u64::from(line.on) > *most => {
                self.skip(Needs::Streams {
                    wanted: line.on,
                    most: *most,
                });
                Some(self.now)
            }
            (Some(true), _) => None,
            (Some(false), _) => {
                self.skip(Needs::ExtendedConnect);
                Some(self.now)
            }
            (None, _) if aborted => {
                self.skip(Needs::OtherTransport);
                Some(self.now)
            }
            (None, _) => {
                let deadline = self.began(line.on).at + self.setup.timing.deadline;
                if self.now >= deadline {
                    self.skip(Needs::OtherTransport);
                    return Some(self.now);
                }
                Some(deadline)
            }
        }
    }

    /// Pads what is written in a conversation from here on.
    pub(super) fn pad(&mut self, on: u32, bytes: Option<u8>) {
        if let Some(carrier) = &mut self.carrier {
            carrier.pad(on, bytes);
        }
    }
}

/// The settings that we announce: a server of ours offers extended CONNECT.
fn default_settings(setup: &Setup) -> Vec<(u64, u64)> {
    match setup.target {
        Role::Client => OFFER.to_vec(),
        Role::Server => Vec::new(),
    }
}

/// Settings with changes: a value, or none, in place of the default.
fn change(settings: &mut Vec<(u64, u64)>, changes: &Settings) {
    for (name, value) in changes {
        settings.retain(|(number, _)| *number != name.number());
        settings.extend(value.map(|value| (name.number(), value)));
    }
}

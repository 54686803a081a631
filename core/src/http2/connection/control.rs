//! Frames of the peer about the connection: SETTINGS, PING and GOAWAY.

use super::{Connection, Event};
use crate::Role;
use crate::http2::frame::{self, Head, STREAM_BITS};
use crate::http2::settings::{self, LARGEST_WINDOW, Setting};
use crate::http2::{ErrorCode, Violation};

impl Connection {
    pub(super) fn settings_came(&mut self, head: Head, payload: &[u8]) {
        if head.stream != 0 {
            return self.fault(Violation::SettingsOnStream, None);
        }
        if head.has(frame::ACK) {
            if !payload.is_empty() {
                self.fault(Violation::SettingsAckNotEmpty, None);
            }
            return self.settings_acknowledged();
        }
        let Some(settings) = settings::read(payload) else {
            return self.fault(Violation::SettingsLengthWrong, None);
        };
        self.peer.get_or_insert_default();
        let resizes = |setting: &Setting| setting.0 == settings::INITIAL_WINDOW_SIZE;
        // Once for all of them: a frame has room for thousands.
        let credit = if settings.iter().any(resizes) {
            self.highest_credit()
        } else {
            0
        };
        for setting in &settings {
            self.setting_came(*setting, credit);
        }
        self.events.push(Event::Settings(settings));
        if self.options.auto.settings_ack {
            self.reply(frame::SETTINGS, &[]);
        }
        self.flush();
    }

    fn settings_acknowledged(&mut self) {
        let settings = self.limits.acknowledge();
        self.decoder.allow(self.limits.table());
        for (id, value) in settings {
            if id == settings::HEADER_TABLE_SIZE {
                self.decoder.acknowledged(value);
            }
        }
        self.events.push(Event::SettingsAck);
    }

    /// Finds what is wrong with a setting, and puts it in force if it can be. `credit` is the
    /// [highest](Self::highest_credit).
    fn setting_came(&mut self, (id, value): Setting, credit: i64) {
        let before = self.peer_setting(id);
        let mut usable = true;
        match id {
            settings::HEADER_TABLE_SIZE => self.encoder.limit(value),
            settings::ENABLE_PUSH if value > 1 => {
                self.fault(Violation::EnablePushNotBoolean, None);
            }
            settings::ENABLE_PUSH if value == 1 && self.ours == Role::Client => {
                self.fault(Violation::EnablePushFromServer, None);
            }
            settings::INITIAL_WINDOW_SIZE if value > LARGEST_WINDOW => {
                self.fault(Violation::InitialWindowTooLarge, None);
                usable = false;
            }
            settings::INITIAL_WINDOW_SIZE
                if i64::from(value) + credit > i64::from(LARGEST_WINDOW) =>
            {
                self.fault(Violation::InitialWindowOverflows, None);
            }
            settings::MAX_FRAME_SIZE
                if !(settings::DEFAULT_FRAME..=settings::LARGEST_FRAME).contains(&value) =>
            {
                self.fault(Violation::MaxFrameSizeInvalid, None);
                usable = false;
            }
            settings::ENABLE_CONNECT_PROTOCOL if value > 1 => {
                self.fault(Violation::ConnectProtocolNotBoolean, None);
            }
            settings::ENABLE_CONNECT_PROTOCOL if value == 0 && before == Some(1) => {
                self.fault(Violation::ConnectProtocolWithdrawn, None);
            }
            _ => {}
        }
        if usable {
            self.peer.get_or_insert_default().insert(id, value);
        }
    }

    /// By how much the largest window of a stream is above INITIAL_WINDOW_SIZE; at least 0. Where we
    /// send nothing more there is no window (RFC 9113 §6.9.2).
    fn highest_credit(&self) -> i64 {
        let streams = self.streams.iter().map(|(_, stream)| stream);
        let sending = streams.filter(|stream| !stream.is_closed() && stream.sends());
        sending.map(|stream| stream.send_credit).fold(0, i64::max)
    }

    pub(super) fn ping_came(&mut self, head: Head, payload: &[u8]) {
        if head.stream != 0 {
            return self.fault(Violation::PingOnStream, None);
        }
        let Ok(data) = <[u8; 8]>::try_from(payload) else {
            return self.fault(Violation::PingLengthWrong, None);
        };
        let ack = head.has(frame::ACK);
        self.events.push(Event::Ping { ack, data });
        if !ack && self.options.auto.ping_ack {
            self.reply(frame::PING, &data);
        }
    }

    pub(super) fn goaway_came(&mut self, head: Head, payload: &[u8]) {
        if head.stream != 0 {
            return self.fault(Violation::GoAwayOnStream, None);
        }
        let Some((fixed, debug)) = payload.split_first_chunk::<8>() else {
            return self.fault(Violation::GoAwayLengthWrong, None);
        };
        let (last, code) = fixed.split_at(4);
        let last = frame::number(last) & STREAM_BITS;
        if self.peer_goaway.is_some_and(|before| last > before) {
            self.fault(Violation::GoAwayGrows, None);
        }
        self.peer_goaway = Some(last);
        self.events.push(Event::GoAway {
            last,
            code: ErrorCode(frame::number(code)),
            debug: debug.to_vec(),
        });
    }

    /// Sends an acknowledgement, unless too much output waits to be taken.
    fn reply(&mut self, kind: u8, payload: &[u8]) {
        if self.output.len() < self.options.max_output {
            self.send(kind, frame::ACK, 0, payload);
        } else {
            self.break_off();
        }
    }
}

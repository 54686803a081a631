//! The control stream of the peer (RFC 9114 §6.2.1 and §7.2).

use super::{Connection, Event, violation};
use crate::Role;
use crate::http3::frame::{self, Head, Treatment};
use crate::http3::settings::{self, Setting};
use crate::http3::{Violation, varint};

impl Connection {
    /// A frame begins on the control stream; `first` says whether it is the first there.
    pub(super) fn control_head(
        &mut self,
        stream: u64,
        head: Head,
        first: bool,
        events: &mut Vec<Event>,
    ) -> Treatment {
        let misplaced = match (head.kind, self.ours) {
            (frame::DATA, _) => Some(Violation::DataOnControl),
            (frame::HEADERS, _) => Some(Violation::HeadersOnControl),
            (frame::PUSH_PROMISE, Role::Server) => Some(Violation::PushPromiseFromClient),
            (frame::PUSH_PROMISE, Role::Client) => Some(Violation::PushPromiseOnControl),
            (frame::MAX_PUSH_ID, Role::Client) => Some(Violation::MaxPushIdFromServer),
            (kind, _) if frame::is_of_http2(kind) => Some(Violation::FrameOfHttp2),
            (frame::SETTINGS, _) if !first && self.peer.settings.is_some() => {
                Some(Violation::SettingsRepeated)
            }
            _ => None,
        };
        let missing = (first && head.kind != frame::SETTINGS).then_some(Violation::SettingsMissing);
        let fault = missing.or(misplaced);
        events.extend(fault.map(|fault| violation(fault, stream, head.at)));
        match head.kind {
            _ if misplaced.is_some() => Treatment::Skip,
            frame::SETTINGS | frame::GOAWAY | frame::CANCEL_PUSH | frame::MAX_PUSH_ID => {
                Treatment::Buffer
            }
            _ => Treatment::Skip,
        }
    }

    /// A frame came on the control stream.
    pub(super) fn control_frame(
        &mut self,
        stream: u64,
        head: Head,
        payload: &[u8],
        events: &mut Vec<Event>,
    ) {
        let (meant, faults) = match (head.kind, only_integer(payload)) {
            (frame::SETTINGS, _) => self.settings(payload),
            (kind, Some(id)) => self.control_id(kind, id),
            (_, None) => (None, vec![Violation::FrameLengthWrong]),
        };
        let faults = faults.into_iter();
        events.extend(faults.map(|fault| violation(fault, stream, head.at)));
        events.extend(meant);
    }

    /// What SETTINGS means, and what is wrong with it.
    fn settings(&mut self, payload: &[u8]) -> (Option<Event>, Vec<Violation>) {
        let Some(announced) = settings::read(payload) else {
            self.peer.settings = Some(Vec::new());
            return (None, vec![Violation::FrameLengthWrong]);
        };
        let faults = settings_faults(&announced);
        self.peer.settings = Some(announced.clone());
        (Some(Event::Settings(announced)), faults)
    }

    /// What a frame means whose payload is one number, and what is wrong with it.
    fn control_id(&mut self, kind: u64, id: u64) -> (Option<Event>, Vec<Violation>) {
        let (meant, fault) = match kind {
            frame::GOAWAY => {
                let wrong = self.ours == Role::Client && !id.is_multiple_of(4);
                let before = self.peer.goaway.replace(id);
                let grows = before.is_some_and(|before| id > before);
                let fault = wrong
                    .then_some(Violation::GoAwayWrongId)
                    .or(grows.then_some(Violation::GoAwayGrows));
                (Some(Event::GoAway { id }), fault)
            }
            frame::MAX_PUSH_ID => {
                let before = self.peer.most_push.replace(id);
                let shrinks = before.is_some_and(|before| id < before);
                (None, shrinks.then_some(Violation::MaxPushIdShrinks))
            }
            // CANCEL_PUSH: we neither promise a push nor allow one.
            _ => (None, Some(Violation::CancelPushUnknown)),
        };
        (meant, fault.into_iter().collect())
    }
}

/// The payload as a number, if it is one and nothing else.
fn only_integer(payload: &[u8]) -> Option<u64> {
    let (id, used) = varint::read(payload)?;
    (used == payload.len()).then_some(id)
}

/// What is wrong with announced settings, each rule once.
fn settings_faults(announced: &[Setting]) -> Vec<Violation> {
    let mut ids: Vec<u64> = announced.iter().map(|setting| setting.0).collect();
    ids.sort_unstable();
    let repeated = ids.windows(2).any(|pair| pair[0] == pair[1]);
    let of_http2 = ids.iter().any(|id| settings::is_of_http2(*id));
    let not_boolean = |id| {
        announced
            .iter()
            .any(|setting| setting.0 == id && setting.1 > 1)
    };
    let rules = [
        (repeated, Violation::SettingRepeated),
        (of_http2, Violation::SettingOfHttp2),
        (
            not_boolean(settings::ENABLE_CONNECT_PROTOCOL),
            Violation::ConnectProtocolNotBoolean,
        ),
        (
            not_boolean(settings::H3_DATAGRAM),
            Violation::DatagramNotBoolean,
        ),
    ];
    let broken = rules.into_iter().filter(|rule| rule.0);
    broken.map(|rule| rule.1).collect()
}

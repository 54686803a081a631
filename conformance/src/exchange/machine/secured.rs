//! TLS below a conversation, as far as a case is about it.

use std::time::Duration;

use wsspec_core::tls::{Reader, Tls};
use wsspec_reports::{What, Who};

use super::super::WireAction;
use super::Exchange;

impl Exchange<'_> {
    /// Sends what a case has in place of our half of the TLS handshake. Where our side is no TLS,
    /// what the target sends may be, and is told apart.
    pub(super) fn begin_without_tls(&mut self) {
        let Some(tls) = &self.case.tls else { return };
        if !tls.clear && tls.instead.is_none() {
            return;
        }
        self.on_mut(1).screen = Some(Reader::new());
        if let Some(instead) = &tls.instead {
            self.act(1, WireAction::Write(instead.bytes()));
        }
    }

    /// In a tunnel that is for a `wss` URL, a client begins with TLS. Our side has none there.
    pub(super) fn begin_tls_in_tunnel(&mut self, on: u32) {
        if on > 1 && self.case.tunnels_tls() {
            self.on_mut(on).screen = Some(Reader::new());
        }
    }

    /// TLS of the target came in conversation `on`: its ClientHello, or an alert.
    pub fn tls(&mut self, on: u32, tls: &Tls, now: Duration) {
        self.now = now;
        let Some(conversation) = self.conversations.get_mut(on as usize - 1) else {
            return;
        };
        let view = &mut conversation.view;
        view.activity.last = now;
        let what = match tls {
            Tls::Hello(hello) => {
                view.hello = Some(hello.clone());
                let name = hello.server_name.as_deref();
                What::Hello(name.map(|name| String::from_utf8_lossy(name).into_owned()))
            }
            Tls::Alert(alert) => {
                view.alert = Some(*alert);
                What::Alert(alert.0)
            }
        };
        self.log.event(now, on, Who::Target, what);
    }

    /// The clear text among these bytes of the target. `None` where nothing is told apart.
    pub(super) fn screen(&mut self, on: u32, bytes: &[u8]) -> Option<Vec<u8>> {
        let conversation = self.conversations.get_mut(on as usize - 1)?;
        let (found, clear) = conversation.screen.as_mut()?.take(bytes);
        for tls in &found {
            self.tls(on, tls, self.now);
        }
        Some(clear)
    }
}

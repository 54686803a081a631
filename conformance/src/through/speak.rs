//! What either end of ours sends.

use wsspec_core::deflate::negotiation::{self, Support};
use wsspec_reports::{What, Who};
use wsspec_vectors::{End, FieldValue, Frame, Head, OpensBy};

use super::conversation::Script;
use super::hop::Whose;
use super::reason::Reason;
use super::world::World;
use crate::binding::Field;
use crate::binding::connect::{request_fields, response_fields};
use crate::binding::http1::{request_bytes, response_bytes};
use crate::exchange::write_frame;

impl Script<'_> {
    /// Connects, and sends the opening request.
    pub(super) async fn open(&mut self, head: &Head, world: &mut impl World) -> Result<(), Reason> {
        let dialled = world.dial().await;
        dialled.map_err(|error| Reason::Unreachable(error.to_string()))?;
        self.hops.client.begun = true;
        let key = crate::exchange::random_key(&mut self.random);
        let offered;
        let head = if self.deflate {
            offered = with_extension(head, negotiation::NAME);
            &offered
        } else {
            head
        };
        let setup = self.terms.setups.at(End::Client);
        match self.terms.client_opens_by() {
            OpensBy::Upgrade => {
                let bytes = request_bytes(head, setup, &key);
                self.send_head(End::Client, bytes, &head.glued, world);
            }
            OpensBy::Connect => {
                let fields = request_fields(head, setup, &key);
                self.send_fields(End::Client, fields, &head.glued, world);
            }
        }
        Ok(())
    }

    /// Answers the request that came, in the HTTP of that.
    pub(super) fn accept(&mut self, head: &Head, world: &mut impl World) {
        let hop = &self.hops.server;
        let asked = hop.asked().and_then(Result::ok);
        let offers = asked.map(|asked| asked.request.extensions());
        let chosen = Support::default().choose(&offers.unwrap_or_default());
        let chosen = chosen.filter(|_| self.deflate);
        let with_chosen = chosen.map(|chosen| with_extension(head, &chosen.to_string()));
        let head = with_chosen.as_ref().unwrap_or(head);
        let setup = self.terms.setups.at(End::Server);
        match hop.opens_by() {
            Some(OpensBy::Connect) => {
                let fields = response_fields(head, setup);
                self.send_fields(End::Server, fields, &head.glued, world);
            }
            Some(OpensBy::Upgrade) | None => {
                let bytes = response_bytes(head, setup, &hop.key());
                self.send_head(End::Server, bytes, &head.glued, world);
            }
        }
    }

    /// Sends frames in one write.
    pub(super) fn send(&mut self, at: End, frames: &[Frame], world: &mut impl World) {
        let bytes = self.frames(at, frames);
        self.send_bytes(at, bytes, world);
    }

    /// Sends a head of HTTP/1.1, and the frames that are glued to it in the same write.
    fn send_head(&mut self, at: End, head: Vec<u8>, glued: &[Frame], world: &mut impl World) {
        self.hops.at_mut(at).read(Whose::Ours, &head);
        let frames = self.frames(at, glued);
        self.hops.at_mut(at).read(Whose::Ours, &frames);
        let bytes = [head, frames].concat();
        self.note(at, Who::Suite, What::Bytes(bytes.clone()), world.now());
        world.send(at, bytes);
    }

    /// Sends a head of HTTP/2 or HTTP/3, and the frames that follow it at once.
    fn send_fields(
        &mut self,
        at: End,
        fields: Vec<Field>,
        glued: &[Frame],
        world: &mut impl World,
    ) {
        let hop = self.hops.at_mut(at);
        hop.read_fields(Whose::Ours, fields.clone(), false);
        let what = What::Fields(lines_of(&fields));
        self.note(at, Who::Suite, what, world.now());
        world.send_fields(at, fields);
        if !glued.is_empty() {
            self.send(at, glued, world);
        }
    }

    fn send_bytes(&mut self, at: End, bytes: Vec<u8>, world: &mut impl World) {
        self.hops.at_mut(at).read(Whose::Ours, &bytes);
        self.note(at, Who::Suite, What::Bytes(bytes.clone()), world.now());
        world.send(at, bytes);
    }

    fn frames(&mut self, at: End, frames: &[Frame]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let hop = self.hops.at_mut(at);
        for frame in frames {
            let deflator = hop.deflator.as_mut();
            write_frame(frame, at.role(), &mut self.random, deflator, &mut bytes);
        }
        bytes
    }
}

/// A head with this extension.
fn with_extension(head: &Head, extension: &str) -> Head {
    let mut head = head.clone();
    let value = FieldValue::Lines(vec![extension.to_owned()]);
    head.headers
        .push(("Sec-WebSocket-Extensions".to_owned(), value));
    head
}

/// Fields as the wire log shows them.
pub(super) fn lines_of(fields: &[Field]) -> Vec<(String, String)> {
    fields
        .iter()
        .map(|(name, value)| (text(name), text(value)))
        .collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

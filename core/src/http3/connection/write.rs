//! What we send: anything, legal or not.

use super::{Connection, Output, incoming::types};
use crate::Role;
use crate::http3::settings::{self, Setting};
use crate::http3::violation::Scope;
use crate::http3::{ErrorCode, Field, Found, frame, message, qpack, varint};

impl Connection {
    /// Takes what is to be done on the wire.
    pub fn output(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.output)
    }

    /// Opens our control stream with these settings, and returns its id. The rules for the peer go
    /// by the settings of the first call.
    pub fn start(&mut self, announced: &[Setting]) -> u64 {
        let stream = self.open_unidirectional();
        let mut bytes = varint::bytes(types::CONTROL);
        frame::write(frame::SETTINGS, &settings::write(announced), &mut bytes);
        self.raw(stream, bytes);
        self.sent.control.get_or_insert(stream);
        self.sent.settings.get_or_insert(announced.to_vec());
        stream
    }

    /// Opens our QPACK streams, and returns the id of the encoder's. Nothing needs to be said on
    /// them: we use no dynamic table.
    pub fn start_qpack(&mut self) -> u64 {
        let encoder = self.open_unidirectional();
        self.raw(encoder, varint::bytes(types::ENCODER));
        let decoder = self.open_unidirectional();
        self.raw(decoder, varint::bytes(types::DECODER));
        encoder
    }

    /// Returns the next id of a bidirectional stream of ours: of a request, if we are the client.
    pub const fn open_bidirectional(&mut self) -> u64 {
        let id = self.sent.bidirectional * 4 + self.initiator();
        self.sent.bidirectional += 1;
        id
    }

    /// Returns the next id of a unidirectional stream of ours. Its type has to be written.
    pub const fn open_unidirectional(&mut self) -> u64 {
        let id = self.sent.unidirectional * 4 + 2 + self.initiator();
        self.sent.unidirectional += 1;
        id
    }

    const fn initiator(&self) -> u64 {
        match self.ours {
            Role::Client => 0,
            Role::Server => 1,
        }
    }

    /// Sends a HEADERS frame with these fields, whatever they are.
    pub fn headers(&mut self, stream: u64, fields: &[Field]) {
        let connects = match self.ours {
            Role::Client => message::is_connect(fields),
            Role::Server => message::status(fields).is_some_and(|status| status / 100 == 2),
        };
        if connects {
            self.sent.connects.insert(stream);
        }
        let section = qpack::write(fields, self.options.style);
        self.frame(stream, frame::HEADERS, &section);
    }

    /// Sends one DATA frame.
    pub fn data(&mut self, stream: u64, bytes: &[u8]) {
        self.frame(stream, frame::DATA, bytes);
    }

    /// Sends GOAWAY on our control stream, if [`start`](Self::start) opened one.
    pub fn goaway(&mut self, id: u64) {
        if let Some(control) = self.sent.control {
            self.frame(control, frame::GOAWAY, &varint::bytes(id));
        }
    }

    /// Sends a frame of any type.
    pub fn frame(&mut self, stream: u64, kind: u64, payload: &[u8]) {
        let mut bytes = Vec::with_capacity(payload.len() + 16);
        frame::write(kind, payload, &mut bytes);
        self.raw(stream, bytes);
    }

    /// Sends any bytes.
    pub fn raw(&mut self, stream: u64, bytes: Vec<u8>) {
        self.output.push(Output::Write { stream, bytes });
    }

    /// Ends our direction of a stream.
    pub fn finish(&mut self, stream: u64) {
        self.output.push(Output::Finish { stream });
    }

    /// Resets our direction of a stream.
    pub fn reset(&mut self, stream: u64, code: ErrorCode) {
        self.output.push(Output::Reset { stream, code });
    }

    /// Asks the peer to send no more on a stream.
    pub fn stop(&mut self, stream: u64, code: ErrorCode) {
        self.output.push(Output::Stop { stream, code });
    }

    /// Closes the connection.
    pub fn close(&mut self, code: ErrorCode) {
        self.output.push(Output::Close { code });
    }

    /// Answers a violation as RFC 9114 §8 asks for: closes the connection, or resets both
    /// directions of the stream.
    pub fn answer(&mut self, found: &Found) {
        let code = found.violation.code();
        match found.violation.scope() {
            Scope::Connection => self.close(code),
            Scope::Stream => {
                self.stop(found.stream, code);
                self.reset(found.stream, code);
            }
        }
    }
}

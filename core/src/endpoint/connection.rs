//! An open connection of an endpoint: answers and writes frames, and keeps the state of the closing
//! handshake.

use super::config::AutoReply;
use super::states::{Action, ConnectionEvent, ConnectionState};
use crate::Role;
use crate::close::{CloseCode, split_body};
use crate::deflate::message::{Context, Deflator};
use crate::deflate::negotiation::Parameters;
use crate::frame::{FrameWriter, MessageKind, Opcode};
use crate::message::Incoming;

/// RSV1, the mark of a compressed message (RFC 7692 §6).
const RSV1: u8 = 4;

/// Gives a fresh masking key for each frame.
pub(super) type Keys = Box<dyn FnMut() -> [u8; 4] + Send>;

/// One open connection.
pub(super) struct Connection {
    role: Role,
    pub(super) state: ConnectionState,
    /// Compresses what is sent, once that was agreed on.
    deflator: Option<Deflator>,
    /// The parameters of permessage-deflate that were agreed on.
    pub(super) agreed: Option<Parameters>,
    /// The masking keys of a client.
    keys: Option<Keys>,
    auto_reply: AutoReply,
    /// Bytes to send.
    pub(super) out: Vec<u8>,
}

impl Connection {
    /// An open connection.
    pub(super) fn new(role: Role, keys: Option<Keys>, auto_reply: AutoReply) -> Connection {
        Connection {
            role,
            state: ConnectionState::Open,
            deflator: None,
            agreed: None,
            keys,
            auto_reply,
            out: Vec::new(),
        }
    }

    /// Compresses what is sent from now on.
    pub(super) fn agree(&mut self, parameters: Parameters) {
        self.agreed = Some(parameters);
        self.compress_as(parameters.context(self.role));
    }

    pub(super) fn compress_as(&mut self, context: Context) {
        self.deflator = Some(Deflator::new(context));
    }

    /// Changes the state, and returns what is to be done.
    pub(super) fn happens(&mut self, event: ConnectionEvent) -> Action {
        let action;
        (self.state, action) = self.state.next(event);
        action
    }

    /// Answers a whole message or control frame where it needs an answer. Returns whether the
    /// transport is to be ended.
    pub(super) fn answer(&mut self, incoming: Incoming<&[u8]>) -> bool {
        match incoming {
            // After our own Close as well: only data frames are forbidden there (RFC 6455 §5.5.1,
            // §5.5.2).
            Incoming::Ping(payload) if self.auto_reply.pong => self.send(Opcode::PONG, payload),
            Incoming::Close(body) if self.auto_reply.close => return self.answer_close(body),
            _ => {}
        }
        false
    }

    /// Answers a Close frame with its own code.
    fn answer_close(&mut self, body: &[u8]) -> bool {
        let action = self.happens(ConnectionEvent::ClosedByPeer);
        if action.sends {
            let code = split_body(body).filter(|(code, _)| code.violation().is_none());
            let body = code.map(|(code, _)| code.0.to_be_bytes());
            self.send(Opcode::CLOSE, body.as_ref().map_or(&[], |code| code));
        }
        action.ends.applies_to(self.role)
    }

    /// Begins the closing handshake.
    pub(super) fn close(&mut self, code: CloseCode, reason: &str) {
        if self.happens(ConnectionEvent::ClosedByApplication).sends {
            self.send_close(code, reason);
        }
    }

    /// Fails the connection, with a Close frame if there is a code for it. Returns what is to be
    /// done.
    pub(super) fn fail(&mut self, code: Option<CloseCode>, reason: &str) -> Action {
        let action = self.happens(ConnectionEvent::Failed);
        if let Some(code) = code.filter(|_| action.sends) {
            self.send_close(code, reason);
        }
        action
    }

    /// Sends a message in one frame, compressed where that was agreed on.
    pub(super) fn send_message(&mut self, kind: MessageKind, payload: &[u8]) {
        match &mut self.deflator {
            Some(deflator) => {
                let compressed = deflator.message(payload);
                self.send_frame(kind.opcode(), true, RSV1, &compressed);
            }
            None => self.send(kind.opcode(), payload),
        }
    }

    fn send_close(&mut self, code: CloseCode, reason: &str) {
        let body = [&code.0.to_be_bytes(), reason.as_bytes()].concat();
        self.send(Opcode::CLOSE, &body);
    }

    pub(super) fn send(&mut self, opcode: Opcode, payload: &[u8]) {
        self.send_frame(opcode, true, 0, payload);
    }

    pub(super) fn send_frame(&mut self, opcode: Opcode, fin: bool, rsv: u8, payload: &[u8]) {
        FrameWriter::new(opcode, payload)
            .fin(fin)
            .rsv(rsv)
            .mask(self.keys.as_mut().map(|keys| keys()))
            .write(&mut self.out);
    }
}

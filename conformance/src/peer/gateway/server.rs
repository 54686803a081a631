//! The server's side of a gateway.

use wsspec_core::Role;
use wsspec_core::handshake::ConnectRequest;
use wsspec_core::http2::settings::DEFAULT_WINDOW;
use wsspec_core::http2::{Field, settings};
use wsspec_reports::Transport;

use super::heads::{self, Head, Said};
use super::{Event, Gateway, GatewayFault, Stream, Why, raw};
use crate::binding::carrier::ENABLE_CONNECT_PROTOCOL;
use crate::peer::ReferencePeer;

/// A server of streams.
#[derive(Debug)]
pub struct Server {
    pub(super) gateway: Gateway,
    peer: ReferencePeer,
    seed: u64,
    /// Streams opened so far.
    opened: u64,
    /// The window with which streams of HTTP/2 begin, in bytes.
    window: u32,
    /// Ordinary requests that have not ended.
    unfinished: Vec<u64>,
}

/// Ordinary requests that are waited for at a time; more are answered before they end.
const MOST_UNFINISHED: usize = 100;

/// A window below this is narrow: not even a whole DATA frame of the usual size fits.
const NARROW: u32 = 16 << 10;

/// The status of the answer to an ordinary request.
const NOT_FOUND: &str = "404";

impl Server {
    pub(super) fn new(peer: ReferencePeer, over: Transport, seed: u64) -> Server {
        let mut gateway = Gateway::new(Role::Server, over, peer.gateway);
        let announced: &[(u64, u64)] = match gateway.fault {
            Some(GatewayFault::NotAnnounced) => &[],
            Some(GatewayFault::AnnouncedAsTwo) => &[(ENABLE_CONNECT_PROTOCOL, 2)],
            _ => &[(ENABLE_CONNECT_PROTOCOL, 1)],
        };
        raw::begin(&mut gateway, announced);
        Server {
            gateway,
            peer,
            seed,
            opened: 0,
            window: DEFAULT_WINDOW,
            unfinished: Vec::new(),
        }
    }

    pub(super) fn event(&mut self, event: Event) {
        match event {
            Event::Broke(breach) => self.gateway.answer(breach),
            Event::Fields {
                stream,
                fields,
                end,
            } => self.fields(stream, &fields, end),
            Event::Content { stream, bytes, end } => {
                self.content(stream, bytes, end);
                if end {
                    self.finished(stream);
                }
            }
            Event::Leaving => self.gateway.leaving(),
            Event::Credit(stream) => self.gateway.crossed(stream),
            Event::Reset(stream) => {
                self.unfinished.retain(|of| *of != stream);
                self.gateway.crossed(stream);
                self.gateway.lose(stream);
                if self.gateway.has(GatewayFault::ResetKillsConnection) {
                    self.gateway.abort(Why::Internal);
                }
            }
            Event::Settings(changes) => {
                let size = u64::from(settings::INITIAL_WINDOW_SIZE);
                let window = changes.iter().rfind(|(id, _)| *id == size);
                self.window = window.map_or(self.window, |(_, size)| *size as u32);
            }
            Event::Lost => {}
        }
    }

    fn fields(&mut self, id: u64, fields: &[Field], end: bool) {
        self.gateway.highest = self.gateway.highest.max(id);
        if self.gateway.malformed.contains(&id) {
            return;
        }
        if self.unfinished.contains(&id) {
            if end {
                self.finished(id);
            }
            return;
        }
        if let Some(at) = self.gateway.at(id) {
            // Trailers mean nothing to a WebSocket.
            if end {
                self.gateway.streams[at].inner.receive_end();
            }
            return;
        }
        match self.refusal(fields) {
            // Like many servers, it reads a request to its end before it answers.
            Some(NOT_FOUND) if !end && self.unfinished.len() < MOST_UNFINISHED => {
                self.unfinished.push(id);
            }
            Some(status) => self.refuse(id, status),
            None => self.open(id, fields, end),
        }
    }

    /// The status of a request that opens no WebSocket.
    fn refusal(&self, fields: &[Field]) -> Option<&'static str> {
        let readable = fields
            .iter()
            .filter_map(|(name, value)| Some((std::str::from_utf8(name).ok()?, value.as_slice())))
            .collect();
        let request = ConnectRequest { fields: readable };
        let method = request.fields.get(":method");
        let protocol = request.fields.get(":protocol");
        let demands_key = self.gateway.has(GatewayFault::KeyDemanded);
        if demands_key && request.fields.get("sec-websocket-key").is_none() {
            return Some("400");
        }
        let one_only = self.gateway.has(GatewayFault::OneStreamOnly);
        if one_only && !self.gateway.streams.is_empty() {
            return Some("503");
        }
        let any_protocol = self.gateway.has(GatewayFault::AnyProtocol) && method == Some("CONNECT");
        let any_method = self.gateway.has(GatewayFault::AnyMethod) && protocol.is_some();
        if request.asks_for_websocket() || any_protocol || any_method {
            return None;
        }
        Some(match (method, protocol) {
            // RFC 9220 §3 for HTTP/3; nothing forbids it here.
            (Some("CONNECT"), Some(_)) => "501",
            (Some("CONNECT"), None) => "405",
            _ => NOT_FOUND,
        })
    }

    /// The client's direction of a stream has ended: an ordinary request is answered.
    fn finished(&mut self, id: u64) {
        if let Some(at) = self.unfinished.iter().position(|of| *of == id) {
            self.unfinished.swap_remove(at);
            self.refuse(id, NOT_FOUND);
        }
    }

    fn refuse(&mut self, id: u64, status: &str) {
        if status == NOT_FOUND && self.gateway.has(GatewayFault::NoOrdinaryRequests) {
            return self.gateway.abort(Why::Protocol);
        }
        let mut fields = vec![(b":status".to_vec(), status.as_bytes().to_vec())];
        if self.gateway.has(GatewayFault::LengthOfRefusalWrong) {
            fields.push((b"content-length".to_vec(), b"5".to_vec()));
        }
        self.gateway.link.fields(id, &fields, true);
    }

    fn open(&mut self, id: u64, fields: &[Field], end: bool) {
        let mut fields = fields.to_vec();
        if self.gateway.has(GatewayFault::VersionUnchecked) {
            fields.retain(|(name, _)| name != b"sec-websocket-version");
            fields.push((b"sec-websocket-version".to_vec(), b"13".to_vec()));
        }
        // As if each stream were a connection: the first has the seed itself.
        let seed = self.seed.wrapping_add(self.opened);
        self.opened += 1;
        let mut inner = self.peer.connection(Role::Server, seed);
        inner.receive(&mut heads::upgrade(&fields));
        if end {
            inner.receive_end();
        }
        self.gateway.streams.push(Stream {
            id,
            inner,
            head: Head::response(),
            ended: false,
            heard_end: end,
            gone: false,
        });
    }

    fn content(&mut self, id: u64, bytes: Vec<u8>, end: bool) {
        let mixes = self.gateway.has(GatewayFault::StreamsMixed);
        let at = if mixes && self.gateway.streams.len() > 1 {
            Some(0)
        } else {
            self.gateway.at(id)
        };
        let drops = self.gateway.has(GatewayFault::DataDropped) && bytes.len() == 1;
        if let Some(at) = at.filter(|_| !drops) {
            self.gateway.content(at, bytes, end);
        }
    }

    /// Passes on what the endpoints say.
    pub(super) fn respond(&mut self) {
        for at in 0..self.gateway.streams.len() {
            let stream = &mut self.gateway.streams[at];
            let said = stream.inner.take_output();
            if stream.gone || stream.ended {
                continue;
            }
            let id = stream.id;
            if !said.is_empty() {
                let said = stream.head.take(said, false);
                self.pass_on(id, said);
            }
            let stream = &mut self.gateway.streams[at];
            if stream.inner.wants_end() && !stream.gone {
                stream.ended = true;
                self.end(id);
            }
        }
    }

    fn pass_on(&mut self, id: u64, said: Said) {
        match said {
            Said::Nothing | Said::Request(..) => {}
            Said::Interim(status, rest) => {
                let fields = [(b":status".to_vec(), status.to_string().into_bytes())];
                self.gateway.link.fields(id, &fields, false);
                if let Some(at) = self.gateway.at(id).filter(|_| !rest.is_empty()) {
                    let said = self.gateway.streams[at].head.take(rest, false);
                    self.pass_on(id, said);
                }
            }
            Said::Garbage => {
                self.gateway.link.reset(id, Why::Internal);
                if let Some(at) = self.gateway.at(id) {
                    self.gateway.streams[at].ended = true;
                }
            }
            Said::Response(status, fields, rest) => {
                let fields = self.answer(status, fields);
                self.gateway.link.fields(id, &fields, false);
                raw::after_answer(&mut self.gateway, id);
                if !rest.is_empty() {
                    self.gateway.link.content(id, rest);
                }
            }
            Said::Bytes(bytes)
                if self.gateway.has(GatewayFault::WaitsForWindow)
                    && self.window < NARROW
                    && bytes.len() > self.window as usize => {}
            Said::Bytes(bytes) => self.gateway.link.content(id, bytes),
        }
    }

    fn answer(&self, status: u16, mut fields: Vec<Field>) -> Vec<Field> {
        let opens = status == 101;
        let status = match (opens, self.gateway.has(GatewayFault::AnswersWith101)) {
            (true, false) => "200".to_owned(),
            _ => status.to_string(),
        };
        fields.insert(0, (b":status".to_vec(), status.into_bytes()));
        if opens && self.gateway.has(GatewayFault::LengthInAnswer) {
            fields.push((b"content-length".to_vec(), b"5".to_vec()));
        }
        if self.gateway.has(GatewayFault::UpperCaseName) {
            fields.push((b"X-Server".to_vec(), b"wsspec".to_vec()));
        }
        fields
    }

    fn end(&mut self, id: u64) {
        match self.gateway.fault {
            Some(GatewayFault::EndLost) => {}
            // What waits is not to be lost as well.
            Some(GatewayFault::ResetsAtEnd) if !self.gateway.link.is_waiting(id) => {
                self.gateway.link.reset(id, Why::Internal);
            }
            Some(GatewayFault::EndsConnection) => self.gateway.abort(Why::NoError),
            _ => raw::end(&mut self.gateway, id),
        }
    }
}

//! The client's side of a gateway.

use wsspec_core::Role;
use wsspec_core::http2::{ErrorCode, Event, Field, Found, Violation, settings};

use super::heads::{self, Head, Said};
use super::{Gateway, GatewayFault, Stream};
use crate::peer::connection::PeerConnection;

/// A client of streams.
#[derive(Debug)]
pub struct Client {
    pub(super) gateway: Gateway,
    scheme: String,
    /// By stream, the key of the request that its endpoint sent, by which that checks the answer.
    keys: Vec<String>,
    /// The server has said whether it takes an extended CONNECT.
    allowed: Option<bool>,
}

impl Client {
    pub(super) fn new(
        fault: Option<GatewayFault>,
        inner: Vec<PeerConnection>,
        scheme: &str,
    ) -> Client {
        let mut gateway = Gateway::new(Role::Client, fault);
        gateway.connection.preface();
        gateway.connection.settings(&[]);
        for inner in inner {
            let id = gateway.connection.next_stream();
            gateway.streams.push(Stream {
                id,
                inner,
                head: Head::request(),
                ended: false,
                heard_end: false,
                gone: false,
            });
        }
        Client {
            keys: vec![String::new(); gateway.streams.len()],
            gateway,
            scheme: scheme.to_owned(),
            allowed: None,
        }
    }

    pub(super) fn receive(&mut self, bytes: &[u8]) {
        for event in self.gateway.connection.receive(bytes) {
            if !self.gateway.ends {
                self.event(event);
            }
        }
        self.respond();
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Settings(announced) => self.settings(&announced),
            Event::Violation(found) => self.violation(found),
            Event::Headers {
                stream,
                fields,
                end,
            } => self.fields(stream, &fields, end),
            Event::Data { stream, bytes, end } => {
                if let Some(at) = self.gateway.at(stream) {
                    self.gateway.content(at, bytes, end);
                }
            }
            Event::Reset { stream, .. } => self.gateway.lose(stream),
            Event::GoAway { code, .. } => self.gateway.goaway(code),
            Event::SettingsAck
            | Event::Ping { .. }
            | Event::WindowUpdate { .. }
            | Event::Broken => {}
        }
    }

    /// The first settings say whether there can be a WebSocket (RFC 8441 §3).
    fn settings(&mut self, announced: &[(u16, u32)]) {
        let value = announced
            .iter()
            .rev()
            .find(|(id, _)| *id == settings::ENABLE_CONNECT_PROTOCOL)
            .map(|(_, value)| *value);
        let taken = value == Some(1)
            || value == Some(2) && self.gateway.has(GatewayFault::TakesSettingOfTwo);
        let asks_anyway = self.gateway.has(GatewayFault::AsksUnannounced);
        match self.allowed {
            None | Some(false) if taken || asks_anyway => self.allowed = Some(true),
            None => self.allowed = Some(false),
            Some(_) => {}
        }
    }

    fn violation(&mut self, found: Found) {
        let violation = found.violation;
        let lenient = match violation {
            Violation::ConnectProtocolNotBoolean => {
                self.gateway.has(GatewayFault::TakesSettingOfTwo)
            }
            Violation::FieldNameUppercase
            | Violation::FieldNameInvalid
            | Violation::FieldOfTheConnection => {
                self.gateway.has(GatewayFault::TakesMalformedAnswer)
            }
            Violation::Status101 => {
                self.gateway.has(GatewayFault::Demands101)
                    || self.gateway.has(GatewayFault::TakesAnyStatus)
            }
            _ => false,
        };
        if !lenient {
            self.gateway.answer(found);
        }
    }

    fn fields(&mut self, id: u32, fields: &[Field], end: bool) {
        let Some(at) = self.gateway.at(id) else {
            return;
        };
        let status = heads::value(fields, b":status");
        let status = status.and_then(|text| std::str::from_utf8(text).ok()?.parse().ok());
        let mut status: u16 = status.unwrap_or_default();
        if (100..200).contains(&status) && status != 101 {
            if !self.gateway.has(GatewayFault::InterimTakenForFinal) {
                return;
            }
            status = 400;
        }
        let refuses = match self.gateway.fault {
            Some(GatewayFault::DemandsAccept) => {
                heads::value(fields, b"sec-websocket-accept").is_none()
            }
            Some(GatewayFault::Demands101) => status != 101,
            _ => false,
        };
        if refuses {
            self.gateway.connection.reset(id, ErrorCode::PROTOCOL_ERROR);
            return self.gateway.lose(id);
        }
        if matches!(
            self.gateway.fault,
            Some(GatewayFault::TakesAnyStatus | GatewayFault::Demands101)
        ) {
            status = 200;
        }
        // An answer that ends the stream opens none.
        if end && (200..300).contains(&status) {
            status = 400;
        }
        let mut head = heads::answer(status, fields, &self.keys[at]);
        let stream = &mut self.gateway.streams[at];
        stream.inner.receive(&mut head);
        if end {
            stream.inner.receive_end();
        }
    }

    /// Passes on what the endpoints say, once they may.
    pub(super) fn respond(&mut self) {
        if self.allowed == Some(true) && !self.gateway.ends {
            for at in 0..self.gateway.streams.len() {
                self.respond_on(at);
            }
        }
        let streams = &self.gateway.streams;
        let over = streams.iter().all(|stream| stream.gone || stream.ended);
        if (self.allowed == Some(false) || over) && !self.gateway.ends {
            self.gateway.abort(ErrorCode::NO_ERROR);
        }
        self.gateway.collect();
    }

    fn respond_on(&mut self, at: usize) {
        let stream = &mut self.gateway.streams[at];
        let said = stream.inner.take_output();
        if stream.gone || stream.ended {
            return;
        }
        let id = stream.id;
        if !said.is_empty() {
            match stream.head.take(said, true) {
                Said::Request(request, rest) => {
                    self.keys[at].clone_from(&request.key);
                    let fields = self.connect(request);
                    let ends = self.gateway.has(GatewayFault::EndsWithRequest);
                    self.gateway.connection.headers(id, &fields, ends);
                    if !rest.is_empty() {
                        self.gateway.connection.data(id, rest, None);
                    }
                }
                Said::Bytes(bytes) => self.gateway.connection.data(id, bytes, None),
                Said::Garbage => {
                    self.gateway.connection.reset(id, ErrorCode::INTERNAL_ERROR);
                    self.gateway.streams[at].gone = true;
                }
                Said::Nothing | Said::Interim(..) | Said::Response(..) => {}
            }
        }
        let stream = &mut self.gateway.streams[at];
        if stream.inner.wants_end() && !stream.gone {
            stream.ended = true;
            self.gateway.finish(id);
        }
    }

    fn connect(&self, request: heads::Request) -> Vec<Field> {
        let mut fields = vec![field(":method", "CONNECT"), field(":protocol", "websocket")];
        if !self.gateway.has(GatewayFault::LeavesOutSchemeAndPath) {
            fields.push(field(":scheme", &self.scheme));
            fields.push(field(":path", &request.path));
        }
        fields.push(field(":authority", &request.host));
        fields.extend(request.fields);
        match self.gateway.fault {
            Some(GatewayFault::SendsUpgradeFields) => {
                fields.push(field("connection", "Upgrade"));
                fields.push(field("upgrade", "websocket"));
            }
            Some(GatewayFault::LeavesOutVersion) => {
                fields.retain(|(name, _)| name != b"sec-websocket-version");
            }
            _ => {}
        }
        fields
    }
}

fn field(name: &str, value: &str) -> Field {
    (name.into(), value.into())
}

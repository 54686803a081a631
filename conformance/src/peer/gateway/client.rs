//! The client's side of a gateway.

use wsspec_core::Role;
use wsspec_core::http2::Field;
use wsspec_reports::Transport;

use super::heads::{self, Head, Said};
use super::{Event, Gateway, GatewayFault, Stream, Why, raw};
use crate::binding::carrier::ENABLE_CONNECT_PROTOCOL;
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
        fault: Option<(GatewayFault, Transport)>,
        over: Transport,
        inner: Vec<PeerConnection>,
        scheme: &str,
    ) -> Client {
        let mut gateway = Gateway::new(Role::Client, over, fault);
        raw::begin(&mut gateway, &[]);
        for inner in inner {
            let id = gateway.link.next_stream();
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

    pub(super) fn event(&mut self, event: Event) {
        match event {
            Event::Settings(announced) => self.settings(&announced),
            Event::Broke(breach) => self.gateway.answer(breach),
            Event::Fields {
                stream,
                fields,
                end,
            } => self.fields(stream, &fields, end),
            Event::Content { stream, bytes, end } => {
                if let Some(at) = self.gateway.at(stream) {
                    self.gateway.content(at, bytes, end);
                }
            }
            Event::Reset(stream) => self.gateway.lose(stream),
            Event::Lost => self.gateway.ends = true,
            Event::Leaving => self.gateway.leaving(),
            Event::Credit(_) => {}
        }
    }

    /// The first settings say whether there can be a WebSocket (RFC 8441 §3).
    fn settings(&mut self, announced: &[(u64, u64)]) {
        let value = announced
            .iter()
            .rev()
            .find(|(id, _)| *id == ENABLE_CONNECT_PROTOCOL)
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

    fn fields(&mut self, id: u64, fields: &[Field], end: bool) {
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
            self.gateway.link.reset(id, Why::Protocol);
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
            self.gateway.abort(Why::NoError);
        }
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
                    self.gateway.link.fields(id, &fields, ends);
                    if !rest.is_empty() {
                        self.gateway.link.content(id, rest);
                    }
                }
                Said::Bytes(bytes) => self.gateway.link.content(id, bytes),
                Said::Garbage => {
                    self.gateway.link.reset(id, Why::Internal);
                    self.gateway.streams[at].gone = true;
                }
                Said::Nothing | Said::Interim(..) | Said::Response(..) => {}
            }
        }
        let stream = &mut self.gateway.streams[at];
        if stream.inner.wants_end() && !stream.gone {
            stream.ended = true;
            self.gateway.link.finish(id);
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

//! The reference peer: core's endpoint with an echoing application, right or with one planted fault.

mod faults;
pub mod server;

use std::collections::HashSet;
use url::Url;
use wsspec_core::Role;
use wsspec_core::deflate::negotiation::{Parameters, Support};
use wsspec_core::endpoint::{ClientConfig, Endpoint, Event, ServerConfig};
use wsspec_core::frame::MessageKind;
use wsspec_core::policy::Policy;

pub use faults::{FAULTS, Fault};

use crate::vector::{Dial, SplitMix64};

/// How to make endpoints.
#[derive(Debug, Clone)]
pub struct Peer {
    /// What the endpoint does about violations, and what it does wrong itself.
    pub policy: Policy,
    /// What its application does wrong.
    pub app: AppFault,
    /// Largest message, in bytes; `None` for core's default.
    pub max_message: Option<u64>,
    /// Subprotocols it speaks.
    pub subprotocols: Vec<String>,
    /// Whether it takes, and offers, permessage-deflate.
    pub compression: bool,
}

/// What an application does with messages, when it does not just echo them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AppFault {
    /// Echoes.
    #[default]
    None,
    /// Says nothing.
    Silent,
    /// Echoes the right length of wrong bytes.
    WrongBytes,
    /// Echoes text as binary and binary as text.
    WrongKind,
    /// Echoes messages over this size cut to it.
    Truncates(usize),
    /// Echoes every message twice.
    Twice,
    /// Sends a message as soon as the connection opens, and echoes.
    Greets,
    /// Pings when the connection opens and with every message, and echoes.
    Pings,
    /// Never reads, never answers.
    Hangs,
}

impl Peer {
    /// The right peer.
    pub fn right() -> Peer {
        Peer {
            policy: Policy::rfc(),
            app: AppFault::None,
            max_message: None,
            subprotocols: Vec::new(),
            compression: true,
        }
    }

    /// An endpoint of this kind.
    pub fn endpoint(&self, role: Role) -> Endpoint {
        match role {
            Role::Server => {
                let mut config = ServerConfig {
                    policy: self.policy.clone(),
                    subprotocols: self.subprotocols.clone(),
                    compression: self.compression.then(Support::default),
                    ..ServerConfig::default()
                };
                config.max_message = self.max_message.unwrap_or(config.max_message);
                Endpoint::server(config)
            }
            Role::Client => self.client("wsspec.invalid", "/", &self.subprotocols),
        }
    }

    /// A client that does as it is told. `None`: it refuses the URL.
    pub fn dialling(&self, dial: &Dial, host: &str) -> Option<Endpoint> {
        let text = dial.url.as_deref().unwrap_or("ws://{host}/").replace("{host}", host).replace("{target}", "/");
        let url = Url::parse(&text).ok().filter(|url| url.scheme() == "ws")?;
        let token = |p: &String| {
            !p.is_empty() && p.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
        };
        let mut seen = HashSet::new();
        if !dial.subprotocols.iter().all(|p| token(p) && seen.insert(p)) {
            return None;
        }
        let query = url.query().filter(|q| !q.is_empty()).map_or(String::new(), |q| format!("?{q}"));
        let port = url.port().map_or(String::new(), |p| format!(":{p}"));
        let host = format!("{}{port}", url.host_str()?);
        Some(self.client(&host, &format!("{}{query}", url.path()), &dial.subprotocols))
    }

    fn client(&self, host: &str, target: &str, subprotocols: &[String]) -> Endpoint {
        let mut config = ClientConfig::new(host, target, *b"wsspec reference");
        config.policy = self.policy.clone();
        config.max_message = self.max_message.unwrap_or(config.max_message);
        config.subprotocols = subprotocols.to_vec();
        let offer = Parameters { client_max_window_bits: Some(None), ..Parameters::default() };
        config.compression.extend(self.compression.then_some(offer));
        let mut random = SplitMix64(0x7773_7370_6563);
        Endpoint::client(config, move || (random.next() as u32).to_le_bytes())
    }

    /// The application on top of an endpoint.
    pub fn app(&self) -> App {
        App { fault: self.app }
    }
}

/// An echoing application.
#[derive(Debug, Clone, Copy)]
pub struct App {
    fault: AppFault,
}

impl App {
    /// Takes what happened on the connection and answers it.
    pub fn drive(&mut self, endpoint: &mut Endpoint) {
        while let Some(event) = endpoint.poll() {
            if self.fault == AppFault::Pings && matches!(event, Event::Opened(_) | Event::Message(..)) {
                endpoint.ping(b"of its own");
            }
            match event {
                Event::Opened(_) if self.fault == AppFault::Greets => endpoint.send(MessageKind::Text, b"welcome"),
                Event::Message(kind, payload) => self.answer(endpoint, kind, payload),
                _ => {}
            }
        }
    }

    fn answer(self, endpoint: &mut Endpoint, kind: MessageKind, mut payload: Vec<u8>) {
        let other = match kind {
            MessageKind::Text => MessageKind::Binary,
            MessageKind::Binary => MessageKind::Text,
        };
        match self.fault {
            AppFault::None | AppFault::Greets | AppFault::Pings => endpoint.send(kind, &payload),
            AppFault::Silent | AppFault::Hangs => {}
            AppFault::WrongBytes => {
                payload.fill(b'x');
                endpoint.send(kind, &payload);
            }
            AppFault::WrongKind => endpoint.send(other, &payload),
            AppFault::Truncates(size) => endpoint.send(kind, &payload[..payload.len().min(size)]),
            AppFault::Twice => {
                endpoint.send(kind, &payload);
                endpoint.send(kind, &payload);
            }
        }
    }
}

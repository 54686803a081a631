//! The reference peer: core's endpoint with an echoing application, right or with one planted fault.

pub mod hostile;
mod mutators;
mod output;
mod planted;
mod recording;
pub mod tcp;
mod variants;

use std::collections::HashSet;
use url::Url;
use wsspec_core::Role;
use wsspec_core::close::CloseCode;
use wsspec_core::deflate::negotiation::{self, Parameters, Support};
use wsspec_core::endpoint::{ClientConfig, Endpoint, Event, ServerConfig};
use wsspec_core::frame::MessageKind;
use wsspec_core::policy::Policy;
use wsspec_core::violation::ViolationSet;

use mutators::{Tamper, Tampering};
use output::Misbehaviour;
pub use output::OutputFaults;
pub use planted::{FAULTS, Fault};
pub(crate) use recording::Recording;
pub use variants::{FORMS, Form};
use variants::{Forms, Manner};

use wsspec_vectors::{CloseBody, Dial, Payload, SplitMix64, Tell, WantedOffer, WantedOffers};

/// How to make endpoints.
#[derive(Debug, Clone)]
pub struct Peer {
    /// What the endpoint does about violations.
    pub policy: Policy,
    /// What it does wrong itself.
    pub output: OutputFaults,
    /// What its application does wrong.
    pub app: AppFault,
    /// Largest message, in bytes; `None` for core's default.
    pub max_message: Option<u64>,
    /// Subprotocols it speaks.
    pub subprotocols: Vec<String>,
    /// Whether it takes, and offers, permessage-deflate.
    pub compression: bool,
    /// What it offers of it as a client, the best first.
    pub offers: Vec<Parameters>,
    /// What it makes of its Sec-WebSocket-Key.
    key: Option<fn(&str) -> String>,
    /// What spoils its bytes on their way.
    tamper: Option<Tamper>,
    /// In which legal forms it goes about it.
    forms: Option<Forms>,
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
    /// Closes with 1000 and no reason, whatever was asked for.
    ClosesBare,
    /// Closes without the reason that was asked for.
    ClosesMute,
    /// Ends TCP where it was asked to close.
    HangsUp,
    /// Serves nobody any more after something that one connection did.
    Dies(Death),
    /// As a client, asks for whatever it is told to.
    AsksAnything,
}

/// What a peer dies of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Death {
    /// A reset of a connection.
    Reset,
    /// The end of a connection without a closing handshake.
    End,
    /// A violation.
    Violation,
    /// More pings than this on one connection.
    Pings(usize),
}

impl Peer {
    /// The right peer.
    pub fn right() -> Peer {
        Peer {
            policy: Policy::rfc(),
            output: OutputFaults::default(),
            app: AppFault::None,
            max_message: None,
            subprotocols: Vec::new(),
            compression: true,
            offers: vec![Parameters {
                client_max_window_bits: Some(None),
                ..Parameters::default()
            }],
            key: None,
            tamper: None,
            forms: None,
        }
    }

    /// An endpoint of this kind.
    fn endpoint(&self, role: Role, seed: u64) -> Endpoint {
        match role {
            Role::Server => {
                let mut config = ServerConfig {
                    policy: self.policy.clone(),
                    subprotocols: self.subprotocols.clone(),
                    compression: self.compression.then(Support::default),
                    choose_offer: self.output.choose_offer(),
                    auto_reply: self.output.auto_reply(),
                    ..ServerConfig::default()
                };
                config.max_message = self.max_message.unwrap_or(config.max_message);
                self.forms
                    .iter()
                    .for_each(|forms| forms.server(&mut config));
                Endpoint::server(config)
            }
            Role::Client => self.client("wsspec.invalid", "/", &self.subprotocols, seed),
        }
    }

    /// The right peer whose client offers what a case wants to be offered of permessage-deflate.
    pub fn offering(wanted: &WantedOffers) -> Peer {
        let mut peer = Peer::right();
        match wanted.get(negotiation::NAME) {
            None | Some(Some(WantedOffer::Any(_))) => {}
            Some(None) => return peer.without_compression(),
            Some(Some(WantedOffer::With(parameters))) => {
                let asks = |name: &str| parameters.get(name).is_some_and(Option::is_some);
                let refuses = |name: &str| parameters.get(name).is_some_and(Option::is_none);
                peer.offers = vec![Parameters {
                    server_no_context_takeover: asks("server_no_context_takeover"),
                    client_no_context_takeover: asks("client_no_context_takeover"),
                    server_max_window_bits: asks("server_max_window_bits").then_some(12),
                    client_max_window_bits: (!refuses("client_max_window_bits")).then_some(None),
                }];
            }
        }
        peer
    }

    /// The same peer without permessage-deflate.
    #[must_use]
    pub fn without_compression(mut self) -> Peer {
        self.compression = false;
        self
    }

    /// A client that does as it is told. `None`: it refuses the URL.
    pub fn dialling(&self, dial: &Dial, host: &str, seed: u64) -> Option<Party> {
        let text = dial.resolved(host, "/");
        let lax = self.app == AppFault::AsksAnything;
        let url = Url::parse(&text)
            .ok()
            .filter(|url| lax || url.scheme() == "ws")?;
        let token = |p: &String| {
            !p.is_empty()
                && p.bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
        };
        let mut asked = HashSet::new();
        if !lax
            && !dial
                .subprotocols
                .iter()
                .all(|p| token(p) && asked.insert(p))
        {
            return None;
        }
        let query = url
            .query()
            .filter(|q| !q.is_empty())
            .map_or(String::new(), |q| format!("?{q}"));
        let port = url.port().map_or(String::new(), |p| format!(":{p}"));
        let host = format!("{}{port}", url.host_str()?);
        Some(self.on(
            self.client(
                &host,
                &format!("{}{query}", url.path()),
                &dial.subprotocols,
                seed,
            ),
            seed,
        ))
    }

    fn client(&self, host: &str, target: &str, subprotocols: &[String], seed: u64) -> Endpoint {
        let mut random = SplitMix64(seed);
        let nonce = [random.next().to_le_bytes(), random.next().to_le_bytes()].concat();
        let mut config = ClientConfig::new(host, target, nonce.try_into().unwrap_or_default());
        if let Some(edit) = self.key {
            config.key = edit(&config.key);
        }
        config.policy = self.policy.clone();
        config.auto_reply = self.output.auto_reply();
        config.max_message = self.max_message.unwrap_or(config.max_message);
        config.subprotocols = subprotocols.to_vec();
        if self.compression {
            config.compression.clone_from(&self.offers);
        }
        self.forms
            .iter()
            .for_each(|forms| forms.client(&mut config));
        Endpoint::client(config, move || (random.next() as u32).to_le_bytes())
    }

    /// One end of a connection: an endpoint of this kind with its application on top. The nonce and the masking
    /// keys of a client come from `seed`.
    pub fn party(&self, role: Role, seed: u64) -> Party {
        self.on(self.endpoint(role, seed), seed)
    }

    fn on(&self, endpoint: Endpoint, seed: u64) -> Party {
        let tampering = self.tamper.map(Tampering::new);
        let manner = self
            .forms
            .as_ref()
            .map(|forms| forms.manner(endpoint.role(), seed));
        let app = App { fault: self.app };
        let mut party = Party {
            endpoint,
            app,
            manner,
            misbehaviour: Misbehaviour::new(self.output),
            tampering,
            broken: ViolationSet::NONE,
            pings: 0,
            reset: false,
            ended: false,
            output: Vec::new(),
        };
        // The request of a client.
        party.act(|_| ());
        party
    }
}

/// One end of a connection, sans-I/O: endpoint, application, and what spoils the bytes between it and the wire.
#[derive(Debug)]
pub struct Party {
    endpoint: Endpoint,
    app: App,
    /// Takes the place of the application in a peer of some form.
    manner: Option<Manner>,
    /// What it does wrong itself.
    misbehaviour: Option<Misbehaviour>,
    tampering: Option<Tampering>,
    /// The rules it saw broken.
    broken: ViolationSet,
    /// The pings it answered.
    pings: usize,
    /// The connection was reset, or ended before its time.
    reset: bool,
    ended: bool,
    output: Vec<u8>,
}

impl Party {
    /// Takes what the peer sent.
    pub fn receive(&mut self, bytes: &mut [u8]) {
        if self.app.fault == AppFault::Hangs {
            return;
        }
        let mut read = match &mut self.tampering {
            Some(tampering) => tampering.incoming(bytes),
            None => return self.read(bytes),
        };
        self.read(&mut read);
    }

    fn read(&mut self, bytes: &mut [u8]) {
        match &mut self.misbehaviour {
            Some(misbehaviour) => misbehaviour.receive(&mut self.endpoint, bytes),
            None => self.endpoint.receive(bytes),
        }
        self.respond();
    }

    /// The peer has ended the transport.
    pub fn receive_end(&mut self) {
        self.ended |= !self.wants_end();
        self.act(Endpoint::receive_end);
    }

    /// Tells the application what to do.
    pub fn tell(&mut self, tell: &Tell) {
        let app = self.app;
        self.act(|endpoint| app.obey(tell, endpoint));
    }

    /// The peer has reset the connection.
    pub fn receive_reset(&mut self) {
        self.reset = true;
        self.act(Endpoint::receive_end);
    }

    /// Whether others are served after what happened here.
    pub fn serves_others(&self) -> bool {
        match self.app.fault {
            AppFault::Dies(Death::Reset) => !self.reset,
            AppFault::Dies(Death::End) => !self.ended,
            AppFault::Dies(Death::Violation) => self.broken == ViolationSet::NONE,
            AppFault::Dies(Death::Pings(most)) => self.pings <= most,
            _ => true,
        }
    }

    /// Takes the bytes to send.
    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }

    /// Whether the transport should be ended once all output is sent.
    pub fn wants_end(&self) -> bool {
        let ends = |manner: &Manner| manner.ends(&self.endpoint);
        let wanted = self.endpoint.wants_end() || self.manner.as_ref().is_some_and(ends);
        self.tampering
            .as_ref()
            .map_or(wanted, |tampering| tampering.ends(wanted))
    }

    /// Whether it will send more as time passes.
    pub fn puts_off(&self) -> bool {
        self.manner
            .as_ref()
            .is_some_and(|manner| manner.puts_off(&self.endpoint))
    }

    /// A little time has passed.
    pub fn pause(&mut self) {
        if let Some(manner) = &mut self.manner {
            manner.pause(&mut self.endpoint);
        }
        self.act(|_| ());
    }

    fn act(&mut self, happens: impl FnOnce(&mut Endpoint)) {
        happens(&mut self.endpoint);
        self.respond();
    }

    /// Lets the application answer what happened, and takes what is to be sent.
    fn respond(&mut self) {
        match &mut self.manner {
            Some(manner) => manner.drive(&mut self.endpoint),
            None => self
                .app
                .drive(&mut self.endpoint, &mut self.broken, &mut self.pings),
        }
        let mut said = self.endpoint.take_output();
        if let Some(misbehaviour) = &mut self.misbehaviour {
            said = misbehaviour.outgoing(self.endpoint.role(), said);
        }
        if let Some(manner) = &mut self.manner {
            said = manner.outgoing(said);
        }
        if self.app.fault == AppFault::Hangs {
            return;
        }
        match &mut self.tampering {
            Some(tampering) => self.output.append(&mut tampering.outgoing(&said)),
            None => self.output.extend(said),
        }
    }
}

/// An echoing application.
#[derive(Debug, Clone, Copy)]
struct App {
    fault: AppFault,
}

impl App {
    /// Does what it is told to.
    fn obey(self, tell: &Tell, endpoint: &mut Endpoint) {
        let (code, reason) = match &tell.close {
            CloseBody::Code(code, reason) => (
                *code,
                reason.as_ref().map(Payload::bytes).unwrap_or_default(),
            ),
            CloseBody::Empty | CloseBody::Body(_) => (CloseCode::NORMAL.0, Vec::new()),
        };
        match self.fault {
            AppFault::HangsUp => endpoint.receive_end(),
            AppFault::ClosesBare => endpoint.close(CloseCode::NORMAL, ""),
            AppFault::ClosesMute => endpoint.close(CloseCode(code), ""),
            _ => endpoint.close(CloseCode(code), &String::from_utf8_lossy(&reason)),
        }
    }

    /// Takes what happened on the connection and answers it.
    fn drive(&mut self, endpoint: &mut Endpoint, broken: &mut ViolationSet, pings: &mut usize) {
        while let Some(event) = endpoint.poll() {
            if self.fault == AppFault::Pings
                && matches!(event, Event::Opened(_) | Event::Message(..))
            {
                endpoint.ping(b"of its own");
            }
            match event {
                Event::Opened(_) if self.fault == AppFault::Greets => {
                    endpoint.send(MessageKind::Text, b"welcome")
                }
                Event::Message(kind, payload) => self.answer(endpoint, kind, payload),
                Event::Ping(_) => *pings += 1,
                Event::Broken(fault, _) => *broken = broken.with(fault.violation),
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
            AppFault::None
            | AppFault::Greets
            | AppFault::Pings
            | AppFault::ClosesBare
            | AppFault::ClosesMute
            | AppFault::HangsUp
            | AppFault::Dies(_)
            | AppFault::AsksAnything => endpoint.send(kind, &payload),
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

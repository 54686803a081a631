//! How the endpoint of a reference peer is configured and made.

use std::collections::{BTreeMap, HashSet};

use url::Url;
use wsspec_core::Role;
use wsspec_core::deflate::negotiation::{self, Parameters, Support};
use wsspec_core::endpoint::{ClientConfig, Endpoint, ServerConfig};
use wsspec_core::policy::Policy;
use wsspec_reports::Transport;
use wsspec_vectors::{Dial, SplitMix64, WantedOffer, WantedOffers};

use crate::exchange::Setup;

use super::application::{App, AppFault};
use super::connection::{Layers, PeerConnection};
use super::gateway::GatewayFault;
use super::legal::{LegalApplication, Limit};
use super::mutators::{ALLOWED_ORIGIN, Mutation, Mutator, foreign_refused};
use super::output::{FaultyOutput, OutputFaults};
use super::proxied::ProxyFault;
use super::secured::TlsFault;
use super::variants::{ConfiguredVariants, Variant};

/// The configuration of a peer, from which connections are made.
#[derive(Debug, Clone)]
pub struct ReferencePeer {
    /// What the endpoint does about violations.
    pub policy: Policy,
    /// What the endpoint does wrong when it sends.
    pub output: OutputFaults,
    /// What its application does wrong.
    pub app: AppFault,
    /// What its application does with messages; `None` if it echoes them.
    pub legal: Option<LegalApplication>,
    /// Largest message in bytes; `None` for core's default.
    pub max_message: Option<u64>,
    /// Subprotocols it speaks.
    pub subprotocols: Vec<String>,
    /// As a server, it opens for pages of `https://app.example.com` only, and for clients without an Origin.
    pub guards_origin: bool,
    /// Whether it accepts, and offers, permessage-deflate.
    pub compression: bool,
    /// The permessage-deflate offers of a client, in order of preference.
    pub offers: Vec<Parameters>,
    /// Changes the Sec-WebSocket-Key of a client.
    pub(super) key_edit: Option<fn(&str) -> String>,
    /// What it does wrong where it is reached over these streams.
    pub gateway: Option<(GatewayFault, Transport)>,
    /// What it does wrong where it is reached over TLS.
    pub tls: Option<TlsFault>,
    /// What it does wrong where it reaches its server through a proxy.
    pub proxy: Option<ProxyFault>,
    /// Changes bytes between the endpoint and the wire.
    pub(super) mutation: Option<Mutation>,
    /// Legal ways in which it differs from the default.
    variants: Option<ConfiguredVariants>,
}

impl ReferencePeer {
    /// The conforming peer: it follows the RFC and echoes every message.
    pub fn conforming() -> ReferencePeer {
        ReferencePeer {
            policy: Policy::rfc(),
            output: OutputFaults::default(),
            app: AppFault::None,
            legal: None,
            max_message: None,
            subprotocols: Vec::new(),
            guards_origin: false,
            compression: true,
            offers: vec![Parameters {
                client_max_window_bits: Some(None),
                ..Parameters::default()
            }],
            key_edit: None,
            gateway: None,
            tls: None,
            proxy: None,
            mutation: None,
            variants: None,
        }
    }

    /// The conforming peer with all of these variants. Where two of them set the same thing, the
    /// later one wins. Random choices come from `seed`.
    pub fn with_variants<'a>(
        variants: impl IntoIterator<Item = &'a Variant>,
        seed: u64,
    ) -> ReferencePeer {
        let variants = ConfiguredVariants::new(variants, seed);
        let settings = variants.settings();
        ReferencePeer {
            policy: settings.policy.clone(),
            subprotocols: settings.subprotocols.clone(),
            compression: settings.support.is_some(),
            mutation: settings.request_filter.map(Mutation::HeadIn),
            variants: Some(variants),
            ..ReferencePeer::conforming()
        }
    }

    /// The conforming peer whose client makes the permessage-deflate offer that a case wants.
    pub fn offering(wanted: &WantedOffers) -> ReferencePeer {
        let mut peer = ReferencePeer::conforming();
        match wanted.get(negotiation::NAME) {
            None | Some(Some(WantedOffer::Any(_))) => {}
            Some(None) => return peer.without_compression(),
            Some(Some(WantedOffer::With(parameters))) => {
                peer.offers = vec![Parameters {
                    server_no_context_takeover: wants(parameters, "server_no_context_takeover"),
                    client_no_context_takeover: wants(parameters, "client_no_context_takeover"),
                    server_max_window_bits: wants(parameters, "server_max_window_bits")
                        .then_some(12),
                    client_max_window_bits: (!matches!(
                        parameters.get("client_max_window_bits"),
                        Some(None)
                    ))
                    .then_some(None),
                }];
            }
        }
        peer
    }

    /// The conforming peer that opens for pages of one origin only, and refuses others with 403.
    pub fn guarding() -> ReferencePeer {
        ReferencePeer {
            guards_origin: true,
            ..ReferencePeer::with_variants(Variant::named("refuses-with-403"), 0)
        }
    }

    /// What a user would say of it.
    pub(crate) fn introduce(&self, setup: &mut Setup) {
        if self.guards_origin && setup.target == Role::Server {
            setup.allowed_origin = ALLOWED_ORIGIN.parse().ok();
            setup
                .headers
                .push(("Origin".to_owned(), ALLOWED_ORIGIN.to_owned()));
        }
    }

    /// The same peer without permessage-deflate.
    #[must_use]
    pub fn without_compression(mut self) -> ReferencePeer {
        self.compression = false;
        self
    }

    /// The same peer below this application. What is planted in the endpoint, and on its way to the
    /// wire, stays; of a fault of the application, only what it does with messages is gone.
    #[must_use]
    pub fn running(mut self, application: &LegalApplication) -> ReferencePeer {
        self.legal = Some(application.clone());
        self
    }

    /// The largest message that the application, or what is planted below it, lets through.
    fn max_message(&self, default: u64) -> u64 {
        let own = self.max_message.unwrap_or(default);
        match self.legal.as_ref().map(|application| application.limit) {
            Some(Limit::Message(size)) => own.min(size),
            _ => own,
        }
    }

    /// The largest head that the application lets through.
    fn max_head(&self, default: usize) -> usize {
        match self.legal.as_ref().map(|application| application.limit) {
            Some(Limit::Head(size)) => size,
            _ => default,
        }
    }

    /// One end of a connection. The nonce and the masking keys of a client come from `seed`.
    pub fn connection(&self, role: Role, seed: u64) -> PeerConnection {
        self.connect(self.endpoint(role, seed), seed)
    }

    /// The client's end of a connection opened as `dial` says; `host` stands in where `dial`
    /// names none. A `wss` URL is for a `secure` connection. `None` if the client refuses the URL or the
    /// subprotocols.
    pub fn dialing(
        &self,
        dial: &Dial,
        host: &str,
        secure: bool,
        seed: u64,
    ) -> Option<PeerConnection> {
        let text = dial.resolved(host, "/");
        let lax = self.app == AppFault::AsksAnything;
        let url = Url::parse(&text)
            .ok()
            .filter(|url| lax || url.scheme() == "ws" || secure && url.scheme() == "wss")?;
        if !lax && !are_distinct_tokens(&dial.subprotocols) {
            return None;
        }
        let port = url.port().map_or(String::new(), |p| format!(":{p}"));
        let host = format!("{}{port}", url.host_str()?);
        let query = url
            .query()
            .filter(|q| !q.is_empty())
            .map_or(String::new(), |q| format!("?{q}"));
        let target = format!("{}{query}", url.path());
        let endpoint = self.client(&host, &target, &dial.subprotocols, seed);
        Some(self.connect(endpoint, seed))
    }

    fn connect(&self, endpoint: Endpoint, seed: u64) -> PeerConnection {
        let layers = Layers {
            variant: self
                .variants
                .as_ref()
                .map(|variants| variants.application(endpoint.role(), seed)),
            faulty_output: FaultyOutput::new(self.output),
            mutator: self.mutation.map(Mutator::new),
            guard: self
                .guards_origin
                .then(|| Mutator::new(Mutation::HeadIn(foreign_refused))),
        };
        PeerConnection::new(endpoint, App::new(self.app, self.legal.clone()), layers)
    }

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
                config.max_message = self.max_message(config.max_message);
                config.max_head = self.max_head(config.max_head);
                if let Some(variants) = &self.variants {
                    variants.configure_server(&mut config);
                }
                Endpoint::server(config)
            }
            Role::Client => self.client("wsspec.invalid", "/", &self.subprotocols, seed),
        }
    }

    fn client(&self, host: &str, target: &str, subprotocols: &[String], seed: u64) -> Endpoint {
        let mut random = SplitMix64(seed);
        let nonce = [random.next().to_le_bytes(), random.next().to_le_bytes()].concat();
        let mut config = ClientConfig::new(host, target, nonce.try_into().unwrap_or_default());
        if let Some(edit) = self.key_edit {
            config.key = edit(&config.key);
        }
        config.policy = self.policy.clone();
        config.auto_reply = self.output.auto_reply();
        config.max_message = self.max_message(config.max_message);
        config.max_head = self.max_head(config.max_head);
        config.subprotocols = subprotocols.to_vec();
        if self.compression {
            config.compression.clone_from(&self.offers);
        }
        if let Some(variants) = &self.variants {
            variants.configure_client(&mut config);
        }
        Endpoint::client(config, move || (random.next() as u32).to_le_bytes())
    }
}

/// Whether an offer is to have this parameter.
fn wants<T>(parameters: &BTreeMap<String, Option<T>>, name: &str) -> bool {
    parameters.get(name).is_some_and(Option::is_some)
}

/// Whether subprotocols may be offered: each is a token and occurs once (RFC 6455 §4.1).
fn are_distinct_tokens(subprotocols: &[String]) -> bool {
    let mut seen = HashSet::new();
    subprotocols.iter().all(|p| is_token(p) && seen.insert(p))
}

fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

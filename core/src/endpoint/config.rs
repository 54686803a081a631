//! How endpoints are set up.

use crate::deflate::negotiation::{Parameters, Support};
use crate::frame::DEFAULT_MAX_MESSAGE;
use crate::handshake::{DEFAULT_MAX_HEAD, Extension, encode_key};
use crate::policy::Policy;

/// Chooses the parameters of permessage-deflate that a server with this support answers to a
/// client's offers; `None` declines them all.
pub type ChooseOffer = fn(&Support, &[Extension]) -> Option<Parameters>;

/// Which frames an endpoint answers by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AutoReply {
    /// Answers each ping with a pong (RFC 6455 §5.5.2).
    pub pong: bool,
    /// Answers a Close frame, and then ends the transport as a server (RFC 6455 §5.5.1, §7.1.1).
    /// Without it, a Close frame is an event and nothing else.
    pub close: bool,
}

impl Default for AutoReply {
    fn default() -> Self {
        AutoReply {
            pong: true,
            close: true,
        }
    }
}

/// The setup of a server.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// What to do about violations.
    pub policy: Policy,
    /// Size limit of a message, in bytes.
    pub max_message: u64,
    /// Size limit of a request head, in bytes.
    pub max_head: usize,
    /// Subprotocols this server speaks, in its order of preference.
    pub subprotocols: Vec<String>,
    /// What it supports of permessage-deflate; `None` declines every offer.
    pub compression: Option<Support>,
    /// How it chooses among the offers of permessage-deflate.
    pub choose_offer: ChooseOffer,
    /// Which frames it answers by itself.
    pub auto_reply: AutoReply,
}

impl Default for ServerConfig {
    fn default() -> Self {
        ServerConfig {
            policy: Policy::rfc(),
            max_message: DEFAULT_MAX_MESSAGE,
            max_head: DEFAULT_MAX_HEAD,
            subprotocols: Vec::new(),
            compression: None,
            choose_offer: Support::choose,
            auto_reply: AutoReply::default(),
        }
    }
}

/// The setup of a client.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// What to do about violations.
    pub policy: Policy,
    /// Size limit of a message, in bytes.
    pub max_message: u64,
    /// Size limit of a response head, in bytes.
    pub max_head: usize,
    /// The Host field.
    pub host: String,
    /// The request target.
    pub target: String,
    /// The Sec-WebSocket-Key.
    pub key: String,
    /// Subprotocols to offer.
    pub subprotocols: Vec<String>,
    /// Offers of permessage-deflate, the best first.
    pub compression: Vec<Parameters>,
    /// Further fields of the request.
    pub headers: Vec<(String, String)>,
    /// Which frames it answers by itself.
    pub auto_reply: AutoReply,
}

impl ClientConfig {
    /// A client of `host` whose key is the base64 of `nonce`.
    pub fn new(host: &str, target: &str, nonce: [u8; 16]) -> Self {
        ClientConfig {
            policy: Policy::rfc(),
            max_message: DEFAULT_MAX_MESSAGE,
            max_head: DEFAULT_MAX_HEAD,
            host: host.to_owned(),
            target: target.to_owned(),
            key: encode_key(nonce),
            subprotocols: Vec::new(),
            compression: Vec::new(),
            headers: Vec::new(),
            auto_reply: AutoReply::default(),
        }
    }
}

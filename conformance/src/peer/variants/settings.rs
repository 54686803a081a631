//! Everything that variants can change.

use wsspec_core::deflate::negotiation::{Parameters, Support};
use wsspec_core::policy::Policy;

use super::control::CloseEdit;
use super::heads::HeadEdit;

/// The settings of a peer. The default is the conforming peer.
#[derive(Debug, Clone)]
pub(in crate::peer) struct VariantSettings {
    /// What the endpoint does about violations.
    pub(in crate::peer) policy: Policy,
    /// The permessage-deflate parameters that a server agrees to; `None` to decline every offer.
    pub(in crate::peer) support: Option<Support>,
    /// The permessage-deflate offers of a client, in order of preference.
    pub(super) offers: Vec<Parameters>,
    /// Subprotocols that a server speaks.
    pub(in crate::peer) subprotocols: Vec<String>,
    /// The largest head, in bytes, that a server accepts; `None` for core's default.
    pub(super) max_head: Option<usize>,
    /// Edits a request before a server reads it.
    pub(in crate::peer) request_filter: Option<fn(&str) -> String>,
    /// Edits of the heads it sends, in order.
    pub(super) head_edits: Vec<HeadEdit>,
    /// Where messages are cut into fragments.
    pub(super) cut: Cut,
    /// Where messages get empty fragments.
    pub(super) empty_fragments: EmptyFragments,
    /// How messages are compressed.
    pub(super) compression: Compression,
    /// Pings and pongs that no one asked for.
    pub(super) unsolicited: Unsolicited,
    /// What is sent late.
    pub(super) delay: Delay,
    /// Which pings are answered, and how often.
    pub(super) pongs: Pongs,
    /// The body of a Close that fails the connection.
    pub(super) failing_close: Option<CloseEdit>,
    /// The body of a Close that answers one.
    pub(super) answering_close: Option<CloseEdit>,
    /// Ends TCP when the closing handshake is done, also as a client.
    pub(super) ends_tcp: bool,
}

impl Default for VariantSettings {
    fn default() -> Self {
        VariantSettings {
            policy: Policy::rfc(),
            support: Some(Support::default()),
            offers: vec![Parameters {
                client_max_window_bits: Some(None),
                ..Parameters::default()
            }],
            subprotocols: Vec::new(),
            max_head: None,
            request_filter: None,
            head_edits: Vec::new(),
            cut: Cut::Whole,
            empty_fragments: EmptyFragments::default(),
            compression: Compression::default(),
            unsolicited: Unsolicited::default(),
            delay: Delay::None,
            pongs: Pongs::All,
            failing_close: None,
            answering_close: None,
            ends_tcp: false,
        }
    }
}

/// Where messages are cut into fragments (RFC 6455 §5.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// Nowhere.
    Whole,
    /// Anywhere.
    Random,
    /// Every one to three bytes; larger messages into a bounded number of larger fragments.
    Tiny,
}

/// Where messages get empty fragments (RFC 6455 §5.4).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct EmptyFragments {
    pub(super) first: bool,
    pub(super) between: bool,
    pub(super) last: bool,
}

/// How messages are compressed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Compression {
    pub(super) share: Share,
    pub(super) blocks: Blocks,
    /// Resets the compressor after each message, agreed or not.
    pub(super) drops_context: bool,
    /// Uses a window of 256 bytes, whatever was agreed.
    pub(super) narrow: bool,
}

impl Default for Compression {
    fn default() -> Self {
        Compression {
            share: Share::All,
            blocks: Blocks::Best,
            drops_context: false,
            narrow: false,
        }
    }
}

/// Which messages are compressed (RFC 7692 §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    All,
    Some,
    None,
}

/// The blocks of a compressed message (RFC 1951 §3.2, RFC 7692 §7.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blocks {
    /// The shortest form.
    Best,
    Stored,
    Fixed,
    Dynamic,
    /// Small blocks with a flush after each.
    Flushed,
    /// The last block has BFINAL set.
    Final,
}

/// Pings and pongs that no one asked for (RFC 6455 §5.5.2, §5.5.3).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Unsolicited {
    pub(super) pings: bool,
    pub(super) pongs: bool,
    /// When the connection opens.
    pub(super) at_open: bool,
    /// Before and after each message.
    pub(super) around: bool,
    /// Between the fragments of a message.
    pub(super) between: bool,
    /// After everything received.
    pub(super) always: bool,
    /// The number sent as time passes.
    pub(super) ticks: usize,
}

/// What is sent late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delay {
    /// Nothing.
    None,
    /// Echoes, so that pongs overtake them.
    Messages,
    /// The fragments of an echo, so that pongs come between them.
    Fragments,
}

/// Which pings are answered, and how often (RFC 6455 §5.5.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pongs {
    /// All, once each.
    All,
    /// Only the latest of several that are there.
    Latest,
    /// All, with an unsolicited pong after each answer.
    Twice,
}

//! What a request asks for, and what its answer leads to.

use wsspec_core::Role;
use wsspec_core::deflate::message::Context;
use wsspec_core::deflate::negotiation::{self, NAME};
use wsspec_core::handshake::{
    ConnectRequest, ConnectResponse, Extension, Fields, Offered, Request, Response, is_token,
};
use wsspec_core::violation::Violation;

use super::body::Body;

/// What a request asks for.
#[derive(Debug)]
pub(super) enum Asked {
    /// A WebSocket.
    WebSocket(Box<Offer>),
    /// A tunnel (CONNECT).
    Tunnel,
    /// An upgrade to another protocol.
    OtherUpgrade,
    /// A plain exchange of HTTP, perhaps without a body in the answer (HEAD).
    Plain { head: bool },
}

/// What a request for a WebSocket offers.
#[derive(Debug)]
pub(super) struct Offer {
    key: String,
    subprotocols: Vec<String>,
    extensions: Vec<Extension>,
    /// It breaks no rule.
    conforms: bool,
}

/// What an answer leads to.
#[derive(Debug)]
pub(super) enum Answered {
    /// An interim answer: another follows.
    Interim,
    /// Frames, compressed like this by client and server.
    Frames([Option<Context>; 2]),
    /// Frames with an extension that is not known here.
    OtherExtension,
    /// Bytes of another protocol.
    OtherProtocol,
    /// The next exchange of HTTP, after this body.
    Http(Option<Body>),
}

impl Asked {
    /// What this request asks for, and the rules that it breaks as one for a WebSocket.
    pub(super) fn of(request: &Request<'_>) -> (Asked, Vec<Violation>) {
        if is_for_websocket(&request.fields) {
            let violations = request.violations();
            let offer = Offer {
                key: request.key().unwrap_or_default().to_owned(),
                subprotocols: request.subprotocols().map(str::to_owned).collect(),
                extensions: request.extensions(),
                conforms: violations.is_empty(),
            };
            return (Asked::WebSocket(Box::new(offer)), violations);
        }
        let asked = if request.method == "CONNECT" {
            Asked::Tunnel
        } else if request.fields.count("upgrade") > 0 {
            Asked::OtherUpgrade
        } else {
            Asked::Plain {
                head: request.method == "HEAD",
            }
        };
        (asked, Vec::new())
    }

    /// Whether what the client sends after it depends on the answer.
    pub(super) fn may_lead_elsewhere(&self) -> bool {
        !matches!(self, Asked::Plain { .. })
    }

    /// The rules that an answer breaks.
    pub(super) fn violations(&self, response: &Response<'_>) -> Vec<Violation> {
        match self {
            Asked::WebSocket(offer) if self.is_judged(response) => {
                response.violations(&offer.offered())
            }
            _ => Vec::new(),
        }
    }

    /// Whether an answer opens a WebSocket that was asked for as it has to be: what is wrong with it is
    /// the server's own doing.
    pub(super) fn is_judged(&self, response: &Response<'_>) -> bool {
        matches!(self, Asked::WebSocket(offer) if offer.conforms) && response.status == 101
    }

    /// What an answer leads to. A body that cannot be followed is an error.
    pub(super) fn answered(&self, response: &Response<'_>) -> Option<Answered> {
        let without_body = match (self, response.status) {
            (Asked::WebSocket(offer), 101) => return Some(offer.accepted(response)),
            (_, 101) | (Asked::Tunnel, 200..300) => return Some(Answered::OtherProtocol),
            (_, 100..200) => return Some(Answered::Interim),
            (_, 204 | 304) => true,
            (asked, _) => matches!(asked, Asked::Plain { head: true }),
        };
        if without_body {
            return Some(Answered::Http(None));
        }
        let body = body(&response.fields)?;
        Some(Answered::Http(body.or(Some(Body::UntilEnd))))
    }
}

impl Offer {
    fn accepted(&self, response: &Response<'_>) -> Answered {
        let mut upgrade = response.fields.members("upgrade");
        if !upgrade.any(|protocol| protocol.eq_ignore_ascii_case(b"websocket")) {
            return Answered::OtherProtocol;
        }
        self.agreed(&response.extensions())
    }

    /// What an extended CONNECT for a WebSocket offers, and the rules that it breaks as one.
    pub(super) fn of_connect(request: &ConnectRequest<'_>) -> (Offer, Vec<Violation>) {
        let violations = request.violations();
        let subprotocols = request.fields.members("sec-websocket-protocol");
        let offer = Offer {
            key: String::new(),
            subprotocols: subprotocols
                .map(|name| String::from_utf8_lossy(name).into_owned())
                .collect(),
            extensions: request.extensions(),
            conforms: violations.is_empty(),
        };
        (offer, violations)
    }

    /// The rules that a 2xx breaks. After a request that breaks one, none.
    pub(super) fn violations_of(&self, response: &ConnectResponse<'_>) -> Vec<Violation> {
        if self.conforms {
            response.violations(&self.offered())
        } else {
            Vec::new()
        }
    }

    fn offered(&self) -> Offered<'_> {
        Offered {
            key: &self.key,
            subprotocols: &self.subprotocols,
            extensions: &self.extensions,
        }
    }

    /// What an answer leads to that accepts these extensions.
    pub(super) fn agreed(&self, accepted: &[Extension]) -> Answered {
        if accepted.iter().any(|extension| extension.name != NAME) {
            return Answered::OtherExtension;
        }
        let agreed = negotiation::judge(accepted, &self.extensions).0;
        // An answer that breaks a rule was reported; that its frames are compressed follows from it.
        let terms = agreed.or((!accepted.is_empty()).then(Default::default));
        Answered::Frames([Role::Client, Role::Server].map(|sender| Some(terms?.context(sender))))
    }
}

/// The requirement that the fields of a request break, where it is not the usual one of the rule: its
/// subprotocols are tokens, and one is there twice.
pub(super) fn narrower(fields: &Fields<'_>, violation: Violation) -> Option<&'static str> {
    let mut offered = fields.members("sec-websocket-protocol").peekable();
    let repeats = violation == Violation::SubprotocolMalformed
        && offered.peek().is_some()
        && offered.all(is_token);
    repeats.then_some("RFC6455-4.1-29")
}

/// Whether a request is one for a WebSocket, conforming or not.
fn is_for_websocket(fields: &Fields<'_>) -> bool {
    fields.lists("upgrade", "websocket")
        || fields.count("sec-websocket-key") > 0
        || fields.count("sec-websocket-version") > 0
}

/// The body that a head announces, if any; `None` if its length cannot be known.
#[allow(clippy::option_option)] // A body, no body, or no knowing.
pub(super) fn body(fields: &Fields<'_>) -> Option<Option<Body>> {
    if fields.lists("transfer-encoding", "chunked") {
        return Some(Some(Body::chunked()));
    }
    if fields.count("transfer-encoding") > 0 {
        return Some(Some(Body::UntilEnd));
    }
    match fields.get("content-length") {
        None => Some(None),
        Some(length) => length.parse().ok().map(|n| Some(Body::Length(n))),
    }
}

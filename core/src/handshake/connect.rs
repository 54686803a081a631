//! The opening handshake over HTTP/2 and HTTP/3: an extended CONNECT (RFC 8441 §5, RFC 9220 §3).
//!
//! What these protocols leave out of it, a WebSocket over them does not demand: no upgrade, no key
//! and no accept. What is left of RFC 6455 is the same.

use crate::handshake::request::Request;
use crate::handshake::response::terms_violations;
use crate::handshake::{Extension, Fields, Offered, parse_extensions};
use crate::violation::Violation;

/// The fields of an extended CONNECT, pseudo-fields among them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConnectRequest<'a> {
    /// All fields, in their order.
    pub fields: Fields<'a>,
}

impl ConnectRequest<'_> {
    /// Whether it asks for a WebSocket: CONNECT, with `:protocol` websocket (RFC 8441 §5).
    pub fn asks_for_websocket(&self) -> bool {
        self.fields.get(":method") == Some("CONNECT")
            && self.fields.get(":protocol") == Some("websocket")
    }

    /// Returns the extensions that the client offers. Field lines that break the grammar are left
    /// out.
    pub fn extensions(&self) -> Vec<Extension> {
        extensions(&self.fields)
    }

    /// Returns what is wrong with it by the rules of RFC 6455 that still hold.
    pub fn violations(&self) -> Vec<Violation> {
        let request = Request {
            method: "GET",
            target: "/",
            minor: 1,
            fields: self.fields.clone(),
        };
        let mut violations = request.violations();
        violations.retain(|violation| {
            matches!(
                violation,
                Violation::VersionMissing
                    | Violation::VersionUnsupported
                    | Violation::VersionRepeated
                    | Violation::SubprotocolMalformed
                    | Violation::ExtensionMalformed
                    | Violation::BodyPresent
            )
        });
        violations
    }
}

/// The response to an extended CONNECT that opens a WebSocket.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConnectResponse<'a> {
    /// All fields, in their order.
    pub fields: Fields<'a>,
}

impl ConnectResponse<'_> {
    /// Returns the extensions that the server accepted. Field lines that break the grammar are left
    /// out.
    pub fn extensions(&self) -> Vec<Extension> {
        extensions(&self.fields)
    }

    /// Returns what is wrong with a response that opens, by the rules of RFC 6455 and RFC 7692 that
    /// still hold, and by RFC 9110 §9.3.6, which leaves no place for a length.
    pub fn violations(&self, offered: &Offered<'_>) -> Vec<Violation> {
        terms_violations(&self.fields, offered)
    }
}

fn extensions(fields: &Fields<'_>) -> Vec<Extension> {
    fields
        .all("sec-websocket-extensions")
        .filter_map(|line| parse_extensions(line).ok())
        .flatten()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields<'a>(list: &[(&'a str, &'a str)]) -> Fields<'a> {
        list.iter()
            .map(|(name, value)| (*name, value.as_bytes()))
            .collect()
    }

    /// RFC 8441 §5.1.
    #[test]
    fn the_request_of_the_rfc_is_right_and_needs_no_key() {
        let request = ConnectRequest {
            fields: fields(&[
                (":method", "CONNECT"),
                (":protocol", "websocket"),
                (":scheme", "https"),
                (":path", "/chat"),
                (":authority", "server.example.com"),
                ("sec-websocket-protocol", "chat, superchat"),
                ("sec-websocket-extensions", "permessage-deflate"),
                ("sec-websocket-version", "13"),
                ("origin", "http://www.example.com"),
            ]),
        };
        assert!(request.asks_for_websocket());
        assert_eq!(request.violations(), []);
        assert_eq!(request.extensions()[0].name, "permessage-deflate");
    }

    #[test]
    fn what_rfc_6455_says_of_versions_and_offers_still_holds() {
        let request = ConnectRequest {
            fields: fields(&[(":method", "CONNECT"), ("sec-websocket-protocol", "a, a")]),
        };
        assert_eq!(
            request.violations(),
            [Violation::VersionMissing, Violation::SubprotocolMalformed]
        );
        let response = ConnectResponse {
            fields: fields(&[
                (":status", "200"),
                ("sec-websocket-protocol", "b"),
                ("content-length", "5"),
            ]),
        };
        assert_eq!(
            response.violations(&Offered::default()),
            [Violation::SubprotocolUnoffered, Violation::ResponseBody]
        );
    }
}

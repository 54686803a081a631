//! The response to the opening request, as a client checks it (RFC 6455 §4.1).

use crate::deflate::negotiation;
use crate::handshake::{Extension, Fields, accept_for, parse_extensions};
use crate::violation::Violation;

/// The parts of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response<'a> {
    /// The status, for example 101.
    pub status: u16,
    /// The reason phrase.
    pub reason: &'a str,
    /// Minor HTTP version: 0 or 1.
    pub minor: u8,
    /// The header fields.
    pub fields: Fields<'a>,
    /// Whether the status line ends without the space after the status code.
    blank_missing: bool,
}

/// What the request offered, which the response is checked against.
#[derive(Debug, Clone, Copy, Default)]
pub struct Offered<'a> {
    /// The Sec-WebSocket-Key, as sent.
    pub key: &'a str,
    /// The subprotocols, as sent.
    pub subprotocols: &'a [String],
    /// The extensions, as sent.
    pub extensions: &'a [Extension],
}

impl<'a> Response<'a> {
    /// `head` is what was parsed.
    pub(crate) fn from_parsed(parsed: &httparse::Response<'_, 'a>, head: &[u8]) -> Self {
        Response {
            status: parsed.code.unwrap_or_default(),
            reason: parsed.reason.unwrap_or_default(),
            minor: parsed.version.unwrap_or_default(),
            fields: Fields::from_parsed(parsed.headers),
            blank_missing: lacks_blank(head),
        }
    }

    /// Returns the subprotocol the server chose.
    pub fn subprotocol(&self) -> Option<&'a str> {
        self.fields.get("sec-websocket-protocol")
    }

    /// Returns the extensions the server accepted. Field lines that break the grammar are left out.
    pub fn extensions(&self) -> Vec<Extension> {
        self.fields
            .all("sec-websocket-extensions")
            .filter_map(|line| parse_extensions(line).ok())
            .flatten()
            .collect()
    }

    /// Returns everything wrong with the response, in the order of RFC 6455 §4.1.
    pub fn violations(&self, offered: &Offered<'_>) -> Vec<Violation> {
        if self.status != 101 {
            return vec![Violation::StatusNot101];
        }
        let f = &self.fields;
        let mut found = Vec::new();
        let mut check = |broken: bool, violation| {
            if broken {
                found.push(violation);
            }
        };
        check(self.minor == 0, Violation::ResponseVersionTooLow);
        let mut upgrade = f.all("upgrade");
        let upgrade = (upgrade.next(), upgrade.next());
        let websocket =
            matches!(upgrade, (Some(one), None) if one.eq_ignore_ascii_case(b"websocket"));
        check(!websocket, Violation::ResponseUpgradeWrong);
        check(
            !f.lists("connection", "upgrade"),
            Violation::ResponseConnectionWrong,
        );

        let accept = accept_for(offered.key);
        let accepts = f.count("sec-websocket-accept");
        check(accepts == 0, Violation::AcceptMissing);
        check(
            !f.all("sec-websocket-accept")
                .all(|v| v == accept.as_bytes()),
            Violation::AcceptWrong,
        );
        check(accepts > 1, Violation::AcceptRepeated);

        found.extend(terms_violations(f, offered));
        let mut check = |broken: bool, violation| {
            if broken {
                found.push(violation);
            }
        };
        check(self.blank_missing, Violation::StatusBlankMissing);
        found
    }
}

/// What is wrong with the extensions, the subprotocol and the body that a response which opens a
/// WebSocket announces, in whatever version of HTTP.
pub(super) fn terms_violations(f: &Fields<'_>, offered: &Offered<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut check = |broken: bool, violation| {
        if broken {
            found.push(violation);
        }
    };
    let (read, unread): (Vec<_>, Vec<_>) = f
        .all("sec-websocket-extensions")
        .map(parse_extensions)
        .partition(Result::is_ok);
    let read: Vec<Extension> = read.into_iter().flatten().flatten().collect();
    check(
        !read
            .iter()
            .all(|e| offered.extensions.iter().any(|o| o.name == e.name)),
        Violation::ExtensionUnoffered,
    );
    check(!unread.is_empty(), Violation::ResponseExtensionMalformed);
    for violation in negotiation::judge(&read, offered.extensions).1 {
        check(true, violation);
    }
    let known = |p: &[u8]| offered.subprotocols.iter().any(|o| o.as_bytes() == p);
    check(
        !f.all("sec-websocket-protocol").all(known),
        Violation::SubprotocolUnoffered,
    );
    check(
        f.count("sec-websocket-protocol") > 1,
        Violation::SubprotocolRepeated,
    );
    let body = f.count("transfer-encoding") > 0 || f.all("content-length").any(|v| v != b"0");
    check(body, Violation::ResponseBody);
    found
}

/// Whether the status line has no second space, which has to be there even if no reason follows
/// (RFC 9112 §4).
fn lacks_blank(head: &[u8]) -> bool {
    let line = head.split(|byte| *byte == b'\n').next();
    let blanks = line.into_iter().flatten().filter(|byte| **byte == b' ');
    blanks.count() < 2
}

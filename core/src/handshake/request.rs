//! The opening request, as a server judges it (RFC 6455 §4.2.1).

use crate::handshake::{Extension, Fields, fields, key, parse_extensions};
use crate::violation::Violation;

/// The parts of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request<'a> {
    /// The method, for example `GET`.
    pub method: &'a str,
    /// The request target as it stands.
    pub target: &'a str,
    /// Minor HTTP version: 0 or 1.
    pub minor: u8,
    /// The header fields.
    pub fields: Fields<'a>,
}

impl<'a> Request<'a> {
    pub(crate) fn from_parsed(parsed: &httparse::Request<'_, 'a>) -> Self {
        Request {
            method: parsed.method.unwrap_or_default(),
            target: parsed.path.unwrap_or_default(),
            minor: parsed.version.unwrap_or_default(),
            fields: Fields::from_parsed(parsed.headers),
        }
    }

    /// The Sec-WebSocket-Key, without the white space around it.
    pub fn key(&self) -> Option<&'a str> {
        self.fields.get("sec-websocket-key").filter(|k| !k.is_empty())
    }

    /// The subprotocols the client offers, in its order of preference.
    pub fn subprotocols(&self) -> impl Iterator<Item = &'a str> {
        self.fields.members("sec-websocket-protocol").filter_map(|p| std::str::from_utf8(p).ok())
    }

    /// The extensions the client offers, where their lines can be read.
    pub fn extensions(&self) -> Vec<Extension> {
        self.fields.all("sec-websocket-extensions").filter_map(|line| parse_extensions(line).ok()).flatten().collect()
    }

    /// Everything wrong with the request, in the order in which a server answers it.
    pub fn violations(&self) -> Vec<Violation> {
        let f = &self.fields;
        let mut found = Vec::new();
        let mut check = |broken: bool, violation| {
            if broken {
                found.push(violation);
            }
        };
        check(self.method != "GET", Violation::MethodNotGet);
        check(self.minor == 0, Violation::HttpVersionTooLow);
        check(!is_target(self.target), Violation::TargetMalformed);
        let hosts = f.count("host");
        check(hosts == 0, Violation::HostMissing);
        check(hosts > 1 || !f.all("host").all(is_host), Violation::HostInvalid);
        let has_body = f.count("transfer-encoding") > 0 || f.all("content-length").any(|v| v != b"0");
        check(has_body, Violation::BodyPresent);
        check(!f.members("upgrade").any(is_websocket), Violation::UpgradeMissing);
        check(!f.lists("connection", "upgrade"), Violation::ConnectionMissing);

        let versions = f.count("sec-websocket-version");
        check(versions == 0, Violation::VersionMissing);
        check(!f.all("sec-websocket-version").all(|v| v == b"13"), Violation::VersionUnsupported);
        check(versions > 1, Violation::VersionRepeated);

        let present = f.all("sec-websocket-key").next().filter(|k| !k.is_empty());
        check(present.is_none(), Violation::KeyMissing);
        check(present.is_some_and(|k| !key::is_key(k)), Violation::KeyMalformed);
        check(f.count("sec-websocket-key") > 1, Violation::KeyRepeated);

        check(!is_subprotocol_list(f), Violation::SubprotocolMalformed);
        let extensions = f.all("sec-websocket-extensions").all(|v| parse_extensions(v).is_ok());
        check(!extensions, Violation::ExtensionMalformed);
        found
    }
}

/// One or more distinct tokens, if the field is there at all.
fn is_subprotocol_list(f: &Fields<'_>) -> bool {
    let name = "sec-websocket-protocol";
    let mut seen: Vec<&[u8]> = f.members(name).collect();
    let count = seen.len();
    seen.sort_unstable();
    seen.dedup();
    (f.count(name) == 0 || count > 0) && seen.len() == count && seen.iter().all(|p| fields::is_token(p))
}

/// `websocket`, also with a version behind a slash (RFC 9110 §7.8).
fn is_websocket(protocol: &[u8]) -> bool {
    protocol.split(|b| *b == b'/').next().is_some_and(|name| name.eq_ignore_ascii_case(b"websocket"))
}

/// Origin form, or absolute form with an http or ws scheme; no fragment (RFC 9112 §3.2).
fn is_target(target: &str) -> bool {
    let absolute = |scheme: &str| target.get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme));
    !target.contains('#')
        && (target.starts_with('/') || ["http://", "https://", "ws://", "wss://"].into_iter().any(absolute))
}

/// A host with an optional port (RFC 3986 §3.2.2 and §3.2.3).
fn is_host(value: &[u8]) -> bool {
    let (host, port) = match value {
        [b'[', rest @ ..] => match rest.iter().position(|b| *b == b']') {
            Some(end) => {
                let inside = rest[..end].iter().all(|b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.' | b'v'));
                if !inside || end == 0 {
                    return false;
                }
                (&b"literal"[..], &rest[end + 1..])
            }
            None => return false,
        },
        _ => value.split_at(value.iter().position(|b| *b == b':').unwrap_or(value.len())),
    };
    let name = |b: &u8| b.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=".contains(b);
    let port_ok = match port {
        [] => true,
        [b':', digits @ ..] => digits.iter().all(u8::is_ascii_digit) && digits.len() <= 5,
        _ => false,
    };
    !host.is_empty() && !host.contains(&b',') && host.iter().all(name) && port_ok
}

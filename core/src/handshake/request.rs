//! The opening request, as a server checks it (RFC 6455 §4.2.1).

use crate::handshake::extensions::is_extension_list;
use crate::handshake::{Extension, Fields, is_token, key, list, parse_extensions};
use crate::violation::Violation;

/// The parts of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request<'a> {
    /// The method, for example `GET`.
    pub method: &'a str,
    /// The request target as sent.
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

    /// Returns the Sec-WebSocket-Key, trimmed.
    pub fn key(&self) -> Option<&'a str> {
        self.fields
            .get("sec-websocket-key")
            .filter(|k| !k.is_empty())
    }

    /// Returns the subprotocols the client offers, in its order of preference.
    pub fn subprotocols(&self) -> impl Iterator<Item = &'a str> {
        self.fields
            .members("sec-websocket-protocol")
            .filter_map(|p| std::str::from_utf8(p).ok())
    }

    /// Returns the extensions the client offers. Field lines that break the grammar are left out.
    pub fn extensions(&self) -> Vec<Extension> {
        self.fields
            .all("sec-websocket-extensions")
            .filter_map(|line| parse_extensions(line).ok())
            .flatten()
            .collect()
    }

    /// Returns everything wrong with the request, in the order in which a server answers it.
    pub fn violations(&self) -> Vec<Violation> {
        let mut lines = self.lines();
        let mut found = Vec::new();
        let mut check = |broken: bool, violation| {
            if broken {
                found.push(violation);
            }
        };
        check(self.method != "GET", Violation::MethodNotGet);
        check(self.minor == 0, Violation::HttpVersionTooLow);
        check(!is_target(self.target), Violation::TargetMalformed);
        check(lines.hosts == 0, Violation::HostMissing);
        check(lines.hosts > 1 || lines.bad_host, Violation::HostInvalid);
        check(lines.body, Violation::BodyPresent);
        check(!lines.websocket, Violation::UpgradeMissing);
        check(!lines.upgrade, Violation::ConnectionMissing);

        check(lines.versions == 0, Violation::VersionMissing);
        check(lines.bad_version, Violation::VersionUnsupported);
        check(lines.versions > 1, Violation::VersionRepeated);

        check(lines.key.is_empty(), Violation::KeyMissing);
        check(
            !lines.key.is_empty() && !key::is_key(lines.key),
            Violation::KeyMalformed,
        );
        check(lines.keys > 1, Violation::KeyRepeated);

        check(
            lines.protocols > 0 && !are_distinct_tokens(&mut lines.subprotocols),
            Violation::SubprotocolMalformed,
        );
        check(lines.bad_extension, Violation::ExtensionMalformed);
        found
    }

    /// Goes through the fields once.
    fn lines(&self) -> Lines<'a> {
        let mut lines = Lines::default();
        for (name, value) in self.fields.iter() {
            let is = |known: &str| name.eq_ignore_ascii_case(known);
            if is("host") {
                lines.hosts += 1;
                lines.bad_host |= !is_host(value);
            } else if is("upgrade") {
                lines.websocket |= list(value).any(is_websocket);
            } else if is("connection") {
                lines.upgrade |= list(value).any(|m| m.eq_ignore_ascii_case(b"upgrade"));
            } else if is("sec-websocket-key") {
                if lines.keys == 0 {
                    lines.key = value;
                }
                lines.keys += 1;
            } else if is("sec-websocket-version") {
                lines.versions += 1;
                lines.bad_version |= value != b"13";
            } else if is("sec-websocket-protocol") {
                lines.protocols += 1;
                lines.subprotocols.extend(list(value));
            } else if is("sec-websocket-extensions") {
                lines.bad_extension |= !is_extension_list(value);
            } else if is("transfer-encoding") {
                lines.body = true;
            } else if is("content-length") {
                lines.body |= value != b"0";
            }
        }
        lines
    }
}

/// What the field lines of a request contain, as far as a rule needs it.
#[derive(Default)]
struct Lines<'a> {
    hosts: usize,
    bad_host: bool,
    /// A body is announced.
    body: bool,
    /// Upgrade names `websocket`.
    websocket: bool,
    /// Connection names `upgrade`.
    upgrade: bool,
    versions: usize,
    bad_version: bool,
    /// The value of the first key field; empty if there is none.
    key: &'a [u8],
    keys: usize,
    protocols: usize,
    /// The members of all subprotocol lists.
    subprotocols: Vec<&'a [u8]>,
    bad_extension: bool,
}

/// Whether there are one or more tokens, none of them twice.
fn are_distinct_tokens(list: &mut [&[u8]]) -> bool {
    list.sort_unstable();
    !list.is_empty()
        && list.iter().all(|member| is_token(member))
        && list.windows(2).all(|pair| pair[0] != pair[1])
}

/// Whether it is `websocket`, perhaps with a version after a slash (RFC 9110 §7.8).
fn is_websocket(protocol: &[u8]) -> bool {
    protocol
        .split(|b| *b == b'/')
        .next()
        .is_some_and(|name| name.eq_ignore_ascii_case(b"websocket"))
}

/// Whether it is in origin form, or in absolute form with an http or ws scheme, and has no fragment
/// (RFC 9112 §3.2).
fn is_target(target: &str) -> bool {
    !target.contains('#')
        && (target.starts_with('/')
            || ["http://", "https://", "ws://", "wss://"]
                .into_iter()
                .any(|scheme| has_prefix(target, scheme)))
}

/// Whether `text` begins with `prefix`, ignoring case.
fn has_prefix(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'.' | b'_' | b'~' | b'%' | b'!' | b'$' | b'&'..=b',' | b';' | b'='
        )
}

/// Whether it is a host with an optional port (RFC 3986 §3.2.2 and §3.2.3).
fn is_host(value: &[u8]) -> bool {
    let (host, port) = match value {
        [b'[', rest @ ..] => match rest.iter().position(|b| *b == b']') {
            Some(end) => {
                let inside = rest[..end]
                    .iter()
                    .all(|b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.' | b'v'));
                if !inside || end == 0 {
                    return false;
                }
                (&b"literal"[..], &rest[end + 1..])
            }
            None => return false,
        },
        _ => value.split_at(value.iter().position(|b| *b == b':').unwrap_or(value.len())),
    };
    let port_ok = match port {
        [] => true,
        [b':', digits @ ..] => digits.iter().all(u8::is_ascii_digit) && digits.len() <= 5,
        _ => false,
    };
    !host.is_empty() && !host.contains(&b',') && host.iter().all(|b| is_host_byte(*b)) && port_ok
}

//! What can be read of TLS without a key: records, the ClientHello, and alerts in clear text.
//!
//! For a peer that is not sent TLS where it expects it, or that sends none itself: what comes then
//! is either a record of TLS, or clear text. No cryptography is here.

use std::fmt;

/// Bytes of the head of a record (RFC 8446 §5.1).
pub const RECORD_HEAD: usize = 5;

/// Bytes of the head of a handshake message (RFC 8446 §4).
const HANDSHAKE_HEAD: usize = 4;

/// Most bytes of a record (RFC 8446 §5.2: 2^14 and 256).
pub const MAX_RECORD: usize = (1 << 14) + 256;

/// Most bytes of a ClientHello that is read; real ones have a few hundred to two thousand.
const MAX_HELLO: usize = 64 << 10;

/// The kinds of records (RFC 8446 §5.1).
pub const KINDS: std::ops::RangeInclusive<u8> = 20..=23;
/// An alert.
pub const ALERT: u8 = 21;
/// Messages of a handshake.
pub const HANDSHAKE: u8 = 22;

/// The message ClientHello (RFC 8446 §4).
pub const CLIENT_HELLO: u8 = 1;

/// The level of an alert that ends the connection (RFC 5246 §7.2).
const FATAL: u8 = 2;

/// The extension `server_name`, and its only kind of name (RFC 6066 §3).
const SERVER_NAME: u16 = 0;
const HOST_NAME: u8 = 0;

/// What a ClientHello says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientHello {
    /// The host that it names (SNI, RFC 6066 §3), as it is written there.
    pub server_name: Option<Vec<u8>>,
}

/// A fatal alert, by its description (RFC 8446 §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Alert(pub u8);

/// The names of alerts (RFC 8446 §6, and what older versions have beside).
const ALERTS: &[(u8, &str)] = &[
    (0, "close_notify"),
    (10, "unexpected_message"),
    (20, "bad_record_mac"),
    (21, "decryption_failed"),
    (22, "record_overflow"),
    (40, "handshake_failure"),
    (42, "bad_certificate"),
    (43, "unsupported_certificate"),
    (44, "certificate_revoked"),
    (45, "certificate_expired"),
    (46, "certificate_unknown"),
    (47, "illegal_parameter"),
    (48, "unknown_ca"),
    (49, "access_denied"),
    (50, "decode_error"),
    (51, "decrypt_error"),
    (70, "protocol_version"),
    (71, "insufficient_security"),
    (80, "internal_error"),
    (86, "inappropriate_fallback"),
    (90, "user_canceled"),
    (109, "missing_extension"),
    (110, "unsupported_extension"),
    (112, "unrecognized_name"),
    (113, "bad_certificate_status_response"),
    (115, "unknown_psk_identity"),
    (116, "certificate_required"),
    (120, "no_application_protocol"),
];

impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match ALERTS.iter().find(|(number, _)| *number == self.0) {
            Some((_, name)) => f.write_str(name),
            None => write!(f, "alert {}", self.0),
        }
    }
}

/// What was read at the beginning of what came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tls {
    /// A ClientHello.
    Hello(ClientHello),
    /// A fatal alert.
    Alert(Alert),
}

/// Reads a direction that may be TLS, as long as nothing in it is encrypted, and hands on what is
/// clear text. Other records of TLS are dropped.
#[derive(Debug, Default)]
pub struct Reader {
    /// What has come and is no complete record.
    rest: Vec<u8>,
    /// The handshake messages so far, until there was a ClientHello, or can be none.
    hello: Option<Vec<u8>>,
    /// Clear text came: all that follows is.
    clear: bool,
}

impl Reader {
    /// A reader of what a client, or a server, sends first.
    pub fn new() -> Reader {
        Reader {
            hello: Some(Vec::new()),
            ..Reader::default()
        }
    }

    /// Takes bytes. Returns what was read of TLS, and the clear text among them.
    pub fn take(&mut self, bytes: &[u8]) -> (Vec<Tls>, Vec<u8>) {
        let mut found = Vec::new();
        if self.clear {
            return (found, bytes.to_vec());
        }
        self.rest.extend_from_slice(bytes);
        loop {
            match record_size(&self.rest) {
                Record::NoRecord => {
                    self.clear = true;
                    return (found, std::mem::take(&mut self.rest));
                }
                Record::Needs(size) if size > self.rest.len() => return (found, Vec::new()),
                Record::Needs(size) => {
                    let record: Vec<u8> = self.rest.drain(..size).collect();
                    found.extend(self.record(record[0], &record[RECORD_HEAD..]));
                }
            }
        }
    }

    fn record(&mut self, kind: u8, content: &[u8]) -> Option<Tls> {
        match (kind, content) {
            (ALERT, [FATAL, description]) => Some(Tls::Alert(Alert(*description))),
            (HANDSHAKE, _) => {
                let hello = self.hello.as_mut()?;
                hello.extend_from_slice(content);
                let read = read_hello(hello);
                if read != Hello::More {
                    self.hello = None;
                }
                match read {
                    Hello::Read(hello) => Some(Tls::Hello(hello)),
                    Hello::More | Hello::None => None,
                }
            }
            _ => None,
        }
    }
}

/// The size of a record at the beginning of some bytes.
enum Record {
    /// It needs this many bytes, or more.
    Needs(usize),
    /// There is no record of TLS.
    NoRecord,
}

fn record_size(bytes: &[u8]) -> Record {
    match *bytes {
        [] => Record::Needs(1),
        [kind, ..] if !KINDS.contains(&kind) => Record::NoRecord,
        [_, major, ..] if major != 3 => Record::NoRecord,
        [_, _, _, high, low, ..] => match usize::from(u16::from_be_bytes([high, low])) {
            size if size > MAX_RECORD => Record::NoRecord,
            size => Record::Needs(RECORD_HEAD + size),
        },
        _ => Record::Needs(RECORD_HEAD),
    }
}

/// What the handshake messages so far are.
#[derive(Debug, PartialEq, Eq)]
enum Hello {
    /// Not complete.
    More,
    /// A ClientHello.
    Read(ClientHello),
    /// No ClientHello that can be read.
    None,
}

fn read_hello(messages: &[u8]) -> Hello {
    let [kind, a, b, c, rest @ ..] = messages else {
        return Hello::More;
    };
    let size = u32::from_be_bytes([0, *a, *b, *c]) as usize;
    if *kind != CLIENT_HELLO || size > MAX_HELLO - HANDSHAKE_HEAD {
        return Hello::None;
    }
    match rest.get(..size) {
        None => Hello::More,
        Some(body) => fields(body).map_or(Hello::None, Hello::Read),
    }
}

/// The fields of a ClientHello (RFC 8446 §4.1.2). `None` if it is cut or malformed.
fn fields(mut body: &[u8]) -> Option<ClientHello> {
    // legacy_version and random, legacy_session_id, cipher_suites, legacy_compression_methods
    take(&mut body, 34)?;
    vector(&mut body, 1)?;
    vector(&mut body, 2)?;
    vector(&mut body, 1)?;
    let mut hello = ClientHello::default();
    if body.is_empty() {
        return Some(hello);
    }
    let mut extensions = vector(&mut body, 2)?;
    while !extensions.is_empty() {
        let kind = number(&mut extensions, 2)?;
        let content = vector(&mut extensions, 2)?;
        if kind == usize::from(SERVER_NAME) {
            hello.server_name = host_name(content);
        }
    }
    Some(hello)
}

/// The first host name of the extension `server_name`.
fn host_name(mut content: &[u8]) -> Option<Vec<u8>> {
    let mut names = vector(&mut content, 2)?;
    while !names.is_empty() {
        let kind = number(&mut names, 1)?;
        let name = vector(&mut names, 2)?;
        if kind == usize::from(HOST_NAME) {
            return Some(name.to_vec());
        }
    }
    None
}

fn take<'a>(from: &mut &'a [u8], size: usize) -> Option<&'a [u8]> {
    let (taken, rest) = from.split_at_checked(size)?;
    *from = rest;
    Some(taken)
}

fn number(from: &mut &[u8], size: usize) -> Option<usize> {
    let bytes = take(from, size)?;
    Some(bytes.iter().fold(0, |n, byte| n << 8 | usize::from(*byte)))
}

/// A vector with its size before it, in this many bytes (RFC 8446 §3.4).
fn vector<'a>(from: &mut &'a [u8], prefix: usize) -> Option<&'a [u8]> {
    let size = number(from, prefix)?;
    take(from, size)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A ClientHello that names this host, in one record.
    fn hello(name: Option<&[u8]>) -> Vec<u8> {
        let mut extensions = Vec::new();
        if let Some(name) = name {
            let entry = [&[0][..], &sized(name, 2)].concat();
            let list = sized(&entry, 2);
            extensions = [&[0, 0][..], &sized(&list, 2)].concat();
        }
        let body = [
            &[3, 3][..],
            &[7; 32],
            &sized(&[], 1),
            &sized(&[0x13, 1], 2),
            &sized(&[0], 1),
            &sized(&extensions, 2),
        ]
        .concat();
        let message = [&[1][..], &sized(&body, 3)].concat();
        [&[22, 3, 1][..], &sized(&message, 2)].concat()
    }

    fn sized(content: &[u8], prefix: usize) -> Vec<u8> {
        let size = (content.len() as u64).to_be_bytes();
        [&size[8 - prefix..], content].concat()
    }

    #[test]
    fn a_hello_names_its_host_or_none() {
        for name in [None, Some(&b"ws.wsspec.test"[..]), Some(b"127.0.0.1")] {
            let (found, clear) = Reader::new().take(&hello(name));
            let server_name = name.map(<[u8]>::to_vec);
            assert_eq!(found, [Tls::Hello(ClientHello { server_name })]);
            assert!(clear.is_empty());
        }
    }

    #[test]
    fn alerts_and_clear_text_are_told_apart() {
        let mut reader = Reader::new();
        let alert = [21, 3, 3, 0, 2, 2, 40];
        assert_eq!(reader.take(&alert).0, [Tls::Alert(Alert(40))]);
        let warning = [21, 3, 3, 0, 2, 1, 0];
        assert_eq!(reader.take(&warning), (vec![], vec![]));
        assert_eq!(
            reader.take(b"HTTP/1.1 400"),
            (vec![], b"HTTP/1.1 400".to_vec())
        );
        assert_eq!(reader.take(&alert), (vec![], alert.to_vec()));
        assert_eq!(Alert(40).to_string(), "handshake_failure");
    }

    proptest! {
        #[test]
        fn any_chunking_gives_the_same(
            named in any::<bool>(), after in proptest::collection::vec(any::<u8>(), 0..40), at in 0..160_usize,
        ) {
            let bytes = [hello(named.then_some(b"a.test")), after].concat();
            let (mut whole, mut cut) = (Reader::new(), Reader::new());
            let at = at.min(bytes.len());
            let all = whole.take(&bytes);
            let (mut found, mut clear) = cut.take(&bytes[..at]);
            let (more, rest) = cut.take(&bytes[at..]);
            found.extend(more);
            clear.extend(rest);
            prop_assert_eq!(all, (found, clear));
        }

        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            Reader::new().take(&bytes);
            let record = [&[22, 3, 1][..], &sized(&bytes, 2)].concat();
            Reader::new().take(&record);
            let message = [&[1][..], &sized(&bytes, 3)].concat();
            Reader::new().take(&[&[22, 3, 1][..], &sized(&message, 2)].concat());
        }
    }
}

//! TLS 1.3 with a key log: what a connection carried. No key is derived but those of data: a record that they
//! do not open is one of the handshake, until the first that they open.

mod keys;
mod record;

use std::fmt;
use std::mem;

use wsspec_core::Role;
use wsspec_core::tls::{ALERT, CLIENT_HELLO, HANDSHAKE, KINDS, MAX_RECORD, RECORD_HEAD};
use wsspec_reports::What;

use super::{Connection, Content, Event, Stream};
pub use keys::KeyLog;
use keys::Random;
use record::{Opener, Suite};

/// Records of data, which are the protected ones (RFC 8446 §5.1).
const DATA: u8 = 23;

/// Messages of a handshake (RFC 8446 §4).
const SERVER_HELLO: u8 = 2;
const KEY_UPDATE: u8 = 24;

/// The description of an alert that ends a direction (RFC 8446 §6.1).
const CLOSE_NOTIFY: u8 = 0;

/// Why what TLS carries was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sealed {
    /// The log has no secrets of the connection.
    NoKeys,
    /// It is none of TLS 1.3.
    Version,
    /// The client has sent data before the handshake was over.
    EarlyData,
    /// The secrets open nothing of it, or its handshake is not in the capture.
    NotOpened,
}

impl fmt::Display for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Sealed::NoKeys => "no secrets of it are known: give the file of SSLKEYLOGFILE with --keylog",
            Sealed::Version => {
                "only TLS 1.3 is decrypted here: let Wireshark do it (tshark -o tls.keylog_file:KEYS -q \
                 -z follow,tls,raw,N), and give what it prints to `wsspec decode`"
            }
            Sealed::EarlyData => "it has early data, which is not decrypted here",
            Sealed::NotOpened => {
                "the secrets open nothing of it: the capture has to begin with the handshake, and the log to be \
                 of the same run"
            }
        })
    }
}

/// Whether a side of a connection begins with a handshake of TLS.
pub fn is_tls(side: &[u8]) -> bool {
    side.starts_with(&[HANDSHAKE, 3])
}

/// Whether a side of a connection begins with the ClientHello of TLS.
pub(super) fn begins_as_client(side: &[u8]) -> bool {
    is_tls(side) && side.get(RECORD_HEAD) == Some(&CLIENT_HELLO)
}

/// What a connection of TLS carried; `None` if it is none.
pub fn opened(connection: &Connection, keys: &KeyLog) -> Option<Result<Connection, Sealed>> {
    let mut of_client = connection.events.iter();
    let first = of_client.find_map(|event| match &event.what {
        What::Bytes(bytes) if event.from == Role::Client => Some(bytes),
        _ => None,
    })?;
    if !is_tls(first) {
        return None;
    }
    let mut session = Session::new(keys);
    let mut events = Vec::new();
    for event in &connection.events {
        if let Err(sealed) = session.take(event, &mut events) {
            return Some(Err(sealed));
        }
    }
    Some(session.end().map(|()| Connection {
        label: connection.label.clone(),
        events,
    }))
}

/// Puts what connections of TLS carried in their place. Returns why it could not be, where it could not.
pub fn open(content: &mut Content, keys: &KeyLog) -> Vec<Sealed> {
    let Content::Streams(streams) = content else {
        return Vec::new();
    };
    let of_tls = streams
        .iter_mut()
        .filter(|stream| stream.sides.iter().any(|side| is_tls(&side.bytes)));
    of_tls
        .filter_map(|stream| open_stream(stream, keys).err())
        .collect()
}

fn open_stream(stream: &mut Stream, keys: &KeyLog) -> Result<(), Sealed> {
    let mut session = Session::new(keys);
    let mut opened = vec![Vec::new(); stream.sides.len()];
    for side in &stream.sides {
        let from = side.sender.ok_or(Sealed::NotOpened)?;
        for (from, piece) in session.receive(from, &side.bytes)? {
            if let Piece::Data(bytes) = piece
                && let Some(n) = stream
                    .sides
                    .iter()
                    .position(|side| side.sender == Some(from))
            {
                opened[n].extend(bytes);
            }
        }
    }
    session.end()?;
    for (side, bytes) in stream.sides.iter_mut().zip(opened) {
        side.bytes = bytes;
    }
    Ok(())
}

/// Something that a side sent inside TLS.
enum Piece {
    Data(Vec<u8>),
    /// close_notify.
    Closed,
}

/// A connection of TLS while it is read.
struct Session<'a> {
    keys: &'a KeyLog,
    random: Option<Random>,
    suite: Option<Suite>,
    halves: [Half; 2],
}

/// One side of it.
#[derive(Default)]
struct Half {
    /// Bytes that were not read yet.
    held: Vec<u8>,
    opener: Option<Opener>,
    /// A record was opened.
    begun: bool,
    /// It was closed in TLS.
    closed: bool,
    /// Nothing more of it can be read.
    lost: bool,
}

impl<'a> Session<'a> {
    fn new(keys: &'a KeyLog) -> Session<'a> {
        Session {
            keys,
            random: None,
            suite: None,
            halves: Default::default(),
        }
    }

    /// Takes something that happened below TLS, and appends what that means inside.
    fn take(&mut self, event: &Event, events: &mut Vec<Event>) -> Result<(), Sealed> {
        let at = event.at;
        let bytes = match &event.what {
            What::Bytes(bytes) => bytes,
            end => {
                let closed = self.halves[index(event.from)].closed;
                let what = match end {
                    What::Fin => What::Truncated,
                    other => other.clone(),
                };
                if !closed {
                    let from = event.from;
                    events.push(Event { from, at, what });
                }
                return Ok(());
            }
        };
        for (from, piece) in self.receive(event.from, bytes)? {
            let what = match piece {
                Piece::Data(bytes) => What::Bytes(bytes),
                Piece::Closed => What::Fin,
            };
            events.push(Event { from, at, what });
        }
        let half = &mut self.halves[index(event.from)];
        if half.lost && !half.held.is_empty() {
            let left = mem::take(&mut half.held).len() as u64;
            events.push(Event {
                from: event.from,
                at,
                what: What::Left(left),
            });
        }
        Ok(())
    }

    /// Takes bytes of a side. Those of the client may wait for the server's.
    fn receive(&mut self, from: Role, bytes: &[u8]) -> Result<Vec<(Role, Piece)>, Sealed> {
        self.halves[index(from)].held.extend_from_slice(bytes);
        let mut pieces = Vec::new();
        for from in [Role::Server, Role::Client] {
            let held = mem::take(&mut self.halves[index(from)].held);
            let read = self.read(from, &held, &mut pieces)?;
            self.halves[index(from)].held = held[read..].to_vec();
        }
        Ok(pieces)
    }

    /// Reads whole records; returns the number of bytes.
    fn read(
        &mut self,
        from: Role,
        bytes: &[u8],
        pieces: &mut Vec<(Role, Piece)>,
    ) -> Result<usize, Sealed> {
        let mut read = 0;
        while let Some(header) = bytes[read..].first_chunk::<RECORD_HEAD>() {
            let length = usize::from(u16::from_be_bytes([header[3], header[4]]));
            let half = &mut self.halves[index(from)];
            half.lost |= length > MAX_RECORD || !KINDS.contains(&header[0]);
            let Some(record) = bytes[read..].get(..RECORD_HEAD + length) else {
                break;
            };
            if half.lost || header[0] == DATA && self.suite.is_none() {
                break;
            }
            match header[0] {
                HANDSHAKE => self.hello(&record[RECORD_HEAD..])?,
                DATA => self.protected(from, record, pieces)?,
                _ => {}
            }
            if self.halves[index(from)].lost {
                break;
            }
            read += record.len();
        }
        Ok(read)
    }

    /// A message of the handshake in clear text.
    fn hello(&mut self, message: &[u8]) -> Result<(), Sealed> {
        match message.first() {
            Some(&CLIENT_HELLO) => self.random = message.get(6..).and_then(first),
            Some(&SERVER_HELLO) => {
                let session = message.get(38).map_or(0, |length| usize::from(*length));
                let suite = message.get(39 + session..).and_then(first);
                let suite = suite.map(u16::from_be_bytes).ok_or(Sealed::NotOpened)?;
                self.agree(Suite::of(suite).ok_or(Sealed::Version)?)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// The server chose a suite.
    fn agree(&mut self, suite: Suite) -> Result<(), Sealed> {
        let random = self.random.ok_or(Sealed::NotOpened)?;
        let secrets = self.keys.of(&random).ok_or(Sealed::NoKeys)?;
        if secrets.early {
            return Err(Sealed::EarlyData);
        }
        for (half, secret) in self.halves.iter_mut().zip(&secrets.traffic) {
            let secret = secret.clone().ok_or(Sealed::NoKeys)?;
            half.opener = Some(Opener::new(suite, secret).ok_or(Sealed::NotOpened)?);
        }
        self.suite = Some(suite);
        Ok(())
    }

    fn protected(
        &mut self,
        from: Role,
        record: &[u8],
        pieces: &mut Vec<(Role, Piece)>,
    ) -> Result<(), Sealed> {
        let half = &mut self.halves[index(from)];
        let opener = half.opener.as_mut().ok_or(Sealed::NotOpened)?;
        let Some((kind, content)) = opener.open(record) else {
            half.lost = half.begun;
            return Ok(());
        };
        half.begun = true;
        match (kind, content.first()) {
            (DATA, Some(_)) => pieces.push((from, Piece::Data(content))),
            (HANDSHAKE, Some(&KEY_UPDATE)) => {
                half.opener = opener.update();
            }
            (ALERT, _) if content.get(1) == Some(&CLOSE_NOTIFY) && !half.closed => {
                half.closed = true;
                pieces.push((from, Piece::Closed));
            }
            _ => {}
        }
        Ok(())
    }

    /// Everything was read.
    fn end(&self) -> Result<(), Sealed> {
        let begun = self.halves.iter().any(|half| half.begun);
        begun.then_some(()).ok_or(Sealed::NotOpened)
    }
}

/// The first bytes, if there are enough.
fn first<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.first_chunk().copied()
}

fn index(role: Role) -> usize {
    usize::from(role == Role::Server)
}

#[cfg(test)]
mod tests;

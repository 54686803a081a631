//! Connections whose conversations are streams: what carries them, who sent which side, and the
//! transcript that a wire log of them is made of.

use wsspec_core::Role;
use wsspec_core::http2::hpack::Decoder;
use wsspec_core::http2::{Field, FrameReader, PREFACE, frame as h2};
use wsspec_core::http3::frame::{self as h3, Piece, Reader, Treatment};
use wsspec_core::http3::{qpack, varint};
use wsspec_reports::{Entry, TargetRole, Transcript, Transport, What, Who};

use crate::exchange::Setup;

/// Largest list of fields that is read, in bytes.
const MAX_LIST: usize = 64 << 10;

/// Bytes of a side that are looked at to find out who sent it, and to read the kind of a stream.
const LOOKED_AT: usize = 64 << 10;

/// Types of unidirectional streams of HTTP/3 (RFC 9114 §6.2, RFC 9204 §4.2).
const CONTROL: u64 = 0x00;
const QPACK: std::ops::RangeInclusive<u64> = 0x02..=0x03;

/// What carries the conversations of a connection, if its first bytes say so: those of HTTP/2 do.
pub fn carrier(side: &[u8]) -> Option<Transport> {
    side.starts_with(PREFACE).then_some(Transport::H2)
}

/// Bytes of the preface of HTTP/2 that a side begins with.
pub fn preface(side: &[u8], over: Transport) -> Option<&[u8]> {
    let begins = over == Transport::H2 && side.starts_with(PREFACE);
    begins.then(|| &side[..PREFACE.len()])
}

/// Who sent a side, as far as it says so: by the preface, or by its first fields.
pub fn sender(side: &[u8], over: Transport) -> Option<Role> {
    let looked_at = &side[..side.len().min(LOOKED_AT)];
    if carrier(side) == Some(over) {
        return Some(Role::Client);
    }
    let fields = match over {
        Transport::H2 => fields_of_http2(looked_at),
        _ => fields_of_http3(looked_at),
    }?;
    let (name, _) = fields.first()?;
    match name.as_slice() {
        b":status" => Some(Role::Server),
        name if name.starts_with(b":") => Some(Role::Client),
        _ => None,
    }
}

/// The first fields of a side.
fn fields_of_http2(side: &[u8]) -> Option<Vec<Field>> {
    let frames = FrameReader::new(false).frames(side).into_iter();
    let mut heads = frames.filter(|frame| frame.head.kind == h2::HEADERS);
    let first = heads.find(|frame| frame.head.has(h2::END_HEADERS))?;
    let skipped = if first.head.has(h2::PRIORITY_FLAG) {
        PRIORITY
    } else {
        0
    };
    let block = first.content().ok()?.get(skipped..)?;
    Decoder::new(MAX_LIST).read(block).ok()
}

/// Bytes of the priority in HEADERS (RFC 9113 §6.2).
const PRIORITY: usize = 5;

/// The first fields of a side of a request stream.
fn fields_of_http3(mut side: &[u8]) -> Option<Vec<Field>> {
    let mut reader = Reader::new(0);
    loop {
        match reader.next(&mut side)? {
            Piece::Head(head) if head.kind == h3::HEADERS => reader.treat(Treatment::Buffer),
            Piece::Whole(_, section) => return qpack::read(&section, MAX_LIST).ok(),
            Piece::Head(_) | Piece::Part(_) => {}
        }
    }
}

/// The channel of a transcript that a side belongs to: the connection of HTTP/2; of HTTP/3 the number of
/// a stream and 1. The input does not say the number, so it is the first of its kind (RFC 9000 §2.1).
fn channel(side: &[u8], sender: Role, over: Transport) -> u32 {
    let unidirectional = over == Transport::H3 && is_unidirectional(side);
    match (unidirectional, sender) {
        (false, _) => 1,
        (true, Role::Client) => 3,
        (true, Role::Server) => 4,
    }
}

/// Whether a stream of HTTP/3 is a control stream, which begins with SETTINGS, or one of QPACK. No
/// request stream begins like that: QPACK's numbers are no frames that one may have.
fn is_unidirectional(side: &[u8]) -> bool {
    let Some((kind, used)) = varint::read(side) else {
        return false;
    };
    let next = varint::read(&side[used..]).map(|(next, _)| next);
    QPACK.contains(&kind) || kind == CONTROL && next == Some(h3::SETTINGS)
}

/// The transcript of a connection with these sides: those of the client come first, since what the server
/// agreed to depends on what was offered.
pub fn transcript(sides: &[(Role, &[u8])], over: Transport) -> Transcript {
    let mut setup = Setup::new(Role::Server, "", "/");
    setup.over = over;
    let ordered = sent_by(sides, Role::Client).chain(sent_by(sides, Role::Server));
    Transcript {
        target_role: TargetRole::Server,
        circumstances: Some(Box::new(setup.circumstances())),
        entries: ordered
            .map(|(sender, bytes)| Entry {
                at_us: 0,
                on: channel(bytes, *sender, over),
                who: by(*sender),
                what: What::Bytes(bytes.to_vec()),
            })
            .collect(),
    }
}

/// The sides that this sender wrote.
fn sent_by<'a>(
    sides: &'a [(Role, &'a [u8])],
    role: Role,
) -> impl Iterator<Item = &'a (Role, &'a [u8])> {
    sides.iter().filter(move |(sender, _)| *sender == role)
}

/// The side of such a transcript that stands for a role.
pub fn by(sender: Role) -> Who {
    match sender {
        Role::Client => Who::Suite,
        Role::Server => Who::Target,
    }
}

#[cfg(test)]
mod tests {
    use wsspec_core::http2::{Connection, Options};

    use super::*;

    fn fields(lines: &[(&str, &str)]) -> Vec<Field> {
        let lines = lines.iter();
        lines.map(|(n, v)| ((*n).into(), (*v).into())).collect()
    }

    fn http2(ours: Role, head: &[(&str, &str)]) -> Vec<u8> {
        let mut connection = Connection::new(ours, Options::default());
        connection.settings(&[]);
        connection.headers(1, &fields(head), false);
        connection.output()
    }

    #[test]
    fn the_sender_of_http2_is_known_by_preface_or_fields() {
        let request = http2(Role::Client, &[(":method", "CONNECT")]);
        let response = http2(Role::Server, &[(":status", "200")]);
        assert_eq!(sender(&request, Transport::H2), Some(Role::Client));
        assert_eq!(sender(&response, Transport::H2), Some(Role::Server));
        assert_eq!(sender(PREFACE, Transport::H2), Some(Role::Client));
        assert_eq!(sender(b"", Transport::H2), None);
        assert_eq!(carrier(PREFACE), Some(Transport::H2));
        assert_eq!(carrier(&request), None);
    }

    #[test]
    fn the_sender_of_http3_is_known_by_fields() {
        let stream = |head: &[(&str, &str)]| {
            let mut bytes = Vec::new();
            let section = qpack::write(&fields(head), qpack::Style::default());
            h3::write(h3::HEADERS, &section, &mut bytes);
            bytes
        };
        let known = |head| sender(&stream(head), Transport::H3);
        assert_eq!(known(&[(":method", "CONNECT")]), Some(Role::Client));
        assert_eq!(known(&[(":status", "200")]), Some(Role::Server));
        assert_eq!(known(&[("x", "y")]), None);
    }

    #[test]
    fn streams_of_http3_are_told_apart() {
        for (bytes, on) in [
            (&[0x00, 0x04, 0x00][..], 3),
            (&[0x02], 3),
            (&[0x00, 0x02, 0x81, 0x00], 1),
            (&[0x01, 0x00], 1),
            (&[], 1),
        ] {
            assert_eq!(channel(bytes, Role::Client, Transport::H3), on, "{bytes:?}");
        }
        assert_eq!(channel(&[0x00, 0x04], Role::Client, Transport::H2), 1);
    }
}

//! Settings of HTTP/3 (RFC 9114 §7.2.4, RFC 9204 §5, RFC 9220 §3, RFC 9297 §2.1.1).

use super::varint;

/// The identifier and the value of a setting, each below 2⁶².
pub type Setting = (u64, u64);

/// `QPACK_MAX_TABLE_CAPACITY` (RFC 9204 §5), in bytes.
pub const QPACK_MAX_TABLE_CAPACITY: u64 = 0x01;
/// `MAX_FIELD_SECTION_SIZE` (RFC 9114 §7.2.4.1), in bytes.
pub const MAX_FIELD_SECTION_SIZE: u64 = 0x06;
/// `QPACK_BLOCKED_STREAMS` (RFC 9204 §5).
pub const QPACK_BLOCKED_STREAMS: u64 = 0x07;
/// `ENABLE_CONNECT_PROTOCOL` (RFC 9220 §3): 0 or 1.
pub const ENABLE_CONNECT_PROTOCOL: u64 = 0x08;
/// `H3_DATAGRAM` (RFC 9297 §2.1.1): 0 or 1.
pub const H3_DATAGRAM: u64 = 0x33;

/// The settings that have a name.
const NAMES: &[(u64, &str)] = &[
    (QPACK_MAX_TABLE_CAPACITY, "QPACK_MAX_TABLE_CAPACITY"),
    (MAX_FIELD_SECTION_SIZE, "MAX_FIELD_SECTION_SIZE"),
    (QPACK_BLOCKED_STREAMS, "QPACK_BLOCKED_STREAMS"),
    (ENABLE_CONNECT_PROTOCOL, "ENABLE_CONNECT_PROTOCOL"),
    (H3_DATAGRAM, "H3_DATAGRAM"),
];

/// The name of a setting without `SETTINGS_`, or `None` for a number without one.
pub fn name(id: u64) -> Option<&'static str> {
    NAMES.iter().find(|row| row.0 == id).map(|row| row.1)
}

/// The number of a setting.
pub fn from_name(name: &str) -> Option<u64> {
    NAMES.iter().find(|row| row.1 == name).map(|row| row.0)
}

/// Whether HTTP/2 defines a setting of this number that HTTP/3 forbids (RFC 9114 §7.2.4.1):
/// ENABLE_PUSH, MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE and MAX_FRAME_SIZE.
pub const fn is_of_http2(id: u64) -> bool {
    matches!(id, 0x02..=0x05)
}

/// Reads the payload of a SETTINGS frame, in the order of the wire. Returns `None` if it ends
/// within a setting.
pub fn read(mut payload: &[u8]) -> Option<Vec<Setting>> {
    let mut settings = Vec::new();
    while !payload.is_empty() {
        let (id, used) = varint::read(payload)?;
        payload = &payload[used..];
        let (value, used) = varint::read(payload)?;
        payload = &payload[used..];
        settings.push((id, value));
    }
    Some(settings)
}

/// The payload of a SETTINGS frame: these settings in this order, whatever they are.
pub fn write(settings: &[Setting]) -> Vec<u8> {
    let mut payload = Vec::new();
    for (id, value) in settings {
        varint::write(*id, &mut payload);
        varint::write(*value, &mut payload);
    }
    payload
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back() {
        for (id, label) in NAMES {
            assert_eq!(name(*id), Some(*label));
            assert_eq!(from_name(label), Some(*id));
        }
        assert_eq!(name(0x04), None);
    }

    #[test]
    fn what_is_written_is_read() {
        let settings = [(8, 1), (8, 0), (varint::MAX, varint::MAX), (0x21, 500)];
        let payload = write(&settings);
        assert_eq!(read(&payload), Some(settings.to_vec()));
        assert_eq!(read(&payload[..payload.len() - 1]), None);
        assert_eq!(read(&[]), Some(Vec::new()));
    }
}

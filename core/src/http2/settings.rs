//! Settings of HTTP/2 (RFC 9113 §6.5, RFC 8441 §3).

use super::frame::number;

/// The identifier and the value of a setting.
pub type Setting = (u16, u32);

/// `HEADER_TABLE_SIZE`, in bytes.
pub const HEADER_TABLE_SIZE: u16 = 0x01;
/// `ENABLE_PUSH`: 0 or 1.
pub const ENABLE_PUSH: u16 = 0x02;
/// `MAX_CONCURRENT_STREAMS`.
pub const MAX_CONCURRENT_STREAMS: u16 = 0x03;
/// `INITIAL_WINDOW_SIZE`, in bytes: below 2³¹.
pub const INITIAL_WINDOW_SIZE: u16 = 0x04;
/// `MAX_FRAME_SIZE`, in bytes: 2¹⁴ to 2²⁴ − 1.
pub const MAX_FRAME_SIZE: u16 = 0x05;
/// `MAX_HEADER_LIST_SIZE`, in bytes.
pub const MAX_HEADER_LIST_SIZE: u16 = 0x06;
/// `ENABLE_CONNECT_PROTOCOL` (RFC 8441 §3): 0 or 1.
pub const ENABLE_CONNECT_PROTOCOL: u16 = 0x08;

/// The value of HEADER_TABLE_SIZE before any is announced.
pub const DEFAULT_TABLE: u32 = 4096;
/// The value of INITIAL_WINDOW_SIZE before any is announced, and the first window of a connection.
pub const DEFAULT_WINDOW: u32 = 65_535;
/// The value of MAX_FRAME_SIZE before any is announced, and the smallest that is legal.
pub const DEFAULT_FRAME: u32 = 1 << 14;
/// The largest legal value of MAX_FRAME_SIZE.
pub const LARGEST_FRAME: u32 = (1 << 24) - 1;
/// The largest window (RFC 9113 §6.9.1).
pub const LARGEST_WINDOW: u32 = (1 << 31) - 1;

/// The settings that have a name.
const NAMES: &[(u16, &str)] = &[
    (HEADER_TABLE_SIZE, "HEADER_TABLE_SIZE"),
    (ENABLE_PUSH, "ENABLE_PUSH"),
    (MAX_CONCURRENT_STREAMS, "MAX_CONCURRENT_STREAMS"),
    (INITIAL_WINDOW_SIZE, "INITIAL_WINDOW_SIZE"),
    (MAX_FRAME_SIZE, "MAX_FRAME_SIZE"),
    (MAX_HEADER_LIST_SIZE, "MAX_HEADER_LIST_SIZE"),
    (ENABLE_CONNECT_PROTOCOL, "ENABLE_CONNECT_PROTOCOL"),
];

/// The name of a setting without `SETTINGS_`, or `None` for a number without one.
pub fn name(id: u16) -> Option<&'static str> {
    NAMES.iter().find(|row| row.0 == id).map(|row| row.1)
}

/// The number of a setting.
pub fn from_name(name: &str) -> Option<u16> {
    NAMES.iter().find(|row| row.1 == name).map(|row| row.0)
}

/// Reads the payload of a SETTINGS frame, in the order of the wire. Returns `None` if it ends
/// within a setting.
pub fn read(payload: &[u8]) -> Option<Vec<Setting>> {
    let (settings, rest) = payload.as_chunks::<6>();
    let setting = |bytes: &[u8; 6]| (number(&bytes[..2]) as u16, number(&bytes[2..]));
    rest.is_empty()
        .then(|| settings.iter().map(setting).collect())
}

/// The payload of a SETTINGS frame: these settings in this order, whatever they are.
pub fn write(settings: &[Setting]) -> Vec<u8> {
    let mut payload = Vec::with_capacity(settings.len() * 6);
    for (id, value) in settings {
        payload.extend(id.to_be_bytes());
        payload.extend(value.to_be_bytes());
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
        assert_eq!(name(0x07), None);
    }

    #[test]
    fn what_is_written_is_read() {
        let settings = [(8, 1), (8, 0), (u16::MAX, u32::MAX)];
        let payload = write(&settings);
        assert_eq!(read(&payload), Some(settings.to_vec()));
        assert_eq!(read(&payload[..payload.len() - 1]), None);
        assert_eq!(read(&[]), Some(Vec::new()));
    }
}

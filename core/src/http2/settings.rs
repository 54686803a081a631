//! Settings (RFC 9113 §6.5.2, RFC 8441 §3).

#![allow(missing_docs)]

pub const HEADER_TABLE_SIZE: u16 = 0x1;
pub const ENABLE_PUSH: u16 = 0x2;
pub const MAX_CONCURRENT_STREAMS: u16 = 0x3;
pub const INITIAL_WINDOW_SIZE: u16 = 0x4;
pub const MAX_FRAME_SIZE: u16 = 0x5;
pub const MAX_HEADER_LIST_SIZE: u16 = 0x6;
pub const ENABLE_CONNECT_PROTOCOL: u16 = 0x8;

/// The name of a setting without `SETTINGS_`; its number where it has none.
pub fn name(id: u16) -> String {
    let known = match id {
        HEADER_TABLE_SIZE => "HEADER_TABLE_SIZE",
        ENABLE_PUSH => "ENABLE_PUSH",
        MAX_CONCURRENT_STREAMS => "MAX_CONCURRENT_STREAMS",
        INITIAL_WINDOW_SIZE => "INITIAL_WINDOW_SIZE",
        MAX_FRAME_SIZE => "MAX_FRAME_SIZE",
        MAX_HEADER_LIST_SIZE => "MAX_HEADER_LIST_SIZE",
        ENABLE_CONNECT_PROTOCOL => "ENABLE_CONNECT_PROTOCOL",
        _ => return format!("{id:#x}"),
    };
    known.to_owned()
}

/// The window of a stream, and of the connection, at the beginning.
pub const DEFAULT_WINDOW: i64 = 65_535;

/// The largest window.
pub const MAX_WINDOW: i64 = 0x7fff_ffff;

/// Number of bytes of one setting.
const SETTING_SIZE: usize = 6;

/// The payload of a SETTINGS frame.
pub fn payload(settings: &[(u16, u32)]) -> Vec<u8> {
    let each = settings
        .iter()
        .flat_map(|(id, value)| id.to_be_bytes().into_iter().chain(value.to_be_bytes()));
    each.collect()
}

/// The settings in a payload; bytes that are left over are ignored.
pub fn parse(payload: &[u8]) -> Vec<(u16, u32)> {
    payload
        .chunks_exact(SETTING_SIZE)
        .map(|one| {
            (
                u16::from_be_bytes([one[0], one[1]]),
                u32::from_be_bytes([one[2], one[3], one[4], one[5]]),
            )
        })
        .collect()
}

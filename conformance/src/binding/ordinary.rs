//! Requests of a client that have nothing to do with WebSockets: a browser opens one only on a connection
//! on which it has asked for something else before.

use super::Field;

/// Which ordinary requests begin a conversation all the same.
pub(super) type Leaves = fn(&[Field]) -> bool;

/// None of them.
pub(super) fn none(_: &[Field]) -> bool {
    false
}

/// Whether a request asks for anything but a WebSocket, by any binding.
pub(super) fn is_ordinary(fields: &[Field]) -> bool {
    !fields.iter().any(asks_for_websocket)
}

/// Whether a field is of a request for a WebSocket, rightly made or not.
fn asks_for_websocket((name, value): &Field) -> bool {
    let name = name.to_ascii_lowercase();
    name == b":protocol"
        || name == b"upgrade"
        || name.starts_with(b"sec-websocket-")
        || name == b":method" && value == b"CONNECT"
}

/// The answer to an ordinary request. A browser makes an error of an empty one that is no success,
/// whose page may open nothing.
pub(super) fn empty_page() -> [Field; 2] {
    [
        (b":status".to_vec(), b"200".to_vec()),
        (b"content-length".to_vec(), b"0".to_vec()),
    ]
}

//! What is sent beside the bytes of a WebSocket.

use schemars::JsonSchema;
use serde::Deserialize;

use super::over::Over;

/// A frame of HTTP/2 or HTTP/3 that carries nothing of a WebSocket: on its stream, or for the whole
/// connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Signal {
    /// GOAWAY without an error: the streams that are open go on (RFC 9113 §6.8, RFC 9114 §5.2)
    Goaway,
    /// the first GOAWAY of a graceful shutdown, which names the highest possible stream or push
    GoawaySoon,
    /// WINDOW_UPDATE by 1 on the stream, whatever its state is
    WindowUpdate,
    /// PRIORITY of the stream, whatever its state is
    Priority,
    /// RST_STREAM with CANCEL on the stream, whatever its state is
    Reset,
}

impl Signal {
    /// Whether there is such a frame over this.
    pub(crate) fn fits(self, over: Over) -> bool {
        match self {
            Signal::Goaway | Signal::GoawaySoon => over.has_streams(),
            Signal::WindowUpdate | Signal::Priority | Signal::Reset => over == Over::H2,
        }
    }
}

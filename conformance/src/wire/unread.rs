//! Whether a target on this machine has read what it was sent.
//!
//! Linux tells for each socket how many bytes its owner has not read yet (sock_diag(7)). For a
//! connection over loopback or a Unix socket, this includes the socket at the other end.

#[cfg(target_os = "linux")]
mod diag;
#[cfg(target_os = "linux")]
mod inet;
#[cfg(target_os = "linux")]
mod unix;

use super::stream::Stream;

/// Asks the system; opened when it is first used.
#[derive(Debug, Default)]
pub(super) struct Asker {
    #[cfg(target_os = "linux")]
    socket: diag::Opened,
}

impl Asker {
    /// Whether the other end of `stream` has read everything that came. `None` where the system
    /// does not know: the other end is on another machine or in a container, or this is not Linux. Of
    /// TLS, it is the records.
    pub(super) fn has_read(&mut self, stream: &Stream) -> Option<bool> {
        #[cfg(target_os = "linux")]
        {
            let unread = match stream {
                Stream::Unix(stream) => unix::unread(stream, &mut self.socket),
                _ => inet::unread(stream.tcp()?, &mut self.socket),
            };
            unread.map(|bytes| bytes == 0)
        }
        #[cfg(not(target_os = "linux"))]
        {
            let _ = stream;
            None
        }
    }
}

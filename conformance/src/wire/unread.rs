//! Whether a target on this machine has read what it was sent.
//!
//! Linux tells for each socket how many bytes its owner has not read yet (sock_diag(7)). For a
//! connection over loopback, this includes the socket at the other end.

use super::stream::Stream;

/// Asks the system; opened when it is first used.
#[derive(Debug, Default)]
pub(super) struct Asker {
    #[cfg(target_os = "linux")]
    socket: linux::Opened,
}

impl Asker {
    /// Whether the other end of `stream` has read everything that came. `None` where the system
    /// does not know: the other end is on another machine or in a container, this is no connection
    /// over TCP, or not Linux. Of TLS, it is the records.
    pub(super) fn has_read(&mut self, stream: &Stream) -> Option<bool> {
        #[cfg(target_os = "linux")]
        return self.socket.unread(stream.tcp()?).map(|bytes| bytes == 0);
        #[cfg(not(target_os = "linux"))]
        {
            let _ = stream;
            None
        }
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io::{Read, Write};
    use std::net::{IpAddr, SocketAddr};

    use socket2::{Domain, Protocol, Socket, Type};
    use tokio::net::TcpStream;

    const AF_NETLINK: i32 = 16;
    const NETLINK_SOCK_DIAG: i32 = 4;
    const SOCK_DIAG_BY_FAMILY: u16 = 20;
    const NLM_F_REQUEST: u16 = 1;
    const AF_INET: u8 = 2;
    const AF_INET6: u8 = 10;
    const IPPROTO_TCP: u8 = 6;

    /// Bytes of the header of a netlink message.
    const HEADER: usize = 16;

    /// Bytes of a question: a header and `struct inet_diag_req_v2`.
    const QUESTION: usize = HEADER + 56;

    /// Where `idiag_rqueue` stands in an answer: a header and `struct inet_diag_msg`.
    const UNREAD_AT: usize = HEADER + 56;

    /// The netlink socket, opened when it is first needed; `None` where there can be none.
    #[derive(Debug, Default)]
    pub(super) enum Opened {
        #[default]
        NotYet,
        Never,
        Open(Socket),
    }

    impl Opened {
        /// Bytes that the other end of `stream` has not read.
        pub(super) fn unread(&mut self, stream: &TcpStream) -> Option<u32> {
            let (other, own) = (stream.peer_addr().ok()?, stream.local_addr().ok()?);
            if matches!(self, Opened::NotYet) {
                *self = open().map_or(Opened::Never, Opened::Open);
            }
            let Opened::Open(socket) = self else {
                return None;
            };
            let mut socket = &*socket;
            socket.write_all(&question(other, own)).ok()?;
            let mut answer = [0; 1024];
            let size = socket.read(&mut answer).ok()?;
            unread_in(&answer[..size])
        }
    }

    fn open() -> Option<Socket> {
        let (domain, protocol) = (Domain::from(AF_NETLINK), Protocol::from(NETLINK_SOCK_DIAG));
        let socket = Socket::new(domain, Type::DGRAM, Some(protocol)).ok()?;
        socket.set_nonblocking(true).ok()?;
        Some(socket)
    }

    /// Asks about the socket that is bound to `other` and connected to `own`.
    fn question(other: SocketAddr, own: SocketAddr) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(QUESTION);
        bytes.extend((QUESTION as u32).to_ne_bytes());
        bytes.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
        bytes.extend(NLM_F_REQUEST.to_ne_bytes());
        // Sequence and port: there is one question at a time.
        bytes.extend([0; 8]);
        let family = if other.is_ipv4() { AF_INET } else { AF_INET6 };
        bytes.extend([family, IPPROTO_TCP, 0, 0]);
        // In every state.
        bytes.extend(u32::MAX.to_ne_bytes());
        bytes.extend(other.port().to_be_bytes());
        bytes.extend(own.port().to_be_bytes());
        bytes.extend(sixteen(other.ip()));
        bytes.extend(sixteen(own.ip()));
        // Any interface, no cookie.
        bytes.extend([0; 4]);
        bytes.extend([u8::MAX; 8]);
        bytes
    }

    fn sixteen(address: IpAddr) -> [u8; 16] {
        match address {
            IpAddr::V6(address) => address.octets(),
            IpAddr::V4(address) => {
                let mut bytes = [0; 16];
                bytes[..4].copy_from_slice(&address.octets());
                bytes
            }
        }
    }

    /// The number in an answer; `None` for an error, such as that there is no such socket.
    fn unread_in(answer: &[u8]) -> Option<u32> {
        let kind = answer.get(4..6)?.try_into().ok()?;
        let bytes = answer.get(UNREAD_AT..UNREAD_AT + 4)?.try_into().ok()?;
        (u16::from_ne_bytes(kind) == SOCK_DIAG_BY_FAMILY).then(|| u32::from_ne_bytes(bytes))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn an_error_is_no_number() {
            let mut answer = [7; UNREAD_AT + 4];
            answer[4..6].copy_from_slice(&2_u16.to_ne_bytes());
            assert_eq!(unread_in(&answer), None);
            answer[4..6].copy_from_slice(&SOCK_DIAG_BY_FAMILY.to_ne_bytes());
            assert_eq!(unread_in(&answer), Some(0x0707_0707));
            assert_eq!(unread_in(&answer[..UNREAD_AT]), None);
        }
    }
}

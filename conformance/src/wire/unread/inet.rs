//! What the other end of a connection over TCP has not read.

use std::net::{IpAddr, SocketAddr};

use tokio::net::TcpStream;

use super::diag::{ANY_STATE, NO_COOKIE, Opened, number};

const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;
const IPPROTO_TCP: u8 = 6;

/// Bytes of `struct inet_diag_req_v2`.
const QUESTION: usize = 56;

/// Where `idiag_rqueue` is in `struct inet_diag_msg`.
const UNREAD_AT: usize = 56;

/// Bytes that the other end of `stream` has not read.
pub(super) fn unread(stream: &TcpStream, socket: &mut Opened) -> Option<u32> {
    let (other, own) = (stream.peer_addr().ok()?, stream.local_addr().ok()?);
    number(&socket.ask(&question(other, own))?, UNREAD_AT)
}

/// Asks about the socket that is bound to `other` and connected to `own`.
fn question(other: SocketAddr, own: SocketAddr) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(QUESTION);
    let family = if other.is_ipv4() { AF_INET } else { AF_INET6 };
    bytes.extend([family, IPPROTO_TCP, 0, 0]);
    bytes.extend(ANY_STATE.to_ne_bytes());
    bytes.extend(other.port().to_be_bytes());
    bytes.extend(own.port().to_be_bytes());
    bytes.extend(sixteen(other.ip()));
    bytes.extend(sixteen(own.ip()));
    // Any interface.
    bytes.extend([0; 4]);
    bytes.extend(NO_COOKIE);
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

//! Whether anything speaks QUIC at an address, asked without a handshake.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::timeout;

/// A version that is reserved, so that a server has to answer which ones it knows (RFC 9000 §6.3 and
/// §15).
const RESERVED_VERSION: [u8; 4] = [0x1a, 0x2a, 0x3a, 0x4a];

/// Bytes of a datagram that a server may answer (RFC 9000 §14.1).
const SIZE: usize = 1200;

/// The first byte of a packet with a long header (RFC 8999 §5.1).
const LONG: u8 = 0xc0;

/// Whether a server of QUIC answers within this time that it does not know a version. One that is about
/// to end or that is busy may not.
pub async fn answers(address: SocketAddr, patience: Duration) -> bool {
    matches!(timeout(patience, ask(address)).await, Ok(Ok(true)))
}

/// Resolves when the operating system reports the port as unreachable; otherwise never.
pub(super) async fn refusal(address: SocketAddr) {
    match ask(address).await {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
        _ => std::future::pending().await,
    }
}

/// Whether what comes is an answer.
async fn ask(address: SocketAddr) -> io::Result<bool> {
    let any: SocketAddr = if address.is_ipv4() {
        (Ipv4Addr::UNSPECIFIED, 0).into()
    } else {
        (Ipv6Addr::UNSPECIFIED, 0).into()
    };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(address).await?;
    socket.send(&question()).await?;
    let mut answer = [0; SIZE];
    let length = socket.recv(&mut answer).await?;
    Ok(is_negotiation(&answer[..length]))
}

/// A packet of the reserved version, with connection ids of 8 bytes.
fn question() -> Vec<u8> {
    let mut bytes = vec![LONG];
    bytes.extend(RESERVED_VERSION);
    bytes.extend([8, 1, 2, 3, 4, 5, 6, 7, 8]);
    bytes.extend([8, 8, 7, 6, 5, 4, 3, 2, 1]);
    bytes.resize(SIZE, 0);
    bytes
}

/// Whether this names versions (RFC 8999 §6).
fn is_negotiation(packet: &[u8]) -> bool {
    matches!(packet, [0x80..=0xff, 0, 0, 0, 0, ..])
}

//! What the other end of a Unix socket has not read.

use std::fs::File;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;

use tokio::net::UnixStream;

use super::diag::{ANY_STATE, NO_COOKIE, Opened, number};

const AF_UNIX: u8 = 1;

/// The other end of a socket: `UDIAG_SHOW_PEER`, and the attribute `UNIX_DIAG_PEER`.
const PEER: (u32, u16) = (0x4, 2);

/// The lengths of its queues: `UDIAG_SHOW_RQLEN`, and the attribute `UNIX_DIAG_RQLEN`.
const QUEUES: (u32, u16) = (0x10, 4);

/// Bytes of `struct unix_diag_msg`, which attributes follow.
const MESSAGE: usize = 16;

/// Bytes of the head of an attribute: its length with the head, and its type.
const HEAD: usize = 4;

/// Bytes that the other end of `stream` has not read.
pub(super) fn unread(stream: &UnixStream, socket: &mut Opened) -> Option<u32> {
    let own = File::from(stream.as_fd().try_clone_to_owned().ok()?);
    let own = u32::try_from(own.metadata().ok()?.ino()).ok()?;
    let peer = attribute(&socket.ask(&question(own, PEER.0))?, PEER.1)?;
    attribute(&socket.ask(&question(peer, QUEUES.0))?, QUEUES.1)
}

/// Asks for this of the socket with this inode: `struct unix_diag_req`.
fn question(inode: u32, what: u32) -> Vec<u8> {
    let mut bytes = vec![AF_UNIX, 0, 0, 0];
    bytes.extend(ANY_STATE.to_ne_bytes());
    bytes.extend(inode.to_ne_bytes());
    bytes.extend(what.to_ne_bytes());
    bytes.extend(NO_COOKIE);
    bytes
}

/// The first number in an attribute of this type.
fn attribute(answer: &[u8], wanted: u16) -> Option<u32> {
    let mut rest = answer.get(MESSAGE..)?;
    while rest.len() >= HEAD {
        let length = usize::from(u16::from_ne_bytes([rest[0], rest[1]]));
        if u16::from_ne_bytes([rest[2], rest[3]]) == wanted {
            return number(rest, HEAD);
        }
        rest = rest.get(length.next_multiple_of(HEAD).max(HEAD)..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    #[test]
    fn attributes_are_read_whatever_comes() {
        let bytes = |parts: &[&[u8]]| parts.concat();
        let head = |length: u16, kind: u16| [length.to_ne_bytes(), kind.to_ne_bytes()].concat();
        let six = 6_u32.to_ne_bytes();
        let message = [0; MESSAGE];
        let name = bytes(&[&head(5, 0), b"x\0\0\0"]);
        let found = bytes(&[&message, &name, &head(12, 4), &six, &six]);
        assert_eq!(attribute(&found, 4), Some(6));
        assert_eq!(attribute(&found, 2), None);
        assert_eq!(attribute(&bytes(&[&message, &head(0, 0), &name]), 4), None);
        for end in 0..found.len() - 8 {
            assert_eq!(attribute(&found[..end], 4), None, "{end}");
        }
    }

    #[tokio::test]
    async fn what_the_other_end_has_not_read_is_counted() {
        let (mut writer, mut theirs) = std::os::unix::net::UnixStream::pair().unwrap();
        writer.set_nonblocking(true).unwrap();
        let ours = UnixStream::from_std(writer.try_clone().unwrap()).unwrap();
        let mut socket = Opened::default();
        if unread(&ours, &mut socket).is_none() {
            // This kernel does not tell.
            return;
        }
        writer.write_all(b"seven..").unwrap();
        assert_eq!(unread(&ours, &mut socket), Some(7));
        theirs.read_exact(&mut [0; 7]).unwrap();
        assert_eq!(unread(&ours, &mut socket), Some(0));
    }
}

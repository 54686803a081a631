//! The questions to sock_diag(7) and their answers: messages of netlink(7).

use std::io::{Read, Write};

use socket2::{Domain, Protocol, Socket, Type};

const AF_NETLINK: i32 = 16;
const NETLINK_SOCK_DIAG: i32 = 4;
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLM_F_REQUEST: u16 = 1;

/// Bytes of the header of a netlink message.
const HEADER: usize = 16;

/// Longest answer that is read, in bytes.
const MOST: usize = 1024;

/// No cookie: whichever socket it is.
pub(super) const NO_COOKIE: [u8; 8] = [u8::MAX; 8];

/// In every state.
pub(super) const ANY_STATE: u32 = u32::MAX;

/// The netlink socket, opened when it is first needed; `None` where there can be none.
#[derive(Debug, Default)]
pub(super) enum Opened {
    #[default]
    NotYet,
    Never,
    Open(Socket),
}

impl Opened {
    /// The answer to a question, without its header. `None` for an error, such as that there is no such
    /// socket.
    pub(super) fn ask(&mut self, question: &[u8]) -> Option<Vec<u8>> {
        if matches!(self, Opened::NotYet) {
            *self = open().map_or(Opened::Never, Opened::Open);
        }
        let Opened::Open(socket) = self else {
            return None;
        };
        let mut socket = &*socket;
        socket.write_all(&message(question)).ok()?;
        let mut answer = [0; MOST];
        let size = socket.read(&mut answer).ok()?;
        content(&answer[..size]).map(<[u8]>::to_vec)
    }
}

fn open() -> Option<Socket> {
    let (domain, protocol) = (Domain::from(AF_NETLINK), Protocol::from(NETLINK_SOCK_DIAG));
    let socket = Socket::new(domain, Type::DGRAM, Some(protocol)).ok()?;
    socket.set_nonblocking(true).ok()?;
    Some(socket)
}

fn message(question: &[u8]) -> Vec<u8> {
    let length = HEADER + question.len();
    let mut bytes = Vec::with_capacity(length);
    bytes.extend((length as u32).to_ne_bytes());
    bytes.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    bytes.extend(NLM_F_REQUEST.to_ne_bytes());
    // Sequence and port: there is one question at a time.
    bytes.extend([0; 8]);
    bytes.extend(question);
    bytes
}

fn content(answer: &[u8]) -> Option<&[u8]> {
    let kind = answer.get(4..6)?.try_into().ok()?;
    (u16::from_ne_bytes(kind) == SOCK_DIAG_BY_FAMILY).then(|| answer.get(HEADER..))?
}

/// The number in these bytes of an answer.
pub(super) fn number(answer: &[u8], at: usize) -> Option<u32> {
    let bytes = answer.get(at..at.checked_add(4)?)?.try_into().ok()?;
    Some(u32::from_ne_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_no_answer() {
        let mut answer = [7; HEADER + 4];
        answer[4..6].copy_from_slice(&2_u16.to_ne_bytes());
        assert_eq!(content(&answer), None);
        answer[4..6].copy_from_slice(&SOCK_DIAG_BY_FAMILY.to_ne_bytes());
        assert_eq!(content(&answer), Some(&[7; 4][..]));
        assert_eq!(number(&answer, HEADER), Some(0x0707_0707));
        assert_eq!(number(&answer, HEADER + 1), None);
        assert_eq!(content(&answer[..5]), None);
    }
}

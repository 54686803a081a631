//! One direction of one connection, read as it comes.

use wsspec_core::Role;
use wsspec_core::deflate::message::Context;
use wsspec_core::frame::{FrameHeader, MessageKind};
use wsspec_core::message::Incoming;
use wsspec_core::observe::{ObservationKind, Observer};
use wsspec_core::violation::Fault;

use super::head::{Answered, Head};
use crate::binding::{EndOfStream, Field};

/// Largest message that is read, in bytes.
const MOST_MESSAGE: u64 = 16 << 20;

/// Most bytes that are kept of one direction.
pub(super) const MOST_BYTES: usize = 48 << 20;

/// What one side of a connection sends.
#[derive(Debug)]
pub(super) struct Way {
    observer: Observer,
    /// Everything, as it came.
    pub(super) bytes: Vec<u8>,
    /// The request, or the final response.
    pub(super) head: Option<Head>,
    /// Where the head ends; over HTTP/2 and HTTP/3 it is no part of the bytes.
    pub(super) head_end: usize,
    /// What follows are frames, and not the content of a refusal over HTTP/2 or HTTP/3.
    framed: bool,
    /// Each frame: where its payload begins, and its header.
    frames: Vec<(usize, FrameHeader)>,
    /// Each message and control frame.
    pub(super) incoming: Vec<Incoming>,
    /// The rules that it breaks.
    pub(super) faults: Vec<Fault>,
    /// How it ended.
    pub(super) end: Option<EndOfStream>,
}

/// A frame without its masking key.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unmasked {
    /// The header; its key is left out.
    pub(super) header: FrameHeader,
    /// The payload, unmasked.
    pub(super) payload: Vec<u8>,
}

impl Way {
    pub(super) fn of(sender: Role) -> Way {
        Way {
            observer: observer(sender),
            bytes: Vec::new(),
            head: None,
            head_end: 0,
            framed: true,
            frames: Vec::new(),
            incoming: Vec::new(),
            faults: Vec::new(),
            end: None,
        }
    }

    /// What is sent after an opening handshake that was read elsewhere.
    pub(super) fn open(sender: Role) -> Way {
        let mut way = Way::of(sender);
        way.observer = way.observer.already_open();
        way
    }

    /// Messages are compressed like this from here on.
    pub(super) fn agree(&mut self, context: Context) {
        self.observer.agree(context);
    }

    /// Takes a section of fields: the head, if there is none yet. Returns whether it is that.
    pub(super) fn read_fields(&mut self, fields: Vec<Field>, end: bool) -> bool {
        let head = Head::Connect(fields, end);
        let sender = self.observer.sender();
        let answered = head.answered().ok().filter(|_| sender == Role::Server);
        let interim = answered.as_ref().is_some_and(Answered::is_interim);
        if self.head.is_some() || interim {
            return false;
        }
        self.framed = answered.is_none_or(|answered| answered.opens());
        self.observer = observer(sender).already_open();
        self.head = Some(head);
        true
    }

    /// Reads what comes up to the end of the head. Returns how much that is, if the head ends here.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Option<usize> {
        let before = self.bytes.len();
        let room = MOST_BYTES.saturating_sub(before);
        let bytes = &bytes[..bytes.len().min(room)];
        if !self.framed {
            self.bytes.extend_from_slice(bytes);
            return None;
        }
        let had_head = self.head.is_some();
        let mut buffer = bytes.to_vec();
        let mut input = buffer.as_mut_slice();
        while let Some(seen) = self.observer.next(&mut input) {
            match seen.kind {
                ObservationKind::Head(head) => {
                    self.head = Some(Head::Upgrade(*head));
                    self.head_end = seen.end as usize;
                    break;
                }
                ObservationKind::Frame(header) => self.frames.push((seen.end as usize, header)),
                ObservationKind::Incoming(incoming) => self.incoming.push(incoming),
                ObservationKind::Fault(fault) | ObservationKind::Failed(fault) => {
                    self.faults.push(fault);
                }
                ObservationKind::Interim(_) | ObservationKind::Body(_) => {}
            }
        }
        let ends_here = !had_head && self.head.is_some();
        let taken = if ends_here {
            self.head_end - before
        } else {
            bytes.len()
        };
        self.bytes.extend_from_slice(&bytes[..taken]);
        ends_here.then_some(taken)
    }

    /// What came after the head.
    pub(super) fn after_head(&self) -> &[u8] {
        if self.head.is_some() {
            &self.bytes[self.head_end..]
        } else {
            &[]
        }
    }

    /// The headers of the frames.
    pub(super) fn headers(&self) -> impl Iterator<Item = &FrameHeader> {
        self.frames.iter().map(|(_, header)| header)
    }

    /// The frames that are whole.
    pub(super) fn frames(&self) -> impl Iterator<Item = Unmasked> + '_ {
        self.frames.iter().map_while(|(begin, header)| {
            let length = usize::try_from(header.length).ok()?;
            let end = begin.checked_add(length)?;
            let mut payload = self.bytes.get(*begin..end)?.to_vec();
            let key = header.mask.unwrap_or_default();
            let cycle = key.iter().cycle();
            payload
                .iter_mut()
                .zip(cycle)
                .for_each(|(byte, key)| *byte ^= key);
            let header = FrameHeader {
                mask: None,
                ..*header
            };
            Some(Unmasked { header, payload })
        })
    }

    /// The data messages, in their order.
    pub(super) fn messages(&self) -> impl Iterator<Item = (MessageKind, &[u8])> {
        self.incoming.iter().filter_map(|incoming| match incoming {
            Incoming::Message(kind, bytes) => Some((*kind, bytes.as_slice())),
            _ => None,
        })
    }

    /// The body of the first Close frame.
    pub(super) fn close(&self) -> Option<&[u8]> {
        self.incoming.iter().find_map(|incoming| match incoming {
            Incoming::Close(body) => Some(body.as_slice()),
            _ => None,
        })
    }
}

fn observer(sender: Role) -> Observer {
    Observer::new(sender).max_message(MOST_MESSAGE)
}

//! The libraries behind one interface.
//!
//! A contender reads a [`Source`] until it has handed out enough messages. Its checks are on if it
//! has any, its read buffer has [`READ`](crate::workload::READ) bytes if the size can be
//! configured, and everything else is the default. An adapter does what the library's own
//! documentation does, and no more.

mod fastwebsockets;
mod soketto;
mod tokio_websockets;
mod tungstenite;
mod websocket_codec;
mod websocket_sans_io;
pub(crate) mod wsspec;
pub(crate) mod yawc;

use wsspec_core::Role;

use crate::seen::{Await, Count, Digest, Seen};
use crate::source::Source;
use crate::workload::Workload;

/// A library, or one way to use it.
pub trait Contender {
    /// Its name.
    const NAME: &'static str;
    /// Whether it is part of this project.
    const OURS: bool = false;
    /// Whether it hands out whole messages, rather than pieces of them.
    const ASSEMBLES: bool = true;
    /// How it is used here.
    const NOTE: &'static str;

    /// Decodes what the peer of `reader` sends until `seen` has enough. An error is the library's
    /// own.
    fn decode<S: Seen>(source: Source<'_>, reader: Role, seen: &mut S) -> Result<(), String>;
}

/// A contender as a value.
#[derive(Clone, Copy)]
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// Whether it is part of this project.
    pub ours: bool,
    /// Whether it hands out whole messages, rather than pieces of them.
    pub assembles: bool,
    /// How it is used here.
    pub note: &'static str,
    count: Decode<Count>,
    digest: Decode<Digest>,
    wait: Decode<Await>,
}

type Decode<S> = fn(Source<'_>, Role, &mut S) -> Result<(), String>;

pub(crate) const fn entry<C: Contender>() -> Entry {
    let (count, digest, wait) = (C::decode::<Count>, C::decode::<Digest>, C::decode::<Await>);
    Entry {
        name: C::NAME,
        ours: C::OURS,
        assembles: C::ASSEMBLES,
        note: C::NOTE,
        count,
        digest,
        wait,
    }
}

/// Every contender. The others are compared with the first.
pub const ALL: &[Entry] = &[
    entry::<wsspec::Decoding>(),
    entry::<wsspec::WholeEndpoint>(),
    entry::<tungstenite::Tungstenite>(),
    entry::<fastwebsockets::Fastwebsockets>(),
    entry::<tokio_websockets::TokioWebsockets>(),
    entry::<websocket_codec::WebsocketCodec>(),
    entry::<websocket_sans_io::WebsocketSansIo>(),
    entry::<yawc::Yawc>(),
    entry::<soketto::Soketto>(),
];

impl Entry {
    /// Runs one pass over the stream. Panics if the contender fails or counts anything else than
    /// the stream contains.
    #[inline(never)]
    pub fn pass(&self, workload: &Workload) {
        let mut seen = Count {
            missing: workload.stream.messages,
            bytes: 0,
        };
        let result = (self.count)(workload.source(), workload.reader, &mut seen);
        let right = Count {
            missing: 0,
            bytes: workload.stream.payload,
        };
        assert!(
            result.is_ok() && seen == right,
            "{} on {}: {result:?}, {seen:?}",
            self.name,
            workload.name
        );
    }

    /// Whether the contender hands out every byte of every message.
    pub fn check(&self, workload: &Workload) -> Result<(), String> {
        let mut seen = Digest::new(workload.stream.messages);
        (self.digest)(workload.source(), workload.reader, &mut seen)?;
        let right = Digest {
            missing: 0,
            hash: workload.stream.hash,
        };
        if seen == right {
            Ok(())
        } else {
            Err(format!("saw {seen:?}, not {right:?}"))
        }
    }

    /// Whether the contender accepts `bytes`, up to the [awaited](crate::seen::AWAITED) message at
    /// their end.
    pub fn lets_pass(&self, bytes: &[u8], reader: Role) -> bool {
        let mut seen = Await::default();
        (self.wait)(Source::new(bytes, bytes.len()), reader, &mut seen).is_ok() && seen.enough()
    }
}

//! The conversations in a transcript over HTTP/2 or HTTP/3, as if each had a connection of its own.
//!
//! A transcript keeps what was on the wire: the frames of HTTP/2 or HTTP/3, in which the bytes of a
//! WebSocket are the content of DATA. What looks at messages and frames wants those alone.

mod http2;
mod http3;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use crate::{Entry, Transcript, Transport, What, Who};

pub(crate) use http2::Numbers;
pub(crate) use http3::{Requests, stream_of};

/// The transcript with the bytes of the WebSocket alone, in the conversations to which they belong,
/// without their opening handshakes. One over HTTP/1.1 is given back as it is.
pub fn conversations(transcript: &Transcript) -> Cow<'_, Transcript> {
    let entries = match over(transcript) {
        Transport::H2 => http2::conversations(transcript),
        Transport::H3 => http3::conversations(transcript),
        Transport::Tcp | Transport::Tls | Transport::Unix => return Cow::Borrowed(transcript),
    };
    Cow::Owned(Transcript {
        target_role: transcript.target_role,
        circumstances: transcript.circumstances.clone(),
        entries,
    })
}

/// What the conversation was over.
pub(crate) fn over(transcript: &Transcript) -> Transport {
    let known = transcript.circumstances.as_ref();
    known.map_or(Transport::Tcp, |known| known.over)
}

/// Overwrites the payload of what one side sent as fields, which are compressed, so that no secret
/// among them is left. Lengths stay.
pub fn blank_fields(transcript: &mut Transcript, side: Who) {
    let places = match over(transcript) {
        Transport::H3 => http3::fields(transcript, side),
        _ => http2::fields(transcript, side),
    };
    let mut offsets: BTreeMap<u32, usize> = BTreeMap::new();
    let entries = transcript.entries.iter_mut();
    for Entry { on, what, .. } in entries.filter(|entry| entry.who == side) {
        let What::Bytes(bytes) = what else {
            continue;
        };
        let at = offsets.entry(*on).or_default();
        for place in places.get(on).into_iter().flatten() {
            let start = place.start.clamp(*at, *at + bytes.len()) - *at;
            let end = place.end.clamp(*at, *at + bytes.len()) - *at;
            bytes[start..end].fill(0);
        }
        *at += bytes.len();
    }
}

/// Places in what a side sent on each channel.
type Places = BTreeMap<u32, Vec<Range<usize>>>;

#[cfg(test)]
mod tests;

//! What holds of the binding of HTTP/2 for any bytes.

use wsspec_core::Role;
use wsspec_core::http2::PREFACE;
use wsspec_vectors::SplitMix64;

use crate::binding::carrier::{Came, Carrier, OFFER, OnChannel};
use crate::binding::http2::Http2;
use crate::binding::{Breach, EndOfStream};
use crate::exchange::WireAction;

/// The only channel, and the first conversation.
const FIRST: u32 = 1;

/// Bytes written for each byte that was read, at most, beside [`FIXED`]: a window given back for a
/// byte takes a frame of the stream and one of the connection.
const PER_BYTE: usize = 32;

/// Bytes written in any case.
const FIXED: usize = 4 << 10;

/// Everything that a connection comes to.
#[derive(Debug, PartialEq)]
struct Course {
    came: Vec<(u32, Came)>,
    violations: Vec<Breach>,
    in_force: Option<Vec<(u64, u64)>>,
    aborted: bool,
}

/// Reads bytes of a target of this role at once, byte by byte and in pieces: the same comes of it each
/// time, and what is written in answer is bounded.
pub(super) fn means_the_same_at_any_chunking(target: Role, stream: &[u8]) {
    let whole = read(target, stream, &mut |left| left);
    assert_eq!(whole, read(target, stream, &mut |_| 1));
    let mut random = SplitMix64(stream.len() as u64);
    let mixed = read(target, stream, &mut |_| random.next() as usize % 64);
    assert_eq!(whole, mixed);
}

fn read(target: Role, stream: &[u8], size: &mut dyn FnMut(usize) -> usize) -> Course {
    let mut carrier = Http2::new(target);
    let mut written = length(&carrier.begin(Some(&OFFER)));
    let mut came = Vec::new();
    match target {
        Role::Server => written += length(&carrier.fields(FIRST, &request())),
        Role::Client => came.extend(carrier.receive(FIRST, PREFACE).0),
    }
    let mut rest = stream;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(size(rest.len()).min(rest.len()));
        let (new, answers) = carrier.receive(FIRST, piece);
        came.extend(new);
        written += length(&answers);
        rest = after;
    }
    came.extend(carrier.ended(FIRST, EndOfStream::Finished).0);
    written += length(&carrier.close());
    let most = FIXED + PER_BYTE * stream.len();
    assert!(written <= most, "{written} bytes in answer");
    Course {
        came: joined(came),
        violations: carrier.breaches().to_vec(),
        in_force: carrier
            .in_force()
            .map(|settings| settings.iter().map(|(id, value)| (*id, *value)).collect()),
        aborted: carrier.aborted().is_some(),
    }
}

/// What came, without regard to how DATA was cut.
fn joined(came: Vec<(u32, Came)>) -> Vec<(u32, Came)> {
    let mut joined: Vec<(u32, Came)> = Vec::new();
    for (on, came) in came {
        match (joined.last_mut(), came) {
            (Some((before, Came::Data(bytes))), Came::Data(more)) if *before == on => {
                bytes.extend(more);
            }
            (_, came) => joined.push((on, came)),
        }
    }
    joined
}

fn request() -> Vec<(Vec<u8>, Vec<u8>)> {
    [(":method", "CONNECT"), (":protocol", "websocket")]
        .map(|(name, value)| (name.into(), value.into()))
        .to_vec()
}

fn length(actions: &[OnChannel]) -> usize {
    let sizes = actions.iter().map(|(_, action)| match action {
        WireAction::Write(bytes) => bytes.len(),
        _ => 0,
    });
    sizes.sum()
}

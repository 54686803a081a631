//! The property of the HTTP/3 engine.

use crate::Role;
use crate::http3::{Connection, ErrorCode, Event, Found, Options, qpack, settings};
use crate::properties::{Cut, Input};
use crate::random::SplitMix64;

/// Streams of the peer, from which the input chooses: requests, unidirectional ones, and one that a
/// peer may not open.
const STREAMS: [u64; 8] = [0, 4, 8, 1, 2, 6, 10, 14];

/// What happens to a stream after the bytes of a step.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    None,
    Finished,
    Reset,
    Stopped,
}

/// Some bytes on a stream.
struct Step<'a> {
    stream: u64,
    bytes: &'a [u8],
    end: End,
}

/// Reads any bytes on any streams.
///
/// The stream is a list of steps: a byte that chooses the stream (3 bits) and what happens after it
/// (2 bits), the length, and as many bytes.
///
/// - At any chunking the same events come out, but for how data is cut.
/// - What proves a violation is within the stream.
/// - A field section that could be read is the same when it is written and read again.
pub fn h3_frames(data: &[u8]) {
    let input = Input::new(data);
    let steps = steps(input.stream, input.settings & 1 != 0);
    let whole = play(&input, &steps, Cut::Whole);
    let single = play(&input, &steps, Cut::Single);
    assert_eq!(whole, single);
    let mixed = Cut::Mixed(SplitMix64(input.seed));
    assert_eq!(whole, play(&input, &steps, mixed));
    for event in &whole {
        match event {
            Event::Headers { fields, .. } => written_again(fields),
            Event::Violation(found) => proved(found, &steps),
            _ => {}
        }
    }
}

fn steps(mut input: &[u8], client: bool) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    while let [choice, length, rest @ ..] = input {
        let (bytes, behind) = rest.split_at(usize::from(*length).min(rest.len()));
        let stream = STREAMS[usize::from(choice & 7)];
        let unidirectional = stream & 2 != 0;
        steps.push(Step {
            // The peer of a client is the server.
            stream: stream + u64::from(client && unidirectional),
            bytes,
            end: [End::None, End::Finished, End::Reset, End::Stopped][usize::from(choice >> 3 & 3)],
        });
        input = behind;
    }
    steps
}

/// Reads all steps and joins the data.
fn play(input: &Input<'_>, steps: &[Step<'_>], mut cut: Cut) -> Vec<Event> {
    let ours = [Role::Server, Role::Client][usize::from(input.settings & 1)];
    let options = Options {
        largest_frame: [1 << 16, 20][usize::from(input.settings >> 1 & 1)],
        largest_list: [1 << 18, 100][usize::from(input.settings >> 2 & 1)],
        largest_sum: 100,
        most_streams: [1 << 16, 3][usize::from(input.settings >> 3 & 1)],
        style: qpack::Style::default(),
    };
    let mut connection = Connection::new(ours, options);
    let announced = u64::from(input.settings >> 4 & 1);
    connection.start(&[(settings::ENABLE_CONNECT_PROTOCOL, announced)]);
    let mut events = Vec::new();
    for step in steps {
        let mut rest = step.bytes;
        while !rest.is_empty() {
            let (chunk, behind) = rest.split_at(cut.next(rest.len()));
            events.extend(connection.receive(step.stream, chunk, false));
            rest = behind;
        }
        let code = ErrorCode::NO_ERROR;
        events.extend(match step.end {
            End::None => connection.receive(step.stream, &[], false),
            End::Finished => connection.receive(step.stream, &[], true),
            End::Reset => connection.was_reset(step.stream, code),
            End::Stopped => connection.was_stopped(step.stream, code),
        });
    }
    joined(events)
}

fn joined(events: Vec<Event>) -> Vec<Event> {
    let mut joined: Vec<Event> = Vec::new();
    for event in events {
        if let Event::Data { stream, bytes } = &event
            && let Some(Event::Data {
                stream: before,
                bytes: so_far,
            }) = joined.last_mut()
            && stream == before
        {
            so_far.extend_from_slice(bytes);
        } else {
            joined.push(event);
        }
    }
    joined
}

fn proved(found: &Found, steps: &[Step<'_>]) {
    let on_it = steps.iter().filter(|step| step.stream == found.stream);
    let sent: usize = on_it.map(|step| step.bytes.len()).sum();
    assert!(found.at <= sent as u64, "{found}");
}

fn written_again(fields: &[(Vec<u8>, Vec<u8>)]) {
    for (indexed, huffman) in [(true, true), (false, false)] {
        let section = qpack::write(fields, qpack::Style { indexed, huffman });
        assert_eq!(qpack::read(&section, usize::MAX).as_deref(), Ok(fields));
    }
}

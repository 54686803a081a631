//! The properties of the opening handshake.

use crate::handshake::{
    DEFAULT_MAX_HEAD, Fields, HeadReader, HeadWriter, Offered, Request, Response, parse_extensions,
};
use crate::properties::{Cut, Input};
use crate::random::SplitMix64;
use crate::violation::{Fault, Violation, ViolationSet};

/// The size limits of heads that the settings choose from, in bytes.
pub const HEAD_LIMITS: [usize; 4] = [DEFAULT_MAX_HEAD, 0, 64, 400];

/// Reads any bytes as an opening request.
///
/// - Any chunking gives the same head, or the same fault at the same offset, and what follows the
///   head is left in the input. Byte by byte, the fault is reported at the very byte it names.
/// - A malformed field line is the first one without which the head before it parses.
/// - What was read reads the same when it is written again, and breaks the same rules, each
///   reported once.
pub fn handshake_request(data: &[u8]) {
    let Some(head) = whole_head(data, &HeadReader::request()) else {
        return;
    };
    match head.parse_request() {
        Ok(request) => {
            let violations = request.violations();
            check_distinct(&violations);
            let again = read_again(HeadReader::request(), &write_request(&request));
            let read = again
                .parse_request()
                .expect("a request that was read and written");
            assert_eq!(
                (read.method, read.target, read.minor),
                (request.method, request.target, request.minor)
            );
            assert!(read.fields.iter().eq(request.fields.iter()));
            assert!(read.subprotocols().eq(request.subprotocols()));
            assert_eq!((read.key(), read.violations()), (request.key(), violations));
        }
        Err(fault) => check_field_fault(head.bytes(), fault, |text| {
            read_again(HeadReader::request(), text)
                .parse_request()
                .is_ok()
        }),
    }
}

/// Reads any bytes as the response to a request with the sample key of RFC 6455 §1.3, the
/// subprotocols `chat` and `superchat`, and `permessage-deflate; server_max_window_bits=10`. The
/// properties are those of [`handshake_request`].
pub fn handshake_response(data: &[u8]) {
    let Some(head) = whole_head(data, &HeadReader::response()) else {
        return;
    };
    let subprotocols = ["chat".to_owned(), "superchat".to_owned()];
    let extensions =
        parse_extensions(b"permessage-deflate; server_max_window_bits=10").expect("an offer");
    let offered = Offered {
        key: "dGhlIHNhbXBsZSBub25jZQ==",
        subprotocols: &subprotocols,
        extensions: &extensions,
    };
    match head.parse_response() {
        Ok(response) => {
            let violations = response.violations(&offered);
            check_distinct(&violations);
            let again = read_again(HeadReader::response(), &write_response(&response));
            let read = again
                .parse_response()
                .expect("a response that was read and written");
            assert_eq!(
                (read.status, read.reason, read.minor),
                (response.status, response.reason, response.minor)
            );
            assert!(read.fields.iter().eq(response.fields.iter()));
            // What is written has the blank that may have been missing.
            let kept = violations
                .into_iter()
                .filter(|violation| *violation != Violation::StatusBlankMissing);
            assert_eq!(read.subprotocol(), response.subprotocol());
            assert!(read.violations(&offered).into_iter().eq(kept));
        }
        Err(fault) => check_field_fault(head.bytes(), fault, |text| {
            read_again(HeadReader::response(), text)
                .parse_response()
                .is_ok()
        }),
    }
}

/// Returns the head at the front of the stream, if there is a whole and readable one.
fn whole_head(data: &[u8], reader: &HeadReader) -> Option<HeadReader> {
    let Input {
        settings,
        seed,
        stream,
    } = Input::new(data);
    let tolerated = if settings & 4 == 0 {
        ViolationSet::NONE
    } else {
        ViolationSet::ALL
    };
    let limit = HEAD_LIMITS[usize::from(settings & 3)];
    let reader = reader.clone().tolerating(tolerated).max_head(limit);

    let mut whole = reader.clone();
    let (result, used) = read(&mut whole, stream, Cut::Whole);
    for cut in [Cut::Single, Cut::Mixed(SplitMix64(seed))] {
        let mut other = reader.clone();
        assert_eq!(read(&mut other, stream, cut), (result, used));
        assert!(result.is_err() || whole.bytes() == other.bytes());
    }
    assert!(whole.bytes().len() <= limit);
    if result.is_ok() {
        assert_eq!(whole.bytes(), &stream[..used]);
    }
    (result == Ok(true)).then_some(whole)
}

/// Returns the result and the number of bytes used up to it; 0 for a fault.
fn read(reader: &mut HeadReader, stream: &[u8], mut cut: Cut) -> (Result<bool, Fault>, usize) {
    let mut fed = 0;
    loop {
        let mut input = &stream[fed..fed + cut.next(stream.len() - fed)];
        fed += input.len();
        match reader.read(&mut input) {
            Ok(false) if fed < stream.len() => assert!(input.is_empty()),
            Err(fault) => {
                assert!(fault.offset < fed as u64, "{fault:?} lies in the future");
                assert!(
                    !matches!(cut, Cut::Single) || fault.offset + 1 == fed as u64,
                    "{fault:?} at byte {fed} only"
                );
                return (Err(fault), 0);
            }
            result => return (result, fed - input.len()),
        }
    }
}

fn read_again(reader: HeadReader, written: &[u8]) -> HeadReader {
    let mut reader = reader.max_head(usize::MAX).tolerating(ViolationSet::ALL);
    assert_eq!(reader.read(&mut &*written), Ok(true));
    assert_eq!(reader.bytes(), written);
    reader
}

fn write_request(request: &Request<'_>) -> Vec<u8> {
    let start = format!(
        "{} {} HTTP/1.{}",
        request.method, request.target, request.minor
    );
    write_fields(HeadWriter::new(start), &request.fields)
}

fn write_response(response: &Response<'_>) -> Vec<u8> {
    let start = format!(
        "HTTP/1.{} {:03} {}",
        response.minor, response.status, response.reason
    );
    write_fields(HeadWriter::new(start), &response.fields)
}

fn write_fields(head: HeadWriter, fields: &Fields<'_>) -> Vec<u8> {
    fields
        .iter()
        .fold(head, |head, (name, value)| head.field(name, value))
        .finish()
}

/// Checks that each rule is reported at most once.
fn check_distinct(violations: &[Violation]) {
    for (i, violation) in violations.iter().enumerate() {
        assert!(
            !violations[..i].contains(violation),
            "{violation:?} twice in {violations:?}"
        );
    }
}

/// Checks that the line that ends with the fault breaks the head, and that what comes before that
/// line does not.
fn check_field_fault(head: &[u8], fault: Fault, parses: impl Fn(&[u8]) -> bool) {
    assert_eq!(fault.violation, Violation::FieldMalformed);
    let shown = &head[..=fault.offset as usize];
    let line = shown[..shown.len() - 1]
        .iter()
        .rposition(|b| *b == b'\n')
        .map_or(0, |at| at + 1);
    assert!(
        parses(&[&shown[..line], b"\r\n"].concat()),
        "the fault lies before byte {line}"
    );
    assert!(
        !parses(&[shown, b"\r\n"].concat()),
        "the fault does not show at byte {}",
        fault.offset
    );
}

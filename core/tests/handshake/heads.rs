//! Heads as a whole: unreadable ones, limits, and what surrounds them.

use crate::{REQUEST, request, response};
#[cfg(unix)]
use rustix::time::{ClockId, clock_gettime};
#[cfg(unix)]
use std::time::Duration;
use wsspec_core::Violation;
use wsspec_core::handshake::{HeadReader, MAX_FIELDS};

/// Heads that cannot be read: the rule, and the text that ends with the byte that proves it.
#[test]
fn unreadable_heads_and_the_byte_that_proves_it() {
    let unreadable = |head: &str, rule: Violation, up_to: &str| {
        let at = head.find(up_to).unwrap() + up_to.len() - 1;
        assert_eq!(
            request(head.as_bytes()),
            Err(rule.at(at as u64)),
            "{head:?}"
        );
    };
    unreadable(
        "GET / HTTP/1.1\nHost: a\r\n\r\n",
        Violation::LineEndBare,
        "1.1\n",
    );
    unreadable(
        "GET / HTTP/1.1\r\nHost: a\n\r\n",
        Violation::LineEndBare,
        "a\n",
    );
    unreadable(
        "GET /\r\nHost: a\r\n\r\n",
        Violation::StartLineMalformed,
        "/\r\n",
    );
    unreadable(
        "GET / HTTP/2.0\r\n\r\n",
        Violation::StartLineMalformed,
        "2.0\r\n",
    );
    unreadable(
        "GET / HTTP/1.1 \r\n\r\n",
        Violation::StartLineMalformed,
        " \r\n",
    );
    unreadable(
        "G\0T / HTTP/1.1\r\n\r\n",
        Violation::StartLineMalformed,
        "1.1\r\n",
    );
    for field in [
        "Host : a",
        "Host",
        ": a",
        " folded: a",
        " ",
        "\t",
        "H\u{e9}: a",
        "X: a\0b",
        "X: a\rb",
        "\r",
    ] {
        let head = format!("GET / HTTP/1.1\r\nA: b\r\n{field}\r\nY: z\r\nalso bad\r\n\r\n");
        unreadable(
            &head,
            Violation::FieldMalformed,
            &format!("b\r\n{field}\r\n"),
        );
    }
}

#[test]
fn the_limits_of_a_head() {
    let length = REQUEST.len();
    for cut in [1, length] {
        let read = |limit: usize| {
            let mut reader = HeadReader::request().max_head(limit);
            REQUEST
                .as_bytes()
                .chunks(cut)
                .try_fold(false, |_, mut piece| reader.read(&mut piece))
        };
        assert_eq!(read(length), Ok(true));
        assert_eq!(
            read(length - 1),
            Err(Violation::HeadTooLarge.at(length as u64 - 1))
        );
        assert_eq!(read(0), Err(Violation::HeadTooLarge.at(0)));
    }
    let fields = |count: usize| format!("GET / HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(count));
    assert!(request(fields(MAX_FIELDS).as_bytes()).is_ok());
    let last = fields(MAX_FIELDS + 1).len() as u64 - 3;
    assert_eq!(
        request(fields(MAX_FIELDS + 1).as_bytes()),
        Err(Violation::HeadTooLarge.at(last))
    );
}

#[test]
fn what_follows_a_head_is_left_and_empty_lines_before_a_request_are_skipped() {
    let stream = format!("\r\n\r\n{REQUEST}\u{1}frames");
    let mut input = stream.as_bytes();
    let mut reader = HeadReader::request();
    assert_eq!(reader.read(&mut input), Ok(true));
    assert_eq!(
        (input, reader.bytes().len()),
        (&b"\x01frames"[..], REQUEST.len() + 4)
    );
    assert_eq!(
        reader.read(&mut input),
        Ok(true),
        "once whole it reads no further"
    );
    assert_eq!(input.len(), 7);
    assert_eq!(reader.parse_request().unwrap().violations(), []);
    assert_eq!(
        response(b"\r\nHTTP/1.1 101\r\n\r\n"),
        Err(Violation::StartLineMalformed.at(1))
    );
}

/// Returns the fastest of a few runs.
#[cfg(unix)]
fn fastest(run: impl Fn()) -> Duration {
    // The clock of this thread alone: other load on the machine does not count.
    let now = || Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap();
    let time = || {
        let start = now();
        run();
        now().saturating_sub(start)
    };
    (0..7).map(|_| time()).min().unwrap()
}

/// Sixteen times the bytes may take about sixteen times as long. Quadratic code would take 256
/// times as long.
#[cfg(unix)]
#[test]
fn checking_a_head_is_linear_in_its_size() {
    let parts = [
        ("Sec-WebSocket-Extensions: ", "x; a=\"\\b\","),
        ("Sec-WebSocket-Extensions: ", " ,"),
        ("Sec-WebSocket-Protocol: ", "chat,"),
        ("Connection: ", "a,"),
        ("Upgrade: ", "/"),
        ("Host: ", "["),
        ("X: ", "y"),
        ("bad", " "),
    ];
    for (name, part) in parts {
        let time = |size: usize| {
            let head = format!(
                "GET / HTTP/1.1\r\n{name}{}\r\n\r\n",
                part.repeat(size / part.len())
            );
            fastest(|| {
                let mut reader = HeadReader::request();
                for mut byte in head.as_bytes().chunks(1) {
                    reader.read(&mut byte).unwrap();
                }
                let _ = reader.parse_request().map(|request| request.violations());
            })
        };
        let (small, large) = (time(4000), time(64000));
        assert!(
            large < small * 80,
            "{name}{part}: {small:?} for 4 kB, {large:?} for 64 kB"
        );
    }
}

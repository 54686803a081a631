//! What answers a plain opening, if not with 101? Asked on a socket of its own, since the answer
//! need not be HTTP.

use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::time::{Instant, timeout_at};
use wsspec_core::Role;
use wsspec_core::dissect::printable;
use wsspec_core::handshake::{HeadReader, Response};
use wsspec_core::violation::ViolationSet;
use wsspec_reports::{Answer, Answered, Hint};
use wsspec_vectors::Head;

use super::super::Target;
use crate::binding::http1::Http1;
use crate::binding::{Binding, Command, Output};
use crate::exchange::Setup;
use crate::wire::stream::Stream;
use crate::wire::tcp;

/// Bytes read of an answer.
const MOST: usize = 8 << 10;

/// Bytes of a first line that are quoted.
const LINE: usize = 120;

/// How long after the last bytes more are waited for.
pub(super) const REST: Duration = Duration::from_millis(150);

/// Any key will do: nothing is judged by it.
const KEY: &str = "d3NzcGVjIGFza3MgdGhpcw==";

/// What came on a connection.
#[derive(Debug, Default)]
struct Came {
    bytes: Vec<u8>,
    /// How it ended, if it did.
    end: Option<Answered>,
}

/// What answers a plain opening; `None` if that is 101 after all.
pub(super) async fn answer(target: &Target, setup: &Setup) -> Option<Answer> {
    if setup.over.has_streams() {
        // What answers is no line of text.
        return None;
    }
    let came = open(target, setup).await?;
    let mut answer = classify(&came)?;
    let silent = matches!(answer.what, Answered::Ended | Answered::Reset);
    if silent && speaks_tls(target, setup.timing.deadline).await {
        answer.what = Answered::Tls;
        answer.hint = Some(Hint::Tls);
    }
    let refused =
        matches!(answer.what, Answered::Refusal { status, .. } if (400..500).contains(&status));
    if refused && !sends_origin(setup) {
        let origin = format!("{}://{}", setup.scheme(), setup.host);
        let mut with = setup.clone();
        with.headers.push(("Origin".into(), origin.clone()));
        let opens = open(target, &with).await.is_some_and(|came| is_101(&came));
        if opens {
            answer.hint = Some(Hint::Origin(origin));
        }
    }
    let secrets = target.secrets();
    secrets.mask(&mut answer.said);
    if let Answered::Refusal { line, .. } = &mut answer.what {
        secrets.mask(line);
    }
    if let Some(Hint::Redirect(to) | Hint::Version(to)) = &mut answer.hint {
        secrets.mask(to);
    }
    Some(answer)
}

/// Whether every request has an Origin field.
fn sends_origin(setup: &Setup) -> bool {
    let mut names = setup.headers.iter().map(|(name, _)| name);
    names.any(|name| name.eq_ignore_ascii_case("Origin"))
}

/// Sends a plain opening, and reads what comes.
async fn open(target: &Target, setup: &Setup) -> Option<Came> {
    let filled = target.filled(setup).await.ok()?;
    let setup = filled.as_ref().map_or(setup, |(setup, _)| setup);
    let mut http = Http1::new(Role::Server, KEY.into());
    let head = Head::default();
    let outputs = http.send(Command::Open(&head), setup).ok()?;
    let mut stream = target.connect().await.ok()?;
    for output in outputs {
        if let Output::Write(bytes) = output {
            // A server that speaks first may be gone already; what it said can still be read.
            let _ = stream.send(&bytes).await;
        }
    }
    let came = read(&mut stream, setup.timing.deadline).await;
    tokio::spawn(tcp::end(stream, REST));
    Some(came)
}

/// Whether a ClientHello is answered with a record of TLS, if only an alert.
async fn speaks_tls(target: &Target, patience: Duration) -> bool {
    let Ok(mut stream) = target.connect().await else {
        return false;
    };
    let _ = stream.send(&client_hello()).await;
    let came = read(&mut stream, patience).await;
    tokio::spawn(tcp::end(stream, REST));
    is_tls(&came.bytes)
}

/// The smallest ClientHello of TLS 1.2 (RFC 5246 §7.4.1.2), with one cipher suite and no extension.
fn client_hello() -> Vec<u8> {
    let version = [3, 3];
    let suite = [0xc0, 0x2f];
    let mut hello = version.to_vec();
    hello.extend([0; 32]);
    hello.extend([0, 0, 2, suite[0], suite[1], 1, 0]);
    let length = hello.len() as u8;
    let handshake = [&[1, 0, 0, length][..], &hello].concat();
    [&[0x16, 3, 1, 0, handshake.len() as u8][..], &handshake].concat()
}

/// Reads until the answer is complete or nothing more comes, for at most `patience`.
async fn read(stream: &mut Stream, patience: Duration) -> Came {
    let mut came = Came::default();
    let last = Instant::now() + patience;
    let mut until = last;
    let mut buffer = vec![0; MOST];
    while came.bytes.len() < MOST {
        let room = MOST - came.bytes.len();
        match timeout_at(until, stream.read(&mut buffer[..room])).await {
            Ok(Ok(0)) => {
                came.end = Some(Answered::Ended);
                break;
            }
            Ok(Ok(n)) => came.bytes.extend_from_slice(&buffer[..n]),
            Ok(Err(_)) => {
                came.end = Some(Answered::Reset);
                break;
            }
            Err(_) => break,
        }
        if is_101(&came) {
            break;
        }
        // A response that has begun may be slow to end; anything else is only quoted.
        let begun = came.bytes.starts_with(b"HTTP/") && response(&came.bytes).is_none();
        until = if begun {
            last
        } else {
            last.min(Instant::now() + REST)
        };
    }
    came
}

/// Sorts what came; `None` if it is a 101, however wrong.
fn classify(came: &Came) -> Option<Answer> {
    if is_101(came) {
        return None;
    }
    let bytes = &came.bytes[..];
    if let Some((line, status, hint, body)) = response(bytes) {
        return Some(Answer {
            what: Answered::Refusal { status, line },
            said: said(body),
            hint,
        });
    }
    let (what, hint) = if bytes.is_empty() {
        let end = came.end.clone().unwrap_or(Answered::Nothing);
        (end, None)
    } else if is_tls(bytes) {
        (Answered::Tls, Some(Hint::Tls))
    } else if is_http2(bytes) {
        (Answered::Http2, Some(Hint::Http2))
    } else {
        (Answered::NotHttp, None)
    };
    Some(Answer {
        what,
        said: said(bytes),
        hint,
    })
}

/// Bytes of a peer, cut to a bounded length and made printable.
fn said(bytes: &[u8]) -> String {
    printable(&bytes[..bytes.len().min(Answer::SAID)])
}

/// Whether this is a 101, or begins as one.
fn is_101(came: &Came) -> bool {
    let line = first_line(&came.bytes);
    let mut words = line.split(|byte| *byte == b' ');
    words.next().is_some_and(|word| word.starts_with(b"HTTP/")) && words.next() == Some(b"101")
}

fn first_line(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
    &bytes[..end.unwrap_or(bytes.len())]
}

/// The first line of a response, its status, what may help, and the beginning of its body; `None`
/// if these bytes are none, or not all of its head.
fn response(bytes: &[u8]) -> Option<(String, u16, Option<Hint>, &[u8])> {
    let mut reader = HeadReader::response().tolerating(ViolationSet::ALL);
    let mut rest = bytes;
    while !reader.read(&mut rest).ok()? {
        if rest.is_empty() {
            return None;
        }
    }
    let parsed = reader.parse_response().ok()?;
    if (100..200).contains(&parsed.status) {
        return response(rest);
    }
    let line = first_line(bytes_from_line(bytes));
    let line = printable(&line[..line.len().min(LINE)]);
    Some((line, parsed.status, hint(&parsed, rest), rest))
}

/// Without empty lines in front.
fn bytes_from_line(bytes: &[u8]) -> &[u8] {
    let begin = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n'));
    &bytes[begin.unwrap_or(bytes.len())..]
}

/// What may help against a refusal.
fn hint(response: &Response<'_>, body: &[u8]) -> Option<Hint> {
    match response.status {
        300..400 => Some(quoted(response, "location").map_or(Hint::Path, Hint::Redirect)),
        // What servers for TLS answer to plain HTTP names the protocol.
        400 if body.windows(5).any(|word| word == b"HTTPS") => Some(Hint::Tls),
        400 => Some(Hint::Subprotocol),
        401 | 403 | 407 => Some(Hint::Credentials),
        426 => Some(quoted(response, "sec-websocket-version").map_or(Hint::Path, Hint::Version)),
        429 | 503 => Some(Hint::Busy),
        200..300 | 404 | 405 | 410 | 501 => Some(Hint::Path),
        _ => None,
    }
}

/// The beginning of the value of a field.
fn quoted(response: &Response<'_>, name: &str) -> Option<String> {
    let value = response.fields.get(name)?;
    Some(printable(&value.as_bytes()[..value.len().min(LINE)]))
}

/// A record of TLS: an alert or a handshake, of any version.
fn is_tls(bytes: &[u8]) -> bool {
    matches!(bytes, [0x15 | 0x16, 3, 0..=4, ..])
}

/// A frame of HTTP/2 on stream 0: SETTINGS or GOAWAY, or the preface of a client.
fn is_http2(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PRI * HTTP/2.0") || matches!(bytes, [_, _, _, 4 | 7, _, 0, 0, 0, 0, ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(bytes: &[u8]) -> Option<(Answered, Option<Hint>, String)> {
        let answer = classify(&Came {
            bytes: bytes.to_vec(),
            end: None,
        })?;
        Some((answer.what, answer.hint, answer.said))
    }

    fn refusal(status: u16, line: &str) -> Answered {
        Answered::Refusal {
            status,
            line: line.into(),
        }
    }

    #[test]
    fn a_101_is_no_refusal_however_wrong() {
        for bytes in [
            &b"HTTP/1.1 101 Switching Protocols\r\n\r\n"[..],
            b"HTTP/1.1 101",
            b"HTTP/1.0 101 X\r\nbad line\r\n",
        ] {
            assert_eq!(sorted(bytes), None, "{}", printable(bytes));
        }
    }

    #[test]
    fn a_refusal_has_the_hint_that_fits() {
        let hints = [
            ("401 Unauthorized", "", Some(Hint::Credentials)),
            ("403 Forbidden", "", Some(Hint::Credentials)),
            ("404 Not Found", "", Some(Hint::Path)),
            ("200 OK", "", Some(Hint::Path)),
            ("400 Bad Request", "", Some(Hint::Subprotocol)),
            (
                "301 Moved",
                "Location: /ws/\r\n",
                Some(Hint::Redirect("/ws/".into())),
            ),
            ("302 Found", "", Some(Hint::Path)),
            (
                "426 Upgrade Required",
                "Sec-WebSocket-Version: 8\r\n",
                Some(Hint::Version("8".into())),
            ),
            ("503 Service Unavailable", "", Some(Hint::Busy)),
            ("500 Internal Server Error", "", None),
        ];
        for (status, fields, hint) in hints {
            let bytes = format!("HTTP/1.1 {status}\r\n{fields}\r\n<p>\x1b");
            let line = format!("HTTP/1.1 {status}");
            let code = status[..3].parse().unwrap();
            let expected = (refusal(code, &line), hint, "<p>\\u{1b}".to_owned());
            assert_eq!(sorted(bytes.as_bytes()), Some(expected), "{status}");
        }
    }

    #[test]
    fn an_interim_response_is_not_the_answer() {
        let bytes = b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 404 No\r\n\r\n";
        let what = sorted(bytes).unwrap().0;
        assert!(
            matches!(what, Answered::Refusal { status: 404, .. }),
            "{what:?}"
        );
    }

    #[test]
    fn what_is_no_http_is_quoted_and_bounded() {
        let other = [
            (&b"220 mail ready\r\n"[..], Answered::NotHttp, None),
            (
                b"\x15\x03\x01\x00\x02\x02\x46",
                Answered::Tls,
                Some(Hint::Tls),
            ),
            (
                b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0d",
                Answered::Http2,
                Some(Hint::Http2),
            ),
            (b"", Answered::Nothing, None),
        ];
        for (bytes, what, hint) in other {
            assert_eq!(sorted(bytes), Some((what, hint, printable(bytes))));
        }
        let (_, _, said) = sorted(&[b'x'; 4096]).unwrap();
        assert_eq!(said.len(), Answer::SAID);
    }
}

//! Masks secrets in reports: the values of request fields and query parameters that grant access.

use std::ops::Range;
use std::sync::Arc;

use wsspec_reports::{Transcript, Transport, What, Who, streams};

use crate::exchange::Conclusion;

/// Parts of the names of fields and parameters whose values are secrets.
const SECRET_WORDS: [&str; 6] = ["auth", "cookie", "token", "secret", "key", "passw"];

/// Shortest value, in bytes, that is masked wherever it occurs. A shorter one may be something else
/// by accident, and is masked only after its name.
const UNMISTAKABLE: usize = 8;

/// Names and values of what is masked.
pub(crate) struct Secrets<'a>(Vec<(&'a str, &'a str)>);

/// Whether the value of a field or parameter with this name is a secret. The fields of the opening
/// handshake are not.
pub(crate) fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    !name.starts_with("sec-websocket-") && SECRET_WORDS.iter().any(|part| name.contains(part))
}

impl<'a> Secrets<'a> {
    /// The secrets among these names and values.
    pub(crate) fn of(fields: impl Iterator<Item = (&'a str, &'a str)>) -> Secrets<'a> {
        Secrets(
            fields
                .filter(|(name, value)| is_secret(name) && !value.is_empty())
                .collect(),
        )
    }

    /// With these, whatever their names.
    pub(crate) fn and(mut self, more: impl Iterator<Item = (&'a str, &'a str)>) -> Secrets<'a> {
        self.0.extend(more.filter(|(_, value)| !value.is_empty()));
        self
    }

    /// Replaces each byte of a secret with `*` in everything that is reported of a case, whoever
    /// sent it.
    pub(crate) fn mask_conclusion(&self, conclusion: &mut Conclusion) {
        if self.0.is_empty() {
            return;
        }
        let transcript = Arc::make_mut(&mut conclusion.transcript);
        self.mask_transcript(transcript);
        if let Some(circumstances) = &mut transcript.circumstances {
            self.mask(&mut circumstances.resource);
            for (name, value) in &mut circumstances.headers {
                if is_secret(name) {
                    *value = "*".repeat(value.len());
                }
            }
        }
        let texts = [
            conclusion.sent.as_mut(),
            conclusion.received.as_mut(),
            conclusion.opening.extensions.as_mut(),
            conclusion.opening.server.as_mut(),
            conclusion.close.as_mut().map(|close| &mut close.reason),
        ];
        for text in texts.into_iter().flatten() {
            self.mask(text);
        }
    }

    /// Replaces each byte of a secret with `*` in what both sides sent.
    pub(crate) fn mask_transcript(&self, transcript: &mut Transcript) {
        self.mask_in(transcript, Who::Suite);
        self.mask_in(transcript, Who::Target);
        self.mask_fields(transcript);
    }

    /// Replaces each byte of a secret with `*` in a text.
    pub(crate) fn mask(&self, text: &mut String) {
        for piece in self.pieces() {
            if text.contains(piece) {
                *text = text.replace(piece, &"*".repeat(piece.len()));
            }
        }
    }

    /// Masks the fields of heads that are kept without their bytes.
    fn mask_fields(&self, transcript: &mut Transcript) {
        for entry in &mut transcript.entries {
            if let What::Fields(fields) = &mut entry.what {
                fields.iter_mut().for_each(|(_, value)| self.mask(value));
            }
        }
    }

    /// Masks what one side sent. A secret may be split between two writes, so all bytes are
    /// searched as one stream.
    fn mask_in(&self, transcript: &mut Transcript, side: Who) {
        let over = transcript.circumstances.as_ref().map(|known| known.over);
        if over.is_some_and(Transport::has_streams) && !self.0.is_empty() {
            streams::blank_fields(transcript, side);
            return;
        }
        let of_it = transcript
            .entries
            .iter_mut()
            .filter(|entry| entry.who == side);
        let mut parts: Vec<&mut Vec<u8>> = of_it
            .filter_map(|entry| match &mut entry.what {
                What::Bytes(bytes) => Some(bytes),
                _ => None,
            })
            .collect();
        let mut stream = parts
            .iter()
            .flat_map(|part| part.iter().copied())
            .collect::<Vec<u8>>();
        for place in self.places(&stream) {
            stream[place].fill(b'*');
        }
        let mut rest = stream.as_slice();
        for part in &mut parts {
            let (own, after) = rest.split_at(part.len());
            part.copy_from_slice(own);
            rest = after;
        }
    }

    fn places(&self, stream: &[u8]) -> Vec<Range<usize>> {
        let named = self.0.iter().flat_map(|(name, value)| {
            find(stream, value).filter(|place| is_named(&stream[..place.start], name))
        });
        named
            .chain(self.pieces().flat_map(|piece| find(stream, piece)))
            .collect()
    }

    /// What is masked wherever it occurs: whole values, credentials without their scheme, the
    /// values of cookies.
    fn pieces(&self) -> impl Iterator<Item = &'a str> {
        let pieces = self.0.iter().flat_map(|(name, value)| {
            let credentials = value
                .split_once(' ')
                .map(|(_, credentials)| credentials.trim());
            let cookies = name
                .eq_ignore_ascii_case("cookie")
                .then(|| value.split(';'));
            let cookies = cookies
                .into_iter()
                .flatten()
                .filter_map(|cookie| Some(cookie.split_once('=')?.1.trim()));
            [Some(*value), credentials]
                .into_iter()
                .flatten()
                .chain(cookies)
        });
        pieces.filter(|piece| piece.len() >= UNMISTAKABLE)
    }
}

/// The places of `needle` in `stream`.
fn find(stream: &[u8], needle: &str) -> impl Iterator<Item = Range<usize>> {
    let length = needle.len();
    let starts = stream
        .windows(length)
        .enumerate()
        .filter(move |(_, window)| *window == needle.as_bytes());
    starts.map(move |(start, _)| start..start + length)
}

/// Whether `before` ends with the name of a field and what separates it from its value.
fn is_named(before: &[u8], name: &str) -> bool {
    let end = before
        .iter()
        .rposition(|byte| !b" \t:=".contains(byte))
        .map_or(0, |at| at + 1);
    end < before.len()
        && before[..end]
            .to_ascii_lowercase()
            .ends_with(name.to_ascii_lowercase().as_bytes())
}

#[cfg(test)]
mod tests {
    use wsspec_reports::{Entry, TargetRole};

    use super::*;

    fn masked(fields: &[(&str, &str)], side: Who, parts: &[&str]) -> Vec<String> {
        let entries = parts.iter().map(|part| Entry {
            at_us: 0,
            on: 1,
            who: side,
            what: What::Bytes(part.as_bytes().to_vec()),
        });
        let mut transcript = Transcript {
            target_role: TargetRole::Server,
            circumstances: None,
            entries: entries.collect(),
        };
        Secrets::of(fields.iter().copied()).mask_in(&mut transcript, side);
        transcript.entries.into_iter().map(text).collect()
    }

    fn text(entry: Entry) -> String {
        match entry.what {
            What::Bytes(bytes) => String::from_utf8(bytes).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn secrets_are_masked_wherever_the_bytes_are_split() {
        let fields = [
            ("Authorization", "Bearer abcdefgh"),
            ("X-Api-Key", "7"),
            ("X-Open", "shown"),
        ];
        let head = [
            "GET /7 HTTP/1.1\r\nauthorization:  Bea",
            "rer abcdefgh\r\nX-Api-Key: 7\r\nX-Open: shown\r\n",
        ];
        let shown = [
            "GET /7 HTTP/1.1\r\nauthorization:  ***",
            "************\r\nX-Api-Key: *\r\nX-Open: shown\r\n",
        ];
        assert_eq!(masked(&fields, Who::Suite, &head), shown);
        assert_eq!(
            masked(&fields, Who::Target, &["400 no abcdefgh, 7\r\n"]),
            ["400 no ********, 7\r\n"]
        );
        let cookies = [("Cookie", "theme=dark; session=0123456789")];
        let parameters = [("token", "7"), ("page", "7")];
        assert_eq!(
            masked(&parameters, Who::Suite, &["GET /?page=7&token=7 HTTP"]),
            ["GET /?page=7&token=* HTTP"]
        );
        assert_eq!(
            masked(&cookies, Who::Target, &["dark 0123456789"]),
            ["dark **********"]
        );
    }

    #[test]
    fn fields_of_the_handshake_are_not_secret() {
        let secret = [
            "Authorization",
            "Proxy-Authorization",
            "cookie",
            "X-Auth-Token",
            "client-secret",
            "X-API-KEY",
        ];
        assert!(secret.into_iter().all(is_secret));
        assert!(
            ![
                "Sec-WebSocket-Key",
                "Origin",
                "Sec-WebSocket-Protocol",
                "X-Words"
            ]
            .into_iter()
            .any(is_secret)
        );
    }
}

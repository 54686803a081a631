//! What a rule was broken with, where that is a known mistake: it tells its author what to mend.

use std::fmt;

use wsspec_core::Violation;
use wsspec_core::dissect::hex_digits;
use wsspec_core::handshake::{accept_for, is_token};

/// A known way to break a rule on the head of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Particular {
    /// The Sec-WebSocket-Accept is the right digest, in hex instead of base64 (RFC 6455 §4.2.2).
    AcceptInHex,
    /// The field is there, and empty.
    FieldEmpty,
    /// All elements are tokens, and one is there twice (RFC 6455 §4.1).
    TokenRepeated,
}

impl Particular {
    /// How a head breaks this rule, with this key or in answer to it; `lines` are those of a field.
    pub(crate) fn of<'a>(
        violation: Violation,
        key: &str,
        lines: impl FnOnce(&'static str) -> Vec<&'a [u8]>,
    ) -> Option<Particular> {
        match violation {
            Violation::AcceptWrong => {
                let digest = digest_in_hex(key);
                lines("sec-websocket-accept")
                    .iter()
                    .any(|line| line.eq_ignore_ascii_case(digest.as_bytes()))
                    .then_some(Particular::AcceptInHex)
            }
            Violation::ResponseExtensionMalformed => lines("sec-websocket-extensions")
                .iter()
                .any(|line| line.trim_ascii().is_empty())
                .then_some(Particular::FieldEmpty),
            Violation::SubprotocolMalformed => has_tokens_alone(&lines("sec-websocket-protocol"))
                .then_some(Particular::TokenRepeated),
            _ => None,
        }
    }
}

fn has_tokens_alone(lines: &[&[u8]]) -> bool {
    let mut elements = lines
        .iter()
        .flat_map(|line| line.split(|byte| *byte == b','));
    elements.all(|element| is_token(element.trim_ascii()))
}

fn digest_in_hex(key: &str) -> String {
    use base64::Engine as _;
    let digest = base64::engine::general_purpose::STANDARD.decode(accept_for(key));
    hex_digits(&digest.unwrap_or_default())
}

impl fmt::Display for Particular {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Particular::AcceptInHex => "it is the right digest, in hex instead of base64",
            Particular::FieldEmpty => "the field is empty",
            Particular::TokenRepeated => "one is there twice",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

    #[test]
    fn a_known_mistake_is_named() {
        let hex = b"b37a4f2cc0624f1690f64606cf385945b2bec4ea";
        for (line, particular) in [
            (&hex[..], Some(Particular::AcceptInHex)),
            (&hex.to_ascii_uppercase()[..], Some(Particular::AcceptInHex)),
            (&hex[1..], None),
            (b"", None),
        ] {
            let found = Particular::of(Violation::AcceptWrong, KEY, |_| vec![line]);
            assert_eq!(found, particular);
        }
        for (line, particular) in [(" ", Some(Particular::FieldEmpty)), ("a b", None)] {
            let violation = Violation::ResponseExtensionMalformed;
            let found = Particular::of(violation, KEY, |_| vec![line.as_bytes()]);
            assert_eq!(found, particular);
        }
        assert_eq!(
            Particular::of(Violation::AcceptMissing, KEY, |_| vec![]),
            None
        );
    }
}

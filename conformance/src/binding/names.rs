//! What the names in braces stand for in a head of a case.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};
use wsspec_core::dissect::hex_digits;
use wsspec_core::handshake::{GUID, accept_for};

use crate::exchange::Setup;

/// Digest of the key and a GUID, as Sec-WebSocket-Accept wants it.
fn hash(text: &[u8], guid: &str) -> impl AsRef<[u8]> {
    Sha1::new().chain_update(text).chain_update(guid).finalize()
}

/// What the names in braces stand for.
#[derive(Clone, Copy)]
pub(crate) struct Names<'a> {
    pub(crate) setup: &'a Setup,
    /// The Sec-WebSocket-Key of the conversation.
    pub(crate) key: &'a str,
}

impl Names<'_> {
    pub(crate) fn fill(&self, text: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let found = after
                .split_once('}')
                .and_then(|(name, tail)| self.value(name).map(|v| (v, tail)));
            if let Some((value, tail)) = found {
                filled.push_str(&value);
                rest = tail;
            } else {
                filled.push('{');
                rest = after;
            }
        }
        filled + rest
    }

    fn value(&self, name: &str) -> Option<String> {
        let key = self.key;
        Some(match name {
            "host" => self.setup.host.clone(),
            "scheme" => self.setup.scheme().to_owned(),
            "target" => self.setup.resource.clone(),
            "target.path" => {
                let path = self.setup.resource.split('?').next();
                path.unwrap_or_default().to_owned()
            }
            "key" => key.to_owned(),
            "accept" => accept_for(key),
            "accept.other-key" => accept_for(&accept_for(key)),
            "accept.lower" => accept_for(key).to_lowercase(),
            "accept.hex" => hex_digits(hash(key.as_bytes(), GUID).as_ref()),
            "accept.no-guid" => STANDARD.encode(hash(key.as_bytes(), "")),
            "accept.wrong-guid" => STANDARD.encode(hash(
                key.as_bytes(),
                &GUID.replacen("258EAFA5", "258EAF5", 1),
            )),
            "accept.decoded-key" => {
                STANDARD.encode(hash(&STANDARD.decode(key).unwrap_or_default(), GUID))
            }
            "origin" => self.setup.allowed_origin.as_ref()?.to_string(),
            _ => {
                let like = name.strip_prefix("origin.")?;
                return self.setup.allowed_origin.as_ref()?.like(like);
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use wsspec_core::Role;

    use super::*;

    /// The key and the hash of RFC 6455 §1.3; the others were computed apart.
    #[test]
    fn every_name_stands_for_what_the_language_says() {
        let setup = Setup::new(Role::Server, "example.org:9001", "/chat?a=b?");
        let names = Names {
            setup: &setup,
            key: "dGhlIHNhbXBsZSBub25jZQ==",
        };
        for (text, filled) in [
            ("{host}{target}", "example.org:9001/chat?a=b?"),
            ("{target.path}", "/chat"),
            ("{scheme}://{host}", "http://example.org:9001"),
            ("{key}", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("{accept}", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
            ("{accept.other-key}", "kpDBBn8VZvTYhWdv53B3QZyq2Ac="),
            ("{accept.lower}", "s3pplmbitxaq9kygzzhzrbk+xoo="),
            ("{accept.hex}", "b37a4f2cc0624f1690f64606cf385945b2bec4ea"),
            ("{accept.no-guid}", "hHLtf2V1k8aDQZfNjw3Ia1hCwt0="),
            ("{accept.wrong-guid}", "KN2CsFkOBHmr0YG6dJaSCImFV4Y="),
            ("{accept.decoded-key}", "BXhwxM0SZasKmCD9S4BfpPmCnEw="),
            ("{nothing} {", "{nothing} {"),
        ] {
            assert_eq!(names.fill(text), filled);
        }
    }

    #[test]
    fn the_scheme_is_that_of_the_transport() {
        let setup = Setup {
            secure: true,
            ..Setup::new(Role::Server, "example.org", "/")
        };
        let names = Names {
            setup: &setup,
            key: "",
        };
        assert_eq!(names.fill("{scheme}://{host}"), "https://example.org");
    }
}

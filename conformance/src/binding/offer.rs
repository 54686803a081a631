//! What our opening request offers; the answer is judged against it.

use wsspec_core::handshake::{Extension, list, parse_extensions};

use crate::exchange::Setup;
use wsspec_vectors::{FieldValue, Head};

/// Key, subprotocols and extensions of a request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Offer {
    pub(crate) key: String,
    pub(crate) subprotocols: Vec<String>,
    pub(crate) extensions: Vec<Extension>,
}

impl Offer {
    /// Reads what `head` offers on top of the defaults. A key of its own replaces the random one.
    pub(crate) fn learn(&mut self, head: &Head, setup: &Setup) {
        let own = head
            .headers
            .iter()
            .flat_map(|(name, value)| values(value).into_iter().map(|v| (name.clone(), v)));
        let written = head
            .lines
            .iter()
            .flatten()
            .filter_map(|line| line.split_once(':'));
        let written =
            written.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
        for (name, value) in own.chain(written).chain(setup.headers.iter().cloned()) {
            match name.to_ascii_lowercase().as_str() {
                "sec-websocket-protocol" => {
                    self.subprotocols.extend(
                        list(value.as_bytes()).map(|p| String::from_utf8_lossy(p).into_owned()),
                    );
                }
                "sec-websocket-extensions" => self.extensions.extend(extensions(&value)),
                "sec-websocket-key" if !value.contains('{') => self.key = value,
                _ => {}
            }
        }
    }
}

fn values(value: &FieldValue) -> Vec<String> {
    match value {
        FieldValue::Removed => Vec::new(),
        FieldValue::Lines(lines) => lines.clone(),
        FieldValue::Times(line, _) => vec![line.clone()],
        FieldValue::Made(payload) => vec![String::from_utf8_lossy(&payload.bytes()).into_owned()],
    }
}

/// The extensions, loosely read where the grammar is broken.
fn extensions(value: &str) -> Vec<Extension> {
    parse_extensions(value.as_bytes()).unwrap_or_else(|_| {
        let names = value.split([',', ';']).map(|name| name.trim().to_owned());
        names
            .map(|name| Extension {
                name,
                parameters: Vec::new(),
            })
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use wsspec_core::Role;

    #[test]
    fn a_request_offers_what_its_fields_say_wherever_they_are_written() {
        let lines = |field: &str, values: &[&str]| {
            (
                field.to_owned(),
                FieldValue::Lines(values.iter().map(|v| (*v).to_owned()).collect()),
            )
        };
        let headers = vec![
            lines("Sec-WebSocket-Protocol", &["a, b", "c"]),
            lines("sec-websocket-extensions", &["x; y=1"]),
            lines("Sec-WebSocket-Key", &["{key}"]),
        ];
        let written = vec![
            "Sec-WebSocket-Protocol: d".to_owned(),
            "Sec-WebSocket-Key: own".to_owned(),
        ];
        let head = Head {
            headers,
            lines: Some(written),
            ..Head::default()
        };
        let mut setup = Setup::new(Role::Server, "a", "/");
        setup.headers = vec![("Sec-WebSocket-Protocol".to_owned(), "e".to_owned())];
        let mut offer = Offer {
            key: "random".to_owned(),
            ..Offer::default()
        };
        offer.learn(&head, &setup);
        assert_eq!(offer.subprotocols, ["a", "b", "c", "d", "e"]);
        assert_eq!(offer.extensions, parse_extensions(b"x; y=1").unwrap());
        assert_eq!(offer.key, "own");
    }
}

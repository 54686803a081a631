//! What our opening request offers; the answer is judged against it.

use wsspec_core::handshake::{Extension, list, parse_extensions};

use super::Setup;
use crate::vector::{FieldValue, Head};

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
        let own = head.headers.iter().flat_map(|(name, value)| values(value).into_iter().map(|v| (name.clone(), v)));
        let written = head.lines.iter().flatten().filter_map(|line| line.split_once(':'));
        let written = written.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
        for (name, value) in own.chain(written).chain(setup.headers.iter().cloned()) {
            match name.to_ascii_lowercase().as_str() {
                "sec-websocket-protocol" => {
                    self.subprotocols.extend(list(value.as_bytes()).map(|p| String::from_utf8_lossy(p).into_owned()));
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
        names.map(|name| Extension { name, parameters: Vec::new() }).collect()
    })
}

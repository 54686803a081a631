//! What went over a connection in heads, in numbers and in secrets.

use wsspec_core::handshake::MAX_FIELDS;
use wsspec_core::http2::Field;

use crate::run::is_secret;

/// Secrets kept of a connection: as many as a few heads may have.
const MAX_SECRETS: usize = 8 * MAX_FIELDS;

/// Keys kept of a connection.
const MAX_KEYS: usize = 64;

/// What went over a connection in heads.
#[derive(Debug, Clone, Default)]
pub(super) struct Http {
    /// Requests that asked for no WebSocket.
    pub(super) plain: u64,
    /// Requests for a WebSocket that were answered with another status than one that opens it.
    pub(super) refused: u64,
    /// WebSockets that were opened.
    pub(super) opened: u64,
    /// Names and values of fields and of parameters of the query that are secrets.
    pub(super) secrets: Vec<(String, String)>,
    /// The Sec-WebSocket-Keys of the requests.
    pub(super) keys: Vec<String>,
}

impl Http {
    /// Notes the secrets in a head, whether it can be read or not: values of fields, and of parameters of
    /// the query.
    pub(super) fn keep_secrets(&mut self, head: &[u8]) {
        let head = String::from_utf8_lossy(head);
        let mut lines = head.lines();
        let target = lines.next().and_then(|line| line.split(' ').nth(1));
        let query = target.and_then(|target| target.split_once('?'));
        let parameters = query.map_or("", |(_, query)| query).split('&');
        let parameters = parameters.filter_map(|parameter| parameter.split_once('='));
        let fields = lines.filter_map(|line| line.split_once(':'));
        for (name, value) in parameters.chain(fields) {
            self.keep_secret(name.trim(), value.trim());
        }
    }

    /// Notes the secrets among the fields of HTTP/2, as those of a head.
    pub(super) fn keep_secret_fields(&mut self, fields: &[Field]) {
        for (name, value) in fields {
            let (name, value) = (
                String::from_utf8_lossy(name),
                String::from_utf8_lossy(value),
            );
            self.keep_secret(&name, &value);
            let query = value.split_once('?').filter(|_| name == ":path");
            let parameters = query.map_or("", |(_, query)| query).split('&');
            for (name, value) in parameters.filter_map(|parameter| parameter.split_once('=')) {
                self.keep_secret(name, value);
            }
        }
    }

    fn keep_secret(&mut self, name: &str, value: &str) {
        if is_secret(name) && self.secrets.len() < MAX_SECRETS {
            self.secrets.push((name.to_owned(), value.to_owned()));
        }
    }

    /// Notes the key of a request. It has to be new on each connection, not for each request.
    pub(super) fn keep_key(&mut self, key: Option<&str>) {
        let new = key.filter(|key| !self.keys.iter().any(|known| known == key));
        if self.keys.len() < MAX_KEYS {
            self.keys.extend(new.map(str::to_owned));
        }
    }
}

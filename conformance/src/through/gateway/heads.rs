//! How a model gateway forwards heads.

use wsspec_core::handshake::accept_for;

use super::{Habit, Kind};

/// The Sec-WebSocket-Key of an endpoint towards our server.
pub(super) const OWN_KEY: &str = "AQIDBAUGBwgJCgsMDQ4PEA==";

/// A head, line by line. A model reads only what our ends send, which is well formed.
#[derive(Debug, Clone)]
pub(super) struct HeadLines {
    start: String,
    fields: Vec<(String, String)>,
}

/// What ends a head.
const BLANK: &[u8] = b"\r\n\r\n";

impl HeadLines {
    /// A head at the front, and what follows it.
    pub(super) fn split(bytes: &[u8]) -> Option<(HeadLines, Vec<u8>)> {
        let end = bytes.windows(BLANK.len()).position(|part| part == BLANK)?;
        let text = String::from_utf8_lossy(&bytes[..end]);
        let mut lines = text.split("\r\n").map(str::to_owned);
        let start = lines.next().unwrap_or_default();
        let fields = lines
            .filter_map(|line| {
                let (name, value) = line.split_once(':')?;
                Some((name.to_owned(), value.trim().to_owned()))
            })
            .collect();
        let head = HeadLines { start, fields };
        Some((head, bytes[end + BLANK.len()..].to_vec()))
    }

    pub(super) fn field(&self, name: &str) -> Option<&String> {
        self.fields
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    pub(super) fn status(&self) -> Option<u16> {
        self.start.split(' ').nth(1)?.parse().ok()
    }

    pub(super) fn content_length(&self) -> usize {
        let value = self.field("content-length");
        value
            .and_then(|value| value.parse().ok())
            .unwrap_or_default()
    }

    fn remove(&mut self, name: &str) {
        self.fields
            .retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    }

    fn set(&mut self, name: &str, value: &str) {
        let mut fields = self.fields.iter_mut();
        match fields.find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some((_, old)) => value.clone_into(old),
            None => self.fields.push((name.to_owned(), value.to_owned())),
        }
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut text = format!("{}\r\n", self.start);
        for (name, value) in &self.fields {
            text.extend([name.as_str(), ": ", value.as_str(), "\r\n"]);
        }
        text += "\r\n";
        text.into_bytes()
    }

    /// Removes the fields that are for this hop only (RFC 9110 §7.6.1).
    fn remove_hop_fields(&mut self) {
        let options = self.field("connection").cloned().unwrap_or_default();
        for option in options.split(',').map(str::trim) {
            if !option.eq_ignore_ascii_case("upgrade") {
                self.remove(option);
            }
        }
        if self.field("upgrade").is_some() {
            self.set("Connection", "Upgrade");
        }
    }
}

pub(super) fn accept_of(key: &str) -> String {
    accept_for(key)
}

/// The request as it goes to the server, with the key of an endpoint.
pub(super) fn forwarded_request(
    head: &HeadLines,
    own_key: Option<&str>,
    habit: Option<Habit>,
) -> Vec<u8> {
    let mut head = head.clone();
    if habit != Some(Habit::KeepsHopFields) {
        head.remove_hop_fields();
    }
    if let Some(key) = own_key {
        head.set("Sec-WebSocket-Key", key);
    }
    // As gateways do, whose heads are never quite those that came.
    head.set("Via", "1.1 gateway");
    match habit {
        Some(Habit::ForwardsAsHttp10) => head.start = head.start.replace("HTTP/1.1", "HTTP/1.0"),
        Some(Habit::DropsUpgrade) => {
            head.remove("upgrade");
            head.remove("connection");
        }
        Some(Habit::DropsQuery) => {
            let query = head.start.find('?').zip(head.start.rfind(' '));
            if let Some((begin, end)) = query {
                head.start.replace_range(begin..end, "");
            }
        }
        Some(Habit::AddsForwardedFor) => head.set("X-Forwarded-For", "192.0.2.1"),
        Some(Habit::ChangesHost) => head.set("Host", "upstream.example"),
        Some(Habit::ChangesTarget) => head.start = head.start.replacen(" /", " /inner/", 1),
        Some(Habit::StripsOffer) => head.remove("sec-websocket-extensions"),
        Some(Habit::LowersNames) => {
            for (name, _) in &mut head.fields {
                name.make_ascii_lowercase();
            }
        }
        _ => {}
    }
    head.bytes()
}

/// The 101 as it goes to the client.
pub(super) fn forwarded_101(
    head: &HeadLines,
    request: Option<&HeadLines>,
    kind: Kind,
    habit: Option<Habit>,
) -> Vec<u8> {
    let mut head = head.clone();
    let key = request.and_then(|request| request.field("sec-websocket-key"));
    if let Some(key) = key
        && kind == Kind::Endpoint
        && habit != Some(Habit::ForwardsAcceptOfOwnKey)
    {
        head.set("Sec-WebSocket-Accept", &accept_for(key));
    }
    let offered =
        request.is_some_and(|request| request.field("sec-websocket-extensions").is_some());
    match habit {
        Some(Habit::DropsSubprotocol) => head.remove("sec-websocket-protocol"),
        Some(Habit::AddsExtension) => head.set("Sec-WebSocket-Extensions", "x-gateway"),
        Some(Habit::StripsExtension) => head.remove("sec-websocket-extensions"),
        Some(Habit::AcceptsDeflateItself) if offered => {
            head.set("Sec-WebSocket-Extensions", "permessage-deflate");
        }
        Some(Habit::ChunkedSwitch) => head.set("Transfer-Encoding", "chunked"),
        _ => {}
    }
    head.bytes()
}

/// A 101 before the server has answered.
pub(super) fn own_answer(request: Option<&HeadLines>) -> Vec<u8> {
    let key = request.and_then(|request| request.field("sec-websocket-key"));
    let accept = accept_for(key.map_or("", String::as_str));
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    )
    .into_bytes()
}

/// What does not open, as it goes to the client.
pub(super) fn forwarded_refusal(head: &HeadLines, body: &[u8], habit: Option<Habit>) -> Vec<u8> {
    match habit {
        Some(Habit::RefusesWith502) => bad_gateway(),
        Some(Habit::ChunksRefusals) => {
            let mut head = head.clone();
            head.remove("content-length");
            head.set("Transfer-Encoding", "chunked");
            let size = format!("{:x}\r\n", body.len());
            [&head.bytes(), size.as_bytes(), body, b"\r\n0\r\n\r\n"].concat()
        }
        _ => [head.bytes(), body.to_vec()].concat(),
    }
}

pub(super) fn bad_gateway() -> Vec<u8> {
    b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec()
}

//! How a model gateway forwards heads.

use wsspec_core::handshake::accept_for;

use super::Habit;

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
    pub(super) fn new(start: String) -> HeadLines {
        HeadLines {
            start,
            fields: Vec::new(),
        }
    }

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

    /// Every field, in order.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        let fields = self.fields.iter();
        fields.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The request target.
    pub(super) fn target(&self) -> &str {
        self.start.split(' ').nth(1).unwrap_or_default()
    }

    pub(super) fn add(&mut self, name: &str, value: &str) {
        self.fields.push((name.to_owned(), value.to_owned()));
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
            None => self.add(name, value),
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

/// The request as it goes to the server, with the key that the gateway makes.
pub(super) fn forwarded_request(
    head: &HeadLines,
    own_key: Option<&str>,
    habit: Option<Habit>,
) -> HeadLines {
    let mut head = head.clone();
    if habit != Some(Habit::KeepsHopFields) {
        head.remove_hop_fields();
    }
    match own_key {
        Some(_) if habit == Some(Habit::MakesNoKey) => {}
        Some(key) if habit == Some(Habit::AddsKey) => head.add("Sec-WebSocket-Key", key),
        Some(key) => head.set("Sec-WebSocket-Key", key),
        None => {}
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
    head
}

/// The 101 as it goes to the client; with an Accept for its key where the gateway makes that.
pub(super) fn forwarded_101(
    head: &HeadLines,
    request: Option<&HeadLines>,
    makes_accept: bool,
    habit: Option<Habit>,
) -> HeadLines {
    let mut head = head.clone();
    let key = request.and_then(|request| request.field("sec-websocket-key"));
    if let Some(key) = key
        && makes_accept
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
    head
}

/// A 101 before the server has answered.
pub(super) fn own_answer(request: Option<&HeadLines>) -> HeadLines {
    let key = request.and_then(|request| request.field("sec-websocket-key"));
    let mut head = HeadLines::new("HTTP/1.1 101 Switching Protocols".into());
    head.add("Upgrade", "websocket");
    head.add("Connection", "Upgrade");
    let accept = accept_for(key.map_or("", String::as_str));
    head.add("Sec-WebSocket-Accept", &accept);
    head
}

/// What does not open, as it goes to the client: head and content.
pub(super) fn forwarded_refusal(
    head: &HeadLines,
    body: Vec<u8>,
    habit: Option<Habit>,
) -> (HeadLines, Vec<u8>) {
    match habit {
        Some(Habit::RefusesWith502) => (refusal("502 Bad Gateway"), Vec::new()),
        Some(Habit::ChunksRefusals) => {
            let mut head = head.clone();
            head.remove("content-length");
            head.set("Transfer-Encoding", "chunked");
            let size = format!("{:x}\r\n", body.len());
            (head, [size.as_bytes(), &body, b"\r\n0\r\n\r\n"].concat())
        }
        _ => (head.clone(), body),
    }
}

/// A refusal of the gateway itself.
pub(super) fn refusal(status: &str) -> HeadLines {
    let mut head = HeadLines::new(format!("HTTP/1.1 {status}"));
    head.add("Content-Length", "0");
    head.add("Connection", "close");
    head
}

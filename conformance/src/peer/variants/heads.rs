//! Edits of heads on their way out that keep their meaning (RFC 9110 §5, RFC 9112 §2 to §5).

use wsspec_core::handshake::parse_extensions;
use wsspec_vectors::SplitMix64;

use super::random::{below, coin, shuffle};

/// Edits a head.
pub(super) type HeadEdit = fn(&mut Head, &mut SplitMix64);

/// A head to write.
#[derive(Debug)]
pub(super) struct Head {
    /// Interim responses before it.
    before: String,
    start: String,
    /// Names and values, with the white space around the values.
    fields: Vec<(String, String)>,
    /// A body in place of the one that follows.
    body: Option<String>,
}

/// An edited head.
pub(super) struct Edited {
    pub(super) head: Vec<u8>,
    /// A body in place of the one that follows.
    pub(super) body: Option<Vec<u8>>,
    /// It is an answer that does not upgrade.
    pub(super) refuses: bool,
}

/// The length of the head that these bytes begin with, if it is complete.
pub(super) fn end(bytes: &[u8]) -> Option<usize> {
    bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .map(|at| at + 4)
}

/// Applies `edits` to a complete head.
pub(super) fn edit(head: &[u8], edits: &[HeadEdit], random: &mut SplitMix64) -> Edited {
    let text = String::from_utf8_lossy(head);
    let mut lines = text.trim_end().split("\r\n");
    let start = lines.next().unwrap_or_default().to_owned();
    let fields = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(n, v)| (n.to_owned(), v.to_owned()))
        .collect();
    let mut head = Head {
        before: String::new(),
        start,
        fields,
        body: None,
    };
    edits.iter().for_each(|edit| edit(&mut head, random));
    let refuses = !head.is_request() && !head.upgrades();
    let fields = head
        .fields
        .iter()
        .flat_map(|(name, value)| [name, ":", value, "\r\n"]);
    let bytes = [&head.before, &head.start, "\r\n"]
        .into_iter()
        .chain(fields)
        .chain(["\r\n"])
        .collect::<String>();
    Edited {
        head: bytes.into_bytes(),
        body: head.body.map(String::into_bytes),
        refuses,
    }
}

impl Head {
    fn upgrades(&self) -> bool {
        self.start.starts_with("HTTP/1.1 101")
    }

    fn is_request(&self) -> bool {
        !self.start.starts_with("HTTP/")
    }

    fn named(&mut self, name: &str) -> impl Iterator<Item = &mut String> {
        self.fields
            .iter_mut()
            .filter(move |(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v)
    }

    fn put(&mut self, name: &str, value: &str) {
        self.fields.push((name.to_owned(), format!(" {value}")));
    }

    /// Replaces a value of a field in a request or a 101.
    fn swap(&mut self, name: &str, from: &str, to: &str) {
        if self.upgrades() || self.is_request() {
            self.named(name)
                .filter(|v| v.trim() == from)
                .for_each(|v| *v = v.replace(from, to));
        }
    }

    /// Gives a refusal another status and more fields.
    fn refuse(&mut self, status: &str, more: &[(&str, &str)]) {
        if !self.is_request() && !self.upgrades() {
            self.start = format!("HTTP/1.1 {status}");
            self.fields.retain(|(name, _)| {
                !["upgrade", "allow"].contains(&name.to_ascii_lowercase().as_str())
            });
            more.iter().for_each(|(name, value)| self.put(name, value));
        }
    }
}

// Order and spelling.

pub(super) fn reversed(head: &mut Head, _: &mut SplitMix64) {
    head.fields.reverse();
}
pub(super) fn shuffled(head: &mut Head, random: &mut SplitMix64) {
    shuffle(&mut head.fields, random);
}
pub(super) fn lower(head: &mut Head, _: &mut SplitMix64) {
    head.fields
        .iter_mut()
        .for_each(|(name, _)| name.make_ascii_lowercase());
}
pub(super) fn upper(head: &mut Head, _: &mut SplitMix64) {
    head.fields
        .iter_mut()
        .for_each(|(name, _)| name.make_ascii_uppercase());
}
pub(super) fn mixed(head: &mut Head, random: &mut SplitMix64) {
    for (name, _) in &mut head.fields {
        *name = name
            .chars()
            .map(|c| {
                if coin(random) {
                    c.to_ascii_uppercase()
                } else {
                    c.to_ascii_lowercase()
                }
            })
            .collect();
    }
}
pub(super) fn no_blanks(head: &mut Head, _: &mut SplitMix64) {
    head.fields
        .iter_mut()
        .for_each(|(_, value)| *value = value.trim().to_owned());
}
pub(super) fn many_blanks(head: &mut Head, random: &mut SplitMix64) {
    const SPACE: [&str; 5] = ["", " ", "\t", "   ", " \t "];
    for (_, value) in &mut head.fields {
        *value = [
            SPACE[below(random, 5)],
            value.trim(),
            SPACE[below(random, 5)],
        ]
        .concat();
    }
}

// Equivalent values.

pub(super) fn upgrade_mixed(head: &mut Head, _: &mut SplitMix64) {
    head.swap("upgrade", "websocket", "WebSocket");
}
pub(super) fn upgrade_upper(head: &mut Head, _: &mut SplitMix64) {
    head.swap("upgrade", "websocket", "WEBSOCKET");
}
pub(super) fn connection_lower(head: &mut Head, _: &mut SplitMix64) {
    head.swap("connection", "Upgrade", "upgrade");
}
pub(super) fn connection_list(head: &mut Head, _: &mut SplitMix64) {
    head.swap("connection", "Upgrade", "keep-alive, Upgrade");
}
pub(super) fn connection_list_tight(head: &mut Head, _: &mut SplitMix64) {
    head.swap("connection", "Upgrade", "Upgrade,Keep-Alive");
}
pub(super) fn connection_twice(head: &mut Head, _: &mut SplitMix64) {
    if head.upgrades() || head.is_request() {
        head.fields
            .insert(0, ("Connection".into(), " keep-alive".into()));
    }
}
pub(super) fn extensions_tight(head: &mut Head, _: &mut SplitMix64) {
    head.named("sec-websocket-extensions")
        .for_each(|v| *v = v.replace("; ", ";").replace(", ", ","));
}
pub(super) fn extensions_wide(head: &mut Head, _: &mut SplitMix64) {
    head.named("sec-websocket-extensions")
        .for_each(|v| *v = v.replace(';', " ;\t").replace(',', " ,  "));
}
/// Puts parameter values in quotes, which denote the same token (RFC 6455 §9.1).
pub(super) fn extensions_quoted(head: &mut Head, _: &mut SplitMix64) {
    for value in head.named("sec-websocket-extensions") {
        let extensions: Vec<String> = value.split(',').map(quoted).collect();
        *value = extensions.join(",");
    }
}
/// An extension with its parameter values in quotes.
fn quoted(extension: &str) -> String {
    let parameters: Vec<String> = extension
        .split(';')
        .map(|parameter| match parameter.split_once('=') {
            // White space that another variant put after the token is not part of it.
            Some((name, value)) if !value.contains('"') => {
                let token = value.trim_end();
                format!("{name}=\"{token}\"{}", &value[token.len()..])
            }
            _ => parameter.to_owned(),
        })
        .collect();
    parameters.join(";")
}
/// Writes a line for each extension (RFC 6455 §9.1).
pub(super) fn extensions_by_line(head: &mut Head, _: &mut SplitMix64) {
    let mut fields = Vec::new();
    for (name, value) in std::mem::take(&mut head.fields) {
        let splits = name.eq_ignore_ascii_case("sec-websocket-extensions") && !value.contains('"');
        let values: Vec<&str> = if splits {
            value.split(',').collect()
        } else {
            vec![&value]
        };
        fields.extend(
            values
                .into_iter()
                .map(|value| (name.clone(), value.to_owned())),
        );
    }
    head.fields = fields;
}
pub(super) fn extension_unknown(head: &mut Head, _: &mut SplitMix64) {
    if head.is_request() {
        head.fields.insert(
            1,
            (
                "Sec-WebSocket-Extensions".into(),
                " x-wsspec-variant; one; two=2; three=\"3\"".into(),
            ),
        );
    }
}

// More fields.

pub(super) fn server_fields(head: &mut Head, _: &mut SplitMix64) {
    if !head.is_request() {
        head.put("Server", "wsspec/1.0 (conforming variant)");
        head.put("Date", "Sun, 06 Nov 1994 08:49:37 GMT");
        head.put("Set-Cookie", "a=1; Path=/; HttpOnly");
        head.put(
            "Set-Cookie",
            "b=\"2\"; Expires=Sun, 06 Nov 1994 08:49:37 GMT",
        );
        head.put("Vary", "Origin");
        head.put("Cache-Control", "no-cache, no-store");
        head.put("X-Empty", "");
        head.put("X-Name", "Žluťoučký kůň: ; , = \" \\ (");
        head.put("X-Long", &"long ".repeat(200));
    }
}
pub(super) fn many_fields(head: &mut Head, _: &mut SplitMix64) {
    (0..60).for_each(|i| head.put(&format!("X-{i}!#$%&'*+-.^_`|~"), "1"));
}
pub(super) fn browser_fields(head: &mut Head, _: &mut SplitMix64) {
    if head.is_request() {
        head.put("User-Agent", "Mozilla/5.0 (X11; Linux x86_64)");
        head.put("Accept", "*/*");
        head.put("Accept-Language", "en-US,en;q=0.5");
        head.put("Accept-Encoding", "gzip, deflate, br");
        head.put("Origin", "https://example.org");
        head.put("Cookie", "a=1; b=2");
        head.put("Pragma", "no-cache");
        head.put("Cache-Control", "no-cache");
        head.put("Sec-Fetch-Mode", "websocket");
        head.put("DNT", "1");
    }
}
pub(super) fn authorization(head: &mut Head, _: &mut SplitMix64) {
    if head.is_request() {
        head.put("Authorization", "Basic dXNlcjpwYXNz");
    }
}
/// Writes the target as an absolute URI (RFC 6455 §4.1, RFC 9112 §3.2.2).
pub(super) fn absolute(head: &mut Head, _: &mut SplitMix64) {
    let host = head
        .named("host")
        .next()
        .map(|v| v.trim().to_owned())
        .unwrap_or_default();
    if head.is_request() {
        head.start = head.start.replacen(" /", &format!(" http://{host}/"), 1);
    }
}

// Status lines and interim responses.

pub(super) fn reason_other(head: &mut Head, _: &mut SplitMix64) {
    if head.upgrades() {
        head.start = "HTTP/1.1 101 Web Socket Protocol Handshake".into();
    }
}
pub(super) fn reason_empty(head: &mut Head, _: &mut SplitMix64) {
    if let Some(status) = head.start.get(..12).filter(|_| !head.is_request()) {
        head.start = format!("{status} ");
    }
}
pub(super) fn interim_continue(head: &mut Head, _: &mut SplitMix64) {
    if head.upgrades() {
        head.before.push_str("HTTP/1.1 100 Continue\r\n\r\n");
    }
}
pub(super) fn interim_hints(head: &mut Head, _: &mut SplitMix64) {
    if head.upgrades() {
        head.before.push_str(
            "HTTP/1.1 102 Processing\r\n\r\n\
             HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n",
        );
    }
}

// Requests before a server reads them.

/// The request with only the extension offers for which `keep` returns true. A field that is not as the
/// grammar has it stays whole: to drop a part of it would be to accept it (RFC 6455 §9.1).
fn filter_offers(head: &str, keep: fn(&str) -> bool) -> String {
    head.split_inclusive('\n')
        .map(|line| filter_line(line, keep).unwrap_or_else(|| line.to_owned()))
        .collect()
}
fn filter_line(line: &str, keep: fn(&str) -> bool) -> Option<String> {
    let (name, value) = line.split_once(':')?;
    let is_of_offers = name.eq_ignore_ascii_case("sec-websocket-extensions");
    if !is_of_offers || value.contains('"') || parse_extensions(value.trim().as_bytes()).is_err() {
        return None;
    }
    let offers = value.split(',').map(str::trim);
    let kept: Vec<&str> = offers.filter(|offer| keep(offer)).collect();
    Some(if kept.is_empty() {
        String::new()
    } else {
        format!("{name}: {}\r\n", kept.join(", "))
    })
}
pub(super) fn without_windows(head: &str) -> String {
    filter_offers(head, |offer| !offer.contains("server_max_window_bits"))
}
pub(super) fn without_parameters(head: &str) -> String {
    filter_offers(head, |offer| !offer.contains(';'))
}

// Refusals.

pub(super) fn refuses_400(head: &mut Head, _: &mut SplitMix64) {
    head.refuse("400 Bad Request", &[]);
}
pub(super) fn refuses_403(head: &mut Head, _: &mut SplitMix64) {
    head.refuse("403 Forbidden", &[]);
}
pub(super) fn refuses_404(head: &mut Head, _: &mut SplitMix64) {
    head.refuse("404 Not Found", &[]);
}
pub(super) fn refuses_426(head: &mut Head, _: &mut SplitMix64) {
    head.refuse(
        "426 Upgrade Required",
        &[("Upgrade", "websocket"), ("Connection", "Upgrade")],
    );
}
pub(super) fn refusal_empty(head: &mut Head, _: &mut SplitMix64) {
    if !head.is_request() && !head.upgrades() {
        head.fields
            .retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
        head.named("content-length").for_each(|v| *v = " 0".into());
        head.body = Some(String::new());
    }
}
pub(super) fn refusal_until_end(head: &mut Head, _: &mut SplitMix64) {
    if !head.is_request() && !head.upgrades() {
        head.fields
            .retain(|(name, _)| !name.eq_ignore_ascii_case("content-length"));
        head.body =
            Some("<!doctype html>\n<title>No</title>\n\u{81}\u{0}\u{88}\u{0} is no frame\n".into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Quotes hold a token (RFC 6455 §9.1), whichever other variant is combined with this one.
    #[test]
    fn quotes_hold_no_white_space() {
        let head = b"HTTP/1.1 101 Switching Protocols\r\n\
                     Sec-WebSocket-Extensions: x; a=10; b=9, y; c=8\r\n\r\n";
        for other in [many_blanks, extensions_wide, extensions_tight, no_blanks] {
            for seed in 0..20 {
                let edited = edit(head, &[other, extensions_quoted], &mut SplitMix64(seed)).head;
                let text = String::from_utf8_lossy(&edited);
                for value in ["=\"10\"", "=\"9\"", "=\"8\""] {
                    assert!(text.contains(value), "{text}");
                }
            }
        }
    }
}

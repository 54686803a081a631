//! Edits of heads and keys: each changes one line, adds it or leaves it out.

use wsspec_core::handshake::accept_for;

/// The head with each line for which `edit` returns something replaced by that.
fn edit_lines(head: &str, edit: impl Fn(&str) -> Option<String>) -> String {
    head.split_inclusive('\n')
        .map(|line| edit(line).unwrap_or_else(|| line.to_owned()))
        .collect()
}

/// The head with the values of the field `name` edited; `None` drops the line.
pub(super) fn edit_field(head: &str, name: &str, edit: impl Fn(&str) -> Option<String>) -> String {
    edit_lines(head, |line| {
        let (found, value) = line.split_once(':')?;
        if !found.eq_ignore_ascii_case(name) {
            return None;
        }
        Some(edit(value.trim()).map_or(String::new(), |value| format!("{found}: {value}\r\n")))
    })
}

/// The values of all fields of this name.
pub(super) fn values<'a>(head: &'a str, name: &str) -> Vec<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .filter(|(n, _)| n.eq_ignore_ascii_case(name))
        .map(|(_, v)| v.trim())
        .collect()
}
fn value<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(n, _)| n.eq_ignore_ascii_case(name))
        .map(|(_, v)| v.trim())
}

/// The head of a 101 with one more line; any other head unchanged.
fn with_line(head: &str, line: &str) -> String {
    if !upgrades(head) {
        return head.to_owned();
    }
    let body = head.strip_suffix("\r\n").unwrap_or(head);
    format!("{body}{line}\r\n\r\n")
}

fn upgrades(head: &str) -> bool {
    head.starts_with("HTTP/1.1 101")
}

fn edit_upgrade(head: &str, edit: impl Fn(&str) -> String) -> String {
    if upgrades(head) {
        edit(head)
    } else {
        head.to_owned()
    }
}

pub(crate) fn no_final_line(head: &str) -> String {
    edit_upgrade(head, |head| {
        head.strip_suffix("\r\n").unwrap_or(head).to_owned()
    })
}
pub(crate) fn http_behind(head: &str) -> String {
    edit_upgrade(head, |head| {
        let error = "HTTP/1.1 400 Bad Request\r\nContent-Length: 11\r\n\r\nBad Request";
        format!("{head}{error}")
    })
}
pub(crate) fn status_200(head: &str) -> String {
    head.replacen("HTTP/1.1 101 Switching Protocols", "HTTP/1.1 200 OK", 1)
}
pub(crate) fn http_1_0(head: &str) -> String {
    edit_upgrade(head, |head| head.replacen("HTTP/1.1", "HTTP/1.0", 1))
}
pub(crate) fn no_upgrade(head: &str) -> String {
    edit_upgrade(head, |head| edit_field(head, "upgrade", |_| None))
}
pub(crate) fn other_upgrade(head: &str) -> String {
    edit_upgrade(head, |head| {
        edit_field(head, "upgrade", |_| Some("websockets".into()))
    })
}
pub(crate) fn no_connection(head: &str) -> String {
    edit_upgrade(head, |head| edit_field(head, "connection", |_| None))
}
pub(crate) fn connection_close(head: &str) -> String {
    edit_upgrade(head, |head| {
        edit_field(head, "connection", |_| Some("close".into()))
    })
}
pub(crate) fn no_accept(head: &str) -> String {
    edit_field(head, "sec-websocket-accept", |_| None)
}
pub(crate) fn accept_lower(head: &str) -> String {
    edit_field(head, "sec-websocket-accept", |accept| {
        Some(accept.to_lowercase())
    })
}
pub(crate) fn accept_cut(head: &str) -> String {
    edit_field(head, "sec-websocket-accept", |accept| {
        Some(accept.trim_end_matches('=').to_owned())
    })
}
pub(crate) fn accept_twice(head: &str) -> String {
    let line = value(head, "sec-websocket-accept")
        .map(|accept| format!("Sec-WebSocket-Accept: {accept}\r\n"));
    with_line(head, line.as_deref().unwrap_or_default().trim_end())
}
pub(crate) fn extension_unasked(head: &str) -> String {
    with_line(head, "Sec-WebSocket-Extensions: x-unasked")
}
pub(crate) fn deflate_unasked(head: &str) -> String {
    if value(head, "sec-websocket-extensions").is_some() {
        return head.to_owned();
    }
    with_line(head, "Sec-WebSocket-Extensions: permessage-deflate")
}
pub(crate) fn deflate_unknown_parameter(head: &str) -> String {
    edit_field(head, "sec-websocket-extensions", |value| {
        Some(format!("{value}; x-unknown"))
    })
}
pub(crate) fn deflate_parameters_lost(head: &str) -> String {
    edit_field(head, "sec-websocket-extensions", |_| {
        Some("permessage-deflate".into())
    })
}
pub(crate) fn deflate_window_larger(head: &str) -> String {
    edit_field(head, "sec-websocket-extensions", |value| {
        let name = "server_max_window_bits=";
        let end = value.find(name).map(|at| at + name.len());
        Some(match end {
            Some(end) => format!("{}15", &value[..end]),
            None => value.to_owned(),
        })
    })
}
pub(crate) fn client_window_unasked(head: &str) -> String {
    edit_field(head, "sec-websocket-extensions", |value| {
        let there = value.contains("client_max_window_bits");
        Some(if there {
            value.to_owned()
        } else {
            format!("{value}; client_max_window_bits=12")
        })
    })
}
pub(crate) fn extension_garbled(head: &str) -> String {
    with_line(head, "Sec-WebSocket-Extensions: ;;=")
}
pub(crate) fn subprotocol_unasked(head: &str) -> String {
    if value(head, "sec-websocket-protocol").is_some() {
        return head.to_owned();
    }
    with_line(head, "Sec-WebSocket-Protocol: unasked")
}
pub(crate) fn field_without_colon(head: &str) -> String {
    with_line(head, "X-Broken")
}
pub(crate) fn bare_line_feeds(head: &str) -> String {
    edit_upgrade(head, |head| head.replace("\r\n", "\n"))
}
pub(crate) fn no_version_in_refusal(head: &str) -> String {
    edit_field(head, "sec-websocket-version", |_| None)
}
pub(crate) fn refuses_with_200(head: &str) -> String {
    if head.starts_with("HTTP/1.1 4") {
        format!(
            "HTTP/1.1 200 OK\r\n{}",
            head.split_once('\n').map_or("", |h| h.1)
        )
    } else {
        head.to_owned()
    }
}

// Requests and answers, as the endpoint reads them.

/// Hides a field that is not spelled exactly like this.
fn only_spelled(head: &str, spelling: &str) -> String {
    edit_lines(head, |line| {
        let (name, _) = line.split_once(':')?;
        (name.eq_ignore_ascii_case(spelling) && name != spelling)
            .then(|| format!("X-Unknown-{line}"))
    })
}
pub(crate) fn upgrade_name_exact(head: &str) -> String {
    only_spelled(head, "Upgrade")
}
pub(crate) fn connection_name_exact(head: &str) -> String {
    only_spelled(head, "Connection")
}
pub(crate) fn key_name_exact(head: &str) -> String {
    only_spelled(head, "Sec-WebSocket-Key")
}
pub(crate) fn version_name_exact(head: &str) -> String {
    only_spelled(head, "Sec-WebSocket-Version")
}
pub(crate) fn host_name_exact(head: &str) -> String {
    only_spelled(head, "Host")
}
pub(crate) fn upgrade_value_exact(head: &str) -> String {
    edit_field(head, "upgrade", |value| {
        Some(if value == "websocket" {
            value.into()
        } else {
            "h2c".to_owned()
        })
    })
}
pub(crate) fn connection_whole(head: &str) -> String {
    edit_field(head, "connection", |value| {
        Some(if value.eq_ignore_ascii_case("upgrade") {
            value.into()
        } else {
            "close".to_owned()
        })
    })
}
pub(crate) fn connection_value_exact(head: &str) -> String {
    edit_field(head, "connection", |value| {
        Some(
            value
                .replace("upgrade", "close")
                .replace("UPGRADE", "close"),
        )
    })
}
/// Refuses a head whose extensions `refuses`.
fn extensions_refused(head: &str, refuses: impl Fn(&str) -> bool) -> String {
    if value(head, "sec-websocket-extensions").is_some_and(refuses) {
        NONSENSE.to_owned()
    } else {
        head.to_owned()
    }
}
pub(crate) fn deflate_refused(head: &str) -> String {
    extensions_refused(head, |value| value.contains("permessage-deflate"))
}
pub(crate) fn client_window_refused(head: &str) -> String {
    extensions_refused(head, |value| value.contains("client_max_window_bits"))
}
pub(crate) fn smaller_window_refused(head: &str) -> String {
    extensions_refused(head, |value| {
        let window = value.split("server_max_window_bits=").nth(1);
        window.is_some_and(|bits| !bits.trim_start_matches('"').starts_with("15"))
    })
}
pub(crate) fn client_flag_refused(head: &str) -> String {
    extensions_refused(head, |value| value.contains("client_no_context_takeover"))
}
pub(crate) fn server_flag_refused(head: &str) -> String {
    extensions_refused(head, |value| {
        value.contains("server_no_context_takeover") && !value.contains("client_no")
    })
}
pub(crate) fn escape_refused(head: &str) -> String {
    extensions_refused(head, |value| value.contains('\\'))
}
/// Reads the extensions up to the first `end`.
fn extensions_up_to(head: &str, end: &str) -> String {
    edit_field(head, "sec-websocket-extensions", |value| {
        value.split(end).next().map(str::to_owned)
    })
}
pub(crate) fn escape_ends_extensions(head: &str) -> String {
    edit_field(head, "sec-websocket-extensions", |value| {
        let read = value.split_once('\\').map_or(value, |(read, _)| read);
        Some(if read.len() == value.len() {
            value.to_owned()
        } else {
            format!("{read}\"")
        })
    })
}
pub(crate) fn blank_ends_extensions(head: &str) -> String {
    extensions_up_to(head, " ;")
}
pub(crate) fn two_blanks_end_extensions(head: &str) -> String {
    extensions_up_to(head, "  ")
}
pub(crate) fn comma_is_semicolon(head: &str) -> String {
    edit_field(head, "sec-websocket-extensions", |value| {
        Some(value.replace(',', ";"))
    })
}
pub(crate) fn empty_values_skipped(head: &str) -> String {
    edit_field(head, "sec-websocket-extensions", |value| {
        let kept = value.split("; ").filter(|part| !part.ends_with('='));
        Some(kept.collect::<Vec<_>>().join("; ").replace("a=,", "a,"))
    })
}
pub(crate) fn subprotocols_refused(head: &str) -> String {
    if value(head, "sec-websocket-protocol").is_some() {
        NONSENSE.to_owned()
    } else {
        head.to_owned()
    }
}
/// Skips a line that is no field if the field before it is unknown.
pub(crate) fn no_field_behind_unknown_skipped(head: &str) -> String {
    let is_field = |line: &str| {
        let name = line.split_once(':').map(|(name, _)| name);
        name.is_some_and(|name| {
            let sign = |c: char| c.is_ascii_alphanumeric() || c == '-';
            !name.is_empty() && name.chars().all(sign)
        })
    };
    let mut behind_unknown = false;
    head.split_inclusive('\n')
        .filter(|line| {
            let skipped = behind_unknown && *line != "\r\n" && !is_field(line);
            behind_unknown = line.starts_with("X-Wsspec-A");
            !skipped
        })
        .collect()
}
pub(crate) fn extensions_cut(head: &str) -> String {
    edit_field(head, "sec-websocket-extensions", |value| {
        value.split(',').next().map(|first| first.trim().to_owned())
    })
}
pub(crate) fn first_subprotocol_only(head: &str) -> String {
    edit_field(head, "sec-websocket-protocol", |value| {
        value.split(',').next().map(|first| first.trim().to_owned())
    })
}
pub(crate) fn values_not_trimmed(head: &str) -> String {
    edit_lines(head, |line| {
        let trailing = line.trim_end_matches(['\r', '\n']).ends_with([' ', '\t']);
        trailing.then(|| "X-Lost: \r\n".to_owned())
    })
}
pub(crate) fn long_fields_lost(head: &str) -> String {
    edit_lines(head, |line| {
        (line.len() > 512).then(|| "Bad Line\r\n".to_owned())
    })
}

/// In place of a head that is never answered.
const SILENCE: &str = "";
/// In place of a head that is refused.
pub(super) const NONSENSE: &str = "?\r\n\r\n";

/// Whether a head has only the usual fields, in the usual order and spelling.
fn is_usual(head: &str) -> bool {
    const USUAL: [&str; 9] = [
        "Host: ",
        "Upgrade: websocket\r\n",
        "Connection: Upgrade\r\n",
        "Sec-WebSocket-Key: ",
        "Sec-WebSocket-Version: 13\r\n",
        "Sec-WebSocket-Extensions: permessage-deflate",
        "Sec-WebSocket-Protocol: ",
        "Sec-WebSocket-Accept: ",
        "\r\n",
    ];
    let first = ["GET / HTTP/1.1\r\n", "HTTP/1.1 101 Switching Protocols\r\n"];
    let mut lines = head.split_inclusive('\n');
    let places: Option<Vec<usize>> =
        lines
            .next()
            .filter(|line| first.contains(line))
            .and_then(|_| {
                lines
                    .map(|line| USUAL.iter().position(|usual| line.starts_with(usual)))
                    .collect()
            });
    places
        .is_some_and(|places| places.is_sorted() && !head.contains(" \r\n") && !head.contains("  "))
}
pub(crate) fn unusual(head: &str) -> bool {
    !is_usual(head)
}
/// The conforming answer to a request.
pub(crate) fn answer_to(request: &str) -> String {
    let accept = accept_for(value(request, "sec-websocket-key").unwrap_or_default());
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
         Connection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    )
}
pub(crate) fn unextended_refused(head: &str) -> String {
    if upgrades(head) && value(head, "sec-websocket-extensions").is_none() {
        return NONSENSE.to_owned();
    }
    head.to_owned()
}
pub(crate) fn unusual_unanswered(head: &str) -> String {
    if is_usual(head) {
        head.to_owned()
    } else {
        SILENCE.to_owned()
    }
}
pub(crate) fn unusual_refused(head: &str) -> String {
    if is_usual(head) {
        head.to_owned()
    } else {
        NONSENSE.to_owned()
    }
}
pub(crate) fn target_known(head: &str) -> String {
    let target = head.split(' ').nth(1);
    if target == Some("/") {
        head.to_owned()
    } else {
        SILENCE.to_owned()
    }
}
pub(crate) fn accept_name_exact(head: &str) -> String {
    only_spelled(head, "Sec-WebSocket-Accept")
}
pub(crate) fn reason_exact(head: &str) -> String {
    if head.starts_with("HTTP/1.1 101 Switching Protocols\r\n") {
        head.to_owned()
    } else {
        NONSENSE.to_owned()
    }
}
/// Takes a CR alone for the end of a line.
pub(crate) fn cr_ends_lines(bytes: &str) -> String {
    bytes.replace("\r\n", "\r").replace('\r', "\r\n")
}
/// Takes the end of a line for the end of the head.
pub(crate) fn head_ends_early(bytes: &str) -> String {
    let open = bytes.ends_with("\r\n") && bytes.lines().count() > 3 && !bytes.contains("\r\n\r\n");
    format!("{bytes}{}", if open { "\r\n" } else { "" })
}
pub(crate) fn announces_body(head: &str) -> String {
    with_line(head, "Content-Length: 5")
}
pub(crate) fn announces_empty_body(head: &str) -> String {
    with_line(head, "Content-Length: 0")
}
pub(crate) fn status_blank_lost(head: &str) -> String {
    head.replacen(
        "HTTP/1.1 101 Switching Protocols\r\n",
        "HTTP/1.1 101\r\n",
        1,
    )
}
pub(crate) fn end_unannounced(head: &str) -> String {
    if upgrades(head) {
        head.to_owned()
    } else {
        edit_field(head, "connection", |_| None)
    }
}
pub(crate) fn subprotocol_twice(head: &str) -> String {
    edit_lines(head, |line| {
        line.starts_with("Sec-WebSocket-Protocol: ")
            .then(|| format!("{line}{line}"))
    })
}

// Keys of an opening request.

pub(crate) fn key_of_4_bytes(key: &str) -> String {
    format!("{}A==", &key[..5])
}
pub(crate) fn key_of_20_bytes(key: &str) -> String {
    format!("{}Axxxxx=", &key[..21])
}
pub(crate) fn key_unpadded(key: &str) -> String {
    key.trim_end_matches('=').to_owned()
}
pub(crate) fn key_pad_bits(key: &str) -> String {
    format!("{}R==", &key[..21])
}
pub(crate) fn key_sample(_: &str) -> String {
    "dGhlIHNhbXBsZSBub25jZQ==".into()
}
pub(crate) fn key_zeros(_: &str) -> String {
    "AAAAAAAAAAAAAAAAAAAAAA==".into()
}
pub(crate) fn key_constant(_: &str) -> String {
    "d3NzcGVjIHJlZmVyZW5jZQ==".into()
}
pub(crate) fn key_twice(head: &str) -> String {
    edit_field(head, "sec-websocket-key", |key| {
        Some(format!("{key}\r\nSec-WebSocket-Key: {key}"))
    })
}

//! Spoilers of heads: small functions that change one line, put it in or leave it out.

use wsspec_core::handshake::accept_for;

/// The head with the lines of `name` replaced by what `edit` makes of their value.
fn edit_field(head: &str, name: &str, edit: impl Fn(&str) -> Option<String>) -> String {
    let line = |line: &str| match line.split_once(':') {
        Some((found, value)) if found.eq_ignore_ascii_case(name) => {
            edit(value.trim()).map_or(String::new(), |value| format!("{found}: {value}\r\n"))
        }
        _ => line.to_owned(),
    };
    head.split_inclusive('\n').map(line).collect()
}

fn value<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(n, _)| n.eq_ignore_ascii_case(name))
        .map(|(_, v)| v.trim())
}

/// The head with a line more, if it is that of a 101.
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

pub(in crate::peer) fn no_final_line(head: &str) -> String {
    edit_upgrade(head, |head| {
        head.strip_suffix("\r\n").unwrap_or(head).to_owned()
    })
}
pub(in crate::peer) fn status_200(head: &str) -> String {
    head.replacen("HTTP/1.1 101 Switching Protocols", "HTTP/1.1 200 OK", 1)
}
pub(in crate::peer) fn http_1_0(head: &str) -> String {
    edit_upgrade(head, |head| head.replacen("HTTP/1.1", "HTTP/1.0", 1))
}
pub(in crate::peer) fn no_upgrade(head: &str) -> String {
    edit_upgrade(head, |head| edit_field(head, "upgrade", |_| None))
}
pub(in crate::peer) fn other_upgrade(head: &str) -> String {
    edit_upgrade(head, |head| {
        edit_field(head, "upgrade", |_| Some("websockets".into()))
    })
}
pub(in crate::peer) fn no_connection(head: &str) -> String {
    edit_upgrade(head, |head| edit_field(head, "connection", |_| None))
}
pub(in crate::peer) fn connection_close(head: &str) -> String {
    edit_upgrade(head, |head| {
        edit_field(head, "connection", |_| Some("close".into()))
    })
}
pub(in crate::peer) fn no_accept(head: &str) -> String {
    edit_field(head, "sec-websocket-accept", |_| None)
}
pub(in crate::peer) fn accept_lower(head: &str) -> String {
    edit_field(head, "sec-websocket-accept", |accept| {
        Some(accept.to_lowercase())
    })
}
pub(in crate::peer) fn accept_cut(head: &str) -> String {
    edit_field(head, "sec-websocket-accept", |accept| {
        Some(accept.trim_end_matches('=').to_owned())
    })
}
pub(in crate::peer) fn accept_twice(head: &str) -> String {
    let line = value(head, "sec-websocket-accept")
        .map(|accept| format!("Sec-WebSocket-Accept: {accept}\r\n"));
    with_line(head, line.as_deref().unwrap_or_default().trim_end())
}
pub(in crate::peer) fn extension_unasked(head: &str) -> String {
    with_line(head, "Sec-WebSocket-Extensions: x-unasked")
}
pub(in crate::peer) fn deflate_unasked(head: &str) -> String {
    if value(head, "sec-websocket-extensions").is_some() {
        return head.to_owned();
    }
    with_line(head, "Sec-WebSocket-Extensions: permessage-deflate")
}
pub(in crate::peer) fn deflate_unknown_parameter(head: &str) -> String {
    edit_field(head, "sec-websocket-extensions", |value| {
        Some(format!("{value}; x-unknown"))
    })
}
pub(in crate::peer) fn deflate_parameters_lost(head: &str) -> String {
    edit_field(head, "sec-websocket-extensions", |_| {
        Some("permessage-deflate".into())
    })
}
pub(in crate::peer) fn deflate_window_larger(head: &str) -> String {
    edit_field(head, "sec-websocket-extensions", |value| {
        let name = "server_max_window_bits=";
        let end = value.find(name).map(|at| at + name.len());
        Some(match end {
            Some(end) => format!("{}15", &value[..end]),
            None => value.to_owned(),
        })
    })
}
pub(in crate::peer) fn client_window_unasked(head: &str) -> String {
    edit_field(head, "sec-websocket-extensions", |value| {
        let there = value.contains("client_max_window_bits");
        Some(if there {
            value.to_owned()
        } else {
            format!("{value}; client_max_window_bits=12")
        })
    })
}
pub(in crate::peer) fn extension_garbled(head: &str) -> String {
    with_line(head, "Sec-WebSocket-Extensions: ;;=")
}
pub(in crate::peer) fn subprotocol_unasked(head: &str) -> String {
    if value(head, "sec-websocket-protocol").is_some() {
        return head.to_owned();
    }
    with_line(head, "Sec-WebSocket-Protocol: unasked")
}
pub(in crate::peer) fn field_without_colon(head: &str) -> String {
    with_line(head, "X-Broken")
}
pub(in crate::peer) fn bare_line_feeds(head: &str) -> String {
    edit_upgrade(head, |head| head.replace("\r\n", "\n"))
}
pub(in crate::peer) fn no_version_in_refusal(head: &str) -> String {
    edit_field(head, "sec-websocket-version", |_| None)
}
pub(in crate::peer) fn refuses_with_200(head: &str) -> String {
    if head.starts_with("HTTP/1.1 4") {
        format!(
            "HTTP/1.1 200 OK\r\n{}",
            head.split_once('\n').map_or("", |h| h.1)
        )
    } else {
        head.to_owned()
    }
}

// What the endpoint reads of a request.

/// The field is known in one spelling only.
fn only_spelled(head: &str, spelling: &str) -> String {
    let line = |line: &str| match line.split_once(':') {
        Some((name, _)) if name.eq_ignore_ascii_case(spelling) && name != spelling => {
            format!("X-Unknown-{line}")
        }
        _ => line.to_owned(),
    };
    head.split_inclusive('\n').map(line).collect()
}
pub(in crate::peer) fn upgrade_name_exact(head: &str) -> String {
    only_spelled(head, "Upgrade")
}
pub(in crate::peer) fn connection_name_exact(head: &str) -> String {
    only_spelled(head, "Connection")
}
pub(in crate::peer) fn key_name_exact(head: &str) -> String {
    only_spelled(head, "Sec-WebSocket-Key")
}
pub(in crate::peer) fn version_name_exact(head: &str) -> String {
    only_spelled(head, "Sec-WebSocket-Version")
}
pub(in crate::peer) fn host_name_exact(head: &str) -> String {
    only_spelled(head, "Host")
}
pub(in crate::peer) fn upgrade_value_exact(head: &str) -> String {
    edit_field(head, "upgrade", |value| {
        Some(if value == "websocket" {
            value.into()
        } else {
            "h2c".to_owned()
        })
    })
}
pub(in crate::peer) fn connection_whole(head: &str) -> String {
    edit_field(head, "connection", |value| {
        Some(if value.eq_ignore_ascii_case("upgrade") {
            value.into()
        } else {
            "close".to_owned()
        })
    })
}
pub(in crate::peer) fn connection_value_exact(head: &str) -> String {
    edit_field(head, "connection", |value| {
        Some(
            value
                .replace("upgrade", "close")
                .replace("UPGRADE", "close"),
        )
    })
}
pub(in crate::peer) fn extensions_cut(head: &str) -> String {
    edit_field(head, "sec-websocket-extensions", |value| {
        value.split(',').next().map(|first| first.trim().to_owned())
    })
}
pub(in crate::peer) fn first_subprotocol_only(head: &str) -> String {
    edit_field(head, "sec-websocket-protocol", |value| {
        value.split(',').next().map(|first| first.trim().to_owned())
    })
}
pub(in crate::peer) fn values_not_trimmed(head: &str) -> String {
    let line = |line: &str| {
        if line.trim_end_matches(['\r', '\n']).ends_with([' ', '\t']) {
            "X-Lost: \r\n".to_owned()
        } else {
            line.to_owned()
        }
    };
    head.split_inclusive('\n').map(line).collect()
}
pub(in crate::peer) fn long_fields_lost(head: &str) -> String {
    let line = |line: &str| {
        if line.len() > 512 {
            "Bad Line\r\n".to_owned()
        } else {
            line.to_owned()
        }
    };
    head.split_inclusive('\n').map(line).collect()
}

/// A head of which nothing is known is never answered.
const SILENCE: &str = "";
/// A head that cannot be read.
const NONSENSE: &str = "?\r\n\r\n";

/// Whether a head has nothing but the usual fields, each written the usual way.
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
    // In the usual order, too.
    places
        .is_some_and(|places| places.is_sorted() && !head.contains(" \r\n") && !head.contains("  "))
}
pub(in crate::peer) fn unusual(head: &str) -> bool {
    !is_usual(head)
}
/// The right answer to a request.
pub(in crate::peer) fn answer_to(request: &str) -> String {
    let accept = accept_for(value(request, "sec-websocket-key").unwrap_or_default());
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    )
}
pub(in crate::peer) fn unextended_refused(head: &str) -> String {
    if upgrades(head) && value(head, "sec-websocket-extensions").is_none() {
        return NONSENSE.to_owned();
    }
    head.to_owned()
}
pub(in crate::peer) fn unusual_unanswered(head: &str) -> String {
    if is_usual(head) {
        head.to_owned()
    } else {
        SILENCE.to_owned()
    }
}
pub(in crate::peer) fn unusual_refused(head: &str) -> String {
    if is_usual(head) {
        head.to_owned()
    } else {
        NONSENSE.to_owned()
    }
}
pub(in crate::peer) fn target_known(head: &str) -> String {
    if head.starts_with("GET / ") {
        head.to_owned()
    } else {
        SILENCE.to_owned()
    }
}
pub(in crate::peer) fn accept_name_exact(head: &str) -> String {
    only_spelled(head, "Sec-WebSocket-Accept")
}
pub(in crate::peer) fn reason_exact(head: &str) -> String {
    let right = head.starts_with("HTTP/1.1 101 Switching Protocols\r\n");
    if right {
        head.to_owned()
    } else {
        NONSENSE.to_owned()
    }
}
/// CR alone ends a line.
pub(in crate::peer) fn cr_ends_lines(bytes: &str) -> String {
    bytes.replace("\r\n", "\r").replace('\r', "\r\n")
}
/// The end of a line is taken for the end of the head.
pub(in crate::peer) fn head_ends_early(bytes: &str) -> String {
    let open = bytes.ends_with("\r\n") && bytes.lines().count() > 3 && !bytes.contains("\r\n\r\n");
    format!("{bytes}{}", if open { "\r\n" } else { "" })
}
pub(in crate::peer) fn announces_body(head: &str) -> String {
    with_line(head, "Content-Length: 5")
}
pub(in crate::peer) fn subprotocol_twice(head: &str) -> String {
    with_line(
        head,
        "Sec-WebSocket-Protocol: unasked\r\nSec-WebSocket-Protocol: unasked",
    )
}

// The key of an opening request.

pub(in crate::peer) fn key_of_4_bytes(key: &str) -> String {
    format!("{}A==", &key[..5])
}
pub(in crate::peer) fn key_of_20_bytes(key: &str) -> String {
    format!("{}Axxxxx=", &key[..21])
}
pub(in crate::peer) fn key_unpadded(key: &str) -> String {
    key.trim_end_matches('=').to_owned()
}
pub(in crate::peer) fn key_pad_bits(key: &str) -> String {
    format!("{}R==", &key[..21])
}
pub(in crate::peer) fn key_sample(_: &str) -> String {
    "dGhlIHNhbXBsZSBub25jZQ==".into()
}
pub(in crate::peer) fn key_zeros(_: &str) -> String {
    "AAAAAAAAAAAAAAAAAAAAAA==".into()
}
pub(in crate::peer) fn key_constant(_: &str) -> String {
    "d3NzcGVjIHJlZmVyZW5jZQ==".into()
}
pub(in crate::peer) fn key_twice(head: &str) -> String {
    edit_field(head, "sec-websocket-key", |key| {
        Some(format!("{key}\r\nSec-WebSocket-Key: {key}"))
    })
}

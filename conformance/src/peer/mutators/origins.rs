//! Which origins a server lets in, as edits of the request that it reads.

use super::heads::{NONSENSE, edit_field, values};

/// The origin that a server with a policy allows.
pub(in crate::peer) const ALLOWED_ORIGIN: &str = "https://app.example.com";

/// Its host.
const HOST: &str = "app.example.com";

/// Makes nonsense of a request whose pages are not of the allowed origin: the endpoint refuses it.
pub(in crate::peer) fn foreign_refused(head: &str) -> String {
    let origins = values(head, "origin");
    if origins.is_empty() || origins == [ALLOWED_ORIGIN] {
        head.to_owned()
    } else {
        NONSENSE.to_owned()
    }
}

/// Reads an origin that `lets_in` as the allowed one.
fn taken_for_allowed(head: &str, lets_in: impl Fn(&str) -> bool) -> String {
    edit_field(head, "origin", |origin| {
        Some(
            if lets_in(origin) {
                ALLOWED_ORIGIN
            } else {
                origin
            }
            .to_owned(),
        )
    })
}

pub(crate) fn origin_any(head: &str) -> String {
    taken_for_allowed(head, |_| true)
}
pub(crate) fn origin_by_beginning(head: &str) -> String {
    taken_for_allowed(head, |origin| origin.starts_with(ALLOWED_ORIGIN))
}
pub(crate) fn origin_by_end(head: &str) -> String {
    taken_for_allowed(head, |origin| {
        origin.ends_with(HOST) && !origin.contains("/app")
    })
}
pub(crate) fn origin_by_part(head: &str) -> String {
    taken_for_allowed(head, |origin| origin.contains(HOST))
}
pub(crate) fn origin_by_pattern(head: &str) -> String {
    // A dot in a pattern stands for any character.
    taken_for_allowed(head, |origin| {
        let mut pairs = origin.chars().zip(ALLOWED_ORIGIN.chars());
        origin.len() == ALLOWED_ORIGIN.len()
            && pairs.all(|(found, wanted)| wanted == '.' || found == wanted)
    })
}
pub(crate) fn origin_without_scheme(head: &str) -> String {
    taken_for_allowed(head, |origin| {
        origin
            .split_once("://")
            .is_some_and(|(_, host)| host == HOST)
    })
}
pub(crate) fn origin_without_port(head: &str) -> String {
    taken_for_allowed(head, |origin| {
        let rest = origin
            .strip_prefix(ALLOWED_ORIGIN)
            .and_then(|rest| rest.strip_prefix(':'));
        rest.is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()))
    })
}
pub(crate) fn origin_null(head: &str) -> String {
    taken_for_allowed(head, |origin| origin == "null")
}
pub(crate) fn origin_looks_alike(head: &str) -> String {
    taken_for_allowed(head, |origin| origin.contains("://xn--"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_allowed_origin_is_let_in() {
        let head = |fields: &str| format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
        for fields in [
            "",
            "Origin: https://app.example.com\r\n",
            "origin:https://app.example.com \r\n",
        ] {
            assert_eq!(foreign_refused(&head(fields)), head(fields));
        }
        for fields in [
            "Origin: null\r\n",
            "Origin: https://app.example.com.wsspec.example\r\n",
            "Origin: https://app.example.com\r\nOrigin: https://app.example.com\r\n",
        ] {
            assert_eq!(foreign_refused(&head(fields)), NONSENSE, "{fields}");
        }
    }
}

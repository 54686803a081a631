//! The opening handshake against the samples and clauses of RFC 6455 §4.

mod heads;

use Violation::{
    AcceptMissing, AcceptRepeated, AcceptWrong, BodyPresent, ConnectionMissing, ExtensionMalformed,
    ExtensionUnoffered, HostInvalid, HostMissing, HttpVersionTooLow, KeyMalformed, KeyMissing,
    KeyRepeated, MethodNotGet, ResponseBody, ResponseConnectionWrong, ResponseExtensionMalformed,
    ResponseUpgradeWrong, ResponseVersionTooLow, StatusBlankMissing, StatusNot101,
    SubprotocolMalformed, SubprotocolRepeated, SubprotocolUnoffered, TargetMalformed,
    UpgradeMissing, VersionMissing, VersionRepeated, VersionUnsupported,
};
use wsspec_core::handshake::{
    GUID, HeadReader, Offered, accept_for, encode_key, is_key, parse_extensions,
};
use wsspec_core::{Fault, Violation};

pub(crate) const REQUEST: &str = "GET /chat HTTP/1.1\r\nHost: example.org\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

const RESPONSE: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

pub(crate) fn request(head: &[u8]) -> Result<Vec<Violation>, Fault> {
    let mut reader = HeadReader::request();
    let mut input = head;
    assert!(reader.read(&mut input)?, "the head has an end");
    Ok(reader.parse_request()?.violations())
}

pub(crate) fn response(head: &[u8]) -> Result<Vec<Violation>, Fault> {
    let mut reader = HeadReader::response();
    let mut input = head;
    assert!(reader.read(&mut input)?, "the head has an end");
    let subprotocols = ["chat".to_owned(), "mqtt".to_owned()];
    let extensions = parse_extensions(b"permessage-deflate").unwrap();
    let offered = Offered {
        key: "dGhlIHNhbXBsZSBub25jZQ==",
        subprotocols: &subprotocols,
        extensions: &extensions,
    };
    Ok(reader.parse_response()?.violations(&offered))
}

#[test]
fn the_samples_of_the_accept_value() {
    assert_eq!(GUID, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    for (key, accept) in [
        // RFC 6455 §1.3.
        ("dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        ("n6SorMqVH0dl0yQvgBYeRg==", "gPRVIyr7WygqOuNwy698pPS2GkA="),
    ] {
        assert_eq!(accept_for(key), accept);
        assert!(is_key(key));
    }
    assert_eq!(encode_key(*b"the sample nonce"), "dGhlIHNhbXBsZSBub25jZQ==");
}

#[test]
fn only_the_matching_accept_value_is_accepted() {
    let right = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
    assert_eq!(response(RESPONSE.as_bytes()), Ok(vec![]));
    let wrong = [
        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo",
        "S3PPLMBITXAQ9KYGZZHZRBK+XOO=",
        "gPRVIyr7WygqOuNwy698pPS2GkA=",
        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo==",
        "",
    ];
    for other in wrong {
        assert_eq!(
            response(RESPONSE.replace(right, other).as_bytes()),
            Ok(vec![AcceptWrong]),
            "{other}"
        );
    }
    // Every byte counts.
    for at in 0..right.len() {
        let mut other = right.as_bytes().to_vec();
        other[at] ^= 1;
        let other = String::from_utf8(other).unwrap();
        assert_eq!(
            response(RESPONSE.replace(right, &other).as_bytes()),
            Ok(vec![AcceptWrong]),
            "{other}"
        );
    }
}

#[test]
fn a_key_is_the_base64_of_sixteen_bytes() {
    // Pad bits need not be 0: the sample key of §1.2 before erratum 3150.
    for right in [
        "dGhlIHNhbXBsZSBub25jZQ==",
        "x3JJHMbDL1EzLkh9GBhXDw==",
        "AQIDBAUGBwgJCgsMDQ4PEC==",
        "AAAAAAAAAAAAAAAAAAAAAA==",
        "/////////////////////w==",
    ] {
        assert!(is_key(right), "{right}");
    }
    for wrong in [
        "",
        "=",
        "dGhlIHNhbXBsZSBub25jZQ",
        "dGhlIHNhbXBsZSBub25jZQ=",
        "dGhlIHNhbXBsZSBub25jZQ===",
        "dGhlIHNhbXBsZSBub25jZQAA",
        "dGhlIHNhbXBsZSBub25jZQA=",
        "dGhlIHNhbXBsZSBub25j",
        "dGhlIHNhbXBsZSBub25jZ===",
        "dGhlIHNhbXBsZSBub25j=Q==",
        "dGhlIHNhbXBsZSBub25jZQ= ",
        "-GhlIHNhbXBsZSBub25jZQ==",
        "_GhlIHNhbXBsZSBub25jZQ==",
        "\u{e9}GhlIHNhbXBsZSBub25jZQ=",
    ] {
        assert!(!is_key(wrong), "{wrong}");
    }
}

/// Returns the request with `line` in place of the line that begins with `field`, or at the end.
pub(crate) fn with(head: &str, field: &str, lines: &[&str]) -> String {
    let mut out: Vec<&str> = head.trim_end().split("\r\n").collect();
    let at = out.iter().position(|line| line.starts_with(field));
    if let Some(at) = at {
        out.remove(at);
    }
    let at = at.unwrap_or(out.len());
    out.splice(at..at, lines.iter().copied());
    out.join("\r\n") + "\r\n\r\n"
}

#[test]
fn requests_and_what_is_wrong_with_them() {
    let rows: &[(&str, &[&str], &[Violation])] = &[
        ("GET", &["GET /chat HTTP/1.1"], &[]),
        ("GET", &["POST /chat HTTP/1.1"], &[MethodNotGet]),
        ("GET", &["get /chat HTTP/1.1"], &[MethodNotGet]),
        ("GET", &["GET /chat HTTP/1.0"], &[HttpVersionTooLow]),
        ("GET", &["GET ws://example.org/chat HTTP/1.1"], &[]),
        ("GET", &["GET * HTTP/1.1"], &[TargetMalformed]),
        ("GET", &["GET chat HTTP/1.1"], &[TargetMalformed]),
        ("GET", &["GET /chat#top HTTP/1.1"], &[TargetMalformed]),
        ("Host", &[], &[HostMissing]),
        ("Host", &["Host:"], &[HostInvalid]),
        ("Host", &["host: [::1]:9001"], &[]),
        ("Host", &["Host: a", "Host: a"], &[HostInvalid]),
        ("Host", &["Host: a:b"], &[HostInvalid]),
        ("Host", &["Host: a/b"], &[HostInvalid]),
        ("Host", &["Host: a,b"], &[HostInvalid]),
        ("Host", &["Host: a:"], &[]),
        ("Host", &["Host: a:65535"], &[]),
        ("Host", &["Host: a:655350"], &[HostInvalid]),
        ("Host", &["Host: :80"], &[HostInvalid]),
        ("Host", &["Host: []"], &[HostInvalid]),
        ("Host", &["Host: [x]"], &[HostInvalid]),
        ("Host", &["Host: [::1"], &[HostInvalid]),
        ("Host", &["Host: [::1]a"], &[HostInvalid]),
        ("Upgrade", &[], &[UpgradeMissing]),
        ("Upgrade", &["Upgrade: h2c"], &[UpgradeMissing]),
        ("Upgrade", &["UPGRADE: h2c, WebSocket"], &[]),
        ("Upgrade", &["Upgrade: h2c", "Upgrade: websocket"], &[]),
        ("Upgrade", &["Upgrade: web socket"], &[UpgradeMissing]),
        ("Connection", &[], &[ConnectionMissing]),
        (
            "Connection",
            &["Connection: keep-alive"],
            &[ConnectionMissing],
        ),
        ("Connection", &["Connection: keep-alive , UPGRADE"], &[]),
        (
            "Connection",
            &["Connection: upgrade-insecure"],
            &[ConnectionMissing],
        ),
        ("Sec-WebSocket-Key", &[], &[KeyMissing]),
        ("Sec-WebSocket-Key", &["Sec-WebSocket-Key: "], &[KeyMissing]),
        (
            "Sec-WebSocket-Key",
            &["Sec-WebSocket-Key: abc"],
            &[KeyMalformed],
        ),
        (
            "Sec-WebSocket-Key",
            &["Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEC=="],
            &[],
        ),
        (
            "none",
            &["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="],
            &[KeyRepeated],
        ),
        ("Sec-WebSocket-Version", &[], &[VersionMissing]),
        (
            "Sec-WebSocket-Version",
            &["Sec-WebSocket-Version: 8"],
            &[VersionUnsupported],
        ),
        (
            "Sec-WebSocket-Version",
            &["Sec-WebSocket-Version: 013"],
            &[VersionUnsupported],
        ),
        (
            "Sec-WebSocket-Version",
            &["Sec-WebSocket-Version: 13, 8"],
            &[VersionUnsupported],
        ),
        ("none", &["Sec-WebSocket-Version: 13"], &[VersionRepeated]),
        (
            "none",
            &["Sec-WebSocket-Version: 8"],
            &[VersionUnsupported, VersionRepeated],
        ),
        ("none", &["Sec-WebSocket-Protocol: chat, mqtt"], &[]),
        (
            "none",
            &[
                "Sec-WebSocket-Protocol: chat",
                "Sec-WebSocket-Protocol: mqtt",
            ],
            &[],
        ),
        (
            "none",
            &["Sec-WebSocket-Protocol: chat, chat"],
            &[SubprotocolMalformed],
        ),
        (
            "none",
            &["Sec-WebSocket-Protocol: "],
            &[SubprotocolMalformed],
        ),
        (
            "none",
            &["Sec-WebSocket-Protocol: a b"],
            &[SubprotocolMalformed],
        ),
        (
            "none",
            &["Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits, x; y=\"z\""],
            &[],
        ),
        (
            "none",
            &["Sec-WebSocket-Extensions: x;"],
            &[ExtensionMalformed],
        ),
        ("none", &["Content-Length: 0"], &[]),
        ("none", &["Content-Length: 1"], &[BodyPresent]),
        ("none", &["Transfer-Encoding: chunked"], &[BodyPresent]),
        ("none", &["X-Anything: \u{e9}\t~"], &[]),
    ];
    for (field, lines, right) in rows {
        let head = with(REQUEST, field, lines);
        assert_eq!(request(head.as_bytes()).as_deref(), Ok(*right), "{head}");
    }
}

#[test]
fn a_key_that_is_not_even_text_is_malformed_not_missing() {
    let head = REQUEST
        .replace("dGhlIHNhbXBsZSBub25jZQ==", "?")
        .into_bytes();
    let head: Vec<u8> = head
        .iter()
        .map(|b| if *b == b'?' { 0xff } else { *b })
        .collect();
    assert_eq!(request(&head), Ok(vec![KeyMalformed]));
}

#[test]
fn responses_and_what_is_wrong_with_them() {
    let rows: &[(&str, &[&str], &[Violation])] = &[
        ("HTTP", &["HTTP/1.1 101 "], &[]),
        ("HTTP", &["HTTP/1.1 101"], &[StatusBlankMissing]),
        ("HTTP", &["HTTP/1.1 200 OK"], &[StatusNot101]),
        (
            "HTTP",
            &["HTTP/1.0 101 Switching Protocols"],
            &[ResponseVersionTooLow],
        ),
        ("Upgrade", &[], &[ResponseUpgradeWrong]),
        ("Upgrade", &["Upgrade: WEBSOCKET"], &[]),
        (
            "Upgrade",
            &["Upgrade: websocket, h2c"],
            &[ResponseUpgradeWrong],
        ),
        ("none", &["Upgrade: websocket"], &[ResponseUpgradeWrong]),
        ("Connection", &[], &[ResponseConnectionWrong]),
        (
            "Connection",
            &["Connection: close"],
            &[ResponseConnectionWrong],
        ),
        ("Connection", &["Connection: foo, upgrade"], &[]),
        ("Sec-WebSocket-Accept", &[], &[AcceptMissing]),
        (
            "none",
            &["Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="],
            &[AcceptRepeated],
        ),
        (
            "none",
            &["Sec-WebSocket-Accept: x"],
            &[AcceptWrong, AcceptRepeated],
        ),
        ("none", &["Sec-WebSocket-Protocol: mqtt"], &[]),
        (
            "none",
            &["Sec-WebSocket-Protocol: MQTT"],
            &[SubprotocolUnoffered],
        ),
        (
            "none",
            &["Sec-WebSocket-Protocol: chat, mqtt"],
            &[SubprotocolUnoffered],
        ),
        (
            "none",
            &[
                "Sec-WebSocket-Protocol: chat",
                "Sec-WebSocket-Protocol: mqtt",
            ],
            &[SubprotocolRepeated],
        ),
        (
            "none",
            &["Sec-WebSocket-Extensions: permessage-deflate"],
            &[],
        ),
        (
            "none",
            &["Sec-WebSocket-Extensions: x"],
            &[ExtensionUnoffered],
        ),
        (
            "none",
            &["Sec-WebSocket-Extensions: x", "Sec-WebSocket-Extensions: y"],
            &[ExtensionUnoffered],
        ),
        (
            "none",
            &["Sec-WebSocket-Extensions: ;"],
            &[ResponseExtensionMalformed],
        ),
        ("none", &["Content-Length: 5"], &[ResponseBody]),
    ];
    for (field, lines, right) in rows {
        let head = with(RESPONSE, field, lines);
        assert_eq!(response(head.as_bytes()).as_deref(), Ok(*right), "{head}");
    }
}

//! What an endpoint says in the opening handshake, and what it hands out and sends once it is open.

use wsspec_core::deflate::negotiation::{Parameters, Support};
use wsspec_core::endpoint::{ClientConfig, Endpoint, Event, Opened, Phase, ServerConfig};
use wsspec_core::frame::Opcode;
use wsspec_core::handshake::HeadReader;
use wsspec_core::policy::{OutputFaults, Policy};
use wsspec_core::{Fault, Violation};

const REQUEST: &str = "GET /chat HTTP/1.1\r\nHost: example.org\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

const RESPONSE: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

fn opened(endpoint: &mut Endpoint) -> Opened {
    match endpoint.poll() {
        Some(Event::Opened(opened)) => opened,
        other => panic!("{other:?}"),
    }
}

/// Each status, its phrase, and the field that it must not come without: RFC 9110 §15.5.6 and §15.5.22.
#[test]
fn a_refusal_carries_what_its_status_demands() {
    let demanded = |status| match status {
        "405" => Some(("Allow", "GET")),
        "426" => Some(("Upgrade", "websocket")),
        _ => None,
    };
    let long = "/chat".repeat(60);
    let rows = [
        ("GET", "PUT", "405", "Method Not Allowed"),
        (": 13", ": 14", "426", "Upgrade Required"),
        ("/chat", &long, "431", "Request Header Fields Too Large"),
        ("Host", "Ghost", "400", "Bad Request"),
    ];
    for (from, to, status, phrase) in rows {
        let mut server = Endpoint::server(ServerConfig {
            max_head: 250,
            ..ServerConfig::default()
        });
        server.receive(REQUEST.replace(from, to).into_bytes().as_mut_slice());
        let Some(Event::Broken(fault, _)) = server.poll() else {
            panic!("{status} is no refusal")
        };
        let output = server.take_output();
        let mut body = output.as_slice();
        let mut head = HeadReader::response();
        assert_eq!(head.read(&mut body), Ok(true));
        let answer = head.parse_response().unwrap();
        assert_eq!(
            (answer.status.to_string().as_str(), answer.reason),
            (status, phrase)
        );
        let fields = answer.fields;
        for (name, value) in [("Allow", "GET"), ("Upgrade", "websocket")] {
            assert_eq!(
                fields.get(name),
                demanded(status)
                    .filter(|field| field.0 == name)
                    .map(|_| value),
                "{name} of {status}"
            );
        }
        assert!(fields.lists("Connection", "close"), "{status}");
        // Who sends Upgrade lists it in Connection (RFC 9110 §7.8).
        assert_eq!(fields.lists("Connection", "Upgrade"), status == "426");
        // RFC 6455 §4.4: the version that would do, whatever is wrong.
        assert_eq!(fields.get("Sec-WebSocket-Version"), Some("13"));
        assert_eq!(
            fields.get("Content-Length"),
            Some(body.len().to_string().as_str())
        );
        assert_eq!(std::str::from_utf8(body), Ok(format!("{fault}\n").as_str()));
        assert!(body.starts_with(fault.violation.meaning().as_bytes()));
    }
}

#[test]
fn a_fault_is_told_with_its_clause_and_its_place() {
    let fault = Fault {
        violation: Violation::MaskMissing,
        offset: 7,
    };
    let told = fault.to_string();
    for part in [
        Violation::MaskMissing.meaning(),
        "RFC 6455",
        "5.1",
        "byte 7",
    ] {
        assert!(told.contains(part), "{told}");
    }
}

#[test]
fn a_client_learns_the_subprotocol_that_the_server_chose() {
    for (line, chosen) in [
        ("", None),
        ("Sec-WebSocket-Protocol: mqtt\r\n", Some("mqtt".to_owned())),
    ] {
        let config = ClientConfig::new("example.org", "/chat", *b"the sample nonce");
        let subprotocols = vec!["chat".to_owned(), "mqtt".to_owned()];
        let mut client = Endpoint::client(
            ClientConfig {
                subprotocols,
                ..config
            },
            || [0; 4],
        );
        client.receive(
            RESPONSE
                .replace("Upgrade: w", &format!("{line}Upgrade: w"))
                .into_bytes()
                .as_mut_slice(),
        );
        assert_eq!(opened(&mut client).subprotocol, chosen);
    }
}

#[test]
fn a_frame_is_sent_as_it_is_while_the_connection_is_open() {
    let mut server = Endpoint::server(ServerConfig::default());
    server.send_frame(Opcode::TEXT, true, 0, b"early");
    assert!(server.take_output().is_empty());
    let mut server = server.already_open();
    server.send_frame(Opcode::TEXT, false, 4, b"a");
    server.send_frame(Opcode::CONTINUATION, true, 0, b"b");
    assert_eq!(server.take_output(), [0x41, 1, b'a', 0x80, 1, b'b']);
    server.receive_end();
    server.send_frame(Opcode::TEXT, true, 0, b"late");
    assert_eq!(
        (server.phase(), server.take_output()),
        (Phase::Closed, vec![])
    );
}

/// What a server agrees to with an offer that it can read, one that it cannot, and none, by what is wrong with it.
#[test]
fn a_server_is_lax_with_offers_only_by_policy() {
    let right = OutputFaults::default();
    let plain = Some(Parameters::default());
    let bound = Some(Parameters {
        server_no_context_takeover: true,
        ..Parameters::default()
    });
    for (output, answers) in [
        (right, [bound, None, None]),
        (
            OutputFaults {
                any_offer: true,
                ..right
            },
            [bound, plain, None],
        ),
        (
            OutputFaults {
                offer_echoed: true,
                ..right
            },
            [bound, plain, None],
        ),
        (
            OutputFaults {
                plain_answer: true,
                ..right
            },
            [plain, None, None],
        ),
    ] {
        let offers = [
            "permessage-deflate; server_no_context_takeover",
            "permessage-deflate; server_max_window_bits",
            "x",
        ];
        for (offer, agreed) in offers.into_iter().zip(answers) {
            let mut policy = Policy::rfc();
            policy.output = output;
            let config = ServerConfig {
                policy,
                compression: Some(Support::default()),
                ..ServerConfig::default()
            };
            let mut server = Endpoint::server(config);
            let line = format!("Sec-WebSocket-Extensions: {offer}\r\nUpgrade: w");
            server.receive(
                REQUEST
                    .replace("Upgrade: w", &line)
                    .into_bytes()
                    .as_mut_slice(),
            );
            assert_eq!(
                opened(&mut server).compression,
                agreed,
                "{output:?} {offer}"
            );
        }
    }
}

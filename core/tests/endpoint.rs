//! What an endpoint sends in the opening handshake, and what it reports and sends once it is open.

use wsspec_core::deflate::message::Context;
use wsspec_core::deflate::negotiation::{Parameters, Support};
use wsspec_core::endpoint::{
    AutoReply, ChooseOffer, ClientConfig, Endpoint, Event, Opened, Phase, ReadBuffer, ServerConfig,
};
use wsspec_core::frame::{FrameHeader, LengthForm, MessageKind, Opcode};
use wsspec_core::handshake::HeadReader;
use wsspec_core::policy::{Policy, Reaction};
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

/// Each status, its reason phrase, and the field that must come with it (RFC 9110 §15.5.6 and
/// §15.5.22).
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
        // A sender of Upgrade lists it in Connection (RFC 9110 §7.8).
        assert_eq!(fields.lists("Connection", "Upgrade"), status == "426");
        // RFC 6455 §4.4: the version supported, whatever is wrong.
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
fn a_refusal_names_the_clause_and_the_byte() {
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

/// Among the offers it can read, a server chooses as configured.
#[test]
fn a_server_chooses_among_offers_as_configured() {
    let bound = Some(Parameters {
        server_no_context_takeover: true,
        ..Parameters::default()
    });
    let plain: ChooseOffer = |_, _| Some(Parameters::default());
    for (choose_offer, agreed) in [
        (Support::choose as ChooseOffer, bound),
        (plain, Some(Parameters::default())),
    ] {
        let mut server = Endpoint::server(ServerConfig {
            compression: Some(Support::default()),
            choose_offer,
            ..ServerConfig::default()
        });
        let line = "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\nUpgrade: w";
        let mut request = REQUEST.replace("Upgrade: w", line).into_bytes();
        server.receive(&mut request);
        assert_eq!(opened(&mut server).compression, agreed);
        assert_eq!(server.compression(), agreed);
    }
}

#[test]
fn replies_can_be_turned_off() {
    for (pong, close) in [(true, true), (false, true), (true, false), (false, false)] {
        let config = ServerConfig {
            auto_reply: AutoReply { pong, close },
            ..ServerConfig::default()
        };
        let mut server = Endpoint::server(config).already_open();
        server.receive(&mut [0x89, 0x80, 0, 0, 0, 0, 0x88, 0x80, 0, 0, 0, 0]);
        let mut expected = Vec::new();
        expected.extend_from_slice(if pong { &[0x8a, 0] } else { &[] });
        expected.extend_from_slice(if close { &[0x88, 0] } else { &[] });
        assert_eq!(server.take_output(), expected);
        assert_eq!(server.poll(), Some(Event::Ping(vec![])));
        assert_eq!(server.poll(), Some(Event::Close(vec![])));
        assert_eq!(
            (server.wants_end(), server.phase() == Phase::Closed),
            (close, close)
        );
    }
}

/// A sender may use less than was agreed, and a receiver may be told so.
#[test]
fn an_endpoint_can_compress_otherwise_than_agreed() {
    let mut server = Endpoint::server(ServerConfig::default())
        .already_open()
        .agreeing(Parameters::default());
    let message = [b'x'; 100];
    let sizes = [true, false].map(|takeover| {
        server.compress_as(Context {
            takeover,
            window_bits: 15,
        });
        server.send(MessageKind::Binary, &message);
        server.take_output();
        server.send(MessageKind::Binary, &message);
        server.take_output().len()
    });
    assert!(sizes[0] < sizes[1], "{sizes:?}");
}

/// A frame with this payload, masked with zeros, which leave it as it is.
fn masked_frame(payload: &[u8]) -> Vec<u8> {
    let mut header = FrameHeader::new(Opcode::BINARY, payload.len() as u64);
    header.mask = Some([0; 4]);
    let mut frame = Vec::new();
    header.write(&mut frame);
    frame.extend_from_slice(payload);
    frame
}

/// Hands a stream to a server through a buffer, in reads of at most `most` bytes. Returns the sizes of the messages,
/// and whether each lies in the buffer.
fn read_through(buffer: &mut ReadBuffer, mut stream: &[u8], most: usize) -> Vec<(usize, bool)> {
    let mut server = Endpoint::server(ServerConfig::default()).already_open();
    let mut messages = Vec::new();
    while !stream.is_empty() {
        let space = buffer.space();
        let read = space.len().min(most).min(stream.len());
        assert!(read > 0, "no room");
        space[..read].copy_from_slice(&stream[..read]);
        stream = &stream[read..];
        buffer.filled(read);
        let unread = buffer.unread().as_ptr_range();
        server.read_from(buffer, |event| match event {
            Event::Message(_, payload) => {
                let lies = payload.as_ptr_range();
                let is_there = unread.start <= lies.start && lies.end <= unread.end;
                messages.push((payload.len(), is_there));
            }
            event => panic!("{event:?}"),
        });
    }
    messages
}

#[test]
fn messages_that_reads_divide_are_lent_in_one_piece() {
    let sizes = [1, 300_000, 65_536, 20_000, 16_384, 0, 1 << 20, 5, 70_000];
    let stream: Vec<u8> = sizes
        .iter()
        .flat_map(|&size| masked_frame(&vec![7; size]))
        .collect();
    let expected = sizes.map(|size| (size, true));
    for most in [1, 1460, 50_000, usize::MAX] {
        assert_eq!(
            read_through(&mut ReadBuffer::new(), &stream, most),
            expected,
            "{most}"
        );
    }
}

/// Memory follows what has come.
#[test]
fn an_announced_length_takes_no_memory() {
    let mut buffer = ReadBuffer::new();
    let stream = &masked_frame(&vec![7; 60 << 20])[..100_000];
    assert_eq!(read_through(&mut buffer, stream, 9000), []);
    assert_eq!(buffer.unread().len(), stream.len());
    assert!(buffer.space().len() <= 200_000);
}

/// Where every length is allowed and the top bit is tolerated, no sum overflows.
#[test]
fn the_longest_lengths_are_waited_for() {
    let begun = &b"\x01\x81\0\0\0\0x"[..];
    for (start, opcode) in [(&[][..], Opcode::BINARY), (begun, Opcode::CONTINUATION)] {
        for (length, broken) in [
            (u64::MAX >> 1, None),
            (u64::MAX, Some(Violation::LengthTopBit)),
        ] {
            let mut server = Endpoint::server(ServerConfig {
                max_message: u64::MAX,
                policy: Policy::always(Reaction::Ignore),
                ..ServerConfig::default()
            })
            .already_open();
            let mut stream = start.to_vec();
            FrameHeader {
                fin: true,
                rsv: 0,
                opcode,
                mask: Some([0; 4]),
                length,
                form: LengthForm::Bits64,
            }
            .write(&mut stream);
            stream.extend([7; 1000]);
            let mut buffer = ReadBuffer::new();
            buffer.space()[..stream.len()].copy_from_slice(&stream);
            buffer.filled(stream.len());
            let mut found = None;
            server.read_from(&mut buffer, |event| match event {
                Event::Broken(fault, _) => found = Some(fault.violation),
                event => panic!("{event:?}"),
            });
            assert_eq!(found, broken, "{length:#x}");
        }
    }
}

//! Every violation, shown by the smallest stream that commits it, and what a conforming endpoint
//! answers.

use wsspec_core::deflate::emit::{Emitter, Token};
use wsspec_core::deflate::negotiation::Parameters;
use wsspec_core::endpoint::{ClientConfig, Endpoint, Event, Phase, ServerConfig};
use wsspec_core::frame::{FrameWriter, Opcode};
use wsspec_core::{Answer, Policy, Reaction, Role, Violation};

use Violation as V;

/// Frames to a server that is already open, masked with a key of zeros, so that payloads read as
/// they are.
const FRAMES: &[(Violation, &[u8], u64)] = &[
    (V::RsvSet, b"\xc1", 0),
    (V::OpcodeReserved, b"\x83", 0),
    (V::ControlFragmented, b"\x09", 0),
    (V::ContinuationOrphan, b"\x80", 0),
    (V::MessageInterleaved, b"\x01\x80\0\0\0\0\x81", 6),
    (V::MaskMissing, b"\x81\x00", 1),
    (V::ControlTooLong, b"\x89\xfe", 1),
    (V::CloseBodyOneByte, b"\x88\x81", 1),
    (V::LengthNotMinimal, b"\x81\xfe\0\x7d", 3),
    (V::LengthTopBit, b"\x81\xff\x80", 2),
    (V::MessageTooBig, b"\x82\xfe\x03\xe9", 3),
    (V::TextNotUtf8, b"\x81\x82\0\0\0\0\xce\x21", 7),
    // A character that the end of the message leaves unfinished: at the last byte there is, which
    // may be of a header
    (V::TextNotUtf8, b"\x81\x83\0\0\0\0ab\xce", 8),
    (V::TextNotUtf8, b"\x01\x81\0\0\0\0\xce\x80\x80\0\0\0\0", 12),
    (V::CloseCodeForbidden, b"\x88\x82\0\0\0\0\x03\xed", 7),
    (V::CloseCodeUnassigned, b"\x88\x82\0\0\0\0\x03\xec", 7),
    (V::CloseReasonNotUtf8, b"\x88\x83\0\0\0\0\x03\xe8\xff", 8),
];

/// Frames to a server that agreed on permessage-deflate without context takeover, with a window of
/// 256 bytes for the client.
const COMPRESSED: &[(Violation, &[u8], u64)] = &[
    (V::Rsv1Misplaced, b"\xc9", 0),
    (V::Rsv1Misplaced, b"\x01\x80\0\0\0\0\xc0", 6),
    (V::RsvSet, b"\xa1", 0),
    // Block type 3
    (V::DeflateInvalid, b"\xc2\x81\0\0\0\0\x06", 6),
    // A stored block of five bytes, of which three are there and four were put back
    (
        V::DeflateUnfinished,
        b"\xc2\x88\0\0\0\0\0\x08\0\xf7\xffabc",
        13,
    ),
    // A stored `Hello`, then in the next message `H` and four bytes from distance five
    (
        V::DeflateBeyondMessage,
        b"\xc2\x8b\0\0\0\0\0\x05\0\xfa\xffHello\0\xc2\x85\0\0\0\0\xf2\0\x11\0\0",
        25,
    ),
    // A run of `a` up to 1,001 bytes
    (
        V::MessageTooBig,
        b"\xc2\x8b\0\0\0\0\x4a\x4c\x1c\x05\xa3\x60\x14\x0c\x7b\0\0",
        15,
    ),
    // `c3` alone
    (
        V::TextNotUtf8,
        b"\xc1\x87\0\0\0\0\0\x01\0\xfe\xff\xc3\0",
        12,
    ),
];

/// Requests: what to replace in a conforming one, and by what.
const REQUESTS: &[(Violation, &str, &str)] = &[
    (
        V::HeadTooLarge,
        "/chat",
        "/chat/that/leads/nowhere/and/takes/its/time/to/get/there/and/then/is/too/long/for/the/limit/of/this/server",
    ),
    (V::LineEndBare, "1.1\r\n", "1.1\n"),
    (V::StartLineMalformed, "HTTP/1.1", "HTTP"),
    (V::FieldMalformed, "Host: ", "Host "),
    (V::MethodNotGet, "GET", "PUT"),
    (V::HttpVersionTooLow, "HTTP/1.1", "HTTP/1.0"),
    (V::TargetMalformed, "/chat", "chat"),
    (V::HostMissing, "Host", "Ghost"),
    (V::HostInvalid, "example.org", "a b"),
    (V::UpgradeMissing, "Upgrade: websocket", "Upgrade: socket"),
    (
        V::ConnectionMissing,
        "Connection: Upgrade",
        "Connection: close",
    ),
    (V::KeyMissing, "-Key", "-Quay"),
    (V::KeyMalformed, "ZQ==", ""),
    (
        V::KeyRepeated,
        "Sec-WebSocket-V",
        "Sec-WebSocket-Key: x\r\nSec-WebSocket-V",
    ),
    (V::VersionMissing, "-Version", "-Virgin"),
    (V::VersionUnsupported, ": 13", ": 14"),
    (
        V::VersionRepeated,
        "-Version: 13",
        "-Version: 13\r\nSec-WebSocket-Version: 13",
    ),
    (
        V::SubprotocolMalformed,
        ": 13",
        ": 13\r\nSec-WebSocket-Protocol: a, a",
    ),
    (
        V::ExtensionMalformed,
        ": 13",
        ": 13\r\nSec-WebSocket-Extensions: ;",
    ),
    (V::BodyPresent, ": 13", ": 13\r\nContent-Length: 1"),
];

/// Responses to the sample key, likewise.
const RESPONSES: &[(Violation, &str, &str)] = &[
    (V::StatusNot101, "101", "200"),
    (V::ResponseVersionTooLow, "HTTP/1.1", "HTTP/1.0"),
    (V::ResponseUpgradeWrong, ": websocket", ": socket"),
    (
        V::ResponseConnectionWrong,
        "Connection: Upgrade",
        "Connection: close",
    ),
    (V::AcceptMissing, "-Accept", "-Except"),
    (V::AcceptWrong, "s3pP", "s3pp"),
    (
        V::AcceptRepeated,
        "Upgrade: w",
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nUpgrade: w",
    ),
    (
        V::ExtensionUnoffered,
        "Upgrade: w",
        "Sec-WebSocket-Extensions: x\r\nUpgrade: w",
    ),
    (
        V::ResponseExtensionMalformed,
        "Upgrade: w",
        "Sec-WebSocket-Extensions: ;\r\nUpgrade: w",
    ),
    (
        V::ExtensionRepeated,
        "Upgrade: w",
        "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=8; server_no_context_takeover, permessage-deflate\r\nUpgrade: w",
    ),
    (
        V::SubprotocolUnoffered,
        "Upgrade: w",
        "Sec-WebSocket-Protocol: x\r\nUpgrade: w",
    ),
    (
        V::SubprotocolRepeated,
        "Upgrade: w",
        "Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: chat\r\nUpgrade: w",
    ),
];

/// Responses to `permessage-deflate; server_no_context_takeover; server_max_window_bits=10`: what
/// follows the name of the extension.
const ANSWERS: &[(Violation, &str)] = &[
    (
        V::DeflateParameterUnknown,
        "; server_no_context_takeover; server_max_window_bits=10; x",
    ),
    (
        V::DeflateParameterRepeated,
        "; server_no_context_takeover; server_no_context_takeover",
    ),
    (
        V::DeflateParameterUnoffered,
        "; server_no_context_takeover; server_max_window_bits=10; client_max_window_bits=10",
    ),
    (V::DeflateParameterIgnored, "; server_max_window_bits=10"),
    (V::DeflateParameterIgnored, "; server_no_context_takeover"),
    (
        V::DeflateValueMissing,
        "; server_no_context_takeover; server_max_window_bits",
    ),
    (
        V::DeflateValueUnexpected,
        "; server_no_context_takeover=1; server_max_window_bits=10",
    ),
    (
        V::DeflateValueNotDecimal,
        "; server_no_context_takeover; server_max_window_bits=0xa",
    ),
    (
        V::DeflateValueLeadingZero,
        "; server_no_context_takeover; server_max_window_bits=09",
    ),
    (
        V::DeflateWindowOutOfRange,
        "; server_no_context_takeover; server_max_window_bits=7",
    ),
    (
        V::DeflateWindowOutOfRange,
        "; server_no_context_takeover; server_max_window_bits=16",
    ),
    (
        V::DeflateWindowLarger,
        "; server_no_context_takeover; server_max_window_bits=11",
    ),
];

const REQUEST: &str = "GET /chat HTTP/1.1\r\nHost: example.org\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

const RESPONSE: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// None of these ends a connection: a reader stops at Close, a 101 response has no body whatever it
/// announces, and the window is 15 anyway.
const NEVER_ANSWERED: [Violation; 3] = [
    V::DataAfterClose,
    V::ResponseBody,
    V::DeflateWindowUnanswered,
];

fn server() -> Endpoint {
    Endpoint::server(ServerConfig {
        max_message: 1000,
        max_head: 250,
        ..ServerConfig::default()
    })
}

fn client() -> Endpoint {
    client_with(Policy::rfc())
}

fn client_with(policy: Policy) -> Endpoint {
    let config = ClientConfig::new("example.org", "/chat", *b"the sample nonce");
    let offer = Parameters {
        server_no_context_takeover: true,
        server_max_window_bits: Some(10),
        ..Parameters::default()
    };
    let config = ClientConfig {
        subprotocols: vec!["chat".into()],
        compression: vec![offer],
        policy,
        ..config
    };
    let mut client = Endpoint::client(config, || [0; 4]);
    client.take_output();
    client
}

/// Returns a server with permessage-deflate and a small window for the client.
fn compressing() -> Endpoint {
    server().already_open().agreeing(small_window())
}

fn small_window() -> Parameters {
    Parameters {
        client_no_context_takeover: true,
        client_max_window_bits: Some(Some(8)),
        ..Parameters::default()
    }
}

/// Returns a message with a copy from distance 257 at the end of its frame.
fn beyond_window() -> Vec<u8> {
    let mut emitter = Emitter::new();
    emitter
        .stored(false, &[b'.'; 300])
        .fixed(
            false,
            &[Token::Copy {
                length: 3,
                distance: 257,
            }],
        )
        .flush();
    FrameWriter::new(Opcode::BINARY, &emitter.finish_message())
        .rsv(4)
        .mask(Some([0; 4]))
        .to_vec()
}

/// Checks that the first thing broken is `violation`, and the answer that of the table.
fn check(mut endpoint: Endpoint, stream: &[u8], violation: Violation, offset: Option<u64>) {
    endpoint.receive(&mut stream.to_vec());
    let Some(Event::Broken(fault, Reaction::Conforming)) = endpoint.poll() else {
        panic!("{violation:?} is not seen")
    };
    assert_eq!(
        (fault.violation, fault.offset),
        (violation, offset.unwrap_or(fault.offset))
    );
    assert_eq!(
        (endpoint.phase(), endpoint.wants_end(), endpoint.poll()),
        (Phase::Closed, true, None)
    );
    let output = endpoint.take_output();
    match violation.answer() {
        Answer::Close(code) => {
            let masked = if endpoint.role() == Role::Client {
                4
            } else {
                0
            };
            let reason = violation.name().as_bytes();
            assert_eq!(output[0], 0x88);
            assert_eq!(
                output[2 + masked..],
                [&code.to_be_bytes()[..], reason].concat()
            );
        }
        Answer::Status(status) => {
            assert!(output.starts_with(format!("HTTP/1.1 {status} ").as_bytes()))
        }
        Answer::Abort | Answer::Nothing => assert!(output.is_empty()),
    }
}

fn edited(text: &str, from: &str, to: &str) -> Vec<u8> {
    assert_eq!(text.matches(from).count(), 1, "{from:?} stands there once");
    text.replace(from, to).into_bytes()
}

#[test]
fn in_frames() {
    for (violation, stream, offset) in FRAMES {
        check(server().already_open(), stream, *violation, Some(*offset));
    }
    check(
        client().already_open(),
        b"\x81\x80",
        V::MaskUnexpected,
        Some(1),
    );
}

#[test]
fn in_compressed_messages() {
    // After the header of 8 bytes: that of the block 5, its contents 300, and 3 + 7 + 5 + 7 bits of
    // the copy.
    for (violation, stream, offset) in
        COMPRESSED
            .iter()
            .copied()
            .chain([(V::DeflateBeyondWindow, &beyond_window()[..], 315)])
    {
        for size in 1..=stream.len() {
            let mut server = compressing();
            for piece in stream.chunks(size) {
                server.receive(&mut piece.to_vec());
            }
            let event = std::iter::from_fn(|| server.poll())
                .find(|event| matches!(event, Event::Broken(..)));
            assert_eq!(
                event,
                Some(Event::Broken(violation.at(offset), Reaction::Conforming)),
                "{violation:?}"
            );
            let Answer::Close(code) = violation.answer() else {
                panic!("{violation:?} closes")
            };
            assert_eq!(server.take_output()[2..4], code.to_be_bytes());
        }
    }
}

#[test]
fn in_the_response_to_an_offer() {
    for (violation, parameters) in ANSWERS {
        let line =
            format!("Sec-WebSocket-Extensions: permessage-deflate{parameters}\r\nUpgrade: w");
        check(
            client(),
            &edited(RESPONSE, "Upgrade: w", &line),
            *violation,
            None,
        );
    }
    for right in [
        "; server_no_context_takeover; server_max_window_bits=10",
        "; server_max_window_bits=\"8\"; server_no_context_takeover; client_no_context_takeover",
    ] {
        let line = format!("Sec-WebSocket-Extensions: permessage-deflate{right}\r\nUpgrade: w");
        let mut client = client();
        client.receive(&mut edited(RESPONSE, "Upgrade: w", &line));
        assert!(matches!(client.poll(), Some(Event::Opened(_))), "{right}");
    }
}

#[test]
fn offsets_count_from_the_first_byte_of_the_connection() {
    for (violation, frames, offset) in FRAMES {
        let mut server = server();
        server.receive(&mut [REQUEST.as_bytes(), frames].concat());
        let broken = Event::Broken(
            violation.at(REQUEST.len() as u64 + offset),
            Reaction::Conforming,
        );
        assert!(matches!(server.poll(), Some(Event::Opened(_))));
        assert_eq!(server.poll(), Some(broken));
    }
}

#[test]
fn in_the_opening_request() {
    for (violation, from, to) in REQUESTS {
        check(server(), &edited(REQUEST, from, to), *violation, None);
    }
}

#[test]
fn in_the_response() {
    for (violation, from, to) in RESPONSES {
        check(client(), &edited(RESPONSE, from, to), *violation, None);
    }
}

#[test]
fn an_end_inside_the_head() {
    for mut endpoint in [server(), client()] {
        let head = if endpoint.role() == Role::Server {
            REQUEST
        } else {
            RESPONSE
        };
        endpoint.receive(&mut head.as_bytes()[..20].to_vec());
        endpoint.receive_end();
        assert_eq!(
            endpoint.poll(),
            Some(Event::Broken(V::EndInHead.at(19), Reaction::Conforming))
        );
        assert_eq!(endpoint.poll(), Some(Event::Ended));
        assert!(endpoint.take_output().is_empty());
    }
}

#[test]
fn some_violations_have_no_answer() {
    let mut server = server().already_open();
    server.receive(&mut b"\x88\x80\0\0\0\0\x82\x80\0\0\0\0".to_vec());
    assert_eq!(
        (server.poll(), server.poll()),
        (Some(Event::Close(vec![])), None),
        "nothing is read behind Close"
    );
    assert_eq!(server.take_output(), [0x88, 0]);

    let mut client = client();
    client.receive(&mut edited(
        RESPONSE,
        "Upgrade: w",
        "Content-Length: 2\r\nUpgrade: w",
    ));
    assert!(matches!(client.poll(), Some(Event::Opened(_))));
}

#[test]
fn no_violation_is_left_out() {
    let frames = FRAMES
        .iter()
        .chain(COMPRESSED)
        .map(|row| row.0)
        .chain(ANSWERS.iter().map(|row| row.0));
    let heads = REQUESTS.iter().chain(RESPONSES).map(|row| row.0);
    let others = [V::MaskUnexpected, V::EndInHead, V::DeflateBeyondWindow]
        .into_iter()
        .chain(NEVER_ANSWERED);
    let mut shown: Vec<Violation> = frames.chain(heads).chain(others).collect();
    shown.sort_unstable();
    shown.dedup();
    let mut all = Violation::ALL.to_vec();
    all.sort_unstable();
    assert_eq!(shown, all);
}

/// What an endpoint did: its answer, whether it is open, whether it ends the transport.
fn done(
    mut endpoint: Endpoint,
    stream: &[u8],
    violation: Violation,
    reaction: Reaction,
) -> (Vec<u8>, bool, bool) {
    endpoint.receive(&mut stream.to_vec());
    let broken = |event: &Event| matches!(event, Event::Broken(f, r) if f.violation == violation && *r == reaction);
    assert!(
        std::iter::from_fn(|| endpoint.poll()).any(|event| broken(&event)),
        "{violation:?} {reaction:?}"
    );
    (
        endpoint.take_output(),
        endpoint.phase() == Phase::Open,
        endpoint.wants_end(),
    )
}

#[test]
fn every_reaction_can_be_selected_for_every_violation() {
    let window = beyond_window();
    let frames = FRAMES.iter().map(|row| (row.0, row.1));
    let frames = frames
        .chain([(V::DeflateBeyondWindow, &window[..])])
        .chain(COMPRESSED.iter().map(|row| (row.0, row.1)));
    let with = |violation, reaction| Policy::rfc().with(violation, reaction);
    for (violation, stream) in frames {
        let run = |reaction| {
            let mut config = ServerConfig {
                max_message: 1000,
                ..ServerConfig::default()
            };
            config.policy = with(violation, reaction);
            let server = Endpoint::server(config).already_open();
            let compressed =
                violation.clause().rfc == 7692 || stream[0] & 0x40 != 0 && stream.len() > 1;
            done(
                if compressed {
                    server.agreeing(small_window())
                } else {
                    server
                },
                stream,
                violation,
                reaction,
            )
        };
        assert_eq!(run(Reaction::Drop), (vec![], false, true), "{violation:?}");
        assert_eq!(run(Reaction::Stall), (vec![], true, false), "{violation:?}");
        let (output, open, ends) = run(Reaction::WrongCode(4321));
        assert_eq!(
            (&output[2..4], open, ends),
            (&4321u16.to_be_bytes()[..], false, true),
            "{violation:?}"
        );
        // A Close frame is answered all the same, but not with an accusation.
        assert!(
            !run(Reaction::Ignore)
                .0
                .ends_with(violation.name().as_bytes()),
            "{violation:?}"
        );
    }
    for (violation, from, to) in REQUESTS {
        let run = |reaction| {
            let policy = with(*violation, reaction);
            let server = Endpoint::server(ServerConfig {
                policy,
                max_head: 250,
                ..ServerConfig::default()
            });
            done(server, &edited(REQUEST, from, to), *violation, reaction)
        };
        assert_eq!(run(Reaction::Drop), (vec![], false, true), "{violation:?}");
        assert_eq!(
            run(Reaction::Stall),
            (vec![], false, false),
            "{violation:?}"
        );
        let (output, open, ends) = run(Reaction::WrongStatus(499));
        assert!(
            output.starts_with(b"HTTP/1.1 499 ") && !open && ends,
            "{violation:?}"
        );
    }
    let answers = ANSWERS.iter().map(|(violation, parameters)| {
        let line =
            format!("Sec-WebSocket-Extensions: permessage-deflate{parameters}\r\nUpgrade: w");
        (*violation, edited(RESPONSE, "Upgrade: w", &line))
    });
    let responses = RESPONSES
        .iter()
        .map(|(violation, from, to)| (*violation, edited(RESPONSE, from, to)));
    for (violation, stream) in responses.chain(answers) {
        let run = |reaction| {
            done(
                client_with(with(violation, reaction)),
                &stream,
                violation,
                reaction,
            )
        };
        for reaction in [
            Reaction::Drop,
            Reaction::WrongCode(4321),
            Reaction::WrongStatus(499),
        ] {
            // A client sends nothing: it ends the connection.
            assert_eq!(run(reaction), (vec![], false, true), "{violation:?}");
        }
        assert_eq!(
            run(Reaction::Stall),
            (vec![], false, false),
            "{violation:?}"
        );
        assert_eq!(
            run(Reaction::Ignore),
            (vec![], true, false),
            "{violation:?}"
        );
    }
}

/// What makes it impossible to go on is answered even by a policy that ignores everything.
#[test]
fn a_policy_that_ignores_goes_on_where_it_can() {
    let stops = [V::HeadTooLarge, V::StartLineMalformed, V::FieldMalformed];
    for (violation, from, to) in REQUESTS {
        let policy = Policy::always(Reaction::Ignore);
        let mut server = Endpoint::server(ServerConfig {
            policy,
            max_head: 250,
            ..ServerConfig::default()
        });
        server.receive(&mut edited(REQUEST, from, to));
        let opened = server.phase() == Phase::Open;
        assert_eq!(opened, !stops.contains(violation), "{violation:?}");
    }
    for (violation, stream, offset) in FRAMES {
        let policy = Policy::always(Reaction::Ignore);
        let mut server = Endpoint::server(ServerConfig {
            policy,
            max_message: 1000,
            ..ServerConfig::default()
        });
        server = server.already_open();
        server.receive(&mut stream.to_vec());
        let first =
            std::iter::from_fn(|| server.poll()).find(|event| matches!(event, Event::Broken(..)));
        assert_eq!(
            first,
            Some(Event::Broken(violation.at(*offset), Reaction::Ignore))
        );
    }
}

//! Every violation, shown by the smallest stream that commits it, and what a conforming endpoint
//! answers.

mod reactions;
mod table;

use Violation as V;
use table::{ANSWERS, COMPRESSED, FRAMES, NEVER_ANSWERED, REQUEST, REQUESTS, RESPONSE, RESPONSES};
use wsspec_core::deflate::emit::{Emitter, Token};
use wsspec_core::deflate::negotiation::Parameters;
use wsspec_core::endpoint::{ClientConfig, Endpoint, Event, Phase, ServerConfig};
use wsspec_core::frame::{FrameWriter, Opcode};
use wsspec_core::{Answer, Policy, Reaction, Role, Violation};

pub(crate) fn server() -> Endpoint {
    Endpoint::server(ServerConfig {
        max_message: 1000,
        max_head: 250,
        ..ServerConfig::default()
    })
}

pub(crate) fn client() -> Endpoint {
    client_with(Policy::rfc())
}

pub(crate) fn client_with(policy: Policy) -> Endpoint {
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

pub(crate) fn small_window() -> Parameters {
    Parameters {
        client_no_context_takeover: true,
        client_max_window_bits: Some(Some(8)),
        ..Parameters::default()
    }
}

/// Returns a message with a copy from distance 257 at the end of its frame.
pub(crate) fn beyond_window() -> Vec<u8> {
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
            assert!(output.starts_with(format!("HTTP/1.1 {status} ").as_bytes()));
        }
        Answer::Abort | Answer::Nothing => assert!(output.is_empty()),
    }
}

pub(crate) fn edited(text: &str, from: &str, to: &str) -> Vec<u8> {
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
        "nothing is read after Close"
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

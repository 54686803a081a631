//! What an endpoint does about each violation under each policy.

use crate::table::{ANSWERS, COMPRESSED, FRAMES, REQUEST, REQUESTS, RESPONSE, RESPONSES};
use crate::{beyond_window, client_with, edited, small_window};
use Violation as V;
use wsspec_core::endpoint::{Endpoint, Event, Phase, ServerConfig};
use wsspec_core::{Policy, Reaction, Violation};

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

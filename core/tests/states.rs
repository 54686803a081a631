//! The state tables: their diagrams in `core/STATES.md` are generated, and an endpoint does what
//! they say.

use std::fmt::{Debug, Write as _};
use std::fs;
use std::path::Path;

use wsspec_core::Role;
use wsspec_core::close::CloseCode;
use wsspec_core::endpoint::{
    Action, ClientConfig, ConnectionEvent, ConnectionState, Endpoint, Ends, OpeningEvent,
    OpeningState, Phase, ServerConfig,
};
use wsspec_core::frame::{FrameKind, MessageKind, Sequence};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/STATES.md");

const ROLES: [Role; 2] = [Role::Server, Role::Client];

const REQUEST: &[u8] =
    b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const RESPONSE: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

fn endpoint(role: Role) -> Endpoint {
    let mut endpoint = match role {
        Role::Server => Endpoint::server(ServerConfig::default()),
        Role::Client => {
            Endpoint::client(ClientConfig::new("a", "/", *b"the sample nonce"), || [0; 4])
        }
    };
    endpoint.take_output();
    endpoint
}

fn receive_head(endpoint: &mut Endpoint) {
    let head = match endpoint.role() {
        Role::Server => REQUEST,
        Role::Client => RESPONSE,
    };
    endpoint.receive(&mut head.to_vec());
}

/// Hands over a frame without payload, or with a close code, as the peer of the endpoint sends it.
fn receive_frame(endpoint: &mut Endpoint, frame: &[u8]) {
    let mut bytes = match endpoint.role() {
        Role::Server => [&[frame[0], frame[1] | 0x80, 0, 0, 0, 0], &frame[2..]].concat(),
        Role::Client => frame.to_vec(),
    };
    endpoint.receive(&mut bytes);
}

fn opening(endpoint: &mut Endpoint, event: OpeningEvent) {
    match event {
        OpeningEvent::Accepted => receive_head(endpoint),
        OpeningEvent::Rejected => endpoint.receive(&mut b"NO\r\n\r\n".to_vec()),
        OpeningEvent::TransportEnded => endpoint.receive_end(),
    }
}

fn connection(endpoint: &mut Endpoint, event: ConnectionEvent) {
    match event {
        ConnectionEvent::ClosedByApplication => endpoint.close(CloseCode::NORMAL, ""),
        ConnectionEvent::ClosedByPeer => receive_frame(endpoint, &[0x88, 2, 3, 0xe8]),
        ConnectionEvent::Failed => receive_frame(endpoint, &[0xf2, 0]),
        ConnectionEvent::TransportEnded => endpoint.receive_end(),
    }
}

/// Checks that the endpoint came to `phase`, sent something, and ended the transport, as `action`
/// says.
fn assert_does(mut endpoint: Endpoint, phase: Phase, sends: bool, action: Action, what: &str) {
    assert_eq!(endpoint.phase(), phase, "{what}");
    assert_eq!(!endpoint.take_output().is_empty(), sends, "{what}");
    let ends = action.ends.applies_to(endpoint.role());
    assert_eq!(endpoint.wants_end(), ends, "{what}");
}

/// Only while the head is read: what comes later are frames, which the other table is about.
#[test]
fn an_endpoint_opens_as_the_table_says() {
    for role in ROLES {
        for event in OpeningEvent::ALL {
            let (state, action) = OpeningState::Reading.next(event);
            let phase = match state {
                OpeningState::Reading => Phase::Connecting,
                OpeningState::Done => Phase::Open,
                OpeningState::Aborted => Phase::Closed,
            };
            let mut endpoint = endpoint(role);
            opening(&mut endpoint, event);
            let sends = action.sends && role == Role::Server;
            assert_does(
                endpoint,
                phase,
                sends,
                action,
                &format!("{role:?} {event:?}"),
            );
        }
    }
}

#[test]
fn an_open_endpoint_does_what_the_table_says() {
    use ConnectionEvent::{ClosedByApplication, TransportEnded};
    for (role, state) in ROLES
        .into_iter()
        .flat_map(|r| ConnectionState::ALL.map(|s| (r, s)))
    {
        for event in ConnectionEvent::ALL {
            let mut endpoint = endpoint(role);
            receive_head(&mut endpoint);
            match state {
                ConnectionState::Open => {}
                ConnectionState::Closing => connection(&mut endpoint, ClosedByApplication),
                ConnectionState::Closed => connection(&mut endpoint, TransportEnded),
            }
            endpoint.take_output();
            connection(&mut endpoint, event);
            let (next, mut action) = state.next(event);
            let phase = match next {
                ConnectionState::Open => Phase::Open,
                ConnectionState::Closing => Phase::Closing,
                ConnectionState::Closed => Phase::Closed,
            };
            if state == ConnectionState::Closed {
                // It has ended the transport already.
                action.ends = Ends::Either;
            }
            let what = format!("{role:?} {state:?} {event:?}");
            assert_does(endpoint, phase, action.sends, action, &what);
        }
    }
}

/// Nothing leads out of the states that end a table.
#[test]
fn final_states_are_final() {
    for event in OpeningEvent::ALL {
        for state in [OpeningState::Done, OpeningState::Aborted] {
            assert_eq!(state.next(event).0, state);
            assert!(!state.next(event).1.sends);
        }
    }
    for event in ConnectionEvent::ALL {
        let (state, action) = ConnectionState::Closed.next(event);
        assert_eq!((state, action.sends), (ConnectionState::Closed, false));
    }
}

/// Messages, pings and the application's sends change no state; what they do depends on it.
#[test]
fn what_flows_depends_on_the_state() {
    for role in ROLES {
        let mut endpoint = endpoint(role);
        endpoint.send(MessageKind::Text, b"x");
        assert!(endpoint.take_output().is_empty());
        receive_head(&mut endpoint);
        endpoint.take_output();
        for (phase, sends) in [(Phase::Open, 1), (Phase::Closing, 0), (Phase::Closed, 0)] {
            match phase {
                Phase::Closing => endpoint.close(CloseCode::NORMAL, ""),
                Phase::Closed => endpoint.receive_end(),
                _ => {}
            }
            endpoint.take_output();
            endpoint.send(MessageKind::Text, b"");
            endpoint.ping(b"");
            let size = if role == Role::Client { 6 } else { 2 };
            assert_eq!(endpoint.take_output().len(), sends * 2 * size);
            receive_frame(&mut endpoint, &[0x89, 0]);
            let pong = usize::from(phase != Phase::Closed);
            assert_eq!(endpoint.take_output().len(), pong * size);
            assert_eq!(endpoint.phase(), phase);
        }
    }
}

/// Returns a state diagram: every arrow with the events that lead along it.
fn diagram<S: Copy + PartialEq + Debug>(
    states: &[S],
    mut arrows: impl FnMut(S, S) -> Vec<Vec<String>>,
) -> String {
    let mut text = format!("```mermaid\nstateDiagram-v2\n    [*] --> {:?}\n", states[0]);
    for from in states {
        for to in states {
            for events in arrows(*from, *to)
                .iter()
                .filter(|events| !events.is_empty())
            {
                let _ = writeln!(text, "    {from:?} --> {to:?}: {}", events.join(", "));
            }
        }
    }
    text + "```\n"
}

fn sequence_diagram() -> String {
    diagram(&Sequence::ALL, |from, to| {
        let (mut conforming, mut broken) = (Vec::new(), Vec::new());
        for kind in FrameKind::ALL {
            match from.next(kind) {
                (next, None) if next == to => conforming.push(format!("{kind:?}")),
                (next, Some(violation)) if next == to => {
                    broken.push(format!("{kind:?} is {}", violation.name()));
                }
                _ => {}
            }
        }
        vec![conforming, broken]
    })
}

/// Returns the event, and what the endpoint does about it.
fn event_and_action(event: impl Debug, action: Action, sent: &str) -> String {
    let mut text = format!("{event:?}");
    if action.sends {
        let _ = write!(text, " / {sent}");
    }
    match action.ends {
        Ends::Neither => {}
        Ends::Server => text.push_str(" / server ends"),
        Ends::Either => text.push_str(" / ends"),
    }
    text
}

fn opening_diagram() -> String {
    diagram(&OpeningState::ALL, |from, to| {
        let arrow = |event: OpeningEvent| {
            let (next, action) = from.next(event);
            let changes = next == to && (next != from || action.sends);
            changes.then(|| vec![event_and_action(event, action, "server responds")])
        };
        OpeningEvent::ALL.into_iter().filter_map(arrow).collect()
    })
}

fn connection_diagram() -> String {
    diagram(&ConnectionState::ALL, |from, to| {
        let arrow = |event: ConnectionEvent| {
            let (next, action) = from.next(event);
            let does = next != from || action.sends || action.ends != Ends::Neither;
            (next == to && does).then(|| vec![event_and_action(event, action, "sends Close")])
        };
        ConnectionEvent::ALL.into_iter().filter_map(arrow).collect()
    })
}

fn states() -> String {
    format!(
        "# The states of a connection

Generated from the tables by `WSSPEC_UPDATE=1 cargo test -p wsspec-core --test states`. A test checks that this file is
up to date, and that an endpoint does what the tables say.

## The opening handshake

RFC 6455 §4, `wsspec_core::endpoint::OpeningState`. After a slash: what the endpoint does, if it is to do anything.
*ends* means that it ends the transport.

{}
## The closing handshake

RFC 6455 §5.5.1 and §7, `wsspec_core::endpoint::ConnectionState`. Messages, pings and pongs change nothing here.

{}
## The order of frames

RFC 6455 §5.4 and §5.5.1, `wsspec_core::frame::Sequence`. An arrow with *is* breaks the rule that it names; the state is
that of a reader that goes on regardless.

{}",
        opening_diagram(),
        connection_diagram(),
        sequence_diagram(),
    )
}

#[test]
fn the_diagrams_are_generated_from_the_tables() {
    if std::env::var_os("WSSPEC_UPDATE").is_some() {
        fs::write(Path::new(PATH), states()).unwrap();
    }
    let written = fs::read_to_string(PATH).unwrap();
    assert!(
        written == states(),
        "{PATH} is out of date; run this test once with WSSPEC_UPDATE=1"
    );
}

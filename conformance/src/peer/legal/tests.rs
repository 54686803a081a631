//! Each reaction, trigger, background and limit does what it says, by the events that an endpoint
//! sees on the other side.

use std::collections::BTreeSet;

use wsspec_core::Role;
use wsspec_core::close::split_body;
use wsspec_core::endpoint::{ClientConfig, Endpoint, Event, ServerConfig};
use wsspec_core::frame::MessageKind::{self, Binary, Text};
use wsspec_core::policy::Reaction as PolicyReaction;
use wsspec_core::violation::Violation;

use super::application::Ticks;
use super::*;
use crate::peer::{PeerConnection, PlantedFault, ReferencePeer};

const ECHO: LegalApplication = LegalApplication {
    name: std::borrow::Cow::Borrowed("echo"),
    about: std::borrow::Cow::Borrowed("echoes"),
    reaction: Reaction::Echo,
    trigger: Trigger::All,
    background: Background::None,
    limit: Limit::None,
};
const ACK: Answer = Answer::Text("ack");

/// An application on a connection, and a conforming endpoint on the other side.
struct Talk {
    peer: PeerConnection,
    other: Endpoint,
}

/// What the other side saw.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Saw {
    Message(MessageKind, Vec<u8>),
    Ping,
    Close(Option<u16>),
    /// The peer broke a rule, or refused the opening.
    Broken(Violation),
}

fn text(text: &str) -> Saw {
    Saw::Message(Text, text.as_bytes().to_vec())
}

impl Talk {
    fn with(application: &LegalApplication) -> Talk {
        Talk::of(
            &ReferencePeer::conforming().running(application),
            Role::Server,
            "/",
        )
    }

    /// A peer in this role; a client on the other side asks for `target`.
    fn of(peer: &ReferencePeer, role: Role, target: &str) -> Talk {
        let other = match role {
            Role::Server => {
                Endpoint::client(ClientConfig::new("wsspec.invalid", target, [7; 16]), || {
                    [1, 2, 3, 4]
                })
            }
            Role::Client => Endpoint::server(ServerConfig::default()),
        };
        Talk {
            peer: peer.connection(role, 0),
            other,
        }
    }

    /// Passes bytes to and fro until both sides are silent.
    fn settle(&mut self) -> Vec<Saw> {
        loop {
            let mut out = self.other.take_output();
            let mut back = self.peer.take_output();
            if out.is_empty() && back.is_empty() {
                break;
            }
            self.other.receive(&mut back);
            if !out.is_empty() {
                self.peer.receive(&mut out);
            }
        }
        let mut saw = Vec::new();
        while let Some(event) = self.other.poll() {
            saw.extend(match event {
                Event::Message(kind, payload) => Some(Saw::Message(kind, payload)),
                Event::Ping(_) => Some(Saw::Ping),
                Event::Close(body) => Some(Saw::Close(split_body(&body).map(|(code, _)| code.0))),
                Event::Broken(fault, PolicyReaction::Conforming) => {
                    Some(Saw::Broken(fault.violation))
                }
                _ => None,
            });
        }
        saw
    }

    fn say(&mut self, kind: MessageKind, payload: &[u8]) -> Vec<Saw> {
        let mut saw = self.settle();
        self.other.send(kind, payload);
        saw.extend(self.settle());
        saw
    }

    /// Lets time pass as a driver does: no more than there is something to wait for.
    fn wait(&mut self, ticks: Ticks) -> Vec<Saw> {
        let mut saw = self.settle();
        for _ in 0..ticks {
            if self.peer.has_delayed_output() {
                self.peer.tick();
                saw.extend(self.settle());
            }
        }
        saw
    }
}

fn reacting(reaction: Reaction) -> LegalApplication {
    LegalApplication { reaction, ..ECHO }
}

fn triggered(trigger: Trigger) -> LegalApplication {
    LegalApplication {
        trigger,
        ..reacting(Reaction::None)
    }
}

fn besides(background: Background) -> LegalApplication {
    LegalApplication { background, ..ECHO }
}

fn limited(limit: Limit) -> LegalApplication {
    LegalApplication { limit, ..ECHO }
}

#[test]
fn every_reaction_is_as_it_says() {
    let rows: [(Reaction, Vec<Saw>); 8] = [
        (Reaction::Echo, vec![text("Ab")]),
        (Reaction::Another(ACK), vec![text("ack")]),
        (Reaction::Another(Answer::UpperCase), vec![text("AB")]),
        (
            Reaction::Two(ACK, Answer::Echo),
            vec![text("ack"), text("Ab")],
        ),
        (Reaction::ToOthers, vec![]),
        (Reaction::None, vec![]),
        (Reaction::Late(3), vec![]),
        (Reaction::OneForMany(2), vec![]),
    ];
    for (reaction, expected) in rows {
        assert_eq!(
            Talk::with(&reacting(reaction)).say(Text, b"Ab"),
            expected,
            "{reaction:?}"
        );
    }
}

#[test]
fn one_answer_stands_for_many_messages() {
    let mut talk = Talk::with(&reacting(Reaction::OneForMany(3)));
    let answers: Vec<usize> = (0..7).map(|_| talk.say(Binary, b"x").len()).collect();
    assert_eq!(answers, [0, 0, 1, 0, 0, 1, 0]);
}

#[test]
fn a_late_answer_takes_its_time() {
    let mut talk = Talk::with(&reacting(Reaction::Late(3)));
    assert_eq!(talk.say(Text, b"a"), []);
    assert_eq!(talk.wait(2), []);
    assert_eq!(talk.wait(1), [text("a")]);
    assert!(!talk.peer.has_delayed_output());
}

/// However many messages come without any time passing, few answers wait.
#[test]
fn late_answers_are_bounded() {
    let mut talk = Talk::with(&reacting(Reaction::Late(3)));
    let early: usize = (0..1_200).map(|_| talk.say(Text, b"a").len()).sum();
    assert_eq!(early, 200);
    assert_eq!(talk.wait(3).len(), 1_000);
}

/// A proper closing handshake: the application waits for the answer to its Close, and the server
/// ends the connection after it.
#[test]
fn an_application_closes_with_its_code() {
    for code in [1000, 1001, 1003, 1008, 1011, 4400] {
        let mut talk = Talk::with(&reacting(Reaction::Close(code)));
        assert!(talk.settle().is_empty());
        assert!(!talk.peer.wants_end());
        assert_eq!(talk.say(Text, b"a"), [Saw::Close(Some(code))]);
        assert!(talk.peer.wants_end());
    }
}

#[test]
fn every_trigger_holds_for_its_messages() {
    let messages: [(MessageKind, &[u8]); 4] = [
        (Text, br#"{"a": 1}"#),
        (Binary, b"17"),
        (Text, b"Hello"),
        (Binary, b""),
    ];
    // Whether each of them is echoed, where what triggers is not answered.
    let rows: [(Trigger, [bool; 4]); 6] = [
        (Trigger::All, [false, false, false, false]),
        (Trigger::Kind(Text), [false, true, false, true]),
        (Trigger::Kind(Binary), [true, false, true, false]),
        (Trigger::NotJson, [true, true, false, false]),
        (Trigger::Nth(2), [true, false, true, false]),
        (
            Trigger::Size { least: 0, most: 2 },
            [true, false, true, false],
        ),
    ];
    for (trigger, echoed) in rows {
        let mut talk = Talk::with(&triggered(trigger));
        for ((kind, payload), echoed) in messages.into_iter().zip(echoed) {
            let expected: Vec<Saw> = echoed
                .then(|| Saw::Message(kind, payload.to_vec()))
                .into_iter()
                .collect();
            assert_eq!(talk.say(kind, payload), expected, "{trigger:?}");
        }
    }
}

#[test]
fn it_greets_once() {
    let mut talk = Talk::with(&besides(Background::Greets));
    assert!(matches!(*talk.settle(), [Saw::Message(Text, _)]));
    assert_eq!(talk.say(Text, b"a"), [text("a")]);
}

#[test]
fn it_pushes_and_pings_as_time_passes() {
    let mut pushing = Talk::with(&besides(Background::Pushes(2)));
    assert_eq!(pushing.say(Text, b"a"), [text("a")]);
    let pushed = pushing.wait(7);
    assert_eq!(pushed.len(), 3);
    assert!(
        pushed
            .iter()
            .all(|saw| matches!(saw, Saw::Message(Text, _)))
    );
    let mut pinging = Talk::with(&besides(Background::Pings(2)));
    assert_eq!(pinging.wait(7), [Saw::Ping, Saw::Ping, Saw::Ping]);
}

/// Every conversation ends: what it sends of its own accord is bounded.
#[test]
fn what_it_sends_of_its_own_accord_ends() {
    for background in [Background::Pushes(1), Background::Pings(1)] {
        let mut talk = Talk::with(&besides(background));
        assert_eq!(talk.wait(1_000).len(), 400);
        assert!(!talk.peer.has_delayed_output());
    }
}

#[test]
fn it_wants_a_login_first() {
    let login = Background::LOGIN.as_bytes();
    let mut ignoring = Talk::with(&besides(Background::Login(Unauthorized::Ignored)));
    assert_eq!(ignoring.say(Text, b"a"), []);
    assert_eq!(ignoring.say(Text, login), [text(Background::WELCOME)]);
    assert_eq!(ignoring.say(Text, b"a"), [text("a")]);
    let mut closing = Talk::with(&besides(Background::Login(Unauthorized::Closes)));
    assert_eq!(closing.say(Text, login), [text(Background::WELCOME)]);
    assert_eq!(closing.say(Text, b"a"), [text("a")]);
    let mut closing = Talk::with(&besides(Background::Login(Unauthorized::Closes)));
    assert_eq!(closing.say(Binary, login), [Saw::Close(Some(4401))]);
}

#[test]
fn it_limits_messages() {
    let mut talk = Talk::with(&limited(Limit::Rate(2)));
    assert_eq!(talk.say(Text, b"a"), [text("a")]);
    assert_eq!(talk.say(Text, b"b"), [text("b")]);
    assert_eq!(talk.say(Text, b"c"), [Saw::Close(Some(1008))]);
    let mut talk = Talk::with(&limited(Limit::Message(3)));
    assert_eq!(talk.say(Text, b"abc"), [text("abc")]);
    assert_eq!(talk.say(Text, b"abcd"), [Saw::Close(Some(1009))]);
}

#[test]
fn a_connection_lives_as_long_as_it_may() {
    let mut talk = Talk::with(&limited(Limit::Lifetime(5)));
    assert_eq!(talk.wait(4), []);
    assert_eq!(talk.say(Text, b"a"), [text("a")]);
    assert_eq!(talk.wait(1), [Saw::Close(Some(1001))]);
    assert!(talk.peer.wants_end());
}

#[test]
fn a_large_head_is_refused() {
    let peer = ReferencePeer::conforming().running(&limited(Limit::Head(512)));
    let mut small = Talk::of(&peer, Role::Server, "/");
    assert_eq!(small.say(Text, b"a"), [text("a")]);
    let large = format!("/{}", "a".repeat(512));
    let mut large = Talk::of(&peer, Role::Server, &large);
    assert_eq!(large.settle(), [Saw::Broken(Violation::StatusNot101)]);
    let mut request = large_request();
    let mut connection = peer.connection(Role::Server, 0);
    connection.receive(&mut request);
    assert!(connection.take_output().starts_with(b"HTTP/1.1 431 "));
}

fn large_request() -> Vec<u8> {
    format!("GET /{} HTTP/1.1\r\n", "a".repeat(512)).into_bytes()
}

#[test]
fn a_client_has_applications_too() {
    let peer = ReferencePeer::conforming().running(&reacting(Reaction::Close(1008)));
    let mut talk = Talk::of(&peer, Role::Client, "");
    assert_eq!(talk.say(Text, b"a"), [Saw::Close(Some(1008))]);
}

/// What is planted in the endpoint, and between it and the wire, stays; so does a greeting by which
/// a client is seen to open.
#[test]
fn a_planted_fault_stays_below_an_application() {
    let planted = |name: &str| {
        let fault = PlantedFault::named(name).unwrap_or_else(|| panic!("no fault {name}"));
        fault.peer().running(&reacting(Reaction::Another(ACK)))
    };
    let mut masking = Talk::of(&planted("wrong-mask"), Role::Server, "/");
    assert_eq!(
        masking.say(Text, b"a"),
        [Saw::Broken(Violation::MaskUnexpected)]
    );
    let mut cut = Talk::of(&planted("empty-messages-lost"), Role::Server, "/");
    assert_eq!(cut.say(Text, b""), [text("ack")]);
    let mut greeting = Talk::of(&planted("status-ignored-greets"), Role::Client, "");
    assert!(matches!(*greeting.settle(), [Saw::Message(Text, _)]));
    assert_eq!(greeting.say(Text, b"a"), [text("ack")]);
}

#[test]
fn names_are_unique() {
    let names: BTreeSet<&str> = LegalApplication::all().iter().map(|a| &*a.name).collect();
    assert_eq!(names.len(), LegalApplication::all().len());
    assert!(LegalApplication::named("silent-sink").is_some());
}

/// Every kind of value of every column occurs among the applications.
#[test]
fn the_catalogue_covers_the_grid() {
    let all = LegalApplication::all();
    for code in [1000, 1001, 1003, 1008, 1011, 4400] {
        assert!(all.iter().any(|a| a.reaction == Reaction::Close(code)));
    }
    let kinds = |kind: fn(&LegalApplication) -> bool| all.iter().any(kind);
    assert!(kinds(|a| matches!(a.reaction, Reaction::Another(_))));
    assert!(kinds(|a| matches!(a.reaction, Reaction::Two(..))));
    assert!(kinds(|a| matches!(a.reaction, Reaction::OneForMany(_))));
    assert!(kinds(|a| matches!(a.reaction, Reaction::Late(_))));
    assert!(kinds(|a| matches!(a.trigger, Trigger::Nth(_))));
    assert!(kinds(|a| matches!(a.trigger, Trigger::Size { .. })));
    assert!(kinds(|a| matches!(a.background, Background::Login(_))));
    assert!(kinds(|a| matches!(a.background, Background::Pushes(_))));
    assert!(kinds(|a| matches!(a.background, Background::Pings(_))));
    assert!(kinds(|a| matches!(a.limit, Limit::Rate(_))));
    assert!(kinds(|a| matches!(a.limit, Limit::Message(_))));
    assert!(kinds(|a| matches!(a.limit, Limit::Lifetime(_))));
    assert!(kinds(|a| matches!(a.limit, Limit::Head(_))));
}

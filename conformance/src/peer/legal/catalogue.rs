//! The applications with a name of their own.

use wsspec_core::frame::MessageKind::{Binary, Text};

use super::application::{Answer, Background, LegalApplication, Limit, Reaction};
use super::application::{Trigger, Unauthorized};
use super::drawn::{HEAD_LIMIT, LATE, LIFETIME, MESSAGE_LIMIT, RATE, RECEIVED};

/// JSON-RPC's answer to what is no request that it knows.
const JSON_RPC_ERROR: Answer = Answer::Text(
    r#"{"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid Request"},"id":null}"#,
);

/// An echo server under this name.
fn echo(name: &'static str, about: &'static str) -> LegalApplication {
    LegalApplication {
        name: name.into(),
        about: about.into(),
        reaction: Reaction::Echo,
        trigger: Trigger::All,
        background: Background::None,
        limit: Limit::None,
    }
}

fn reacts(
    name: &'static str,
    trigger: Trigger,
    reaction: Reaction,
    about: &'static str,
) -> LegalApplication {
    LegalApplication {
        reaction,
        trigger,
        ..echo(name, about)
    }
}

fn besides(name: &'static str, background: Background, about: &'static str) -> LegalApplication {
    LegalApplication {
        background,
        ..echo(name, about)
    }
}

fn limited(name: &'static str, limit: Limit, about: &'static str) -> LegalApplication {
    LegalApplication {
        limit,
        ..echo(name, about)
    }
}

/// The rows.
#[rustfmt::skip]
pub(super) fn rows() -> Vec<LegalApplication> {
    vec![
        reacts("silent-sink", Trigger::All, Reaction::None, "answers nothing"),
        reacts("chat", Trigger::All, Reaction::ToOthers, "passes every message on to the others"),
        reacts("acknowledges", Trigger::All, Reaction::Another(RECEIVED),
            "acknowledges every message"),
        reacts("json-rpc", Trigger::All, Reaction::Another(JSON_RPC_ERROR),
            "answers what it does not know with a JSON-RPC error"),
        reacts("answers-twice", Trigger::All, Reaction::Two(RECEIVED, Answer::Echo),
            "acknowledges every message, and echoes it"),
        reacts("one-for-three", Trigger::All, Reaction::OneForMany(3),
            "acknowledges every third message"),
        reacts("answers-late", Trigger::All, Reaction::Late(LATE), "echoes after 30 ms"),
        reacts("upper-cases-text", Trigger::Kind(Text), Reaction::Another(Answer::UpperCase),
            "echoes text in upper case"),
        reacts("echoes-text-only", Trigger::Kind(Binary), Reaction::None,
            "does not answer binary messages"),
        reacts("drops-empty-messages", Trigger::Size { least: 0, most: 0 }, Reaction::None,
            "does not answer empty messages"),
        reacts("closes-1000-on-first", Trigger::All, Reaction::Close(1000),
            "closes with 1000 after the first message"),
        reacts("closes-1003-on-binary", Trigger::Kind(Binary), Reaction::Close(1003),
            "closes with 1003 on a binary message"),
        reacts("closes-1008-on-not-json", Trigger::NotJson, Reaction::Close(1008),
            "closes with 1008 on what is not JSON"),
        LegalApplication {
            background: Background::Login(Unauthorized::Closes),
            ..reacts("graphql", Trigger::NotJson, Reaction::Close(4400),
                "wants a login first (or closes with 4401), then JSON (or closes with 4400)")
        },
        besides("login-ignores", Background::Login(Unauthorized::Ignored),
            "ignores every message before a login"),
        besides("greets", Background::Greets, "sends a message when the connection opens"),
        besides("pushes", Background::Pushes(2), "sends a message every 6 ms"),
        besides("pings", Background::Pings(8), "sends a ping every 24 ms"),
        limited("limit-rate", Limit::Rate(RATE), "closes with 1008 after eight messages"),
        limited("limit-4-kib", Limit::Message(MESSAGE_LIMIT),
            "refuses messages of more than 4 KiB with 1009"),
        limited("limit-lifetime", Limit::Lifetime(LIFETIME),
            "closes with 1001 when a connection is 120 ms old"),
        limited("limit-head", Limit::Head(HEAD_LIMIT), "refuses heads of more than 1 KiB with 431"),
    ]
}

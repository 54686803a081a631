//! The applications drawn from the grid.
//!
//! Each column of the grid is a deck that has each of its values equally often, shuffled by a fixed
//! seed; the tops of the four decks make an application. So every value occurs, in combinations
//! that no one chose.

use wsspec_core::frame::MessageKind::{Binary, Text};
use wsspec_vectors::SplitMix64;

use super::application::{Answer, Background, LegalApplication, Limit, Reaction, Ticks};
use super::application::{Trigger, Unauthorized};
use crate::peer::variants::shuffle;

/// Applications drawn: a multiple of the length of each column.
const COUNT: usize = 24;

/// Shuffles the decks.
const SEED: u64 = 16;

/// An acknowledgement.
pub(super) const RECEIVED: Answer = Answer::Text("received");
/// How late a late answer is: later than what follows a pong is waited for.
pub(super) const LATE: Ticks = 10;
/// Messages that a connection may have.
pub(super) const RATE: usize = 8;
/// Bytes that a message may have.
pub(super) const MESSAGE_LIMIT: u64 = 4096;
/// How old a connection may be.
pub(super) const LIFETIME: Ticks = 40;
/// Bytes that a head may have.
pub(super) const HEAD_LIMIT: usize = 1024;

/// A value of a column, with its words in the name and the sentence of an application. A value
/// without a name is what an echo server does.
type Value<T> = (T, &'static str, &'static str);

#[rustfmt::skip]
const REACTIONS: &[Value<Reaction>] = &[
    (Reaction::Another(RECEIVED), "another", "acknowledges"),
    (Reaction::Two(RECEIVED, Answer::Echo), "two", "acknowledges and echoes"),
    (Reaction::OneForMany(3), "one-for-three", "acknowledges every third of"),
    (Reaction::ToOthers, "to-others", "passes on to the others"),
    (Reaction::Late(LATE), "late", "echoes after 30 ms"),
    (Reaction::None, "none", "does not answer"),
    (Reaction::Close(1000), "close-1000", "closes with 1000 on"),
    (Reaction::Close(1001), "close-1001", "closes with 1001 on"),
    (Reaction::Close(1003), "close-1003", "closes with 1003 on"),
    (Reaction::Close(1008), "close-1008", "closes with 1008 on"),
    (Reaction::Close(1011), "close-1011", "closes with 1011 on"),
    (Reaction::Close(4400), "close-4400", "closes with 4400 on"),
];

#[rustfmt::skip]
const TRIGGERS: &[Value<Trigger>] = &[
    (Trigger::All, "all", "every message"),
    (Trigger::Kind(Text), "text", "text"),
    (Trigger::Kind(Binary), "binary", "binary messages"),
    (Trigger::NotJson, "not-json", "what is not JSON"),
    (Trigger::Nth(3), "third", "every third message"),
    (Trigger::Size { least: 126, most: usize::MAX }, "long", "messages of more than 125 bytes"),
];

#[rustfmt::skip]
const BACKGROUNDS: &[Value<Background>] = &[
    (Background::None, "", ""),
    (Background::None, "", ""),
    (Background::None, "", ""),
    (Background::Greets, "greets", "greets"),
    (Background::Pushes(8), "pushes", "sends a message every 24 ms"),
    (Background::Pings(8), "pings", "pings every 24 ms"),
    (Background::Login(Unauthorized::Closes), "login-closes",
        "closes with 4401 on what comes before a login"),
    (Background::Login(Unauthorized::Ignored), "login-ignores",
        "ignores what comes before a login"),
];

#[rustfmt::skip]
const LIMITS: &[Value<Limit>] = &[
    (Limit::None, "", ""),
    (Limit::None, "", ""),
    (Limit::Rate(RATE), "rate", "closes with 1008 after eight messages"),
    (Limit::Message(MESSAGE_LIMIT), "4-kib", "refuses messages of more than 4 KiB with 1009"),
    (Limit::Lifetime(LIFETIME), "lifetime", "closes with 1001 after 120 ms"),
    (Limit::Head(HEAD_LIMIT), "head", "refuses heads of more than 1 KiB with 431"),
];

/// The applications drawn.
pub(super) fn applications() -> Vec<LegalApplication> {
    let mut random = SplitMix64(SEED);
    let reactions = deck(REACTIONS, &mut random);
    let triggers = deck(TRIGGERS, &mut random);
    let backgrounds = deck(BACKGROUNDS, &mut random);
    let limits = deck(LIMITS, &mut random);
    (0..COUNT)
        .map(|i| application(reactions[i], triggers[i], backgrounds[i], limits[i]))
        .collect()
}

/// The values of a column, each equally often, in a random order.
fn deck<T: Copy>(column: &[Value<T>], random: &mut SplitMix64) -> Vec<Value<T>> {
    let mut deck: Vec<Value<T>> = column.iter().copied().cycle().take(COUNT).collect();
    shuffle(&mut deck, random);
    deck
}

fn application(
    (reaction, does, about_reaction): Value<Reaction>,
    (trigger, on, about_trigger): Value<Trigger>,
    (background, besides, about_background): Value<Background>,
    (limit, refuses, about_limit): Value<Limit>,
) -> LegalApplication {
    let about = format!("{about_reaction} {about_trigger}");
    LegalApplication {
        name: joined(&[does, on, besides, refuses], "-").into(),
        about: joined(&[&about, about_background, about_limit], ", ").into(),
        reaction,
        trigger,
        background,
        limit,
    }
}

/// The words that are not empty.
fn joined(words: &[&str], separator: &str) -> String {
    let words: Vec<&str> = words.iter().copied().filter(|w| !w.is_empty()).collect();
    words.join(separator)
}

//! The words of the command line; `grid.py` says what they mean.

use std::time::Duration;

/// What the application does with a message on which its trigger holds.
#[derive(Debug, Clone, Copy)]
pub enum Reaction {
    Echo,
    Other,
    Upper,
    Two,
    Third,
    Others,
    Late,
    None,
    Close(u16),
}

/// Which messages it reacts to; it echoes all others.
#[derive(Debug, Clone, Copy)]
pub enum Trigger {
    All,
    Text,
    Binary,
    NotJson,
    Nth(usize),
    Size(usize),
}

/// What it does without being asked, or wants first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Background {
    None,
    Greets,
    Pushes,
    Pings,
    LoginOrClose,
    LoginOrIgnore,
}

/// Which limit it sets.
#[derive(Debug, Clone, Copy)]
pub enum Limit {
    None,
    Rate(usize),
    Refuse(usize),
    Away(usize),
    Size(usize),
    Life(Duration),
}

/// The whole command line.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    pub port: u16,
    pub reaction: Reaction,
    pub trigger: Trigger,
    pub background: Background,
    pub limit: Limit,
    pub seed: u64,
}

impl Words {
    /// `PORT [--echo] [--reaction W] [--trigger W] [--background W] [--limit W] [--seed N]`
    ///
    /// # Panics
    /// Panics at a word that does not exist.
    pub fn parse(mut arguments: impl Iterator<Item = String>) -> Self {
        let port = arguments.next().expect("a port");
        let mut words = Self {
            port: port.parse().expect("a port"),
            reaction: Reaction::Echo,
            trigger: Trigger::All,
            background: Background::None,
            limit: Limit::None,
            seed: 0,
        };
        while let Some(name) = arguments.next() {
            if name == "--echo" {
                continue;
            }
            let word = arguments.next().expect("a word after each option");
            match name.as_str() {
                "--reaction" => words.reaction = reaction(&word),
                "--trigger" => words.trigger = trigger(&word),
                "--background" => words.background = background(&word),
                "--limit" => words.limit = limit(&word),
                "--seed" => words.seed = word.parse().expect("a number as the seed"),
                other => panic!("no option is called {other}"),
            }
        }
        words
    }
}

/// A word and the number after its colon, 0 without one.
fn split(word: &str) -> (&str, usize) {
    let (name, number) = word.split_once(':').unwrap_or((word, "0"));
    (name, number.parse().expect("a number after the colon"))
}

fn reaction(word: &str) -> Reaction {
    match split(word) {
        ("other", _) => Reaction::Other,
        ("upper", _) => Reaction::Upper,
        ("two", _) => Reaction::Two,
        ("third", _) => Reaction::Third,
        ("others", _) => Reaction::Others,
        ("late", _) => Reaction::Late,
        ("none", _) => Reaction::None,
        ("close", code) => Reaction::Close(u16::try_from(code).expect("a close code")),
        _ => panic!("no reaction is called {word}"),
    }
}

fn trigger(word: &str) -> Trigger {
    match split(word) {
        ("all", _) => Trigger::All,
        ("text", _) => Trigger::Text,
        ("binary", _) => Trigger::Binary,
        ("not-json", _) => Trigger::NotJson,
        ("nth", n) => Trigger::Nth(n),
        ("size", n) => Trigger::Size(n),
        _ => panic!("no trigger is called {word}"),
    }
}

fn background(word: &str) -> Background {
    match word {
        "none" => Background::None,
        "greets" => Background::Greets,
        "pushes" => Background::Pushes,
        "pings" => Background::Pings,
        "login:close" => Background::LoginOrClose,
        "login:ignore" => Background::LoginOrIgnore,
        _ => panic!("no background is called {word}"),
    }
}

fn limit(word: &str) -> Limit {
    match split(word) {
        ("none", _) => Limit::None,
        ("rate", n) => Limit::Rate(n),
        ("refuse", n) => Limit::Refuse(n),
        ("away", n) => Limit::Away(n),
        ("size", n) => Limit::Size(n),
        ("life", s) => Limit::Life(Duration::from_secs(s as u64)),
        _ => panic!("no limit is called {word}"),
    }
}

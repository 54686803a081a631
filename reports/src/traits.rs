//! Traits of a target: what its application chooses to do, and no rule forbids.
//!
//! They follow from the [`Probe`] alone. Each is a line in the header of a report and an
//! informational row; none is a fault.

use std::fmt;

use crate::text::counted;
use crate::{Lifetime, Probe, Reaction, Rhythm};

/// Something that the application of a target does other than a plain echo does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trait {
    /// What it does with a kind of message that does not come back alone.
    Message(MessageSort, Reaction),
    /// It sends this many messages when a connection opens.
    Greets(u32),
    /// It sends messages unasked on a silent connection.
    Pushes(Rhythm),
    /// It sends messages of one connection to others.
    Broadcasts,
    /// It pings on a silent connection.
    Pings(Rhythm),
    /// The answer to a message takes this many microseconds, much longer than a pong.
    AnswersLate(u64),
    /// It ends connections on which nothing is sent.
    Lifetime(Lifetime),
    /// It serves this many connections at the same time.
    MaxConnections(u32),
    /// It accepts this many new connections a second.
    MaxRate(u32),
    /// It accepts a message of this many bytes, and refused a larger one.
    MaxMessage(u64),
    /// It accepts a request field of this many bytes, and refused a larger one.
    MaxField(u64),
}

/// A kind of message, as applications tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageSort {
    /// Short text.
    Text,
    /// Short binary.
    Binary,
    /// Empty.
    Empty,
    /// 64 KiB.
    Big,
}

/// The family of the rows that tell a trait: they are no cases.
pub const TRAIT_FAMILY: &str = "trait";

/// The names of all traits, without `trait.` in front.
pub const TRAIT_NAMES: [&str; 14] = [
    "echo.text",
    "echo.binary",
    "echo.empty",
    "echo.big",
    "greets",
    "pushes",
    "broadcasts",
    "pings",
    "answers-late",
    "lifetime",
    "limit.connections",
    "limit.rate",
    "limit.message",
    "limit.field",
];

/// The traits that a probe found, in the order in which a reader wants them.
pub fn traits(probe: &Probe) -> Vec<Trait> {
    let echoes = &probe.echoes;
    let messages = [
        (MessageSort::Text, echoes.text),
        (MessageSort::Binary, echoes.binary),
        (MessageSort::Empty, echoes.empty),
        (MessageSort::Big, echoes.big),
    ];
    let messages = messages.into_iter().filter_map(|(sort, reaction)| {
        let reaction = reaction.filter(|reaction| *reaction != Reaction::Back)?;
        Some(Trait::Message(sort, reaction))
    });
    let rest = [
        (probe.greeting > 0).then_some(Trait::Greets(probe.greeting)),
        probe.pushes.map(Trait::Pushes),
        probe.broadcasts.then_some(Trait::Broadcasts),
        probe.pings.map(Trait::Pings),
        probe.answers_after_us.map(Trait::AnswersLate),
        probe.lifetime.map(Trait::Lifetime),
        probe.max_connections.map(Trait::MaxConnections),
        probe.max_rate.map(Trait::MaxRate),
        probe.max_message.map(Trait::MaxMessage),
        probe.max_field.map(Trait::MaxField),
    ];
    messages.chain(rest.into_iter().flatten()).collect()
}

impl Trait {
    /// The name, one of [`TRAIT_NAMES`]. It never changes its meaning.
    pub fn name(&self) -> &'static str {
        match self {
            Trait::Message(MessageSort::Text, _) => "echo.text",
            Trait::Message(MessageSort::Binary, _) => "echo.binary",
            Trait::Message(MessageSort::Empty, _) => "echo.empty",
            Trait::Message(MessageSort::Big, _) => "echo.big",
            Trait::Greets(_) => "greets",
            Trait::Pushes(_) => "pushes",
            Trait::Broadcasts => "broadcasts",
            Trait::Pings(_) => "pings",
            Trait::AnswersLate(_) => "answers-late",
            Trait::Lifetime(_) => "lifetime",
            Trait::MaxConnections(_) => "limit.connections",
            Trait::MaxRate(_) => "limit.rate",
            Trait::MaxMessage(_) => "limit.message",
            Trait::MaxField(_) => "limit.field",
        }
    }
}

impl fmt::Display for Trait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Trait::Message(sort, reaction) => match reaction {
                Reaction::Back => write!(f, "echoes {sort}"),
                Reaction::Among(n) => write!(f, "echoes {sort} among {} in all", messages(n)),
                Reaction::Others(n) => write!(f, "answers {sort} with {}", others(n)),
                Reaction::Silent => write!(f, "does not answer {sort}"),
                Reaction::Closes(code) => write!(f, "{} on {sort}", Closes(code)),
                Reaction::Stuck => write!(f, "gives no sign of life after {sort}"),
            },
            Trait::Greets(n) => write!(f, "greets with {}", messages(n)),
            Trait::Pushes(rhythm) => {
                write!(
                    f,
                    "sends messages unasked, one about every {} ms",
                    rhythm.every_ms
                )
            }
            Trait::Broadcasts => f.write_str("sends what one connection says to others"),
            Trait::Pings(rhythm) => {
                write!(f, "pings about every {} ms", rhythm.every_ms)
            }
            Trait::AnswersLate(us) => write!(f, "answers messages after {} ms", us / 1000),
            Trait::Lifetime(Lifetime { after_ms, code }) => {
                write!(f, "{} after {after_ms} ms of silence", Closes(code))
            }
            Trait::MaxConnections(n) => {
                write!(
                    f,
                    "serves only {} at once",
                    counted(n as usize, "connection")
                )
            }
            Trait::MaxRate(n) => {
                write!(
                    f,
                    "takes only about {} a second",
                    counted(n as usize, "new connection")
                )
            }
            Trait::MaxMessage(bytes) => {
                write!(f, "takes messages of {bytes} bytes, but not of 64 KiB")
            }
            Trait::MaxField(bytes) => {
                write!(f, "takes request fields of {bytes} bytes, but not of 8 KiB")
            }
        }
    }
}

impl fmt::Display for MessageSort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            MessageSort::Text => "text",
            MessageSort::Binary => "binary messages",
            MessageSort::Empty => "empty messages",
            MessageSort::Big => "messages of 64 KiB",
        })
    }
}

/// How a connection ends, by the code of RFC 6455 §7.1.5.
struct Closes(u16);

impl fmt::Display for Closes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1005 => f.write_str("closes without a code"),
            1006 => f.write_str("ends the connection without a Close"),
            code => write!(f, "closes with {code}"),
        }
    }
}

fn messages(n: u32) -> String {
    counted(n as usize, "message")
}

fn others(n: u32) -> String {
    counted(n as usize, "other message")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Echoes;

    #[test]
    fn an_echo_has_no_traits() {
        let echoes = Echoes {
            text: Some(Reaction::Back),
            binary: Some(Reaction::Back),
            empty: Some(Reaction::Back),
            big: Some(Reaction::Back),
        };
        let probe = Probe {
            echoes,
            ..Probe::default()
        };
        assert_eq!(traits(&probe), []);
        assert_eq!(traits(&Probe::default()), []);
    }

    #[test]
    fn every_trait_has_its_own_known_name() {
        let rhythm = Rhythm::default();
        let reaction = Some(Reaction::Silent);
        let found = traits(&Probe {
            echoes: Echoes {
                text: reaction,
                binary: reaction,
                empty: reaction,
                big: reaction,
            },
            greeting: 1,
            pushes: Some(rhythm),
            broadcasts: true,
            pings: Some(rhythm),
            answers_after_us: Some(1),
            lifetime: Some(Lifetime::default()),
            max_connections: Some(1),
            max_rate: Some(1),
            max_message: Some(1),
            max_field: Some(1),
            ..Probe::default()
        });
        let names: Vec<&str> = found.iter().map(Trait::name).collect();
        assert_eq!(names, TRAIT_NAMES);
    }
}

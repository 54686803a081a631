//! What a case asks of whoever drives it, beyond one plain connection.

use super::case::Need;
use super::{Case, Over, Step, TransportWord, Word};

/// Something that a driver may not be able to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ability {
    /// Speak over another transport than TCP.
    Over(Over),
    /// Be the proxy of a client.
    Proxy,
    /// Carry on several conversations in one case, or watch another listener.
    Several,
    /// Wait for a client that connects again by itself.
    Reconnect,
    /// Tell the application under test what to do.
    Tell,
}

impl Ability {
    /// What the cases are that want it, for a count.
    pub fn what(self) -> String {
        match self {
            Ability::Over(over) => format!("over {}", over.name()),
            Ability::Proxy => "through a proxy".into(),
            Ability::Several => "with several conversations".into(),
            Ability::Reconnect => "of clients that connect again".into(),
            Ability::Tell => "that tell the application what to do".into(),
        }
    }

    /// What is lacking where it is not there.
    pub fn lacking(self) -> String {
        match self {
            Ability::Over(over) => {
                format!("speaks over {}, which this version does not", over.name())
            }
            Ability::Proxy => "needs us to be a proxy, which this version is not".into(),
            Ability::Several => {
                "has several conversations, which this version cannot carry on".into()
            }
            Ability::Reconnect => {
                "needs a client that connects again by itself, which this version cannot wait for"
                    .into()
            }
            Ability::Tell => {
                "tells the application what to do, which nobody can over the wire".into()
            }
        }
    }
}

impl Case {
    /// The first thing it asks for that is not among `abilities`.
    pub fn wants_beyond(&self, abilities: &[Ability]) -> Option<Ability> {
        let is = |test: &dyn Fn(&Step) -> bool| self.steps.iter().any(test);
        let expects = |test: fn(&Word) -> bool| {
            is(
                &|s| matches!(s.bare(), Step::Expect(alternatives) if alternatives.iter().any(|o| test(&o.word))),
            )
        };
        let canary = expects(|word| *word == Word::Transport(TransportWord::Canary));
        let delay =
            expects(|word| matches!(word, Word::Requested(Some(fields)) if fields.delay.is_some()));
        let dial = self.dial.as_ref();
        let wants = [
            (self.over != Over::Tcp).then_some(Ability::Over(self.over)),
            dial.is_some_and(|dial| dial.proxy)
                .then_some(Ability::Proxy),
            (delay || self.needs.contains(&Need::Reconnect)).then_some(Ability::Reconnect),
            (dial.is_some_and(|dial| dial.times.is_some())
                || canary
                || is(&|s| matches!(s, Step::On(..))))
            .then_some(Ability::Several),
            is(&|s| matches!(s, Step::Tell(_))).then_some(Ability::Tell),
        ];
        wants
            .into_iter()
            .flatten()
            .find(|ability| !abilities.contains(ability))
    }
}

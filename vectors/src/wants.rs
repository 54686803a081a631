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
        let dial = self.dial.as_ref();
        let wants = [
            (self.over != Over::Tcp).then_some(Ability::Over(self.over)),
            dial.is_some_and(|dial| dial.proxy)
                .then_some(Ability::Proxy),
            (self.expects_of(Ability::Reconnect) || self.needs.contains(&Need::Reconnect))
                .then_some(Ability::Reconnect),
            (dial.is_some_and(|dial| dial.times.is_some())
                || self.expects_of(Ability::Several)
                || self.steps.iter().any(|s| matches!(s, Step::On(..))))
            .then_some(Ability::Several),
            self.steps
                .iter()
                .any(|s| matches!(s, Step::Tell(_)))
                .then_some(Ability::Tell),
        ];
        wants
            .into_iter()
            .flatten()
            .find(|ability| !abilities.contains(ability))
    }

    /// Whether a word of it takes this ability.
    fn expects_of(&self, ability: Ability) -> bool {
        let takes = |word: &Word| word.ability() == Some(ability);
        self.steps.iter().any(|step| step.bare().expects(takes))
    }
}

impl Word {
    /// What a driver has to be able to do for it, beyond one plain connection. The transport itself
    /// is an ability of the case.
    fn ability(&self) -> Option<Ability> {
        match self {
            Word::Transport(TransportWord::Canary) => Some(Ability::Several),
            Word::Requested(Some(fields)) => fields.delay.map(|_| Ability::Reconnect),
            Word::Requested(None)
            | Word::Echo
            | Word::Text(_)
            | Word::Binary(_)
            | Word::Pong(_)
            | Word::Close(..)
            | Word::Alive
            | Word::Failed(_)
            | Word::Closed(_)
            | Word::Opened(_)
            | Word::Refused(_)
            | Word::Ended(_)
            | Word::Quiet
            | Word::Limited
            | Word::Serves => None,
            Word::Transport(
                TransportWord::Reset(_)
                | TransportWord::Aborted(_)
                | TransportWord::Settings(_)
                | TransportWord::Hello(_)
                | TransportWord::Alert,
            ) => None,
        }
    }
}

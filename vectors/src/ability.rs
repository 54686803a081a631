//! What a case needs of the driver that runs it, beyond one plain connection.

use crate::case::Need;
use crate::{Case, Over, Step, TransportWord, Word};

/// Something that not every driver can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ability {
    /// Connect over a transport other than TCP.
    Over(Over),
    /// Act as the proxy of a client.
    Proxy,
    /// Run several conversations in one case, or watch another listener.
    Several,
    /// Wait for a client that reconnects on its own.
    Reconnect,
    /// Have the application under test do something.
    Tell,
}

impl Ability {
    /// The cases that need it, to go after their number: "12 over h2".
    pub fn what(self) -> String {
        match self {
            Ability::Over(over) => format!("over {}", over.name()),
            Ability::Proxy => "through a proxy".into(),
            Ability::Several => "with several conversations".into(),
            Ability::Reconnect => "of clients that reconnect".into(),
            Ability::Tell => "that tell the application under test what to do".into(),
        }
    }

    /// Why a case that needs it cannot run.
    pub fn lacking(self) -> String {
        match self {
            Ability::Over(over) => {
                format!(
                    "runs over {}, which this version does not support",
                    over.name()
                )
            }
            Ability::Proxy => "needs a proxy, which this version does not provide".into(),
            Ability::Several => {
                "has several conversations, which this version does not support".into()
            }
            Ability::Reconnect => {
                "needs a client that reconnects on its own, which this version does not support"
                    .into()
            }
            Ability::Tell => {
                "tells the application under test what to do, which is not possible over the wire"
                    .into()
            }
        }
    }
}

impl Case {
    /// The first ability it needs that is not in `abilities`.
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

    /// Whether one of its expectations needs this ability.
    fn expects_of(&self, ability: Ability) -> bool {
        self.steps
            .iter()
            .any(|step| step.bare().expects(|word| word.ability() == Some(ability)))
    }
}

impl Word {
    /// The ability that a driver needs to judge it, if any. Its transport is asked of the case.
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
            | Word::TimesOut(_)
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

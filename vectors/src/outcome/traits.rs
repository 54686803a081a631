//! What holds of each outcome word, in one table.
//!
//! Everything that treats words differently asks here: the exchange (when to send a barrier ping,
//! what a match uses up, whether the case goes on), the judge, the lint and the abilities of a
//! driver. Every match is exhaustive, so that a new word does not compile until each question has
//! been answered for it.

use wsspec_core::Role;
use wsspec_core::frame::MessageKind;

use super::{Codes, EndKind, TimeOut, Word};
use crate::Payload;
use crate::transport::{Over, TransportWord};

/// The properties of an outcome word that do not depend on the details written beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traits {
    /// The word as it is written in a vector.
    pub name: &'static str,
    /// Whether the connection can still be used once the outcome is true. After any other outcome
    /// the rest of the conversation is skipped, except for words that
    /// [survive](Self::survives_end).
    pub leaves_open: bool,
    /// Whether an expectation of it is still judged after the connection has ended.
    pub survives_end: bool,
    /// When an expectation of it sends a barrier ping.
    pub barrier: Barrier,
    /// What silence of the target says about it.
    pub silence: Silence,
    /// What a match uses up.
    pub consumes: Consumes,
    /// The only role of a target it can be said of; `None` for both.
    pub target: Option<Role>,
    /// Whether `headers` may stand beside it.
    pub takes_headers: bool,
}

/// When an expectation sends a barrier ping. In a list of alternatives, one word that is decided by
/// a barrier is enough to send it; it goes out at once only if every word is a sign of life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Barrier {
    /// The answer to the barrier is what the word asks for: send it at once.
    SignOfLife,
    /// A sign of life from a target that does not echo, else decided by a barrier.
    EchoOrSignOfLife,
    /// Decided by a barrier: send it after one grace without anything new from the target.
    AfterGrace,
    /// As [`AfterGrace`](Self::AfterGrace), but only with a ping: a barrier message, which stands
    /// in for a ping where a target answers none, would change what the target does.
    AfterGraceByPing,
    /// Decided by what the target does of its own accord; a ping would only disturb.
    Never,
}

/// What silence of the target says about an expected outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// Silence for the quiet time is the outcome.
    Proves,
    /// The outcome can be true although the target has sent nothing.
    MayPass,
    /// The outcome needs something from the target.
    Fails,
}

/// What a matched outcome uses up, so that no later expectation can match it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consumes {
    /// All messages received so far.
    Messages,
    /// The pong that matched and those before it.
    Pongs,
    /// Nothing.
    Nothing,
}

impl Word {
    /// The row of this word.
    #[rustfmt::skip] // a table
    pub fn traits(&self) -> Traits {
        use Barrier::{AfterGrace, AfterGraceByPing, EchoOrSignOfLife, Never, SignOfLife};
        use Consumes::{Messages, Nothing, Pongs};
        use Silence::{Fails, MayPass, Proves};
        const OPEN: bool = true;
        const ENDS: bool = false;
        const SURVIVES: bool = true;
        const SKIPPED: bool = false;

        //                                     name         after it  after the end  barrier           silence  uses up
        match self {
            Word::Echo                   => row("echo",      OPEN,     SKIPPED,  EchoOrSignOfLife, Fails,   Messages),
            Word::Text(_)                => row("text",      OPEN,     SKIPPED,  AfterGrace,       Fails,   Messages),
            Word::Binary(_)              => row("binary",    OPEN,     SKIPPED,  AfterGrace,       Fails,   Messages),
            Word::Pong(_)                => row("pong",      OPEN,     SKIPPED,  AfterGraceByPing, Fails,   Pongs),
            Word::Close(..)              => row("close",     ENDS,     SKIPPED,  AfterGrace,       Fails,   Nothing),
            Word::Alive                  => row("alive",     OPEN,     SKIPPED,  SignOfLife,       Fails,   Nothing),
            Word::Failed(_)              => row("failed",    ENDS,     SKIPPED,  AfterGrace,       Fails,   Nothing),
            Word::Closed(_)              => row("closed",    ENDS,     SKIPPED,  Never,            Fails,   Nothing),
            Word::Opened(_)              => row("opened",    OPEN,     SKIPPED,  Never,            Fails,   Nothing).with_headers(),
            Word::Refused(_)             => row("refused",   ENDS,     SKIPPED,  Never,            Fails,   Nothing).with_headers(),
            Word::Requested(Some(_))     => row("requested", OPEN,     SKIPPED,  Never,            Fails,   Nothing).with_headers().of_clients(),
            Word::Requested(None)        => row("requested", ENDS,     SKIPPED,  Never,            MayPass, Nothing).of_clients(),
            Word::Ended(_)               => row("ended",     ENDS,     SURVIVES, AfterGrace,       MayPass, Nothing),
            Word::Quiet                  => row("quiet",     OPEN,     SKIPPED,  Never,            Proves,  Nothing),
            Word::Limited                => row("limited",   ENDS,     SKIPPED,  AfterGrace,       Fails,   Nothing),
            Word::TimesOut(_)            => row("times-out", ENDS,    SURVIVES, Never,            MayPass, Nothing),
            Word::Serves                 => row("serves",    ENDS,     SURVIVES, Never,            MayPass, Nothing),
            Word::Transport(word) => match word {
                TransportWord::Reset(_)    => row("reset",    ENDS,    SURVIVES, AfterGrace,       Fails,   Nothing),
                TransportWord::Aborted(_)  => row("aborted",  ENDS,    SURVIVES, AfterGrace,       Fails,   Nothing),
                TransportWord::Settings(_) => row("settings", OPEN,    SURVIVES, AfterGrace,       Fails,   Nothing),
                TransportWord::Hello(_)    => row("hello",    OPEN,    SURVIVES, AfterGrace,       Fails,   Nothing).of_clients(),
                TransportWord::Alert       => row("alert",    ENDS,    SURVIVES, AfterGrace,       Fails,   Nothing),
                TransportWord::Canary      => row("canary",   ENDS,    SURVIVES, AfterGrace,       Fails,   Nothing),
            },
        }
    }

    /// The word as it is written in a vector.
    pub fn name(&self) -> &'static str {
        self.traits().name
    }

    /// Whether the connection can still be used once this outcome is true.
    pub fn leaves_open(&self) -> bool {
        self.traits().leaves_open
    }

    /// Whether it is still judged after the connection has ended.
    pub fn survives_end(&self) -> bool {
        self.traits().survives_end
    }

    /// Whether nothing but a sign of life is awaited, so that the barrier goes out at once.
    /// `echoes`: whether the target sends messages back.
    pub fn is_sign_of_life(&self, echoes: bool) -> bool {
        match self.traits().barrier {
            Barrier::SignOfLife => true,
            Barrier::EchoOrSignOfLife => !echoes,
            Barrier::AfterGrace | Barrier::AfterGraceByPing | Barrier::Never => false,
        }
    }

    /// Whether the answer to a barrier helps to decide it.
    pub fn wants_barrier(&self) -> bool {
        self.traits().barrier != Barrier::Never
    }

    /// Whether only a ping can be its barrier, not a message.
    pub fn wants_ping(&self) -> bool {
        self.traits().barrier == Barrier::AfterGraceByPing
    }

    /// Whether silence for the quiet time is what it asks for.
    pub fn is_silence(&self) -> bool {
        self.traits().silence == Silence::Proves
    }

    /// Whether it can be true of a target that has sent nothing.
    pub fn silence_may_pass(&self) -> bool {
        self.traits().silence != Silence::Fails
    }

    /// The time-out of the target that it is about. It is waited for much longer than anything else.
    pub fn time_out(&self) -> Option<TimeOut> {
        match self {
            Word::TimesOut(what) => Some(*what),
            _ => None,
        }
    }

    /// Whether it asks for data messages, which may arrive later than the pong to a barrier.
    pub fn awaits_messages(&self) -> bool {
        self.traits().consumes == Consumes::Messages
    }

    /// Whether the driver has to open a second connection for it.
    pub fn needs_second_connection(&self) -> bool {
        *self == Word::Serves
    }

    /// The message it asks for by content, if it does.
    pub fn message(&self) -> Option<(MessageKind, &Payload)> {
        match self {
            Word::Text(payload) => Some((MessageKind::Text, payload)),
            Word::Binary(payload) => Some((MessageKind::Binary, payload)),
            Word::Echo
            | Word::Pong(_)
            | Word::Close(..)
            | Word::Alive
            | Word::Failed(_)
            | Word::Closed(_)
            | Word::Opened(_)
            | Word::Refused(_)
            | Word::Requested(_)
            | Word::Ended(_)
            | Word::Quiet
            | Word::Limited
            | Word::TimesOut(_)
            | Word::Serves
            | Word::Transport(_) => None,
        }
    }

    /// Whether it lists the close codes or statuses it means and also matches others, as
    /// non-strict. An alternative with a verdict of its own stands for the listed ones only.
    pub fn names_codes(&self) -> bool {
        match self {
            Word::Failed(codes) | Word::Closed(codes) | Word::Refused(codes) => match codes {
                Codes::These(_) => true,
                Codes::Any | Codes::Usual => false,
            },
            // `close` matches listed codes only.
            Word::Close(..) => false,
            Word::Echo
            | Word::Text(_)
            | Word::Binary(_)
            | Word::Pong(_)
            | Word::Alive
            | Word::Opened(_)
            | Word::Requested(_)
            | Word::Ended(_)
            | Word::Quiet
            | Word::Limited
            | Word::TimesOut(_)
            | Word::Serves
            | Word::Transport(_) => false,
        }
    }

    /// Whether it can be said of a conversation over this transport.
    pub fn fits(&self, over: Over) -> bool {
        match self {
            Word::Transport(word) => word.fits(over),
            Word::Ended(EndKind::Notify) => over == Over::Tls,
            Word::Ended(EndKind::Announced) => !over.has_streams(),
            Word::Ended(EndKind::Any | EndKind::Fin | EndKind::Rst) => true,
            Word::Requested(Some(fields)) => !over.has_streams() || fields.version.is_none(),
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
            | Word::Quiet
            | Word::Limited
            | Word::TimesOut(_)
            | Word::Serves => true,
        }
    }
}

const fn row(
    name: &'static str,
    leaves_open: bool,
    survives_end: bool,
    barrier: Barrier,
    silence: Silence,
    consumes: Consumes,
) -> Traits {
    Traits {
        name,
        leaves_open,
        survives_end,
        barrier,
        silence,
        consumes,
        target: None,
        takes_headers: false,
    }
}

impl Traits {
    const fn of_clients(mut self) -> Traits {
        self.target = Some(Role::Client);
        self
    }

    const fn with_headers(mut self) -> Traits {
        self.takes_headers = true;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Step;

    /// One outcome of each word that has a value of its own in JSON.
    fn words() -> Vec<Word> {
        let steps = r#"[{"expect": ["echo", {"text": ""}, {"binary": ""}, {"pong": ""}, {"close": 1000},
            "alive", "failed", "closed", "opened", "refused", {"requested": true}, {"requested": null},
            "ended", "quiet", "limited", {"times-out": "idle"}, "serves", {"reset": "any"}, {"aborted": "any"},
            {"settings": {"ENABLE_PUSH": 0}}, "hello", "alert", "canary"]}]"#;
        let steps = Step::read_all(steps).unwrap();
        let Step::Expect(alternatives) = &steps[0] else {
            panic!("{steps:?}")
        };
        alternatives.iter().map(|o| o.word.clone()).collect()
    }

    #[test]
    fn each_name_is_that_of_the_json() {
        for word in words() {
            let name = word.name();
            let known = Step::read_all(&format!(r#"[{{"expect": "{name}"}}]"#)).is_ok()
                || ["1000", "true", "\"\"", "\"any\"", "\"idle\"", "{}"]
                    .iter()
                    .any(|value| {
                        Step::read_all(&format!(r#"[{{"expect": {{"{name}": {value}}}}}]"#)).is_ok()
                    });
            assert!(known, "{name}");
        }
    }

    #[test]
    fn headers_go_with_the_words_that_take_them() {
        let taking: Vec<&str> = words()
            .iter()
            .filter(|word| word.traits().takes_headers)
            .map(Word::name)
            .collect();
        assert_eq!(taking, ["opened", "refused", "requested"]);
    }

    #[test]
    fn silence_proves_only_quiet() {
        let proved: Vec<Word> = words().into_iter().filter(Word::is_silence).collect();
        assert_eq!(proved, [Word::Quiet]);
    }
}

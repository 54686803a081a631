//! What a target made of a conversation, without regard to what the case expected: two
//! conversations are compared by this.

use wsspec_core::Violation;
use wsspec_core::frame::MessageKind;

use super::conversation::Conversation;
use crate::binding::EndOfStream;

/// Most bytes of sent messages that are kept for a control.
const MAX_SENT: usize = 1 << 20;

/// The state of the first conversation when the verdict was in, before our goodbye.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reaction {
    /// How the conversation stood.
    pub ending: Ending,
    /// The messages of the target; none unless the exchange only [watches](super::Setup::watching).
    pub messages: Vec<(MessageKind, Vec<u8>)>,
    /// The whole messages that the target was sent, as a reader that overlooks every fault sees
    /// them: what its application may have seen. `None` if they are larger than 1 MiB together, or
    /// the exchange does not only watch.
    pub sent: Option<Vec<(MessageKind, Vec<u8>)>>,
    /// The number of messages among them that came before any fault.
    pub sound: usize,
    /// The first rule that had been broken on purpose.
    pub provoked: Option<Violation>,
    /// The first rule that our opening request broke on purpose.
    pub provoked_by_request: Option<Violation>,
    /// Our last message was unfinished.
    pub inside_message: bool,
    /// permessage-deflate was agreed on.
    pub compresses: bool,
    /// Bytes of the messages that we had sent, inflated.
    pub bytes: u64,
    /// We had sent a Close frame, and not in answer to one.
    pub closed_by_us: bool,
}

/// How a conversation stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Ending {
    /// It was never opened.
    #[default]
    NotOpened,
    /// It is open.
    Open,
    /// The target sent a Close frame with this code.
    Closed(Option<u16>),
    /// The target ended the stream without a Close frame.
    Bare(EndOfStream),
}

impl Ending {
    /// Whether it accuses the peer of breaking a rule: Close 1002, 1007, 1009 or 1010 (RFC 6455
    /// §7.4.1). Any other code may be a decision of the application.
    pub fn accuses(self) -> bool {
        matches!(self, Ending::Closed(Some(1002 | 1007 | 1009 | 1010)))
    }

    /// Whether an application may end a conversation like this at any time (RFC 6455 §7.3, §7.4).
    pub fn is_of_application(self) -> bool {
        match self {
            Ending::Closed(None) => true,
            Ending::Closed(Some(code)) => {
                matches!(code, 1000 | 1001 | 1003 | 1008 | 1011..=1013 | 3000..=4999)
            }
            Ending::NotOpened | Ending::Open | Ending::Bare(_) => false,
        }
    }
}

impl Reaction {
    /// `watching`: with the messages.
    pub(super) fn of(conversation: &Conversation, watching: bool) -> Reaction {
        let (view, sent) = (&conversation.view, &conversation.sent);
        let ending = match (&view.close, view.end) {
            (Some(close), _) => Ending::Closed(close.code),
            (None, Some(end)) => Ending::Bare(end),
            (None, None) if conversation.is_open() => Ending::Open,
            (None, None) => Ending::NotOpened,
        };
        let size: usize = sent.kept.iter().map(|(_, payload)| payload.len()).sum();
        let messages = view.messages.iter().filter(|_| watching);
        Reaction {
            ending,
            messages: messages
                .map(|message| (message.kind, message.payload.clone()))
                .collect(),
            sent: (watching && size <= MAX_SENT).then(|| sent.kept.clone()),
            sound: sent.sound,
            provoked: sent.broke,
            provoked_by_request: sent.head_fault,
            inside_message: !sent.takes_message(),
            compresses: conversation.agreed.is_some(),
            bytes: sent.bytes,
            closed_by_us: view
                .close
                .as_ref()
                .map_or(sent.closed, |close| close.answers),
        }
    }

    /// The number of messages sent that came back unchanged, in any order: an application may answer
    /// some late.
    pub fn echoes(&self) -> usize {
        let mut rest: Vec<_> = self.sent.iter().flatten().collect();
        let found = self.messages.iter().filter(|message| {
            let at = rest.iter().position(|sent| sent == message);
            at.map(|at| rest.swap_remove(at)).is_some()
        });
        found.count()
    }

    /// Whether every message came back, and nothing else.
    pub fn is_echo(&self) -> bool {
        self.ending == Ending::Open && self.sent.as_ref() == Some(&self.messages)
    }
}

//! More than a limit that the target is said to have.

use std::borrow::Cow;
use std::fmt;

use wsspec_reports::Limits;
use wsspec_vectors::Sizes;

/// The target took more than it is said to take at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beyond {
    size: Size,
    most: u64,
    taken: u64,
}

/// What a limit is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    /// Bytes of a message.
    Message,
    /// Fragments of a message.
    Fragments,
    /// Bytes of a request head.
    Head,
    /// Connections at the same time.
    Connections,
}

impl Beyond {
    /// The first limit that is lower than what was taken.
    pub(crate) fn of(taken: &Sizes, limits: &Limits) -> Option<Beyond> {
        [
            (Size::Message, limits.message, taken.message),
            (Size::Fragments, limits.fragments, taken.fragments),
            (Size::Head, limits.head, taken.head),
        ]
        .into_iter()
        .find_map(|(size, most, taken)| {
            let (most, taken) = (most?, taken?);
            (taken > most).then_some(Beyond { size, most, taken })
        })
    }

    /// `served` connections at the same time, with a limit of `most`.
    pub(crate) fn connections(served: u32, most: u32) -> Beyond {
        Beyond {
            size: Size::Connections,
            most: most.into(),
            taken: served.into(),
        }
    }

    /// Stable words for programs.
    pub(super) fn key(self) -> Cow<'static, str> {
        match self.size {
            Size::Message => "limit.beyond-message".into(),
            Size::Fragments => "limit.beyond-fragments".into(),
            Size::Head => "limit.beyond-head".into(),
            Size::Connections => "limit.beyond-connections".into(),
        }
    }
}

impl fmt::Display for Beyond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Beyond { size, most, taken } = self;
        let (unit, option) = match size {
            Size::Message => ("bytes of a message", "--max-message"),
            Size::Fragments => ("fragments of a message", "--max-fragments"),
            Size::Head => ("bytes of a request head", "--max-head"),
            Size::Connections => ("connections at once", "--connection-limit"),
        };
        write!(f, "took {taken} {unit}, with a limit of {most} ({option})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_exceeds_a_limit_is_beyond_it() {
        let taken = Sizes {
            message: Some(100),
            fragments: Some(7),
            head: None,
        };
        let limits = |message, fragments| Limits {
            message,
            fragments,
            head: Some(1),
            ..Limits::default()
        };
        assert_eq!(Beyond::of(&taken, &limits(None, None)), None);
        assert_eq!(Beyond::of(&taken, &limits(Some(100), Some(7))), None);
        let beyond = Beyond::of(&taken, &limits(Some(99), None)).unwrap();
        assert_eq!(beyond.key(), "limit.beyond-message");
        let beyond = Beyond::of(&taken, &limits(Some(100), Some(6))).unwrap();
        assert_eq!(beyond.key(), "limit.beyond-fragments");
    }
}

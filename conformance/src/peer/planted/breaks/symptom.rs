//! What a fault looks like from outside, as families of reason keys.

use wsspec_core::violation::Violation;

/// How a planted fault shows: a family of keys of reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Symptom {
    /// Bytes of the target break this rule, wherever they were seen.
    Bytes(Violation),
    /// The passive rule of this name, which no single byte breaks.
    Rule(&'static str),
    /// A connection that had to be failed was not.
    NotFailed,
    /// An opening that had to be refused was not.
    Opened,
    /// An opening request was not answered.
    Unanswered,
    /// An opening request that had to be answered with 101 was refused.
    Refused,
    /// The refusal of an opening is not as it has to be.
    Refusal,
    /// This field of the answer, in lower case, is not as it has to be.
    AnswerField(&'static str),
    /// permessage-deflate was agreed on, or not, other than it had to be.
    Deflate,
    /// The opening request of a client is wrong in this way: the beginning of what follows
    /// `request.` in the key.
    Request(&'static str),
    /// Messages did not come back.
    Missing,
    /// A message came back changed, or another came in its place.
    EchoDiffers,
    /// A message came that answers nothing, or before its turn.
    Unasked,
    /// A ping was not answered.
    NoPong,
    /// A ping was answered with another payload.
    OtherPong,
    /// Neither messages nor pongs come any more.
    Silent,
    /// The conversation was lost by a Close frame.
    Closed,
    /// The conversation was lost by the end of the stream.
    Ended,
    /// A Close frame was not answered.
    CloseUnanswered,
    /// A Close frame has another code.
    OtherCode,
    /// A Close frame has another reason.
    OtherReason,
    /// The stream was not ended after the closing handshake.
    StreamNotEnded,
    /// A further connection is not served.
    NotServed,
    /// Nothing can be read as frames any more.
    Framing,
    /// A size limit took effect.
    Limit,
    /// A rule of what carries the conversation, a stream of HTTP/2 or TLS, was broken, or it was
    /// ended in another way than it has to be.
    Carrier,
}

impl Symptom {
    /// Whether a failure with this [`CaseResult::reason_key`](wsspec_reports::CaseResult) shows it.
    /// One part of a key that has several is enough.
    pub fn is_shown_by(self, key: &str) -> bool {
        key.split(['+', '/']).any(|part| self.has(part))
    }

    fn has(self, part: &str) -> bool {
        match self {
            Symptom::Bytes(violation) => {
                const SEEN_AS: [&str; 5] = [
                    "violation.",
                    "deviation.",
                    "passive.",
                    "request.broken.",
                    "opening.broken.",
                ];
                SEEN_AS
                    .iter()
                    .any(|kind| part.strip_prefix(kind) == Some(violation.name()))
            }
            Symptom::Rule(name) => part.strip_prefix("passive.") == Some(name),
            Symptom::AnswerField(name) => part
                .strip_prefix("opening.field-")
                .and_then(|rest| rest.split_once('.'))
                .is_some_and(|(_, field)| field == name),
            Symptom::Request(how) => {
                part == "stated.requested"
                    || part
                        .strip_prefix("request.")
                        .is_some_and(|rest| rest.starts_with(how))
            }
            _ => self.kinds().iter().any(|kind| {
                part.strip_prefix(kind)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            }),
        }
    }

    /// The keys of the family, without what follows a dot.
    const fn kinds(self) -> &'static [&'static str] {
        match self {
            Symptom::Bytes(_)
            | Symptom::Rule(_)
            | Symptom::AnswerField(_)
            | Symptom::Request(_) => &[],
            Symptom::NotFailed => &[
                "accepts",
                "closing.still-open",
                "closing.answered-instead",
                "closing.not-closed",
                "message.delivered",
                "quiet.broken",
                "ended.not",
                "stated.pong",
                "stated.alive",
            ],
            Symptom::Opened => &["opening.opened", "opens"],
            Symptom::Unanswered => &[
                "opening.no-answer",
                "opening.ended-unanswered",
                "leaves-unanswered",
                "stated.ended",
            ],
            Symptom::Refused => &["opening.refused", "opening.other-status"],
            Symptom::Refusal => &[
                "opening.refused-without",
                "opening.refused-with-garbage",
                "opening.other-status",
            ],
            Symptom::Deflate => &["opening.deflate-declined", "opening.deflate-terms"],
            Symptom::Missing => &["message.missing", "message.none"],
            Symptom::EchoDiffers => &["message.echo-differs", "message.instead-of-echo"],
            Symptom::Unasked => &["message.unasked", "message.before-its-turn"],
            Symptom::NoPong => &["pong.none", "ping.unanswered"],
            Symptom::OtherPong => &["pong.other"],
            Symptom::Silent => &[
                "message.missing",
                "message.none",
                "pong.none",
                "ping.unanswered",
            ],
            Symptom::Closed => &["closed"],
            Symptom::Ended => &[
                "ended.finished",
                "ended.reset",
                "ended.aborted",
                "ended.cancelled",
                "closing.no-frame",
                "closing.too-early",
            ],
            Symptom::Carrier => &[
                "transport.broke",
                "transport.setting",
                "transport.no-settings",
                "transport.other-error",
                "transport.no-hello",
                "transport.no-alert",
                "transport.server-name",
                "stated.hello",
                "ended.aborted",
                "ended.cancelled",
                "stated.ended",
                "stated.quiet",
                "stated.reset",
                "stated.aborted",
            ],
            Symptom::CloseUnanswered => &["closing.unanswered", "closing.not-closed"],
            Symptom::OtherCode => &[
                "closed",
                "closing.other-code",
                "closing.no-code",
                "closing.accused",
                "closing.answered",
            ],
            Symptom::OtherReason => &["closing.other-reason"],
            Symptom::StreamNotEnded => &["closing.stream-not-ended"],
            Symptom::NotServed => &["not-served"],
            Symptom::Framing => &["framing.length", "framing.http"],
            Symptom::Limit => &["limit.applied"],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_key_is_enough_and_must_be_whole() {
        assert!(Symptom::Closed.is_shown_by("message.missing/closed.protocol-error"));
        assert!(Symptom::NoPong.is_shown_by("not-survived/ping.unanswered"));
        assert!(Symptom::Ended.is_shown_by("closing.no-frame.reset+closing.still-open"));
        assert!(!Symptom::Ended.is_shown_by("ended.not"));
        assert!(!Symptom::OtherCode.is_shown_by("closing.answered-instead"));
        assert!(Symptom::AnswerField("upgrade").is_shown_by("opening.field-missing.upgrade"));
        assert!(!Symptom::AnswerField("upgrade").is_shown_by("opening.field-missing.connection"));
        assert!(Symptom::Request("field").is_shown_by("request.field-value.host"));
    }

    #[test]
    fn bytes_that_break_a_rule_show_wherever_they_are_seen() {
        let symptom = Symptom::Bytes(Violation::RsvSet);
        for key in ["violation.rsv-set", "passive.rsv-set"] {
            assert!(symptom.is_shown_by(key), "{key}");
        }
        assert!(!symptom.is_shown_by("violation.rsv1-misplaced"));
    }
}

//! Words about the end of a connection, and about silence and size limits.

use wsspec_core::Role;
use wsspec_core::close::CloseCode;
use wsspec_vectors::{Codes, EndKind, Grade, Payload};

use super::{Assessment, Evidence, Impossible, Matches, Open, echoes, impossible, soft};
use crate::binding::{EndOfStream, HeadKind};
use crate::exchange::reason::{ClosingReason, Lost, PayloadSample, Reason};

/// Statuses by which a server says that a head is too large (RFC 9110 §15.5.14, §15.5.15, RFC 6585
/// §5).
const TOO_LARGE: [u16; 3] = [413, 414, 431];

pub(super) fn failed(codes: &Codes, e: &Evidence<'_>) -> Assessment {
    if let Some(close) = &e.view.close {
        return match close.code {
            // To a Close that is wrong itself, one without a code may be either.
            Some(1000) | None
                if close.answers && !(close.code.is_none() && e.sent.faulty_close) =>
            {
                impossible(ClosingReason::AnsweredInstead(close.code))
            }
            Some(code) if codes.contains(code) => Matches(None),
            None if *codes == Codes::Any || codes.contains_none() => Matches(None),
            None => soft(Grade::NonStrict, ClosingReason::NoCode),
            Some(sent) => soft(
                Grade::NonStrict,
                ClosingReason::OtherCode {
                    sent,
                    wanted: codes.clone(),
                },
            ),
        };
    }
    if e.view.end.is_some() {
        return Matches(None);
    }
    if let Some(lost) = e.view.lost().filter(|_| e.setup.target == Role::Server) {
        return impossible(lost);
    }
    if e.is_all() {
        return impossible(ClosingReason::StillOpen { pinged: e.settled });
    }
    Open
}

pub(super) fn close(codes: &Codes, reason: Option<&Payload>, e: &Evidence<'_>) -> Assessment {
    let Some(close) = &e.view.close else {
        return match e.view.end {
            Some(end) => impossible(ClosingReason::NoCloseFrame(end)),
            None if e.is_all() => impossible(ClosingReason::NotClosed),
            None => Open,
        };
    };
    if reason.is_some_and(|wanted| close.reason != wanted.bytes()) {
        return impossible(ClosingReason::OtherReason(PayloadSample::of(&close.reason)));
    }
    match close.code {
        Some(code) if codes.contains(code) => Matches(None),
        None if *codes == Codes::Any || codes.contains_none() => Matches(None),
        code => impossible(Lost::Closed(code)),
    }
}

pub(super) fn closed(codes: &Codes, e: &Evidence<'_>) -> Assessment {
    let Some(close) = &e.view.close else {
        return match e.view.end {
            Some(end) => impossible(ClosingReason::NoCloseFrame(end)),
            None if e.late => impossible(ClosingReason::CloseUnanswered),
            None => Open,
        };
    };
    let found = match close.code {
        None => None,
        Some(code) if codes.contains(code) => None,
        Some(code @ (1002 | 1003 | 1007..=1011)) => {
            return impossible(ClosingReason::Accused(code));
        }
        Some(code) if CloseCode(code).violation().is_some() => None,
        Some(code) => Some((Grade::Informational, ClosingReason::Answered(code).into())),
    };
    // Whether the server then ends the stream is for `ended` to judge, in the case about that.
    Matches(found)
}

pub(super) fn ended(kind: EndKind, e: &Evidence<'_>) -> Assessment {
    match (kind, e.view.end) {
        (EndKind::Any, Some(_))
        | (EndKind::Fin, Some(EndOfStream::Finished | EndOfStream::Truncated))
        | (EndKind::Notify, Some(EndOfStream::Finished))
        // A stream that ends in any other way than END_STREAM does not end in an orderly way (RFC
        // 8441 §5).
        | (
            EndKind::Rst,
            Some(EndOfStream::Reset | EndOfStream::Cancelled(_) | EndOfStream::Aborted(_)),
        ) => Matches(None),
        (EndKind::Announced, Some(_)) if announces_end(e) => Matches(None),
        (_, Some(end)) => impossible(Lost::Ended(end)),
        // Once Close has gone both ways, the end is the server's part (RFC 6455 §5.5.1).
        (_, None) if e.is_all() && e.setup.target == Role::Server && e.view.close.is_some() => {
            impossible(ClosingReason::StreamNotEnded)
        }
        (_, None) if e.is_all() => impossible(ClosingReason::NotEnded),
        (_, None) => Open,
    }
}

/// Whether the response says that the connection ends after it (RFC 9112 §9.6).
fn announces_end(e: &Evidence<'_>) -> bool {
    e.view.field("connection").any(|line| {
        wsspec_core::handshake::list(line).any(|member| member.eq_ignore_ascii_case(b"close"))
    })
}

pub(super) fn quiet(e: &Evidence<'_>) -> Assessment {
    // An application that sends messages of its own accord sends them here, too; one that is no echo
    // may answer now what it was sent before.
    let may_owe = e.sent.sound > 0 && (e.setup.watching || !echoes(e));
    let messages_may_come = e.setup.pushes || may_owe;
    let (before, now) = (e.activity_before, e.view.activity);
    let spoke = if messages_may_come {
        now.beside_messages() > before.beside_messages()
    } else {
        now.count > before.count
    };
    if spoke {
        return Impossible(Reason::NotQuiet);
    }
    if e.pong {
        return impossible(ClosingReason::StillOpen { pinged: true });
    }
    match e.view.end {
        Some(end) => impossible(Lost::Ended(end)),
        None if e.quiet || e.late => Matches(None),
        None => Open,
    }
}

pub(super) fn limited(e: &Evidence<'_>) -> Assessment {
    if let Some(code @ (1008 | 1009)) = e.view.close.as_ref().and_then(|close| close.code) {
        return applied(Lost::Closed(Some(code)));
    }
    if let Some(HeadKind::Answer(status)) = e.view.head.as_ref().map(|head| &head.kind)
        && TOO_LARGE.contains(&status.code)
    {
        return applied(Lost::Refused(status.clone()));
    }
    match e.view.lost() {
        Some(lost) => impossible(lost),
        None if e.is_all() => Impossible(Reason::NoLimitApplied),
        None => Open,
    }
}

fn applied(how: Lost) -> Assessment {
    soft(Grade::Informational, Reason::LimitApplied(how))
}

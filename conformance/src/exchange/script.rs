//! A case laid out as the lines to carry out, with everything filled in that it leaves out.

use std::collections::VecDeque;
use std::sync::Arc;

use wsspec_core::Role;

use super::agreement;
use wsspec_vectors::{Case, Head, OpenedFields, Outcome, Step, Word};

/// One line of the conversation.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) step: Step,
    pub(crate) kind: LineKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LineKind {
    /// Written in the case, or implied by an `open` that is.
    Stated,
    /// The opening that the case takes for granted: when it fails, that is an error and no verdict.
    Granted,
    /// A stated one that cannot be judged: the target was too slow for it, or never stops talking.
    Busy,
    /// The question at the end whether the connection has survived.
    Last,
}

/// Whether a right server can answer this request with nothing but a plain 101.
pub(crate) fn is_plain(head: &Head) -> bool {
    let names = |name: &str| {
        head.headers.iter().any(|(n, _)| {
            n.get(..name.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(name))
        })
    };
    let whole = head.lines.is_none()
        && head.raw.is_none()
        && head.method.is_none()
        && head.version.is_none();
    whole && !names("sec-websocket-key") && !names("upgrade")
}

/// Steps that still make sense when an outcome has ended the connection.
pub(crate) fn survives(step: &Step) -> bool {
    match step {
        Step::Expect(alternatives) => alternatives
            .iter()
            .any(|o| matches!(o.word, Word::Ended(_) | Word::Serves | Word::Transport(_))),
        _ => false,
    }
}

/// The lines of a case, with everything filled in that it leaves out.
pub(crate) fn lay_out(case: &Case, target: Role) -> VecDeque<Line> {
    let expect = |word: Word| Step::Expect([Outcome::plain(word)].into());
    let opened = || expect(Word::Opened(OpenedFields::default()));
    let line = |step: Step, kind| Line { step, kind };
    let mut lines = VecDeque::new();
    let states_opening = case
        .steps
        .iter()
        .any(|s| matches!(s, Step::Open(_) | Step::Accept(_)));
    if !states_opening {
        let head = Arc::new(match (&case.agree, target) {
            (Some(agree), Role::Server) => agreement::head(agreement::offer(agree.deflate)),
            _ => Head::default(),
        });
        match target {
            Role::Server => {
                lines.extend([
                    line(Step::Open(head), LineKind::Granted),
                    line(opened(), LineKind::Granted),
                ]);
            }
            Role::Client => lines.push_back(line(Step::Accept(head), LineKind::Granted)),
        }
        lines.push_back(line(expect(Word::Alive), LineKind::Granted));
    }
    for (i, step) in case.steps.iter().enumerate() {
        lines.push_back(line(step.clone(), LineKind::Stated));
        if let Step::Open(head) = step
            && head.glued.is_empty()
            && !matches!(
                case.steps.get(i + 1),
                Some(Step::Expect(_) | Step::Fin | Step::Rst)
            )
        {
            lines.push_back(line(opened(), LineKind::Stated));
        }
    }
    let asked = matches!(case.steps.last(), Some(Step::Expect(a)) if a.len() == 1 && a[0].word == Word::Alive);
    if !asked {
        lines.push_back(line(expect(Word::Alive), LineKind::Last));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use wsspec_vectors::FieldValue;

    #[test]
    fn a_plain_request_leaves_a_server_nothing_to_object_to() {
        let field = |name: &str| vec![(name.to_owned(), FieldValue::Lines(vec!["x".to_owned()]))];
        let with = |name: &str| Head {
            headers: field(name),
            ..Head::default()
        };
        for plain in [
            Head::default(),
            with("Origin"),
            with("Sec-WebSocket-Protocol"),
            with("Up"),
        ] {
            assert!(is_plain(&plain), "{plain:?}");
        }
        let some = || Some("x".to_owned());
        for odd in [
            with("Upgrade"),
            with("SEC-WEBSOCKET-KEY"),
            Head {
                lines: Some(Vec::new()),
                ..Head::default()
            },
            Head {
                method: some(),
                ..Head::default()
            },
            Head {
                version: some(),
                ..Head::default()
            },
        ] {
            assert!(!is_plain(&odd), "{odd:?}");
        }
    }
}

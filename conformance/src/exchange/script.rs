//! A case laid out as the lines to carry out, with everything filled in that it leaves out.

use std::collections::VecDeque;
use std::sync::Arc;

use wsspec_core::Role;
use wsspec_vectors::{Case, Head, OpenedFields, Outcome, Step, TransportWord, Word};

use super::{Setup, agreement};

/// One line of the exchange.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// The conversation it belongs to, from 1.
    pub(crate) on: u32,
    /// The step itself; never [`Step::On`].
    pub(crate) step: Step,
    pub(crate) kind: LineKind,
    /// The place of the step in the case; `None` for a line that the case leaves out.
    pub(crate) at: Option<usize>,
}

/// What it means when a line does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LineKind {
    /// Written in the case, or implied by an `open` that is.
    Stated,
    /// The opening that the case takes for granted: when it fails, that is an error and no verdict.
    Granted,
    /// The question after a prelude whether it is over: all that was sent before is settled then.
    Settled,
    /// The question at the end whether the connection has survived.
    Last,
}

/// The lines of a case, with everything filled in that it leaves out.
pub(crate) fn lay_out(case: &Case, setup: &Setup) -> VecDeque<Line> {
    let prelude = prelude(setup);
    let mut lines = VecDeque::new();
    let looks_on = looks_on(case) || speaks_no_tls(case) || case.is_proxied();
    if !case.states_opening() && !looks_on {
        lines.extend(granted_opening(case, setup.target));
        lines.extend(prelude_lines(&prelude, 1));
    }
    for (i, step) in case.steps.iter().enumerate() {
        let (on, step) = of_conversation(step);
        let implies_opened = match step {
            Step::Open(head) => head.glued.is_empty() && !says_what_follows(case.steps.get(i + 1)),
            _ => false,
        };
        lines.push_back(stated(on, step.clone(), Some(i)));
        if implies_opened {
            lines.push_back(stated(on, opened(), None));
        }
        if (implies_opened || is_opened(step)) && sends_later(&case.steps[i + 1..], on) {
            lines.extend(prelude_lines(&prelude, on));
        }
    }
    if !ends_with_alive(case) && !looks_on {
        lines.push_back(Line {
            on: 1,
            step: expect(Word::Alive),
            kind: LineKind::Last,
            at: None,
        });
    }
    lines
}

/// What every connection to the target begins with.
fn prelude(setup: &Setup) -> Vec<Step> {
    let written = setup.application.prelude.as_deref();
    written.map_or(Vec::new(), |json| Step::read_all(json).unwrap_or_default())
}

/// The lines of a prelude, and a sign of life after it.
fn prelude_lines(prelude: &[Step], on: u32) -> Vec<Line> {
    let mut lines: Vec<Line> = prelude
        .iter()
        .map(|step| Line {
            on,
            step: step.clone(),
            kind: LineKind::Granted,
            at: None,
        })
        .collect();
    if !lines.is_empty() {
        lines.push(Line {
            on,
            step: expect(Word::Alive),
            kind: LineKind::Settled,
            at: None,
        });
    }
    lines
}

/// Whether this expects the connection to open.
fn is_opened(step: &Step) -> bool {
    step.expects(|word| matches!(word, Word::Opened(_)))
}

/// Whether conversation `on` has messages to come.
fn sends_later(steps: &[Step], on: u32) -> bool {
    steps
        .iter()
        .map(of_conversation)
        .any(|(of, step)| of == on && matches!(step, Step::Send { .. }))
}

/// The number of the conversation, and the step itself.
pub(crate) fn of_conversation(step: &Step) -> (u32, &Step) {
    match step {
        Step::On(on, step) => (*on, step.bare()),
        step => (1, step),
    }
}

/// Steps that still make sense when an outcome has ended the connection.
pub(crate) fn survives(step: &Step) -> bool {
    step.survives_end()
}

/// Whether a case begins by looking at the settings of the target, and opens nothing.
pub(crate) fn looks_on(case: &Case) -> bool {
    case.steps.first().is_some_and(|step| {
        step.bare()
            .expects(|word| matches!(word, Word::Transport(TransportWord::Settings(_))))
    })
}

/// Whether a case sends something in place of our half of the TLS handshake, so that nothing opens.
fn speaks_no_tls(case: &Case) -> bool {
    case.tls.as_ref().is_some_and(|tls| tls.instead.is_some())
}

/// The opening handshake that a case takes for granted, and a sign of life after it. After settings of
/// its own, nothing is: whether the target copes with them is what the case is about.
fn granted_opening(case: &Case, target: Role) -> Vec<Line> {
    let kind = match case.steps.first() {
        Some(Step::Settings(_)) => LineKind::Stated,
        _ => LineKind::Granted,
    };
    let head = Arc::new(match (&case.agree, target) {
        (Some(agree), Role::Server) => agreement::head(agreement::offer(agree.deflate)),
        _ => Head::default(),
    });
    let steps = match target {
        Role::Server => vec![Step::Open(head), opened(), expect(Word::Alive)],
        Role::Client => vec![Step::Accept(head), expect(Word::Alive)],
    };
    steps
        .into_iter()
        .map(|step| Line {
            on: 1,
            step,
            kind,
            at: None,
        })
        .collect()
}

fn stated(on: u32, step: Step, at: Option<usize>) -> Line {
    Line {
        on,
        step,
        kind: LineKind::Stated,
        at,
    }
}

fn expect(word: Word) -> Step {
    Step::Expect([Outcome::plain(word)].into())
}

fn opened() -> Step {
    expect(Word::Opened(OpenedFields::default()))
}

/// Whether the step after an `open` says what comes of it.
fn says_what_follows(next: Option<&Step>) -> bool {
    matches!(
        next.map(Step::bare),
        Some(Step::Expect(_) | Step::Fin | Step::Rst)
    )
}

fn ends_with_alive(case: &Case) -> bool {
    match case.steps.last() {
        Some(Step::Expect(alternatives)) => {
            alternatives.len() == 1 && alternatives[0].word == Word::Alive
        }
        _ => false,
    }
}

//! The verdict on a case in the light of its control.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use wsspec_core::{Role, Violation as V};
use wsspec_reports::Verdict;
use wsspec_vectors::{Case, Outcome, Step, Word};

use super::build::{Seen, breaks_a_rule, is_plain, without_signs_of_life};
use super::citation::{accepted_fault, cause, root};
use super::premise::premises_of;
use crate::exchange::{
    ClosingReason, Conclusion, Ending, Lost, MessageReason, Needs, Reaction, Reason, Setup,
};
use crate::run::{failed_passively, requirements_of, row_id};
use wsspec_core::frame::MessageKind;

/// What carries out conversations with one target.
pub(crate) trait Carrier {
    /// Carries out one conversation.
    fn carry_out(&self, case: &Case, setup: &Setup) -> impl Future<Output = Conclusion>;
}

/// How long an answer may come after the pong to a later ping, if there is doubt.
const LATE: Duration = Duration::from_secs(1);

/// The case with the simplest message.
const SIMPLEST: &str = "message.plain-text";

/// Weighs what came of cases with one target.
pub(crate) struct Weigher<R> {
    setup: Setup,
    run: R,
    /// The ids of the cases of the run: one can rest on no other.
    cases: Arc<HashSet<String>>,
    /// Reactions to controls that were run before.
    known: Mutex<HashMap<Seen, Arc<Control>>>,
    /// Premises that were tried before, by id, with the cause of those that fail.
    tried: Mutex<HashMap<String, Option<String>>>,
}

/// What came of a control.
struct Control {
    reaction: Reaction,
    /// It went as it should, whatever became of its messages.
    holds: bool,
    duration: Duration,
}

/// What came of a case in the light of its control.
pub(crate) struct Weighed {
    pub(crate) conclusion: Conclusion,
    /// The id of the case to look at instead, where this one cannot be judged.
    pub(crate) rests_on: Option<String>,
}

impl<R: Carrier> Weigher<R> {
    /// `run` carries out conversations with the target, which `setup` describes.
    /// `cases` are the ids of the cases of the run.
    pub(crate) fn new(setup: &Setup, run: R, cases: Arc<HashSet<String>>) -> Weigher<R> {
        Weigher {
            setup: setup.clone(),
            run,
            cases,
            known: Mutex::default(),
            tried: Mutex::default(),
        }
    }

    /// What is to be said of a case that did not pass.
    pub(crate) async fn weigh(&self, case: &Case, conclusion: Conclusion) -> Weighed {
        if !matches!(conclusion.verdict, Verdict::Fail | Verdict::NonStrict) {
            return stands(conclusion);
        }
        if matches!(conclusion.reason, Some(Reason::FramingLost(_))) {
            return stands(conclusion);
        }
        if let Some(rule) = broken_passively(case, &conclusion, self.setup.target) {
            return rests_on(conclusion, Some(rule));
        }
        if is_about_the_opening(&conclusion) {
            return stands(conclusion);
        }
        if let Some(premise) = self.broken_premise(case, &conclusion).await {
            return rests_on(conclusion, Some(premise));
        }
        let breaks = conclusion.reaction.provoked.is_some() || breaks_a_rule(case, &self.setup);
        if refuses(case) && breaks {
            self.weigh_refusal(case, conclusion).await
        } else if may_be_a_limit(conclusion.reaction.ending)
            || conclusion.verdict == Verdict::Fail && is_about_messages(&conclusion)
        {
            self.weigh_acceptance(case, conclusion).await
        } else {
            stands(conclusion)
        }
    }

    /// The id of the simplest case that this one contains and that fails in the same way.
    async fn broken_premise(&self, case: &Case, conclusion: &Conclusion) -> Option<String> {
        let found = cause(conclusion);
        for premise in premises_of(case) {
            if !self.cases.contains(&premise.id) || !premise.roles.contains(&self.setup.target) {
                continue;
            }
            let known = self.tried().get(&premise.id).cloned();
            let fails = if let Some(fails) = known {
                fails
            } else {
                let tried = self.run.carry_out(premise, &self.setup).await;
                let fails = (tried.verdict == Verdict::Fail).then(|| cause(&tried));
                self.tried().insert(premise.id.clone(), fails.clone());
                fails
            };
            if fails.as_ref() == Some(&found) {
                return Some(premise.id.clone());
            }
        }
        None
    }

    fn tried(&self) -> MutexGuard<'_, HashMap<String, Option<String>>> {
        self.tried.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The conversation again, without regard to what becomes of its messages.
    async fn watch(&self, case: &Case) -> Conclusion {
        let setup = Setup {
            watching: true,
            ..self.setup.clone()
        };
        self.run.carry_out(case, &setup).await
    }

    /// The same, with time for answers that come long after a pong.
    async fn watch_patiently(&self, case: &Case) -> Conclusion {
        let mut setup = Setup {
            watching: true,
            ..self.setup.clone()
        };
        setup.timing.overtaken = setup.timing.overtaken.max(LATE);
        self.run.carry_out(case, &setup).await
    }

    /// The target's reaction to what the application sees in `case`.
    async fn control(&self, seen: Seen, case: &Case) -> Arc<Control> {
        if let Some(control) = self.known().get(&seen) {
            return Arc::clone(control);
        }
        let conclusion = self.watch(&seen.control(case)).await;
        let control = Arc::new(Control {
            holds: conclusion.verdict < Verdict::NonStrict,
            duration: conclusion.duration,
            reaction: conclusion.reaction,
        });
        self.known().insert(seen, Arc::clone(&control));
        control
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Seen, Arc<Control>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A case that breaks a rule, which the target has to answer by failing the connection.
    async fn weigh_refusal(&self, case: &Case, conclusion: Conclusion) -> Weighed {
        let mut conclusion = conclusion;
        let before_the_fault = conclusion.missed.is_some_and(|missed| !missed.provoked);
        let of_application = !self.setup.claims_echo() && involves_messages(&conclusion);
        if before_the_fault || of_application || is_about_messages_alone(&conclusion) {
            // What the case takes for granted did not hold: that is for other cases to say.
            conclusion = self.watch(case).await;
            if conclusion.missed.is_some_and(|missed| !missed.provoked)
                && let Some(rest) = without_signs_of_life(case)
            {
                conclusion = self.watch(&rest).await;
            }
            if conclusion.missed.is_some_and(|missed| !missed.provoked) {
                return rests_on(conclusion, None);
            }
        }
        let ending = conclusion.reaction.ending;
        // With another accusation than was called for, it may speak of what it would not take anyway.
        let other = conclusion.verdict == Verdict::NonStrict && ending.accuses();
        let refused = ending.accuses() || matches!(ending, Ending::Bare(_) | Ending::NotOpened);
        if refused && !other
            || conclusion.reaction.closed_by_us
            || !matches!(conclusion.verdict, Verdict::Fail | Verdict::NonStrict)
        {
            return stands(conclusion);
        }
        let watched = self.watch(case).await;
        let Some(sent) = watched.reaction.sent.clone() else {
            return stands(conclusion);
        };
        let (before, all) = (sent[..watched.reaction.sound].to_vec(), sent);
        if ending != Ending::Open
            && self.control(Seen::of(before), case).await.reaction.ending == ending
        {
            // It ended the conversation before it came to the fault.
            return rests_on(conclusion, None);
        }
        let control = self.control(Seen::of(all), case).await;
        if control.reaction.ending == ending && !other && matches!(ending, Ending::Closed(_)) {
            // Its Close has nothing to do with the fault, which it took.
            conclusion.verdict = Verdict::Fail;
            conclusion.reason = Some(ClosingReason::ClosedAnyway(code_of(ending)).into());
            return stands(conclusion);
        }
        if other && control.reaction.ending != ending {
            return stands(conclusion);
        }
        if control.reaction.ending.accuses() || matches!(control.reaction.ending, Ending::Bare(_)) {
            return rests_on(conclusion, None);
        }
        stands(conclusion)
    }

    /// A case that breaks no rule, and whose messages the target has to take.
    async fn weigh_acceptance(&self, case: &Case, conclusion: Conclusion) -> Weighed {
        if is_plain(case) {
            return self.weigh_plain(case, conclusion).await;
        }
        let watched = self.watch(case).await;
        let Some(sent) = watched.reaction.sent.clone() else {
            let simplest = self.control(Seen::simplest(), case).await;
            if !simplest.reaction.is_echo() && simplest.reaction.ending == watched.reaction.ending {
                return self.rests_on_simplest(conclusion);
            }
            return stands(conclusion);
        };
        let control = self.control(Seen::of(sent.clone()), case).await;
        if self.goes_by_time(&watched, &control, sent, case).await {
            return rests_on(conclusion, None);
        }
        if watched.verdict < Verdict::NonStrict && self.same(&watched.reaction, &control.reaction) {
            // Where an echo is claimed, what is none in the control is for plainer cases to say.
            return if self.setup.claims_echo() && !control.reaction.is_echo() {
                rests_on(conclusion, None)
            } else {
                stands(watched)
            };
        }
        if !control.holds && control.reaction.ending == watched.reaction.ending {
            return rests_on(conclusion, None);
        }
        if let Some(rest) = without_signs_of_life(case) {
            let rest = self.watch(&rest).await;
            if rest.verdict < Verdict::NonStrict && self.is_taken_as_its_control(&rest, case).await
            {
                return stands(rest);
            }
        }
        if watched.verdict < Verdict::NonStrict && !control.reaction.is_echo() {
            // Neither is an echo, and they differ: the application goes by what cannot be seen.
            return rests_on(conclusion, None);
        }
        if watched.verdict < Verdict::NonStrict {
            // Answers may come late, and more so where many are due.
            let patient = self.watch_patiently(case).await;
            if patient.verdict < Verdict::NonStrict
                && self.is_taken_as_its_control(&patient, case).await
            {
                return stands(patient);
            }
        }
        let softer = watched.verdict == Verdict::NonStrict && is_about_messages_alone(&conclusion);
        if softer && !self.setup.claims_echo() {
            // What the application made of its messages is left aside.
            return stands(watched);
        }
        stands(conclusion)
    }

    /// Whether the application may have ended the conversation for how long it took, or how quickly
    /// its messages came, which its control does not show.
    async fn goes_by_time(
        &self,
        watched: &Conclusion,
        control: &Control,
        sent: Vec<(MessageKind, Vec<u8>)>,
        case: &Case,
    ) -> bool {
        let ending = watched.reaction.ending;
        let may = !self.setup.claims_echo() && ending.is_of_application();
        if !may || ending == Ending::Closed(Some(1011)) || ending == control.reaction.ending {
            return false;
        }
        if watched.duration > control.duration * 2 {
            return true;
        }
        let at_once = self.watch(&Seen::of(sent).control_at_once(case)).await;
        at_once.reaction.ending == ending
    }

    /// A case whose application does not even send the simplest message back.
    fn rests_on_simplest(&self, conclusion: Conclusion) -> Weighed {
        if self.cases.contains(SIMPLEST) || !self.setup.claims_echo() {
            rests_on(conclusion, Some(SIMPLEST.to_owned()))
        } else {
            stands(conclusion)
        }
    }

    async fn is_taken_as_its_control(&self, watched: &Conclusion, case: &Case) -> bool {
        match watched.reaction.sent.clone() {
            Some(sent) => {
                let control = self.control(Seen::of(sent), case).await;
                self.same(&watched.reaction, &control.reaction)
            }
            None => false,
        }
    }

    /// Whether the application made the same of two conversations.
    fn same(&self, one: &Reaction, control: &Reaction) -> bool {
        // Where we have closed, the end is of our making.
        let ending = one.closed_by_us || one.ending == control.ending;
        // Unless it only echoes, it may send other messages at any time.
        ending
            && (one.messages == control.messages
                || !self.setup.claims_echo() && one.echoes() == control.echoes())
    }

    /// A case in which a library sees nothing out of the ordinary.
    async fn weigh_plain(&self, case: &Case, conclusion: Conclusion) -> Weighed {
        let simplest = Seen::simplest();
        let watched = self.watch(case).await;
        let is_simplest = watched.reaction.sent.as_ref() == Some(&simplest.messages);
        if !is_simplest {
            let control = self.control(simplest, case).await;
            if !control.reaction.is_echo() && control.reaction.ending == watched.reaction.ending {
                return self.rests_on_simplest(conclusion);
            }
        }
        if !self.setup.claims_echo() && is_trait(&watched) {
            return rests_on(conclusion, None);
        }
        stands(conclusion)
    }
}

/// The id of the passive rule that the target's own bytes broke, where the case is about another:
/// what it says of such bytes follows from that.
fn broken_passively(case: &Case, conclusion: &Conclusion, target: Role) -> Option<String> {
    if accepted_fault(conclusion).is_some() {
        // What it sent wrongly, it took wrongly first.
        return None;
    }
    let faults = conclusion.observed.faults.iter();
    let mut rules = faults.map(|fault| fault.violation);
    let reason = root(conclusion.reason.as_ref()?);
    let rule =
        rules.find(|rule| failed_passively(*rule, target).is_some() && explains(*rule, &reason))?;
    let about_it = requirements_of(rule).any(|id| case.cites(id));
    (!about_it).then(|| row_id(rule.name()))
}

/// Whether a failure follows from a rule that the target's own bytes broke. A wrong mask bit, or a
/// length that is not minimal, changes nothing of what the bytes say.
fn explains(rule: V, reason: &Reason) -> bool {
    match reason {
        Reason::Broke(broken, _) => *broken == rule,
        Reason::Message(_) => matches!(
            rule,
            V::RsvSet
                | V::OpcodeReserved
                | V::ControlFragmented
                | V::ControlTooLong
                | V::ContinuationOrphan
                | V::MessageInterleaved
                | V::TextNotUtf8
                | V::Rsv1Misplaced
                | V::DeflateInvalid
                | V::DeflateUnfinished
                | V::DeflateBeyondWindow
                | V::DeflateBeyondMessage
        ),
        Reason::Closing(_) | Reason::Lost(Lost::Closed(_)) => matches!(
            rule,
            V::ControlTooLong
                | V::CloseBodyOneByte
                | V::CloseCodeForbidden
                | V::CloseCodeUnassigned
                | V::CloseReasonNotUtf8
        ),
        _ => false,
    }
}

fn stands(conclusion: Conclusion) -> Weighed {
    Weighed {
        conclusion,
        rests_on: None,
    }
}

fn rests_on(mut conclusion: Conclusion, what: Option<String>) -> Weighed {
    conclusion.verdict = Verdict::Skipped;
    let reason = conclusion.reason.take();
    conclusion.reason = Some(Needs::Premise(reason.map(Box::new)).into());
    Weighed {
        conclusion,
        rests_on: what,
    }
}

/// Whether an application may end a conversation so, for what it sees of it or for a limit of its
/// own.
fn may_be_a_limit(ending: Ending) -> bool {
    ending.is_of_application() || ending == Ending::Closed(Some(1009))
}

/// Whether an application may react so to a plain message: it answers with others or not at all, or
/// ends the conversation for reasons of its own.
fn is_trait(watched: &Conclusion) -> bool {
    let ending = watched.reaction.ending;
    may_be_a_limit(ending) || ending == Ending::Open && watched.verdict < Verdict::NonStrict
}

/// Whether the case breaks a rule in its frames, and wants the connection failed for it.
fn refuses(case: &Case) -> bool {
    let fails = |step: &Step| match step.bare() {
        Step::Expect(alternatives) => alternatives
            .iter()
            .any(|outcome| outcome.verdict.is_none() && matches!(outcome.word, Word::Failed(_))),
        _ => false,
    };
    case.steps.iter().any(fails)
}

/// Whether a failure is about how the opening was answered.
fn is_about_the_opening(conclusion: &Conclusion) -> bool {
    if matches!(conclusion.reason, Some(Reason::Message(_))) {
        return false;
    }
    conclusion.reaction.ending == Ending::NotOpened
        || conclusion.expected.as_deref().is_some_and(|alternatives| {
            alternatives.iter().any(|outcome| {
                matches!(
                    outcome.word,
                    Word::Opened(_) | Word::Refused(_) | Word::Requested(_)
                )
            })
        })
}

/// Whether a failure is about what becomes of messages, or that a conversation goes on.
fn is_about_messages(conclusion: &Conclusion) -> bool {
    is_about_messages_alone(conclusion)
        || conclusion
            .expected
            .as_deref()
            .is_none_or(|alternatives| alternatives.iter().any(is_of_messages))
}

fn is_of_messages(outcome: &Outcome) -> bool {
    outcome.verdict.is_none()
        && matches!(
            outcome.word,
            Word::Echo | Word::Text(_) | Word::Binary(_) | Word::Pong(_) | Word::Alive
        )
}

/// Whether a message that came or did not is a part of the reason.
fn involves_messages(conclusion: &Conclusion) -> bool {
    match &conclusion.reason {
        Some(Reason::None(reasons)) => reasons
            .iter()
            .any(|reason| matches!(reason, Reason::Message(MessageReason::Missing { .. }))),
        _ => false,
    }
}

/// Whether the reason is a message that came or did not.
fn is_about_messages_alone(conclusion: &Conclusion) -> bool {
    matches!(conclusion.reason, Some(Reason::Message(_)))
}

fn code_of(ending: Ending) -> Option<u16> {
    match ending {
        Ending::Closed(code) => code,
        Ending::NotOpened | Ending::Open | Ending::Bare(_) => None,
    }
}

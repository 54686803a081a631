//! Weighing a case: which comparison fits its failure, and what comparisons share.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use wsspec_reports::Verdict;
use wsspec_vectors::Case;

use super::build::{Seen, breaks_a_rule};
use super::contents::Contents;
use super::hidden::without_hidden_fields;
use super::kind::{
    is_about_messages, is_about_the_opening, is_doubtful, is_of_an_application, may_be_a_limit,
    wants_failure,
};
use super::passive::broken_passively;
use super::premise::{Broken, Likeness, premise_of, premises_of};
use crate::exchange::{Conclusion, Ending, Needs, Reaction, Reason, Setup};

/// How long an answer may come after the pong to a later ping, if there is doubt.
const LATE: Duration = Duration::from_secs(1);

/// The case with the simplest message.
const SIMPLEST: &str = "message.plain-text";

/// Largest messages, in bytes together, whose control is kept for other cases.
const KEPT_BYTES: usize = 4 << 10;

/// What carries out conversations with one target.
pub(crate) trait CarriesOut {
    /// Carries out one conversation.
    fn carry_out(&self, case: &Case, setup: &Setup) -> impl Future<Output = Conclusion>;
}

/// Weighs what came of cases with one target.
pub(crate) struct Weigher<C> {
    pub(super) setup: Setup,
    pub(super) carrier: C,
    /// The ids of the cases of the run: one can rest on no other.
    cases: Arc<HashSet<String>>,
    /// No plain connection works: there is no control.
    troubled: bool,
    /// Controls that were run before.
    controls: Mutex<HashMap<Seen, Arc<Control>>>,
    /// Premises that were tried before, by id, with what broke in those that fail.
    premises: Mutex<HashMap<String, Option<Broken>>>,
}

/// What came of a control.
pub(super) struct Control {
    pub(super) reaction: Reaction,
    /// It went as it should, whatever became of its messages.
    pub(super) holds: bool,
    pub(super) duration: Duration,
}

impl<C: CarriesOut> Weigher<C> {
    /// `carrier` carries out conversations with the target, which `setup` describes. `cases` are the
    /// ids of the cases of the run. `troubled`: no plain connection works.
    pub(crate) fn new(
        setup: &Setup,
        carrier: C,
        cases: Arc<HashSet<String>>,
        troubled: bool,
    ) -> Weigher<C> {
        Weigher {
            setup: setup.clone(),
            carrier,
            cases,
            troubled,
            controls: Mutex::default(),
            premises: Mutex::default(),
        }
    }

    /// What is to be said of a case in the light of its control. What the target's own bytes showed
    /// stays that of the case.
    pub(crate) async fn weigh(&self, case: &Case, conclusion: Conclusion) -> Conclusion {
        let observed = conclusion.observed.clone();
        Conclusion {
            observed,
            ..self.weighed(case, conclusion).await
        }
    }

    async fn weighed(&self, case: &Case, conclusion: Conclusion) -> Conclusion {
        if conclusion.verdict == Verdict::Fail
            && conclusion.opening.opens
            && let Some(plainer) = without_hidden_fields(case)
            && self.watch(&plainer).await.opening.opens
        {
            // It asks for none of the fields that the request hides.
            return rests_on(conclusion, None);
        }
        let certain = conclusion
            .reason
            .as_ref()
            .is_some_and(|reason| reason.is_unreadable() || matches!(reason, Reason::Cost(_)));
        if certain || !is_doubtful(&conclusion) {
            return conclusion;
        }
        if let Some(rule) = broken_passively(case, &conclusion, self.setup.target) {
            return rests_on(conclusion, Some(rule));
        }
        if matches!(conclusion.reason, Some(Reason::NotServed))
            && let Some(premise) = premise_of(Contents::PING)
            && self.failure_of(premise).await.is_some()
        {
            // The first connection would not have been called served either.
            let is_a_row = self.cases.contains(&premise.id);
            return rests_on(conclusion, is_a_row.then(|| premise.id.clone()));
        }
        // What an application makes of a plain message may be its own: the control tells.
        if (self.setup.claims_echo() || !is_of_an_application(&conclusion))
            && let Some(premise) = self.broken_premise(case, &conclusion).await
        {
            return rests_on(conclusion, Some(premise));
        }
        if self.troubled || is_about_the_opening(&conclusion) {
            return conclusion;
        }
        // What answers a Close of ours is no decision of the application.
        let ends_at_will =
            may_be_a_limit(conclusion.reaction.ending) && !conclusion.reaction.closed_by_us;
        let breaks = conclusion.reaction.provoked.is_some() || breaks_a_rule(case, &self.setup);
        if wants_failure(case) && breaks {
            self.weigh_refusal(case, conclusion).await
        } else if ends_at_will
            || conclusion.verdict == Verdict::Fail && is_about_messages(&conclusion)
        {
            self.weigh_acceptance(case, conclusion).await
        } else {
            conclusion
        }
    }

    /// The id of the simplest case that this one contains and that fails alike.
    async fn broken_premise(&self, case: &Case, conclusion: &Conclusion) -> Option<String> {
        for (premise, likeness) in premises_of(case) {
            // Where no plain connection works, an odd one says nothing of its oddity.
            let odd = likeness == Likeness::Way && !premise.over.has_streams();
            let says = !(self.troubled && odd);
            if says
                && self.cases.contains(&premise.id)
                && premise.roles.contains(&self.setup.target)
                && let Some(broken) = self.failure_of(premise).await
                && broken.explains(conclusion, likeness)
            {
                return Some(premise.id.clone());
            }
        }
        None
    }

    /// The id of the case in which the simplest Close is not answered, if a target is silent that
    /// answers none.
    pub(super) async fn unanswered_close(&self, conclusion: &Conclusion) -> Option<String> {
        let premise = premise_of(Contents::CLOSE)?;
        let silent = conclusion.reaction.ending == Ending::Open;
        let tried = silent && self.cases.contains(&premise.id);
        (tried && self.failure_of(premise).await.is_some()).then(|| premise.id.clone())
    }

    /// What breaks in a premise, if it fails.
    async fn failure_of(&self, premise: &Case) -> Option<Broken> {
        let known = lock(&self.premises).get(&premise.id).cloned();
        if let Some(failure) = known {
            return failure;
        }
        let tried = self.carrier.carry_out(premise, &self.setup).await;
        let failure = Broken::of(&tried);
        lock(&self.premises).insert(premise.id.clone(), failure.clone());
        failure
    }

    /// The conversation again, without regard to what becomes of its messages.
    pub(super) async fn watch(&self, case: &Case) -> Conclusion {
        self.watch_for(Duration::ZERO, case).await
    }

    /// The same, with time for answers that come long after a pong.
    pub(super) async fn watch_patiently(&self, case: &Case) -> Conclusion {
        self.watch_for(LATE, case).await
    }

    async fn watch_for(&self, late: Duration, case: &Case) -> Conclusion {
        let mut setup = Setup {
            watching: true,
            ..self.setup.clone()
        };
        setup.timing.overtaken = setup.timing.overtaken.max(late);
        self.carrier.carry_out(case, &setup).await
    }

    /// What comes of the conversation in which the application sees this and the library nothing out
    /// of the ordinary.
    pub(super) async fn control(&self, seen: Seen, case: &Case) -> Arc<Control> {
        if let Some(control) = lock(&self.controls).get(&seen) {
            return Arc::clone(control);
        }
        let conclusion = self.watch(&seen.control(case)).await;
        let control = Arc::new(Control {
            holds: conclusion.verdict < Verdict::NonStrict,
            duration: conclusion.duration,
            reaction: conclusion.reaction,
        });
        if seen.size() <= KEPT_BYTES {
            lock(&self.controls).insert(seen, Arc::clone(&control));
        }
        control
    }

    /// A case whose application does not even send the simplest message back.
    pub(super) fn rests_on_simplest(&self, conclusion: Conclusion) -> Conclusion {
        if self.cases.contains(SIMPLEST) || !self.setup.claims_echo() {
            rests_on(conclusion, Some(SIMPLEST.to_owned()))
        } else {
            conclusion
        }
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The case cannot be judged: something plainer goes the same way, `what` if that is a row.
pub(super) fn rests_on(conclusion: Conclusion, what: Option<String>) -> Conclusion {
    let found = conclusion.reason.map(Box::new);
    Conclusion {
        verdict: Verdict::Skipped,
        reason: Some(Needs::Premise(found).into()),
        rests_on: what,
        ..conclusion
    }
}

//! Cases that break a rule, which the target has to answer by failing the connection.

use wsspec_reports::Verdict;
use wsspec_vectors::Case;

use super::build::{Seen, without_signs_of_life};
use super::kind::{involves_messages, is_about_messages_alone, stated_of_acceptance};
use super::weigh::{CarriesOut, Weigher, rests_on};
use crate::exchange::{ClosingReason, Conclusion, Ending};

impl<C: CarriesOut> Weigher<C> {
    pub(super) async fn weigh_refusal(&self, case: &Case, conclusion: Conclusion) -> Conclusion {
        let aside = failed_before_the_fault(&conclusion)
            || is_about_messages_alone(&conclusion)
            || involves_messages(&conclusion) && !self.setup.claims_echo();
        let conclusion = if aside {
            // What the case takes for granted did not hold: that is for other cases to say.
            self.without_premises(case).await
        } else {
            conclusion
        };
        if failed_before_the_fault(&conclusion) {
            return rests_on(conclusion, None);
        }
        if !matches!(conclusion.verdict, Verdict::Fail | Verdict::NonStrict) {
            return conclusion;
        }
        if conclusion.reaction.closed_by_us {
            // After our Close, silence says nothing of one that answers no Close at all.
            return match self.unanswered_close(&conclusion).await {
                Some(premise) => rests_on(conclusion, Some(premise)),
                None => conclusion,
            };
        }
        let ending = conclusion.reaction.ending;
        // With another accusation than was called for, it may speak of what it would not take anyway.
        let other = conclusion.verdict == Verdict::NonStrict && ending.accuses();
        let refused = ending.accuses() || matches!(ending, Ending::Bare(_) | Ending::NotOpened);
        if refused && !other {
            return conclusion;
        }
        self.compare_refusal(case, conclusion, other).await
    }

    /// The case again, without regard to its messages, and if need be without the signs of life that
    /// it asks for inside a message.
    async fn without_premises(&self, case: &Case) -> Conclusion {
        let watched = self.watch(case).await;
        match without_signs_of_life(case) {
            Some(rest) if failed_before_the_fault(&watched) => self.watch(&rest).await,
            _ => watched,
        }
    }

    /// Compares a reaction that is no refusal, or an `other` accusation than was called for.
    async fn compare_refusal(
        &self,
        case: &Case,
        conclusion: Conclusion,
        other: bool,
    ) -> Conclusion {
        let ending = conclusion.reaction.ending;
        let watched = self.watch(case).await.reaction;
        let Some(sent) = watched.sent else {
            return conclusion;
        };
        let before = Seen::of(sent[..watched.sound].to_vec());
        if ending != Ending::Open && self.control(before, case).await.reaction.ending == ending {
            // It ended the conversation before it came to the fault.
            return rests_on(conclusion, None);
        }
        let control = self.control(Seen::of(sent), case).await.reaction.ending;
        match ending {
            Ending::Closed(code) if control == ending && !other => Conclusion {
                // Its Close has nothing to do with the fault, which it took.
                verdict: stated_of_acceptance(case).unwrap_or(Verdict::Fail),
                reason: Some(ClosingReason::ClosedAnyway(code).into()),
                ..conclusion
            },
            _ if other && control != ending => conclusion,
            _ if control.accuses() || matches!(control, Ending::Bare(_)) => {
                rests_on(conclusion, None)
            }
            _ => conclusion,
        }
    }
}

fn failed_before_the_fault(conclusion: &Conclusion) -> bool {
    conclusion.missed.is_some_and(|missed| !missed.provoked)
}

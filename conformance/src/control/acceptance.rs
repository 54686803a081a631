//! Cases that break no rule: the target has to take them as it takes their control.

use std::time::Duration;

use wsspec_core::frame::MessageKind;
use wsspec_reports::Verdict;
use wsspec_vectors::Case;

use super::build::{Seen, is_plain, without_signs_of_life};
use super::feature::{FEATURES, in_letters, of_content};
use super::kind::{is_about_a_pong, is_about_messages_alone, is_trait};
use super::weigh::{CarriesOut, Control, Weigher, rests_on};
use crate::exchange::{Conclusion, Ending, Reaction};

/// Time by which a conversation is longer than its control, if an application may go by that.
const LONGER: Duration = Duration::from_millis(300);

impl<C: CarriesOut> Weigher<C> {
    pub(super) async fn weigh_acceptance(&self, case: &Case, conclusion: Conclusion) -> Conclusion {
        if is_plain(case) {
            return self.weigh_plain(case, conclusion).await;
        }
        let watched = self.watch(case).await;
        let Some(sent) = watched.reaction.sent.clone() else {
            return self.weigh_large(case, conclusion, &watched).await;
        };
        let control = self.control(Seen::of(sent.clone()), case).await;
        if self.goes_by_time(&watched, &control, sent, case).await {
            return rests_on(conclusion, None);
        }
        if holds(&watched) && self.same(&watched.reaction, &control.reaction) {
            // Where an echo is claimed, what is none in the control is for plainer cases to say.
            return if self.setup.claims_echo() && !control.reaction.is_echo() {
                rests_on(conclusion, None)
            } else {
                watched
            };
        }
        if !control.holds && control.reaction.ending == watched.reaction.ending {
            return rests_on(conclusion, None);
        }
        if let Some(rest) = without_signs_of_life(case) {
            let rest = self.watch(&rest).await;
            if self.is_taken_as_its_control(&rest, case).await {
                return rest;
            }
        }
        if holds(&watched) {
            return self.weigh_difference(case, conclusion, &control).await;
        }
        if watched.verdict == Verdict::NonStrict
            && is_about_messages_alone(&conclusion)
            && !self.setup.claims_echo()
        {
            // What the application made of its messages is left aside.
            return watched;
        }
        self.blame_feature(case, conclusion).await
    }

    /// Finds what it is that the target cannot take in a case of which it takes the control.
    async fn blame_feature(&self, case: &Case, conclusion: Conclusion) -> Conclusion {
        if is_about_a_pong(&conclusion) {
            // Whatever it is that it cannot take, it answered.
            return conclusion;
        }
        for feature in FEATURES {
            if let Some(rest) = (feature.taken_out)(case) {
                let watched = self.watch(&rest).await;
                if self.is_taken_as_its_control(&watched, case).await {
                    return Conclusion {
                        blamed: Some(feature.requirement),
                        ..conclusion
                    };
                }
            }
        }
        conclusion
    }

    /// Finds whether it is the bytes of a plain message that the target cannot take.
    async fn blame_content(&self, case: &Case, conclusion: Conclusion) -> Conclusion {
        if let Some((rest, kind)) = in_letters(case)
            && self.carrier.carry_out(&rest, &self.setup).await.verdict == Verdict::Pass
        {
            return Conclusion {
                blamed: Some(of_content(kind)),
                ..conclusion
            };
        }
        conclusion
    }

    /// A case that holds if messages are left aside, of which the application makes something else
    /// than of its control.
    async fn weigh_difference(
        &self,
        case: &Case,
        conclusion: Conclusion,
        control: &Control,
    ) -> Conclusion {
        if !control.reaction.is_echo() {
            // Neither is an echo: the application goes by what cannot be seen.
            return rests_on(conclusion, None);
        }
        // Answers may come late, and more so where many are due.
        let patient = self.watch_patiently(case).await;
        if self.is_taken_as_its_control(&patient, case).await {
            patient
        } else {
            self.blame_feature(case, conclusion).await
        }
    }

    /// A case with messages too large to be sent once more.
    async fn weigh_large(
        &self,
        case: &Case,
        conclusion: Conclusion,
        watched: &Conclusion,
    ) -> Conclusion {
        let simplest = self.control(Seen::simplest(), case).await;
        if goes_the_same_way(&simplest, watched) {
            self.rests_on_simplest(conclusion)
        } else {
            conclusion
        }
    }

    /// A case in which a library sees nothing out of the ordinary.
    async fn weigh_plain(&self, case: &Case, conclusion: Conclusion) -> Conclusion {
        let simplest = Seen::simplest();
        let watched = self.watch(case).await;
        if watched.reaction.sent.as_ref() != Some(&simplest.messages) {
            let control = self.control(simplest, case).await;
            if goes_the_same_way(&control, &watched) {
                return self.rests_on_simplest(conclusion);
            }
        }
        if !self.setup.claims_echo() && is_trait(&watched) {
            return rests_on(conclusion, None);
        }
        self.blame_content(case, conclusion).await
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
        if self.setup.claims_echo()
            || !ending.is_of_application()
            || ending == Ending::Closed(Some(1011))
            || ending == control.reaction.ending
        {
            return false;
        }
        if watched.duration > (control.duration * 2).max(control.duration + LONGER) {
            return true;
        }
        let at_once = self.watch(&Seen::of(sent).control_at_once(case)).await;
        at_once.reaction.ending == ending
    }

    async fn is_taken_as_its_control(&self, watched: &Conclusion, case: &Case) -> bool {
        match watched.reaction.sent.clone() {
            Some(sent) if holds(watched) => {
                let control = self.control(Seen::of(sent), case).await;
                self.same(&watched.reaction, &control.reaction)
            }
            _ => false,
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
}

/// Whether a case holds when messages are left aside.
fn holds(watched: &Conclusion) -> bool {
    watched.verdict < Verdict::NonStrict
}

/// Whether the simplest message already goes the way that a case goes.
fn goes_the_same_way(simplest: &Control, watched: &Conclusion) -> bool {
    !simplest.reaction.is_echo() && simplest.reaction.ending == watched.reaction.ending
}

//! Running what did not pass again, alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use tokio::task::JoinSet;
use wsspec_reports::{CaseResult, Verdict};

use super::applicable::consequence;
use super::death::Dead;
use super::load::Again;
use super::results::result;
use super::schedule::Scene;
use super::time::Part;
use super::{Certain, Judged, Options, Run, RunEvent, Stopped, Subject};
use crate::exchange::{Conclusion, MessageReason, Reason, Setup};
use crate::wire::meter;

/// Cases that timed out are confirmed this many at once: all they do is wait.
const WAITING_TOGETHER: usize = 64;

/// The same of clients, each of which has to be started, for each that otherwise runs at once.
const CLIENTS_WAITING: usize = 4;

/// Rounds that settle no case, after which what is left cannot be judged.
const IDLE_ROUNDS: usize = 2;

/// Waits of a case that runs alone are this many times as long.
const ALONE_FACTOR: u32 = 3;

/// What came of a case that ran again, in the light of its control, and how it was judged before.
type Weighed = (Conclusion, Verdict);

/// How a case is run again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// Among others, as many of them go by what the application makes of messages.
    InCompany,
    /// Alone, with another turn to come.
    Early,
    /// Alone, for the last time.
    Last,
}

/// What cases have in common that fail alike.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Kind {
    family: String,
    cause: String,
}

/// The circumstances of a case that runs alone.
pub(super) fn alone(setup: &Setup, options: &Options) -> Setup {
    let mut setup = setup.clone();
    setup.timing = setup.timing.patient(ALONE_FACTOR, options.timeout);
    setup.timing.linger = options.linger.unwrap_or(setup.timing.linger);
    setup
}

/// Whether the application may be the reason for the outcome of a conversation: it ended it, or
/// answered with other messages than it does alone.
pub(super) fn may_be_the_application(conclusion: &Conclusion) -> bool {
    conclusion.reaction.ending.is_of_application()
        || conclusion.opening.declines
        || conclusion.reason.as_ref().is_some_and(is_of_messages)
}

/// Whether other messages came than an echo sends.
fn is_of_messages(reason: &Reason) -> bool {
    match reason {
        Reason::Message(reason) => matches!(
            reason,
            MessageReason::Unasked(_)
                | MessageReason::InsteadOfEcho { .. }
                | MessageReason::BeforeItsTurn(_)
        ),
        Reason::DidNotSurvive(inner) | Reason::NoPlainConnection(inner) => is_of_messages(inner),
        _ => false,
    }
}

impl Run<'_> {
    /// Runs what failed again, alone, up to [`retries`](super::Options::retries) times.
    pub(super) async fn confirm(&mut self) -> Result<(), Stopped> {
        for left in (0..self.options.retries).rev() {
            self.retry(left == 0).await?;
        }
        // A death leaves some cases to run again, and each round settles some of them.
        let mut open = usize::MAX;
        let mut idle = 0;
        while self.options.retries > 0 && self.died.is_none() && idle < IDLE_ROUNDS {
            let now = self.judged.values().filter(|judged| !judged.stands).count();
            if now == 0 || self.time.is_over(Part::Confirming) {
                break;
            }
            idle = if now < open { 0 } else { idle + 1 };
            open = open.min(now);
            self.retry(true).await?;
        }
        Ok(())
    }

    /// Runs what has no final verdict yet again, alone. A case that fails again gets its verdict in
    /// the `last` round.
    async fn retry(&mut self, last: bool) -> Result<(), Stopped> {
        let setup = Arc::new(alone(&self.setup, self.options));
        // If there is no time for all, there is some for each kind.
        for half in self.open_by_kind() {
            if last && !self.setup.claims_echo() && half.len() > self.options.jobs {
                self.retry_some(&half, &setup, Manner::InCompany).await?;
            }
            let manner = if last { Manner::Last } else { Manner::Early };
            self.retry_some(&half, &setup, manner).await?;
        }
        Ok(())
    }

    /// Cases without a final verdict: the first of each kind, and the others.
    fn open_by_kind(&self) -> [Vec<usize>; 2] {
        let mut kinds = BTreeSet::new();
        let open = self.judged.iter().filter(|(_, judged)| !judged.stands);
        let (first, others) = open.map(|(i, _)| *i).partition(|i| {
            let result = &self.judged[i].result;
            kinds.insert((&result.cause_key, &result.broken))
        });
        [first, others]
    }

    /// Runs those of these cases again that have no final verdict yet.
    async fn retry_some(
        &mut self,
        cases: &[usize],
        setup: &Arc<Setup>,
        manner: Manner,
    ) -> Result<(), Stopped> {
        let (waiting, quick): (Vec<usize>, Vec<usize>) = cases
            .iter()
            .copied()
            .filter(|i| self.is_unconfirmed(*i))
            .partition(|i| self.judged[i].timed_out && !self.is_heavy(*i));
        // Each client is a process of its own: others do not disturb it once they have started.
        let (alone, together) = match (self.subject, manner) {
            (Subject::Server(_), _) if self.probed.found.broadcasts => (1, self.jobs()),
            (Subject::Server(_), Manner::InCompany) => (self.jobs(), WAITING_TOGETHER),
            (Subject::Server(_), _) => (1, WAITING_TOGETHER),
            (Subject::Client(_), _) => {
                let jobs = self.options.jobs.max(1);
                (jobs, (jobs * CLIENTS_WAITING).min(WAITING_TOGETHER))
            }
        };
        for group in quick.chunks(alone).chain(waiting.chunks(together)) {
            let over = self.time.is_over(Part::Confirming) || self.has_enough(Certain::Yes);
            if self.died.is_some() || over {
                return Ok(());
            }
            // After a death, some cases have their verdict already.
            let (slow, group): (Vec<usize>, Vec<usize>) = group
                .iter()
                .copied()
                .filter(|i| self.is_unconfirmed(*i))
                .partition(|i| self.slow_kinds.contains(&self.kind(*i)));
            slow.into_iter().for_each(|i| self.give_up(i));
            self.confirm_together(&group, setup, manner).await?;
        }
        Ok(())
    }

    fn is_unconfirmed(&self, i: usize) -> bool {
        self.judged.get(&i).is_none_or(|judged| !judged.stands)
    }

    async fn confirm_together(
        &mut self,
        group: &[usize],
        setup: &Arc<Setup>,
        manner: Manner,
    ) -> Result<(), Stopped> {
        let mut running = self.start_alone(group, setup);
        let mut weighing: JoinSet<(usize, Option<Weighed>)> = JoinSet::new();
        // What has no result that counts; the target may yet die of it.
        let began = Instant::now();
        let mut pending: BTreeMap<usize, Instant> = group.iter().map(|i| (*i, began)).collect();
        let mut death = Box::pin(self.vitals().until_dead());
        let dead = loop {
            if running.is_empty() && weighing.is_empty() {
                return Ok(());
            }
            let (i, second) = tokio::select! {
                Some(done) = running.join_next() => match done {
                    Ok(done) => done,
                    Err(_) => continue,
                },
                Some(weighed) = weighing.join_next() => {
                    let Ok((i, weighed)) = weighed else { continue };
                    let verdict = weighed.as_ref().map(|(weighed, _)| weighed.verdict);
                    if let Some(dead) = self.dead_behind(verdict).await? {
                        break dead;
                    }
                    pending.remove(&i);
                    match weighed {
                        Some(weighed) => self.take_weighed(i, weighed, manner).await?,
                        None => self.took_too_long(i, manner),
                    }
                    continue;
                }
                dead = &mut death => break dead,
                () = self.time.over(Part::Confirming) => return Ok(()),
                () = self.stop.as_mut() => return Err(Stopped),
            };
            let Some(second) = second else {
                if let Some(dead) = self.dead_behind(None).await? {
                    break dead;
                }
                pending.remove(&i);
                self.took_too_long(i, manner);
                continue;
            };
            self.deaths.note(i, &second, began, Instant::now());
            let second = consequence(second, &self.cases[i], self.probed.trouble.as_ref());
            if let Some(dead) = self.check_health(&second, group.len()).await? {
                break dead;
            }
            if manner != Manner::Early || second.verdict < Verdict::Error {
                weighing.spawn(self.weighed(i, second, setup));
            } else {
                pending.remove(&i);
            }
        };
        drop(death);
        drop(running);
        // What is being weighed meets a dead target.
        drop(weighing);
        let scene = Scene {
            running: pending,
            left: Vec::new(),
        };
        let left = self.after_death(dead, scene).await?;
        self.side_by_side(left, 1).await
    }

    /// Starts these cases at once.
    fn start_alone(
        &self,
        group: &[usize],
        setup: &Arc<Setup>,
    ) -> JoinSet<(usize, Option<Conclusion>)> {
        let mut running = JoinSet::new();
        for &i in group {
            let (case, setup) = (self.cases[i].clone(), setup.clone());
            let subject = self.subject.clone();
            let most = self.time.of_case(case.weight(), &setup);
            running.spawn(async move {
                let ran = meter::timeout(most, subject.carry_out(&case, &setup)).await;
                (i, ran)
            });
        }
        running
    }

    /// Takes what came of a case that ran again and was weighed; one that failed only among many is
    /// tried there once more.
    async fn take_weighed(
        &mut self,
        i: usize,
        (weighed, alone): Weighed,
        manner: Manner,
    ) -> Result<(), Stopped> {
        let again = match manner {
            Manner::Last => self.again_at_load(i, &weighed, alone).await?,
            Manner::InCompany | Manner::Early => Again::Unclear,
        };
        match again {
            Again::Fails(failed) => self.second_result(i, *failed, Verdict::Fail, manner),
            Again::OnlyLate => {
                self.late.insert(i);
                self.second_result(i, weighed, alone, manner);
            }
            Again::Unclear => self.second_result(i, weighed, alone, manner),
        }
        Ok(())
    }

    /// How a target that we watch has died, if that is behind a case that ended with this verdict, or not
    /// at all: until it is known to live, such a case may only have met a dying target.
    async fn dead_behind(&mut self, verdict: Option<Verdict>) -> Result<Option<Dead>, Stopped> {
        let doubtful = verdict.is_none_or(|verdict| verdict > Verdict::Skipped);
        if !doubtful || self.subject.keeper().is_none() {
            return Ok(None);
        }
        let vitals = self.vitals();
        let death = tokio::select! {
            death = vitals.death() => death,
            () = self.stop.as_mut() => return Err(Stopped),
        };
        Ok(death.map(|death| Dead { death, since: None }))
    }

    /// What came of a case that ran again, in the light of its control, and how it was judged before;
    /// nothing if that took too long.
    fn weighed(
        &self,
        i: usize,
        second: Conclusion,
        alone: &Setup,
    ) -> impl Future<Output = (usize, Option<Weighed>)> + use<> {
        let judged_alone = second.verdict;
        let (weigher, case) = (self.weigher.clone(), self.cases[i].clone());
        let most = self.time.of_case(case.weight(), alone);
        async move {
            let weighed = meter::timeout(most, Box::pin(weigher.weigh(&case, second))).await;
            (i, weighed.map(|weighed| (weighed, judged_alone)))
        }
    }

    /// A case that makes us wait for answer after answer is given up, and its kind with it.
    fn took_too_long(&mut self, i: usize, manner: Manner) {
        if manner != Manner::Early {
            self.slow_kinds.insert(self.kind(i));
            self.give_up(i);
        }
    }

    /// What cases have in common that fail in the same way for the same reason.
    fn kind(&self, i: usize) -> Kind {
        let cause = self.judged.get(&i).map(|judged| &judged.result.cause_key);
        Kind {
            family: self.cases[i].family.clone(),
            cause: cause.cloned().unwrap_or_default(),
        }
    }

    /// Takes what came of a case that ran again, which was judged so before it was weighed. What ran in
    /// company and still falls short has yet to run alone.
    fn second_result(
        &mut self,
        i: usize,
        mut second: Conclusion,
        judged_alone: Verdict,
        manner: Manner,
    ) {
        if manner == Manner::InCompany && !self.is_settled_in_company(i, &second, judged_alone) {
            return;
        }
        let whole = self
            .options
            .conversations
            .then(|| second.transcript.clone());
        self.keep(&mut second);
        let result = self.confirmed(i, &second, judged_alone);
        match whole {
            Some(transcript) if result.verdict != Verdict::Flaky => {
                let whole = CaseResult {
                    transcript: Some(transcript),
                    ..result.clone()
                };
                (self.on)(RunEvent::Finished {
                    result: &result,
                    whole: &whole,
                });
            }
            _ => (self.on)(RunEvent::finished(&result)),
        }
        let judged = Judged {
            result,
            reason: second.reason,
            stands: true,
            timed_out: second.timed_out,
            may_be_the_application: false,
        };
        self.judged.insert(i, judged);
    }

    /// Whether a case that was run again in company need not run alone: its control explains what came
    /// of it.
    fn is_settled_in_company(&self, i: usize, second: &Conclusion, judged_alone: Verdict) -> bool {
        let first = self.judged.get(&i).map(|judged| judged.result.verdict);
        first == Some(judged_alone)
            && matches!(
                second.verdict,
                Verdict::Pass | Verdict::Informational | Verdict::Skipped
            )
    }

    /// Whether the verdict on a case was another among many, for no reason but that.
    pub(super) fn is_flaky(&self, i: usize, second: &Conclusion, judged_alone: Verdict) -> bool {
        self.judged.get(&i).is_some_and(|first| {
            let took = result(&self.cases[i], second).duration_ms;
            let application = first.may_be_the_application || may_be_the_application(second);
            judged_alone < Verdict::Error
                && judged_alone != first.result.verdict
                && !self.deaths.hit_while_dying(i)
                && !self.late.contains(&i)
                && (!application || self.setup.claims_echo())
                && !(first.timed_out && took > first.result.duration_ms)
        })
    }

    /// The result of a case that was run twice. One that only needed more time is not flaky, but
    /// slow.
    fn confirmed(&mut self, i: usize, second: &Conclusion, judged_alone: Verdict) -> CaseResult {
        let mut now = result(&self.cases[i], second);
        if let Some(first) = self.judged.get(&i)
            && self.is_flaky(i, second, judged_alone)
        {
            let reason = Reason::Flaky {
                first: first.result.verdict,
                because: first.reason.clone().map(Box::new),
                alone: second.verdict,
            };
            now.reason = reason.to_string();
            now.reason_key = reason.key().into_owned();
            now.verdict = Verdict::Flaky;
            now.transcript.clone_from(&first.result.transcript);
            now.transcript_alone = Some(second.transcript.clone());
        }
        self.subject.mask(&mut now);
        now
    }
}

//! One script, carried out at both ends and judged.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use wsspec_reports::{Entry, TargetRole, Transcript, Transport, Verdict, What, Who};
use wsspec_vectors::{
    Arrival, End, Move, Opens, OpensBy, Sign, SplitMix64, ThroughCase, ThroughStep,
};

use super::changes::{CASE_FIELD, Change, changes};
use super::decide::{Decision, Hops, Setups, Wait, controls};
use super::hop::Whose;
use super::reason::{Instead, Reason, Wanted};
use super::rules::broken_rule;
use super::speak::lines_of;
use super::steps::steps;
use super::world::{Came, Finish, World};
use crate::binding::EndOfStream;
use crate::exchange::{Setup, verdict_of};

/// How long to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits {
    /// The end of a wait that no bytes end.
    pub deadline: Duration,
    /// How long nothing has to arrive where silence is asked for.
    pub quiet: Duration,
}

/// What a conversation goes by beside its case.
#[derive(Debug, Clone)]
pub struct Terms {
    pub(super) setups: Setups,
    waits: Waits,
}

impl Terms {
    /// The terms of a conversation with the gateway at the client's end of `gateway`, which is reached
    /// as that says. `token` names the case on the wire.
    pub fn new(gateway: &Setup, token: &str, waits: Waits) -> Terms {
        let mut client = gateway.clone();
        client
            .headers
            .push((CASE_FIELD.to_owned(), token.to_owned()));
        let sign = if client.resource.contains('?') {
            '&'
        } else {
            '?'
        };
        client.resource = format!("{}{sign}{CASE_PARAMETER}={token}", client.resource);
        let server = Setup::new(wsspec_core::Role::Client, "", "/");
        Terms {
            setups: Setups { client, server },
            waits,
        }
    }
}

impl Terms {
    /// How our client opens.
    pub(super) fn client_opens_by(&self) -> OpensBy {
        match self.setups.client.over {
            Transport::H2 | Transport::H3 => OpensBy::Connect,
            Transport::Tcp | Transport::Tls | Transport::Unix => OpensBy::Upgrade,
        }
    }
}

/// The parameter of the query that carries the case.
pub(super) const CASE_PARAMETER: &str = "wsspec-case";

/// How a script ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Conclusion {
    /// The verdict.
    pub verdict: Verdict,
    /// The reason, unless it is a plain pass.
    pub reason: Option<Reason>,
    /// The requirement that was broken.
    pub broken: Option<String>,
    /// What the gateway changed.
    pub changes: BTreeSet<Change>,
    /// Whether the gateway connected to our server.
    pub reached: bool,
    /// Everything that went over both connections: 1 is that of the client, 2 that of the server.
    pub transcript: Arc<Transcript>,
    /// How long it took.
    pub duration: Duration,
}

/// Carries a script out and judges it.
pub async fn carry_out(case: &ThroughCase, terms: &Terms, world: &mut impl World) -> Conclusion {
    let mut script = Script {
        terms,
        hops: Hops::new(),
        entries: Vec::new(),
        random: terms.setups.client.random(&case.id),
        arrived: [Duration::ZERO; 2],
        deflate: case.deflate,
        opens: case.opens,
        verdict: Verdict::Pass,
        reason: None,
    };
    let mut broken = None;
    let opens_by = terms.client_opens_by();
    if let Err(reason) = script.applies(End::Client, opens_by) {
        script.fail(case, reason);
        return script.conclude(None, world.now());
    }
    for step in steps(case) {
        match script.step(&step, world).await {
            Ok(Next::Step) => {}
            Ok(Next::Nothing) => break,
            Err(reason) => {
                broken = script.fail(case, reason);
                break;
            }
        }
    }
    if script.verdict < Verdict::Fail
        && let Some((reason, requirement)) = broken_rule(&script.hops)
    {
        script.verdict = Verdict::Fail;
        script.reason = Some(reason);
        broken = Some(requirement.to_owned());
    }
    script.conclude(broken, world.now())
}

/// What comes after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// The next one.
    Step,
    /// None: the conversation is over, as it may be.
    Nothing,
}

/// A script while it is carried out.
pub(super) struct Script<'a> {
    pub(super) terms: &'a Terms,
    pub(super) hops: Hops,
    entries: Vec<Entry>,
    pub(super) random: SplitMix64,
    /// When bytes came last, at the client and at the server.
    arrived: [Duration; 2],
    /// The implicit opening offers compression.
    pub(super) deflate: bool,
    /// How the connections have to open for the case to apply.
    opens: Opens,
    verdict: Verdict,
    reason: Option<Reason>,
}

impl Script<'_> {
    async fn step(&mut self, step: &ThroughStep, world: &mut impl World) -> Result<Next, Reason> {
        let at = step.at;
        match &step.does {
            Move::Open(head) => {
                self.open(head, world).await?;
                Ok(Next::Step)
            }
            Move::Accept(head) => {
                self.accept(head, world);
                Ok(Next::Step)
            }
            Move::Send(frames) => {
                self.send(at, frames, world);
                Ok(Next::Step)
            }
            Move::Expect(arrivals) => self.expect(at, arrivals, world).await,
            Move::Fin => {
                self.hops.at_mut(at).ours.end = Some(EndOfStream::Finished);
                self.note(at, Who::Suite, What::Fin, world.now());
                world.finish(at, Finish::Fin);
                Ok(Next::Step)
            }
            Move::Rst => {
                self.hops.at_mut(at).ours.end = Some(EndOfStream::Reset);
                self.note(at, Who::Suite, What::Rst, world.now());
                world.finish(at, Finish::Rst);
                Ok(Next::Step)
            }
        }
    }

    /// Whether the case is about a connection with an end that opens like this.
    fn applies(&self, end: End, by: OpensBy) -> Result<(), Reason> {
        match self.opens.at(end) {
            Some(wanted) if wanted != by => Err(Reason::OpensOtherwise(end, wanted)),
            _ => Ok(()),
        }
    }

    async fn expect(
        &mut self,
        at: End,
        arrivals: &[Arrival],
        world: &mut impl World,
    ) -> Result<Next, Reason> {
        let (began, lost) = (world.now(), world.lost());
        let before = [End::Client, End::Server].map(|end| self.hops.at(end).theirs.bytes.len());
        loop {
            if let Some(by) = self.hops.server.opens_by() {
                self.applies(End::Server, by)?;
            }
            let now = world.now();
            let deadline = began + self.terms.waits.deadline + world.lost().saturating_sub(lost);
            let mut decisions = Vec::new();
            for arrival in arrivals {
                let end = arrival.at.unwrap_or(at);
                let wait = Wait {
                    late: now >= deadline,
                    quiet: now >= self.quiet_at(end, began),
                    before: before[place(end)],
                };
                let setups = &self.terms.setups;
                decisions.push(self.hops.decide(at, arrival, setups, wait));
            }
            let met = arrivals
                .iter()
                .zip(&decisions)
                .filter(|(_, d)| **d == Decision::Met);
            if let Some((arrival, _)) = met.min_by_key(|(arrival, _)| grade_of(arrival))
                && (now >= self.quiet_at(arrival.at.unwrap_or(at), began)
                    || !may_be_milder(arrivals, &decisions, grade_of(arrival)))
            {
                return self.take(at, arrival);
            }
            if !decisions.contains(&Decision::Open) {
                return Err(missed(at, arrivals, decisions));
            }
            let until = arrivals
                .iter()
                .map(|arrival| self.quiet_at(arrival.at.unwrap_or(at), began))
                .filter(|quiet| *quiet > now)
                .fold(deadline, Duration::min);
            let came = world.wait(until).await;
            self.came(came, world.now());
        }
    }

    /// When nothing has come to an end for the quiet time, since a wait began.
    fn quiet_at(&self, end: End, began: Duration) -> Duration {
        self.arrived[place(end)].max(began) + self.terms.waits.quiet
    }

    /// Goes on after an alternative that holds.
    fn take(&mut self, at: End, arrival: &Arrival) -> Result<Next, Reason> {
        let hop = self.hops.at_mut(at);
        match &arrival.sign {
            // What is seen at another end than that of the step is not used up.
            _ if arrival.at.is_some() => {}
            Sign::Text(_) | Sign::Binary(_) => hop.messages += 1,
            Sign::Ping(_) | Sign::Pong(_) => hop.controls = controls(&hop.theirs).count(),
            _ => {}
        }
        let (Some(grade), Some(why)) = (arrival.verdict, &arrival.why) else {
            return Ok(Next::Step);
        };
        let verdict = verdict_of(grade);
        if verdict == Verdict::Fail {
            return Err(Reason::Stated(why.clone()));
        }
        if verdict > self.verdict {
            self.verdict = verdict;
            self.reason = Some(Reason::Stated(why.clone()));
        }
        // A gateway that may end the conversation here has done so.
        let over = matches!(arrival.sign, Sign::Refused(_) | Sign::Failed(_));
        Ok(if over { Next::Nothing } else { Next::Step })
    }

    fn came(&mut self, came: Came, now: Duration) {
        match came {
            Came::Begun => self.hops.server.begun = true,
            Came::Bytes(end, bytes) => {
                self.arrived[place(end)] = now;
                self.hops.at_mut(end).read(Whose::Theirs, &bytes);
                self.note(end, Who::Target, What::Bytes(bytes), now);
            }
            Came::Fields(end, fields, over) => {
                self.arrived[place(end)] = now;
                self.note(end, Who::Target, What::Fields(lines_of(&fields)), now);
                let hop = self.hops.at_mut(end);
                hop.read_fields(Whose::Theirs, fields, over);
            }
            Came::Broke(end, breach) => self.hops.at_mut(end).breaches.push(breach),
            Came::Ended(end, how) => {
                self.hops.at_mut(end).theirs.end = Some(how);
                let what = match how {
                    EndOfStream::Finished => What::Fin,
                    EndOfStream::Truncated => What::Truncated,
                    _ => What::Rst,
                };
                self.note(end, Who::Target, what, now);
            }
            Came::Nothing => {}
        }
    }

    pub(super) fn note(&mut self, at: End, who: Who, what: What, now: Duration) {
        self.entries.push(Entry {
            at_us: now.as_micros() as u64,
            on: place(at) as u32 + 1,
            who,
            what,
        });
    }

    /// Notes the reason why the script could not go on. Returns the requirement that is broken.
    fn fail(&mut self, case: &ThroughCase, reason: Reason) -> Option<String> {
        self.verdict = match reason {
            Reason::Unreachable(_) => Verdict::Error,
            Reason::OpensOtherwise(..) => Verdict::Skipped,
            _ => Verdict::Fail,
        };
        let broken = match &reason {
            Reason::Unreachable(_) | Reason::OpensOtherwise(..) => None,
            Reason::Missed {
                instead: Instead::Broke(violation),
                ..
            } => Some(violation.requirement().to_owned()),
            _ => case.requirements.first().cloned(),
        };
        self.reason = Some(reason);
        broken
    }

    fn conclude(self, broken: Option<String>, duration: Duration) -> Conclusion {
        Conclusion {
            verdict: self.verdict,
            reason: self.reason,
            broken,
            changes: changes(&self.hops),
            reached: self.hops.server.begun,
            transcript: Arc::new(Transcript {
                target_role: TargetRole::Gateway,
                circumstances: None,
                entries: self.entries,
            }),
            duration,
        }
    }
}

/// The place of an end in a pair.
const fn place(end: End) -> usize {
    match end {
        End::Client => 0,
        End::Server => 1,
    }
}

fn grade_of(arrival: &Arrival) -> Verdict {
    arrival.verdict.map_or(Verdict::Pass, verdict_of)
}

/// Whether an alternative that is milder may still hold: the content of an answer may come after its head.
fn may_be_milder(arrivals: &[Arrival], decisions: &[Decision], than: Verdict) -> bool {
    let mut all = arrivals.iter().zip(decisions);
    all.any(|(arrival, decision)| *decision == Decision::Open && grade_of(arrival) < than)
}

/// The reason of the first alternative that any gateway may take.
fn missed(at: End, arrivals: &[Arrival], decisions: Vec<Decision>) -> Reason {
    let mut told = arrivals
        .iter()
        .zip(decisions)
        .filter_map(|(arrival, decision)| {
            let Decision::Missed(instead) = decision else {
                return None;
            };
            let reason = Reason::Missed {
                at: arrival.at.unwrap_or(at),
                wanted: Wanted::of(&arrival.sign),
                instead,
            };
            Some((arrival, reason))
        });
    let first = told.next();
    // What matters of a list that begins with an unchanged stream is what comes after it.
    let second = told.next();
    match (first, second) {
        (Some((arrival, _)), Some((_, reason))) if matches!(arrival.sign, Sign::Carried(_)) => {
            reason
        }
        (Some((_, reason)), _) => reason,
        (None, _) => Reason::Missed {
            at,
            wanted: Wanted::Quiet,
            instead: Instead::Nothing,
        },
    }
}

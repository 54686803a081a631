//! One script, carried out at both ends and judged.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use wsspec_core::Violation;
use wsspec_core::deflate::negotiation::{self, Support};
use wsspec_reports::{Entry, TargetRole, Transcript, Verdict, What, Who};
use wsspec_vectors::{
    Arrival, End, FieldValue, Frame, Head, Move, Sign, SplitMix64, ThroughCase, ThroughStep,
};

use super::changes::{CASE_FIELD, Change, changes};
use super::decide::{Decision, Hops, Setups, Wait, controls};
use super::hop::Whose;
use super::reason::{Instead, Reason, Wanted};
use super::world::{Came, Finish, World};
use crate::binding::EndOfStream;
use crate::binding::http1::{request_bytes, response_bytes};
use crate::exchange::{Setup, verdict_of, write_frame};

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
    setups: Setups,
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
        verdict: Verdict::Pass,
        reason: None,
    };
    let mut broken = None;
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
        && let Some((reason, requirement)) = script.broken_rule()
    {
        script.verdict = Verdict::Fail;
        script.reason = Some(reason);
        broken = Some(requirement.to_owned());
    }
    script.conclude(broken, world.now())
}

/// The steps of a case with the opening handshake written out.
fn steps(case: &ThroughCase) -> Vec<ThroughStep> {
    let mut steps = Vec::new();
    if !case.states_opening() {
        steps.extend(opening(Head::default()));
    }
    steps.extend(case.steps.iter().cloned());
    steps
}

/// A plain opening: the request arrives, is accepted, and the answer arrives.
fn opening(request: Head) -> [ThroughStep; 4] {
    [
        step(End::Client, Move::Open(request.into())),
        step(End::Server, Move::Expect([plain(Sign::Requested)].into())),
        step(End::Server, Move::Accept(Head::default().into())),
        step(End::Client, Move::Expect([plain(Sign::Opened)].into())),
    ]
}

const fn step(at: End, does: Move) -> ThroughStep {
    ThroughStep { at, does }
}

fn plain(sign: Sign) -> Arrival {
    Arrival {
        sign,
        at: None,
        of: None,
        headers: Vec::new(),
        target: None,
        body: None,
        verdict: None,
        why: None,
    }
}

/// What comes after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// The next one.
    Step,
    /// None: the conversation is over, as it may be.
    Nothing,
}

struct Script<'a> {
    terms: &'a Terms,
    hops: Hops,
    entries: Vec<Entry>,
    random: SplitMix64,
    /// When bytes came last, at the client and at the server.
    arrived: [Duration; 2],
    /// The implicit opening offers compression.
    deflate: bool,
    verdict: Verdict,
    reason: Option<Reason>,
}

impl Script<'_> {
    async fn step(&mut self, step: &ThroughStep, world: &mut impl World) -> Result<Next, Reason> {
        let at = step.at;
        match &step.does {
            Move::Open(head) => self.open(head, world).await,
            Move::Accept(head) => {
                let bytes = self.response(head);
                self.send_head(at, bytes, &head.glued, world);
                Ok(Next::Step)
            }
            Move::Send(frames) => {
                let bytes = self.frames(at, frames);
                self.send(at, bytes, world);
                Ok(Next::Step)
            }
            Move::Expect(arrivals) => self.expect(at, arrivals, world).await,
            Move::Fin => {
                self.note(at, Who::Suite, What::Fin, world.now());
                world.finish(at, Finish::Fin);
                Ok(Next::Step)
            }
            Move::Rst => {
                self.note(at, Who::Suite, What::Rst, world.now());
                world.finish(at, Finish::Rst);
                Ok(Next::Step)
            }
        }
    }

    async fn open(&mut self, head: &Head, world: &mut impl World) -> Result<Next, Reason> {
        let dialled = world.dial().await;
        dialled.map_err(|error| Reason::Unreachable(error.to_string()))?;
        self.hops.client.begun = true;
        let key = crate::exchange::random_key(&mut self.random);
        let offered;
        let head = if self.deflate {
            offered = with_extension(head, negotiation::NAME);
            &offered
        } else {
            head
        };
        let bytes = request_bytes(head, self.terms.setups.at(End::Client), &key);
        self.send_head(End::Client, bytes, &head.glued, world);
        Ok(Next::Step)
    }

    /// The answer to the request that came.
    fn response(&self, head: &Head) -> Vec<u8> {
        let hop = &self.hops.server;
        let request = hop.request().and_then(|head| head.parse_request().ok());
        let offers = request
            .map(|request| request.extensions())
            .unwrap_or_default();
        let chosen = Support::default().choose(&offers).filter(|_| self.deflate);
        let (setup, key) = (self.terms.setups.at(End::Server), hop.key());
        match chosen {
            Some(chosen) => response_bytes(&with_extension(head, &chosen.to_string()), setup, &key),
            None => response_bytes(head, setup, &key),
        }
    }

    /// Sends a head, and the frames that are glued to it in the same write.
    fn send_head(&mut self, at: End, head: Vec<u8>, glued: &[Frame], world: &mut impl World) {
        self.hops.at_mut(at).read(Whose::Ours, &head);
        let frames = self.frames(at, glued);
        self.hops.at_mut(at).read(Whose::Ours, &frames);
        let bytes = [head, frames].concat();
        self.note(at, Who::Suite, What::Bytes(bytes.clone()), world.now());
        world.send(at, bytes);
    }

    fn send(&mut self, at: End, bytes: Vec<u8>, world: &mut impl World) {
        self.hops.at_mut(at).read(Whose::Ours, &bytes);
        self.note(at, Who::Suite, What::Bytes(bytes.clone()), world.now());
        world.send(at, bytes);
    }

    fn frames(&mut self, at: End, frames: &[Frame]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let hop = self.hops.at_mut(at);
        for frame in frames {
            let deflator = hop.deflator.as_mut();
            write_frame(frame, at.role(), &mut self.random, deflator, &mut bytes);
        }
        bytes
    }

    async fn expect(
        &mut self,
        at: End,
        arrivals: &[Arrival],
        world: &mut impl World,
    ) -> Result<Next, Reason> {
        let began = world.now();
        let deadline = began + self.terms.waits.deadline;
        let before = [End::Client, End::Server].map(|end| self.hops.at(end).theirs.bytes.len());
        loop {
            let now = world.now();
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
            if let Some((arrival, _)) = met.min_by_key(|(arrival, _)| grade_of(arrival)) {
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

    fn note(&mut self, at: End, who: Who, what: What, now: Duration) {
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
            _ => Verdict::Fail,
        };
        let broken = match &reason {
            Reason::Unreachable(_) => None,
            Reason::Missed {
                instead: Instead::Broke(violation),
                ..
            } => Some(violation.requirement().to_owned()),
            _ => case.requirements.first().cloned(),
        };
        self.reason = Some(reason);
        broken
    }

    /// A rule that the gateway broke on a way on which nothing was wrong when we sent it, where a
    /// WebSocket is open on both sides.
    fn broken_rule(&self) -> Option<(Reason, &'static str)> {
        if !(self.hops.client.is_open() && self.hops.server.is_open()) {
            return None;
        }
        [End::Client, End::Server].into_iter().find_map(|end| {
            let (sent, came) = (&self.hops.at(end.other()).ours, &self.hops.at(end).theirs);
            if !sent.faults.is_empty() {
                return None;
            }
            if let Some(fault) = came
                .faults
                .iter()
                .find(|fault| is_of_frames(fault.violation))
            {
                return Some((Reason::Broke(end, *fault), fault.violation.requirement()));
            }
            let mut sent = sent.messages();
            let other = came.messages().position(|came| sent.next() != Some(came))?;
            let reason = Reason::Message {
                at: end,
                number: other + 1,
            };
            Some((reason, RELAY))
        })
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

/// A tunnel relays without changing what is sent (RFC 9110 §3.7).
const RELAY: &str = "RFC9110-3.7-1";

/// Whether a violation is seen in frames: heads are judged where they are expected.
fn is_of_frames(violation: Violation) -> bool {
    !violation.is_of_a_head()
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

/// A head with this extension.
fn with_extension(head: &Head, extension: &str) -> Head {
    let mut head = head.clone();
    let value = FieldValue::Lines(vec![extension.to_owned()]);
    head.headers
        .push(("Sec-WebSocket-Extensions".to_owned(), value));
    head
}

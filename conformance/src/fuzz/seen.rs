//! What was seen of a conversation, and what is wrong with it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use wsspec_core::Role;

use super::cause::{Cause, general};
use super::finding::{Made, cause};
use super::plan::{Piece, Plan, Split};
use crate::drive::memory::{self, Chunking};
use crate::exchange::{Conclusion, Setup, Timing};
use crate::peer::ReferencePeer;
use crate::run::Subject;
use wsspec_vectors::Case;

/// How long before a connection was refused a conversation may have ended that was the reason.
const LAG: Duration = Duration::from_millis(500);

/// What a frame may take a target: some round trips, but so long at least, and no longer.
const ROUND_TRIPS: u32 = 8;
const FRAME: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(10));

/// Cases that are written where a target died: one of them was too much.
pub(super) const SUSPECTS: usize = 64;

/// Where a conversation is carried out: a target and what is known of it.
#[derive(Clone)]
pub(super) struct Party {
    pub(super) subject: Subject,
    pub(super) setup: Setup,
}

/// What was seen of one conversation.
pub(super) struct Seen {
    pub(super) conclusion: Conclusion,
    /// What the other target did.
    pub(super) other: Option<Conclusion>,
    pub(super) began: Instant,
    pub(super) ended: Instant,
}

/// How long a wait may take when a conversation is confirmed: a slow target may need its time for each of many frames.
pub(super) fn patience(timeout: Duration, round_trip: Duration, made: &Made) -> Duration {
    timeout + (round_trip * ROUND_TRIPS).clamp(FRAME.0, FRAME.1) * made.modelled.frames
}

/// Conversations that were under way, or just over, when the target was gone.
pub(super) fn suspected<'a>(batch: &'a [(u64, Arc<Made>)], seen: &[Seen]) -> Vec<&'a Made> {
    let unheard = |seen: &&Seen| !seen.conclusion.heard();
    let gone = seen.iter().filter(unheard).map(|seen| seen.began).min();
    let near = |seen: &Seen| gone.is_none_or(|gone| seen.began < gone && seen.ended + LAG > gone);
    let suspects = batch
        .iter()
        .zip(seen)
        .filter(|(_, seen)| near(seen))
        .map(|((_, made), _)| made.as_ref());
    let suspects: Vec<&Made> = suspects.take(SUSPECTS).collect();
    if suspects.is_empty() {
        vec![&batch[0].1]
    } else {
        suspects
    }
}

/// What the rule of a difference begins with.
pub(super) const DIFFERS: &str = "differs: ";

pub(super) async fn see(parties: &[Party], case: &Case, timing: impl Fn(Timing) -> Timing) -> Seen {
    let setup = |party: &Party| Setup {
        timing: timing(party.setup.timing),
        ..party.setup.clone()
    };
    let began = Instant::now();
    let conclusion = parties[0]
        .subject
        .carry_out(case, &setup(&parties[0]))
        .await;
    let other = match parties.get(1) {
        Some(party) => Some(party.subject.carry_out(case, &setup(party)).await),
        None => None,
    };
    Seen {
        conclusion,
        other,
        began,
        ended: Instant::now(),
    }
}

/// What is wrong, with the target alone or beside another.
pub(super) fn wrong(made: &Made, seen: &Seen) -> Option<Cause> {
    cause(made, &seen.conclusion).or_else(|| {
        let (one, two) = (behaviour(&seen.conclusion), behaviour(seen.other.as_ref()?));
        let rule = made
            .modelled
            .broken
            .map_or("legal", |violation| violation.name());
        (one != two).then(|| Cause {
            rule: format!("{DIFFERS}{rule}"),
            reaction: format!("{one} / {two}"),
        })
    })
}

/// What a target did, in few words, without what may differ from one time to the next.
pub(super) fn behaviour(conclusion: &Conclusion) -> String {
    if !conclusion.opens {
        return "does not open".into();
    }
    let close = match &conclusion.close {
        Some(close) => close
            .code
            .map_or("closes without a code".to_owned(), |code| {
                format!("closes with {code}")
            }),
        None if conclusion.timed_out => "goes silent".into(),
        None => "sends no Close".into(),
    };
    format!("{} messages, {close}", conclusion.messages.len())
}

/// A conversation in short: the state in which the last move came, the rule it breaks, and the reaction.
pub(super) fn sketch(made: &Made, conclusion: &Conclusion) -> String {
    let rule = made
        .modelled
        .broken
        .map_or("legal", |violation| violation.name());
    let reaction = general(&conclusion.reason);
    let compressed = made.plan.terms.is_some();
    format!(
        "{} {rule} {compressed} {:?} {reaction} {}",
        made.modelled.state,
        conclusion.verdict,
        conclusion.close.is_some()
    )
}

/// What kind of conversation shows a fault, roughly.
pub(super) fn shape(plan: &Plan) -> BTreeSet<&'static str> {
    let mut words = BTreeSet::new();
    words.extend(plan.heading.is_some().then_some("opening"));
    words.extend(
        plan.moves
            .iter()
            .any(|moved| moved.split != Split::Never)
            .then_some("cut"),
    );
    for piece in plan.moves.iter().flat_map(|moved| &moved.frames) {
        let (control, compressed, fragmented) = match piece {
            Piece::Made(made) => {
                let fragmented = made.opcode == 0 || !made.fin || !made.fragments.is_empty();
                words.extend(made.between.is_some().then_some("interleaved"));
                words.extend((made.body.size() > 125).then_some("long"));
                (made.is_control(), made.deflate, fragmented)
            }
            Piece::Given(frame) => {
                let opcode = frame.get("opcode").and_then(Value::as_str);
                let control = ["ping", "pong", "close"]
                    .iter()
                    .any(|name| frame.contains_key(*name) || opcode == Some(name));
                (
                    control,
                    frame.contains_key("deflate"),
                    frame.contains_key("fragments"),
                )
            }
            Piece::Raw(_) => continue,
        };
        words.insert(if control { "control" } else { "data" });
        words.extend((compressed && plan.terms.is_some()).then_some("compressed"));
        words.extend(fragmented.then_some("fragmented"));
    }
    words
}

/// Carries a conversation out without a network.
pub(super) fn in_memory(
    made: &Made,
    target: Role,
    peer: &ReferencePeer,
    chunking: Chunking,
) -> Conclusion {
    let mut setup = Setup::new(target, "wsspec.invalid", "/");
    setup.timing.deadline = patience(setup.timing.deadline, setup.timing.round_trip, made);
    memory::run(&made.case, &setup, peer, chunking)
}

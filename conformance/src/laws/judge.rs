//! The law of the exchange and its judge: what holds whatever a peer does.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use wsspec_reports::{Peer, Transcript, Verdict, What, wire};

use crate::exchange::Setup;
use crate::run::Passive;
use crate::wire::memory;
use crate::wire::scripted::{self, Ending, Played};
use wsspec_vectors::{Case, Corpus, SplitMix64, Step, Word};

/// Heavier cases say nothing new, slowly.
const HEAVIEST: u64 = 256 << 10;

/// Memory of a transcript.
const TRANSCRIPT: usize = 1 << 20;

/// The cases a law chooses from.
static CASES: LazyLock<Vec<Arc<Case>>> = LazyLock::new(|| {
    let cases = Corpus::embedded()
        .map(|corpus| corpus.cases)
        .unwrap_or_default();
    let cases = cases
        .into_iter()
        .filter(|case| case.wants_beyond(memory::ABILITIES).is_none());
    cases.filter(|case| case.weight() < HEAVIEST).collect()
});

/// Whatever a peer does, a case ends in bounded time and memory with a verdict that is the same each time; nobody
/// passes by silence; the transcript can be stored, read back and taken apart.
///
/// The first two bytes choose the case, the third its circumstances (from the lowest bit: 1 the role of the
/// target where it can have both, 2 what it does with messages, 1 it answers no pings, 2 what it does at the end);
/// the rest is the script of the peer, see [`scripted`].
pub fn judge(data: &[u8]) -> Verdict {
    let at = |i: usize| data.get(i).copied().unwrap_or_default();
    let case = &CASES[usize::from(u16::from_le_bytes([at(0), at(1)])) % CASES.len()];
    let circumstances = at(2);
    let role = case.roles[usize::from(circumstances & 1) % case.roles.len()];
    let mut setup = Setup::new(role, "wsspec.invalid", "/");
    setup.peer =
        [Peer::Echo, Peer::Echo, Peer::Silent, Peer::Talks][usize::from(circumstances >> 1 & 3)];
    setup.pongs = circumstances & 8 == 0;
    let last = [
        Ending::Conforms,
        Ending::Silent,
        Ending::Floods,
        Ending::Ends,
    ][usize::from(circumstances >> 4 & 3)];
    let script = data.get(3..).unwrap_or_default();

    let most = 20_000 + 20 * (case.weight() as usize + script.len());
    let play = || scripted::run(case, &setup, script, last, most);
    let played = play().unwrap_or_else(|| panic!("{} does not end", case.id));
    let Played {
        conclusion,
        written,
        received: said,
        ended,
        ..
    } = &played;

    let waits = case.steps.len() as u32 + 4;
    let patience = setup
        .timing
        .deadline
        .mul_f64(1.0 + *written as f64 / f64::from(1 << 20));
    let longest = (patience + Duration::from_millis(100)) * waits
        + Duration::from_millis(said * 1000 / (256 << 10) / 1000);
    assert!(
        conclusion.duration <= longest,
        "{} takes {:?}",
        case.id,
        conclusion.duration
    );

    let silent = *said == 0 && !ended;
    assert!(
        !(silent && needs_answer(case) && conclusion.verdict == Verdict::Pass),
        "{} passes by silence",
        case.id
    );

    let again = play()
        .unwrap_or_else(|| panic!("{} does not end the second time", case.id))
        .conclusion;
    assert_eq!(
        (
            conclusion.verdict,
            &conclusion.reason,
            &conclusion.transcript
        ),
        (again.verdict, &again.reason, &again.transcript)
    );
    assert!(
        conclusion.verdict != Verdict::Fail || conclusion.reason.is_some(),
        "{} fails for no reason",
        case.id
    );

    let mut passive = Passive::default();
    passive.note(&case.id, &conclusion.observed, &conclusion.transcript);
    passive.rows(role);
    taken_apart(&conclusion.transcript);
    conclusion.verdict
}

/// Whether silence cannot be right.
fn needs_answer(case: &Case) -> bool {
    let content = |word: &Word| {
        matches!(
            word,
            Word::Quiet | Word::Serves | Word::Requested(None) | Word::Ended(_)
        )
    };
    case.steps.iter().all(|step| match step {
        Step::Expect(alternatives) => alternatives.iter().all(|outcome| !content(&outcome.word)),
        Step::Rst | Step::Fin => false,
        _ => true,
    })
}

fn taken_apart(transcript: &Transcript) {
    assert!(
        transcript.cost() <= TRANSCRIPT,
        "a transcript of {} bytes",
        transcript.cost()
    );
    let text = serde_json::to_string(transcript).unwrap_or_default();
    assert_eq!(
        serde_json::from_str::<Transcript>(&text).ok().as_ref(),
        Some(transcript)
    );
    let sent = transcript.entries.iter().map(|entry| match &entry.what {
        What::Bytes(bytes) => bytes.len(),
        _ => 1,
    });
    let lines = wire::lines(transcript).len();
    assert!(lines <= sent.sum::<usize>());
    let short = transcript.shortened(8 << 10);
    assert!(short.cost() <= transcript.cost() + 256 && wire::lines(&short).len() <= lines + 2);
}

/// The bytes that stand for the hostile peer of this number.
pub fn hostile(number: u64) -> Vec<u8> {
    let mut random = SplitMix64(number);
    let size = 3 + random.next() as usize % [4, 16, 64, 256][random.next() as usize % 4];
    (0..size).map(|_| (random.next() >> 32) as u8).collect()
}

//! Properties of the exchange and its judge, which hold whatever a peer does.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use wsspec_core::Role;
use wsspec_reports::{MessageBehaviour, Transcript, Transport, Verdict, What, wire};
use wsspec_vectors::{Case, Corpus, Outcome, SplitMix64, Step};

use super::binding;
use crate::exchange::{LONGEST_TIME_OUT, Setup};
use crate::run::{Passive, runs_over};
use crate::wire::memory;
use crate::wire::scripted::{self, Ending, Played};

/// Cases that send more than this many bytes are left out: they are slow and add nothing.
const MAX_WEIGHT: u64 = 256 << 10;

/// Bounds the memory of a transcript, in bytes.
const MAX_TRANSCRIPT: usize = 1 << 20;

/// A transcript of more bytes is stored and rendered for one in four inputs: with a flood in it, that
/// takes far longer than the exchange.
const LARGE_TRANSCRIPT: usize = 32 << 10;

/// Bounds the memory of a shortened transcript, in bytes.
const SHORTENED: usize = 8 << 10;

/// The cases among which the input chooses.
static CASES: LazyLock<Vec<Arc<Case>>> = LazyLock::new(cases);

/// The same over HTTP/2.
static OVER_HTTP2: LazyLock<Vec<Arc<Case>>> = LazyLock::new(|| {
    let mut cases = cases();
    cases.retain(|case| runs_over(case, Transport::H2));
    cases
});

fn cases() -> Vec<Arc<Case>> {
    let cases = Corpus::embedded()
        .map(|corpus| corpus.cases)
        .unwrap_or_default();
    cases
        .into_iter()
        .filter(|case| case.wants_beyond(memory::ABILITIES).is_none())
        .filter(|case| case.weight() < MAX_WEIGHT)
        .collect()
}

/// A case, its setting, and the peer it runs against.
struct Play<'a> {
    case: &'a Case,
    role: Role,
    setup: Setup,
    /// What the peer does after its script.
    ending: Ending,
    /// Stores and renders a large transcript as well.
    stores_large: bool,
    script: &'a [u8],
}

/// Runs a case against a peer that follows a script of arbitrary bytes, and checks that
///
/// - it ends in bounded time and memory,
/// - it has the same verdict, reason and transcript each time,
/// - it does not pass where the peer was silent and an answer is required,
/// - the transcript can be stored, read back, rendered and shortened.
///
/// The first two bytes choose the case. The third chooses the circumstances, from the lowest bit:
/// the role of the target where the case allows both (1 bit), what it does with messages (2),
/// whether it leaves pings unanswered (1), what it does after the script (2), whether a large
/// transcript is stored and rendered (2, both set). The rest is the script of the peer, see
/// [`scripted`].
///
/// # Panics
/// The property does not hold.
pub fn judge(data: &[u8]) -> Verdict {
    Play::new(data, &CASES, Transport::Tcp).check()
}

/// The same over HTTP/2, whose frames the peer makes of its script. What follows the first three bytes
/// also goes through the binding alone, for a target of either role, and means the same at any
/// chunking.
///
/// # Panics
/// The property does not hold.
pub fn binding_h2(data: &[u8]) -> Verdict {
    let stream = data.get(3..).unwrap_or_default();
    for target in [Role::Server, Role::Client] {
        binding::means_the_same_at_any_chunking(target, stream);
    }
    Play::new(data, &OVER_HTTP2, Transport::H2).check()
}

impl Play<'_> {
    /// Runs it, and checks what holds of any run.
    fn check(&self) -> Verdict {
        let played = self.run();
        let conclusion = &played.conclusion;
        self.check_duration(&played);
        self.check_silence(&played);
        let rerun = self.run().conclusion;
        assert_eq!(
            (
                conclusion.verdict,
                &conclusion.reason,
                &conclusion.transcript
            ),
            (rerun.verdict, &rerun.reason, &rerun.transcript)
        );
        let id = &self.case.id;
        assert!(
            conclusion.verdict != Verdict::Fail || conclusion.reason.is_some(),
            "{id} fails without a reason"
        );
        let mut passive = Passive::default();
        passive.note(id, conclusion);
        passive.rows(self.role, &[]);
        self.check_transcript(&conclusion.transcript);
        conclusion.verdict
    }

    fn new<'a>(data: &'a [u8], cases: &'a [Arc<Case>], over: Transport) -> Play<'a> {
        let mut header = [0; 3];
        let size = data.len().min(header.len());
        header[..size].copy_from_slice(&data[..size]);
        let [low, high, circumstances] = header;
        let case = &cases[usize::from(u16::from_le_bytes([low, high])) % cases.len()];
        let role = case.roles[usize::from(circumstances & 1) % case.roles.len()];
        let mut setup = Setup::new(role, "wsspec.invalid", "/");
        setup.over = over;
        let peers = [
            MessageBehaviour::Echo,
            MessageBehaviour::Echo,
            MessageBehaviour::Silent,
            MessageBehaviour::Talks,
        ];
        setup.peer = peers[usize::from(circumstances >> 1 & 3)];
        setup.pongs = circumstances & 8 == 0;
        let endings = [
            Ending::Conforms,
            Ending::Silent,
            Ending::Floods,
            Ending::Ends,
        ];
        Play {
            case,
            role,
            setup,
            ending: endings[usize::from(circumstances >> 4 & 3)],
            stores_large: circumstances >> 6 == 3,
            script: &data[size..],
        }
    }

    fn run(&self) -> Played {
        let max_actions = 20_000 + 20 * (self.case.weight() as usize + self.script.len());
        scripted::run(
            self.case,
            &self.setup,
            self.script,
            self.ending,
            max_actions,
        )
        .unwrap_or_else(|| panic!("{} does not end", self.case.id))
    }

    fn check_duration(&self, played: &Played) {
        let waits = self.case.steps.len() as u32 + 4;
        let megabytes = played.written as f64 / f64::from(1 << 20);
        let patience = self.setup.timing.deadline.mul_f64(1.0 + megabytes);
        let transfer = Duration::from_millis(played.received / scripted::BYTES_PER_MS);
        let time_out = if self.case.awaits_time_out() {
            LONGEST_TIME_OUT
        } else {
            Duration::ZERO
        };
        let longest = (patience + Duration::from_millis(100)) * waits + transfer + time_out;
        let duration = played.conclusion.duration;
        assert!(duration <= longest, "{} takes {duration:?}", self.case.id);
    }

    fn check_transcript(&self, transcript: &Transcript) {
        let cost = transcript.cost();
        assert!(cost <= MAX_TRANSCRIPT, "a transcript of {cost} bytes");
        if cost > LARGE_TRANSCRIPT && !self.stores_large {
            return;
        }
        let text = serde_json::to_string(transcript).unwrap_or_default();
        assert_eq!(
            serde_json::from_str::<Transcript>(&text).ok().as_ref(),
            Some(transcript)
        );
        let bytes: usize = transcript
            .entries
            .iter()
            .map(|entry| match &entry.what {
                What::Bytes(bytes) => bytes.len(),
                _ => 1,
            })
            .sum();
        let lines = wire::lines(transcript).len();
        assert!(lines <= bytes);
        let short = transcript.shortened(SHORTENED);
        assert!(short.cost() <= cost + 256 && wire::lines(&short).len() <= lines + 2);
    }

    fn check_silence(&self, played: &Played) {
        let silent = played.received == 0 && !played.ended;
        let passes = played.conclusion.verdict == Verdict::Pass;
        assert!(
            !(silent && passes && needs_answer(self.case)),
            "{} passes although the peer was silent",
            self.case.id
        );
    }
}

/// Whether a silent peer must not pass.
fn needs_answer(case: &Case) -> bool {
    case.steps.iter().all(|step| match step {
        Step::Expect(alternatives) => !alternatives.iter().any(allows_silence),
        Step::Rst | Step::Fin => false,
        _ => true,
    })
}

fn allows_silence(outcome: &Outcome) -> bool {
    outcome.word.silence_may_pass()
}

/// The input that stands for the hostile peer of this number.
pub fn hostile(number: u64) -> Vec<u8> {
    let mut random = SplitMix64(number);
    let size = 3 + random.next() as usize % [4, 16, 64, 256][random.next() as usize % 4];
    (0..size).map(|_| (random.next() >> 32) as u8).collect()
}

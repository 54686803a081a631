//! What is written, waited for and left out when a step goes out in pieces.

use std::io;

use wsspec_core::Role;
use wsspec_reports::Verdict;
use wsspec_vectors::{Case, Step, Tell};

use super::super::super::{Conclusion, Setup};
use super::*;
use crate::binding::EndOfStream;
use crate::peer::{PeerConnection, ReferencePeer};
use crate::run::plain_case;
use crate::wire::{Arrival, ReadUp, World, drive_at_once};

/// The reference server, and what happens while it is waited for at the cuts.
struct Watched {
    now: Duration,
    server: PeerConnection,
    writes: Vec<Vec<u8>>,
    cuts: Vec<Cut>,
    /// How long it takes to read a piece.
    slowness: Duration,
    meanwhile: VecDeque<Arrival>,
}

impl World for Watched {
    fn now(&self) -> Duration {
        self.now
    }

    fn act(&mut self, _: u32, action: WireAction) {
        if let WireAction::Write(mut bytes) = action {
            self.writes.push(bytes.clone());
            self.server.receive(&mut bytes);
        }
    }

    async fn connect(&mut self, _: u32) -> io::Result<()> {
        Ok(())
    }

    async fn wait(&mut self, until: Duration) -> Arrival {
        let output = self.server.take_output();
        if output.is_empty() {
            self.now = until;
            return Arrival::Nothing;
        }
        Arrival::Bytes(1, output)
    }

    async fn read_up(&mut self, cut: Cut) -> ReadUp {
        if let Some(arrival) = self.meanwhile.pop_front() {
            return ReadUp::Came(arrival);
        }
        self.cuts.push(cut);
        self.now = (self.now + self.slowness).clamp(cut.least, cut.most);
        ReadUp::Yes
    }

    fn tell(&mut self, _: &Tell) -> bool {
        false
    }

    async fn serves_another(&mut self) -> bool {
        true
    }
}

/// The pause between two pieces.
const PAUSE: Duration = Duration::from_millis(7);

fn play(steps: &str, meanwhile: impl Into<VecDeque<Arrival>>) -> (Conclusion, Watched) {
    play_with(PAUSE, Duration::ZERO, steps, meanwhile)
}

fn play_with(
    pause: Duration,
    slowness: Duration,
    steps: &str,
    meanwhile: impl Into<VecDeque<Arrival>>,
) -> (Conclusion, Watched) {
    let case = Case {
        steps: Step::read_all(steps).unwrap(),
        ..plain_case()
    };
    let mut setup = Setup::new(Role::Server, "a", "/");
    setup.timing.pause = pause;
    let mut world = Watched {
        now: Duration::ZERO,
        server: ReferencePeer::conforming().connection(Role::Server, 0),
        writes: Vec::new(),
        cuts: Vec::new(),
        slowness,
        meanwhile: meanwhile.into(),
    };
    let mut exchange = Exchange::new(&case, &setup);
    drive_at_once(&mut exchange, &mut world, 10_000).unwrap();
    (exchange.conclude(), world)
}

/// A message of eight bytes, one write for each.
const ECHO: &str = r#"[{"send": {"text": "hi"}, "split": "each-byte"}, {"expect": "echo"}]"#;

/// The places of the pieces of [`ECHO`] among the writes: a head and a barrier come before.
const PIECES: std::ops::Range<usize> = 2..10;

#[test]
fn each_piece_waits_until_the_one_before_was_read() {
    let (conclusion, world) = play(ECHO, []);
    assert_eq!(conclusion.verdict, Verdict::Pass);
    assert!(world.writes[PIECES].iter().all(|piece| piece.len() == 1));
    assert_eq!(world.cuts.len(), 7);
    for pair in world.cuts.windows(2) {
        assert_eq!(pair[1].least, pair[0].least + PAUSE);
        assert!(pair[0].most > pair[1].least);
    }
}

#[test]
fn without_a_pause_no_piece_waits() {
    let (conclusion, world) = play_with(Duration::ZERO, Duration::ZERO, ECHO, []);
    assert_eq!(conclusion.verdict, Verdict::Pass);
    assert!(world.writes[PIECES].iter().all(|piece| piece.len() == 1));
    assert!(world.cuts.is_empty());
}

#[test]
fn without_a_pause_the_pieces_of_a_conversation_are_bounded() {
    let steps = r#"[
        {"send": {"binary": {"repeat": "x", "size": 600}}, "split": "each-byte"},
        {"send": {"text": "hi"}, "split": "each-byte"},
        {"expect": "echo"}
    ]"#;
    let (conclusion, world) = play_with(Duration::ZERO, Duration::ZERO, steps, []);
    assert_eq!(conclusion.verdict, Verdict::Pass);
    // A head and a barrier come before.
    let sizes: Vec<usize> = world.writes[2..].iter().map(Vec::len).collect();
    assert!(sizes[..UNPAUSED - 1].iter().all(|size| *size == 1));
    assert_eq!(sizes[UNPAUSED - 1..=UNPAUSED], [608 - (UNPAUSED - 1), 8]);
}

#[test]
fn an_answer_goes_out_after_the_last_piece() {
    let asked = Arrival::Bytes(1, b"\x89\x01x".to_vec());
    let (conclusion, world) = play(ECHO, [asked]);
    assert_eq!(conclusion.verdict, Verdict::Pass);
    assert!(world.writes[PIECES].iter().all(|piece| piece.len() == 1));
    let answer = &world.writes[PIECES.end];
    assert_eq!((answer[0], answer[1]), (0x8a, 0x81));
}

#[test]
fn nothing_is_written_to_a_target_that_has_ended() {
    let end = Arrival::End(1, EndOfStream::Finished);
    let (conclusion, world) = play(ECHO, [end]);
    assert_eq!(conclusion.verdict, Verdict::Fail);
    assert_eq!(world.writes.len(), PIECES.start + 1);
}

#[test]
fn the_round_trip_of_an_opening_in_pieces_counts_from_the_last() {
    let (conclusion, world) = play(r#"[{"open": {"split": "each-byte"}}]"#, []);
    assert_eq!(conclusion.verdict, Verdict::Pass);
    assert!(world.cuts.len() > 100);
    assert_eq!(conclusion.pace.round_trip, Some(Duration::ZERO));
}

#[test]
fn each_frame_is_a_piece() {
    let steps =
        r#"[{"send": [{"text": "a"}, {"ping": "b"}], "split": "each-frame"}, {"expect": "alive"}]"#;
    let (conclusion, world) = play(steps, []);
    assert_eq!(conclusion.verdict, Verdict::Pass);
    assert_eq!(world.writes[2].len(), 7);
    assert_eq!(world.writes[3].len(), 7);
    assert_eq!(world.cuts.len(), 1);
}

/// A machine with much to do reads late, and a piece that is not waited for would be joined with the
/// next one.
#[test]
fn a_target_that_reads_late_is_waited_for() {
    let (_, world) = play_with(PAUSE, PATIENCE / 2, ECHO, []);
    assert_eq!(world.cuts.len(), 7);
    assert!(world.cuts.iter().all(|cut| cut.most > cut.least));
}

#[test]
fn a_target_that_has_stopped_reading_is_waited_for_once() {
    let (_, world) = play_with(PAUSE, PATIENCE * 2, ECHO, []);
    let waits = world.cuts.iter().filter(|cut| cut.most > cut.least);
    assert_eq!((world.cuts.len(), waits.count()), (7, 1));
}

/// The number of pieces that are read apart, of `count` with `size` bytes each.
fn apart(count: usize, size: usize) -> usize {
    let pieces = pieces(vec![vec![0; size]; count], usize::MAX);
    pieces.iter().filter(|piece| piece.apart).count()
}

#[test]
fn of_a_large_step_the_edges_are_read_apart() {
    assert_eq!(apart(MOST_PIECES, 1), MOST_PIECES - 1);
    assert_eq!(apart(MOST_PIECES + 1, 1), 2 * EDGE);
    assert_eq!(apart(1000, 1000), 0);
}

//! Writing a step in pieces that the target reads one by one.
//!
//! The kernel joins pieces that are written back to back, which hides a target that loses the rest
//! of a header cut by a read. So each piece waits until the one before it was read, as far as the
//! wire can tell, and for a pause that follows the round trip; other exchanges go on meanwhile.
//! Nothing is added to what the case sends, so that each read holds exactly one piece. A ping before
//! each piece would prove by its pong that the piece before was read, but then a cut header would
//! come at the end of a longer read, which is another test, and a target that does not answer that
//! ping would fail a case that is not about pings.

use std::collections::VecDeque;
use std::time::Duration;

use super::super::{Action, Cut, WireAction};
use super::Exchange;

/// Most pieces, and most bytes, of a step in which every piece is read on its own. In larger steps
/// only the pieces at the beginning and at the end are: the header, and the end of the frame.
const MOST_PIECES: usize = 1200;
const MOST_BYTES: usize = 80_000;

/// Number of bytes at either end of a large step whose pieces are read on their own.
const EDGE: usize = 64;

/// Number of pieces after which there is no more pause where the wire knows that the target has
/// read: in a step with more, their number matters, and not where each of them is cut.
const UNHURRIED: usize = 64;

/// Most pieces of a conversation without pauses, in which nothing keeps the pieces apart: what follows
/// is not cut. Thousands of tiny writes would take the time of many conversations, and slow a target
/// down for those beside it.
const UNPAUSED: usize = 500;

/// Longest wait for a target to read a piece, where the wire knows that it has not: a machine with
/// more to do than it can may keep a target waiting for that long. A target that takes longer is not
/// waited for again in this step.
const PATIENCE: Duration = Duration::from_secs(2);

/// Longest time that one step spends waiting for a target that is slow to read.
const MOST_TIME: Duration = Duration::from_secs(20);

/// The part of a step that is not written yet.
#[derive(Debug, Default)]
pub(super) struct Pacing {
    on: u32,
    pieces: VecDeque<Piece>,
    /// When the last piece was written.
    written: Duration,
    /// Number of pieces written.
    count: usize,
    /// Number of pieces of all steps so far, this one included.
    total: usize,
    /// The pause between two pieces.
    pause: Duration,
    /// From then on, each piece waits for the pause alone.
    patient_until: Duration,
    /// When the wait for the last piece to be read ends, if it is still waited for.
    waits_until: Option<Duration>,
    /// The target has read all that was written.
    read_up: bool,
}

/// A write, or an action that follows all writes.
#[derive(Debug)]
struct Piece {
    action: WireAction,
    /// It has to be read apart from what was written before.
    apart: bool,
}

impl Pacing {
    /// Whether something is still to be written in this conversation.
    pub(super) fn holds(&self, on: u32) -> bool {
        self.on == on && !self.pieces.is_empty()
    }

    /// Appends an action to what is still to be written.
    pub(super) fn follow(&mut self, action: WireAction) {
        self.pieces.push_back(Piece {
            action,
            apart: false,
        });
    }

    /// The wait before the next piece, if one is needed.
    fn cut(&self, on: u32) -> Option<Cut> {
        let apart = self.pieces.front().is_some_and(|piece| piece.apart);
        let least = self.written + self.pause;
        let most = least.max(self.patient_until.min(self.written + PATIENCE));
        (apart && !self.read_up && !self.pause.is_zero()).then_some(Cut {
            on,
            least,
            early: self.count > UNHURRIED,
            most,
        })
    }
}

impl Exchange<'_> {
    /// The target has read what was written so far, or has had its time.
    pub fn read_up(&mut self) {
        self.pacing.read_up = true;
    }

    /// Writes these pieces one after the other; the step goes on when all are written.
    pub(super) fn write_paced(&mut self, on: u32, writes: Vec<Vec<u8>>) {
        if self.pacing.holds(on) {
            for write in writes {
                self.pacing.follow(WireAction::Write(write));
            }
            return;
        }
        let now = self.now;
        let timing = self.setup.timing;
        let conversation = self.on_mut(on);
        let activity = conversation.view.activity;
        conversation.activity_before.get_or_insert(activity);
        let round_trip = conversation.pace.round_trip.unwrap_or_default();
        let pause = timing.pause_between(writes.len(), round_trip);
        let most = if pause.is_zero() {
            UNPAUSED.saturating_sub(self.pacing.total)
        } else {
            usize::MAX
        };
        let pieces = pieces(writes, most);
        self.pacing = Pacing {
            on,
            written: now,
            count: 0,
            total: self.pacing.total + pieces.len(),
            pause,
            patient_until: now + MOST_TIME,
            waits_until: None,
            read_up: false,
            pieces,
        };
    }

    /// The next action of the pieces, until all are written.
    pub(super) fn pace(&mut self) -> Option<Action> {
        let on = self.pacing.on;
        // With no line left, the verdict is in. The frame is completed so that a Close can follow.
        let hurried = self.lines.is_empty();
        loop {
            self.pacing.pieces.front()?;
            let channel = self
                .carrier
                .as_ref()
                .map_or(on, |carrier| carrier.channel(on));
            if let Some(cut) = self.pacing.cut(channel)
                && !hurried
                && self.on(on).view.end.is_none()
            {
                self.pacing.waits_until = Some(cut.most).filter(|most| *most > cut.least);
                return Some(Action::Cut(cut));
            }
            let piece = self.pacing.pieces.pop_front()?;
            self.pacing.read_up = false;
            let now = self.now;
            let given_up = self
                .pacing
                .waits_until
                .take()
                .is_some_and(|most| now >= most);
            if given_up {
                self.pacing.patient_until = now;
            }
            self.pacing.written = now;
            self.pacing.count += 1;
            let conversation = self.on_mut(on);
            let ended = conversation.view.end.is_some();
            if ended && matches!(piece.action, WireAction::Write(_)) {
                // The target is gone.
                continue;
            }
            if conversation.view.head.is_none() {
                conversation.pace.opened_at = Some(now);
            }
            self.act(on, piece.action);
            // A carrier may hold it back until a window opens.
            if let Some(action) = self.actions.pop_front() {
                return Some(action);
            }
        }
    }
}

/// Decides which of these writes have to be read apart. After `most` of them, the rest is one write.
fn pieces(writes: Vec<Vec<u8>>, most: usize) -> VecDeque<Piece> {
    let size: usize = writes.iter().map(Vec::len).sum();
    let all = writes.len() <= MOST_PIECES && size <= MOST_BYTES;
    let mut at = 0;
    let mut pieces: VecDeque<Piece> = VecDeque::new();
    for write in writes {
        let apart = at > 0 && (all || at <= EDGE || at + EDGE >= size);
        at += write.len();
        let full = pieces.len() >= most;
        match pieces.back_mut().map(|piece| &mut piece.action) {
            Some(WireAction::Write(before)) if full => before.extend(write),
            _ => pieces.push_back(Piece {
                action: WireAction::Write(write),
                apart,
            }),
        }
    }
    pieces
}

#[cfg(test)]
mod tests;

//! A stored transcript played back, so that it can be judged again without a target.
//!
//! The exchange is given what the target sent, at the times and in the order in which it came. What
//! the exchange wants sent is taken to be what was sent then: its bytes come from the same seed.
//! Where the two no longer fit each other (the vector has changed, or the transcript was cut), the
//! conversation cannot be judged.

use std::io;
use std::time::Duration;

use wsspec_core::http3::ErrorCode;
use wsspec_core::tls::{Alert, ClientHello, Tls};
use wsspec_reports::{Entry, Transcript, What, Who};
use wsspec_vectors::{Case, Tell};

use super::{Arrival, ReadUp, World, drive_at_once};
use crate::binding::EndOfStream;
use crate::binding::http3::number;
use crate::exchange::{Breakdown, Conclusion, Cut, Exchange, QuicAction, Setup, WireAction};

/// Actions after which an exchange is taken to have lost its way: far more than any stored
/// conversation has.
const MAX_ACTIONS: usize = 1 << 20;

/// Judges a stored conversation of this case again. `None` if the transcript was cut, so that bytes
/// are missing.
pub fn judge(case: &Case, setup: &Setup, transcript: &Transcript) -> Option<Conclusion> {
    if transcript.entries.iter().any(is_cut) {
        return None;
    }
    let mut exchange = Exchange::new(case, setup);
    let mut world = Stored {
        entries: &transcript.entries,
        now: Duration::ZERO,
        lost: Duration::ZERO,
        differs: false,
    };
    let ended = drive_at_once(&mut exchange, &mut world, MAX_ACTIONS);
    if ended.is_none() || world.differs {
        exchange.broke_down(Breakdown::TranscriptDiffers);
    }
    Some(exchange.conclude())
}

fn is_cut(entry: &Entry) -> bool {
    matches!(entry.what, What::Left(_))
}

/// What is left of the transcript.
struct Stored<'a> {
    entries: &'a [Entry],
    now: Duration,
    /// The machine had taken this much time away: the suite waited for longer than it does now.
    lost: Duration,
    /// The exchange did not send what was sent then.
    differs: bool,
}

impl Stored<'_> {
    /// Takes the next entry if it is one that `wanted` knows.
    fn take(&mut self, wanted: impl Fn(&Entry) -> bool) -> bool {
        match self.entries.split_first() {
            Some((next, rest)) if wanted(next) => {
                self.now = self.now.max(at(next));
                self.entries = rest;
                true
            }
            _ => false,
        }
    }
}

fn at(entry: &Entry) -> Duration {
    Duration::from_micros(entry.at_us)
}

impl World for Stored<'_> {
    fn now(&self) -> Duration {
        self.now
    }

    fn lost(&self) -> Duration {
        self.lost
    }

    fn act(&mut self, on: u32, action: WireAction) {
        let wanted = |entry: &Entry| entry.who == Who::Suite && entry.on == on;
        self.differs |= match action {
            WireAction::Write(bytes) => !self.take(|entry| {
                let same = |sent: &Vec<u8>| sent.len() == bytes.len();
                wanted(entry) && matches!(&entry.what, What::Bytes(sent) if same(sent))
            }),
            // The end that the suite makes after the verdict is not in the transcript.
            WireAction::Finish => {
                self.take(|entry| wanted(entry) && entry.what == What::Fin);
                false
            }
            WireAction::Reset => !self.take(|entry| wanted(entry) && entry.what == What::Rst),
            WireAction::Quic(QuicAction::Close(code)) => {
                let closed = What::ConnectionClosed(Some(code.0));
                self.take(|entry| wanted(entry) && entry.what == closed);
                false
            }
            WireAction::Quic(action) => {
                !self.take(|entry| wanted(entry) && entry.what == action.what())
            }
            WireAction::StopReading | WireAction::ReadAgain => false,
        };
    }

    /// No transcript keeps it.
    fn leave(&mut self, _: u32, _: WireAction) {}

    async fn connect(&mut self, _: u32) -> io::Result<()> {
        Ok(())
    }

    async fn wait(&mut self, until: Duration) -> Arrival {
        let Some((next, rest)) = self.entries.split_first() else {
            self.now = self.now.max(until);
            return Arrival::Nothing;
        };
        let arrival = match (next.who, &next.what) {
            (Who::Target, What::Bytes(bytes)) => Arrival::Bytes(next.on, bytes.clone()),
            (Who::Target, What::Fin) => Arrival::End(next.on, EndOfStream::Finished),
            (Who::Target, What::Truncated) => Arrival::End(next.on, EndOfStream::Truncated),
            (Who::Target, What::Hello(name)) => {
                let server_name = name.clone().map(String::into_bytes);
                Arrival::Tls(next.on, Tls::Hello(ClientHello { server_name }))
            }
            (Who::Target, What::Alert(number)) => Arrival::Tls(next.on, Tls::Alert(Alert(*number))),
            (Who::Target, What::Rst) => Arrival::End(next.on, EndOfStream::Reset),
            (Who::Target, What::StreamReset(code)) => {
                Arrival::End(next.on, EndOfStream::Cancelled(number(ErrorCode(*code))))
            }
            (Who::Target, What::StreamStopped(code)) => {
                Arrival::Stopped(next.on, number(ErrorCode(*code)))
            }
            (Who::Target, What::ConnectionClosed(code)) => {
                let code = code.map(|code| number(ErrorCode(code)));
                Arrival::End(next.on, EndOfStream::Aborted(code))
            }
            // The suite woke up then, and did something.
            (_, what) => {
                self.now = self.now.max(at(next)).max(until);
                if *what == What::TimedOut {
                    self.entries = rest;
                }
                return Arrival::Nothing;
            }
        };
        self.now = self.now.max(at(next));
        self.lost += self.now.saturating_sub(until);
        self.entries = rest;
        arrival
    }

    /// The target had read it when the next piece was written.
    async fn read_up(&mut self, cut: Cut) -> ReadUp {
        match self.entries.first() {
            Some(next) if next.who == Who::Target => ReadUp::Came(self.wait(cut.most).await),
            _ => ReadUp::Yes,
        }
    }

    fn tell(&mut self, _: &Tell) -> bool {
        false
    }

    async fn serves_another(&mut self) -> bool {
        let served = matches!(
            self.entries.first().map(|entry| &entry.what),
            Some(What::ServesAnother(true))
        );
        self.take(|entry| matches!(entry.what, What::ServesAnother(_)));
        served
    }
}

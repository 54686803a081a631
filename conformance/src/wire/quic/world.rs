//! Exchanges over HTTP/3.
//!
//! Timers of QUIC decide nothing: a connection on which nothing happens is kept alive, and one whose
//! target is silent is silent for the exchange.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use wsspec_vectors::{Case, Tell};

use super::Connection;
use super::channels::Channels;
use crate::exchange::{Conclusion, Cut, Exchange, Setup, WireAction};
use crate::wire::tcp::{AFTER_END, DRAIN_TIME, Further, NoFurther, Place};
use crate::wire::{Arrival, ReadUp, World, drive, meter, until_read};

/// A connection of which something came before the case began.
#[derive(Debug)]
pub struct Begun {
    /// The streams of the connection.
    pub channels: Channels,
    /// What came, in its order.
    pub came: VecDeque<Arrival>,
    /// How many of the first bytes that the exchange writes on a channel are gone already: whoever began
    /// the connection wrote the same.
    pub written: BTreeMap<u32, usize>,
}

impl From<Connection> for Begun {
    fn from(connection: Connection) -> Begun {
        Begun {
            channels: Channels::new(connection),
            came: VecDeque::new(),
            written: BTreeMap::new(),
        }
    }
}

/// Runs a case over a connection.
pub(in crate::wire) async fn run(
    case: &Case,
    setup: &Setup,
    begun: Begun,
    further: &dyn Further,
) -> Conclusion {
    let mut exchange = Exchange::new(case, setup);
    let mut world = Streams {
        began: Instant::now(),
        channels: begun.channels,
        came: begun.came,
        gone: begun.written,
        further,
    };
    drive(&mut exchange, &mut world, usize::MAX).await;
    let conclusion = exchange.conclude();
    // There is no end to a flood.
    if !conclusion.flooded {
        drop(tokio::spawn(end(world.channels, further.place())));
    }
    conclusion
}

/// Ends a connection whose exchange is over.
async fn end(channels: Channels, place: Option<Place>) {
    channels.end(DRAIN_TIME).await;
    if place.is_some() {
        tokio::time::sleep(AFTER_END).await;
    }
}

/// The streams of one connection.
struct Streams<'a> {
    began: Instant,
    channels: Channels,
    /// What came before the exchange began.
    came: VecDeque<Arrival>,
    /// Number of bytes of the next writes on a channel that have already been sent.
    gone: BTreeMap<u32, usize>,
    further: &'a dyn Further,
}

impl Streams<'_> {
    /// What of a write has not been sent already; `None` if all of it has.
    fn unsent(&mut self, on: u32, mut bytes: Vec<u8>) -> Option<Vec<u8>> {
        let Some(left) = self.gone.get_mut(&on).filter(|left| **left > 0) else {
            return Some(bytes);
        };
        let gone = bytes.len().min(*left);
        *left -= gone;
        bytes.drain(..gone);
        Some(bytes).filter(|rest| !rest.is_empty())
    }
}

impl World for Streams<'_> {
    /// In whole microseconds, as a transcript keeps it, so that playback gives the same times.
    fn now(&self) -> Duration {
        Duration::from_micros(self.began.elapsed().as_micros() as u64)
    }

    fn lost(&self) -> Duration {
        meter::lost()
    }

    fn act(&mut self, on: u32, action: WireAction) {
        let action = match action {
            WireAction::Write(bytes) => match self.unsent(on, bytes) {
                Some(rest) => WireAction::Write(rest),
                None => return,
            },
            other => other,
        };
        self.channels.act(on, action);
    }

    /// Conversations are streams of the one connection.
    async fn connect(&mut self, _: u32) -> io::Result<()> {
        NoFurther.connect().await.map(drop)
    }

    async fn wait(&mut self, until: Duration) -> Arrival {
        if let Some(arrival) = self.came.pop_front() {
            return arrival;
        }
        let deadline = (self.began + until).min(Instant::now() + meter::LOOK);
        timeout_at(deadline, self.channels.next())
            .await
            .unwrap_or(Arrival::Nothing)
    }

    /// An acknowledgement of QUIC says nothing of the application: time alone keeps pieces apart, once
    /// they are on their way. Where only their number matters, that is enough.
    async fn read_up(&mut self, cut: Cut) -> ReadUp {
        until_read(self, cut, |world, _| Some(world.channels.is_flushed())).await
    }

    fn tell(&mut self, _: &Tell) -> bool {
        false
    }

    async fn serves_another(&mut self) -> bool {
        self.further.serves_another().await
    }
}

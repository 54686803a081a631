//! How bytes travel, and the loop that carries an exchange out.
//!
//! A [`World`] is everything an exchange meets: its connections, the time, and further connections
//! to the same target. There is one over byte streams (TCP, TLS, Unix sockets), one over QUIC, one in memory against the reference endpoint, one in
//! memory against a peer that does as arbitrary bytes say, and one that plays a stored transcript
//! back. [`drive`] is the only loop.

pub(crate) mod http2;
pub mod link;
pub mod listen;
pub mod memory;
pub(crate) mod meter;
pub mod quic;
pub mod scripted;
pub(crate) mod shared;
pub mod stored;
pub mod stream;
pub mod tcp;
mod unread;

use std::future::Future;
use std::io;
use std::time::Duration;

use wsspec_core::tls::Tls;
use wsspec_vectors::Tell;

use crate::binding::{EndOfStream, ErrorNumber};
use crate::exchange::{Action, Cut, Exchange, WireAction};

/// What came while an exchange waited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrival {
    /// These bytes, in this conversation, or on this channel of what carries them.
    Bytes(u32, Vec<u8>),
    /// TLS of the target, in this conversation.
    Tls(u32, Tls),
    /// The target ended this conversation, or this channel.
    End(u32, EndOfStream),
    /// The target wants no more of our direction of this channel (STOP_SENDING of QUIC).
    Stopped(u32, ErrorNumber),
    /// Nothing: the time is over, or something changed that the exchange need not know.
    Nothing,
}

/// What ended the wait for a target to read.
#[derive(Debug, PartialEq, Eq)]
pub enum ReadUp {
    /// It has read everything, as far as the wire can tell, or it has had its time.
    Yes,
    /// This came first.
    Came(Arrival),
}

/// Everything an exchange meets.
pub trait World {
    /// Time since the exchange began.
    fn now(&self) -> Duration;

    /// Time since some moment before the exchange that the machine has taken away, by having more
    /// to do than it could. Deadlines are put off by it.
    fn lost(&self) -> Duration {
        Duration::ZERO
    }

    /// Does this on the wire of conversation `on`; on one that is gone, nothing.
    fn act(&mut self, on: u32, action: WireAction);

    /// Does what ends a conversation once the verdict is in.
    fn leave(&mut self, on: u32, action: WireAction) {
        self.act(on, action);
    }

    /// Begins conversation `on`: dials a server again. A client may connect later.
    ///
    /// # Errors
    /// If there can be no further connection.
    fn connect(&mut self, on: u32) -> impl Future<Output = io::Result<()>> + Send;

    /// Waits until something comes, at most until `until`.
    fn wait(&mut self, until: Duration) -> impl Future<Output = Arrival> + Send;

    /// Waits until the target has read what was written in this conversation. A wire on which each
    /// write is a read of its own does not wait.
    fn read_up(&mut self, cut: Cut) -> impl Future<Output = ReadUp> + Send;

    /// Tells the application under test what to do. False if it cannot be told.
    fn tell(&mut self, tell: &Tell) -> bool;

    /// Whether a further connection opens and is alive.
    fn serves_another(&mut self) -> impl Future<Output = bool> + Send;
}

/// Times a wire is asked at once whether what was written is read, before time passes.
const EARLY_QUESTIONS: usize = 8;

/// Time between two further questions.
const ASK_AGAIN: Duration = Duration::from_millis(1);

/// Waits as [`World::read_up`] does. `is_read` says whether what was written in a conversation has been read;
/// `None` where the wire cannot tell, and time alone keeps pieces apart.
async fn until_read<W: World>(
    world: &mut W,
    cut: Cut,
    is_read: impl Fn(&mut W, u32) -> Option<bool>,
) -> ReadUp {
    if cut.early {
        for _ in 0..EARLY_QUESTIONS {
            tokio::task::yield_now().await;
            if is_read(world, cut.on) == Some(true) {
                return ReadUp::Yes;
            }
        }
    }
    let mut until = cut.least;
    loop {
        match world.wait(until).await {
            Arrival::Nothing => {}
            arrival => return ReadUp::Came(arrival),
        }
        if world.now() >= cut.most || is_read(world, cut.on) != Some(false) {
            return ReadUp::Yes;
        }
        until = world.now() + ASK_AGAIN;
    }
}

/// Carries an exchange out. `None` if it asks for more than `limit` actions, else how many it asked
/// for.
pub async fn drive(
    exchange: &mut Exchange<'_>,
    world: &mut impl World,
    limit: usize,
) -> Option<usize> {
    for actions in 0..limit {
        exchange.has_lost(world.lost());
        match exchange.next(world.now()) {
            Action::Wire(on, action) => world.act(on, action),
            Action::Leave(on, action) => world.leave(on, action),
            Action::Connect(on) => {
                if let Err(error) = world.connect(on).await {
                    exchange.cannot_connect(&error.to_string());
                }
            }
            Action::Tell(tell) => {
                if !world.tell(&tell) {
                    exchange.cannot_tell();
                }
            }
            Action::Second => {
                let served = world.serves_another().await;
                exchange.second(served);
            }
            Action::Wait(until) => {
                let arrival = world.wait(until).await;
                take(exchange, arrival, world.now());
            }
            Action::Cut(cut) => match world.read_up(cut).await {
                ReadUp::Yes => exchange.read_up(),
                ReadUp::Came(arrival) => take(exchange, arrival, world.now()),
            },
            Action::Done => return Some(actions),
        }
    }
    None
}

fn take(exchange: &mut Exchange<'_>, arrival: Arrival, now: Duration) {
    match arrival {
        Arrival::Bytes(on, bytes) => exchange.received(on, &bytes, now),
        Arrival::Tls(on, tls) => exchange.tls(on, &tls, now),
        Arrival::End(on, end) => exchange.ended(on, end, now),
        Arrival::Stopped(on, code) => exchange.stopped(on, code, now),
        Arrival::Nothing => {}
    }
}

/// Carries an exchange out in a world whose waits never pend.
pub(crate) fn drive_at_once(
    exchange: &mut Exchange<'_>,
    world: &mut impl World,
    limit: usize,
) -> Option<usize> {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};
    let driving = pin!(drive(exchange, world, limit));
    match driving.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => unreachable!("nothing in memory is waited for"),
    }
}

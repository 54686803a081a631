//! Exchanges over byte streams: TCP, TLS, Unix sockets.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout, timeout_at};
use wsspec_vectors::{Ability, Case, Over, Tell};

use super::meter;
use super::stream::Stream;
use super::unread::Asker;
use super::{Arrival, ReadUp, World, drive, until_read};
use crate::binding::EndOfStream;
use crate::exchange::{Conclusion, Cut, Exchange, Setup, WireAction};

/// What this wire can do beyond one plain connection.
pub const ABILITIES: &[Ability] = &[
    Ability::Several,
    Ability::Proxy,
    Ability::Over(Over::H2),
    Ability::Over(Over::H3),
    Ability::Over(Over::Tls),
];

/// How long the rest of a finished connection is read, so that no unread byte makes our kernel
/// reset it.
pub(super) const DRAIN_TIME: Duration = Duration::from_millis(500);

/// How long a connection keeps its place after its end, which the target may notice later.
pub(super) const AFTER_END: Duration = Duration::from_millis(10);

/// Bytes read of a finished connection.
const DRAIN_BYTES: usize = 16 << 20;

/// Bytes read at once, before and after a read that was that long. Most conversations are short.
const FIRST_READ_SIZE: usize = 4 << 10;
const READ_SIZE: usize = 64 << 10;

/// Bytes read at once of a finished connection: many may be drained at a time.
const DRAIN_READ_SIZE: usize = 4 << 10;

/// Connects, without delaying small writes.
///
/// # Errors
/// Those of the system; `TimedOut` after `patience`.
pub async fn connect(address: SocketAddr, patience: Duration) -> io::Result<TcpStream> {
    let stream = timeout(patience, TcpStream::connect(address))
        .await
        .map_err(|_| {
            io::Error::new(
                io::ErrorKind::TimedOut,
                "no answer to the attempt to connect",
            )
        })??;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Ends our direction of a connection and reads what is left, for at most this time: closing a
/// socket with unread bytes would reset it, and the other side would look at fault.
pub(crate) async fn end(stream: impl Into<Stream>, most: Duration) {
    Wire::new(stream.into(), None).drain(most).await;
}

/// A future of [`Further`].
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A place among the connections that a target may have at once. It is free again when all
/// connections that hold it have ended.
pub type Place = Arc<OwnedSemaphorePermit>;

/// How further connections to the target come about.
pub trait Further: Sync {
    /// A further connection to the target.
    fn connect(&self) -> Pending<'_, io::Result<Stream>>;

    /// For a client whose further conversations are its further requests: its next connection, or
    /// `None` once it comes no more. For others there is no such future.
    fn comes_again(&self) -> Option<Pending<'_, Option<Stream>>> {
        None
    }

    /// Whether a fresh connection opens and is alive.
    fn serves_another(&self) -> Pending<'_, bool>;

    /// The place that all connections of the exchange hold, where their number is limited.
    fn place(&self) -> Option<Place> {
        None
    }
}

/// There are no further connections.
#[derive(Debug, Clone, Copy)]
pub struct NoFurther;

impl Further for NoFurther {
    fn connect(&self) -> Pending<'_, io::Result<Stream>> {
        let error = io::Error::new(io::ErrorKind::Unsupported, "there is only one connection");
        Box::pin(std::future::ready(Err(error)))
    }

    fn serves_another(&self) -> Pending<'_, bool> {
        Box::pin(std::future::ready(false))
    }
}

/// Runs a case over `stream`.
pub async fn run(
    case: &Case,
    setup: &Setup,
    stream: impl Into<Stream>,
    further: &dyn Further,
) -> Conclusion {
    run_begun(case, setup, Begun::from(stream), further).await.0
}

/// A connection of which something came before the case began.
#[derive(Debug)]
pub struct Begun {
    /// The connection; `None` if it is over.
    pub stream: Option<Stream>,
    /// What came, in its order, in conversation 1.
    pub came: VecDeque<Arrival>,
    /// How many of the first bytes that the exchange writes on it are gone already: whoever began the
    /// connection wrote the same.
    pub written: usize,
}

impl Begun {
    /// A connection of which this was read.
    pub fn of(stream: impl Into<Stream>, read: Vec<u8>) -> Begun {
        let mut begun = Begun::from(stream);
        if !read.is_empty() {
            begun.came.push_back(Arrival::Bytes(1, read));
        }
        begun
    }
}

impl<T: Into<Stream>> From<T> for Begun {
    fn from(stream: T) -> Begun {
        Begun {
            stream: Some(stream.into()),
            came: VecDeque::new(),
            written: 0,
        }
    }
}

/// A connection on which a client has begun its next request, and that beginning.
pub type Next = (Stream, Vec<u8>);

/// Runs a case over a connection that has begun.
pub async fn run_begun(
    case: &Case,
    setup: &Setup,
    begun: Begun,
    further: &dyn Further,
) -> (Conclusion, Option<Next>) {
    let mut exchange = Exchange::new(case, setup);
    let first = begun.stream.map(|stream| Wire {
        gone: begun.written,
        truncates: case.tls.as_ref().is_some_and(|tls| tls.truncate),
        ..Wire::new(stream, further.place())
    });
    let mut world = Streams::new(first, further);
    world.came = begun.came;
    drive(&mut exchange, &mut world, usize::MAX).await;
    let next = exchange.next_request();
    let conclusion = exchange.conclude();
    let next = world.end(next, conclusion.flooded);
    (conclusion, next)
}

/// Runs a case whose client never connects: it refuses what it was told to dial.
pub async fn run_refused(case: &Case, setup: &Setup) -> Conclusion {
    let mut exchange = Exchange::new(case, setup);
    exchange.ended(1, EndOfStream::Finished, Duration::ZERO);
    drive(
        &mut exchange,
        &mut Streams::new(None, &NoFurther),
        usize::MAX,
    )
    .await;
    exchange.conclude()
}

/// Connections of one exchange, by the number of their conversation less one; `None` for one that
/// is gone.
struct Streams<'a> {
    began: Instant,
    wires: Vec<Option<Wire>>,
    further: &'a dyn Further,
    /// The next request of the client may come on another connection.
    coming: Option<Coming<'a>>,
    /// What came on the first connection before the exchange began.
    came: VecDeque<Arrival>,
    buffer: Vec<u8>,
    /// Tells what a target on this machine has read.
    asker: Asker,
}

/// A conversation that begins in the connection of the one before, or in another one.
struct Coming<'a> {
    on: u32,
    connection: Pending<'a, Option<Stream>>,
    /// The connection of the conversation before has ended like this.
    ended: Option<EndOfStream>,
}

impl<'a> Streams<'a> {
    fn new(first: Option<Wire>, further: &'a dyn Further) -> Streams<'a> {
        Streams {
            began: Instant::now(),
            wires: vec![first],
            further,
            coming: None,
            came: VecDeque::new(),
            buffer: vec![0; FIRST_READ_SIZE],
            asker: Asker::default(),
        }
    }

    /// Ends the connections in an orderly way, but for one that goes on with the client's next
    /// request.
    fn end(mut self, next_request: Option<Vec<u8>>, flooded: bool) -> Option<Next> {
        let first = self.wires[0].take();
        // There is no end to a flood: a target that sends one may be reset.
        if !flooded {
            self.wires.into_iter().flatten().for_each(Wire::end);
        }
        match (first, next_request) {
            (Some(first), Some(bytes)) if !first.read_end => Some((first.stream, bytes)),
            (Some(first), _) if !flooded => {
                first.end();
                None
            }
            _ => None,
        }
    }

    /// Whether the target has read all that was written, if that can be told.
    fn has_read(&mut self, on: u32) -> Option<bool> {
        let wire = self.wires.get(on as usize - 1)?.as_ref()?;
        if !wire.is_flushed() {
            return Some(false);
        }
        self.asker.has_read(&wire.stream)
    }

    fn wire(&mut self, on: u32) -> Option<&mut Wire> {
        self.wires.get_mut(on as usize - 1)?.as_mut()
    }

    /// The connection of the conversation before `on` is that of `on` from here on, if that one had
    /// its answer.
    fn hand_over(&mut self, on: u32) {
        let before = &mut self.wires[on as usize - 2];
        let goes_on = before.take_if(|wire| wire.answered);
        self.wires.push(goes_on);
    }

    /// Ready when bytes came, or the end.
    fn poll_arrival(&mut self, cx: &mut Context<'_>) -> Poll<Arrival> {
        loop {
            if let Poll::Ready(arrival) = self.poll_wires(cx) {
                return Poll::Ready(arrival);
            }
            if let Some(arrival) = ready!(self.poll_coming(cx)) {
                return Poll::Ready(arrival);
            }
        }
    }

    fn poll_wires(&mut self, cx: &mut Context<'_>) -> Poll<Arrival> {
        for (on, wire) in (1..).zip(&mut self.wires) {
            let Some(wire) = wire else { continue };
            let Poll::Ready(arrival) = wire.poll_arrival(on, &mut self.buffer, cx) else {
                continue;
            };
            match (&mut self.coming, &arrival) {
                (Some(coming), Arrival::End(_, end)) if coming.on == on => {
                    coming.ended = Some(*end);
                    continue;
                }
                (Some(coming), Arrival::Bytes(..)) if coming.on == on => self.coming = None,
                _ => {}
            }
            if matches!(&arrival, Arrival::Bytes(_, bytes) if bytes.len() == self.buffer.len()) {
                self.buffer.resize(READ_SIZE, 0);
            }
            return Poll::Ready(arrival);
        }
        Poll::Pending
    }

    /// Ready when the client has come on another connection, or will not: then with the end of the
    /// one it had, if that is over.
    fn poll_coming(&mut self, cx: &mut Context<'_>) -> Poll<Option<Arrival>> {
        let Some(coming) = &mut self.coming else {
            return Poll::Pending;
        };
        let connection = ready!(coming.connection.as_mut().poll(cx));
        let (on, ended) = (coming.on, coming.ended);
        self.coming = None;
        let wire = &mut self.wires[on as usize - 1];
        let Some(stream) = connection else {
            let gone = wire.is_none().then_some(EndOfStream::Finished);
            return Poll::Ready(ended.or(gone).map(|end| Arrival::End(on, end)));
        };
        let before = wire.replace(Wire::new(stream, self.further.place()));
        if let Some(before) = before {
            before.end();
        }
        Poll::Ready(None)
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
        let Some(wire) = self.wire(on) else { return };
        wire.answered |= action.is_answer();
        match action {
            WireAction::Write(bytes) => wire.write(bytes),
            WireAction::Finish => wire.finish(),
            WireAction::Reset => {
                wire.reset();
                self.wires[on as usize - 1] = None;
            }
            WireAction::StopReading => wire.reading = false,
            WireAction::ReadAgain => wire.reading = true,
            WireAction::Quic(_) => {}
        }
    }

    async fn connect(&mut self, on: u32) -> io::Result<()> {
        if let Some(connection) = self.further.comes_again() {
            self.hand_over(on);
            self.coming = Some(Coming {
                on,
                connection,
                ended: None,
            });
            return Ok(());
        }
        let stream = self.further.connect().await?;
        self.wires
            .push(Some(Wire::new(stream, self.further.place())));
        Ok(())
    }

    async fn wait(&mut self, until: Duration) -> Arrival {
        if let Some(arrival) = self.came.pop_front() {
            return arrival;
        }
        let deadline = (self.began + until).min(Instant::now() + meter::LOOK);
        timeout_at(deadline, poll_fn(|cx| self.poll_arrival(cx)))
            .await
            .unwrap_or(Arrival::Nothing)
    }

    async fn read_up(&mut self, cut: Cut) -> ReadUp {
        until_read(self, cut, Self::has_read).await
    }

    fn tell(&mut self, _: &Tell) -> bool {
        false
    }

    async fn serves_another(&mut self) -> bool {
        self.further.serves_another().await
    }
}

/// One connection.
pub(super) struct Wire {
    stream: Stream,
    /// Writes, and how much of each is gone.
    out: VecDeque<(Vec<u8>, usize)>,
    /// What was written last may still be in a buffer of the stream: TLS has one.
    buffered: bool,
    reading: bool,
    read_end: bool,
    /// Our direction is to be ended once everything is written.
    write_end: bool,
    /// Something was written, or the end.
    answered: bool,
    /// Held until the connection has ended.
    place: Option<Place>,
    /// Number of bytes of the next writes that have already been sent.
    gone: usize,
    /// Our end of TCP comes without close_notify.
    truncates: bool,
}

impl Wire {
    pub(super) fn new(stream: Stream, place: Option<Place>) -> Wire {
        Wire {
            place,
            stream,
            out: VecDeque::new(),
            buffered: false,
            reading: true,
            read_end: false,
            write_end: false,
            gone: 0,
            truncates: false,
            answered: false,
        }
    }

    pub(super) fn write(&mut self, bytes: Vec<u8>) {
        let gone = self.gone.min(bytes.len());
        self.gone -= gone;
        if gone == bytes.len() && gone > 0 {
            return;
        }
        self.out.push_back((bytes, gone));
        self.flush_now();
    }

    pub(super) fn finish(&mut self) {
        self.write_end = true;
        self.flush_now();
    }

    fn reset(&mut self) {
        self.stream.reset_at_end();
    }

    /// Whether everything is written.
    fn is_flushed(&self) -> bool {
        self.out.is_empty() && !self.buffered && !self.write_end
    }

    /// Writes what can be written at once. Whoever waits for the wire asks for the rest.
    fn flush_now(&mut self) {
        let _ = self.poll_flush(&mut Context::from_waker(Waker::noop()));
    }

    /// Ready when everything is written. An error is not the end: what explains it may still be
    /// there to read.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while let Some((bytes, gone)) = self.out.front_mut() {
            match ready!(Pin::new(&mut self.stream).poll_write(cx, &bytes[*gone..])) {
                Ok(n @ 1..) => {
                    *gone += n;
                    self.buffered = true;
                    if *gone == bytes.len() {
                        self.out.pop_front();
                    }
                }
                Ok(0) | Err(_) => self.out.clear(),
            }
        }
        if self.buffered {
            let _ = ready!(Pin::new(&mut self.stream).poll_flush(cx));
            self.buffered = false;
        }
        if self.write_end && self.truncates {
            let _ = self.stream.truncate();
            self.write_end = false;
        }
        if self.write_end {
            let _ = ready!(Pin::new(&mut self.stream).poll_shutdown(cx));
            self.write_end = false;
        }
        Poll::Ready(())
    }

    pub(super) fn poll_arrival(
        &mut self,
        on: u32,
        buffer: &mut [u8],
        cx: &mut Context<'_>,
    ) -> Poll<Arrival> {
        let _ = self.poll_flush(cx);
        if !self.reading || self.read_end {
            return Poll::Pending;
        }
        let mut read = ReadBuf::new(buffer);
        let end = match ready!(Pin::new(&mut self.stream).poll_read(cx, &mut read)) {
            Ok(()) if !read.filled().is_empty() => {
                return Poll::Ready(Arrival::Bytes(on, read.filled().to_vec()));
            }
            Ok(()) => EndOfStream::Finished,
            Err(error) if self.stream.is_truncation(&error) => EndOfStream::Truncated,
            Err(_) => EndOfStream::Reset,
        };
        self.read_end = true;
        Poll::Ready(Arrival::End(on, end))
    }

    /// Ends our direction and reads what is left, in the background.
    fn end(self) {
        drop(tokio::spawn(self.drain(DRAIN_TIME)));
    }

    pub(super) async fn drain(mut self, most: Duration) {
        self.finish();
        let mut buffer = vec![0; DRAIN_READ_SIZE];
        let rest = async {
            let mut left = DRAIN_BYTES;
            while left > 0 && !self.read_end {
                match poll_fn(|cx| self.poll_arrival(1, &mut buffer, cx)).await {
                    Arrival::Bytes(_, bytes) => left = left.saturating_sub(bytes.len()),
                    Arrival::Tls(..)
                    | Arrival::End(..)
                    | Arrival::Stopped(..)
                    | Arrival::Nothing => return,
                }
            }
        };
        let _ = timeout(most, rest).await;
        if self.place.is_some() {
            tokio::time::sleep(AFTER_END).await;
        }
    }
}

//! An exchange over a TCP connection.

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{Interest, Ready};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};

use crate::exchange::{Action, Conclusion, EndOfStream, Exchange, Setup};
use wsspec_vectors::{Ability, Case};

/// What this driver can do beyond one plain connection.
pub const ABILITIES: &[Ability] = &[];

/// How long the rest of a finished connection is read, so that no unread byte makes our kernel reset it.
const DRAIN: Duration = Duration::from_millis(500);

/// Bytes that are read of a finished connection.
const DRAIN_BYTES: usize = 16 << 20;

/// Bytes read at once.
const READ: usize = 64 << 10;

/// Connects, without delay of small writes.
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

/// Runs a case over `stream`. `second` finds out whether a second connection is served.
pub async fn run<F: Future<Output = bool>>(
    case: &Case,
    setup: &Setup,
    stream: TcpStream,
    second: impl Fn() -> F,
) -> Conclusion {
    run_from(case, setup, stream, Vec::new(), second).await.0
}

/// A connection on which a client has begun its next request, and that beginning.
pub type Next = (TcpStream, Vec<u8>);

/// Runs a case over a `stream` of which `read` was read already.
pub async fn run_from<F: Future<Output = bool>>(
    case: &Case,
    setup: &Setup,
    stream: TcpStream,
    mut read: Vec<u8>,
    second: impl Fn() -> F,
) -> (Conclusion, Option<Next>) {
    let began = Instant::now();
    let mut exchange = Exchange::new(case, setup);
    let mut wire = Wire {
        stream,
        out: VecDeque::new(),
        reading: true,
        read_end: false,
        write_end: false,
    };
    let mut buffer = vec![0; READ];
    loop {
        match exchange.next(began.elapsed()) {
            Action::Write(bytes) => {
                wire.out.push_back((bytes, 0));
                wire.flush();
            }
            Action::Fin => {
                wire.write_end = true;
                wire.flush();
            }
            Action::Rst => {
                // A socket that is closed without lingering resets the connection.
                let _ = SockRef::from(&wire.stream).set_linger(Some(Duration::ZERO));
                let (dead, _) = (exchange, wire);
                return (without_connection(dead, began, second).await, None);
            }
            Action::Tell(_) => exchange.nobody_to_tell(),
            Action::ReadStop => wire.reading = false,
            Action::ReadGo => wire.reading = true,
            Action::Second => {
                let served = second().await;
                exchange.second(served);
            }
            Action::Wait(_) if !read.is_empty() => {
                exchange.received(&std::mem::take(&mut read), began.elapsed())
            }
            Action::Wait(until) => wire.wait(&mut exchange, began, until, &mut buffer).await,
            Action::Done => break,
        }
    }
    let next = exchange.next_request();
    let conclusion = exchange.conclude_all();
    match next {
        Some(bytes) if !wire.read_end => return (conclusion, Some((wire.stream, bytes))),
        // There is no end to a flood: whoever sends one may be reset.
        _ if conclusion.flooded => {}
        _ => drop(tokio::spawn(wire.drain())),
    }
    (conclusion, None)
}

/// Runs a case whose client never connects: it refuses what it was told to dial.
pub async fn run_refused(case: &Case, setup: &Setup) -> Conclusion {
    let mut exchange = Exchange::new(case, setup);
    exchange.ended(EndOfStream::Fin, Duration::ZERO);
    without_connection(exchange, Instant::now(), || std::future::ready(false)).await
}

/// What is left of an exchange whose connection is gone: only second connections and the passing of time.
async fn without_connection<F: Future<Output = bool>>(
    mut exchange: Exchange<'_>,
    began: Instant,
    second: impl Fn() -> F,
) -> Conclusion {
    loop {
        match exchange.next(began.elapsed()) {
            Action::Second => {
                let served = second().await;
                exchange.second(served);
            }
            Action::Wait(until) => tokio::time::sleep_until(began + until).await,
            Action::Done => return exchange.conclude_all(),
            _ => {}
        }
    }
}

struct Wire {
    stream: TcpStream,
    /// Writes, and how much of each is gone.
    out: VecDeque<(Vec<u8>, usize)>,
    reading: bool,
    read_end: bool,
    /// Our direction is to be ended once everything is written.
    write_end: bool,
}

impl Wire {
    /// Writes what can be written now. An error is not the end: what explains it may still be there to read.
    fn flush(&mut self) {
        while let Some((bytes, gone)) = self.out.front_mut() {
            match self.stream.try_write(&bytes[*gone..]) {
                Ok(n) => {
                    *gone += n;
                    if *gone == bytes.len() {
                        self.out.pop_front();
                    }
                }
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return,
                Err(_) => self.out.clear(),
            }
        }
        if std::mem::take(&mut self.write_end) {
            let _ = SockRef::from(&self.stream).shutdown(std::net::Shutdown::Write);
        }
    }

    /// Waits until the target has said something, or until `until`.
    async fn wait(
        &mut self,
        exchange: &mut Exchange<'_>,
        began: Instant,
        until: Duration,
        buffer: &mut [u8],
    ) {
        let reads = self.reading && !self.read_end;
        let interest = match (reads, self.out.is_empty()) {
            (true, true) => Interest::READABLE,
            (true, false) => Interest::READABLE | Interest::WRITABLE,
            (false, false) => Interest::WRITABLE,
            (false, true) => return tokio::time::sleep_until(began + until).await,
        };
        let Ok(found) = timeout_at(began + until, self.stream.ready(interest)).await else {
            return;
        };
        if found.is_ok_and(Ready::is_writable) {
            self.flush();
        }
        if !reads {
            return;
        }
        match self.stream.try_read(buffer) {
            Ok(0) => self.end(exchange, EndOfStream::Fin, began),
            Ok(n) => exchange.received(&buffer[..n], began.elapsed()),
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => self.end(exchange, EndOfStream::Rst, began),
        }
    }

    fn end(&mut self, exchange: &mut Exchange<'_>, end: EndOfStream, began: Instant) {
        self.read_end = true;
        exchange.ended(end, began.elapsed());
    }

    async fn drain(mut self) {
        self.write_end = true;
        // Many connections may be drained at a time.
        let mut buffer = vec![0; READ / 16];
        let rest = async {
            let mut left = DRAIN_BYTES;
            while left > 0 && !self.read_end {
                self.flush();
                if self.stream.readable().await.is_err() {
                    return;
                }
                match self.stream.try_read(&mut buffer) {
                    Ok(0) => return,
                    Ok(n) => left = left.saturating_sub(n),
                    Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
                    Err(_) => return,
                }
            }
        };
        let _ = timeout(DRAIN, rest).await;
    }
}

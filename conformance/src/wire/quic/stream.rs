//! The tasks of one stream: one reads, one writes.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use quinn::{ReadError, RecvStream, SendStream, VarInt};
use tokio::sync::mpsc::{Sender, UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use wsspec_core::http3::ErrorCode;

use super::connection::{Arrival, Message};

/// Bytes read at once.
const READ_SIZE: usize = 64 << 10;

/// What is to be done with our direction of a stream.
#[derive(Debug)]
pub(super) enum Command {
    Write(Vec<u8>),
    Finish,
    Reset(ErrorCode),
}

/// Whether the peer's direction of a stream is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    On,
    Held,
    Stopped(ErrorCode),
}

/// Our hold on a stream.
#[derive(Debug)]
pub(super) struct Handle {
    pub(super) commands: UnboundedSender<Command>,
    pub(super) reading: watch::Sender<Reading>,
}

/// The other ends of a [`Handle`], for the tasks.
#[derive(Debug)]
pub(super) struct Ends {
    pub(super) commands: UnboundedReceiver<Command>,
    pub(super) reading: watch::Receiver<Reading>,
}

impl Handle {
    pub(super) fn new() -> (Handle, Ends) {
        let (commands, to_do) = unbounded_channel();
        let (reading, is_reading) = watch::channel(Reading::On);
        let handle = Handle { commands, reading };
        let ends = Ends {
            commands: to_do,
            reading: is_reading,
        };
        (handle, ends)
    }

    /// Whether no task is left that does as it says.
    pub(super) fn is_over(&self) -> bool {
        self.commands.is_closed() && self.reading.is_closed()
    }
}

/// What the tasks of all streams share.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    pub(super) connection: quinn::Connection,
    pub(super) arrivals: Sender<Message>,
    /// Bytes that were written but not yet taken by QUIC.
    pub(super) unsent: Arc<AtomicUsize>,
}

impl Shared {
    /// Begins the tasks of a stream; it may have one direction only.
    pub(super) fn run(&self, ends: Ends, send: Option<SendStream>, receive: Option<RecvStream>) {
        if let Some(stream) = receive {
            tokio::spawn(read(self.clone(), stream, ends.reading));
        }
        if let Some(stream) = send {
            tokio::spawn(write(self.clone(), stream, ends.commands));
        }
    }

    /// Hands on what came. False if the receiver is gone.
    async fn came(&self, arrival: Arrival) -> bool {
        self.arrivals.send(Message::Came(arrival)).await.is_ok()
    }
}

async fn read(shared: Shared, mut stream: RecvStream, mut reading: watch::Receiver<Reading>) {
    let id = u64::from(stream.id());
    loop {
        let now = *reading.borrow_and_update();
        if let Reading::Stopped(code) = now {
            // The peer may have ended or reset it already.
            let _ = stream.stop(number(code));
            return;
        }
        let chunk = tokio::select! {
            biased;
            changed = reading.changed() => match changed {
                Ok(()) => continue,
                Err(_) => return,
            },
            _ = shared.connection.closed(), if now == Reading::Held => return,
            chunk = stream.read_chunk(READ_SIZE, true), if now == Reading::On => chunk,
        };
        let (arrival, over) = match chunk {
            Ok(Some(chunk)) => (Arrival::Bytes(id, chunk.bytes.to_vec()), false),
            Ok(None) => (Arrival::Finished(id), true),
            Err(ReadError::Reset(code)) => (Arrival::Reset(id, ErrorCode(code.into_inner())), true),
            Err(_) => return,
        };
        if !shared.came(arrival).await || over {
            return;
        }
    }
}

async fn write(shared: Shared, mut stream: SendStream, mut commands: UnboundedReceiver<Command>) {
    let id = u64::from(stream.id());
    let mut stopped = std::pin::pin!(stream.stopped());
    let mut closed = std::pin::pin!(shared.connection.closed());
    let mut watched = true;
    let mut open = true;
    let mut queue: VecDeque<Vec<u8>> = VecDeque::new();
    let mut finish = false;
    while watched || open {
        tokio::select! {
            biased;
            // What was written goes before what was said later; a reset overtakes what cannot go.
            written = stream.write(queue.front().map_or(&[][..], Vec::as_slice)), if !queue.is_empty() => {
                let Ok(length) = written else {
                    forget(&shared, &mut queue);
                    open = false;
                    continue;
                };
                shared.unsent.fetch_sub(length, Ordering::Relaxed);
                take(&mut queue, length);
            }
            code = &mut stopped, if watched => {
                watched = false;
                match code {
                    Ok(Some(code)) => {
                        let arrival = Arrival::Stopped(id, ErrorCode(code.into_inner()));
                        if !shared.came(arrival).await {
                            break;
                        }
                    }
                    // All of it has arrived, or the connection is over.
                    Ok(None) | Err(_) => break,
                }
            }
            _ = &mut closed => break,
            command = commands.recv(), if open => match command {
                Some(Command::Write(bytes)) => queue.push_back(bytes),
                Some(Command::Finish) => finish = true,
                Some(Command::Reset(code)) => {
                    let _ = stream.reset(number(code));
                    forget(&shared, &mut queue);
                    open = false;
                }
                None => break,
            },
        }
        if finish && open && queue.is_empty() {
            let _ = stream.finish();
            finish = false;
        }
    }
    commands.close();
    while let Ok(command) = commands.try_recv() {
        if let Command::Write(bytes) = command {
            queue.push_back(bytes);
        }
    }
    forget(&shared, &mut queue);
}

/// Drops what cannot be sent any more.
fn forget(shared: &Shared, queue: &mut VecDeque<Vec<u8>>) {
    let bytes = queue.drain(..).map(|bytes| bytes.len()).sum();
    shared.unsent.fetch_sub(bytes, Ordering::Relaxed);
}

/// Takes this many bytes off the first of the queue.
fn take(queue: &mut VecDeque<Vec<u8>>, length: usize) {
    if let Some(mut first) = queue.pop_front()
        && length < first.len()
    {
        first.drain(..length);
        queue.push_front(first);
    }
}

/// The code as QUIC writes it; what is too large becomes the largest.
pub(super) fn number(code: ErrorCode) -> VarInt {
    VarInt::from_u64(code.0).unwrap_or(VarInt::MAX)
}

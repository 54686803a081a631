//! A script over the network: our client dials the gateway, and the gateway dials our server.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf, split};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use wsspec_vectors::End;

use super::back::{Back, Place};
use super::world::{Came, Finish, World};
use crate::binding::EndOfStream;
use crate::run::Target;
use crate::wire::stream::Stream;

/// Bytes read at once.
const READ_SIZE: usize = 64 << 10;

/// Reads that wait to be looked at.
const READS: usize = 64;

/// How long the rest of a finished connection is read, so that no unread byte makes our kernel reset
/// it.
const DRAIN_TIME: Duration = Duration::from_millis(500);

/// What a connection is told to do.
#[derive(Debug)]
enum Command {
    Send(Vec<u8>),
    Finish(Finish),
}

/// Both connections of one script.
pub(super) struct Net<'a> {
    gateway: &'a Target,
    place: Place,
    began: Instant,
    came: mpsc::Receiver<Came>,
    /// Handed to each connection.
    coming: mpsc::Sender<Came>,
    /// What came before the connection was handed to us.
    early: VecDeque<Came>,
    client: Option<mpsc::UnboundedSender<Command>>,
    server: Option<mpsc::UnboundedSender<Command>>,
}

impl<'a> Net<'a> {
    pub(super) fn new(gateway: &'a Target, back: &Back, token: &str) -> Net<'a> {
        let (coming, came) = mpsc::channel(READS);
        Net {
            gateway,
            place: back.place(token),
            began: Instant::now(),
            came,
            coming,
            early: VecDeque::new(),
            client: None,
            server: None,
        }
    }

    fn carry(&self, end: End, stream: Stream) -> mpsc::UnboundedSender<Command> {
        let (commands, receiver) = mpsc::unbounded_channel();
        tokio::spawn(carry(end, stream, receiver, self.coming.clone()));
        commands
    }

    fn tell(&self, end: End, command: Command) {
        let commands = match end {
            End::Client => &self.client,
            End::Server => &self.server,
        };
        if let Some(commands) = commands {
            // A connection that is over takes nothing.
            let _ = commands.send(command);
        }
    }
}

impl World for Net<'_> {
    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    async fn dial(&mut self) -> io::Result<()> {
        let stream = self.gateway.connect().await?;
        self.client = Some(self.carry(End::Client, stream));
        Ok(())
    }

    fn send(&mut self, end: End, bytes: Vec<u8>) {
        self.tell(end, Command::Send(bytes));
    }

    fn finish(&mut self, end: End, how: Finish) {
        self.tell(end, Command::Finish(how));
    }

    async fn wait(&mut self, until: Duration) -> Came {
        if let Some(came) = self.early.pop_front() {
            return came;
        }
        tokio::select! {
            Some(came) = self.came.recv() => came,
            Some((stream, read)) = self.place.coming.recv(), if self.server.is_none() => {
                self.server = Some(self.carry(End::Server, stream));
                self.early.push_back(Came::Bytes(End::Server, read));
                Came::Begun
            }
            () = sleep_until(self.began + until) => Came::Nothing,
        }
    }
}

/// Carries out what a connection is told, and tells what comes, until either is over.
async fn carry(
    end: End,
    stream: Stream,
    commands: mpsc::UnboundedReceiver<Command>,
    coming: mpsc::Sender<Came>,
) {
    let (mut reading, mut writing) = split(stream);
    let reset = tokio::select! {
        reset = both(end, &mut reading, &mut writing, commands, &coming) => reset,
        // The script is over.
        () = coming.closed() => false,
    };
    let mut stream = reading.unsplit(writing);
    if reset {
        stream.reset_at_end();
        return;
    }
    let _ = stream.shutdown().await;
    let mut buffer = vec![0; READ_SIZE];
    let drain = async { while matches!(stream.read(&mut buffer).await, Ok(1..)) {} };
    let _ = timeout(DRAIN_TIME, drain).await;
}

/// Both directions. Returns whether the connection is to be reset.
async fn both(
    end: End,
    reading: &mut ReadHalf<Stream>,
    writing: &mut WriteHalf<Stream>,
    commands: mpsc::UnboundedReceiver<Command>,
    coming: &mpsc::Sender<Came>,
) -> bool {
    let mut reads = std::pin::pin!(read(end, reading, coming));
    let mut writes = std::pin::pin!(write(writing, commands));
    tokio::select! {
        () = &mut reads => writes.await,
        reset = &mut writes => {
            if !reset {
                reads.await;
            }
            reset
        }
    }
}

async fn read(end: End, reading: &mut ReadHalf<Stream>, coming: &mpsc::Sender<Came>) {
    let mut buffer = vec![0; READ_SIZE];
    loop {
        let came = match reading.read(&mut buffer).await {
            Ok(0) => Came::Ended(end, EndOfStream::Finished),
            Ok(count) => Came::Bytes(end, buffer[..count].to_vec()),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Came::Ended(end, EndOfStream::Truncated)
            }
            Err(_) => Came::Ended(end, EndOfStream::Reset),
        };
        let over = matches!(came, Came::Ended(..));
        if coming.send(came).await.is_err() || over {
            return;
        }
    }
}

/// Writes until nothing more is to be written. Returns whether the connection is to be reset.
async fn write(
    writing: &mut WriteHalf<Stream>,
    mut commands: mpsc::UnboundedReceiver<Command>,
) -> bool {
    while let Some(command) = commands.recv().await {
        // A connection that the other side has closed takes nothing; reading tells.
        let _ = match command {
            Command::Send(bytes) => match writing.write_all(&bytes).await {
                Ok(()) => writing.flush().await,
                Err(error) => Err(error),
            },
            Command::Finish(Finish::Fin) => writing.shutdown().await,
            Command::Finish(Finish::Rst) => return true,
        };
    }
    false
}

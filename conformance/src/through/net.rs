//! A script over the network: our client dials the gateway, and the gateway dials our server.
//!
//! A connection of HTTP/1.1 has a task that carries it; over HTTP/2 and HTTP/3 either end has a stream.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf, split};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use wsspec_reports::Transport;
use wsspec_vectors::End;

use super::back::{Back, Incoming, Place};
use super::world::{Came, Finish, World};
use crate::binding::carrier::Came as Streamed;
use crate::binding::{EndOfStream, Field};
use crate::run::Target;
use crate::wire::meter;
use crate::wire::shared::{self, Client, Event, Said};
use crate::wire::stream::Stream;

/// Bytes read at once.
const READ_SIZE: usize = 64 << 10;

/// Reads that wait to be looked at.
const READS: usize = 64;

/// How long the rest of a finished connection is read, so that no unread byte makes our kernel reset
/// it.
const DRAIN_TIME: Duration = Duration::from_millis(500);

/// What our side of a connection is told to do.
#[derive(Debug)]
enum Command {
    Send(Vec<u8>),
    Fields(Vec<Field>),
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

    /// Carries a connection, or a stream of one, at an end.
    fn carry(&mut self, end: End, on: Incoming) {
        let (commands, receiver) = mpsc::unbounded_channel();
        let coming = self.coming.clone();
        match on {
            Incoming::Connection(stream, read) => {
                if !read.is_empty() {
                    self.early.push_back(Came::Bytes(end, read));
                }
                tokio::spawn(carry(end, stream, receiver, coming));
            }
            Incoming::Stream(stream, event) => {
                self.early.extend(came_of(end, event));
                tokio::spawn(carry_stream(end, Opened::Stream(stream), receiver, coming));
            }
        }
        *self.commands(end) = Some(commands);
    }

    fn commands(&mut self, end: End) -> &mut Option<mpsc::UnboundedSender<Command>> {
        match end {
            End::Client => &mut self.client,
            End::Server => &mut self.server,
        }
    }

    fn tell(&mut self, end: End, command: Command) {
        if let Some(commands) = self.commands(end) {
            // A connection that is over takes nothing.
            let _ = commands.send(command);
        }
    }
}

impl World for Net<'_> {
    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    fn lost(&self) -> Duration {
        meter::lost()
    }

    async fn dial(&mut self) -> io::Result<()> {
        let link = self.gateway.link().await?;
        if matches!(self.gateway.transport(), Transport::H2 | Transport::H3) {
            let client = Client::begin(link).await?;
            let (commands, receiver) = mpsc::unbounded_channel();
            let coming = self.coming.clone();
            let opened = Opened::Not(client);
            tokio::spawn(carry_stream(End::Client, opened, receiver, coming));
            self.client = Some(commands);
        } else if let Some(stream) = link.into_stream() {
            self.carry(End::Client, Incoming::Connection(stream, Vec::new()));
        }
        Ok(())
    }

    fn send(&mut self, end: End, bytes: Vec<u8>) {
        self.tell(end, Command::Send(bytes));
    }

    fn send_fields(&mut self, end: End, fields: Vec<Field>) {
        self.tell(end, Command::Fields(fields));
    }

    fn finish(&mut self, end: End, how: Finish) {
        self.tell(end, Command::Finish(how));
    }

    async fn wait(&mut self, until: Duration) -> Came {
        if let Some(came) = self.early.pop_front() {
            return came;
        }
        let until = (self.began + until).min(Instant::now() + meter::LOOK);
        tokio::select! {
            Some(came) = self.came.recv() => came,
            Some(incoming) = self.place.coming.recv(), if self.server.is_none() => {
                self.carry(End::Server, incoming);
                Came::Begun
            }
            () = sleep_until(until) => Came::Nothing,
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
            // Fields are of a stream.
            Command::Fields(_) => Ok(()),
            Command::Finish(Finish::Fin) => writing.shutdown().await,
            Command::Finish(Finish::Rst) => return true,
        };
    }
    false
}

/// A stream of HTTP/2 or HTTP/3 at an end.
enum Opened {
    /// Our first fields open it.
    Not(Client),
    Stream(shared::Stream),
}

/// The same as [`carry`] for a stream, which is reset if the script is over before it.
async fn carry_stream(
    end: End,
    opened: Opened,
    mut commands: mpsc::UnboundedReceiver<Command>,
    coming: mpsc::Sender<Came>,
) {
    let (mut stream, _connection) = match opened {
        Opened::Stream(stream) => (stream, None),
        Opened::Not(client) => {
            let Some(Command::Fields(fields)) = commands.recv().await else {
                return;
            };
            (client.open(fields), Some(client))
        }
    };
    let mut over = false;
    loop {
        tokio::select! {
            command = commands.recv() => match command {
                Some(Command::Send(bytes)) => stream.say(Said::Data(bytes)),
                Some(Command::Fields(fields)) => stream.say(Said::Fields(fields)),
                Some(Command::Finish(Finish::Fin)) => stream.say(Said::Finish),
                Some(Command::Finish(Finish::Rst)) => stream.say(Said::Reset),
                None => return,
            },
            event = stream.next(), if !over => {
                over = event.is_none();
                if let Some(came) = event.and_then(|event| came_of(end, event))
                    && coming.send(came).await.is_err()
                {
                    return;
                }
            }
        }
    }
}

/// What comes on a stream, for the script.
fn came_of(end: End, event: Event) -> Option<Came> {
    Some(match event {
        Event::Broke(breach) => Came::Broke(end, breach),
        Event::Came(Streamed::Fields(fields, over)) => Came::Fields(end, fields, over),
        Event::Came(Streamed::Data(bytes)) => Came::Bytes(end, bytes),
        Event::Came(Streamed::End(how)) => Came::Ended(end, how),
        // It may still send.
        Event::Came(Streamed::Stopped(_)) => return None,
    })
}

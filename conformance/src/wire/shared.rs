//! A connection of HTTP/2 or HTTP/3 that many tasks share: each has a stream of it.
//!
//! One task owns the connection. It carries out what is said on the streams, and hands on what comes
//! on each; it ends the connection once no stream, and no hold on the connection, is left. What comes
//! on a stream that is not taken holds up the whole connection, so that memory is bounded.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender, WeakUnboundedSender};
use tokio::time::timeout;
use wsspec_core::Role;

use super::Arrival;
use super::link::Link;
use super::quic::Channels;
use super::stream::Stream as Bytes;
use super::tcp::{DRAIN_TIME, Wire as Tcp};
use crate::binding::carrier::{Came, Carrier, ENABLE_CONNECT_PROTOCOL, OFFER, OnChannel};
use crate::binding::http2::Http2;
use crate::binding::http3::Http3;
use crate::binding::{Breach, Field};
use crate::exchange::WireAction;

/// Longest wait for the settings of a server.
const SETTINGS_TIMEOUT: Duration = Duration::from_secs(5);

/// How much may wait on a stream before the connection is read no further.
const WAITING: usize = 64;

/// Bytes read at once.
const READ_SIZE: usize = 16 << 10;

/// The channel of HTTP/2.
const CHANNEL: u32 = 1;

/// What comes on a stream.
#[derive(Debug)]
pub(crate) enum Event {
    /// Something of the conversation.
    Came(Came),
    /// The other side broke a rule of HTTP/2 or HTTP/3 on it.
    Broke(Breach),
}

/// What is said on a stream.
#[derive(Debug)]
pub(crate) enum Said {
    Fields(Vec<Field>),
    Data(Vec<u8>),
    Finish,
    Reset,
}

#[derive(Debug)]
enum Command {
    /// The next stream begins with these fields.
    Open(Vec<Field>, mpsc::Sender<Event>),
    Say(u32, Said),
}

/// One stream. Dropped before both directions have ended, it is reset.
#[derive(Debug)]
pub(crate) struct Stream {
    on: u32,
    commands: UnboundedSender<Command>,
    coming: mpsc::Receiver<Event>,
    /// Our direction has ended, and that of the other side.
    over: [bool; 2],
}

impl Stream {
    /// Says this; on a connection that is over, nothing.
    pub(crate) fn say(&mut self, said: Said) {
        self.over[0] |= matches!(said, Said::Finish);
        self.over = match said {
            Said::Reset => [true; 2],
            _ => self.over,
        };
        let _ = self.commands.send(Command::Say(self.on, said));
    }

    /// Waits for what comes next; `None` once the stream is over. May be dropped at any time without
    /// loss.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// The same, polled.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        let event = ready!(self.coming.poll_recv(cx));
        self.over[1] |= matches!(event, None | Some(Event::Came(Came::End(_))));
        Poll::Ready(event)
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        if self.over != [true; 2] {
            let _ = self.commands.send(Command::Say(self.on, Said::Reset));
        }
    }
}

/// Our end of a connection to a server.
#[derive(Debug)]
pub(crate) struct Client {
    /// Streams so far.
    begun: Mutex<u32>,
    commands: UnboundedSender<Command>,
    most: Option<u64>,
}

impl Client {
    /// Begins the connection, and waits until the server allows extended CONNECT (RFC 8441 §3).
    ///
    /// # Errors
    /// If it does not, or speaks another protocol.
    pub(crate) async fn begin(link: Link) -> io::Result<Client> {
        let mut connection = match link {
            Link::Stream(stream) => {
                Connection::new(Wire::bytes(stream), Box::new(Http2::new(Role::Server)))
            }
            Link::Quic(quic) => {
                let wire = Wire::Quic(Channels::new(*quic));
                Connection::new(wire, Box::new(Http3::new(Role::Server)))
            }
        };
        let begun = connection.carrier.begin(Some(&[]));
        connection.act(begun);
        let settled = timeout(SETTINGS_TIMEOUT, connection.settled()).await;
        settled.map_err(|_| not_settled(io::ErrorKind::TimedOut))??;
        let most = connection.most_streams();
        let (commands, receiver) = mpsc::unbounded_channel();
        tokio::spawn(connection.carry(receiver));
        Ok(Client {
            begun: Mutex::new(0),
            commands,
            most,
        })
    }

    /// How many streams the server allows at a time, if it says so.
    pub(crate) fn most_streams(&self) -> Option<u64> {
        self.most
    }

    /// Begins a stream with these fields.
    pub(crate) fn open(&self, fields: Vec<Field>) -> Stream {
        let (sender, coming) = mpsc::channel(WAITING);
        // Streams have their numbers in the order of the commands.
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        *begun += 1;
        let _ = self.commands.send(Command::Open(fields, sender));
        Stream {
            on: *begun,
            commands: self.commands.clone(),
            coming,
            over: [false; 2],
        }
    }
}

/// Our end of a connection with a client.
#[derive(Debug)]
pub(crate) struct Server {
    accepted: mpsc::Receiver<Stream>,
    /// The connection goes on as long as this is there.
    _held: UnboundedSender<Command>,
}

impl Server {
    /// Begins the connection with a client over HTTP/2, of which this was read.
    pub(crate) fn begin(stream: Bytes, read: Vec<u8>) -> Server {
        let carrier = Box::new(Http2::new(Role::Client));
        let mut connection = Connection::new(Wire::bytes(stream), carrier);
        let begun = connection.carrier.begin(Some(&OFFER));
        connection.act(begun);
        let (commands, receiver) = mpsc::unbounded_channel();
        let (accepting, accepted) = mpsc::channel(WAITING);
        connection.accepting = Some((accepting, commands.downgrade()));
        tokio::spawn(async move {
            connection.take(Arrival::Bytes(CHANNEL, read)).await;
            connection.carry(receiver).await;
        });
        Server {
            accepted,
            _held: commands,
        }
    }

    /// The next stream that the client opens; `None` once there will be none.
    pub(crate) async fn accept(&mut self) -> Option<Stream> {
        self.accepted.recv().await
    }
}

/// What the streams travel on.
enum Wire {
    /// All of them on one stream of bytes, with a buffer to read into.
    Bytes(Box<Tcp>, Vec<u8>),
    /// Each on one of QUIC.
    Quic(Channels),
}

impl Wire {
    fn bytes(stream: Bytes) -> Wire {
        Wire::Bytes(Box::new(Tcp::new(stream, None)), vec![0; READ_SIZE])
    }

    /// Waits for what comes next. May be dropped at any time without loss.
    async fn next(&mut self) -> Arrival {
        match self {
            Wire::Bytes(wire, buffer) => poll_fn(|cx| wire.poll_arrival(CHANNEL, buffer, cx)).await,
            Wire::Quic(channels) => channels.next().await,
        }
    }

    fn act(&mut self, on: u32, action: WireAction) {
        match (self, action) {
            (Wire::Bytes(wire, _), WireAction::Write(bytes)) => wire.write(bytes),
            (Wire::Bytes(wire, _), WireAction::Finish) => wire.finish(),
            (Wire::Bytes(..), _) => {}
            (Wire::Quic(channels), action) => channels.act(on, action),
        }
    }

    async fn end(self) {
        match self {
            Wire::Bytes(wire, _) => wire.drain(DRAIN_TIME).await,
            Wire::Quic(channels) => channels.end(DRAIN_TIME).await,
        }
    }
}

struct Connection {
    wire: Wire,
    carrier: Box<dyn Carrier>,
    /// Where to hand on what comes on each stream.
    coming: BTreeMap<u32, mpsc::Sender<Event>>,
    /// Where to hand on the streams that a client opens.
    accepting: Option<(mpsc::Sender<Stream>, WeakUnboundedSender<Command>)>,
    /// Streams that we opened.
    opened: u32,
    /// Broken rules that were handed on.
    told: usize,
}

impl Connection {
    fn new(wire: Wire, carrier: Box<dyn Carrier>) -> Connection {
        Connection {
            wire,
            carrier,
            coming: BTreeMap::new(),
            accepting: None,
            opened: 0,
            told: 0,
        }
    }

    /// Waits until the server has announced that it allows extended CONNECT.
    async fn settled(&mut self) -> io::Result<()> {
        loop {
            if let Some(settings) = self.carrier.in_force() {
                let allowed = settings.get(&ENABLE_CONNECT_PROTOCOL) == Some(&1);
                return allowed
                    .then_some(())
                    .ok_or_else(|| not_settled(io::ErrorKind::Unsupported));
            }
            if self.carrier.aborted().is_some() {
                return Err(not_settled(io::ErrorKind::ConnectionAborted));
            }
            let arrival = self.wire.next().await;
            self.take(arrival).await;
        }
    }

    fn most_streams(&self) -> Option<u64> {
        let number = crate::binding::carrier::MAX_CONCURRENT_STREAMS;
        self.carrier.in_force()?.get(&number).copied()
    }

    /// Carries out what is said, and hands on what comes, until nobody holds the connection.
    async fn carry(mut self, mut commands: UnboundedReceiver<Command>) {
        loop {
            tokio::select! {
                command = commands.recv() => match command {
                    Some(command) => self.carry_out(command),
                    None => break,
                },
                arrival = self.wire.next() => self.take(arrival).await,
            }
        }
        let close = self.carrier.close();
        self.act(close);
        self.wire.end().await;
    }

    fn carry_out(&mut self, command: Command) {
        let actions = match command {
            Command::Open(fields, sender) => {
                self.opened += 1;
                self.coming.insert(self.opened, sender);
                self.carrier.fields(self.opened, &fields)
            }
            Command::Say(on, Said::Fields(fields)) => self.carrier.fields(on, &fields),
            Command::Say(on, Said::Data(bytes)) => self.carrier.act(on, WireAction::Write(bytes)),
            Command::Say(on, Said::Finish) => self.carrier.act(on, WireAction::Finish),
            Command::Say(on, Said::Reset) => {
                self.coming.remove(&on);
                self.carrier.act(on, WireAction::Reset)
            }
        };
        self.act(actions);
    }

    fn act(&mut self, actions: Vec<OnChannel>) {
        for (on, action) in actions {
            self.wire.act(on, action);
        }
    }

    async fn take(&mut self, arrival: Arrival) {
        let (came, answers) = match arrival {
            Arrival::Bytes(on, bytes) => self.carrier.receive(on, &bytes),
            Arrival::End(on, end) => self.carrier.ended(on, end),
            Arrival::Stopped(on, code) => self.carrier.stopped(on, code),
            Arrival::Tls(..) | Arrival::Nothing => return,
        };
        self.act(answers);
        let breaches = self.carrier.breaches()[self.told..].to_vec();
        self.told += breaches.len();
        for breach in breaches {
            if let Some(on) = breach
                .stream
                .and_then(|id| self.carrier.conversation_of(id))
            {
                self.hand_on(on, Event::Broke(breach)).await;
            }
        }
        for (on, came) in came {
            if matches!(came, Came::Fields(..)) && !self.coming.contains_key(&on) {
                self.accept(on).await;
            }
            self.hand_on(on, Event::Came(came)).await;
        }
    }

    async fn accept(&mut self, on: u32) {
        let Some((accepting, commands)) = &self.accepting else {
            return;
        };
        let Some(commands) = commands.upgrade() else {
            return;
        };
        let (sender, coming) = mpsc::channel(WAITING);
        let stream = Stream {
            on,
            commands,
            coming,
            over: [false; 2],
        };
        if accepting.send(stream).await.is_ok() {
            self.coming.insert(on, sender);
        }
    }

    async fn hand_on(&mut self, on: u32, event: Event) {
        let over = matches!(event, Event::Came(Came::End(_)));
        let Some(sender) = self.coming.get(&on) else {
            return;
        };
        if sender.send(event).await.is_err() || over {
            self.coming.remove(&on);
        }
    }
}

/// Why no WebSocket can be opened on a connection.
fn not_settled(kind: io::ErrorKind) -> io::Error {
    io::Error::new(
        kind,
        "extended CONNECT is not offered (SETTINGS_ENABLE_CONNECT_PROTOCOL, RFC 8441 §3): is it switched on there?",
    )
}

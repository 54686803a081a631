//! One connection, from the opening to the end of TCP.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::net::TcpStream;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, Interval, interval_at, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::Application;
use crate::message::{about, from_json, is_json, is_login, upper};
use crate::words::{Background, Limit, Reaction, Trigger};

/// Longest wait for the end of a closing handshake that we began.
const CLOSING: Duration = Duration::from_secs(10);

/// A time that never comes.
const NEVER: Duration = Duration::from_secs(1 << 30);

/// A close code and its reason.
type Closing = (u16, &'static str);

pub struct Conversation<'a> {
    application: &'a Application,
    /// Its key among the open connections.
    number: u64,
    socket: WebSocketStream<TcpStream>,
    logged_in: bool,
    received: usize,
    reacted: usize,
    pushed: usize,
    /// Times of the messages within the last second.
    arrivals: VecDeque<Instant>,
    /// Echoes and the times at which they are due, the earliest first.
    late: VecDeque<(Instant, Message)>,
}

impl<'a> Conversation<'a> {
    pub fn new(
        application: &'a Application,
        number: u64,
        socket: WebSocketStream<TcpStream>,
    ) -> Self {
        let logged_in = !matches!(
            application.words.background,
            Background::LoginOrClose | Background::LoginOrIgnore
        );
        Self {
            application,
            number,
            socket,
            logged_in,
            received: 0,
            reacted: 0,
            pushed: 0,
            arrivals: VecDeque::new(),
            late: VecDeque::new(),
        }
    }

    /// Talks until one side closes. An error is the end of TCP, or a fault of the peer, after which
    /// the caller drops the connection.
    pub async fn talk(&mut self, from_others: &mut UnboundedReceiver<Message>) {
        if let Ok(Some(closing)) = self.listen(from_others).await {
            close(&mut self.socket, closing).await;
        }
    }

    /// What to close with; `None` once the peer has closed.
    async fn listen(
        &mut self,
        from_others: &mut UnboundedReceiver<Message>,
    ) -> Result<Option<Closing>, Error> {
        let start = Instant::now();
        let life = match self.application.words.limit {
            Limit::Life(life) => life,
            _ => NEVER,
        };
        if self.application.words.background == Background::Greets {
            self.socket
                .send(Message::text(r#"{"greeting":"hello"}"#))
                .await?;
        }
        let mut beside = every(match self.application.words.background {
            Background::Pushes => Duration::from_millis(100),
            Background::Pings => Duration::from_millis(150),
            _ => NEVER,
        });
        loop {
            let due = self.late.front().map_or(start + NEVER, |(due, _)| *due);
            tokio::select! {
                message = self.socket.next() => match message {
                    None => return Ok(None),
                    Some(message) => match message? {
                        Message::Close(_) => {
                            // The library sends its Close on the next read.
                            while self.socket.next().await.is_some() {}
                            return Ok(None);
                        }
                        message @ (Message::Text(_) | Message::Binary(_)) => {
                            if let Some(closing) = self.answer(message).await? {
                                return Ok(Some(closing));
                            }
                        }
                        _ => {}
                    },
                },
                Some(message) = from_others.recv() => self.socket.send(message).await?,
                _ = beside.tick() => {
                    let message = self.unasked();
                    self.socket.send(message).await?;
                }
                () = sleep_until(due) => {
                    if let Some((_, message)) = self.late.pop_front() {
                        self.socket.send(message).await?;
                    }
                }
                () = sleep_until(start + life) => return Ok(Some((1001, "end of life"))),
            }
        }
    }

    /// The next message of the background.
    fn unasked(&mut self) -> Message {
        if self.application.words.background == Background::Pings {
            return Message::Ping(Vec::new().into());
        }
        self.pushed += 1;
        from_json(&json!({"push": self.pushed}))
    }

    /// Answers a message, or returns what to close with.
    async fn answer(&mut self, message: Message) -> Result<Option<Closing>, Error> {
        let limit = self.application.words.limit;
        match limit {
            Limit::Rate(most) if self.is_faster_than(most) => {
                return Ok(Some((1008, "too many messages")));
            }
            Limit::Size(most) if message.len() > most => {
                return Ok(Some((1009, "too large a message")));
            }
            _ => {}
        }
        if !self.logged_in {
            return self.log_in(&message).await;
        }
        self.received += 1;
        if !self.triggers(&message) {
            self.socket.send(message).await?;
            return Ok(None);
        }
        self.reacted += 1;
        self.react(message).await
    }

    fn is_faster_than(&mut self, most: usize) -> bool {
        let now = Instant::now();
        self.arrivals.push_back(now);
        self.arrivals
            .retain(|arrival| now - *arrival < Duration::from_secs(1));
        self.arrivals.len() > most
    }

    async fn log_in(&mut self, message: &Message) -> Result<Option<Closing>, Error> {
        self.logged_in = is_login(message);
        if self.logged_in {
            self.socket
                .send(Message::text(r#"{"welcome":true}"#))
                .await?;
        } else if self.application.words.background == Background::LoginOrClose {
            return Ok(Some((4401, "login first")));
        }
        Ok(None)
    }

    fn triggers(&self, message: &Message) -> bool {
        match self.application.words.trigger {
            Trigger::All => true,
            Trigger::Text => message.is_text(),
            Trigger::Binary => message.is_binary(),
            Trigger::NotJson => !is_json(message),
            Trigger::Nth(n) => self.received == n,
            Trigger::Size(n) => message.len() > n,
        }
    }

    async fn react(&mut self, message: Message) -> Result<Option<Closing>, Error> {
        match self.application.words.reaction {
            Reaction::Echo => self.socket.send(message).await?,
            Reaction::Other => self.socket.send(about(&message)).await?,
            Reaction::Upper => self.socket.send(upper(message)).await?,
            Reaction::Two => {
                self.socket.send(about(&message)).await?;
                self.socket.send(message).await?;
            }
            Reaction::Third if self.reacted.is_multiple_of(3) => {
                self.socket
                    .send(from_json(&json!({"seen": self.reacted})))
                    .await?;
            }
            Reaction::Third | Reaction::None => {}
            Reaction::Others => self.application.send_to_others(self.number, &message),
            Reaction::Late => {
                let due = Instant::now() + self.application.lateness();
                let last = self.late.back().map_or(due, |(last, _)| *last);
                self.late.push_back((due.max(last), message));
            }
            Reaction::Close(code) => return Ok(Some((code, "closing"))),
        }
        Ok(None)
    }
}

/// An interval whose first tick comes after one period.
fn every(period: Duration) -> Interval {
    interval_at(Instant::now() + period, period)
}

/// The closing handshake; what comes before the peer's Close is dropped.
pub async fn close(socket: &mut WebSocketStream<TcpStream>, (code, reason): Closing) {
    let frame = CloseFrame {
        code: code.into(),
        reason: reason.into(),
    };
    if socket.close(Some(frame)).await.is_ok() {
        let rest = async { while let Some(Ok(_)) = socket.next().await {} };
        // Without the peer's Close, TCP ends all the same.
        let _ = timeout(CLOSING, rest).await;
    }
}

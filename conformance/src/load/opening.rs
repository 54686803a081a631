//! How a connection of the load opens: by the upgrade of HTTP/1.1, or as a stream of a connection that it
//! shares with others.

use tokio::io::AsyncReadExt;
use tokio::sync::{Mutex, Semaphore};
use tokio::time::{Instant, timeout};
use wsspec_core::Role;
use wsspec_core::deflate::negotiation;
use wsspec_vectors::{FieldValue, Head};

use super::connection::{Connection, End, READ_SIZE, endpoint};
use super::line::Line;
use super::report::TroubleKind;
use super::unopened::Unopened;
use crate::binding::carrier::Came;
use crate::binding::connect::Connect;
use crate::binding::{Binding, Command, Field, Input, Output, ReceivedHead};
use crate::run::Target;
use crate::wire::shared::{self, Client, Event};
use crate::wire::stream::Stream;

use super::connection::OPENING;

/// The connections of HTTP/2 or HTTP/3 that streams share.
#[derive(Debug, Default)]
pub(super) struct Pool {
    /// The connection that the next stream is on, and how many more it has room for.
    current: Mutex<Option<(Client, u64)>>,
}

impl Pool {
    /// A stream that begins with these fields, one of at most `most` of its connection, and of as many as
    /// the server allows.
    async fn open(
        &self,
        target: &Target,
        most: u32,
        fields: Vec<Field>,
    ) -> std::io::Result<shared::Stream> {
        let mut current = self.current.lock().await;
        if let Some((client, left)) = &mut *current
            && *left > 0
        {
            *left -= 1;
            return Ok(client.open(fields));
        }
        let client = Client::begin(target.link().await?).await?;
        let allowed = client.most_streams().unwrap_or(u64::MAX);
        let stream = client.open(fields);
        *current = Some((client, allowed.min(most.into()).saturating_sub(1)));
        Ok(stream)
    }
}

impl Connection {
    /// Opens it when one of the `turns` is free.
    pub(super) async fn open(&mut self, turns: &Semaphore, pool: &Pool) -> Option<Line> {
        let _turn = turns.acquire().await.ok()?;
        let began = Instant::now();
        let opening = async {
            if self.target.transport().has_streams() {
                self.open_stream(pool).await
            } else {
                self.upgrade().await
            }
        };
        let opened = timeout(OPENING, opening).await;
        match (opened, self.end) {
            (Ok(Ok(line)), None) => {
                self.tally.counts().opened_after(began.elapsed());
                return Some(line);
            }
            (Ok(Err(error)), None) => self.unopened(Unopened::of(error.kind())),
            (Err(_), _) => self.unopened(Unopened::Unanswered),
            (_, Some(End::Lost)) => self.unopened(Unopened::Ended),
            (_, Some(_)) => self.unopened(Unopened::Refused),
        }
        None
    }

    async fn upgrade(&mut self) -> std::io::Result<Line> {
        let mut stream = self.target.connect().await?;
        self.shake_hands(&mut stream).await;
        Ok(Line::Connection(stream))
    }

    async fn shake_hands(&mut self, stream: &mut Stream) {
        let mut buffer = vec![0; READ_SIZE];
        while !self.opened && self.end.is_none() {
            let request = self.endpoint.take_output();
            if stream.send(&request).await.is_err() {
                self.end = Some(End::Lost);
                return;
            }
            match stream.read(&mut buffer).await {
                Ok(read) if read > 0 => self.received(&mut buffer[..read]),
                _ => self.lost(),
            }
        }
    }

    async fn open_stream(&mut self, pool: &Pool) -> std::io::Result<Line> {
        let setup = self.target.setup();
        let mut binding = Connect::new(Role::Server, setup.over, String::new());
        let head = offer(self.plan.deflate);
        let outputs = binding.send(Command::Open(&head), &setup);
        let fields = outputs
            .into_iter()
            .flatten()
            .find_map(|output| match output {
                Output::Fields(fields) => Some(fields),
                _ => None,
            });
        let fields = fields.unwrap_or_default();
        let mut stream = pool.open(&self.target, self.plan.streams, fields).await?;
        while !self.opened && self.end.is_none() {
            match stream.next().await {
                Some(Event::Came(Came::Fields(fields, end))) => {
                    for input in binding.fields(fields, end) {
                        if let Input::Head(head) = input {
                            self.answered(&head);
                        }
                    }
                }
                Some(Event::Broke(breach)) => {
                    self.trouble(TroubleKind::BrokeCarrier(breach.rule), 1, Some(breach.at));
                    self.end = Some(End::Broke);
                }
                Some(Event::Came(Came::Stopped(_))) => {}
                _ => self.end = Some(End::Lost),
            }
        }
        Ok(Line::of(stream))
    }

    /// Takes the answer to an extended CONNECT.
    fn answered(&mut self, head: &ReceivedHead) {
        if let Some(violation) = head.violations.first() {
            self.trouble(TroubleKind::Broke(*violation), 1, None);
            self.end = Some(End::Broke);
        } else if head.opens() {
            let endpoint = endpoint(&self.target, &self.plan, self.number).already_open();
            self.endpoint = match head.terms {
                Some(terms) => endpoint.agreeing(terms),
                None => endpoint,
            };
            self.opened = true;
        } else {
            self.end = Some(End::Refused);
        }
    }

    fn unopened(&self, how: Unopened) {
        *self.tally.counts().unopened.entry(how).or_default() += 1;
    }
}

/// The request, which offers compression or not.
fn offer(deflate: bool) -> Head {
    let mut head = Head::default();
    if deflate {
        let value = FieldValue::Lines(vec![negotiation::NAME.to_owned()]);
        head.headers
            .push(("Sec-WebSocket-Extensions".to_owned(), value));
    }
    head
}

//! Model gateways: conforming ones, in legal variants, and ones with a planted fault.

mod catalogue;
mod habit;
mod heads;
mod leg;
mod translate;

pub use catalogue::{PLANTED, Planted, VARIANTS, Variant};
pub use habit::{Habit, Kind};

use wsspec_vectors::{End, OpensBy};

use super::world::Finish;
use crate::binding::Field;
use heads::HeadLines;
use leg::Leg;

/// A gateway in memory, sans-I/O.
#[derive(Debug)]
pub struct Gateway {
    kind: Kind,
    /// How the connection with the client opens, then that with the server.
    opens: [OpensBy; 2],
    habit: Option<Habit>,
    stage: Stage,
    /// What the client sent that is not passed on yet, then the server.
    waiting: [Vec<u8>; 2],
    /// The frames of the client, then of the server.
    legs: [Leg; 2],
    /// The request as the client sent it.
    request: Option<HeadLines>,
    /// What goes to the client, then to the server.
    output: [Vec<Output>; 2],
    ends: [Option<Finish>; 2],
    ended: [bool; 2],
}

/// What a gateway sends.
#[derive(Debug)]
pub enum Output {
    /// Bytes of a connection, or of a stream.
    Bytes(Vec<u8>),
    /// A head of HTTP/2 or HTTP/3.
    Fields(Vec<Field>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The request is read.
    Request,
    /// The response is awaited.
    Response,
    /// What comes is passed on.
    Tunnel,
    /// Nothing is passed on any more.
    Over,
}

const fn place(end: End) -> usize {
    match end {
        End::Client => 0,
        End::Server => 1,
    }
}

impl Gateway {
    /// A gateway of a kind between two connections of HTTP/1.1, with a habit.
    pub fn new(kind: Kind, habit: Option<Habit>) -> Gateway {
        Gateway::between([OpensBy::Upgrade; 2], kind, habit)
    }

    /// The same between a connection with the client and one with the server that open like this.
    pub fn between(opens: [OpensBy; 2], kind: Kind, habit: Option<Habit>) -> Gateway {
        Gateway {
            kind,
            opens,
            habit,
            stage: if kind == Kind::Relay {
                Stage::Tunnel
            } else {
                Stage::Request
            },
            waiting: Default::default(),
            legs: [End::Client, End::Server].map(|from| Leg::new(from, kind, habit)),
            request: None,
            output: Default::default(),
            ends: [None; 2],
            ended: [false; 2],
        }
    }

    fn has(&self, habit: Habit) -> bool {
        self.habit == Some(habit)
    }

    /// How the connection with an end opens.
    pub fn opens_by(&self, end: End) -> OpensBy {
        self.opens[place(end)]
    }

    /// Takes a head of HTTP/2 or HTTP/3 of an end.
    pub fn receive_fields(&mut self, from: End, fields: &[Field]) {
        match (from, self.stage) {
            (End::Client, Stage::Request) => match translate::request_of(fields, self.habit) {
                Some(head) => self.begin(head),
                None => self.refuse(&heads::refusal("400 Bad Request"), &[]),
            },
            (End::Server, Stage::Response) => match translate::response_of(fields, self.habit) {
                Some(head) => self.answer(&head, Vec::new()),
                None => self.refuse(&heads::refusal("502 Bad Gateway"), &[]),
            },
            _ => {}
        }
    }

    /// Takes bytes of an end.
    pub fn receive(&mut self, from: End, bytes: &[u8]) {
        match self.stage {
            Stage::Tunnel => self.pass_on(from, bytes),
            Stage::Request | Stage::Response => {
                self.waiting[place(from)].extend_from_slice(bytes);
                self.read_request();
                self.read_response();
            }
            Stage::Over => {}
        }
    }

    /// Notes that an end has ended its direction.
    pub fn receive_end(&mut self, from: End, how: Finish) {
        if self.has(Habit::IgnoresEnds) {
            return;
        }
        if from == End::Server && self.stage == Stage::Response && self.makes_accept() {
            // An end without an answer would be a malformed one.
            return self.refuse(&heads::refusal("502 Bad Gateway"), &[]);
        }
        let how = if self.has(Habit::EndsInOrder) {
            Finish::Fin
        } else {
            how
        };
        self.end(from.other(), how);
        if how == Finish::Rst || self.has(Habit::EndsBoth) {
            self.end(from, how);
        }
    }

    /// Takes what goes to an end.
    pub fn take_output(&mut self, to: End) -> Vec<Output> {
        std::mem::take(&mut self.output[place(to)])
    }

    /// Takes how the connection to an end is ended, if it is.
    pub fn take_end(&mut self, to: End) -> Option<Finish> {
        self.ends[place(to)].take()
    }

    fn end(&mut self, to: End, how: Finish) {
        if !std::mem::replace(&mut self.ended[place(to)], true) {
            self.ends[place(to)] = Some(how);
        }
    }

    fn write(&mut self, to: End, bytes: &[u8]) {
        if self.ended[place(to)] || bytes.is_empty() {
            return;
        }
        let output = &mut self.output[place(to)];
        match output.last_mut() {
            Some(Output::Bytes(before)) => before.extend_from_slice(bytes),
            _ => output.push(Output::Bytes(bytes.to_vec())),
        }
    }

    /// Sends a head in the HTTP of that connection.
    fn write_head(&mut self, to: End, head: &HeadLines) {
        let fields = match (self.opens_by(to), to) {
            (OpensBy::Upgrade, _) => return self.write(to, &head.bytes()),
            (OpensBy::Connect, End::Client) => translate::answer(head, self.habit),
            (OpensBy::Connect, End::Server) => translate::connect(head, self.habit),
        };
        if !self.ended[place(to)] {
            self.output[place(to)].push(Output::Fields(fields));
        }
    }

    /// Whether it makes a key for the server that is not the client's.
    fn makes_key(&self) -> bool {
        self.opens_by(End::Server) == OpensBy::Upgrade && self.makes_accept()
    }

    /// Whether the opening handshake with the client is not the one with the server.
    fn makes_accept(&self) -> bool {
        self.kind == Kind::Endpoint || self.opens.contains(&OpensBy::Connect)
    }

    fn read_request(&mut self) {
        if self.stage != Stage::Request || self.opens_by(End::Client) == OpensBy::Connect {
            return;
        }
        let Some((head, rest)) = HeadLines::split(&self.waiting[place(End::Client)]) else {
            return;
        };
        self.waiting[place(End::Client)] = rest;
        self.begin(head);
    }

    /// Forwards a request.
    fn begin(&mut self, head: HeadLines) {
        let own = self.makes_key().then_some(heads::OWN_KEY);
        let forwarded = heads::forwarded_request(&head, own, self.habit);
        self.write_head(End::Server, &forwarded);
        self.request = Some(head);
        self.stage = Stage::Response;
        if self.has(Habit::OpensBeforeServer) {
            let answer = heads::own_answer(self.request.as_ref());
            self.write_head(End::Client, &answer);
        }
        if self.has(Habit::LosesGluedToRequest) {
            self.waiting[place(End::Client)].clear();
        }
        if self.has(Habit::TunnelsOnRequest) {
            self.open(&[]);
        }
    }

    fn read_response(&mut self) {
        if self.stage != Stage::Response || self.opens_by(End::Server) == OpensBy::Connect {
            return;
        }
        let Some((head, rest)) = HeadLines::split(&self.waiting[place(End::Server)]) else {
            return;
        };
        if head.status() != Some(101) && head.content_length() > rest.len() {
            return;
        }
        self.waiting[place(End::Server)].clear();
        self.answer(&head, rest);
    }

    /// Forwards an answer, and what came with it.
    fn answer(&mut self, head: &HeadLines, rest: Vec<u8>) {
        let switches = head.status() == Some(101);
        if switches && self.may_switch(head) {
            let makes_accept = self.makes_accept();
            let answer =
                heads::forwarded_101(head, self.request.as_ref(), makes_accept, self.habit);
            if !self.has(Habit::OpensBeforeServer) {
                self.write_head(End::Client, &answer);
            }
            let rest = if self.has(Habit::LosesGluedTo101) {
                Vec::new()
            } else {
                rest
            };
            self.open(&rest);
        } else if switches {
            self.refuse(&heads::refusal("502 Bad Gateway"), &[]);
        } else if self.has(Habit::TunnelsAnyStatus) {
            self.write_head(End::Client, head);
            self.write(End::Client, &rest);
            self.open(&[]);
        } else {
            let (head, body) = heads::forwarded_refusal(head, rest, self.habit);
            self.refuse(&head, &body);
        }
    }

    /// Whether a 101 of the server opens the tunnel.
    fn may_switch(&self, head: &HeadLines) -> bool {
        let to_websocket = head
            .field("upgrade")
            .is_some_and(|value| value.eq_ignore_ascii_case("websocket"));
        if !to_websocket {
            return self.has(Habit::TunnelsOtherProtocol);
        }
        let checks = self.makes_key() && !self.has(Habit::TakesAnyAccept);
        !checks || head.field("sec-websocket-accept") == Some(&heads::accept_of(heads::OWN_KEY))
    }

    /// Answers what opens nothing, and ends both connections.
    fn refuse(&mut self, answer: &HeadLines, content: &[u8]) {
        self.write_head(End::Client, answer);
        self.write(End::Client, content);
        self.stage = Stage::Over;
        self.end(End::Client, Finish::Fin);
        self.end(End::Server, Finish::Fin);
    }

    /// Passes on from here, with what the server has sent already.
    fn open(&mut self, of_server: &[u8]) {
        self.stage = Stage::Tunnel;
        if self.has(Habit::Pings) {
            self.write(End::Client, &[0x89, 0x02, b'g', b'w']);
        }
        let of_client = std::mem::take(&mut self.waiting[place(End::Client)]);
        self.pass_on(End::Client, &of_client);
        self.pass_on(End::Server, of_server);
    }

    fn pass_on(&mut self, from: End, bytes: &[u8]) {
        if self.kind != Kind::Endpoint && !self.habit.is_some_and(Habit::is_of_frames) {
            return self.write(from.other(), bytes);
        }
        let out = self.legs[place(from)].pass_on(bytes);
        self.write(from.other(), &out.on);
        self.write(from, &out.back);
        if out.fails {
            self.stage = Stage::Over;
            self.end(End::Client, Finish::Fin);
            self.end(End::Server, Finish::Fin);
        }
        if out.ends {
            self.end(from.other(), Finish::Fin);
        }
    }
}

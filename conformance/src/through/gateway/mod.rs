//! Model gateways: conforming ones, in legal variants, and ones with a planted fault.

mod catalogue;
mod habit;
mod heads;
mod leg;

pub use catalogue::{PLANTED, Planted, VARIANTS, Variant};
pub use habit::{Habit, Kind};

use wsspec_vectors::End;

use super::world::Finish;
use heads::HeadLines;
use leg::Leg;

/// A gateway in memory, sans-I/O.
#[derive(Debug)]
pub struct Gateway {
    kind: Kind,
    habit: Option<Habit>,
    stage: Stage,
    /// What the client sent that is not passed on yet, then the server.
    waiting: [Vec<u8>; 2],
    /// The frames of the client, then of the server.
    legs: [Leg; 2],
    /// The request as the client sent it.
    request: Option<HeadLines>,
    /// What goes to the client, then to the server.
    output: [Vec<u8>; 2],
    ends: [Option<Finish>; 2],
    ended: [bool; 2],
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
    /// A gateway of a kind, with a habit.
    pub fn new(kind: Kind, habit: Option<Habit>) -> Gateway {
        Gateway {
            kind,
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
    pub fn take_output(&mut self, to: End) -> Vec<u8> {
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
        if !self.ended[place(to)] {
            self.output[place(to)].extend_from_slice(bytes);
        }
    }

    fn read_request(&mut self) {
        if self.stage != Stage::Request {
            return;
        }
        let Some((head, rest)) = HeadLines::split(&self.waiting[place(End::Client)]) else {
            return;
        };
        self.waiting[place(End::Client)] = rest;
        let own = (self.kind == Kind::Endpoint).then_some(heads::OWN_KEY);
        let forwarded = heads::forwarded_request(&head, own, self.habit);
        self.write(End::Server, &forwarded);
        self.request = Some(head);
        self.stage = Stage::Response;
        if self.has(Habit::OpensBeforeServer) {
            let answer = heads::own_answer(self.request.as_ref());
            self.write(End::Client, &answer);
        }
        if self.has(Habit::LosesGluedToRequest) {
            self.waiting[place(End::Client)].clear();
        }
        if self.has(Habit::TunnelsOnRequest) {
            self.open(&[]);
        }
    }

    fn read_response(&mut self) {
        if self.stage != Stage::Response {
            return;
        }
        let Some((head, rest)) = HeadLines::split(&self.waiting[place(End::Server)]) else {
            return;
        };
        let whole_body = head.content_length() <= rest.len();
        let switches = head.status() == Some(101);
        if !switches && !whole_body {
            return;
        }
        self.waiting[place(End::Server)].clear();
        if switches && self.may_switch(&head) {
            let answer = heads::forwarded_101(&head, self.request.as_ref(), self.kind, self.habit);
            if !self.has(Habit::OpensBeforeServer) {
                self.write(End::Client, &answer);
            }
            let rest = if self.has(Habit::LosesGluedTo101) {
                Vec::new()
            } else {
                rest
            };
            self.open(&rest);
        } else if switches {
            self.refuse(&heads::bad_gateway());
        } else if self.has(Habit::TunnelsAnyStatus) {
            let answer = [head.bytes(), rest].concat();
            self.write(End::Client, &answer);
            self.open(&[]);
        } else {
            let answer = heads::forwarded_refusal(&head, &rest, self.habit);
            self.refuse(&answer);
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
        let checks = self.kind == Kind::Endpoint && !self.has(Habit::TakesAnyAccept);
        !checks || head.field("sec-websocket-accept") == Some(&heads::accept_of(heads::OWN_KEY))
    }

    /// Answers what opens nothing, and ends both connections.
    fn refuse(&mut self, answer: &[u8]) {
        self.write(End::Client, answer);
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

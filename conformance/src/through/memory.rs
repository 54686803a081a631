//! A script with a model gateway in memory, where nothing is waited for.

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use wsspec_core::Role;
use wsspec_reports::Transport;
use wsspec_vectors::{End, OpensBy, Over, ThroughCase};

use super::conversation::{Conclusion, Terms, Waits, carry_out};
use super::gateway::{Gateway, Output};
use super::world::{Came, Finish, World};
use crate::binding::{EndOfStream, ErrorNumber, Field};
use crate::exchange::Setup;

/// The waits in memory, where time passes only when nothing more can come.
const WAITS: Waits = Waits {
    deadline: Duration::from_secs(6),
    quiet: Duration::from_secs(1),
};

/// The error code of a stream that is reset as TCP is (RFC 8441 §5).
const CANCEL: ErrorNumber = ErrorNumber {
    over: Over::H2,
    code: 8,
};

/// Carries a case out with this gateway between the ends.
pub fn in_memory(case: &ThroughCase, gateway: Gateway) -> Conclusion {
    let mut setup = Setup::new(Role::Server, "gateway.example", "/");
    if gateway.opens_by(End::Client) == OpensBy::Connect {
        setup.over = Transport::H2;
    }
    let terms = Terms::new(&setup, "memory", WAITS);
    let mut world = Memory {
        gateway,
        now: Duration::ZERO,
        begun: false,
        coming: VecDeque::new(),
    };
    let carrying = pin!(carry_out(case, &terms, &mut world));
    match carrying.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(conclusion) => conclusion,
        Poll::Pending => unreachable!("nothing in memory is waited for"),
    }
}

struct Memory {
    gateway: Gateway,
    now: Duration,
    /// The gateway has connected to our server.
    begun: bool,
    coming: VecDeque<Came>,
}

impl Memory {
    /// Moves what the gateway sends to where it arrives.
    fn deliver(&mut self) {
        for end in [End::Client, End::Server] {
            for output in self.gateway.take_output(end) {
                if end == End::Server && !self.begun {
                    self.begun = true;
                    self.coming.push_back(Came::Begun);
                }
                self.coming.push_back(match output {
                    Output::Bytes(bytes) => Came::Bytes(end, bytes),
                    Output::Fields(fields) => Came::Fields(end, fields, false),
                });
            }
            let how = match self.gateway.take_end(end) {
                Some(Finish::Fin) => EndOfStream::Finished,
                Some(Finish::Rst) => self.reset(end),
                None => continue,
            };
            if end == End::Client || self.begun {
                self.coming.push_back(Came::Ended(end, how));
            }
        }
    }
}

impl Memory {
    /// How a reset looks at an end.
    fn reset(&self, end: End) -> EndOfStream {
        match self.gateway.opens_by(end) {
            OpensBy::Upgrade => EndOfStream::Reset,
            OpensBy::Connect => EndOfStream::Cancelled(CANCEL),
        }
    }
}

impl World for Memory {
    fn now(&self) -> Duration {
        self.now
    }

    async fn dial(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn send(&mut self, end: End, bytes: Vec<u8>) {
        self.gateway.receive(end, &bytes);
        self.deliver();
    }

    fn send_fields(&mut self, end: End, fields: Vec<Field>) {
        self.gateway.receive_fields(end, &fields);
        self.deliver();
    }

    fn finish(&mut self, end: End, how: Finish) {
        self.gateway.receive_end(end, how);
        self.deliver();
    }

    async fn wait(&mut self, until: Duration) -> Came {
        self.coming.pop_front().unwrap_or_else(|| {
            self.now = self.now.max(until);
            Came::Nothing
        })
    }
}

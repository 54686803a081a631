//! A script with a model gateway in memory, where nothing is waited for.

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use wsspec_core::Role;
use wsspec_vectors::{End, ThroughCase};

use super::conversation::{Conclusion, Terms, Waits, carry_out};
use super::gateway::Gateway;
use super::world::{Came, Finish, World};
use crate::binding::EndOfStream;
use crate::exchange::Setup;

/// The waits in memory, where time passes only when nothing more can come.
const WAITS: Waits = Waits {
    deadline: Duration::from_secs(6),
    quiet: Duration::from_secs(1),
};

/// Carries a case out with this gateway between the ends.
pub fn in_memory(case: &ThroughCase, gateway: Gateway) -> Conclusion {
    let setup = Setup::new(Role::Server, "gateway.example", "/");
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
            let bytes = self.gateway.take_output(end);
            if !bytes.is_empty() {
                if end == End::Server && !self.begun {
                    self.begun = true;
                    self.coming.push_back(Came::Begun);
                }
                self.coming.push_back(Came::Bytes(end, bytes));
            }
            let how = match self.gateway.take_end(end) {
                Some(Finish::Fin) => EndOfStream::Finished,
                Some(Finish::Rst) => EndOfStream::Reset,
                None => continue,
            };
            if end == End::Client || self.begun {
                self.coming.push_back(Came::Ended(end, how));
            }
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

//! The thread that judges what was tapped.

use std::collections::HashMap;
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::Duration;

use wsspec_core::Role;

use super::tap::{Event, Sums};
use crate::referee::{Conversation, Limits, Notice, Tally, Unjudged, conclude, tell_broken};

/// How long events gather before they are judged, so that not each of them wakes the thread.
const GATHER: Duration = Duration::from_millis(2);

/// Judges until all connections are over.
pub(super) fn run(
    events: &Receiver<Event>,
    limits: Limits,
    notices: impl FnMut(Notice<'_>),
) -> Tally {
    let mut judge = Judge {
        limits,
        notices,
        open: HashMap::new(),
        tally: Tally::default(),
        scratch: Vec::new(),
    };
    while let Ok(event) = events.recv() {
        judge.take(event);
        while let Ok(event) = events.try_recv() {
            judge.take(event);
        }
        thread::sleep(GATHER);
    }
    judge.tally
}

struct Judge<N> {
    limits: Limits,
    notices: N,
    open: HashMap<u64, Conversation>,
    tally: Tally,
    /// Bytes being judged, which are unmasked in place.
    scratch: Vec<u8>,
}

impl<N: FnMut(Notice<'_>)> Judge<N> {
    fn take(&mut self, event: Event) {
        match event {
            Event::Bytes(number, from, at, waiting) => {
                self.scratch.clear();
                self.scratch.extend_from_slice(&waiting.bytes);
                drop(waiting);
                let conversation = conversation(&mut self.open, self.limits, number);
                conversation.received(from, &mut self.scratch, at);
                tell_broken(number, conversation, &mut self.notices);
            }
            Event::Ended(number, from, at, how) => {
                let conversation = conversation(&mut self.open, self.limits, number);
                conversation.ended(from, how, at);
                tell_broken(number, conversation, &mut self.notices);
            }
            Event::Over(number, sums) => self.over(number, sums),
            Event::Unopened(number, why) => {
                self.tally.traffic.unopened += 1;
                (self.notices)(Notice::Unopened(number, &why));
            }
            Event::Unreached(number, why) => {
                self.tally.traffic.unreached += 1;
                (self.notices)(Notice::Unreached(number, &why));
            }
            Event::Unaccepted(why) => (self.notices)(Notice::Unaccepted(&why)),
        }
    }

    fn over(&mut self, number: u64, sums: Sums) {
        let open = self.open.remove(&number);
        let mut conversation = open.unwrap_or_else(|| Conversation::new(self.limits));
        for (side, missed) in [Role::Client, Role::Server].into_iter().zip(sums.missed) {
            if missed > 0 {
                conversation.missed(side, Unjudged::Backlog, missed);
            }
        }
        tell_broken(number, &mut conversation, &mut self.notices);
        conclude(
            number,
            &conversation,
            &mut self.tally,
            sums.bytes,
            &mut self.notices,
        );
    }
}

fn conversation(
    open: &mut HashMap<u64, Conversation>,
    limits: Limits,
    number: u64,
) -> &mut Conversation {
    open.entry(number)
        .or_insert_with(|| Conversation::new(limits))
}

//! Exchanges with the reference endpoint in memory: no socket, and no time passes but what is
//! waited.

mod streams;

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use wsspec_core::Role;
use wsspec_core::tls::Tls;
use wsspec_reports::Transport;
use wsspec_vectors::{Ability, Case, Over, SplitMix64, Tell};

use super::{Arrival, ReadUp, World, drive_at_once};
use crate::binding::EndOfStream;
use crate::exchange::{Conclusion, Cut, Exchange, Setup, WireAction};
use crate::peer::{Party, Recording, ReferencePeer, Secured, secured};
use streams::Streams;

/// What this wire can do beyond one plain connection.
pub const ABILITIES: &[Ability] = &[
    Ability::Several,
    Ability::Tell,
    Ability::Proxy,
    Ability::Over(Over::H2),
    Ability::Over(Over::H3),
    Ability::Over(Over::Tls),
];

/// How long a target waits before it sends what it put off.
const PAUSE: Duration = Duration::from_millis(3);

/// What a piece takes on its way.
const PER_PIECE: Duration = Duration::from_micros(1);

/// From this size on, [`Chunking::Bytes`] cuts into pieces of [`ODD_SIZE`] bytes.
const LARGE: usize = 128 << 10;

const ODD_SIZE: usize = 1021;

/// How the bytes of either side are cut on their way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chunking {
    /// As they come.
    Whole,
    /// Byte by byte; large writes, in pieces of an odd size.
    Bytes,
    /// At random, by this seed.
    Random(u64),
}

impl fmt::Display for Chunking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Chunking::Whole => "whole",
            Chunking::Bytes => "byte by byte",
            Chunking::Random(_) => "cut at random",
        })
    }
}

/// Runs a case against `peer`.
pub fn run(case: &Case, setup: &Setup, peer: &ReferencePeer, chunking: Chunking) -> Conclusion {
    let setup = &over_its_own(case, setup);
    play(case, setup, peer, chunking, None)
}

/// Runs a case against `peer`, and tells what `peer` read and said.
pub(crate) fn record(case: &Case, setup: &Setup, peer: &ReferencePeer) -> (Conclusion, Recording) {
    let setup = &over_its_own(case, setup);
    let mut recording = Recording::default();
    recording.begin(setup.over);
    let conclusion = play(case, setup, peer, Chunking::Whole, Some(&mut recording));
    (conclusion, recording)
}

fn play(
    case: &Case,
    setup: &Setup,
    peer: &ReferencePeer,
    chunking: Chunking,
    recording: Option<&mut Recording>,
) -> Conclusion {
    if setup.over == Transport::H3 {
        return Streams::new(case, setup, peer, chunking, recording).run(case, setup);
    }
    Memory::new(case, setup, peer, chunking, recording).run(case, setup)
}

/// The setup of a case that runs over what it says, where it says so.
fn over_its_own<'a>(case: &Case, setup: &'a Setup) -> Cow<'a, Setup> {
    if case.over == Over::Tcp {
        return Cow::Borrowed(setup);
    }
    let mut own = setup.clone();
    own.reach(case.over);
    Cow::Owned(own)
}

/// Runs a future that waits for nothing but conversations in memory.
pub(crate) fn at_once<T>(work: impl Future<Output = T>) -> T {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => unreachable!("nothing in memory is waited for"),
    }
}

/// One end of each conversation, and a clock of their own.
struct Memory<'a> {
    now: Duration,
    role: Role,
    ends: Vec<PeerEnd>,
    /// A further conversation that the peer has not begun yet.
    coming: Option<u32>,
    cut: Cutter,
    /// Makes the peer of a further conversation.
    next: Box<dyn FnMut(u32) -> Option<PeerEnd> + Send + 'a>,
    /// Of the first conversation.
    recording: Option<&'a mut Recording>,
}

/// The peer's end of one conversation.
struct PeerEnd {
    /// `None` for a client that refuses the URL.
    party: Option<Party>,
    /// What it has sent and the exchange has not been given: pieces on their way, and what follows
    /// them.
    pieces: VecDeque<Vec<u8>>,
    outgoing: Vec<u8>,
    told_end: bool,
    /// What comes of TLS before anything inside it.
    tls: VecDeque<Tls>,
    /// Its end of TLS has no close_notify.
    truncates: bool,
    /// What came in place of TLS took it down.
    dead: bool,
    /// It was sent something, or the end: its attempt to open is settled, if it is a client.
    answered: bool,
}

impl<'a> Memory<'a> {
    fn new(
        case: &'a Case,
        setup: &'a Setup,
        peer: &'a ReferencePeer,
        chunking: Chunking,
        recording: Option<&'a mut Recording>,
    ) -> Memory<'a> {
        let mut memory = Memory {
            now: Duration::ZERO,
            role: setup.target,
            ends: Vec::new(),
            coming: None,
            cut: Cutter::new(chunking),
            next: Box::new(move |on| PeerEnd::new(case, setup, peer, on)),
            recording,
        };
        memory.begin(1);
        memory
    }

    fn run(mut self, case: &Case, setup: &Setup) -> Conclusion {
        let mut exchange = Exchange::new(case, setup);
        drive_at_once(&mut exchange, &mut self, usize::MAX);
        if let Some(recording) = self.recording {
            let mut parties = self.ends.iter().filter_map(|end| end.party.as_ref());
            recording.finish(parties.next());
        }
        exchange.conclude()
    }

    fn begin(&mut self, on: u32) {
        if let Some(end) = (self.next)(on) {
            self.ends.push(end);
            self.speak(on);
        }
    }

    /// Whether a client has us for its proxy, and had an answer in the conversation before `on`: its
    /// next request is the next conversation, in the tunnel or after a refusal.
    fn goes_on(&self, on: u32) -> bool {
        let before = self.ends.get(on as usize - 2);
        before.is_some_and(|end| end.answered && end.is_proxied())
    }

    /// The connection of the conversation before `on` is that of `on` from here on.
    fn hand_over(&mut self, on: u32) {
        let gone = PeerEnd::of(None);
        let mut end = std::mem::replace(&mut self.ends[on as usize - 2], gone);
        end.begin_tls_inside();
        self.ends.push(end);
    }

    /// Begins the conversation that is to come. A client opens one connection at a time (RFC 6455
    /// §4.1).
    fn begin_what_may(&mut self) {
        let may = self.role == Role::Server || self.ends.iter().all(|end| end.answered);
        if let Some(on) = self.coming.filter(|_| may) {
            self.coming = None;
            self.begin(on);
        }
    }

    /// Takes what the peer has to say.
    fn speak(&mut self, on: u32) {
        let Some(end) = self.ends.get_mut(on as usize - 1) else {
            return;
        };
        let Some(party) = &mut end.party else {
            return;
        };
        let said = party.take_output();
        if on == 1
            && let Some(recording) = &mut self.recording
        {
            recording.sent(&said);
        }
        end.outgoing.extend(said);
    }

    /// Lets a short time pass for every end.
    fn tick(&mut self) {
        for on in (1..).take(self.ends.len()) {
            if let Some(party) = &mut self.ends[on as usize - 1].party
                && party.has_delayed_output()
            {
                party.tick();
                self.speak(on);
            }
        }
    }

    fn write(&mut self, on: u32, bytes: Vec<u8>) {
        for mut piece in self.cut.pieces(bytes) {
            let Some(end) = self.ends.get_mut(on as usize - 1) else {
                return;
            };
            if on == 1
                && let Some(recording) = &mut self.recording
            {
                recording.read(&piece);
            }
            if let Some(party) = &mut end.party {
                party.receive(&mut piece);
            }
            self.speak(on);
        }
    }
}

impl World for Memory<'_> {
    fn now(&self) -> Duration {
        self.now
    }

    fn act(&mut self, on: u32, action: WireAction) {
        let mut end = self.ends.get_mut(on as usize - 1);
        if let Some(end) = &mut end {
            end.answered |= action.is_answer();
        }
        let party = end.and_then(|end| end.party.as_mut());
        match (action, party) {
            (WireAction::Write(bytes), _) => return self.write(on, bytes),
            (WireAction::Finish, Some(party)) => party.receive_end(),
            (WireAction::Reset, Some(party)) => party.receive_reset(),
            (WireAction::StopReading | WireAction::ReadAgain | WireAction::Quic(_), _)
            | (_, None) => return,
        }
        self.speak(on);
    }

    async fn connect(&mut self, on: u32) -> io::Result<()> {
        if self.goes_on(on) {
            self.hand_over(on);
            return Ok(());
        }
        self.coming = Some(on);
        // A server is there at once; what is written next must not be lost.
        self.begin_what_may();
        Ok(())
    }

    async fn wait(&mut self, until: Duration) -> Arrival {
        self.begin_what_may();
        for (on, end) in (1..).zip(&mut self.ends) {
            if let Some(tls) = end.tls.pop_front() {
                self.now += PER_PIECE;
                return Arrival::Tls(on, tls);
            }
            if end.pieces.is_empty() && !end.outgoing.is_empty() {
                let outgoing = std::mem::take(&mut end.outgoing);
                end.pieces = self.cut.pieces(outgoing).into();
            }
            if let Some(piece) = end.pieces.pop_front() {
                self.now += PER_PIECE;
                return Arrival::Bytes(on, piece);
            }
        }
        for (on, end) in (1..).zip(&mut self.ends) {
            let ends = end.party.as_ref().is_none_or(Party::wants_end);
            if ends && !end.told_end {
                end.told_end = true;
                let truncated = end.truncates && end.party.is_some();
                return Arrival::End(
                    on,
                    if truncated {
                        EndOfStream::Truncated
                    } else {
                        EndOfStream::Finished
                    },
                );
            }
        }
        let mut parties = self.ends.iter().filter_map(|end| end.party.as_ref());
        if parties.any(Party::has_delayed_output) {
            self.now = self.now.max(until.min(self.now + PAUSE));
            self.tick();
        } else {
            self.now = self.now.max(until);
        }
        Arrival::Nothing
    }

    /// The peer reads each write on its own.
    async fn read_up(&mut self, _: Cut) -> ReadUp {
        ReadUp::Yes
    }

    fn tell(&mut self, tell: &Tell) -> bool {
        if let Some(party) = &mut self.ends[0].party {
            party.tell(tell);
        }
        self.speak(1);
        true
    }

    async fn serves_another(&mut self) -> bool {
        self.ends[0].serves_others()
    }
}

impl PeerEnd {
    /// The peer of conversation `on`. `None` for a client that was not told to dial so often.
    fn new(case: &Case, setup: &Setup, peer: &ReferencePeer, on: u32) -> Option<PeerEnd> {
        let seed = setup.client_seed(&case.id).wrapping_add(u64::from(on) - 1);
        let dials = case.dial.as_ref().and_then(|dial| dial.times).unwrap_or(1);
        if setup.target == Role::Client && on > dials {
            return None;
        }
        let party = match setup.target {
            Role::Server => Some(Party::server(peer, setup.over, seed)),
            Role::Client => Party::client(peer, case, setup, seed),
        };
        let mut end = PeerEnd::of(party);
        if setup.over == Transport::Tls && end.party.is_some() {
            end.secure(secured::begin(case, setup, peer.tls));
        }
        Some(end)
    }

    /// One that has said nothing yet.
    fn of(party: Option<Party>) -> PeerEnd {
        PeerEnd {
            party,
            pieces: VecDeque::new(),
            outgoing: Vec::new(),
            told_end: false,
            tls: VecDeque::new(),
            truncates: false,
            dead: false,
            answered: false,
        }
    }

    /// Whether it is a client of ours as a proxy.
    fn is_proxied(&self) -> bool {
        let party = self.party.as_ref();
        party.is_some_and(|party| party.as_proxied().is_some())
    }

    /// What a client says of TLS in a tunnel, if that is what comes there.
    fn begin_tls_inside(&mut self) {
        let party = self.party.as_ref();
        let hello = party.and_then(|party| party.as_proxied()?.hello());
        self.tls.extend(hello.map(Tls::Hello));
    }

    /// Begins with what TLS makes of the connection.
    fn secure(&mut self, secured: Secured) {
        self.tls = secured.first.into();
        self.outgoing = secured.clear;
        self.truncates = secured.truncates;
        self.dead = secured.dead;
        if !secured.goes_on {
            self.party = None;
        }
    }

    /// Whether other connections are served. A server that gives up on TLS serves them.
    fn serves_others(&self) -> bool {
        let inside = self.party.as_ref();
        !self.dead && inside.is_none_or(Party::serves_others)
    }
}

/// Cuts bytes into pieces.
struct Cutter {
    chunking: Chunking,
    random: SplitMix64,
}

impl Cutter {
    fn new(chunking: Chunking) -> Cutter {
        let seed = match chunking {
            Chunking::Random(seed) => seed,
            Chunking::Whole | Chunking::Bytes => 0,
        };
        Cutter {
            chunking,
            random: SplitMix64(seed),
        }
    }

    /// The place of what comes next of `many`: the first, or any of them at random.
    fn draw(&mut self, many: usize) -> usize {
        match self.chunking {
            Chunking::Whole | Chunking::Bytes => 0,
            Chunking::Random(_) => self.random.next() as usize % many.max(1),
        }
    }

    fn pieces(&mut self, bytes: Vec<u8>) -> Vec<Vec<u8>> {
        match self.chunking {
            Chunking::Whole => vec![bytes],
            Chunking::Bytes if bytes.len() > LARGE => {
                bytes.chunks(ODD_SIZE).map(<[u8]>::to_vec).collect()
            }
            Chunking::Bytes => bytes.into_iter().map(|byte| vec![byte]).collect(),
            Chunking::Random(_) => self.at_random(&bytes),
        }
    }

    fn at_random(&mut self, mut rest: &[u8]) -> Vec<Vec<u8>> {
        let mut pieces = Vec::new();
        while !rest.is_empty() {
            let most = rest.len().min(1 << (self.random.next() % 12));
            let size = 1 + self.random.next() as usize % most;
            let (piece, left) = rest.split_at(size);
            pieces.push(piece.to_vec());
            rest = left;
        }
        pieces
    }
}

#[cfg(test)]
mod tests {
    use wsspec_reports::Verdict;
    use wsspec_vectors::Corpus;

    use super::*;
    use crate::peer::LegalApplication;
    use crate::peer::legal::{Limit, Reaction};

    const TWO: &str = r#"{"family": "two", "kind": "exchange", "impact": "interop", "about": "x", "cases": [{
        "id": "two", "about": "Answers.", "requirements": ["RFC6455-5.1-1"], "roles": ["server"],
        "steps": [
            {"open": {}}, {"expect": "opened"}, {"on": 2, "open": {}}, {"on": 2, "expect": "opened"},
            {"on": 2, "send": {"text": "a"}}, {"on": 2, "expect": {"text": "a"}}
        ]
    }]}"#;

    /// Time passes for all conversations at once: the first waits for the end of its life, the
    /// second for a late answer.
    #[test]
    fn time_passes_for_every_conversation() {
        let corpus = Corpus::from_text("two", TWO.to_owned()).unwrap_or_else(|e| panic!("{e}"));
        let setup = Setup::new(Role::Server, "wsspec.invalid", "/");
        let late = LegalApplication {
            reaction: Reaction::Late(3),
            limit: Limit::Lifetime(300),
            ..LegalApplication::all()[0].clone()
        };
        let peer = ReferencePeer::conforming().running(&late);
        let conclusion = run(&corpus.cases[0], &setup, &peer, Chunking::Whole);
        assert_eq!(conclusion.verdict, Verdict::Pass, "{:?}", conclusion.reason);
    }
}

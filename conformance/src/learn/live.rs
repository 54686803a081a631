//! A server at a URL as the teacher: each word is a connection of its own.

use std::collections::HashSet;
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use wsspec_core::Role;
use wsspec_core::endpoint::ClientConfig;
use wsspec_vectors::Head;

use super::alphabet::{ALPHABET, Symbol};
use super::machine::Word;
use super::oracle::{Patience, Teacher, Unanswered};
use super::output::Output;
use super::talk::{Evidence, Talk};
use crate::binding::http1::Http1;
use crate::binding::{Binding, Command, Input};
use crate::exchange::{Setup, Timing};
use crate::run::Target;
use crate::wire::stream::Stream;
use crate::wire::tcp;

/// Pauses before each attempt to open a connection.
const PAUSES: [Duration; 4] = [
    Duration::ZERO,
    Duration::from_millis(300),
    Duration::from_secs(1),
    Duration::from_secs(3),
];

/// Longest wait for the answer to an opening request.
const OPENING: Duration = Duration::from_secs(10);

/// How long the rest of a conversation is read once its word is over.
const DRAIN: Duration = Duration::from_millis(20);

/// How many times longer the waits are after a contradiction.
const MORE: u32 = 4;

/// Pings that are not answered, and none that is, before the peer counts as one that answers none.
const NO_PONGS: u32 = 3;

/// A server, and what is known of how it answers pings.
#[derive(Clone)]
pub(super) struct Live {
    target: Arc<Target>,
    setup: Arc<Setup>,
    permits: Arc<Semaphore>,
    pings: Arc<Pings>,
}

/// What became of the pings that are no input.
#[derive(Debug, Default)]
struct Pings {
    answered: AtomicU32,
    unanswered: AtomicU32,
    /// Words after which a ping is not answered, or ends the conversation: there, only time tells that an
    /// input has had its effect.
    harmful: Mutex<HashSet<Word>>,
}

/// How a word went.
enum Played {
    Answered(Vec<Output>),
    /// A ping of ours changed what happens, and is left out from now on.
    Again,
}

impl Live {
    pub(super) fn new(target: Target, setup: Setup, jobs: usize) -> Live {
        Live {
            target: Arc::new(target),
            setup: Arc::new(setup),
            permits: Arc::new(Semaphore::new(jobs)),
            pings: Arc::default(),
        }
    }

    async fn answer(&self, word: &[usize], patience: Patience) -> Result<Vec<Output>, Unanswered> {
        let timing = match patience {
            Patience::Usual => self.setup.timing,
            Patience::More => {
                let timing = self.setup.timing;
                timing.patient(MORE, timing.deadline * MORE)
            }
        };
        loop {
            let (stream, talk) = self.open().await?;
            if let Played::Answered(outputs) = self.play(word, stream, talk, timing).await {
                return Ok(outputs);
            }
        }
    }

    async fn open(&self) -> Result<(Stream, Talk), Unanswered> {
        let mut trouble = String::new();
        for pause in PAUSES {
            sleep(pause).await;
            match timeout(OPENING, self.open_once()).await {
                Ok(Ok(opened)) => return Ok(opened),
                Ok(Err(error)) => trouble = error.to_string(),
                Err(_) => "no answer to the opening request".clone_into(&mut trouble),
            }
        }
        Err(Unanswered::Unreachable(trouble))
    }

    async fn open_once(&self) -> io::Result<(Stream, Talk)> {
        let mut stream = self.target.connect().await?;
        let key = ClientConfig::new("", "", *b"the sample nonce").key;
        let mut binding = Http1::new(Role::Server, key);
        let request = binding
            .send(Command::Open(&Head::default()), &self.setup)
            .unwrap_or_default();
        for output in request {
            if let crate::binding::Output::Write(bytes) = output {
                stream.send(&bytes).await?;
            }
        }
        let mut talk = Talk::new();
        let mut opened = false;
        let mut buffer = vec![0; 4096];
        while !opened {
            let read = stream.read(&mut buffer).await?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            for input in binding.receive(&buffer[..read]) {
                match input {
                    Input::Head(head) if head.opens() => opened = true,
                    Input::Data(mut bytes) => talk.received(&mut bytes),
                    Input::Interim => {}
                    Input::Head(_) | Input::Broken(_) | Input::NextRequest => {
                        return Err(io::Error::other("the server refuses to open a WebSocket"));
                    }
                }
            }
        }
        Ok((stream, talk))
    }

    async fn play(&self, word: &[usize], stream: Stream, talk: Talk, timing: Timing) -> Played {
        let mut playing = Playing {
            stream,
            talk,
            timing,
            deaf: false,
        };
        let mut outputs = Vec::new();
        for (at, input) in word.iter().enumerate() {
            let symbol = &ALPHABET[*input];
            let so_far = &word[..=at];
            let pings_help = self.pings.help_after(so_far) && !playing.deaf;
            playing.input(symbol).await;
            let settled = playing.settle(pings_help).await;
            if settled != Settled::Otherwise {
                let answered = !playing.talk.pong_is_due() && !playing.talk.is_closing();
                let is_legal = playing.talk.is_legal();
                self.pings.count(so_far, answered, is_legal);
                playing.deaf = !answered;
                if settled == Settled::ByBarrier && !answered && is_legal {
                    return Played::Again;
                }
            }
            outputs.push(playing.talk.take(symbol));
            if playing.talk.is_over() {
                break;
            }
        }
        tcp::end(playing.stream, DRAIN).await;
        Played::Answered(outputs)
    }
}

impl Teacher<Output> for Live {
    async fn ask(
        &self,
        words: &[Word],
        patience: Patience,
    ) -> Result<Vec<Vec<Output>>, Unanswered> {
        let mut running = JoinSet::new();
        for (at, word) in words.iter().cloned().enumerate() {
            let live = self.clone();
            running.spawn(async move {
                let _permit = live.permits.acquire().await;
                (at, live.answer(&word, patience).await)
            });
        }
        let mut answers = vec![Vec::new(); words.len()];
        while let Some(answered) = running.join_next().await {
            let (at, answer) =
                answered.map_err(|error| Unanswered::Unreachable(error.to_string()))?;
            answers[at] = answer?;
        }
        Ok(answers)
    }
}

impl Pings {
    /// Whether a ping tells, after this word, that everything before it was read.
    fn help_after(&self, word: &[usize]) -> bool {
        let unanswered = self.unanswered.load(Ordering::Relaxed);
        let rarely = unanswered >= NO_PONGS && self.answered.load(Ordering::Relaxed) < unanswered;
        !rarely && !self.harmful().contains(word)
    }

    /// Notes what became of a ping after this word.
    fn count(&self, word: &[usize], answered: bool, is_legal: bool) {
        let counter = if answered {
            &self.answered
        } else {
            &self.unanswered
        };
        counter.fetch_add(u32::from(is_legal), Ordering::Relaxed);
        if !answered {
            self.harmful().insert(word.to_vec());
        }
    }

    fn harmful(&self) -> MutexGuard<'_, HashSet<Word>> {
        self.harmful.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How it was found out that an input had its effect.
#[derive(Debug, PartialEq, Eq)]
enum Settled {
    /// A ping was sent for it.
    ByBarrier,
    /// It was a ping, whose pong was waited for.
    ByPong,
    Otherwise,
}

/// A conversation under way.
struct Playing {
    stream: Stream,
    talk: Talk,
    timing: Timing,
    /// The last ping was not answered.
    deaf: bool,
}

impl Playing {
    async fn input(&mut self, symbol: &Symbol) {
        match self.talk.send(symbol) {
            Some(bytes) => self.write(&bytes).await,
            None => drop(self.stream.shutdown().await),
        }
    }

    /// A peer that takes no more has ended the connection, which is seen when it is read.
    async fn write(&mut self, bytes: &[u8]) {
        let _ = timeout(self.timing.deadline, self.stream.send(bytes)).await;
    }

    /// Reads until the input has had its effect. `pings_help`: a pong can be expected.
    async fn settle(&mut self, pings_help: bool) -> Settled {
        let began = Instant::now();
        let evidence = self.talk.evidence();
        let settled = match evidence {
            Evidence::Over | Evidence::Time => Settled::Otherwise,
            _ if !pings_help => {
                self.wait_without_ping().await;
                Settled::Otherwise
            }
            Evidence::Answered => {
                self.wait_for_pong().await;
                Settled::ByPong
            }
            Evidence::Barrier if !self.talk.is_legal() && self.is_refused().await => {
                Settled::Otherwise
            }
            Evidence::Barrier => {
                let ping = self.talk.barrier();
                self.write(&ping).await;
                self.wait_for_pong().await;
                let grace = self.timing.grace_for(began.elapsed());
                self.wait_for_rest(grace.max(self.timing.overtaken)).await;
                Settled::ByBarrier
            }
        };
        self.linger().await;
        settled
    }

    /// Whether the peer does something about a broken rule before it is sent a ping, which might be
    /// what it reacts to.
    async fn is_refused(&mut self) -> bool {
        let grace = self.timing.grace_for(Duration::ZERO);
        self.read_until(Instant::now() + grace, Talk::is_closing)
            .await;
        self.talk.is_closing() || self.talk.is_over()
    }

    async fn wait_for_pong(&mut self) {
        let deadline = Instant::now() + self.timing.deadline;
        self.read_until(deadline, |talk| !talk.pong_is_due() || talk.is_closing())
            .await;
    }

    /// Waits for what a pong may have overtaken.
    async fn wait_for_rest(&mut self, most: Duration) {
        self.read_until(Instant::now() + most, |talk| {
            !talk.may_be_overtaken() || talk.is_closing()
        })
        .await;
    }

    /// An echo can be waited for; for anything else, there is only time.
    async fn wait_without_ping(&mut self) {
        if self.talk.is_legal() && self.talk.may_be_overtaken() {
            self.wait_for_rest(self.timing.deadline).await;
        } else {
            let quiet = Instant::now() + self.timing.quiet;
            self.read_until(quiet, Talk::is_closing).await;
        }
    }

    /// Once a Close frame was sent, waits for the end of the connection.
    async fn linger(&mut self) {
        if self.talk.is_closing() && !self.talk.is_over() {
            let until = Instant::now() + self.timing.linger;
            self.read_until(until, |_| false).await;
        }
    }

    async fn read_until(&mut self, until: Instant, done: impl Fn(&Talk) -> bool) {
        let mut buffer = vec![0; 4096];
        while !self.talk.is_over() && !done(&self.talk) {
            match timeout_at(until, self.stream.read(&mut buffer)).await {
                Ok(Ok(read)) if read > 0 => self.talk.received(&mut buffer[..read]),
                Ok(_) => self.talk.ended(),
                Err(_) => return,
            }
        }
    }
}

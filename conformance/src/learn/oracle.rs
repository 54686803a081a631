//! Asks a teacher until there is a machine that stands every test.
//!
//! Every answer is kept. One that contradicts an earlier one is asked for again, alone and with more
//! patience: what most of these answers say counts. A peer that does not answer the same most of the
//! time has no machine, which is an end of its own and never a wrong machine.

use std::future::Future;
use std::time::{Duration, Instant};

use super::learner::{Learner, Next};
use super::machine::{Answer, Input, Machine, Word};
use super::tree::Conflict;
use super::walks;

/// Answers of which most decide about a contradiction.
const VOTES: usize = 5;

/// Contradictions that are settled before a peer counts as not deterministic.
const MOST_CONFLICTS: usize = 60;

/// Words that are asked before a hypothesis is looked at again.
const BATCH: usize = 32;

/// How long to wait for what a peer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    Usual,
    /// Longer, and one word at a time: an answer was contradicted.
    More,
}

/// Why a word was not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unanswered {
    /// No connection opens any more.
    Unreachable(String),
}

/// Plays words to a peer, each on a connection of its own.
pub(crate) trait Teacher<O> {
    /// The answers to these words, in their order. An answer is shorter than its word where the
    /// conversation ended.
    fn ask(
        &self,
        words: &[Word],
        patience: Patience,
    ) -> impl Future<Output = Result<Vec<Vec<O>>, Unanswered>>;
}

/// Bounds of the learning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// States after which it stops.
    pub states: usize,
    /// Words after which it stops.
    pub queries: usize,
    /// Time after which it stops.
    pub time: Duration,
    /// Edges that a test goes beyond each state.
    pub depth: usize,
    /// Walks at random that the last hypothesis has to stand.
    pub walks: usize,
    /// Seed of the walks.
    pub seed: u64,
}

/// Why learning stopped before its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stopped {
    /// There are more states than allowed.
    States,
    /// More words would have to be asked than allowed.
    Queries,
    /// The time was over.
    Time,
    /// The peer does not answer this word the same most of the time.
    NotDeterministic(Word),
}

/// What was learned.
#[derive(Debug, Clone)]
pub struct Learned<O> {
    /// The last hypothesis; `None` if there was none.
    pub machine: Option<Machine<O>>,
    /// Why it may be wrong; `None` if it stood every test.
    pub stopped: Option<Stopped>,
    /// Words that were asked.
    pub queries: usize,
    /// Their inputs.
    pub inputs: usize,
    /// Hypotheses, the last one among them.
    pub hypotheses: usize,
    /// Contradictions between answers that were settled.
    pub conflicts: usize,
}

/// Learns a machine with this number of inputs.
///
/// # Errors
/// The peer cannot be reached any more.
pub(crate) async fn learn<O: Answer, T: Teacher<O>>(
    teacher: &T,
    inputs: usize,
    limits: &Limits,
) -> Result<Learned<O>, Unanswered> {
    let mut oracle = Oracle {
        teacher,
        limits,
        began: Instant::now(),
        learner: Learner::new(inputs),
        answers: Vec::new(),
        learned: Learned {
            machine: None,
            stopped: None,
            queries: 0,
            inputs: 0,
            hypotheses: 0,
            conflicts: 0,
        },
    };
    match oracle.learn().await {
        Ok(()) => {}
        Err(Halt::Stopped(stopped)) => oracle.learned.stopped = Some(stopped),
        Err(Halt::Unanswered(unanswered)) => return Err(unanswered),
    }
    Ok(oracle.learned)
}

struct Oracle<'a, O, T> {
    teacher: &'a T,
    limits: &'a Limits,
    began: Instant,
    learner: Learner<O>,
    /// Every answer that counts, in the order it was given.
    answers: Vec<(Word, Vec<O>)>,
    learned: Learned<O>,
}

enum Halt {
    Stopped(Stopped),
    Unanswered(Unanswered),
}

impl From<Unanswered> for Halt {
    fn from(unanswered: Unanswered) -> Halt {
        Halt::Unanswered(unanswered)
    }
}

impl<O: Answer, T: Teacher<O>> Oracle<'_, O, T> {
    async fn learn(&mut self) -> Result<(), Halt> {
        loop {
            match self.learner.next() {
                Next::Ask(words) => self.ask_all(&words).await?,
                Next::Hypothesis(machine) => {
                    self.learned.hypotheses += 1;
                    self.learned.machine = Some(machine.clone());
                    if self.stands_tests(&machine).await? {
                        return Ok(());
                    }
                }
            }
            if self.learner.states() > self.limits.states {
                return Err(Halt::Stopped(Stopped::States));
            }
        }
    }

    /// Whether no test contradicts the machine.
    async fn stands_tests(&mut self, machine: &Machine<O>) -> Result<bool, Halt> {
        let Limits {
            depth, walks, seed, ..
        } = *self.limits;
        let words = walks::words(machine, depth, walks, seed);
        for words in words.chunks(BATCH) {
            self.ask_all(words).await?;
            if self.learner.contradiction(machine).is_some() {
                return Ok(false);
            }
        }
        Ok(self.learner.next() == Next::Hypothesis(machine.clone()))
    }

    async fn ask_all(&mut self, words: &[Word]) -> Result<(), Halt> {
        for words in words.chunks(BATCH) {
            let answers = self.ask(words, Patience::Usual).await?;
            for (word, answer) in words.iter().zip(answers) {
                self.take(word, answer).await?;
            }
        }
        Ok(())
    }

    async fn ask(&mut self, words: &[Word], patience: Patience) -> Result<Vec<Vec<O>>, Halt> {
        if self.learned.queries + words.len() > self.limits.queries {
            return Err(Halt::Stopped(Stopped::Queries));
        }
        if self.began.elapsed() > self.limits.time {
            return Err(Halt::Stopped(Stopped::Time));
        }
        self.learned.queries += words.len();
        self.learned.inputs += words.iter().map(Vec::len).sum::<usize>();
        Ok(self.teacher.ask(words, patience).await?)
    }

    async fn ask_patiently(&mut self, word: &[Input]) -> Result<Vec<O>, Halt> {
        let answers = self.ask(&[word.to_vec()], Patience::More).await?;
        Ok(answers.into_iter().next().unwrap_or_default())
    }

    /// Takes an answer, unless it contradicts an earlier one that is right.
    async fn take(&mut self, word: &[Input], mut answer: Vec<O>) -> Result<(), Halt> {
        while let Err(Conflict { length }) = self.learner.add(word, &answer) {
            self.learned.conflicts += 1;
            if self.learned.conflicts > MOST_CONFLICTS {
                let word = word[..length].to_vec();
                return Err(Halt::Stopped(Stopped::NotDeterministic(word)));
            }
            self.settle(&word[..length]).await?;
            answer = self.ask_patiently(word).await?;
        }
        self.answers.push((word.to_vec(), answer));
        Ok(())
    }

    /// Finds out what most answers to a word say, and forgets those that say something else.
    async fn settle(&mut self, word: &[Input]) -> Result<(), Halt> {
        let mut votes: Vec<(Vec<O>, usize)> = Vec::new();
        for _ in 0..VOTES {
            let answer = self.ask_patiently(word).await?;
            match votes.iter_mut().find(|(known, _)| *known == answer) {
                Some((_, count)) => *count += 1,
                None => votes.push((answer, 1)),
            }
            if let Some((right, _)) = votes.iter().find(|(_, count)| 2 * count > VOTES) {
                let right = right.clone();
                self.forget_all_but(word, &right);
                return Ok(());
            }
        }
        Err(Halt::Stopped(Stopped::NotDeterministic(word.to_vec())))
    }

    fn forget_all_but(&mut self, word: &[Input], right: &[O]) {
        self.answers
            .retain(|(known, answer)| agrees(known, answer, word, right));
        self.answers.push((word.to_vec(), right.to_vec()));
        let inputs = self.learner.inputs();
        self.learner = Learner::new(inputs);
        self.answers
            .retain(|(word, answer)| self.learner.add(word, answer).is_ok());
    }
}

/// Whether two words and their answers are alike as far as the words are.
fn agrees<O: Eq>(one: &[Input], answer: &[O], other: &[Input], right: &[O]) -> bool {
    let same = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let length = same.min(answer.len().max(right.len()));
    (0..length).all(|at| answer.get(at) == right.get(at))
}

//! Learning in memory: machines at random, the reference endpoint, planted faults.

use wsspec_vectors::SplitMix64;

use super::learner::{Learner, Next};
use super::machine::{Answer, Edge, Machine};
use super::*;

impl Answer for u8 {
    fn nothing() -> u8 {
        0
    }

    fn is_last(&self) -> bool {
        *self == 9
    }
}

/// A machine with this number of states and three inputs. Output 9 ends it.
fn at_random(random: &mut SplitMix64, states: usize) -> Machine<u8> {
    let mut machine = Machine { states: Vec::new() };
    for _ in 0..states {
        let edges = (0..3).map(|_| Edge {
            output: [1, 1, 2, 9][random.below(4)],
            to: random.below(states),
        });
        machine.states.push(edges.collect());
    }
    // The state after the last output does nothing.
    machine.states.push(vec![
        Edge {
            output: 0,
            to: states
        };
        3
    ]);
    for edge in machine.states.iter_mut().flatten() {
        if edge.output.is_last() {
            edge.to = states;
        }
    }
    machine
}

#[test]
fn the_learner_finds_any_machine() {
    let mut random = SplitMix64(1);
    for round in 0..200 {
        let machine = at_random(&mut random, 1 + round % 12);
        let mut learner = Learner::new(3);
        let learned = loop {
            match learner.next() {
                Next::Ask(words) => {
                    for word in words {
                        learner.add(&word, &machine.run(&word)).unwrap();
                    }
                }
                Next::Hypothesis(hypothesis) => match hypothesis.difference(&machine) {
                    Some(word) => learner.add(&word, &machine.run(&word)).unwrap(),
                    None => break hypothesis,
                },
            }
        };
        let reachable = machine.access().into_iter().flatten().count();
        assert!(learned.states.len() <= reachable, "round {round}");
    }
}

fn limits() -> Limits {
    Limits {
        states: 40,
        queries: 100_000,
        time: Duration::from_secs(3600),
        depth: 2,
        walks: 300,
        seed: 1,
    }
}

#[test]
fn the_reference_endpoint_is_what_its_tables_say() {
    let outcome = learn_in_memory(&ReferencePeer::conforming(), &limits()).unwrap();
    let machine = outcome.learned.machine.unwrap();
    assert_eq!(outcome.learned.stopped, None);
    assert_eq!(machine.difference(&reference()), None);
    assert_eq!(machine.states.len(), reference().states.len());
    assert!(outcome.differences.is_empty());
}

/// The same words over TCP. The waits are so long that only evidence ends them.
#[tokio::test]
async fn a_server_answers_over_tcp_as_in_memory() {
    use std::net::Ipv4Addr;

    use crate::learn::machine::Word;
    use crate::learn::oracle::{Patience, Teacher};
    use crate::peer::tcp::Server;

    let address = (Ipv4Addr::LOCALHOST, 0).into();
    let server = Server::bind(address, ReferencePeer::conforming())
        .await
        .unwrap();
    let url = format!("ws://{}/", server.address().unwrap());
    tokio::spawn(server.serve());
    let target = Target::new(&url, Vec::new()).unwrap();
    let mut setup = target.setup();
    setup.timing.deadline = Duration::from_secs(600);
    setup.timing.linger = Duration::from_secs(600);
    let live = Live::new(target, setup, 4);
    let reference = reference();
    let words: Vec<Word> = walks::words(&reference, 1, 20, 3);
    let answers = live.ask(&words, Patience::Usual).await.unwrap();
    for (word, answer) in words.iter().zip(answers) {
        assert_eq!(answer, reference.run(word), "{}", alphabet::spelled(word));
    }
}

/// A peer that answers at random now and then has no machine, and no wrong one.
#[test]
fn a_peer_that_is_not_deterministic_has_no_machine() {
    use std::cell::RefCell;

    use crate::learn::machine::Word;
    use crate::learn::oracle::{Patience, Teacher};

    struct AtRandom(RefCell<SplitMix64>);

    impl Teacher<u8> for AtRandom {
        async fn ask(&self, words: &[Word], _: Patience) -> Result<Vec<Vec<u8>>, Unanswered> {
            let mut random = self.0.borrow_mut();
            let answers = words
                .iter()
                .map(|word| word.iter().map(|_| random.below(8) as u8).collect());
            Ok(answers.collect())
        }
    }

    let teacher = AtRandom(RefCell::new(SplitMix64(5)));
    let learned = at_once(oracle::learn(&teacher, 3, &limits())).unwrap();
    assert!(matches!(
        learned.stopped,
        Some(Stopped::NotDeterministic(_))
    ));
}

/// One late answer among many is settled, and the machine is right.
#[test]
fn an_answer_that_most_others_contradict_does_not_count() {
    use std::cell::Cell;

    use crate::learn::machine::Word;
    use crate::learn::oracle::{Patience, Teacher};

    struct NowAndThen<'a>(&'a Machine<u8>, Cell<usize>);

    impl Teacher<u8> for NowAndThen<'_> {
        async fn ask(&self, words: &[Word], _: Patience) -> Result<Vec<Vec<u8>>, Unanswered> {
            let answers = words.iter().map(|word| {
                self.1.set(self.1.get() + 1);
                let mut answer = self.0.run(word);
                if self.1.get().is_multiple_of(37) {
                    answer[0] = 7;
                    answer.truncate(1);
                }
                answer
            });
            Ok(answers.collect())
        }
    }

    let machine = at_random(&mut SplitMix64(11), 5);
    let teacher = NowAndThen(&machine, Cell::new(0));
    let learned = at_once(oracle::learn(&teacher, 3, &limits())).unwrap();
    assert!(learned.conflicts > 0);
    assert_eq!(learned.stopped, None);
    assert_eq!(learned.machine.unwrap().difference(&machine), None);
}

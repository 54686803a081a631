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

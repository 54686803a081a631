//! L# (Vaandrager, Garhewal, Rot, Wißmann: A New Approach for Active Automata Learning Based on Apartness,
//! 2022), sans-I/O: [`Learner::next`] says what to ask, [`Learner::add`] takes the answers.
//!
//! The basis is a set of nodes of the observation tree that are pairwise apart: the states found so far.
//! The frontier is where their edges lead. A frontier node that is apart from the whole basis is another
//! state; one that is apart from all but one of it is that state. What separates two states of the basis
//! is asked at a frontier node that could be either. Once all of them are identified there is a hypothesis,
//! which is refined when an observation contradicts it.

use super::machine::{Answer, Edge, Input, Machine, Word};
use super::tree::{Conflict, Node, OVER, ROOT, Tree};

/// Learns a machine from answers to words.
#[derive(Debug)]
pub(crate) struct Learner<O> {
    tree: Tree<O>,
    /// Nodes that are pairwise apart, in the order they were found; the first is the root.
    basis: Vec<Node>,
}

/// What the learner wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Next<O> {
    /// The answers to these words, in any order.
    Ask(Vec<Word>),
    /// Nothing: this machine explains everything observed so far.
    Hypothesis(Machine<O>),
}

impl<O: Answer> Learner<O> {
    pub(crate) fn new(inputs: usize) -> Learner<O> {
        Learner {
            tree: Tree::new(inputs),
            basis: vec![ROOT],
        }
    }

    /// The number of inputs.
    pub(crate) fn inputs(&self) -> usize {
        self.tree.inputs()
    }

    /// The number of states found so far.
    pub(crate) fn states(&self) -> usize {
        self.basis.len()
    }

    /// Takes the answer to a word, asked for or not.
    ///
    /// # Errors
    /// It contradicts an earlier one, and was not taken.
    pub(crate) fn add(&mut self, word: &[Input], outputs: &[O]) -> Result<(), Conflict> {
        self.tree.add(word, outputs)
    }

    /// Whether the answer to a word is known.
    pub(crate) fn knows(&self, word: &[Input]) -> bool {
        self.tree.node(word).is_some()
    }

    /// What to ask next, or the machine.
    pub(crate) fn next(&mut self) -> Next<O> {
        loop {
            let frontier = self.frontier();
            let isolated = frontier
                .iter()
                .find(|node| self.candidates(**node).is_empty());
            if let Some(node) = isolated {
                self.basis.push(*node);
                continue;
            }
            let missing = self.missing();
            if !missing.is_empty() {
                return Next::Ask(missing);
            }
            let unidentified = self.unidentified(&frontier);
            if !unidentified.is_empty() {
                return Next::Ask(unidentified);
            }
            let machine = self.hypothesis();
            let Some(word) = self.contradiction(&machine) else {
                return Next::Hypothesis(machine);
            };
            // Where nothing is left to ask, the tree tells more of its frontier than before.
            if let Some(word) = self.analyse(&machine, &word) {
                return Next::Ask(vec![word]);
            }
        }
    }

    /// A word whose observed outputs are not those of the machine.
    pub(crate) fn contradiction(&self, machine: &Machine<O>) -> Option<Word> {
        let mut places = vec![(ROOT, 0, Word::new())];
        while let Some((node, state, word)) = places.pop() {
            if node == OVER && self.basis.get(state) == Some(&OVER) {
                continue;
            }
            for input in 0..self.tree.inputs() {
                let Some((output, next)) = self.tree.step(node, input) else {
                    continue;
                };
                let edge = &machine.states[state][input];
                let mut longer = word.clone();
                longer.push(input);
                if edge.output != *output {
                    return Some(longer);
                }
                if next != node {
                    places.push((next, edge.to, longer));
                }
            }
        }
        None
    }

    /// Where the edges of the basis lead, outside of it.
    fn frontier(&self) -> Vec<Node> {
        let mut frontier: Vec<Node> = Vec::new();
        for node in &self.basis {
            for input in 0..self.tree.inputs() {
                let next = self.tree.step(*node, input).map(|(_, next)| next);
                frontier.extend(next.filter(|next| !self.basis.contains(next)));
            }
        }
        frontier.sort_unstable();
        frontier.dedup();
        frontier
    }

    /// The states that a node may be.
    fn candidates(&self, node: Node) -> Vec<usize> {
        let states = self.basis.iter().enumerate();
        states
            .filter(|(_, state)| self.tree.apart(node, **state).is_none())
            .map(|(state, _)| state)
            .collect()
    }

    /// The inputs that a state was never given.
    fn missing(&self) -> Vec<Word> {
        let mut words = Vec::new();
        for node in &self.basis {
            for input in 0..self.tree.inputs() {
                if self.tree.step(*node, input).is_none() {
                    words.push(joined(self.tree.access(*node), &[input]));
                }
            }
        }
        words
    }

    /// For each node of the frontier that may be several states, what tells two of them apart.
    fn unidentified(&self, frontier: &[Node]) -> Vec<Word> {
        let mut words = Vec::new();
        for node in frontier {
            if let [one, other, ..] = self.candidates(*node)[..]
                && let Some(witness) = self.tree.apart(self.basis[one], self.basis[other])
            {
                words.push(joined(self.tree.access(*node), &witness));
            }
        }
        words
    }

    /// The machine, where every node of the frontier is identified.
    fn hypothesis(&self) -> Machine<O> {
        let states = self.basis.iter().map(|node| {
            let edges = (0..self.tree.inputs()).filter_map(|input| {
                let (output, next) = self.tree.step(*node, input)?;
                let known = self.basis.iter().position(|state| *state == next);
                let to = known.or_else(|| self.candidates(next).first().copied())?;
                Some(Edge {
                    output: output.clone(),
                    to,
                })
            });
            edges.collect()
        });
        Machine {
            states: states.collect(),
        }
    }

    /// What to ask to make a contradiction shorter, by halves, until it is at the frontier. `None`
    /// once it is there.
    fn analyse(&self, machine: &Machine<O>, word: &[Input]) -> Option<Word> {
        let mut word = self.shortest_apart(machine, word)?;
        loop {
            let known = self.known_prefix(&word);
            if known >= word.len() {
                return None;
            }
            let (first, rest) = word.split_at(usize::midpoint(known, word.len()));
            let end = self.tree.node(&word)?;
            let witness = self.tree.apart(self.basis[machine.after(&word)], end)?;
            let state = self.basis[machine.after(first)];
            let asked = joined(&joined(self.tree.access(state), rest), &witness);
            if !self.knows(&asked) {
                return Some(asked);
            }
            word = if self.tree.apart(state, self.tree.node(first)?).is_some() {
                first.to_vec()
            } else {
                joined(self.tree.access(state), rest)
            };
        }
    }

    /// The shortest beginning of a word whose node is apart from the state that the machine has there.
    fn shortest_apart(&self, machine: &Machine<O>, word: &[Input]) -> Option<Word> {
        let beginnings = (0..=word.len()).map(|length| &word[..length]);
        beginnings
            .into_iter()
            .find(|beginning| {
                let state = self.basis[machine.after(beginning)];
                let node = self.tree.node(beginning);
                node.is_some_and(|node| self.tree.apart(state, node).is_some())
            })
            .map(<[Input]>::to_vec)
    }

    /// How many inputs of a word lead through the basis, and one edge further.
    fn known_prefix(&self, word: &[Input]) -> usize {
        let mut node = ROOT;
        for (at, input) in word.iter().enumerate() {
            if !self.basis.contains(&node) {
                return at;
            }
            match self.tree.step(node, *input) {
                Some((_, next)) => node = next,
                None => return at,
            }
        }
        word.len()
    }
}

/// One word after the other.
pub(crate) fn joined(one: &[Input], other: &[Input]) -> Word {
    [one, other].concat()
}

//! Mealy machines: an output and a next state for each state and input.

use std::collections::VecDeque;

/// A place in the alphabet.
pub type Input = usize;

/// Inputs, one after the other.
pub type Word = Vec<Input>;

/// The output of a machine.
pub trait Answer: Clone + Eq {
    /// The output of a machine that does nothing more, whatever comes.
    fn nothing() -> Self;

    /// Whether the machine does nothing more after this.
    fn is_last(&self) -> bool;
}

/// A deterministic machine. State 0 is the first one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine<O> {
    /// For each state, its edges by input.
    pub states: Vec<Vec<Edge<O>>>,
}

/// What happens in a state on an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge<O> {
    /// What comes out.
    pub output: O,
    /// The state after it.
    pub to: usize,
}

impl<O: Answer> Machine<O> {
    /// The machine of which `step` gives the edges, found from its first state on. `None` if it has more
    /// than `most` states.
    pub fn explore<S: Clone + Eq>(
        first: S,
        inputs: usize,
        most: usize,
        step: impl Fn(&S, Input) -> (O, S),
    ) -> Option<Machine<O>> {
        let mut found = vec![first];
        let mut states = Vec::new();
        while let Some(state) = found.get(states.len()).cloned() {
            let mut edges = Vec::with_capacity(inputs);
            for input in 0..inputs {
                let (output, next) = step(&state, input);
                let to = found.iter().position(|known| *known == next);
                let to = to.unwrap_or_else(|| {
                    found.push(next);
                    found.len() - 1
                });
                edges.push(Edge { output, to });
            }
            states.push(edges);
            if found.len() > most {
                return None;
            }
        }
        Some(Machine { states })
    }

    /// The number of inputs.
    pub fn inputs(&self) -> usize {
        self.states.first().map_or(0, Vec::len)
    }

    /// The state after a word.
    pub fn after(&self, word: &[Input]) -> usize {
        let edges = word.iter();
        edges.fold(0, |state, input| self.states[state][*input].to)
    }

    /// The outputs of a word, up to the last that the machine has.
    pub fn run(&self, word: &[Input]) -> Vec<O> {
        let mut state = 0;
        let mut outputs = Vec::new();
        for input in word {
            let edge = &self.states[state][*input];
            outputs.push(edge.output.clone());
            state = edge.to;
            if edge.output.is_last() {
                break;
            }
        }
        outputs
    }

    /// A shortest word that leads to each state; `None` for one that cannot be reached.
    pub fn access(&self) -> Vec<Option<Word>> {
        let mut words: Vec<Option<Word>> = vec![None; self.states.len()];
        words[0] = Some(Word::new());
        let mut queue = VecDeque::from([0]);
        while let Some(state) = queue.pop_front() {
            let word = words[state].clone().unwrap_or_default();
            for (input, edge) in self.states[state].iter().enumerate() {
                if words[edge.to].is_none() {
                    let mut longer = word.clone();
                    longer.push(input);
                    words[edge.to] = Some(longer);
                    queue.push_back(edge.to);
                }
            }
        }
        words
    }

    /// A shortest word with different outputs in two states.
    pub fn separate(&self, one: usize, other: usize) -> Option<Word> {
        shortest_difference(self, one, self, other)
    }

    /// A shortest word that shows that two machines differ.
    pub fn difference(&self, other: &Machine<O>) -> Option<Word> {
        shortest_difference(self, 0, other, 0)
    }
}

fn shortest_difference<O: Answer>(
    one: &Machine<O>,
    a: usize,
    other: &Machine<O>,
    b: usize,
) -> Option<Word> {
    let mut seen = vec![(a, b)];
    let mut queue = VecDeque::from([(a, b, Word::new())]);
    while let Some((a, b, word)) = queue.pop_front() {
        for input in 0..one.inputs() {
            let (x, y) = (&one.states[a][input], &other.states[b][input]);
            let mut longer = word.clone();
            longer.push(input);
            if x.output != y.output {
                return Some(longer);
            }
            if !seen.contains(&(x.to, y.to)) {
                seen.push((x.to, y.to));
                queue.push_back((x.to, y.to, longer));
            }
        }
    }
    None
}

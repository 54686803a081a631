//! Everything that was observed, as a tree: a node for each word that was asked.

use super::machine::{Answer, Input, Word};

/// A node of the tree.
pub(crate) type Node = usize;

/// The empty word.
pub(crate) const ROOT: Node = 0;

/// Every word after which nothing more can happen. It leads to itself.
pub(crate) const OVER: Node = 1;

/// What was observed. Words that end alike in [`OVER`] share that node.
#[derive(Debug)]
pub(crate) struct Tree<O> {
    nodes: Vec<Children<O>>,
    /// The shortest known word for each node.
    access: Vec<Option<Word>>,
    inputs: usize,
}

type Children<O> = Vec<Option<(O, Node)>>;

/// An answer that contradicts an earlier one, in the last output of this many inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Conflict {
    pub(crate) length: usize,
}

impl<O: Answer> Tree<O> {
    pub(crate) fn new(inputs: usize) -> Tree<O> {
        Tree {
            nodes: vec![vec![None; inputs], vec![Some((O::nothing(), OVER)); inputs]],
            access: vec![Some(Word::new()), None],
            inputs,
        }
    }

    pub(crate) fn inputs(&self) -> usize {
        self.inputs
    }

    /// What happens at a node on an input, if that was observed.
    pub(crate) fn step(&self, node: Node, input: Input) -> Option<(&O, Node)> {
        let (output, next) = self.nodes[node][input].as_ref()?;
        Some((output, *next))
    }

    /// The shortest known word for a node.
    pub(crate) fn access(&self, node: Node) -> &[Input] {
        self.access[node].as_deref().unwrap_or_default()
    }

    /// The node of a word, if it was observed.
    pub(crate) fn node(&self, word: &[Input]) -> Option<Node> {
        word.iter()
            .try_fold(ROOT, |node, input| Some(self.step(node, *input)?.1))
    }

    /// Adds the answer to a word, whose outputs may end early.
    ///
    /// # Errors
    /// The answer contradicts an earlier one; nothing is added then.
    pub(crate) fn add(&mut self, word: &[Input], outputs: &[O]) -> Result<(), Conflict> {
        let mut node = ROOT;
        for (at, (input, output)) in word.iter().zip(outputs).enumerate() {
            if let Some((known, next)) = self.step(node, *input) {
                if known != output {
                    return Err(Conflict { length: at + 1 });
                }
                node = next;
                continue;
            }
            let reached = &word[..=at];
            let next = if output.is_last() {
                OVER
            } else {
                self.nodes.push(vec![None; self.inputs]);
                self.access.push(None);
                self.nodes.len() - 1
            };
            let access = &mut self.access[next];
            if access
                .as_ref()
                .is_none_or(|known| known.len() > reached.len())
            {
                *access = Some(reached.to_vec());
            }
            self.nodes[node][*input] = Some((output.clone(), next));
            node = next;
        }
        Ok(())
    }

    /// A word that both nodes answered, and differently.
    pub(crate) fn apart(&self, one: Node, other: Node) -> Option<Word> {
        let mut pairs = vec![(one, other, Word::new())];
        while let Some((a, b, word)) = pairs.pop() {
            if a == b {
                continue;
            }
            for input in 0..self.inputs {
                let (Some((x, c)), Some((y, d))) = (self.step(a, input), self.step(b, input))
                else {
                    continue;
                };
                let mut longer = word.clone();
                longer.push(input);
                if x != y {
                    return Some(longer);
                }
                pairs.push((c, d, longer));
            }
        }
        None
    }
}

//! Words that would show that a hypothesis is wrong: those of the Wp-method around each edge, and walks
//! at random.

use wsspec_vectors::SplitMix64;

use super::machine::{Answer, Input, Machine, Word};

/// Most inputs of a walk between the state it starts from and what tells its last state.
const LONGEST_WALK: usize = 6;

/// Most words with the same number of edges beyond a state; of more, this many are drawn.
const MOST_AT_A_DEPTH: usize = 2000;

/// Words to test a machine with: for each state, each edge and each further edge (`depth` 2), followed by what tells
/// the state from all others; then `walks` at random.
///
/// A walk does not go on where the machine ends, since nothing can be observed there.
pub(crate) fn words<O: Answer>(
    machine: &Machine<O>,
    depth: usize,
    walks: usize,
    seed: u64,
) -> Vec<Word> {
    let access = machine.access();
    let tells = characterizing(machine);
    let mut words = Vec::new();
    let mut starts: Vec<(usize, Word)> = access
        .iter()
        .enumerate()
        .filter_map(|(state, word)| Some((state, word.clone()?)))
        .collect();
    let mut random = SplitMix64(seed);
    for _ in 0..depth {
        let mut further = Vec::new();
        let mut of_depth = Vec::new();
        for (state, word) in &starts {
            for (input, edge) in machine.states[*state].iter().enumerate() {
                let longer = with(word, input);
                if edge.output.is_last() {
                    of_depth.push(longer);
                } else {
                    of_depth.extend(
                        tells[edge.to]
                            .iter()
                            .map(|tell| [&longer[..], tell].concat()),
                    );
                    further.push((edge.to, longer));
                }
            }
        }
        starts = further;
        words.extend(drawn(of_depth, &mut random));
    }
    let from: Vec<&Word> = access.iter().flatten().collect();
    words.extend((0..walks).map(|_| walk(machine, &from, &mut random)));
    words
}

/// At most [`MOST_AT_A_DEPTH`] of these words.
fn drawn(mut words: Vec<Word>, random: &mut SplitMix64) -> Vec<Word> {
    if words.len() > MOST_AT_A_DEPTH {
        for at in 0..MOST_AT_A_DEPTH {
            let other = at + random.below(words.len() - at);
            words.swap(at, other);
        }
        words.truncate(MOST_AT_A_DEPTH);
    }
    words
}

/// For each state, words whose outputs tell it from every other; at least one.
fn characterizing<O: Answer>(machine: &Machine<O>) -> Vec<Vec<Word>> {
    let states = 0..machine.states.len();
    states.map(|state| separating(machine, state)).collect()
}

/// Words whose outputs tell a state from every other; at least one.
fn separating<O: Answer>(machine: &Machine<O>, state: usize) -> Vec<Word> {
    let others = (0..machine.states.len()).filter(|other| *other != state);
    let mut words: Vec<Word> = others
        .filter_map(|other| machine.separate(state, other))
        .collect();
    words.sort();
    words.dedup();
    if words.is_empty() {
        words.push(Word::new());
    }
    words
}

fn walk<O: Answer>(machine: &Machine<O>, from: &[&Word], random: &mut SplitMix64) -> Word {
    let mut word = from[random.below(from.len())].clone();
    let length = 1 + random.below(LONGEST_WALK);
    for _ in 0..length {
        let state = machine.after(&word);
        let open: Vec<Input> = (0..machine.inputs())
            .filter(|input| !machine.states[state][*input].output.is_last())
            .collect();
        if open.is_empty() {
            break;
        }
        word.push(open[random.below(open.len())]);
    }
    word.push(random.below(machine.inputs()));
    word
}

fn with(word: &[Input], input: Input) -> Word {
    let mut longer = word.to_vec();
    longer.push(input);
    longer
}

//! What each planted fault breaks, and how that shows: what a report has to name, whichever case
//! saw it.
//!
//! The requirements are chosen from what the fault does and from the text of the requirements in
//! `vectors/requirements.json`, never from what the cases cite. Reactions to a violation are
//! derived from the violation; the other faults have a row in `catalogue`.
//!
//! | module | contents |
//! |---|---|
//! | `symptom` | [`Symptom`]: families of reason keys |
//! | `violations` | the requirements on the reader of a violation |
//! | `catalogue` | the rows of the faults that are no reaction to a violation |

mod catalogue;
mod symptom;
mod violations;

use wsspec_core::Role;
use wsspec_core::policy::Reaction;
use wsspec_core::violation::{Answer, Violation as V};
use wsspec_reports::Verdict;

pub use symptom::Symptom;

use super::fault::{FaultKind, PlantedFault};

/// What a fault breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breaks {
    /// Ids in `vectors/requirements.json`: at most two, but for a fault that is planted in every
    /// reaction at once.
    pub requirements: Vec<&'static str>,
    /// How it shows: at most two.
    pub symptoms: Vec<Symptom>,
}

impl PlantedFault {
    /// What the fault breaks in an endpoint of this role; `None` if it is not at fault.
    pub fn breaks(&self, role: Role) -> Option<Breaks> {
        if self.worst == Verdict::Pass {
            return None;
        }
        let row = catalogue::ROWS
            .iter()
            .find(|(names, ..)| names.contains(&self.name.as_ref()));
        if let Some((_, requirements, symptoms)) = row {
            let of_role = |id: &&'static str| of_role(id, role);
            return Some(Breaks {
                requirements: requirements.iter().map(of_role).collect(),
                symptoms: symptoms.to_vec(),
            });
        }
        match self.kind {
            FaultKind::Reaction(violation, reaction) => Some(Breaks {
                requirements: violations::on_the_reader(violation),
                symptoms: vec![symptom(violation.answer(), reaction)],
            }),
            FaultKind::Everything(reaction) => Some(everything(reaction)),
            _ => None,
        }
    }

    /// Whether the fault is planted in one place.
    pub fn is_single(&self) -> bool {
        !matches!(self.kind, FaultKind::Everything(_))
    }
}

/// Requirements that the standard makes on both roles in different places: on a server and on a
/// client.
const COUNTERPARTS: &[(&str, &str)] = &[
    // Opens the connection.
    ("RFC6455-4.2.2-1", "RFC6455-4.1-2"),
    // Reads a head and the frames right after it, however TCP cuts them.
    ("RFC6455-4.2.1-19", "RFC6455-4.1-46"),
];

/// The requirement that an endpoint of this role breaks where the catalogue has `id`.
fn of_role(id: &'static str, role: Role) -> &'static str {
    let counterpart = COUNTERPARTS.iter().find(|(server, _)| *server == id);
    match (counterpart, role) {
        (Some((_, client)), Role::Client) => client,
        _ => id,
    }
}

/// How it shows that an endpoint has `reaction` where it had to give `answer`.
fn symptom(answer: Answer, reaction: Reaction) -> Symptom {
    match (answer, reaction) {
        (Answer::Status(_), Reaction::Stall | Reaction::Drop) => Symptom::Unanswered,
        (Answer::Status(_), Reaction::WrongStatus(_)) => Symptom::Refusal,
        (Answer::Status(_), _) => Symptom::Opened,
        (_, Reaction::WrongCode(_)) => Symptom::OtherCode,
        (_, Reaction::Drop) => Symptom::Ended,
        _ => Symptom::NotFailed,
    }
}

/// What an endpoint breaks that reacts like this to every violation.
fn everything(reaction: Reaction) -> Breaks {
    let mut requirements: Vec<&str> = V::ALL
        .iter()
        .filter(|violation| violation.answer() != Answer::Nothing)
        .flat_map(|violation| violations::on_the_reader(*violation))
        .collect();
    requirements.sort_unstable();
    requirements.dedup();
    let answers = [Answer::Close(1002), Answer::Status(400)];
    Breaks {
        requirements,
        symptoms: answers.map(|answer| symptom(answer, reaction)).to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use wsspec_vectors::Corpus;

    use super::*;
    use crate::peer::FAULTS;

    #[test]
    fn each_fault_says_which_requirements_it_breaks() {
        let corpus = Corpus::embedded().unwrap_or_else(|e| panic!("{e:?}"));
        for fault in FAULTS.iter().filter(|fault| fault.worst != Verdict::Pass) {
            let breaks = fault
                .breaks(fault.roles[0])
                .unwrap_or_else(|| panic!("{} breaks nothing", fault.name));
            assert!(!breaks.requirements.is_empty(), "{}", fault.name);
            assert!(matches!(breaks.symptoms.len(), 1 | 2), "{}", fault.name);
            assert!(
                breaks.requirements.len() <= 2 || !fault.is_single(),
                "{} breaks {:?}",
                fault.name,
                breaks.requirements
            );
            for id in breaks.requirements {
                assert!(
                    corpus.requirements.get(id).is_some(),
                    "{}: no requirement {id}",
                    fault.name
                );
            }
        }
    }

    #[test]
    fn each_row_is_of_one_fault_that_is_at_fault() {
        let mut seen = BTreeSet::new();
        for name in catalogue::ROWS.iter().flat_map(|(names, ..)| *names) {
            assert!(seen.insert(name), "{name} has two rows");
            let fault = PlantedFault::named(name).unwrap_or_else(|| panic!("no fault {name}"));
            assert_ne!(fault.worst, Verdict::Pass, "{name}");
        }
    }
}

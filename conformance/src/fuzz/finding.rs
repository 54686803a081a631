//! What was found: a conversation, judged, and the vector that shows it for ever after.

use std::path::{Path, PathBuf};
use std::{fs, io};

use serde_json::{Value, json};
use wsspec_core::{Fault, Role, Violation};
use wsspec_reports::Verdict;

use super::cause::Cause;
use super::model::{Modelled, model, opening};
use super::plan::Plan;
use crate::exchange::Conclusion;
use crate::run::failed_passively;
use wsspec_vectors::{Case, VectorFile, format_file};

/// Something that a target does wrong.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The file it was written to.
    pub file: PathBuf,
    /// What is wrong, in one line.
    pub reason: String,
    /// The requirement it is about.
    pub requirement: String,
    /// Steps of the vector.
    pub steps: usize,
}

/// Why something is a finding.
#[derive(Debug, Clone)]
pub(crate) struct Why {
    pub(crate) reason: String,
    /// The rule that the target's own bytes break, where that is what it is about.
    pub(crate) own: Option<Violation>,
    /// What it is about, where that is not what the conversation is about.
    pub(crate) requirement: Option<&'static str>,
}

impl From<String> for Why {
    fn from(reason: String) -> Why {
        Why {
            reason,
            own: None,
            requirement: None,
        }
    }
}

/// A conversation that was made, and its case.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    pub(crate) plan: Plan,
    pub(crate) modelled: Modelled,
    pub(crate) case: Case,
}

impl Made {
    /// The case of this plan, under this family. `None` where nobody can tell what a target may do.
    pub(crate) fn new(plan: Plan, target: Role, family: &str) -> Option<Made> {
        let modelled = model(&plan, target)?;
        let about = format!(
            "A conversation of `wsspec fuzz`, {} steps",
            modelled.steps.len()
        );
        let case = read(
            &file(
                family,
                &[written(&plan, &modelled, target, "found", &about)],
            ),
            family,
        )?
        .pop()?;
        Some(Made {
            plan,
            modelled,
            case,
        })
    }
}

fn read(file: &Value, family: &str) -> Option<Vec<Case>> {
    let name = format!("{family}.json");
    Some(
        VectorFile::read(&name, &file.to_string())
            .ok()?
            .exchanges(&name)
            .0,
    )
}

fn written(plan: &Plan, modelled: &Modelled, target: Role, id: &str, about: &str) -> Value {
    let mut case = json!({
        "id": id,
        "about": about,
        "requirements": [modelled.requirement],
        "impact": if modelled.broken.is_some() { "security" } else { "data" },
        "roles": [target.name()],
    });
    if let Some(terms) = plan.terms {
        case["agree"] = json!({"deflate": terms.json()});
    }
    case["steps"] = modelled.steps.clone().into();
    case
}

fn file(family: &str, cases: &[Value]) -> Value {
    json!({
        "family": family,
        "kind": "exchange",
        "about": "Found by `wsspec fuzz`.",
        "impact": "data",
        "cases": cases,
    })
}

/// What is wrong in this conversation, if anything is.
pub(crate) fn cause(made: &Made, conclusion: &Conclusion) -> Option<Cause> {
    if conclusion.verdict == Verdict::Fail {
        // What was wrong before the rule was broken has nothing to do with it.
        let reached = conclusion.expected_failure();
        let rule = made
            .modelled
            .broken
            .filter(|_| reached)
            .map_or("", |violation| violation.name());
        return Some(Cause {
            rule: rule.into(),
            reaction: conclusion.reason_key(),
        });
    }
    passive(made, conclusion).map(|(fault, _)| Cause::own(fault.violation))
}

/// A rule that the target's own bytes broke, and the requirement, where that is a failure.
fn passive(made: &Made, conclusion: &Conclusion) -> Option<(Fault, &'static str)> {
    let target = *made.case.roles.first()?;
    conclusion
        .observed
        .faults
        .iter()
        .find_map(|fault| Some((*fault, failed_passively(fault.violation, target)?)))
}

/// Why it is a finding.
pub(crate) fn why(made: &Made, conclusion: &Conclusion) -> Why {
    match passive(made, conclusion) {
        Some((fault, requirement)) if conclusion.verdict != Verdict::Fail => {
            let reason = format!("the target's own bytes: {fault}");
            Why {
                reason,
                own: Some(fault.violation),
                requirement: Some(requirement),
            }
        }
        _ => {
            let requirement = made
                .case
                .roles
                .first()
                .filter(|_| !conclusion.opening.opens)
                .map(|role| opening(*role));
            Why {
                requirement,
                ..conclusion.explanation().into()
            }
        }
    }
}

/// The name of a finding, and of its file.
pub(crate) fn family(number: usize) -> String {
    format!("finding-{number:03}")
}

/// Writes conversations that show something as a vector, one case each, and reads it back to be sure that it is one.
pub(crate) fn write(
    dir: &Path,
    number: usize,
    made: &[&Made],
    target: Role,
    why: &Why,
    by: &str,
) -> io::Result<Finding> {
    let family = family(number);
    let cases = made.iter().enumerate().map(|(i, made)| {
        let Made { plan, modelled, .. } = made;
        let about = match (why.own, modelled.broken) {
            (Some(own), _) => format!("what the target sends breaks a rule: {}", own.meaning()),
            (None, Some(broken)) => broken.meaning().to_owned(),
            (None, None) => "all of it is legal, and has to be taken".to_owned(),
        };
        let id = if i == 0 {
            "found".to_owned()
        } else {
            format!("found-{}", i + 1)
        };
        let mut case = written(
            plan,
            modelled,
            target,
            &id,
            &format!("Found by `wsspec fuzz` ({by}): {about}."),
        );
        case["notes"] = why.reason.as_str().into();
        if let Some(requirement) = why.requirement {
            case["requirements"] = json!([requirement]);
            case["impact"] = "interop".into();
        }
        case
    });
    let file = file(&family, &cases.collect::<Vec<_>>());
    let cases = read(&file, &family).filter(|cases| cases.len() == made.len());
    let cases = cases.ok_or_else(|| io::Error::other("the finding cannot be read back"))?;
    let path = dir.join(format!("{family}.json"));
    fs::write(
        &path,
        format_file(&file.to_string()).map_err(io::Error::other)?,
    )?;
    Ok(Finding {
        file: path,
        reason: why.reason.clone(),
        requirement: cases[0].requirements.join(", "),
        steps: made[0].modelled.steps.len(),
    })
}

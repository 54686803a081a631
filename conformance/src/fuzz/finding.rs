//! What was found: a conversation, judged, and the vector that shows it for ever after.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wsspec_core::{Fault, Role, Violation};
use wsspec_reports::Verdict;

use super::model::{Modelled, model, opening};
use super::plan::Plan;
use crate::exchange::Conclusion;
use crate::run::failed_passively;
use crate::vector::{Case, File, format_file};

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
        Why { reason, own: None, requirement: None }
    }
}

/// What tells one fault of a target from another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cause {
    /// The rule that the conversation breaks; empty where it is legal.
    pub(crate) rule: String,
    /// What the target did, without what differs from one conversation to the next.
    pub(crate) reaction: String,
}

impl Cause {
    /// The target's own bytes break this rule.
    fn own(violation: Violation) -> Cause {
        Cause { rule: OWN.into(), reaction: violation.name().into() }
    }

    /// Whether this says what `other` says, or says it of a legal conversation, which is worse.
    pub(crate) fn says(&self, other: &Cause) -> bool {
        self.reaction == other.reaction && (self.rule == other.rule || self.rule.is_empty())
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.reaction)
    }
}

/// In place of a rule, where it is the target that breaks one.
const OWN: &str = "passive";

/// A fault and what kind of conversation shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kind {
    rule: String,
    reaction: String,
    shape: BTreeSet<String>,
}

/// Findings of one rule in conversations that are alike, whatever the target did: the rest have their cause.
const ALIKE: usize = 2;

/// So many words make a shape that is found again in larger ones.
const DISTINCT: usize = 3;

impl Kind {
    pub(crate) fn new(cause: &Cause, shape: BTreeSet<&'static str>) -> Kind {
        let Cause { rule, reaction } = cause.clone();
        // Of the target's own bytes it does not matter what brought them about.
        let shape = if rule == OWN { BTreeSet::new() } else { shape.into_iter().map(str::to_owned).collect() };
        Kind { rule, reaction, shape }
    }

    /// Whether it was found before, or enough that is like it.
    pub(crate) fn is_among(&self, known: &[Kind]) -> bool {
        let alike = known.iter().filter(|kind| self.rule != OWN && self.is_like(kind));
        known.iter().any(|kind| self.is_same(kind)) || alike.count() >= ALIKE
    }

    /// Whether it is `known`, or the same rule broken with the same result in a conversation that has more in it. Of a
    /// legal one it may be what it has more that matters.
    fn is_same(&self, known: &Kind) -> bool {
        let more = !self.rule.is_empty() && known.shape.is_subset(&self.shape);
        self.rule == known.rule && self.reaction == known.reaction && (more || self.shape == known.shape)
    }

    /// Whether it has all that `known` has.
    fn is_like(&self, known: &Kind) -> bool {
        let within = known.shape.len() >= DISTINCT && known.shape.is_subset(&self.shape);
        self.rule == known.rule && (self.shape == known.shape || within)
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
        let about = format!("A conversation of `wsspec fuzz`, {} steps", modelled.steps.len());
        let case = read(&file(family, &[written(&plan, &modelled, target, "found", &about)]), family)?.pop()?;
        Some(Made { plan, modelled, case })
    }
}

fn read(file: &Value, family: &str) -> Option<Vec<Case>> {
    let name = format!("{family}.json");
    Some(File::read(&name, &file.to_string()).ok()?.exchanges(&name).0)
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
        let reached = conclusion.expected.as_ref().is_some_and(|expected| expected.contains("is failed"));
        let rule = made.modelled.broken.filter(|_| reached).map_or("", |violation| violation.name());
        return Some(Cause { rule: rule.into(), reaction: general(&conclusion.reason) });
    }
    passive(made, conclusion).map(|(fault, _)| Cause::own(fault.violation))
}

/// A rule that the target's own bytes broke, and the requirement, where that is a failure.
fn passive(made: &Made, conclusion: &Conclusion) -> Option<(Fault, &'static str)> {
    let target = *made.case.roles.first()?;
    conclusion.faults.iter().find_map(|fault| Some((*fault, failed_passively(fault.violation, target)?)))
}

/// A reason without what differs from one conversation to the next: numbers, bytes, and what stands in quotes.
pub(crate) fn general(reason: &str) -> String {
    let mut unquoted = String::new();
    let mut rest = reason;
    while let Some((before, quoted)) = rest.split_once('"') {
        unquoted.push_str(before);
        // There may be quotes in it; where it is a message, its length follows.
        let end = quoted.find(LENGTH).or_else(|| quoted.find('"')).unwrap_or(quoted.len());
        rest = quoted.get(end + 1..).unwrap_or_default();
    }
    unquoted.push_str(rest);
    let number =
        |word: &str| word.trim_matches(|c: char| c.is_ascii_punctuation()).bytes().all(|b| b.is_ascii_hexdigit());
    // What kind of message it was is no other fault.
    let kind = |word: &str| matches!(word, "an" | "empty" | "text" | "binary" | "message" | "bytes)" | "…");
    let words = unquoted.split_whitespace().filter(|word| !number(word) && !kind(word));
    words.collect::<Vec<_>>().join(" ")
}

/// Follows the text of a message, in a reason.
const LENGTH: &str = "\" (";

/// Why it is a finding.
pub(crate) fn why(made: &Made, conclusion: &Conclusion) -> Why {
    match passive(made, conclusion) {
        Some((fault, requirement)) if conclusion.verdict != Verdict::Fail => {
            let reason = format!("the target's own bytes: {fault}");
            Why { reason, own: Some(fault.violation), requirement: Some(requirement) }
        }
        _ => {
            let requirement = made.case.roles.first().filter(|_| !conclusion.opens).map(|role| opening(*role));
            Why { requirement, ..conclusion.reason.clone().into() }
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
        let id = if i == 0 { "found".to_owned() } else { format!("found-{}", i + 1) };
        let mut case = written(plan, modelled, target, &id, &format!("Found by `wsspec fuzz` ({by}): {about}."));
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
    fs::write(&path, format_file(&file.to_string()).map_err(io::Error::other)?)?;
    Ok(Finding {
        file: path,
        reason: why.reason.clone(),
        requirement: cases[0].requirements.join(", "),
        steps: made[0].modelled.steps.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::{Cause, Kind, general};

    #[test]
    fn a_reason_is_the_same_whatever_the_bytes() {
        for (reason, same) in [
            (
                "the target delivered what it had to refuse, and sent back the text message 61 c0 af (3 bytes)",
                "the target delivered what it had to refuse, and sent back the text message \"H\\\"\" (1 bytes)",
            ),
            (
                "the text message \"'d\"0I (\" (6 bytes) instead of the text message \"x\\\" (2 bytes)",
                "the text message \"a\" (1 bytes) instead of the text message 00 ff … (700 bytes)",
            ),
            (
                "12 of 13 messages did not come back: the target reset TCP",
                "1 of 1 messages did not come back: the target reset TCP",
            ),
        ] {
            assert_eq!(general(reason), general(same));
        }
        assert_ne!(general("the target ended TCP"), general("the target reset TCP"));
        assert_ne!(general("the target sent Close 1009 (message too big)"), general("the target ended TCP"));
    }

    #[test]
    fn what_is_alike_is_told_twice_and_what_is_not_is_told() {
        let kind = |rule: &str, reaction: &str, shape: &[&'static str]| {
            Kind::new(&Cause { rule: rule.into(), reaction: reaction.into() }, shape.iter().copied().collect())
        };
        let shape = ["compressed", "data", "interleaved"];
        let known = [kind("", "ended TCP", &shape), kind("", "reset TCP", &shape), kind("", "was silent", &["data"])];
        let larger = ["compressed", "cut", "data", "interleaved"];
        assert!(known[2].is_among(&known) && kind("", "sent Close", &larger).is_among(&known));
        assert!(!kind("", "sent Close", &larger).is_among(&known[1..]));
        assert!(!kind("", "sent Close", &["data", "long"]).is_among(&known));
        assert!(!kind("rsv1-misplaced", "ended TCP", &shape).is_among(&known));
        let known = [kind("text-not-utf8", "delivered", &["data"]), kind("", "lost", &["data"])];
        assert!(kind("text-not-utf8", "delivered", &["data", "fragmented"]).is_among(&known));
        assert!(!kind("", "lost", &["data", "fragmented"]).is_among(&known));
    }
}

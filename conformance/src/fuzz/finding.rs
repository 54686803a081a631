//! A finding, and the vector that shows it.

use std::path::PathBuf;
use std::{fs, io};

use serde_json::{Value, json};
use wsspec_core::Role;
use wsspec_vectors::format_file;

use super::conversation::{Conversation, case_json, file_json, read_cases};
use super::folder::Folder;
use super::judgement::Explanation;

/// Something that a target does wrong.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The vector file.
    pub file: PathBuf,
    /// What is wrong, in one line.
    pub reason: String,
    /// The requirement that is not met.
    pub requirement: String,
    /// Number of steps of the vector.
    pub steps: usize,
}

/// Writes a vector with one case for each conversation. `found_by` names the seed and the
/// conversation.
///
/// # Errors
/// The file cannot be written, or it would not be a valid vector.
pub(crate) fn write(
    folder: &Folder,
    family: &str,
    conversations: &[&Conversation],
    target: Role,
    explanation: &Explanation,
    found_by: &str,
) -> io::Result<Finding> {
    let cases: Vec<Value> = conversations
        .iter()
        .zip(1..)
        .map(|(conversation, n)| case(conversation, n, target, explanation, found_by))
        .collect();
    let file = file_json(family, &cases);
    let cases = read_cases(&file, family)
        .filter(|cases| cases.len() == conversations.len())
        .ok_or_else(|| io::Error::other("the finding is not a valid vector"))?;
    let path = folder.finding(family);
    let text = format_file(&file.to_string()).map_err(io::Error::other)?;
    fs::write(&path, text)?;
    Ok(Finding {
        file: path,
        reason: explanation.reason.clone(),
        requirement: cases[0].requirements.join(", "),
        steps: conversations[0].modelled.steps.len(),
    })
}

/// The `n`th case of a finding, counted from 1.
fn case(
    conversation: &Conversation,
    n: usize,
    target: Role,
    explanation: &Explanation,
    found_by: &str,
) -> Value {
    let Conversation { plan, modelled, .. } = conversation;
    let about = match (explanation.by_target, modelled.broken) {
        (Some(rule), _) => format!("the target breaks a rule: {}", rule.meaning()),
        (None, Some(rule)) => rule.meaning().to_owned(),
        (None, None) => "everything sent is legal and must be accepted".to_owned(),
    };
    let about = format!("Found by `wsspec fuzz` ({found_by}): {about}.");
    let id = match n {
        1 => "found".to_owned(),
        n => format!("found-{n}"),
    };
    let mut case = case_json(plan, modelled, target, &id, &about);
    case["notes"] = explanation.reason.as_str().into();
    if let Some(requirement) = explanation.requirement {
        case["requirements"] = json!([requirement]);
        case["impact"] = "interop".into();
    }
    case
}

//! Differing edges as vectors.

use std::path::{Path, PathBuf};
use std::{fs, io};

use wsspec_core::Role;
use wsspec_vectors::format_file;

use super::alphabet::spelled;
use super::compare::{Difference, Judgement, conversation};
use crate::fuzz::conversation::{case_json, file_json, read_cases};

/// Writes a vector file for each difference that can be one, and returns the files with the places of
/// their differences. All have the same names again where the same is learned again.
///
/// # Errors
/// A file cannot be written.
pub fn write(dir: &Path, differences: &[Difference]) -> io::Result<Vec<(usize, PathBuf)>> {
    fs::create_dir_all(dir)?;
    let mut written = Vec::new();
    for (at, difference) in differences.iter().enumerate() {
        let family = format!("learned-{:03}", at + 1);
        if let Some(text) = vector(difference, &family)? {
            let path = dir.join(format!("{family}.json"));
            fs::write(&path, text)?;
            written.push((at, path));
        }
    }
    Ok(written)
}

/// The vector file of a difference; `None` where it has no vector.
fn vector(difference: &Difference, family: &str) -> io::Result<Option<String>> {
    if difference.judgement == Judgement::Unjudged {
        return Ok(None);
    }
    let word = difference.word();
    // The family determines the masking keys.
    let Some(conversation) = conversation(&word, family) else {
        return Ok(None);
    };
    let about = format!(
        "Learned by `wsspec learn`: after {}, {} leads to: {}; the reference endpoint: {}.",
        spelled(&difference.access),
        spelled(&[difference.input]),
        difference.seen,
        difference.expected
    );
    let mut case = case_json(
        &conversation.plan,
        &conversation.modelled,
        Role::Server,
        "edge",
        &about,
    );
    if let Judgement::Breach {
        requirement,
        reason,
    } = &difference.judgement
    {
        case["requirements"] = serde_json::json!([requirement]);
        case["notes"] = reason.as_str().into();
    }
    let mut file = file_json(family, &[case]);
    file["about"] = "An edge in which a server differs from the reference endpoint.".into();
    if read_cases(&file, family).is_none_or(|cases| cases.len() != 1) {
        return Err(io::Error::other(format!(
            "{family} would be no valid vector, which is a bug of wsspec"
        )));
    }
    let text = format_file(&file.to_string()).map_err(io::Error::other)?;
    Ok(Some(text))
}

//! What the modes have in common: their files, their targets, their cases.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::Value;
use wsspec::autobahn::catalogue::AutobahnCase;
use wsspec::autobahn::spec::{Choice, doubtful_options};
use wsspec::run::Target;

use super::super::failure::Failure;
use super::args::Mode;

/// Reads the file of a mode: the named one, or else `./MODE.json`, which is written with `default`
/// if it does not exist.
pub(super) fn read<T: DeserializeOwned>(
    named: Option<&Path>,
    mode: Mode,
    default: &Value,
) -> Result<T, Failure> {
    let usual = PathBuf::from(format!("{}.json", mode.name()));
    let path = named.unwrap_or(&usual);
    if named.is_none() && !path.exists() {
        fs::write(path, format!("{default:#}\n")).map_err(|error| Failure::file(path, error))?;
        anstream::eprintln!("wsspec: wrote {} with the defaults", path.display());
    }
    let text = fs::read_to_string(path).map_err(|error| Failure::file(path, error))?;
    let text = text.trim_start_matches('\u{feff}');
    let mut json = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut json).map_err(|error| Failure::file(path, error))
}

/// Warns of options that have no effect here.
pub(super) fn warn_of_options<'a>(options: impl IntoIterator<Item = &'a BTreeMap<String, Value>>) {
    for doubt in options.into_iter().flat_map(doubtful_options) {
        anstream::eprintln!("wsspec: {doubt}, and is ignored");
    }
}

/// The target at a URL.
pub(super) fn target(url: &str, headers: Vec<(String, String)>) -> Result<Target, Failure> {
    Ok(Target::new(url, headers)?)
}

/// The address to listen on, for a URL.
pub(super) fn address(url: &str) -> Result<SocketAddr, Failure> {
    target(url, Vec::new())?.address.map_err(Failure::usage)
}

/// The cases that a file chooses.
pub(super) fn chosen(
    choice: &Choice,
    mut entries: Vec<AutobahnCase>,
) -> Result<Vec<AutobahnCase>, Failure> {
    let ids: Vec<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
    let chosen: Vec<String> = choice
        .select(&ids)
        .map_err(Failure::usage)?
        .into_iter()
        .map(str::to_owned)
        .collect();
    if chosen.is_empty() {
        return Err(Failure::usage(
            "\"cases\" and \"exclude-cases\" leave no case to run",
        ));
    }
    entries.retain(|entry| chosen.contains(&entry.id));
    Ok(entries)
}

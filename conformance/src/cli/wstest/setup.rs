//! What the modes have in common: their files, their targets, their cases.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::Value;
use wsspec::autobahn::catalogue::AutobahnCase;
use wsspec::autobahn::choice::Chosen;
use wsspec::autobahn::spec::{Choice, doubtful_keys, doubtful_options};
use wsspec::near::hint;
use wsspec::run::Target;
use wsspec::tls::{Authorities, Trust};

use super::super::args::TransportArg;
use super::super::failure::Failure;
use super::super::source::{self, Tree};
use super::args::Mode;

/// Reads the file of a mode: the named one, or else `./MODE.json`, which is written with `default`
/// if it does not exist. Warns of keys that are written twice, of which the last counts, and of
/// unknown ones that look like one of `keys`.
pub(super) fn read<T: DeserializeOwned>(
    named: Option<&Path>,
    mode: Mode,
    keys: &[&str],
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
    let json: Value = serde_json::from_str(text).map_err(|error| {
        let problem = source::syntax(text, &error);
        source::show(&path.display().to_string(), text, vec![problem], 0);
        Failure::file(path, "not a JSON file")
    })?;
    let tree = Tree::read(text);
    for (_, key) in tree.iter().flat_map(Tree::repeated) {
        let name = path.display();
        anstream::eprintln!("wsspec: {name}: {key:?} is written twice; the last one counts");
    }
    for (key, near) in doubtful_keys(&json, keys) {
        let (name, hint) = (path.display(), hint(&near, ""));
        anstream::eprintln!("wsspec: {name}: {key:?} is no key and is ignored; {hint}");
    }
    serde_path_to_error::deserialize(json).map_err(|error| Failure::file(path, error))
}

/// Warns of options that have no effect here.
pub(super) fn warn_of_options<'a>(options: impl IntoIterator<Item = &'a BTreeMap<String, Value>>) {
    for doubt in options.into_iter().flat_map(doubtful_options) {
        anstream::eprintln!("wsspec: {doubt}, and is ignored");
    }
}

/// The target at a URL. Autobahn verifies no certificate.
pub(super) fn target(url: &str, headers: Vec<(String, String)>) -> Result<Target, Failure> {
    let trust = match TransportArg::of(url) {
        TransportArg::Tls => Trust {
            authorities: Authorities::Anyone,
            ..Trust::default()
        },
        _ => Trust::default(),
    };
    Ok(Target::trusting(url, headers, &trust, None)?)
}

/// The address to listen on, for a URL.
pub(super) fn address(url: &str) -> Result<SocketAddr, Failure> {
    if TransportArg::of(url) != TransportArg::Tcp {
        return Err(Failure::usage(format!(
            "{url}: this mode listens over plain TCP (ws://) only, not TLS"
        )));
    }
    target(url, Vec::new())?.address.map_err(Failure::usage)
}

/// The cases that a file chooses, and the choice, which may leave some out for an agent.
pub(super) fn chosen(
    choice: &Choice,
    mut entries: Vec<AutobahnCase>,
) -> Result<(Vec<AutobahnCase>, Chosen), Failure> {
    let choice = choice.read().map_err(Failure::usage)?;
    let ids: Vec<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
    for id in choice.idle_exclusions(&ids) {
        anstream::eprintln!(
            "wsspec: \"exclude-cases\": no case has the id {id:?}; \"{id}.*\" is a pattern"
        );
    }
    let chosen: HashSet<String> = choice
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
    Ok((entries, choice))
}

//! Which versions a registry has, by its own client.

use std::fmt;
use std::io;
use std::process::Command;

use wsspec_reports::published::compare_versions;

use super::manifest::{Package, Registry};

/// Why the versions are not known.
#[derive(Debug)]
pub enum VersionsError {
    /// The registry has no command for it.
    NotListed(Registry),
    /// The command cannot be started.
    CannotStart(&'static str, io::Error),
    /// The command failed: what it said.
    Failed(String),
}

impl fmt::Display for VersionsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            VersionsError::NotListed(registry) => {
                let name = registry.name();
                write!(f, "the client of {name} does not list versions")
            }
            VersionsError::CannotStart(program, error) => {
                write!(f, "cannot start {program}: {error}")
            }
            VersionsError::Failed(said) => f.write_str(said),
        }
    }
}

impl std::error::Error for VersionsError {}

/// The releases of a package, the newest first; pre-releases are not among them.
///
/// # Errors
/// If the registry does not answer, or its client does not list versions.
pub fn versions(package: &Package, python: &str) -> Result<Vec<String>, VersionsError> {
    let name = package.name.as_str();
    let mut versions = match package.registry {
        Registry::PyPi => {
            let list = ["-m", "pip", "index", "versions", name];
            from_pip(&output("pip", python, &list)?)
        }
        Registry::Npm => from_npm(&output(
            "npm",
            "npm",
            &["view", name, "versions", "--json"],
        )?),
        registry => return Err(VersionsError::NotListed(registry)),
    };
    versions.sort_by(|a, b| compare_versions(b, a));
    Ok(versions)
}

/// The newest release of a package.
///
/// # Errors
/// If the registry does not answer, or it is Debian, which has one.
pub fn latest(package: &Package, python: &str) -> Result<String, VersionsError> {
    let found = match package.registry {
        Registry::CratesIo => from_cargo(&output("cargo", "cargo", &["info", &package.name])?),
        Registry::Debian => Some(package.version.clone()),
        Registry::PyPi | Registry::Npm => versions(package, python)?.into_iter().next(),
    };
    found.ok_or_else(|| VersionsError::Failed(format!("{}: no release is listed", package.name)))
}

/// What a command prints.
fn output(tool: &'static str, program: &str, words: &[&str]) -> Result<String, VersionsError> {
    let mut command = Command::new(program);
    let output = command.args(words).output();
    let output = output.map_err(|error| VersionsError::CannotStart(tool, error))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().rev().find(|line| !line.trim().is_empty());
    let last = last.unwrap_or("it failed and said nothing");
    Err(VersionsError::Failed(format!("{tool}: {last}")))
}

/// `Available versions: 17.4, 17.3`
pub(super) fn from_pip(text: &str) -> Vec<String> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("Available versions:"));
    let versions = line.unwrap_or_default().split(',').map(str::trim);
    releases(versions.filter(|version| !version.is_empty()))
}

/// `["8.22.0", "8.23.0"]`, or one text if there is one version.
pub(super) fn from_npm(text: &str) -> Vec<String> {
    if let Ok(versions) = serde_json::from_str::<Vec<String>>(text) {
        return releases(versions.iter().map(String::as_str));
    }
    let one = serde_json::from_str::<String>(text);
    releases(one.iter().map(String::as_str))
}

/// `version: 0.30.0`, or `version: 0.29.0 (latest 0.30.0)` where cargo takes another.
pub(super) fn from_cargo(text: &str) -> Option<String> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("version:"))?;
    let mut words = line.split([' ', '(', ')']).filter(|word| !word.is_empty());
    let taken = words.next()?;
    let newest = words.skip_while(|word| *word != "latest").nth(1);
    Some(newest.unwrap_or(taken).to_owned())
}

fn releases<'a>(versions: impl Iterator<Item = &'a str>) -> Vec<String> {
    versions
        .filter(|version| is_release(version))
        .map(str::to_owned)
        .collect()
}

/// Numbers with dots, or a later build of one (`1.0.post1`).
fn is_release(version: &str) -> bool {
    let mut parts = version.split('.');
    parts.all(|part| {
        let number = part.strip_prefix("post").unwrap_or(part);
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

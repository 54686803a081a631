//! A run without a URL tests what `wsspec.toml` says, if there is one: in the working directory, or above it in the
//! same repository.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use wsspec::lab::{FILE, Manifest, Unit, units};

use super::args::headings::STARTING;
use super::exit::Exit;
use super::failure::{Done, Failure};

/// What marks the root of a repository.
const ROOTS: [&str; 3] = [".git", ".hg", ".jj"];

/// Options that are about the file, with the number of their values.
const OWN: [(&str, usize); 3] = [("--config", 1), ("--only", 1), ("--no-config", 0)];

/// Which file says what to test.
#[derive(Debug, Args)]
#[command(next_help_heading = STARTING)]
pub(crate) struct ProjectArgs {
    /// Test what this file says, instead of a URL; by default, wsspec.toml in this folder, or above it in
    /// the repository
    #[arg(long, value_name = "FILE", conflicts_with_all = ["urls", "targets", "no_config"])]
    config: Option<PathBuf>,
    /// Test the embedded server though there is a wsspec.toml
    #[arg(long)]
    no_config: bool,
    /// Of what wsspec.toml says, test this only: server, client, gateway, or an id that `wsspec lab --list` would print
    #[arg(long, value_name = "WHICH", conflicts_with_all = ["urls", "targets", "no_config"])]
    only: Option<String>,
}

/// A project: its file, and what it says.
#[derive(Debug)]
pub(super) struct Project {
    file: PathBuf,
    manifest: Manifest,
    only: Option<String>,
}

impl ProjectArgs {
    /// The project that a run without a URL tests.
    ///
    /// # Errors
    /// If the file cannot be read, or is no manifest.
    pub(super) fn find(&self) -> Result<Option<Project>, Failure> {
        if self.no_config {
            return Ok(None);
        }
        let file = match &self.config {
            Some(file) => Some(file.clone()),
            None => env::current_dir().ok().and_then(|dir| find_from(&dir)),
        };
        let Some(file) = file else {
            return match &self.only {
                Some(_) => Err(Failure::usage(format!("--only: there is no {FILE}"))),
                None => Ok(None),
            };
        };
        let text = fs::read_to_string(&file).map_err(|error| Failure::file(&file, error))?;
        let name = file.display().to_string();
        let manifest = Manifest::parse(&name, &text).map_err(Failure::usage)?;
        Ok(Some(Project {
            file: std::path::absolute(&file).map_err(|error| Failure::file(&file, error))?,
            manifest,
            only: self.only.clone(),
        }))
    }
}

/// The file of the project that a folder belongs to.
fn find_from(dir: &Path) -> Option<PathBuf> {
    let here = dir.join(FILE);
    if here.is_file() {
        return Some(here);
    }
    let root = dir.ancestors().find(|dir| is_root(dir))?;
    let inside = dir.ancestors().take_while(|dir| dir.starts_with(root));
    inside.map(|dir| dir.join(FILE)).find(|file| file.is_file())
}

/// Whether a folder is the root of a repository.
fn is_root(dir: &Path) -> bool {
    ROOTS.iter().any(|mark| dir.join(mark).exists())
}

impl Project {
    /// Tests every way that the file names, one after the other, with the options of this process.
    /// `writes` says whether a report was asked for.
    pub(super) fn test(&self, writes: bool) -> Done {
        let dir = self.file.parent().unwrap_or(Path::new("/"));
        let name = dir.file_name().unwrap_or_default().to_string_lossy();
        let mut ways = units(&name, &self.manifest);
        let all: Vec<String> = ways.iter().map(|unit| unit.id.clone()).collect();
        ways.retain(|unit| self.takes(unit));
        let file = self.file.display();
        if ways.is_empty() {
            let only = self.only.as_deref().unwrap_or_default();
            let all = all.join(", ");
            return Err(Failure::usage(format!("--only {only}: {file} has {all}")));
        }
        if writes && ways.len() > 1 {
            let all = all.join(", ");
            return Err(Failure::usage(format!(
                "{file} has {all}, and a report is about one of them: choose by --only"
            )));
        }
        // Its commands and files are those of its folder.
        env::set_current_dir(dir).map_err(|error| Failure::file(dir, error))?;
        let options = forwarded(env::args_os().skip(1))?;
        let mut exit = Exit::Fine;
        for unit in ways {
            anstream::eprintln!("wsspec: {file}: {}", unit.id);
            let words = std::iter::once("wsspec".to_owned());
            let words = words.chain(unit.arguments(dir, &options));
            let cli = super::parse(words.map(OsString::from).collect());
            exit = exit.worse(super::main(cli));
        }
        Ok(exit)
    }

    fn takes(&self, unit: &Unit<'_>) -> bool {
        let only = self.only.as_deref();
        only.is_none_or(|only| only == unit.id || only == unit.role.name())
    }
}

/// Whether an argument is an option about the file with its value: `--only=server`.
fn has_own_value(argument: &str) -> bool {
    let name = argument.split_once('=').map(|(name, _)| name);
    OWN.iter().any(|(own, _)| Some(*own) == name)
}

/// The arguments of this process that are options of the run.
fn forwarded(arguments: impl Iterator<Item = OsString>) -> Result<Vec<String>, Failure> {
    let mut options = Vec::new();
    let mut left_out = 0;
    for argument in arguments {
        let argument = argument.into_string();
        let argument =
            argument.map_err(|bad| Failure::usage(format!("{}: not UTF-8", bad.display())))?;
        let own = OWN.iter().find(|(name, _)| argument == *name);
        if left_out > 0 {
            left_out -= 1;
        } else if let Some((_, values)) = own {
            left_out = *values;
        } else if !(has_own_value(&argument) || options.is_empty() && argument == "run") {
            options.push(argument);
        }
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_about_the_file_are_not_those_of_the_run() {
        for line in [
            "run --config a.toml --filter close -v --only server",
            "--filter close --config=a.toml -v --no-config",
            "--only=client --filter close -v",
        ] {
            let words = line.split(' ').map(OsString::from);
            assert_eq!(
                forwarded(words).unwrap(),
                ["--filter", "close", "-v"],
                "{line}"
            );
        }
    }

    #[test]
    fn the_file_is_found_up_to_the_root_of_the_repository() {
        let top = env::temp_dir().join(format!("wsspec-project-{}", std::process::id()));
        let inner = top.join("repository/src");
        fs::create_dir_all(&inner).unwrap();
        fs::write(top.join(FILE), "").unwrap();
        assert_eq!(find_from(&inner), None, "above no repository");
        fs::create_dir(top.join("repository/.git")).unwrap();
        assert_eq!(find_from(&inner), None, "outside the repository");
        let file = top.join("repository").join(FILE);
        fs::write(&file, "").unwrap();
        assert_eq!(find_from(&inner), Some(file));
        fs::remove_dir_all(&top).unwrap();
    }
}

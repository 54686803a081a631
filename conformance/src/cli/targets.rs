//! The servers that a run tests, from its arguments and from a file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use wsspec::run::Target;

use super::args::FieldArgs;
use super::failure::Failure;

/// Largest size of a list of targets, in bytes.
const MOST_BYTES: u64 = 1 << 20;

/// The servers to test.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct TargetArgs {
    /// Servers to test; without any, the embedded reference server
    #[arg(value_name = "URL")]
    pub(super) urls: Vec<String>,
    /// Also test the servers that this file lists (- is stdin), after those above: on each line
    /// a URL, or a name and a URL; # begins a comment
    #[arg(long, value_name = "FILE")]
    targets: Option<PathBuf>,
    /// The name of the server in reports; `merge` puts the shards of a name together, whatever the URL of each
    #[arg(long, value_name = "NAME", value_parser = clap::builder::NonEmptyStringValueParser::new(), conflicts_with = "targets")]
    name: Option<String>,
}

/// A server to test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    /// The name in reports, where it has one besides its URL.
    name: Option<String>,
    pub(super) url: String,
    /// Its line, where it is from a file.
    place: Option<String>,
}

impl Listed {
    /// The server, with the options of the command applied.
    ///
    /// # Errors
    /// If this is no URL of a WebSocket server. The line is named.
    pub(super) fn target(&self, fields: &FieldArgs) -> Result<Target, Failure> {
        let made = fields.target(&self.url);
        let mut target = match (made, &self.place) {
            (Err(failure), Some(place)) => return Err(failure.at(place)),
            (made, _) => made?,
        };
        if let Some(name) = &self.name {
            target.name.clone_from(name);
        }
        Ok(target)
    }
}

impl TargetArgs {
    /// The servers in the order in which they are tested; none is the embedded one.
    ///
    /// # Errors
    /// If the file cannot be read, lists nothing, or has a line that cannot be meant.
    pub(super) fn all(&self) -> Result<Vec<Listed>, Failure> {
        if self.name.is_some() && self.urls.len() != 1 {
            return Err(Failure::usage(
                "--name is of one server: give its URL, or a name before each URL in the file of --targets",
            ));
        }
        let mut all: Vec<Listed> = self.urls.iter().map(|url| self.given(url)).collect();
        if let Some(path) = &self.targets {
            let lines = read(path).map_err(|error| Failure::file(path, error))?;
            all.extend(listed(&shown(path), &lines)?);
        }
        Ok(all)
    }

    /// A server that is an argument.
    fn given(&self, url: &str) -> Listed {
        Listed {
            name: self.name.clone(),
            url: url.to_owned(),
            place: None,
        }
    }
}

/// What messages call the file.
fn shown(path: &Path) -> String {
    if path == Path::new("-") {
        "stdin".to_owned()
    } else {
        path.display().to_string()
    }
}

fn read(path: &Path) -> io::Result<Vec<String>> {
    let from: Box<dyn Read> = if path == Path::new("-") {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(path)?)
    };
    let mut from = BufReader::new(from).take(MOST_BYTES + 1);
    let lines = from.by_ref().lines().collect::<io::Result<_>>()?;
    if from.limit() == 0 {
        let most = MOST_BYTES >> 20;
        return Err(io::Error::other(format!(
            "this is longer than {most} MiB, so it is no list of targets"
        )));
    }
    Ok(lines)
}

/// The servers on these lines of `file`.
fn listed(file: &str, lines: &[String]) -> Result<Vec<Listed>, Failure> {
    let mut all = Vec::new();
    // The line of each name.
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    for (number, line) in (1..).zip(lines) {
        let line = line.trim_start_matches('\u{feff}').trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let place = format!("{file}:{number}");
        let (name, url) = name_and_url(line);
        if name.is_some_and(is_url) {
            return Err(Failure::usage(format!(
                "{place}: two URLs on a line: write each on a line of its own, with a name before it if it needs one"
            )));
        }
        if let Some(first) = taken.insert(name.unwrap_or(url).to_owned(), number) {
            let what = if name.is_some() { "name" } else { "URL" };
            return Err(Failure::usage(format!(
                "{place}: the {what} of line {first} again: reports tell targets apart by their names, so write another name before the URL"
            )));
        }
        all.push(Listed {
            name: name.map(str::to_owned),
            url: url.to_owned(),
            place: Some(place),
        });
    }
    if all.is_empty() {
        return Err(Failure::usage(format!(
            "{file}: no target is listed: write the URL of a server on a line, such as ws://127.0.0.1:9001/"
        )));
    }
    Ok(all)
}

/// The last word is the URL.
fn name_and_url(line: &str) -> (Option<&str>, &str) {
    match line.rsplit_once(char::is_whitespace) {
        Some((name, url)) => (Some(name.trim_end()), url),
        None => (None, line),
    }
}

fn is_url(name: &str) -> bool {
    name.contains("://")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Name and URL of each server in a file with this text, or the message.
    fn read(text: &str) -> Result<Vec<(Option<String>, String)>, String> {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        match listed("list", &lines) {
            Ok(all) => Ok(all.into_iter().map(|one| (one.name, one.url)).collect()),
            Err(failure) => Err(failure.to_string()),
        }
    }

    #[test]
    fn a_line_is_a_url_or_a_name_and_a_url() {
        let text = "\u{feff}# all of them\n\n ws://a/ \nws 8.23\tws://a/\r\n\t# last\nlocalhost:1\nb   wss://b/#";
        let named = |name: &str, url: &str| (Some(name.to_owned()), url.to_owned());
        let plain = |url: &str| (None, url.to_owned());
        assert_eq!(
            read(text).unwrap(),
            [
                plain("ws://a/"),
                named("ws 8.23", "ws://a/"),
                plain("localhost:1"),
                named("b", "wss://b/#"),
            ]
        );
    }

    #[test]
    fn what_cannot_be_meant_is_said_with_its_line() {
        for (text, begins) in [
            ("", "list: "),
            ("# nothing\n\n", "list: "),
            ("ws://a/\n\nws://b/ ws://c/", "list:3: "),
            ("ws://a/\nws://b/\nws://a/", "list:3: "),
            ("one ws://a/\none ws://b/", "list:2: "),
        ] {
            let message = read(text).unwrap_err();
            assert!(message.starts_with(begins), "{text:?}: {message}");
        }
    }
}

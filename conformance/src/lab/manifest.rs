//! The file `wsspec.toml`: how an implementation is installed, started and tested.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::Deserialize;
use wsspec_reports::Transport;

/// The name of the file.
pub const FILE: &str = "wsspec.toml";

/// How an implementation is installed, started and tested.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Manifest {
    /// The programming language.
    pub language: String,
    /// Where it is described.
    pub homepage: Option<String>,
    /// Where its source is.
    pub repository: Option<String>,
    /// What a reader of its results should know.
    pub notes: Option<String>,
    /// What the lab installs; a project of one's own has none.
    pub package: Option<Package>,
    /// The servers; usually one.
    pub server: Vec<Server>,
    /// The clients; usually one.
    pub client: Vec<Client>,
    /// The gateways; usually one.
    pub gateway: Vec<Gateway>,
    /// What it does not support.
    pub unsupported: Vec<Unsupported>,
    /// The limits it claims, by the option of a run without its hyphens in front: `max-message = "64k"`.
    pub limits: BTreeMap<LimitName, Scalar>,
    /// The file of its known failures, beside this one.
    pub baseline: Option<PathBuf>,
    /// Further options of every run.
    pub options: Vec<String>,
}

/// What the lab installs.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Package {
    /// Where it comes from.
    pub registry: Registry,
    /// Its name there.
    pub name: String,
    /// The pinned version; of Debian, the one that the results were made with.
    pub version: String,
    /// Further packages, in the registry's own notation: `wsproto==1.3.2`, `h2@1.0`, `libssl-dev`.
    #[serde(default)]
    pub with: Vec<String>,
    /// Files of the folder `shared` that its programs use.
    #[serde(default)]
    pub shared: Vec<PathBuf>,
    /// Programs that have to be on the machine, beside those of the registry.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Commands that are run in the folder of the installation after the packages are there.
    #[serde(default)]
    pub build: Vec<Vec<String>>,
}

/// Where packages come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub enum Registry {
    /// PyPI, by pip into a virtual environment.
    #[serde(rename = "pypi")]
    PyPi,
    /// npm, by npm.
    #[serde(rename = "npm")]
    Npm,
    /// crates.io, by cargo: a small crate is built.
    #[serde(rename = "crates.io")]
    CratesIo,
    /// Packages of Debian, which have to be installed already.
    #[serde(rename = "debian")]
    Debian,
}

impl Registry {
    /// The name in a manifest.
    pub const fn name(self) -> &'static str {
        match self {
            Registry::PyPi => "pypi",
            Registry::Npm => "npm",
            Registry::CratesIo => "crates.io",
            Registry::Debian => "debian",
        }
    }
}

/// A server, and how it is reached.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Server {
    /// The program and its arguments: `{port}`, `{host}` and `{url}` stand for where it has to listen.
    #[serde(default)]
    pub command: Vec<String>,
    /// In place of the command, the URL of a server that runs already.
    pub url: Option<String>,
    /// What it is reached over.
    #[serde(default)]
    pub transport: Transport,
    /// The path and query of its URL.
    pub path: Option<String>,
    /// The port it listens on, if it is always the same.
    pub port: Option<u16>,
    /// Seconds that it may take until it listens.
    pub start_timeout: Option<f64>,
    /// Largest number of cases at the same time.
    pub jobs: Option<u16>,
    /// Further options of its run.
    #[serde(default)]
    pub options: Vec<String>,
}

/// A client.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Client {
    /// The program and its arguments: `{url}` stands for where it has to connect.
    pub command: Vec<String>,
    /// What it connects over.
    #[serde(default)]
    pub transport: Transport,
    /// Whether it reads URLs from its standard input, one on each line.
    #[serde(default)]
    pub keep: bool,
    /// Largest number of clients at the same time.
    pub jobs: Option<u16>,
    /// Further options of its run.
    #[serde(default)]
    pub options: Vec<String>,
}

/// A gateway between our client and our server.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Gateway {
    /// The program and its arguments: `{port}` stands for where it has to listen, `{backend}` for the
    /// port to which it has to forward.
    pub command: Vec<String>,
    /// What our client reaches it over.
    #[serde(default)]
    pub transport: Transport,
    /// Largest number of cases at the same time.
    pub jobs: Option<u16>,
    /// Further options of its run.
    #[serde(default)]
    pub options: Vec<String>,
}

/// A feature that is not supported.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Unsupported {
    /// Its name: `permessage-deflate`.
    pub feature: String,
    /// Why, for people.
    pub why: String,
    /// The cases that are left out for it: ids, families, or patterns; none if the cases find it out.
    #[serde(default)]
    pub cases: Vec<String>,
}

/// A limit, by the option of a run that claims it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LimitName {
    /// The size of a message.
    MaxMessage,
    /// The number of fragments of a message.
    MaxFragments,
    /// The size of a request head.
    MaxHead,
    /// The growth of its memory in one case.
    MaxMemory,
    /// The number of connections.
    ConnectionLimit,
    /// Seconds for the opening handshake.
    HandshakeTimeout,
    /// Seconds without traffic.
    IdleTimeout,
    /// Seconds without a pong.
    PingTimeout,
}

impl LimitName {
    /// The option.
    pub(super) const fn option(self) -> &'static str {
        match self {
            LimitName::MaxMessage => "--max-message",
            LimitName::MaxFragments => "--max-fragments",
            LimitName::MaxHead => "--max-head",
            LimitName::MaxMemory => "--max-memory",
            LimitName::ConnectionLimit => "--connection-limit",
            LimitName::HandshakeTimeout => "--handshake-timeout",
            LimitName::IdleTimeout => "--idle-timeout",
            LimitName::PingTimeout => "--ping-timeout",
        }
    }
}

/// The value of a limit: `"64k"`, `65536` or `2.5`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged, expecting = "a number, or a text such as \"64k\"")]
pub enum Scalar {
    /// A whole number.
    Integer(u64),
    /// A number of seconds.
    Number(f64),
    /// A text with a unit.
    Text(String),
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scalar::Integer(number) => number.fmt(f),
            Scalar::Number(number) => number.fmt(f),
            Scalar::Text(text) => f.write_str(text),
        }
    }
}

/// Why a file is no manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestError {
    /// The file.
    pub file: String,
    /// The line, from 1, if it is one line that is wrong.
    pub line: Option<usize>,
    /// What is wrong, and what to do.
    pub message: String,
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for ManifestError {}

impl Manifest {
    /// Reads a manifest; `file` names it in errors.
    ///
    /// # Errors
    /// If the text is no TOML, has a key that does not exist, or nothing to test.
    pub fn parse(file: &str, text: &str) -> Result<Manifest, ManifestError> {
        let manifest: Manifest = toml::from_str(text).map_err(|error| ManifestError {
            file: file.to_owned(),
            line: error.span().map(|span| line_of(text, span.start)),
            message: error.message().to_owned(),
        })?;
        match manifest.fault() {
            None => Ok(manifest),
            Some(message) => Err(ManifestError {
                file: file.to_owned(),
                line: None,
                message,
            }),
        }
    }

    /// What is wrong with it as a whole.
    fn fault(&self) -> Option<String> {
        if self.server.is_empty() && self.client.is_empty() && self.gateway.is_empty() {
            return Some(
                "nothing to test: add [[server]], [[client]] or [[gateway]] with its command"
                    .into(),
            );
        }
        if self
            .server
            .iter()
            .any(|server| server.command.is_empty() == server.url.is_none())
        {
            return Some("[[server]]: give either command or url".into());
        }
        let commands = self.client.iter().map(|client| &client.command);
        let mut commands = commands.chain(self.gateway.iter().map(|gateway| &gateway.command));
        if commands.any(Vec::is_empty) {
            return Some("command: it is empty; give the program and its arguments".into());
        }
        let reasons = self.unsupported.iter();
        reasons
            .filter(|unsupported| unsupported.why.trim().is_empty())
            .map(|unsupported| format!("unsupported {}: say why", unsupported.feature))
            .next()
    }
}

/// The line of a byte, from 1.
fn line_of(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().iter().take(offset);
    1 + before.filter(|byte| **byte == b'\n').count()
}

//! The command that starts a server.

use std::net::SocketAddr;
use std::process::Stdio;

use tokio::process::Command;

/// Placeholder for the port to listen on.
const PORT: &str = "{port}";

/// Placeholder for the host to listen on.
const HOST: &str = "{host}";

/// Placeholder for the URL that will be dialled.
const URL: &str = "{url}";

/// In the form of a URL, where the server listens.
const ADDRESS: &str = "{address}";

/// The program of a server and its arguments.
#[derive(Debug, Clone)]
pub(super) struct ServerCommand {
    words: Vec<String>,
    /// The URL, with [`ADDRESS`] for where it listens.
    url: String,
    /// Further environment variables.
    pub(super) variables: Vec<(String, String)>,
}

impl ServerCommand {
    /// `None` if there is no program.
    pub(super) fn new(words: Vec<String>, url: String) -> Option<ServerCommand> {
        (!words.is_empty()).then_some(ServerCommand {
            words,
            url,
            variables: Vec::new(),
        })
    }

    /// The program.
    pub(super) fn program(&self) -> &str {
        &self.words[0]
    }

    pub(super) fn words(&self) -> &[String] {
        &self.words
    }

    /// The process to start, which is to listen there: in a group of its own, with the environment
    /// variable `PORT`.
    pub(super) fn process(&self, address: SocketAddr) -> Command {
        let mut words = self.words.iter().map(|word| self.filled(word, address));
        let mut process = Command::new(words.next().unwrap_or_default());
        process
            .args(words)
            .env("PORT", address.port().to_string())
            .envs(self.variables.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        #[cfg(unix)]
        process.process_group(0);
        process
    }

    /// A word with its placeholders replaced.
    fn filled(&self, word: &str, address: SocketAddr) -> String {
        word.replace(PORT, &address.port().to_string())
            .replace(HOST, &address.ip().to_string())
            .replace(URL, &self.url.replace(ADDRESS, &address.to_string()))
    }
}

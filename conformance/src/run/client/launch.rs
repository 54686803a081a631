//! How the command of a client is used: when it is started, and how it learns its URLs.

use std::num::NonZeroUsize;
use std::process::Stdio;

use tokio::process::Command;

/// Placeholder for the URL.
const URL: &str = "{url}";

/// Placeholder for the URLs of a batch, each as an argument of its own.
const URLS: &str = "{urls}";

/// Placeholder for the subprotocols to offer, separated by commas; empty for none.
pub(super) const SUBPROTOCOLS: &str = "{subprotocols}";

/// When a client is started, and how many URLs it gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Launch {
    /// Once for each connection, with one URL.
    PerCase,
    /// Once for each job. It reads URLs from its standard input, one on each line, and gets the
    /// next one when the conversation before is over.
    Persistent,
    /// With this many URLs, which it dials one after another.
    Batch(NonZeroUsize),
}

impl Launch {
    /// The number of URLs that a client is started with, or, if persistent, is handed first.
    pub(super) fn urls(self) -> usize {
        match self {
            Launch::PerCase | Launch::Persistent => 1,
            Launch::Batch(count) => count.get(),
        }
    }

    /// Appends the placeholder for the URL where it is needed and missing.
    pub(super) fn complete(self, command: &mut Vec<String>) {
        let placeholder = match self {
            Launch::PerCase => URL,
            Launch::Persistent => return,
            Launch::Batch(_) => URLS,
        };
        if !command
            .iter()
            .any(|argument| argument.contains(placeholder))
        {
            command.push(placeholder.to_owned());
        }
    }

    /// The process to start for these URLs and subprotocols.
    pub(super) fn process(
        self,
        command: &[String],
        urls: &[String],
        subprotocols: &[String],
    ) -> Command {
        let subprotocols = subprotocols.join(",");
        let url = urls.first().map_or("", String::as_str);
        let mut process = Command::new(&command[0]);
        for argument in &command[1..] {
            if argument == URLS {
                process.args(urls);
            } else {
                let argument = argument.replace(SUBPROTOCOLS, &subprotocols);
                process.arg(argument.replace(URL, url));
            }
        }
        if self == Launch::PerCase {
            process.env("WSSPEC_URL", url);
        }
        process.env("WSSPEC_SUBPROTOCOLS", &subprotocols);
        process.stdin(if self == Launch::Persistent {
            Stdio::piped()
        } else {
            Stdio::null()
        });
        process.stdout(Stdio::null()).stderr(Stdio::piped());
        process
    }
}

//! How the command of a client is used: when it is started, and how it learns its URLs.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::process::Stdio;

use tokio::process::Command;

/// Placeholder for the URL.
const URL: &str = "{url}";

/// Placeholder for the URLs of a batch, each as an argument of its own.
const URLS: &str = "{urls}";

/// Placeholder for the proxy to use, as a URL; empty for none.
const PROXY: &str = "{proxy}";

/// Environment variables that name a proxy, in upper and lower case.
const PROXY_VARIABLES: [&str; 6] = [
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
];

/// Environment variables that name hosts to reach without the proxy.
const NO_PROXY_VARIABLES: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// Placeholder for the subprotocols to offer, separated by commas; empty for none.
pub(super) const SUBPROTOCOLS: &str = "{subprotocols}";

/// The arguments and environment of a client.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told<'a> {
    pub(super) urls: &'a [String],
    pub(super) subprotocols: &'a [String],
    /// Where its proxy is, if it is to use one.
    pub(super) proxy: Option<SocketAddr>,
}

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

    /// The process to start, and to tell this.
    pub(super) fn process(self, command: &[String], told: Told<'_>) -> Command {
        let Told { urls, proxy, .. } = told;
        let subprotocols = told.subprotocols.join(",");
        let proxy = proxy.map(|address| format!("http://{address}"));
        let url = urls.first().map_or("", String::as_str);
        let mut process = Command::new(&command[0]);
        for argument in &command[1..] {
            if argument == URLS {
                process.args(urls);
            } else {
                let argument = argument.replace(SUBPROTOCOLS, &subprotocols);
                let argument = argument.replace(PROXY, proxy.as_deref().unwrap_or_default());
                process.arg(argument.replace(URL, url));
            }
        }
        if self == Launch::PerCase {
            process.env("WSSPEC_URL", url);
        }
        process.env("WSSPEC_SUBPROTOCOLS", &subprotocols);
        if let Some(proxy) = &proxy {
            process.envs(PROXY_VARIABLES.map(|name| (name, proxy)));
            for name in NO_PROXY_VARIABLES {
                process.env_remove(name);
            }
        }
        process.stdin(if self == Launch::Persistent {
            Stdio::piped()
        } else {
            Stdio::null()
        });
        process.stdout(Stdio::null()).stderr(Stdio::piped());
        process
    }
}

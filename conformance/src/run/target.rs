//! What is tested: a URL, resolved, with what goes into every request.

use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};

use tokio::net::TcpStream;
use url::Url;
use wsspec_core::Role;

use super::CONNECT;
use super::secrets::{Secrets, is_secret};
use crate::exchange::Setup;
use crate::wire::tcp;

/// A server under test.
#[derive(Debug, Clone)]
pub struct Target {
    /// A name for people.
    pub name: String,
    /// Where it is.
    pub url: Url,
    /// Where that leads to, or why it leads nowhere.
    pub address: Result<SocketAddr, String>,
    /// Fields added to every request.
    pub headers: Vec<(String, String)>,
}

/// Why a URL names no target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetError(pub String);

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TargetError {}

impl Target {
    /// The target at `text`, a `ws://` URL; without a scheme `ws://` is meant.
    pub fn new(text: &str, headers: Vec<(String, String)>) -> Result<Target, TargetError> {
        let full = if text.contains("://") {
            text.to_owned()
        } else {
            format!("ws://{text}")
        };
        let url = Url::parse(&full).map_err(|e| {
            TargetError(format!(
                "{text}: {e}; a target looks like ws://127.0.0.1:9001/path"
            ))
        })?;
        match url.scheme() {
            "ws" | "http" => {}
            "wss" | "https" => {
                return Err(TargetError(format!(
                    "{text}: this version speaks plain TCP only (ws://), not TLS"
                )));
            }
            other => {
                return Err(TargetError(format!(
                    "{text}: the scheme is ws, not {other}"
                )));
            }
        }
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
            return Err(TargetError(format!("{text}: no host")));
        };
        // What would be left out of the request without a word (RFC 6455 §3).
        if !url.username().is_empty() || url.password().is_some() {
            let instead = "send them with -H 'Authorization: Basic …'";
            return Err(TargetError(format!(
                "a ws:// URL has no user and no password; {instead}"
            )));
        }
        if url.fragment().is_some() {
            return Err(TargetError(format!(
                "{text}: a ws:// URL has no fragment; write # as %23"
            )));
        }
        let address = resolve(host, port).map_err(|why| format!("cannot resolve {host}: {why}"));
        Ok(Target {
            name: shown(&url),
            address,
            headers,
            url,
        })
    }

    /// The URL for people: values of the query whose names tell of secrets are left out.
    pub fn shown(&self) -> String {
        shown(&self.url)
    }

    /// A new connection.
    pub(crate) async fn connect(&self) -> io::Result<TcpStream> {
        let address = self
            .address
            .clone()
            .map_err(|why| io::Error::new(io::ErrorKind::NotFound, why))?;
        tcp::connect(address, CONNECT).await
    }

    /// What it is told and others are not to read.
    pub(super) fn secrets(&self) -> Secrets<'_> {
        let fields = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        Secrets::of(fields.chain(parameters(&self.url)))
    }

    /// What an exchange needs to know of it.
    pub fn setup(&self) -> Setup {
        let host = self.url.host_str().unwrap_or_default();
        let host = self
            .url
            .port()
            .map_or(host.to_owned(), |port| format!("{host}:{port}"));
        let resource = self.url.query().map_or(self.url.path().to_owned(), |q| {
            format!("{}?{q}", self.url.path())
        });
        let mut setup = Setup::new(Role::Server, &host, &resource);
        setup.headers.clone_from(&self.headers);
        setup
    }
}

/// Names and values of the query, as they are sent.
fn parameters(url: &Url) -> impl Iterator<Item = (&str, &str)> {
    url.query()
        .unwrap_or_default()
        .split('&')
        .filter_map(|parameter| parameter.split_once('='))
}

fn shown(url: &Url) -> String {
    let Some((before, query)) = url.as_str().split_once('?') else {
        return url.to_string();
    };
    let parameters = query
        .split('&')
        .map(|parameter| match parameter.split_once('=') {
            Some((name, value)) if is_secret(name) && !value.is_empty() => format!("{name}=…"),
            _ => parameter.to_owned(),
        });
    format!("{before}?{}", parameters.collect::<Vec<_>>().join("&"))
}

fn resolve(host: &str, port: u16) -> Result<SocketAddr, String> {
    let found = (host.trim_matches(['[', ']']), port)
        .to_socket_addrs()
        .map_err(|error| error.to_string())?;
    // Servers for tests listen on IPv4 more often than not.
    found
        .min_by_key(SocketAddr::is_ipv6)
        .ok_or_else(|| "no address".to_owned())
}

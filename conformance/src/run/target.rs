//! A server under test: its URL, resolved, and the fields added to every request.

use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use tokio::net::TcpStream;
use url::Url;
use wsspec_core::Role;
use wsspec_reports::{Application, Transcript, Transport};

use super::each::{Each, EachError, Values, filled, names};
use super::keeper::Keeper;
use super::limiter::Limiter;
use super::route::{CONNECT_TIMEOUT, Route};
use super::secrets::{Secrets, is_secret};
use super::shell::Argument;
use crate::exchange::{AllowedOrigin, Setup};
use crate::tls::{Connector, Trust, TrustError};
use crate::wire::link::Link;
use crate::wire::stream::Stream;
use crate::wire::tcp;

/// What stands for the value of a secret in a URL or a field.
const MASK: &str = "…";

/// A server under test.
#[derive(Debug, Clone)]
pub struct Target {
    /// The name in reports.
    pub name: String,
    /// The URL.
    pub url: Url,
    /// The address of its host, or why there is none. A name that does not resolve is a target that
    /// cannot be reached, not a mistake of the user, so it does not make [`Target::new`] fail.
    pub address: Result<SocketAddr, ResolveError>,
    /// Fields added to every request.
    pub headers: Vec<(String, String)>,
    /// What it is reached over.
    over: Transport,
    /// How connections are made.
    route: Route,
    /// Its port accepts nothing but TLS, as the user says.
    tls_only: bool,
    /// The user may test the host, whosever it is.
    consent: bool,
    /// How many connections it is given.
    pub(super) limiter: Arc<Limiter>,
    wants: Arc<Wants>,
    /// What starts and watches the server, if anything does.
    keeper: Option<Arc<Keeper>>,
}

/// What a target wants of each connection.
#[derive(Debug, Clone, Default)]
struct Wants {
    /// The only origin that it allows.
    allowed_origin: Option<AllowedOrigin>,
    application: Application,
    /// Runs before each connection.
    each: Option<Each>,
}

/// Why a URL cannot name a target. The user has to write another.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TargetError {
    /// The text is not a URL.
    Malformed {
        /// The text.
        text: String,
        /// What is wrong with it.
        why: url::ParseError,
    },
    /// What is said of TLS cannot be used.
    Trust(TrustError),
    /// What is said of TLS, and the URL is for another transport.
    NoTls(String),
    /// The URL, and its scheme, which is not that of WebSocket.
    Scheme(String, String),
    /// The URL has no host.
    NoHost(String),
    /// The URL has a user name or a password. RFC 6455 §3 has no place for them, so they would be
    /// dropped silently.
    Credentials,
    /// The URL has a fragment, which RFC 6455 §3 forbids.
    Fragment(String),
    /// A command is to fill names in braces, and there are none.
    NoName,
}

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TargetError::Malformed { text, why } => write!(
                f,
                "{text}: {why}; a target looks like ws://127.0.0.1:9001/path"
            ),
            TargetError::Trust(error) => error.fmt(f),
            TargetError::NoTls(text) => write!(
                f,
                "{text}: --cacert, --insecure, --sni, --cert and --key go with a wss:// URL"
            ),
            TargetError::Scheme(text, scheme) => write!(
                f,
                "{text}: the scheme has to be ws, wss or ws+unix, not {scheme}"
            ),
            TargetError::NoHost(text) => write!(f, "{text}: the URL has no host"),
            TargetError::Credentials => f.write_str(
                "a ws:// URL has no user name and no password; send them with -H 'Authorization: Basic …'",
            ),
            TargetError::NoName => {
                f.write_str("--each: neither the URL nor a field has {token} or another {name} in it")
            }
            TargetError::Fragment(text) => {
                write!(f, "{text}: a ws:// URL has no fragment; write # as %23")
            }
        }
    }
}

impl std::error::Error for TargetError {}

/// Why the host of a target has no address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolveError {
    host: String,
    why: String,
}

impl fmt::Display for ResolveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot resolve {}: {}", self.host, self.why)
    }
}

impl std::error::Error for ResolveError {}

impl Target {
    /// The target at `text`, a URL of `ws://`, `wss://` or `ws+unix://`. A text without a scheme is
    /// taken for one with `ws://`. Of TLS, the authorities of the system are trusted.
    ///
    /// # Errors
    /// If this is no URL of a WebSocket server, or there is no authority to trust.
    pub fn new(text: &str, headers: Vec<(String, String)>) -> Result<Target, TargetError> {
        Target::trusting(text, headers, &Trust::default(), None)
    }

    /// The target at `text`, as [`Target::new`] takes it, with what the user says of TLS and of what it is
    /// reached over, where the URL leaves that open: HTTP/2 in place of HTTP/1.1.
    ///
    /// # Errors
    /// If this is no URL of a WebSocket server, what is said of TLS cannot be used, or the URL is
    /// for another transport.
    pub fn trusting(
        text: &str,
        headers: Vec<(String, String)>,
        trust: &Trust,
        over: Option<Transport>,
    ) -> Result<Target, TargetError> {
        #[cfg(unix)]
        if let Some(route) = Route::unix(text) {
            return Target::at_unix_socket(text, headers, route);
        }
        let full = if text.contains("://") {
            text.to_owned()
        } else {
            format!("ws://{text}")
        };
        let url = Url::parse(&full).map_err(|why| TargetError::Malformed {
            text: text.to_owned(),
            why,
        })?;
        let text = text.to_owned();
        let is_tls = match url.scheme() {
            "ws" | "http" => false,
            "wss" | "https" => true,
            other => return Err(TargetError::Scheme(text, other.to_owned())),
        };
        if !is_tls && *trust != Trust::default() {
            return Err(TargetError::NoTls(text));
        }
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
            return Err(TargetError::NoHost(text));
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(TargetError::Credentials);
        }
        if url.fragment().is_some() {
            return Err(TargetError::Fragment(text));
        }
        let route = if is_tls {
            let protocols: &[&[u8]] = match over {
                Some(Transport::H2) => &[b"h2"],
                _ => &[],
            };
            let connector = Connector::new(trust, protocols).map_err(TargetError::Trust)?;
            match over {
                Some(Transport::H3) => Route::quic(connector, host),
                _ => Route::Tls(Box::new(connector), host.to_owned()),
            }
        } else {
            Route::Tcp
        };
        Ok(Target {
            name: masked_url(url.as_str()),
            address: resolve(host, port),
            headers,
            over: over.unwrap_or(route.over()),
            route,
            tls_only: false,
            consent: false,
            limiter: Arc::default(),
            wants: Arc::default(),
            url,
            keeper: None,
        })
    }

    #[cfg(unix)]
    fn at_unix_socket(
        text: &str,
        headers: Vec<(String, String)>,
        route: Route,
    ) -> Result<Target, TargetError> {
        let url = Url::parse(text).map_err(|why| TargetError::Malformed {
            text: text.to_owned(),
            why,
        })?;
        if url.fragment().is_some() {
            return Err(TargetError::Fragment(text.to_owned()));
        }
        Ok(Target {
            name: masked_url(text),
            address: Err(ResolveError {
                host: text.to_owned(),
                why: "a Unix socket has no address".to_owned(),
            }),
            headers,
            over: route.over(),
            route,
            tls_only: false,
            consent: false,
            limiter: Arc::default(),
            wants: Arc::default(),
            url,
            keeper: None,
        })
    }

    /// The same target, which the user may test to the breaking point, or may not.
    #[must_use]
    pub fn with_consent(self, consent: bool) -> Target {
        Target { consent, ..self }
    }

    /// Whether the user says that this host may be tested to the breaking point.
    pub(super) fn has_consent(&self) -> bool {
        self.consent
    }

    /// What it is reached over.
    pub fn transport(&self) -> Transport {
        self.over
    }

    /// The address of its host; a Unix socket has none.
    pub(super) fn known_address(&self) -> Result<Option<SocketAddr>, ResolveError> {
        if self.route.has_address() {
            self.address.clone().map(Some)
        } else {
            Ok(None)
        }
    }

    /// The same target, started and watched by `keeper`.
    #[must_use]
    pub fn kept_by(self, keeper: Arc<Keeper>) -> Target {
        Target {
            keeper: Some(keeper),
            ..self
        }
    }

    /// What starts and watches the server, if anything does.
    pub(super) fn keeper(&self) -> Option<&Arc<Keeper>> {
        self.keeper.as_ref()
    }

    /// The setup of an exchange with a server that listens elsewhere since it was started again.
    pub(super) fn moved(&self, setup: &Setup) -> Option<Setup> {
        let address = self.keeper.as_ref()?.moved()?;
        let host = address.to_string();
        (host != setup.host).then(|| Setup {
            host,
            ..setup.clone()
        })
    }

    /// The URL with the secrets of its query masked.
    pub fn shown(&self) -> String {
        masked_url(self.url.as_str())
    }

    /// The URL as an argument of a command line.
    pub(super) fn argument(&self) -> Argument {
        url_argument(self.url.as_str())
    }

    /// Makes at most this many connections at once, and this many new ones a second; `None` for no
    /// limit. The first limit of a kind holds, for all clones.
    pub fn limit(&self, connections: Option<u32>, rate: Option<u32>) {
        self.limiter.limit(connections, rate);
    }

    /// What the application wants to hear.
    pub fn set_application(&mut self, application: Application) {
        Arc::make_mut(&mut self.wants).application = application;
    }

    /// The server allows this origin and no other, as the user says.
    pub fn allow_only(&mut self, origin: AllowedOrigin) {
        Arc::make_mut(&mut self.wants).allowed_origin = Some(origin);
    }

    /// The only origin that the server allows, if the user says one.
    pub(super) fn allowed_origin(&self) -> Option<&AllowedOrigin> {
        self.wants.allowed_origin.as_ref()
    }

    /// Runs this command line before each connection: what it prints takes the place of names in
    /// the URL and in fields.
    ///
    /// # Errors
    /// If neither has a name in braces.
    pub fn set_each(&mut self, command: &str) -> Result<(), TargetError> {
        if self.names().is_empty() {
            return Err(TargetError::NoName);
        }
        Arc::make_mut(&mut self.wants).each = Some(Each(command.to_owned()));
        Ok(())
    }

    /// The names in URL and fields that [`Target::set_each`] fills.
    fn names(&self) -> Vec<String> {
        let fields = self.headers.iter().map(|(_, value)| value.as_str());
        fields.chain([self.url.as_str()]).flat_map(names).collect()
    }

    /// Whether each connection has values of its own.
    pub(super) fn has_each(&self) -> bool {
        self.wants.each.is_some()
    }

    /// Runs the command, and fills what it prints into resource and fields. `None` without a
    /// command.
    pub(super) async fn filled(&self, setup: &Setup) -> Result<Option<(Setup, Values)>, EachError> {
        let Some(each) = &self.wants.each else {
            return Ok(None);
        };
        let values = each.values(&self.names()).await?;
        let mut setup = setup.clone();
        setup.resource = filled(&setup.resource, &values);
        for (_, value) in &mut setup.headers {
            *value = filled(value, &values);
        }
        Ok(Some((setup, values)))
    }

    /// How connections are made.
    pub(super) fn route(&self) -> &Route {
        &self.route
    }

    /// The same server, which accepts nothing but TLS on its port.
    #[must_use]
    pub fn tls_only(self, tls_only: bool) -> Target {
        Target { tls_only, ..self }
    }

    /// Whether the server accepts nothing but TLS on its port, as the user says.
    pub(super) fn is_tls_only(&self) -> bool {
        self.tls_only
    }

    /// A new connection over TCP, without the TLS that would follow, when its turn comes.
    pub(super) async fn connect_below(&self) -> io::Result<TcpStream> {
        self.limiter.turn().await;
        tcp::connect(self.current_address()?, CONNECT_TIMEOUT).await
    }

    /// A new connection, when its turn comes.
    pub(crate) async fn link(&self) -> io::Result<Link> {
        self.limiter.turn().await;
        self.route.connect(|| self.current_address()).await
    }

    /// A new connection that is a byte stream, when its turn comes.
    pub(crate) async fn connect(&self) -> io::Result<Stream> {
        self.link().await?.stream()
    }

    /// The same, which offers these protocols by ALPN over TLS.
    pub(crate) async fn connect_offering(&self, protocols: &[Vec<u8>]) -> io::Result<Stream> {
        self.limiter.turn().await;
        let route = self.route.offering(protocols);
        let link = route.connect(|| self.current_address()).await?;
        link.stream()
    }

    /// Whether what travels is encrypted.
    pub(crate) fn is_secure(&self) -> bool {
        self.route.is_secure()
    }

    /// Where it listens now.
    fn current_address(&self) -> io::Result<SocketAddr> {
        let kept = self.keeper.as_ref().and_then(|keeper| keeper.address());
        kept.map_or_else(|| self.address.clone(), Ok)
            .map_err(|error| io::Error::new(io::ErrorKind::NotFound, error))
    }

    /// The secrets sent to the target, which no report may show; with what a command filled in.
    pub(super) fn secrets_and<'a>(&'a self, values: &'a Values) -> Secrets<'a> {
        self.secrets()
            .and(values.iter().map(|(_, value)| ("token", value.as_str())))
    }

    /// The secrets sent to the target, which no report may show.
    pub(super) fn secrets(&self) -> Secrets<'_> {
        let fields = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        Secrets::of(fields.chain(parameters(&self.url)))
    }

    /// Replaces each byte of a secret with `*` in a transcript.
    pub(crate) fn mask(&self, transcript: &mut Transcript) {
        self.secrets().mask_transcript(transcript);
    }

    /// What an exchange has to know about the target.
    pub fn setup(&self) -> Setup {
        let (host, resource) = self.host_and_resource();
        let mut setup = Setup::new(Role::Server, &host, &resource);
        setup.over = self.over;
        setup.secure = self.route.is_secure();
        setup.headers.clone_from(&self.headers);
        setup.application.clone_from(&self.wants.application);
        if let Some(origin) = &self.wants.allowed_origin {
            setup.allow_only(origin.clone());
        }
        setup
    }

    /// The Host field and the request target. A Unix socket has no host, and clients name the local
    /// one.
    fn host_and_resource(&self) -> (String, String) {
        #[cfg(unix)]
        if let Route::Unix(_, resource) = &self.route {
            return ("localhost".to_owned(), resource.clone());
        }
        let host = self.url.host_str().unwrap_or_default();
        let host = self
            .url
            .port()
            .map_or(host.to_owned(), |port| format!("{host}:{port}"));
        let resource = self.url.query().map_or(self.url.path().to_owned(), |q| {
            format!("{}?{q}", self.url.path())
        });
        (host, resource)
    }
}

/// Names and values of the parameters in the query, percent-encoded as they are sent.
fn parameters(url: &Url) -> impl Iterator<Item = (&str, &str)> {
    url.query()
        .unwrap_or_default()
        .split('&')
        .filter_map(|parameter| parameter.split_once('='))
}

/// A URL with the values of those parameters in its query masked whose names tell of secrets.
pub fn masked_url(url: &str) -> String {
    let Some((before, query)) = url.split_once('?') else {
        return url.to_owned();
    };
    let parameters: Vec<String> = query.split('&').map(masked_parameter).collect();
    format!("{before}?{}", parameters.join("&"))
}

fn masked_parameter(parameter: &str) -> String {
    match secret_parameter(parameter) {
        Some(name) => format!("{name}={MASK}"),
        None => parameter.to_owned(),
    }
}

/// The name of a parameter, `NAME=VALUE`, whose value is a secret.
fn secret_parameter(parameter: &str) -> Option<&str> {
    let (name, value) = parameter.split_once('=')?;
    (is_secret(name) && !value.is_empty() && !is_template(value)).then_some(name)
}

/// A URL as an argument, which leaves the values of those parameters to variables whose names tell of
/// secrets.
pub fn url_argument(url: &str) -> Argument {
    let Some((before, query)) = url.split_once('?') else {
        return url.into();
    };
    let mut argument = Argument::default();
    let mut text = before.to_owned();
    for (i, parameter) in query.split('&').enumerate() {
        text.push(if i == 0 { '?' } else { '&' });
        if let Some(name) = secret_parameter(parameter) {
            argument = argument.text(format!("{text}{name}=")).secret(name);
            text.clear();
        } else {
            text.push_str(parameter);
        }
    }
    if text.is_empty() {
        argument
    } else {
        argument.text(text)
    }
}

/// A request field, `NAME: VALUE`, as an argument, which leaves the value to a variable if the name
/// tells of a secret.
pub fn field_argument(field: &str) -> Argument {
    match field.split_once(':') {
        Some((name, value)) if is_secret(name.trim()) && !is_template(value) => {
            Argument::from(format!("{name}: ")).secret(name.trim())
        }
        _ => field.into(),
    }
}

/// Whether a value has a name in braces that is filled for each connection, and little else: it is
/// no secret itself.
fn is_template(value: &str) -> bool {
    /// Such as `Bearer `, or `session=`.
    const ELSE: usize = 12;
    let names = names(value);
    let braced: usize = names.iter().map(|name| name.len() + 2).sum();
    !names.is_empty() && value.trim().len() <= braced + ELSE
}

fn resolve(host: &str, port: u16) -> Result<SocketAddr, ResolveError> {
    match (host.trim_matches(['[', ']']), port).to_socket_addrs() {
        // Test servers listen on IPv4 more often than on IPv6.
        Ok(found) => found
            .min_by_key(SocketAddr::is_ipv6)
            .ok_or_else(|| "no address".to_owned()),
        Err(error) => Err(error.to_string()),
    }
    .map_err(|why| ResolveError {
        host: host.to_owned(),
        why,
    })
}

//! What every request and every connection begins with.

use clap::{Args, ValueEnum};
use wsspec::run::{CommandLine, Target, field_argument};
use wsspec_reports::Transport;

use super::super::failure::Failure;
use super::ApplicationArgs;
use super::headings::REQUESTS;

/// What a server is reached over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TransportArg {
    /// TCP, HTTP/1.1
    Tcp,
    /// A stream of HTTP/2
    H2,
}

impl TransportArg {
    pub(crate) const fn transport(self) -> Transport {
        match self {
            TransportArg::Tcp => Transport::Tcp,
            TransportArg::H2 => Transport::H2,
        }
    }
}

/// Fields of every request, and what the application that gets it wants.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = REQUESTS)]
pub(crate) struct FieldArgs {
    /// Add a field to every request (repeatable)
    #[arg(long, short = 'H', value_name = "NAME: VALUE")]
    header: Vec<String>,
    /// Offer this subprotocol in every request
    #[arg(long, value_name = "NAME")]
    subprotocol: Option<String>,
    /// Send this Origin in every request
    #[arg(long, value_name = "ORIGIN")]
    origin: Option<String>,
    /// How the server is reached: HTTP/1.1, or a stream of HTTP/2 (RFC 8441; with prior knowledge)
    #[arg(long, value_enum, value_name = "TRANSPORT")]
    transport: Option<TransportArg>,
    #[command(flatten)]
    application: ApplicationArgs,
}

impl FieldArgs {
    /// The server at a URL, with all this applied.
    pub(crate) fn target(&self, url: &str) -> Result<Target, Failure> {
        let mut target = Target::new(url, self.headers()?)?;
        if let Some(transport) = self.transport {
            target = target.over(transport.transport());
        }
        self.application.apply(&mut target)?;
        Ok(target)
    }

    /// What the server is reached over.
    pub(crate) fn transport(&self) -> Transport {
        self.transport
            .map_or(Transport::Tcp, TransportArg::transport)
    }

    /// Names and values of the fields.
    pub(crate) fn headers(&self) -> Result<Vec<(String, String)>, Failure> {
        let mut headers = Vec::new();
        for header in &self.header {
            let (name, value) = header.split_once(':').ok_or_else(|| {
                Failure::usage(format!("--header {header:?}: expected NAME: VALUE"))
            })?;
            headers.push((name.trim().to_owned(), value.trim().to_owned()));
        }
        for (name, value) in [
            ("Sec-WebSocket-Protocol", &self.subprotocol),
            ("Origin", &self.origin),
        ] {
            headers.extend(value.iter().map(|value| (name.to_owned(), value.clone())));
        }
        Ok(headers)
    }

    /// Appends the arguments that say the same, with variables for secrets.
    pub(crate) fn print(&self, line: &mut CommandLine) {
        let FieldArgs {
            header,
            subprotocol,
            origin,
            transport,
            application,
        } = self;
        if let Some(transport) = transport {
            line.option("--transport", transport.transport().name());
        }
        for header in header {
            line.option_of("-H", field_argument(header));
        }
        if let Some(name) = subprotocol {
            line.option("--subprotocol", name);
        }
        if let Some(origin) = origin {
            line.option("--origin", origin);
        }
        application.print(line);
    }
}

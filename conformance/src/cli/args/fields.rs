//! What every request and every connection begins with.

use clap::Args;
use wsspec::run::{AllowedOrigin, CommandLine, Target, field_argument};

use super::super::failure::Failure;
use super::headings::{REQUESTS, ROBUSTNESS};
use super::{ApplicationArgs, TransportArg, TrustArgs};

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
    /// The server allows this origin and no other: send it, and try origins that look like it
    #[arg(long, value_name = "ORIGIN")]
    allowed_origin: Option<AllowedOrigin>,
    #[command(flatten)]
    application: ApplicationArgs,
    #[command(flatten)]
    trust: TrustArgs,
    /// Run robustness probes and fuzz also on a host that is neither this machine nor on a private
    /// network, because you may test it
    #[arg(long, help_heading = ROBUSTNESS)]
    i_may_test_this_host: bool,
}

impl FieldArgs {
    /// The server at a URL, with all this applied.
    pub(crate) fn target(&self, url: &str) -> Result<Target, Failure> {
        self.trust.check(url)?;
        let trust = self.trust.trust();
        let over = self.trust.named().map(TransportArg::transport);
        let target = Target::trusting(url, self.headers()?, &trust, over)?;
        let mut target = target
            .tls_only(self.trust.tls_only())
            .with_consent(self.i_may_test_this_host);
        if let Some(origin) = &self.allowed_origin {
            target.allow_only(origin.clone());
        }
        self.application.apply(&mut target)?;
        Ok(target)
    }

    /// What the application of a server wants.
    pub(crate) fn application(&self) -> &ApplicationArgs {
        &self.application
    }

    /// What a server without a URL is reached over.
    pub(crate) fn transport(&self) -> TransportArg {
        self.trust.transport()
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
            allowed_origin,
            application,
            trust,
            i_may_test_this_host,
        } = self;
        for header in header {
            line.option_of("-H", field_argument(header));
        }
        if let Some(name) = subprotocol {
            line.option("--subprotocol", name);
        }
        if let Some(origin) = origin {
            line.option("--origin", origin);
        }
        if let Some(origin) = allowed_origin {
            line.option("--allowed-origin", origin);
        }
        application.print(line);
        trust.print(line);
        if *i_may_test_this_host {
            line.push("--i-may-test-this-host");
        }
    }
}

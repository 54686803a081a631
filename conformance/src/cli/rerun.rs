//! The command that runs a case again.
//!
//! A specification holds everything that makes a case the same again, as the groups of arguments
//! that it was parsed from. Each group prints the arguments that say the same, so parsing what a
//! specification prints gives the specification back. Secrets are the exception: they are left to variables of
//! the shell.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use wsspec::run::{CommandLine, Launch, url_argument};

use super::args::{CaseArgs, FieldArgs, KeepArgs, ProfileArg, VectorArgs};
use super::client::ClientTransport;

/// The address that clients connect to, unless the user says otherwise.
pub(crate) const CLIENT_LISTEN: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Seconds that a server may take from its start until it listens, unless the user says otherwise.
pub(crate) const START_PATIENCE: f64 = 30.0;

/// The address of `wsspec serve`, unless the user says otherwise.
pub(crate) const SERVE_LISTEN: SocketAddr = SocketAddr::new(CLIENT_LISTEN, 9001);

/// Who is under test, and how it is reached.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Tested {
    /// A server; the embedded one without a URL.
    Server {
        url: Option<String>,
        fields: FieldArgs,
        keep: KeepArgs,
    },
    /// A server that is started.
    Started(StartedServer),
    /// A server, with the vector of a finding.
    Replay {
        file: PathBuf,
        url: Option<String>,
        fields: FieldArgs,
    },
    /// A client that is started.
    Client {
        launch: Launch,
        listen: IpAddr,
        transport: ClientTransport,
        /// Everything is reached through a proxy.
        proxy: bool,
        command: Vec<String>,
    },
    /// A gateway between our client and our server.
    Gateway {
        url: String,
        listen: SocketAddr,
        fields: FieldArgs,
    },
    /// A gateway that is started.
    StartedGateway {
        fields: FieldArgs,
        command: Vec<String>,
    },
    /// A client that comes by itself.
    Serve {
        listen: SocketAddr,
        transport: ClientTransport,
    },
}

/// A server that is started, and how it is reached.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StartedServer {
    pub(crate) listen: IpAddr,
    pub(crate) port: Option<u16>,
    pub(crate) path: String,
    /// Seconds.
    pub(crate) start_timeout: f64,
    pub(crate) fields: FieldArgs,
    pub(crate) command: Vec<String>,
}

/// Everything that makes a case of a run the same again. `Display` gives the command that runs one,
/// with `{case}` for its id.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RunSpec {
    pub(crate) tested: Tested,
    pub(crate) vectors: VectorArgs,
    pub(crate) profile: ProfileArg,
    pub(crate) case: CaseArgs,
}

impl StartedServer {
    /// Appends the arguments that set the same, except the command.
    fn print(&self, line: &mut CommandLine) {
        let StartedServer {
            listen,
            port,
            path,
            start_timeout,
            fields,
            command: _,
        } = self;
        if *listen != CLIENT_LISTEN {
            line.option("--listen", listen);
        }
        if let Some(port) = port {
            line.option("--port", port);
        }
        if path != "/" {
            line.option_of("--path", url_argument(path));
        }
        if *start_timeout != START_PATIENCE {
            line.option("--start-timeout", start_timeout);
        }
        fields.print(line);
    }
}

impl fmt::Display for RunSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (head, rest) = (self.head(), self.options());
        write!(f, "{head} --filter '{{case}}'")?;
        if rest != CommandLine::default() {
            write!(f, " {rest}")?;
        }
        f.write_str(" -v")?;
        if let Tested::Client { command, .. }
        | Tested::Started(StartedServer { command, .. })
        | Tested::StartedGateway { command, .. } = &self.tested
        {
            let command: CommandLine = command.iter().cloned().collect();
            write!(f, " -- {command}")?;
        }
        Ok(())
    }
}

impl RunSpec {
    /// The command, and who is under test.
    fn head(&self) -> CommandLine {
        let mut line = CommandLine::from_iter(["wsspec"]);
        match &self.tested {
            Tested::Server { url, fields, keep } => {
                line.extend(url.as_deref().map(url_argument));
                fields.print(&mut line);
                keep.print(&mut line);
            }
            Tested::Started(server) => {
                line.push("server");
                server.print(&mut line);
            }
            Tested::Gateway {
                url,
                listen,
                fields,
            } => {
                line.push("through").push(url_argument(url));
                line.option("--listen", listen);
                fields.print(&mut line);
            }
            Tested::StartedGateway { fields, command: _ } => {
                line.push("through");
                fields.print(&mut line);
            }
            Tested::Replay { file, url, fields } => {
                line.push("replay").push(file.to_string_lossy());
                line.extend(url.as_deref().map(url_argument));
                fields.print(&mut line);
            }
            Tested::Client {
                launch,
                listen,
                transport,
                proxy,
                command: _,
            } => {
                line.push("client");
                if *proxy {
                    line.push("--proxy");
                }
                if *transport != ClientTransport::default() {
                    line.option("--transport", transport.name());
                }
                match launch {
                    Launch::PerCase => {}
                    Launch::Persistent => {
                        line.push("--keep");
                    }
                    Launch::Batch(count) => {
                        line.option("--batch", count);
                    }
                }
                if *listen != CLIENT_LISTEN {
                    line.option("--listen", listen);
                }
            }
            Tested::Serve { listen, transport } => {
                line.push("serve").option("--agents", 1);
                if *transport != ClientTransport::default() {
                    line.option("--transport", transport.name());
                }
                if *listen != SERVE_LISTEN {
                    line.option("--listen", listen);
                }
            }
        }
        line
    }

    /// The options that any run has.
    fn options(&self) -> CommandLine {
        let RunSpec {
            tested,
            vectors,
            profile,
            case,
        } = self;
        let mut line = CommandLine::default();
        // A replay says both by itself.
        if !matches!(tested, Tested::Replay { .. }) {
            vectors.print(&mut line);
            profile.print(&mut line);
        }
        case.print(&mut line);
        line
    }
}

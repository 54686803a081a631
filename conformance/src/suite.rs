//! The suite inside `cargo test`: for authors of servers and clients in Rust.
//!
//! Start your server on a free port, and run the suite against it; with `wsspec` as a dev-dependency without default
//! features, the command line is not built.
//!
//! ```
//! # use std::net::TcpListener;
//! # fn start_my_server() -> std::net::SocketAddr {
//! #     let runtime = Box::leak(Box::new(tokio::runtime::Runtime::new().unwrap()));
//! #     runtime.block_on(async {
//! #         let peer = wsspec::peer::ReferencePeer::conforming();
//! #         let server = wsspec::peer::tcp::Server::bind("127.0.0.1:0".parse().unwrap(), peer).await.unwrap();
//! #         let address = server.address().unwrap();
//! #         tokio::spawn(server.serve());
//! #         address
//! #     })
//! # }
//! use wsspec::suite::Suite;
//!
//! let address = start_my_server();
//! Suite::server(&format!("ws://{address}/"))
//!     .filter("close.*") // all cases without it
//!     .run()
//!     .unwrap()
//!     .assert();
//! ```
//!
//! What is known to fail is a file with reasons: `.baseline("tests/wsspec-baseline.json")`; `wsspec baseline update`
//! writes it from a JSON report, which `Outcome::write` makes. `examples/` has whole tests of servers made with
//! tungstenite and axum.

use std::fmt::{self, Write as _};
use std::fs;
use std::future::{Future, pending};
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use tokio::runtime::Runtime;
use wsspec_core::Role;
use wsspec_reports::baseline::{Baseline, Scope};
use wsspec_reports::{CaseResult, Ending, Format, Report, TargetReport, Verdict, terminal};

use crate::run::{self, Client, Options, Selection, Subject, Target, Way};
use wsspec_vectors::{Corpus, Profile};

/// Who is tested, with which cases, and what is let pass.
#[derive(Debug, Clone)]
#[must_use = "nothing is tested before run"]
pub struct Suite {
    who: Who,
    filter: Vec<String>,
    exclude: Vec<String>,
    profiles: Vec<Profile>,
    also: Vec<PathBuf>,
    baseline: Option<PathBuf>,
    least: Verdict,
    options: Options,
}

#[derive(Debug, Clone)]
enum Who {
    Server {
        url: String,
        headers: Vec<(String, String)>,
    },
    Client {
        command: Vec<String>,
        way: Way,
    },
}

/// Why the suite could not be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuiteError(String);

impl fmt::Display for SuiteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SuiteError {}

/// Something went wrong, in words.
fn wrong(error: impl fmt::Display) -> SuiteError {
    SuiteError(error.to_string())
}

impl Suite {
    fn new(who: Who) -> Suite {
        Suite {
            who,
            filter: Vec::new(),
            exclude: Vec::new(),
            profiles: vec![Profile::Default],
            also: Vec::new(),
            baseline: None,
            least: Verdict::Flaky,
            options: Options::default(),
        }
    }

    /// Tests the server at a `ws://` URL. One that sends every message back can be judged in full.
    pub fn server(url: &str) -> Suite {
        Suite::new(Who::Server {
            url: url.to_owned(),
            headers: Vec::new(),
        })
    }

    /// Tests the client that this command starts, with `{url}` among its arguments for where to connect: an example of
    /// your crate, for instance. It is started for each connection, and ends when that does.
    pub fn client(command: impl IntoIterator<Item = impl Into<String>>) -> Suite {
        Suite::new(Who::Client {
            command: command.into_iter().map(Into::into).collect(),
            way: Way::Each,
        })
    }

    /// The same, of a client that is kept, and reads a URL a line on its standard input.
    pub fn kept_client(command: impl IntoIterator<Item = impl Into<String>>) -> Suite {
        Suite::new(Who::Client {
            command: command.into_iter().map(Into::into).collect(),
            way: Way::Kept,
        })
    }

    /// Adds a field to every request. Of no effect on clients.
    pub fn header(mut self, name: &str, value: &str) -> Suite {
        if let Who::Server { headers, .. } = &mut self.who {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// Only cases whose id matches, or another pattern of this kind does: `frame.mask.*`, `autobahn:6.*`.
    pub fn filter(mut self, pattern: &str) -> Suite {
        self.filter.push(pattern.to_owned());
        self
    }

    /// Leaves out cases whose id matches.
    pub fn exclude(mut self, pattern: &str) -> Suite {
        self.exclude.push(pattern.to_owned());
        self
    }

    /// Also the probes that try to break the target.
    pub fn robust(mut self) -> Suite {
        self.profiles = vec![Profile::Default, Profile::Robust];
        self
    }

    /// Also the vectors in this folder or file.
    pub fn also(mut self, path: impl Into<PathBuf>) -> Suite {
        self.also.push(path.into());
        self
    }

    /// Known failures, each with its reason, in this file: they are let pass; one that no longer fails is not.
    pub fn baseline(mut self, path: impl Into<PathBuf>) -> Suite {
        self.baseline = Some(path.into());
        self
    }

    /// Non-strict counts as falling short too.
    pub fn strict(mut self) -> Suite {
        self.least = Verdict::NonStrict;
        self
    }

    /// How it is run: jobs, retries, timeout, seed.
    pub fn options(mut self, options: Options) -> Suite {
        self.options = options;
        self
    }

    /// Runs the suite, on a runtime of its own: the target may be served by any thread, or none of this process.
    ///
    /// # Errors
    /// If a pattern matches nothing, a file cannot be read, or the target cannot be reached.
    pub fn run(self) -> Result<Outcome, SuiteError> {
        let running = move || {
            Runtime::new()
                .map_err(wrong)?
                .block_on(self.run_with(pending()))
        };
        thread::spawn(running)
            .join()
            .unwrap_or_else(|_| Err(SuiteError("the suite panicked".into())))
    }

    /// Runs the suite on the runtime that this is called on, which may be the one that serves the target. When `stop`
    /// resolves, the outcome has the results so far, and is not [complete](Report::complete).
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn run_with(self, stop: impl Future<Output = ()>) -> Result<Outcome, SuiteError> {
        let (began, started) = (Instant::now(), jiff::Timestamp::now().to_string());
        let corpus = self.corpus()?;
        let baseline = self.baseline.as_deref().map(read_baseline).transpose()?;
        let (subject, role) = match self.who {
            Who::Server { url, headers } => (
                Subject::Server(Target::new(&url, headers).map_err(wrong)?),
                Role::Server,
            ),
            Who::Client { command, way } => {
                let client = Client::new(command, way, IpAddr::V4(Ipv4Addr::LOCALHOST))
                    .map_err(SuiteError)?;
                (Subject::Client(Arc::new(client)), Role::Client)
            }
        };
        let selection =
            Selection::new(&self.filter, &self.exclude, self.profiles).map_err(wrong)?;
        let cases = selection.select_for(&corpus.cases, role).map_err(wrong)?;
        let mut target = run::run(&cases, &subject, &self.options, stop, |_| ()).await;
        if let Ending::Unreachable(reason) = target.ended {
            return Err(SuiteError(reason));
        }
        if let Some(baseline) = &baseline {
            let every_id = run::every_id(&corpus);
            let scope = Scope {
                whole: !selection.is_part(),
                every_id: Some(&every_id),
            };
            baseline.apply(&mut target, scope).map_err(wrong)?;
        }
        let complete = target.ended != Ending::Interrupted;
        let report = run::report(
            &corpus,
            &started,
            began.elapsed(),
            self.options.seed,
            complete,
            vec![target],
        );
        Ok(Outcome {
            report,
            least: self.least,
        })
    }

    fn corpus(&self) -> Result<Corpus, SuiteError> {
        let mut corpus = Corpus::embedded();
        for path in &self.also {
            let more = if path.is_file() {
                Corpus::from_file(path)
            } else {
                Corpus::from_dir(path)
            };
            corpus = corpus.and_then(|corpus| corpus.with(more?));
        }
        corpus.map_err(|errors| {
            let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
            SuiteError(errors.join("\n"))
        })
    }
}

fn read_baseline(path: &Path) -> Result<Baseline, SuiteError> {
    let text =
        fs::read_to_string(path).map_err(|e| SuiteError(format!("{}: {e}", path.display())))?;
    Baseline::parse(&text).map_err(|e| SuiteError(format!("{}: {e}", path.display())))
}

/// What came of a run.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// All of it.
    pub report: Report,
    least: Verdict,
}

impl Outcome {
    /// What was found out about the target.
    pub fn target(&self) -> &TargetReport {
        &self.report.targets[0]
    }

    /// The cases in which the target fell short, known failures left out; errors too.
    pub fn failing(&self) -> impl Iterator<Item = &CaseResult> {
        self.target()
            .cases
            .iter()
            .filter(|case| case.falls_short(self.least) || case.verdict == Verdict::Error)
    }

    /// Whether all is as required: nothing failing, no broken promise of the baseline, and the run came to its end.
    pub fn is_right(&self) -> bool {
        self.failing().next().is_none()
            && self.target().broken_baseline.is_empty()
            && self.report.troubles().is_empty()
    }

    /// The report for people: what broke, clause, bytes and reason, `width` columns wide.
    pub fn text(&self, width: usize) -> String {
        let options = terminal::Options {
            color: false,
            width,
            details: terminal::DETAILS,
            verbose: false,
        };
        terminal::render(&self.report, self.target(), &options)
    }

    /// Writes the report to a file, in any form.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, format: Format, path: impl AsRef<Path>) -> io::Result<()> {
        format.write_file(&self.report, path.as_ref())
    }

    /// # Panics
    /// If not [all is right](Self::is_right), with the report for people.
    #[track_caller]
    pub fn assert(&self) {
        let mut text = String::new();
        if !self.is_right() {
            let _ = write!(text, "\n{}", self.text(110));
        }
        assert!(text.is_empty(), "{text}");
    }
}

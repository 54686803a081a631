//! Runs the suite inside `cargo test`, for authors of servers and clients in Rust.
//!
//! Start your server on a free port and run the suite against it. As a dev-dependency without
//! default features, `wsspec` is built without its command line.
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
//!     .filter("close.*") // all cases without this line
//!     .run()
//!     .unwrap()
//!     .assert();
//! ```
//!
//! Known failures are listed in a file, each with its reason:
//! `.baseline("tests/wsspec-baseline.json")`. `wsspec baseline update` writes that file from a JSON
//! report, which [`SuiteOutcome::write`] makes. `docs/examples` has complete tests of servers made
//! with tungstenite and axum.

use std::fmt;
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
use wsspec_reports::baseline::{Baseline, BaselineError, Scope};
use wsspec_reports::{CaseResult, Ending, Format, Report, TargetReport, Verdict, terminal};
use wsspec_vectors::{Corpus, Profile, VectorErrors};

use crate::run::{
    self, Client, ClientError, Launch, NotOwn, Options, Selection, SelectionError, Subject, Target,
    TargetError,
};

/// Columns of the report in the message of a failed test.
const WIDTH: usize = 110;

/// Who is tested, with which cases, and which failures are accepted.
#[derive(Debug, Clone)]
#[must_use = "nothing is tested before run"]
pub struct Suite {
    tested: Tested,
    filter: Vec<String>,
    exclude: Vec<String>,
    profiles: Vec<Profile>,
    /// A server may be tested to the breaking point, wherever it is.
    consent: bool,
    also: Vec<PathBuf>,
    baseline: Option<PathBuf>,
    /// The mildest verdict that counts as a failure.
    least: Verdict,
    options: Options,
}

#[derive(Debug, Clone)]
enum Tested {
    Server {
        url: String,
        headers: Vec<(String, String)>,
    },
    Client {
        command: Vec<String>,
        launch: Launch,
    },
}

/// Why the suite could not be run.
#[derive(Debug)]
#[non_exhaustive]
pub enum SuiteError {
    /// The URL names no server that can be tested.
    Target(TargetError),
    /// The command starts no client.
    Client(ClientError),
    /// No case is selected.
    Selection(SelectionError),
    /// The vectors in the files of [`Suite::also`] are broken.
    Vectors(VectorErrors),
    /// The baseline cannot be read.
    Baseline(PathBuf, io::Error),
    /// The baseline is malformed.
    BadBaseline(PathBuf, BaselineError),
    /// The target cannot be reached, and why.
    Unreachable(String),
    /// Robustness probes are selected, and the server is on a host of others.
    NotOwn(NotOwn),
    /// No runtime could be started.
    Runtime(io::Error),
    /// The suite itself panicked.
    Panicked,
}

impl fmt::Display for SuiteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SuiteError::Target(error) => error.fmt(f),
            SuiteError::Client(error) => error.fmt(f),
            SuiteError::Selection(error) => error.fmt(f),
            SuiteError::Vectors(errors) => errors.fmt(f),
            SuiteError::Baseline(path, error) => write!(f, "{}: {error}", path.display()),
            SuiteError::BadBaseline(path, error) => write!(f, "{}: {error}", path.display()),
            SuiteError::NotOwn(error) => error.fmt(f),
            SuiteError::Unreachable(why) => f.write_str(why),
            SuiteError::Runtime(error) => write!(f, "cannot start a runtime: {error}"),
            SuiteError::Panicked => f.write_str("the suite panicked"),
        }
    }
}

impl std::error::Error for SuiteError {}

impl From<TargetError> for SuiteError {
    fn from(error: TargetError) -> Self {
        SuiteError::Target(error)
    }
}

impl From<ClientError> for SuiteError {
    fn from(error: ClientError) -> Self {
        SuiteError::Client(error)
    }
}

impl From<SelectionError> for SuiteError {
    fn from(error: SelectionError) -> Self {
        SuiteError::Selection(error)
    }
}

impl Suite {
    fn new(tested: Tested) -> Suite {
        Suite {
            tested,
            filter: Vec::new(),
            exclude: Vec::new(),
            profiles: vec![Profile::Default],
            consent: false,
            also: Vec::new(),
            baseline: None,
            least: Verdict::Fail,
            options: Options::default(),
        }
    }

    /// Tests the server at a `ws://` URL. A server that sends every message back can be judged in
    /// full.
    pub fn server(url: &str) -> Suite {
        Suite::new(Tested::Server {
            url: url.to_owned(),
            headers: Vec::new(),
        })
    }

    /// Tests the client that this command starts, an example of your crate for instance. `{url}`
    /// among the arguments stands for where to connect. The client is started for each connection,
    /// and ends when the connection does.
    pub fn client(command: impl IntoIterator<Item = impl Into<String>>) -> Suite {
        Suite::new(Tested::Client {
            command: command.into_iter().map(Into::into).collect(),
            launch: Launch::PerCase,
        })
    }

    /// Tests a client that keeps running and reads URLs from its standard input, one on each line.
    pub fn persistent_client(command: impl IntoIterator<Item = impl Into<String>>) -> Suite {
        Suite::new(Tested::Client {
            command: command.into_iter().map(Into::into).collect(),
            launch: Launch::Persistent,
        })
    }

    /// Adds a field to every request. Has no effect on clients.
    pub fn header(mut self, name: &str, value: &str) -> Suite {
        if let Tested::Server { headers, .. } = &mut self.tested {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// Runs only cases whose id matches this pattern, or another one given so: `frame.mask.*`,
    /// `autobahn:6.*`.
    pub fn filter(mut self, pattern: &str) -> Suite {
        self.filter.push(pattern.to_owned());
        self
    }

    /// Leaves out cases whose id matches this pattern.
    pub fn exclude(mut self, pattern: &str) -> Suite {
        self.exclude.push(pattern.to_owned());
        self
    }

    /// Also runs the probes that try to break the target, which has to be on this machine or on a
    /// private network; [`Suite::with_consent`] opens other hosts.
    pub fn robust(mut self) -> Suite {
        self.profiles = vec![Profile::Default, Profile::Robust];
        self
    }

    /// Runs robustness probes on any host: you may test it.
    pub fn with_consent(mut self) -> Suite {
        self.consent = true;
        self
    }

    /// Also runs the vectors in this folder or file.
    pub fn also(mut self, path: impl Into<PathBuf>) -> Suite {
        self.also.push(path.into());
        self
    }

    /// Accepts the failures that this file lists, each with its reason. A listed case that passes
    /// is a failure.
    pub fn baseline(mut self, path: impl Into<PathBuf>) -> Suite {
        self.baseline = Some(path.into());
        self
    }

    /// Counts the verdict flaky as a failure too.
    pub fn fail_on_flaky(mut self) -> Suite {
        self.least = Verdict::Flaky;
        self
    }

    /// Counts the verdicts flaky and non-strict as failures too.
    pub fn strict(mut self) -> Suite {
        self.least = Verdict::NonStrict;
        self
    }

    /// Sets the number of jobs, the retries, the timeout and the seed.
    pub fn options(mut self, options: Options) -> Suite {
        self.options = options;
        self
    }

    /// Runs the suite, on a runtime of its own in a new thread. The target may be served by any
    /// thread or process.
    ///
    /// # Errors
    /// If a pattern matches no case, a file cannot be read, or the target cannot be reached.
    pub fn run(self) -> Result<SuiteOutcome, SuiteError> {
        thread::spawn(move || {
            Runtime::new()
                .map_err(SuiteError::Runtime)?
                .block_on(self.run_with(pending()))
        })
        .join()
        .unwrap_or(Err(SuiteError::Panicked))
    }

    /// Runs the suite on the current runtime, which may be the one that serves the target. When
    /// `stop` resolves, the outcome has the results so far, and its report is not
    /// [complete](Report::complete).
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn run_with(
        self,
        stop: impl Future<Output = ()>,
    ) -> Result<SuiteOutcome, SuiteError> {
        let (began, started) = (Instant::now(), run::now());
        let corpus = corpus(&self.also).map_err(SuiteError::Vectors)?;
        let baseline = self.baseline.as_deref().map(read_baseline).transpose()?;
        let (subject, role) = self.tested.subject(self.consent)?;
        let selection = Selection::new(&self.filter, &self.exclude, self.profiles)?;
        let cases = selection.select_for(&corpus.cases, role, subject.transport())?;
        subject.may_run(&cases).map_err(SuiteError::NotOwn)?;
        let mut target = run::run(&cases, &subject, &self.options, stop, |_| ()).await;
        if let Ending::Unreachable(reason) = target.ended {
            return Err(SuiteError::Unreachable(reason));
        }
        if let Some((path, baseline)) = baseline {
            let every_id = run::every_id(&corpus);
            let scope = Scope {
                whole: !selection.is_part(),
                every_id: Some(&every_id),
            };
            baseline
                .apply(&mut target, scope)
                .map_err(|error| SuiteError::BadBaseline(path, error))?;
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
        Ok(SuiteOutcome {
            report,
            least: self.least,
        })
    }
}

impl Tested {
    fn subject(self, consent: bool) -> Result<(Subject, Role), SuiteError> {
        Ok(match self {
            Tested::Server { url, headers } => {
                let target = Target::new(&url, headers)?.with_consent(consent);
                (Subject::Server(target), Role::Server)
            }
            Tested::Client { command, launch } => {
                let client = Client::new(command, launch, IpAddr::V4(Ipv4Addr::LOCALHOST))?;
                (Subject::Client(Arc::new(client)), Role::Client)
            }
        })
    }
}

/// The embedded vectors, and those at these paths.
fn corpus(also: &[PathBuf]) -> Result<Corpus, VectorErrors> {
    let mut corpus = Corpus::embedded()?;
    for path in also {
        corpus = corpus.with(if path.is_file() {
            Corpus::from_file(path)?
        } else {
            Corpus::from_dir(path)?
        })?;
    }
    Ok(corpus)
}

fn read_baseline(path: &Path) -> Result<(PathBuf, Baseline), SuiteError> {
    let text =
        fs::read_to_string(path).map_err(|error| SuiteError::Baseline(path.to_owned(), error))?;
    let baseline =
        Baseline::parse(&text).map_err(|error| SuiteError::BadBaseline(path.to_owned(), error))?;
    Ok((path.to_owned(), baseline))
}

/// The results of a run of the suite.
#[derive(Debug, Clone)]
pub struct SuiteOutcome {
    /// The whole report.
    pub report: Report,
    least: Verdict,
}

impl SuiteOutcome {
    /// The results of the target.
    pub fn target(&self) -> &TargetReport {
        &self.report.targets[0]
    }

    /// The cases that failed, known failures excepted, and those with the verdict error.
    pub fn failing(&self) -> impl Iterator<Item = &CaseResult> {
        self.target()
            .cases
            .iter()
            .filter(|case| case.falls_short(self.least) || case.verdict == Verdict::Error)
    }

    /// Whether no case fails, some were judged, the baseline holds, and the run was completed.
    pub fn passed(&self) -> bool {
        self.failing().next().is_none()
            && self.target().selected().judged() > 0
            && self.target().broken_baseline.is_empty()
            && self.report.troubles().is_empty()
    }

    /// The report as text, `width` columns wide: for each failure the clause, the bytes and the
    /// reason.
    pub fn text(&self, width: usize) -> String {
        let options = terminal::Options {
            color: false,
            width,
            whole_last_line: true,
            details: terminal::DETAILS,
            verbose: false,
        };
        terminal::render(&self.report, self.target(), &options)
    }

    /// Writes the report to a file.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, format: Format, path: impl AsRef<Path>) -> io::Result<()> {
        format.write_file(&self.report, path.as_ref())
    }

    /// Panics unless the target [passed](Self::passed).
    ///
    /// # Panics
    /// With the report as text.
    #[track_caller]
    pub fn assert(&self) {
        assert!(self.passed(), "\n{}", self.text(WIDTH));
    }
}

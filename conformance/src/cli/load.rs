//! `wsspec load`: an echo server under many connections.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::runtime::Runtime;
use wsspec::load::{
    LoadReport, Percentiles, Plan, Progress, Trouble, TroubleKind, load as put_under_load,
};
use wsspec::run::Target;
use wsspec_core::frame::MessageKind;
use wsspec_reports::counted;

use super::args::headings::{PRINTED, REPORTS};
use super::args::{FieldArgs, SecondsError, seconds_within};
use super::exit::Exit;
use super::failure::{Done, Failure};
use super::interrupt::Interrupts;
use super::out;

/// Files that are open beside the connections.
const OTHER_FILES: u64 = 64;

/// Most bytes of a message: all that are on their way are kept.
const MAX_SIZE: u64 = 16 << 20;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples: wsspec load ws://127.0.0.1:9001/ --connections 5000
          wsspec load ws://127.0.0.1:9001/ --messages-per-second 2000 --time 60 --json load.json
          wsspec load ws://127.0.0.1:9001/ --profile gate
          wsspec load ws://127.0.0.1:9001/ --transport h2 --streams 20

The server has to echo. Each message is compared with its echo, and what the server sends is judged by the rules of \
frames and of the opening handshake. Exit codes: 0 all came back as it was, 1 something did not, or a rule was broken, \
3 no connection could be opened, or the server does not echo.")]
pub(crate) struct LoadCommand {
    /// The server
    #[arg(value_name = "URL")]
    url: String,
    /// Connections at the same time
    #[arg(long, short, default_value_t = 100, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=60_000))]
    connections: u32,
    /// WebSockets that share a connection over HTTP/2 or HTTP/3, and as many as the server allows at most
    #[arg(long, default_value_t = 100, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    streams: u32,
    /// Messages of each connection that may wait for their echo
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    in_flight: u32,
    /// Bytes of a message
    #[arg(long, default_value_t = 125, value_name = "BYTES", value_parser = clap::value_parser!(u64).range(..=MAX_SIZE))]
    size: u64,
    /// Messages a second, of all connections together; by default, as many as come back
    #[arg(long, value_name = "N", value_parser = per_second)]
    messages_per_second: Option<f64>,
    /// End each connection after N messages
    #[arg(long, value_name = "N")]
    messages: Option<u64>,
    /// Send binary messages
    #[arg(long)]
    binary: bool,
    /// Offer permessage-deflate
    #[arg(long)]
    deflate: bool,
    /// Seconds to send messages, once all connections are open
    #[arg(long, default_value_t = 10.0, value_name = "S", value_parser = duration)]
    time: f64,
    /// A load with a name, in place of the options about it
    #[arg(long, value_enum, value_name = "NAME", conflicts_with_all = ["time", "json"])]
    profile: Option<LoadProfile>,
    /// Watch the memory, processor time, threads and files of this process and those below it (Linux)
    #[arg(long, value_name = "PID")]
    pid: Option<u32>,
    /// Write the result as JSON
    #[arg(long, value_name = "FILE", help_heading = REPORTS)]
    json: Option<PathBuf>,
    /// Print only what went wrong
    #[arg(long, short, help_heading = PRINTED)]
    quiet: bool,
    #[command(flatten)]
    fields: FieldArgs,
}

/// A load with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LoadProfile {
    /// Five seconds, and the result as one line of JSON: for benchmarks that admit only servers that conform
    Gate,
}

/// Parses the time to send: up to a day.
fn duration(text: &str) -> Result<f64, SecondsError> {
    seconds_within(text, 0.1..=86_400.0)
}

fn per_second(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| "expected a number".to_owned())?;
    if (0.001..=1e9).contains(&rate) {
        Ok(rate)
    } else {
        Err("expected a number from 0.001 to 1000000000".to_owned())
    }
}

impl LoadCommand {
    fn plan(&self) -> Plan {
        let seconds = match self.profile {
            Some(LoadProfile::Gate) => 5.0,
            None => self.time,
        };
        Plan {
            connections: self.connections,
            streams: self.streams,
            in_flight: self.in_flight,
            size: self.size as usize,
            kind: if self.binary {
                MessageKind::Binary
            } else {
                MessageKind::Text
            },
            rate: self.messages_per_second,
            messages: self.messages,
            deflate: self.deflate,
            time: Duration::from_secs_f64(seconds),
        }
    }
}

pub(super) fn load(command: &LoadCommand) -> Done {
    let target = command.fields.target(&command.url)?;
    target.may_break()?;
    raise_file_limit(u64::from(command.connections) + OTHER_FILES)?;
    let runtime = Runtime::new().map_err(Failure::internal)?;
    runtime.block_on(run(command, Arc::new(target)))
}

async fn run(command: &LoadCommand, target: Arc<Target>) -> Done {
    let gate = command.profile == Some(LoadProfile::Gate);
    let first = first_message(&target, &command.plan()).await?;
    let report = if first.clean {
        let bar = bar(command.quiet || gate);
        let mut interrupts = Interrupts::listen();
        let (plan, stop) = (command.plan(), interrupts.next());
        let report = put_under_load(target, plan, command.pid, stop, |now| show(&bar, now)).await;
        bar.finish_and_clear();
        report
    } else {
        first
    };
    if let Some(path) = &command.json {
        out::json(path, &report)?;
    }
    if gate {
        let line = serde_json::to_string(&report).map_err(Failure::internal)?;
        out::text(format_args!("{line}\n"));
    } else if command.json.as_deref() != Some(Path::new("-")) {
        let text = text(&report, command.quiet);
        out::text(format_args!("{text}"));
    }
    Ok(match report {
        LoadReport { opened: 0, .. } => Exit::Unreachable,
        LoadReport { clean: true, .. } => Exit::Fine,
        _ => Exit::FellShort,
    })
}

/// One message of one connection, before there is a load: whether it comes back.
async fn first_message(target: &Arc<Target>, plan: &Plan) -> Result<LoadReport, Failure> {
    let single = Plan {
        connections: 1,
        in_flight: 1,
        messages: Some(1),
        rate: None,
        time: Duration::from_secs(1),
        ..plan.clone()
    };
    let never = std::future::pending();
    let report = put_under_load(target.clone(), single, None, never, |_| {}).await;
    let url = &report.url;
    if let Some(how) = report.unopened.keys().next() {
        let message = format!("{url}: no WebSocket was opened: {how}");
        return Err(Failure::Unreachable(message));
    }
    let unanswered = report.trouble.iter().any(is_unanswered);
    if unanswered || report.clean && report.echoed == 0 {
        let message = format!(
            "{url}: the first message did not come back, and load needs a server that echoes"
        );
        return Err(Failure::Unreachable(message));
    }
    Ok(report)
}

fn is_unanswered(trouble: &Trouble) -> bool {
    trouble.kind == TroubleKind::Unanswered
}

/// A bar on standard error, if that is a terminal.
fn bar(hidden: bool) -> ProgressBar {
    if hidden || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {msg}");
    ProgressBar::new_spinner()
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
}

fn show(bar: &ProgressBar, now: Progress) {
    let connections = counted(now.opened as usize, "connection");
    bar.set_message(if now.elapsed.is_zero() {
        format!("opening: {connections}, {} failed", now.failed)
    } else {
        let seconds = now.elapsed.as_secs();
        format!(
            "{seconds} s: {connections}, {} came back",
            counted(now.echoed as usize, "message")
        )
    });
    bar.tick();
}

fn text(report: &LoadReport, quiet: bool) -> String {
    let mut lines = Vec::new();
    if !quiet {
        lines.push(report.url.clone());
        lines.push(format!(
            "  connections  {} of {} opened; {} to open",
            report.opened,
            report.connections,
            times(&report.opening_us)
        ));
        lines.push(format!(
            "  messages     {} of {} came back in {:.1} s: {:.0} a second, {:.1} MiB/s",
            report.echoed,
            report.sent,
            report.seconds,
            report.messages_per_second,
            report.mib_per_second
        ));
        lines.push(format!("  latency      {}", times(&report.latency_us)));
        lines.extend(report.usage.map(|usage| {
            let grown = usage.memory_peak_kib.saturating_sub(usage.memory_before_kib);
            format!(
                "  processes    {} MiB at most, {} KiB more for each connection, {:.1} s of processor time, {}, {}",
                usage.memory_peak_kib / 1024,
                grown / u64::from(report.opened.max(1)),
                usage.cpu_ms as f64 / 1000.0,
                counted(usage.threads as usize, "thread"),
                counted(usage.files as usize, "file"),
            )
        }));
    }
    for (how, number) in &report.unopened {
        lines.push(format!(
            "  {} not opened: {how}",
            counted(*number as usize, "connection")
        ));
    }
    for (code, number) in &report.closed {
        let connections = counted(*number as usize, "connection");
        lines.push(format!("  {connections} closed by the server with {code}"));
    }
    lines.extend(report.trouble.iter().map(trouble));
    lines.push(String::new());
    lines.join("\n")
}

fn trouble(trouble: &Trouble) -> String {
    let clause = trouble.clause.as_ref();
    let clause = clause.map_or(String::new(), |clause| format!(" ({clause})"));
    let first = trouble.first;
    let offset = first
        .offset
        .map_or(String::new(), |offset| format!(", byte {offset}"));
    format!(
        "FAIL {}: {}{clause}: {} times, first on connection {} at message {}{offset}",
        trouble.key, trouble.what, trouble.count, first.connection, first.message
    )
}

/// Times in milliseconds.
fn times(times: &Percentiles) -> String {
    format!(
        "{:.2} ms (median), {:.2} (90%), {:.2} (99%), {:.2} (99.9%), {:.2} at most",
        ms(times.p50),
        ms(times.p90),
        ms(times.p99),
        ms(times.p99_9),
        ms(times.max)
    )
}

fn ms(us: u64) -> f64 {
    us as f64 / 1000.0
}

/// Raises the limit of open files as far as the system lets us.
#[cfg(unix)]
fn raise_file_limit(needed: u64) -> Result<(), Failure> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= needed) {
        return Ok(());
    }
    let most = limit.maximum.unwrap_or(u64::MAX);
    if most < needed {
        return Err(Failure::usage(format!(
            "that number of connections needs {needed} open files, and the limit is {most}: raise it (ulimit -Hn), or take fewer \
             --connections"
        )));
    }
    let raised = Rlimit {
        current: Some(needed),
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, raised).map_err(|error| {
        Failure::usage(format!(
            "the limit of open files cannot be raised to {needed}: {error}"
        ))
    })
}

/// There is no such limit.
#[cfg(not(unix))]
fn raise_file_limit(_: u64) -> Result<(), Failure> {
    Ok(())
}

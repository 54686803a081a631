//! `wsspec judge FILE…`: judges stored conversations again, without a target.

mod captures;

use std::path::PathBuf;

use clap::Args;
use wsspec::rejudge::{Rejudged, rejudge};

use super::args::{FailArgs, VectorArgs};
use super::exit::Exit;
use super::failure::Done;
use super::out;
use super::proxy::JudgingArgs;
use super::stored::{merged, warn_of_incomplete_runs};

/// Most cases named on a line.
const NAMED: usize = 3;

#[derive(Debug, Args)]
#[command(after_help = "\
A report has the conversations of what did not pass; with --transcripts all in the run, it has those of passes too. \
The exit code is that of the verdicts as they are now.

In a capture, both sides of every WebSocket are judged, on any port, as `wsspec proxy` judges live ones; connections are \
numbered as in `wsspec decode`. What TLS encrypts is not read. The exit code is 1 if a rule was broken, 2 if no WebSocket \
was opened.

Examples: wsspec judge run.json
          wsspec judge capture.pcapng --html traffic.html")]
pub(crate) struct JudgeCommand {
    /// The stored JSON report (- is stdin), or a capture (pcap, pcapng); several are merged
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    vectors: VectorArgs,
    #[command(flatten)]
    fail: FailArgs,
    #[command(flatten)]
    judging: JudgingArgs,
}

pub(super) fn judge(args: &JudgeCommand) -> Done {
    if args.files.iter().any(|file| captures::is_capture(file)) {
        return captures::judge(&args.files, &args.judging);
    }
    let corpus = args.vectors.corpus()?;
    let mut report = merged(&args.files)?;
    let rejudged = rejudge(&mut report, &corpus);
    report.vectors_digest.clone_from(&corpus.digest);
    let ids = wsspec::run::every_id(&corpus);
    args.fail.mark_known(&mut report, |_| Some(ids.clone()))?;
    args.judging.outputs.write(&report)?;
    if args.judging.outputs.to_stdout() {
        anstream::eprint!("{}", text(&rejudged));
    } else {
        out::text(format_args!("{}", text(&rejudged)));
    }
    warn_of_incomplete_runs(&report);
    if rejudged.judged == 0 {
        return Ok(Exit::Usage);
    }
    Ok(args.fail.report(&report))
}

/// What changed, what did not, and what was not judged.
fn text(rejudged: &Rejudged) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for change in &rejudged.changed {
        let (before, now) = (change.before.name(), change.now.name());
        let _ = write!(text, "{}: {before} → {now}", change.case);
        if !change.reason.is_empty() {
            let _ = write!(text, ": {}", change.reason);
        }
        text.push('\n');
    }
    for (kept, cases) in &rejudged.kept {
        let named: Vec<&str> = cases.iter().take(NAMED).map(String::as_str).collect();
        let more = if cases.len() > NAMED { ", …" } else { "" };
        let _ = writeln!(
            text,
            "{} not judged again, {}: {}{more}",
            cases.len(),
            kept.words(),
            named.join(", ")
        );
    }
    let _ = writeln!(
        text,
        "{} judged again, {} with another verdict",
        rejudged.judged,
        rejudged.changed.len()
    );
    text
}

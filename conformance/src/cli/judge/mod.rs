//! `wsspec judge FILE…`: judges stored conversations again, without a target.

mod captures;
mod recordings;

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use wsspec::referee::Party;
use wsspec::rejudge::{Rejudged, rejudge};
use wsspec_reports::{Transport, counted};

use super::args::{FailArgs, VectorArgs};
use super::exit::Exit;
use super::failure::{Done, Failure};
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
numbered as in `wsspec decode`. TLS 1.3 is read with the secrets of its connections (--keylog). A HAR file has no frames: opening handshakes and opcodes are judged. The exit code is 1 if a rule was broken, 2 if no WebSocket \
was opened.

Examples: wsspec judge run.json
          wsspec judge capture.pcapng --html traffic.html")]
pub(crate) struct JudgeCommand {
    /// The stored JSON report (- is stdin), a capture (pcap, pcapng), or a HAR file; several are merged
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The secrets of TLS 1.3 in a capture: the file of SSLKEYLOGFILE. Those that a pcapng file has in it
    /// are used as well
    #[arg(long, value_name = "FILE")]
    keylog: Option<PathBuf>,
    #[command(flatten)]
    vectors: VectorArgs,
    #[command(flatten)]
    fail: FailArgs,
    #[command(flatten)]
    judging: JudgingArgs,
}

pub(super) fn judge(args: &JudgeCommand) -> Done {
    if args.files.iter().any(|file| captures::is_capture(file)) {
        return captures::judge(&args.files, args.keylog.as_deref(), &args.judging);
    }
    if args.files.iter().any(|file| recordings::is_har(file)) {
        return recordings::judge(&args.files, &args.judging);
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

/// Reads a file of at most this many bytes; what to do about a larger one.
fn whole(file: &Path, most: u64, otherwise: &str) -> Result<Vec<u8>, Failure> {
    let opened = File::open(file).map_err(|error| Failure::file(file, error))?;
    let mut bytes = Vec::new();
    let read = opened.take(most + 1).read_to_end(&mut bytes);
    if read.map_err(|error| Failure::file(file, error))? as u64 > most {
        let why = format!("larger than {} MiB: {otherwise}", most >> 20);
        return Err(Failure::file(file, why));
    }
    Ok(bytes)
}

/// The clients and servers in files of this kind.
fn parties(files: &[PathBuf], kind: &str) -> [Party; 2] {
    let seen_in = match files {
        [file] => file.display().to_string(),
        files => counted(files.len(), kind),
    };
    ["clients", "servers"].map(|side| Party {
        name: format!("{side} in {seen_in}"),
        url: seen_in.clone(),
        over: Transport::Tcp,
    })
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

//! `wsspec merge --findings`.

use std::path::{Path, PathBuf};

use wsspec::fuzz::Findings;
use wsspec_reports::counted;

use crate::cli::exit::Exit;
use crate::cli::failure::{Done, Failure};
use crate::cli::out::out;

/// Most missing shards that are named.
const MISSING: usize = 8;

/// Merges the findings of shards by their causes.
pub(in crate::cli) fn merge_findings(dirs: &[PathBuf], into: &Path, partial: bool) -> Done {
    let findings = Findings::read(dirs).map_err(Failure::usage)?;
    let missing: Vec<String> = findings.shards().missing().take(MISSING).collect();
    if !missing.is_empty() && !partial {
        return Err(Failure::usage(format!(
            "these shards are missing: {}; add their folders, or merge without them with --partial",
            missing.join(", ")
        )));
    }
    findings.write(into).map_err(Failure::usage)?;
    for finding in findings.kept() {
        let name = finding.file.file_name().unwrap_or_default();
        out!(
            "{}: {} [{}]",
            into.join(name).display(),
            finding.reason,
            finding.requirement
        );
    }
    let kept = findings.kept().len();
    anstream::eprintln!(
        "{} of {}: {kept} kept, {} left out, which have the cause of another",
        counted(findings.found(), "finding"),
        counted(findings.shards().parts.len(), "shard"),
        findings.found() - kept
    );
    Ok(if kept > 0 {
        Exit::FellShort
    } else {
        Exit::Fine
    })
}

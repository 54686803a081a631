//! The files that a report is written to, in every format.

use std::path::{Path, PathBuf};

use clap::Args;
use wsspec_reports::sink::{Captures, ReportFile, Sinks};
use wsspec_reports::{Format, Report};

use super::args::headings::REPORTS;
use super::failure::Failure;

/// Where the report goes.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = REPORTS)]
pub(crate) struct Outputs {
    /// Write the report as JSON; in a run, rewritten as results come
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write an HTML page that loads no other file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write SARIF, for code scanning
    #[arg(long, value_name = "FILE")]
    sarif: Option<PathBuf>,
    /// Write Markdown, for the summary of a CI job
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Write the JSON of a shields.io badge
    #[arg(long, value_name = "FILE")]
    badge: Option<PathBuf>,
    /// Write a capture of each conversation that is kept into this folder, for Wireshark
    #[arg(long, value_name = "DIR")]
    pcap: Option<PathBuf>,
}

impl Outputs {
    fn all(&self) -> impl Iterator<Item = (Format, &Path)> {
        let files = [
            (Format::Json, &self.json),
            (Format::Html, &self.html),
            (Format::Junit, &self.junit),
            (Format::Sarif, &self.sarif),
            (Format::Markdown, &self.markdown),
            (Format::Badge, &self.badge),
        ];
        files
            .into_iter()
            .filter_map(|(format, path)| path.as_deref().map(|path| (format, path)))
    }

    /// Whether no report is asked for.
    pub(crate) fn is_empty(&self) -> bool {
        self.all().next().is_none() && self.pcap.is_none()
    }

    /// Whether one of them goes to stdout.
    pub(crate) fn to_stdout(&self) -> bool {
        self.all().any(|(_, path)| path == Path::new("-"))
    }

    /// Creates the files before the run that `head` describes, and adds the sinks that write them.
    ///
    /// With `all_transcripts` the JSON report and the captures have the conversations of passes too.
    pub(crate) fn create(
        &self,
        head: &Report,
        all_transcripts: bool,
        sinks: &mut Sinks<'_>,
    ) -> Result<(), Failure> {
        let to_stdout = self.all().filter(|(_, path)| *path == Path::new("-"));
        if to_stdout.count() > 1 {
            return Err(Failure::usage("only one report can go to stdout"));
        }
        self.refuse_same_files()?;
        for (format, path) in self.all() {
            let mut file = ReportFile::create(format, path, head).map_err(Failure::usage)?;
            if all_transcripts {
                file = file.with_all_transcripts().map_err(Failure::usage)?;
            }
            sinks.push(file);
        }
        if let Some(folder) = &self.pcap {
            sinks.push(Captures::create(folder, all_transcripts).map_err(Failure::usage)?);
        }
        Ok(())
    }

    /// Two reports in one file would be none.
    fn refuse_same_files(&self) -> Result<(), Failure> {
        let mut taken: Vec<(Format, &Path)> = Vec::new();
        for (format, path) in self.all().filter(|(_, path)| *path != Path::new("-")) {
            if let Some((other, _)) = taken.iter().find(|(_, before)| *before == path) {
                return Err(Failure::usage(format!(
                    "--{} and --{} cannot both write to {}",
                    other.name(),
                    format.name(),
                    path.display()
                )));
            }
            taken.push((format, path));
        }
        Ok(())
    }

    /// Writes every report.
    pub(crate) fn write(&self, report: &Report) -> Result<(), Failure> {
        self.refuse_same_files()?;
        self.all().try_for_each(|(format, path)| {
            format
                .write_file(report, path)
                .map_err(|e| failed(path, &e))
        })?;
        match &self.pcap {
            Some(folder) => Captures::of(report, folder).map_err(Failure::usage),
            None => Ok(()),
        }
    }
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(format!("cannot write {}: {error}", path.display()))
}

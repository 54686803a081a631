//! The transcripts of a run on disk, for a report that keeps all of them.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::{CaseResult, Report, TargetReport, Transcript};

/// Where the cases of a target stand in a report that is written without them. Quotes within
/// strings are escaped, so this text is nowhere else.
const NO_CASES: &str = "\"cases\": []";

/// Transcripts by target and case, in a file that is removed with this.
pub(super) struct Spill {
    path: PathBuf,
    file: File,
    /// Name and URL of the target, id of the case → offset and length.
    index: BTreeMap<(String, String, String), (u64, usize)>,
    end: u64,
}

impl Spill {
    /// Creates the file beside `report`; in the folder for temporary files if that is stdout.
    pub(super) fn create(report: &Path) -> io::Result<Spill> {
        let path = if report == Path::new("-") {
            std::env::temp_dir().join(format!("wsspec-{}.transcripts", std::process::id()))
        } else {
            let mut beside = report.as_os_str().to_owned();
            beside.push(".transcripts");
            beside.into()
        };
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&path)?;
        Ok(Spill {
            path,
            file,
            index: BTreeMap::new(),
            end: 0,
        })
    }

    /// Appends the transcript of a case, if it has one.
    pub(super) fn put(&mut self, target: &TargetReport, case: &CaseResult) -> io::Result<()> {
        let Some(transcript) = &case.transcript else {
            return Ok(());
        };
        let bytes = serde_json::to_vec(transcript)?;
        self.file.seek(SeekFrom::Start(self.end))?;
        self.file.write_all(&bytes)?;
        self.index
            .insert(key(target, &case.id), (self.end, bytes.len()));
        self.end += bytes.len() as u64;
        Ok(())
    }

    fn get(&mut self, target: &TargetReport, id: &str) -> io::Result<Option<Transcript>> {
        let Some(&(offset, length)) = self.index.get(&key(target, id)) else {
            return Ok(None);
        };
        let mut bytes = vec![0; length];
        self.file.seek(SeekFrom::Start(offset))?;
        self.file.read_exact(&mut bytes)?;
        Ok(Some(serde_json::from_slice(&bytes)?))
    }

    /// Writes the report as JSON with all transcripts, one case a line; one transcript is in memory
    /// at a time.
    pub(super) fn write(&mut self, report: &Report, mut to: impl Write) -> io::Result<()> {
        let mut frame = report.clone();
        frame
            .targets
            .iter_mut()
            .for_each(|target| target.cases.clear());
        let frame = serde_json::to_string_pretty(&frame)?;
        let mut parts = frame.split(NO_CASES);
        to.write_all(parts.next().unwrap_or_default().as_bytes())?;
        for (target, part) in report.targets.iter().zip(parts) {
            to.write_all(b"\"cases\": [")?;
            for (i, case) in target.cases.iter().enumerate() {
                to.write_all(if i == 0 { b"\n" } else { b",\n" })?;
                self.write_case(target, case, &mut to)?;
            }
            to.write_all(b"\n]")?;
            to.write_all(part.as_bytes())?;
        }
        to.write_all(b"\n")
    }

    fn write_case(
        &mut self,
        target: &TargetReport,
        case: &CaseResult,
        to: &mut impl Write,
    ) -> io::Result<()> {
        if case.is_passive() {
            return serde_json::to_writer(to, case).map_err(io::Error::from);
        }
        let mut case = case.clone();
        if let Some(transcript) = self.get(target, &case.id)? {
            case.transcript = Some(transcript.into());
        }
        serde_json::to_writer(to, &case).map_err(io::Error::from)
    }
}

impl Drop for Spill {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

fn key(target: &TargetReport, id: &str) -> (String, String, String) {
    (target.name.clone(), target.url.clone(), id.to_owned())
}

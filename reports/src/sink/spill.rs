//! The transcripts of a run on disk, for a report that keeps all of them.

use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::scratch::Scratch;
use crate::{CaseResult, TargetReport, Transcript};

/// Where the cases stand in a target that is written without them. Quotes within strings are
/// escaped, so this text is nowhere else.
const NO_CASES: &str = "\"cases\": []";

/// Transcripts by target and case, in a file.
pub(super) struct Spill {
    file: Scratch,
    /// Name and URL of the target, id of the case → offset and length.
    index: BTreeMap<(String, String, String), (u64, usize)>,
    end: u64,
}

impl Spill {
    /// Creates the file beside `report`.
    pub(super) fn create(report: &Path) -> io::Result<Spill> {
        Ok(Spill {
            file: Scratch::beside(report, "transcripts")?,
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

    /// Writes a target as JSON with all its transcripts, one case a line; one transcript is in
    /// memory at a time.
    pub(super) fn write(&mut self, target: &TargetReport, to: &mut dyn Write) -> io::Result<()> {
        let frame = serde_json::to_string_pretty(&target.without_cases())?;
        let (before, after) = frame.split_once(NO_CASES).unwrap_or((&frame, ""));
        to.write_all(before.as_bytes())?;
        to.write_all(b"\"cases\": [")?;
        for (i, case) in target.cases.iter().enumerate() {
            to.write_all(if i == 0 { b"\n" } else { b",\n" })?;
            self.write_case(target, case, to)?;
        }
        to.write_all(b"\n]")?;
        to.write_all(after.as_bytes())
    }

    /// Forgets the transcripts of a target.
    pub(super) fn forget(&mut self, target: &TargetReport) {
        self.index
            .retain(|(name, url, _), _| *name != target.name || *url != target.url);
        if self.index.is_empty() {
            self.end = 0;
        }
    }

    fn write_case(
        &mut self,
        target: &TargetReport,
        case: &CaseResult,
        to: &mut dyn Write,
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

fn key(target: &TargetReport, id: &str) -> (String, String, String) {
    (target.name.clone(), target.url.clone(), id.to_owned())
}

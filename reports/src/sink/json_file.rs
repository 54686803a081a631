//! A report as JSON. Of a target that is done, nothing stays in memory.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::Finished;
use super::archive::{Archive, locked, pretty};
use super::live::Live;
use super::spill::Spill;
use crate::{Format, Report, TargetReport};

/// A JSON report, in a file or on stdout.
pub(super) struct JsonFile {
    path: PathBuf,
    /// Rewrites the file; there is none on stdout.
    live: Option<Live>,
    archive: Arc<Mutex<Archive>>,
    /// The transcripts of all cases, where the report keeps them.
    spill: Option<Spill>,
}

impl JsonFile {
    pub(super) fn create(path: &Path, head: &Report) -> io::Result<JsonFile> {
        let archive = Arc::new(Mutex::new(Archive::create(path)?));
        let live = if path == Path::new("-") {
            None
        } else {
            Some(Live::new(path, head, Arc::clone(&archive))?)
        };
        Ok(JsonFile {
            path: path.to_owned(),
            live,
            archive,
            spill: None,
        })
    }

    pub(super) fn keep_all_transcripts(&mut self) -> io::Result<()> {
        self.spill = Some(Spill::create(&self.path)?);
        Ok(())
    }

    pub(super) fn started(&mut self, target: &TargetReport) {
        if let Some(live) = &mut self.live {
            live.started(target);
        }
    }

    pub(super) fn probed(&self, target: &TargetReport) {
        if let Some(live) = &self.live {
            live.probed(target);
        }
    }

    pub(super) fn result(&mut self, target: &TargetReport, case: Finished<'_>) -> io::Result<()> {
        if let Some(live) = &self.live {
            live.result(target, case.kept);
        }
        match &mut self.spill {
            Some(spill) => spill.put(target, case.whole),
            None => Ok(()),
        }
    }

    pub(super) fn reported(&self, target: &TargetReport) -> io::Result<()> {
        match &self.live {
            Some(live) => live.reported(target),
            None => Ok(()),
        }
    }

    pub(super) fn target_done(&mut self, target: &TargetReport) -> io::Result<()> {
        let mut archive = locked(&self.archive);
        match &mut self.spill {
            Some(spill) => {
                archive.put(|to| spill.write(target, to))?;
                spill.forget(target);
            }
            None => archive.put(|to| pretty(target, to))?,
        }
        if let Some(live) = &self.live {
            live.done(target, archive.end());
        }
        Ok(())
    }

    pub(super) fn run_done(&mut self, run: &Report) -> io::Result<()> {
        if let Some(live) = &mut self.live {
            live.stop();
        }
        let mut archive = locked(&self.archive);
        let end = archive.end();
        Format::replace(&self.path, |to| {
            archive.write(end, &run.without_targets(), to)
        })
    }
}

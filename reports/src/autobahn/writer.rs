//! The folder of a report. Files are written as results come, each in one step.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::ser::{PrettyFormatter, Serializer};

use super::index::{Index, Row};
use super::{CaseReport, case, page};

/// Most characters of a file name that come from the name of an agent.
const LONGEST: usize = 120;

/// The time between two writes of the index is this many times as long as the last one took …
const PAUSE_PER_WRITE: u32 = 4;

/// … but no longer than this.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// Writes a report into a folder.
#[derive(Debug)]
pub struct Writer {
    dir: PathBuf,
    index: Index,
    /// The agent that each front of a file name belongs to.
    names: BTreeMap<String, String>,
    /// When the index was written last.
    written: Instant,
    /// The time from then until it is written again.
    pause: Duration,
}

impl Writer {
    /// Makes the folder, with an empty report in it.
    ///
    /// # Errors
    /// If the folder, or a file in it, cannot be written.
    pub fn new(dir: &Path) -> io::Result<Writer> {
        fs::create_dir_all(dir)?;
        let mut writer = Writer {
            dir: dir.to_owned(),
            index: Index::new(),
            names: BTreeMap::new(),
            written: Instant::now(),
            pause: Duration::ZERO,
        };
        writer.finish()?;
        Ok(writer)
    }

    /// Writes the files of one result. `is_server`: the suite was the server, the agent a client.
    ///
    /// The index follows at once, or up to half a second later if it is long;
    /// [`finish`](Self::finish) writes it now.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write(&mut self, agent: &str, is_server: bool, report: &CaseReport) -> io::Result<()> {
        let name = format!("{}_case_{}", self.name(agent), report.id.replace('.', "_"));
        let reportfile = format!("{name}.json");
        self.replace(&reportfile, &pretty(&case::file(agent, is_server, report))?)?;
        self.replace(
            &format!("{name}.html"),
            page::case(agent, is_server, report).as_bytes(),
        )?;
        let row = Row {
            behavior: report.behavior,
            behavior_close: report.behavior_close,
            duration: report.duration_ms,
            remote_close_code: report
                .observed
                .target
                .close
                .as_ref()
                .and_then(|close| close.code),
            reportfile,
        };
        self.index
            .entry(agent.to_owned())
            .or_default()
            .insert(report.id.clone(), row);
        if self.written.elapsed() >= self.pause {
            self.finish()
        } else {
            Ok(())
        }
    }

    /// Writes the index of all results so far.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn finish(&mut self) -> io::Result<()> {
        let began = Instant::now();
        self.replace("index.json", &pretty(&self.index)?)?;
        self.replace("index.html", page::index(&self.index).as_bytes())?;
        self.written = Instant::now();
        self.pause = (began.elapsed() * PAUSE_PER_WRITE).min(LONGEST_PAUSE);
        Ok(())
    }

    /// The front of the file names of an agent. Agents whose cleaned names are equal get different
    /// ones.
    fn name(&mut self, agent: &str) -> String {
        if let Some((name, _)) = self.names.iter().find(|(_, owner)| *owner == agent) {
            return name.clone();
        }
        let plain = clean(agent);
        let numbered = (2..).map(|n| format!("{plain}_{n}"));
        let name = std::iter::once(plain.clone())
            .chain(numbered)
            .find(|name| !self.names.contains_key(name));
        let name = name.unwrap_or(plain);
        self.names.insert(name.clone(), agent.to_owned());
        name
    }

    /// Writes a file in one step: neither a reader nor a kill ever leaves half of one.
    fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let beside = self.dir.join(format!(".{name}.part"));
        fs::write(&beside, bytes)?;
        fs::rename(&beside, self.dir.join(name))
    }
}

/// The name of an agent in file names: lower case, `_` in place of all but ASCII letters and
/// digits, none at the ends.
pub fn clean(agent: &str) -> String {
    let name: String = agent
        .to_lowercase()
        .chars()
        .map(|c| match c {
            'a'..='z' | '0'..='9' => c,
            _ => '_',
        })
        .take(LONGEST)
        .collect();
    name.trim_matches('_').to_owned()
}

/// JSON in Autobahn's layout.
fn pretty(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut out, PrettyFormatter::with_indent(b"   "));
    value.serialize(&mut serializer)?;
    out.push(b'\n');
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn names_of_agents_are_cleaned_for_files() {
        assert_eq!(clean("TornadoServer/6.1"), "tornadoserver_6_1");
        assert_eq!(
            (clean("A b-1"), clean("a_b_1")),
            ("a_b_1".to_owned(), "a_b_1".to_owned())
        );
        assert_eq!(clean("(über) ../../x"), "ber________x");
    }
}

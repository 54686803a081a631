//! The folder of a report, written as results come.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::ser::{PrettyFormatter, Serializer};

use super::{Behavior, BehaviorClose, CaseReport, Seen, case, page};

/// The longest front of a file's name that an agent gives.
const LONGEST: usize = 120;

/// One row of `index.json`, its keys in their order.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Row {
    pub(super) behavior: Behavior,
    pub(super) behavior_close: BehaviorClose,
    pub(super) duration: u64,
    pub(super) remote_close_code: Option<u16>,
    pub(super) reportfile: String,
}

/// Results by agent and case.
pub(super) type Index = BTreeMap<String, BTreeMap<String, Row>>;

/// Writes a report into a folder.
#[derive(Debug)]
pub struct Writer {
    dir: PathBuf,
    index: Index,
    /// Which agent has which file names.
    names: BTreeMap<String, String>,
    written: Instant,
    pause: Duration,
}

impl Writer {
    /// Makes the folder, with an empty report in it.
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
    /// The index follows at once, or where there is much of it, soon: see [`finish`](Self::finish).
    pub fn write(&mut self, agent: &str, is_server: bool, report: &CaseReport) -> io::Result<()> {
        let seen = Seen::of(&report.transcript, report.close.as_ref());
        let name = format!("{}_case_{}", self.name(agent), report.id.replace('.', "_"));
        let reportfile = format!("{name}.json");
        self.replace(
            &reportfile,
            &pretty(&case::file(agent, is_server, report, &seen))?,
        )?;
        self.replace(
            &format!("{name}.html"),
            page::case(agent, is_server, report, &seen).as_bytes(),
        )?;
        let row = Row {
            behavior: report.behavior,
            behavior_close: report.behavior_close,
            duration: report.duration_ms,
            remote_close_code: seen.theirs.and_then(|close| close.code),
            reportfile,
        };
        self.index
            .entry(agent.to_owned())
            .or_default()
            .insert(report.id.clone(), row);
        // A long index is not all that a run does.
        if self.written.elapsed() >= self.pause {
            self.finish()
        } else {
            Ok(())
        }
    }

    /// Writes the index, with all results so far.
    pub fn finish(&mut self) -> io::Result<()> {
        let began = Instant::now();
        self.replace("index.json", &pretty(&self.index)?)?;
        self.replace("index.html", page::index(&self.index).as_bytes())?;
        self.written = Instant::now();
        self.pause = (began.elapsed() * 4).min(Duration::from_millis(500));
        Ok(())
    }

    /// The front of the file names of an agent. Two agents whose names come out the same get different ones.
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

    /// Writes a file in one step: whoever reads it, or is left with it by a kill, never meets half of one.
    fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let beside = self.dir.join(format!(".{name}.part"));
        fs::write(&beside, bytes)?;
        fs::rename(&beside, self.dir.join(name))
    }
}

/// The name of an agent as it stands in file names: lower case, `_` for all but letters and digits, none at the ends.
pub fn clean(agent: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_lowercase() || c.is_ascii_digit() {
            c
        } else {
            '_'
        }
    };
    let name: String = agent
        .to_lowercase()
        .chars()
        .map(plain)
        .take(LONGEST)
        .collect();
    name.trim_matches('_').to_owned()
}

/// JSON in the incumbent's layout.
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
    fn agents_in_file_names() {
        assert_eq!(clean("TornadoServer/6.1"), "tornadoserver_6_1");
        assert_eq!(
            (clean("A b-1"), clean("a_b_1")),
            ("a_b_1".to_owned(), "a_b_1".to_owned())
        );
        assert_eq!(clean("(über) ../../x"), "ber________x");
    }
}

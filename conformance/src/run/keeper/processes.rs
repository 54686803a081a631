//! What `/proc` says about processes; nothing on other systems than Linux.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// Whether this process exists and is no zombie. On other systems than Linux, whether a signal could
/// be sent to it.
pub(super) fn lives(id: u32) -> bool {
    if cfg!(target_os = "linux") {
        stat(id).is_some()
    } else {
        can_be_signalled(id)
    }
}

#[cfg(unix)]
fn can_be_signalled(id: u32) -> bool {
    rustix::process::Pid::from_raw(id.cast_signed())
        .is_some_and(|id| rustix::process::test_kill_process(id).is_ok())
}

#[cfg(not(unix))]
fn can_be_signalled(_: u32) -> bool {
    true
}

/// All living processes below this one.
pub(super) fn below(id: u32) -> BTreeSet<u32> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return BTreeSet::new();
    };
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for entry in entries.flatten() {
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| name.parse().ok());
        if let Some(process) = process
            && let Some(parent) = stat(process)
        {
            children.entry(parent).or_default().push(process);
        }
    }
    let mut found = BTreeSet::new();
    let mut next = vec![id];
    while let Some(parent) = next.pop() {
        for child in children.remove(&parent).unwrap_or_default() {
            found.insert(child);
            next.push(child);
        }
    }
    found
}

/// The parent of a living process; `None` for one that is gone or a zombie.
fn stat(id: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name before it may contain any character.
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    (!matches!(state, "Z" | "X")).then_some(parent)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_below_its_parent_until_it_ends() {
        let mut child = std::process::Command::new("sleep")
            .arg("60")
            .spawn()
            .unwrap();
        let here = std::process::id();
        assert!(below(here).contains(&child.id()) && lives(child.id()));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!below(here).contains(&child.id()) && !lives(child.id()));
    }
}

//! What the processes of a run have in common, clients as well as servers: each has a group of its
//! own, and the end of its standard error is kept.

mod stderr;
mod usage;

pub(super) use stderr::{LastLine, Stderr};
pub(super) use usage::{Taken, taken, threads_us};

/// Asks all processes of a group to end.
#[cfg(unix)]
pub(crate) fn end_group(leader: u32) {
    signal_group(leader, rustix::process::Signal::TERM);
}

/// Ends all processes of a group at once.
#[cfg(unix)]
pub(crate) fn kill_group(leader: u32) {
    signal_group(leader, rustix::process::Signal::KILL);
}

#[cfg(unix)]
fn signal_group(leader: u32, signal: rustix::process::Signal) {
    if let Some(group) = rustix::process::Pid::from_raw(leader.cast_signed()) {
        let _ = rustix::process::kill_process_group(group, signal);
    }
}

/// Elsewhere than on Unix there are no groups to end.
#[cfg(not(unix))]
pub(crate) fn end_group(_: u32) {}

/// Elsewhere than on Unix there are no groups to end; the process itself ends when it is dropped.
#[cfg(not(unix))]
pub(crate) fn kill_group(_: u32) {}

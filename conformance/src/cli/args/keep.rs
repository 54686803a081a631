//! How a server at a URL is watched, and started again.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use wsspec::run::{CommandLine, Keeper, Target};
use wsspec_reports::Transport;

use super::super::rerun::START_PATIENCE;
use super::headings::STARTING;

/// How a server at a URL is watched, and started again.
#[derive(Debug, Clone, Default, PartialEq, Args)]
#[command(next_help_heading = STARTING)]
pub(crate) struct KeepArgs {
    /// Run this command of a shell when the target has died, wait until it listens again, and find
    /// out which case kills it; for a server in a container, say
    #[arg(long, value_name = "CMD")]
    restart: Option<String>,
    /// Watch this process of the target, on this machine, to see at once that it ended
    #[arg(long, value_name = "PID")]
    pid: Option<u32>,
}

impl KeepArgs {
    /// Whether no option is given.
    pub(crate) fn is_empty(&self) -> bool {
        *self == KeepArgs::default()
    }

    /// The options with which a case can be run again: not the process, which will be another one.
    pub(crate) fn lasting(&self) -> KeepArgs {
        KeepArgs {
            pid: None,
            ..self.clone()
        }
    }

    /// The target, watched as these options ask.
    pub(crate) fn keep(&self, target: Target) -> Target {
        let Ok(address) = target.address.clone() else {
            return target;
        };
        if self.is_empty() {
            return target;
        }
        let keeper = self.keeper(address);
        let keeper = match target.transport() {
            Transport::H3 => keeper.over_quic(),
            _ => keeper,
        };
        target.kept_by(Arc::new(keeper))
    }

    fn keeper(&self, address: SocketAddr) -> Keeper {
        let patience = Duration::from_secs_f64(START_PATIENCE);
        Keeper::watching(address, self.restart.clone(), self.pid, patience)
    }

    /// Appends the arguments that set the same.
    pub(crate) fn print(&self, line: &mut CommandLine) {
        let KeepArgs { restart, pid } = self;
        if let Some(restart) = restart {
            line.option("--restart", restart);
        }
        if let Some(pid) = pid {
            line.option("--pid", pid);
        }
    }
}

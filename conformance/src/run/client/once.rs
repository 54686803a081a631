//! A client that is run once, beside what judges it.

use std::io;
use std::process::{ExitStatus, Stdio};

use super::launch::{Launch, Told};
use crate::run::process::kill_group;

/// Ends the process group of this leader.
struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            kill_group(leader);
        }
    }
}

/// Runs the command of a client with this URL, and waits for its end; what it prints goes to stderr. If the
/// wait is given up, the process and all that it has started are ended.
///
/// # Errors
/// If it cannot be started.
pub async fn run_client(command: &[String], url: &str) -> io::Result<ExitStatus> {
    let urls = [url.to_owned()];
    let told = Told {
        urls: &urls,
        subprotocols: &[],
        proxy: None,
    };
    let mut command = command.to_vec();
    Launch::PerCase.complete(&mut command);
    let mut process = Launch::PerCase.process(&command, told);
    process
        .stdout(Stdio::from(io::stderr()))
        .stderr(Stdio::inherit())
        .kill_on_drop(true);
    #[cfg(unix)]
    process.process_group(0);
    let mut child = process.spawn()?;
    let _group = Group(child.id());
    child.wait().await
}

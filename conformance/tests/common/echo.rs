//! A running `wsspec echo`.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// A running `wsspec echo` and its URL. Dropping it ends the process.
pub(crate) struct Echo {
    pub(crate) child: Child,
    url: String,
}

impl Echo {
    /// On a free port, with these arguments.
    pub(crate) fn with(args: &[&str]) -> Echo {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wsspec"))
            .args(["echo", "--listen", "127.0.0.1:0"])
            .args(args)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        said.read_line(&mut line).unwrap();
        let url = line.split_whitespace().next().unwrap().to_owned();
        Echo { child, url }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

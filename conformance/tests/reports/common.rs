//! Running the program, and reading what it wrote.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

pub(crate) use super::program::run;
pub(crate) use super::shared::scratch;

/// A few cases of several families, with passive findings to merge.
pub(crate) const FEW: [&str; 4] = ["--filter", "close.*", "--filter", "frame.mask.*"];

pub(crate) fn read(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A `wsspec echo` with a fault, ended when dropped.
pub(crate) struct Echo {
    child: Child,
    pub(crate) url: String,
}

impl Echo {
    pub(crate) fn with(fault: &str) -> Echo {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wsspec"));
        command
            .args(["echo", "--listen", "127.0.0.1:0", "--fault", fault])
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stderr.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let url = line.split_whitespace().next().unwrap().to_owned();
        Echo { child, url }
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

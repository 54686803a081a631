//! The program, run to its end.

use std::process::{Command, Output};

/// Its exit code, and standard output followed by standard error.
pub(crate) fn run(args: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wsspec"));
    let Output {
        status,
        stdout,
        stderr,
    } = command.env("NO_COLOR", "1").args(args).output().unwrap();
    (
        status.code(),
        String::from_utf8([stdout, stderr].concat()).unwrap(),
    )
}

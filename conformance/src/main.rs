//! The `wsspec` command.
#![forbid(unsafe_code)]

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    let args = cli::with_default_command(std::env::args_os());
    cli::main(cli::parse(args)).into()
}

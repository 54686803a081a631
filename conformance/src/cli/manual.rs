//! `wsspec completions` and `wsspec man`: made from the arguments, so that they are never out of date.

use std::io::{self, Write};
use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Cli, Done, Exit, Failure, stored};

pub(super) fn completions(shell: Shell) -> Done {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "wsspec", &mut text);
    print(&text)
}

pub(super) fn man(dir: Option<&Path>) -> Done {
    if let Some(dir) = dir {
        std::fs::create_dir_all(dir)
            .and_then(|()| clap_mangen::generate_to(Cli::command(), dir))
            .map_err(|e| stored::at(dir, e))?;
        return Ok(Exit::Fine);
    }
    let mut text = Vec::new();
    clap_mangen::Man::new(Cli::command())
        .render(&mut text)
        .map_err(Failure::usage)?;
    print(&text)
}

/// A pipe that nobody reads to its end is no failure.
fn print(text: &[u8]) -> Done {
    match io::stdout().write_all(text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::usage(error)),
        _ => Ok(Exit::Fine),
    }
}

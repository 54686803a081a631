//! `wsspec man`, made from the arguments, so that it is always up to date.

use std::path::PathBuf;

use clap::{Args, Command};

use super::exit::Exit;
use super::failure::{Done, Failure};
use super::out;

#[derive(Debug, Args)]
#[command(after_help = "Example: wsspec man --dir /usr/local/share/man/man1")]
pub(crate) struct ManCommand {
    /// Write wsspec.1, wsspec-run.1 and so on into this folder
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// `wsspec man`, for the arguments of `wsspec`.
pub(super) fn man(command: &ManCommand, wsspec: Command) -> Done {
    if let Some(dir) = &command.dir {
        std::fs::create_dir_all(dir)
            .and_then(|()| clap_mangen::generate_to(wsspec, dir))
            .map_err(|error| Failure::file(dir, error))?;
        return Ok(Exit::Fine);
    }
    let mut text = Vec::new();
    clap_mangen::Man::new(wsspec)
        .render(&mut text)
        .map_err(Failure::internal)?;
    out::text(format_args!("{}", String::from_utf8_lossy(&text)));
    Ok(Exit::Fine)
}

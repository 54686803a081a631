//! `wsspec completions` and `wsspec man`, made from the arguments, so that they are always up to
//! date.

use std::path::PathBuf;

use clap::{Args, Command};
use clap_complete::Shell;

use super::exit::Exit;
use super::failure::{Done, Failure};
use super::out;

#[derive(Debug, Args)]
#[command(
    after_help = "Example: wsspec completions bash > ~/.local/share/bash-completion/completions/wsspec"
)]
pub(crate) struct CompletionsCommand {
    /// The shell
    shell: Shell,
}

#[derive(Debug, Args)]
#[command(after_help = "Example: wsspec man --dir /usr/local/share/man/man1")]
pub(crate) struct ManCommand {
    /// Write wsspec.1, wsspec-run.1 and so on into this folder
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// `wsspec completions SHELL`, for the arguments of `wsspec`.
pub(super) fn completions(command: &CompletionsCommand, mut wsspec: Command) -> Exit {
    let mut text = Vec::new();
    clap_complete::generate(command.shell, &mut wsspec, "wsspec", &mut text);
    print(&text)
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
    Ok(print(&text))
}

fn print(text: &[u8]) -> Exit {
    out::text(format_args!("{}", String::from_utf8_lossy(text)));
    Exit::Fine
}

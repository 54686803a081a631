//! Which vectors to read.

use std::path::{Path, PathBuf};

use clap::Args;
use wsspec::run::CommandLine;
use wsspec_vectors::{Corpus, VectorErrors, requirements_for, vector_files};

use super::super::failure::Failure;
use super::headings::WHICH_CASES;

/// Which vectors to read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = WHICH_CASES)]
pub(crate) struct VectorArgs {
    /// Read vectors from this folder or file instead of the built-in ones
    #[arg(long, value_name = "DIR|FILE")]
    pub(crate) vectors: Option<PathBuf>,
    /// Read these vectors as well (repeatable)
    #[arg(long, value_name = "DIR|FILE")]
    pub(crate) also: Vec<PathBuf>,
}

impl VectorArgs {
    /// Reads them.
    pub(crate) fn corpus(&self) -> Result<Corpus, Failure> {
        self.read().map_err(Failure::Vectors)
    }

    fn read(&self) -> Result<Corpus, VectorErrors> {
        let mut corpus = match &self.vectors {
            None => Corpus::embedded()?,
            Some(path) => read(path)?,
        };
        for path in &self.also {
            corpus = corpus.with(read(path)?)?;
        }
        Ok(corpus)
    }

    /// Appends the arguments that say the same.
    pub(crate) fn print(&self, line: &mut CommandLine) {
        let VectorArgs { vectors, also } = self;
        if let Some(path) = vectors {
            line.option("--vectors", path.display());
        }
        for path in also {
            line.option("--also", path.display());
        }
    }
}

fn read(path: &Path) -> Result<Corpus, VectorErrors> {
    Corpus::from_texts(vector_files(path)?, requirements_for(path))
}

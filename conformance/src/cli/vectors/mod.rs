//! `wsspec vectors`: commands that work on the vectors themselves.

mod check;
mod form;
mod new;

use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use wsspec::trace;
use wsspec_core::Role;
use wsspec_vectors::{Corpus, format_file};

use super::args::VectorArgs;
use super::exit::Exit;
use super::failure::{Done, Failure};
use super::out::{self, out};

#[derive(Debug, Args)]
pub(crate) struct VectorsCommand {
    #[command(subcommand)]
    command: VectorsSub,
}

#[derive(Debug, Subcommand)]
enum VectorsSub {
    /// Check all vectors: schema, ids, citations, and that each holds against the reference
    /// endpoint
    Check(check::CheckArgs),
    /// Format the files
    Fmt(FmtArgs),
    /// List the cases of each requirement; exit code 1 if a testable requirement has no case, or a
    /// case no requirement
    Trace {
        #[command(flatten)]
        vectors: VectorArgs,
        /// As the table of vectors/TRACE.md
        #[arg(long)]
        markdown: bool,
    },
    /// Count the cases by family, role and impact
    Stats {
        #[command(flatten)]
        vectors: VectorArgs,
    },
    /// Print a first case of a family to start from, or write it
    New(new::NewArgs),
    /// Print the JSON Schema of the vector files
    Schema,
    /// Write seeds for the fuzz targets, made from the vectors
    Seeds {
        /// The corpus folder of cargo-fuzz
        #[arg(default_value = "fuzz/corpus")]
        dir: PathBuf,
        #[command(flatten)]
        vectors: VectorArgs,
    },
}

#[derive(Debug, Args)]
struct FmtArgs {
    /// Files or folders
    #[arg(default_value = "vectors")]
    paths: Vec<PathBuf>,
    /// Only list the files that are not formatted; exit code 1 if there are any
    #[arg(long)]
    check: bool,
}

pub(super) fn vectors(args: &VectorsCommand) -> Done {
    match &args.command {
        VectorsSub::Check(args) => check::check(args),
        VectorsSub::Trace { vectors, markdown } => Ok(trace(&vectors.corpus()?, *markdown)),
        VectorsSub::Stats { vectors } => Ok(stats(&vectors.corpus()?)),
        VectorsSub::Fmt(args) => fmt(args),
        VectorsSub::New(args) => new::new(args),
        VectorsSub::Schema => {
            out!("{}", new::schema_text());
            Ok(Exit::Fine)
        }
        VectorsSub::Seeds { dir, vectors } => seeds(&vectors.corpus()?, dir),
    }
}

fn trace(corpus: &Corpus, markdown: bool) -> Exit {
    let traced = trace::requirements(corpus);
    if markdown {
        out::text(format_args!("{}", trace::markdown(&traced)));
    } else {
        for one in &traced {
            let checks = match one.checks_line() {
                none if none.is_empty() && one.is_testable() => "NO CASE".to_owned(),
                none if none.is_empty() => "not testable on the wire".to_owned(),
                checks => checks,
            };
            out!(
                "{}  {}  {checks}",
                one.requirement.id,
                one.requirement.verdict
            );
        }
    }
    let orphans = trace::orphans(corpus);
    for id in &orphans {
        anstream::eprintln!("{id} cites no requirement");
    }
    anstream::eprintln!("{}", trace::summary(&traced));
    if orphans.is_empty() && !traced.iter().any(trace::Traced::is_missing) {
        Exit::Fine
    } else {
        Exit::FellShort
    }
}

/// Numbers of cases of one family.
#[derive(Default, Clone, Copy)]
struct Counts {
    server: usize,
    client: usize,
    parse: usize,
}

fn stats(corpus: &Corpus) -> Exit {
    let mut families: BTreeMap<&str, Counts> = BTreeMap::new();
    for case in &corpus.cases {
        let counts = families.entry(&case.family).or_default();
        counts.server += usize::from(case.roles.contains(&Role::Server));
        counts.client += usize::from(case.roles.contains(&Role::Client));
    }
    for case in &corpus.parses {
        families.entry(&case.family).or_default().parse += 1;
    }
    out!(
        "{:<32} {:>8} {:>8} {:>8}",
        "family",
        "server",
        "client",
        "parse"
    );
    let mut all = Counts::default();
    for (family, counts) in families {
        print_counts(family, counts);
        all.server += counts.server;
        all.client += counts.client;
        all.parse += counts.parse;
    }
    print_counts("all", all);
    Exit::Fine
}

fn print_counts(family: &str, counts: Counts) {
    out!(
        "{family:<32} {:>8} {:>8} {:>8}",
        counts.server,
        counts.client,
        counts.parse
    );
}

fn fmt(args: &FmtArgs) -> Done {
    let mut files = Vec::new();
    for path in &args.paths {
        collect(path, &mut files).map_err(in_file(path))?;
    }
    let mut differ = 0;
    for file in &files {
        let text = fs::read_to_string(file).map_err(in_file(file))?;
        let formatted = format_file(&text).map_err(in_file(file))?;
        if formatted != text {
            differ += 1;
            out!("{}", file.display());
            if !args.check {
                fs::write(file, formatted).map_err(in_file(file))?;
            }
        }
    }
    if args.check && differ > 0 {
        Ok(Exit::FellShort)
    } else {
        Ok(Exit::Fine)
    }
}

/// Puts the path of a file before an error about it.
fn in_file<E: Display>(file: &Path) -> impl Fn(E) -> Failure {
    move |error| Failure::usage(format!("{}: {error}", file.display()))
}

/// Collects `path` if it is a file, or the vector files below it.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if path.is_file() {
        files.push(path.to_path_buf());
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        let path = entry?.path();
        let special = path.ends_with("schema.json") || path.ends_with("requirements.json");
        if path.is_dir() || path.extension().is_some_and(|e| e == "json") && !special {
            collect(&path, files)?;
        }
    }
    files.sort();
    Ok(())
}

fn seeds(corpus: &Corpus, dir: &Path) -> Done {
    let seeds = wsspec::seeds::seeds(corpus);
    for seed in &seeds {
        let folder = dir.join(seed.target);
        fs::create_dir_all(&folder).map_err(in_file(&folder))?;
        let file = folder.join(&seed.name);
        fs::write(&file, &seed.bytes).map_err(in_file(&file))?;
    }
    out!("{} seeds in {}", seeds.len(), dir.display());
    Ok(Exit::Fine)
}

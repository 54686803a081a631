//! `wsspec vectors check`: everything that is wrong in vector files, with the lines it is in.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;
use tokio::runtime::Runtime;
use wsspec::check::{self, BrokenVector};
use wsspec::near::{hint, near};
use wsspec_vectors::{
    Corpus, Requirements, Segment, VectorError, VectorErrors, VectorFile, requirements_for,
    vector_files,
};

use super::super::args::VectorArgs;
use super::super::exit::Exit;
use super::super::failure::{Done, Failure};
use super::super::out::out;
use super::super::source::{self, Part, Problem, Tree};
use super::form::Form;

/// Most requirements of a section that are suggested.
const SHOWN: usize = 3;

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Files or folders to check; the built-in vectors by default
    #[arg(value_name = "DIR|FILE", conflicts_with = "vectors")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    vectors: VectorArgs,
    /// Also run them over TCP: the reference server and the reference client on loopback
    #[arg(long)]
    tcp: bool,
}

pub(super) fn check(args: &CheckArgs) -> Done {
    let own = args.paths.iter().chain(&args.vectors.vectors);
    let (own, also): (Vec<&PathBuf>, &[PathBuf]) = (own.collect(), &args.vectors.also);
    let form = Form::new().ok_or_else(|| Failure::internal("the schema is broken"))?;
    let mut files = Files::default();
    let mut corpus = if own.is_empty() {
        Some(Corpus::embedded().map_err(Failure::Vectors)?)
    } else {
        None
    };
    for path in own.into_iter().chain(also) {
        let read = files.read(path, &form)?;
        corpus = match (corpus, read) {
            (Some(corpus), Some(read)) => files.unless_wrong(corpus.with(read)),
            (None, read) => read,
            (corpus, None) => corpus,
        };
    }
    let (Some(corpus), true) = (corpus, files.are_clean()) else {
        return Err(files.show());
    };
    let mut broken = check::corpus(&corpus);
    if args.tcp {
        let runtime = Runtime::new().map_err(Failure::internal)?;
        let over_tcp = runtime.block_on(check::over_tcp(&corpus));
        broken.extend(over_tcp.map_err(Failure::usage)?);
    }
    files.blame(&broken);
    print_counts(&corpus, &broken);
    if broken.is_empty() {
        Ok(Exit::Fine)
    } else {
        let message = "some vectors do not hold against the reference endpoint";
        Err(Failure::usage(message))
    }
}

fn print_counts(corpus: &Corpus, broken: &[BrokenVector]) {
    let others = check::not_run(corpus);
    let all_others: usize = others.values().sum();
    let exchanges = corpus.cases.len() - all_others;
    let ids: BTreeSet<&str> = broken.iter().map(|one| one.id.as_str()).collect();
    out!(
        "{exchanges} exchange and {} parse vectors: {} hold, {} do not",
        corpus.parses.len(),
        (exchanges + corpus.parses.len()).saturating_sub(ids.len()),
        ids.len()
    );
    if !others.is_empty() {
        let parts: Vec<String> = others
            .iter()
            .map(|(ability, n)| format!("{n} {}", ability.what()))
            .collect();
        out!(
            "{all_others} more that this version does not run, only checked for form: {}",
            parts.join(", ")
        );
    }
}

/// The files that are checked.
#[derive(Default)]
struct Files {
    files: Vec<Checked>,
    /// Errors in no place of these files.
    others: Vec<VectorError>,
}

impl Files {
    /// Reads the files at `path` and notes what is wrong in them. Returns what they make if nothing
    /// is.
    fn read(&mut self, path: &Path, form: &Form) -> Result<Option<Corpus>, Failure> {
        let failed = |error: VectorError| Failure::Vectors(error.into());
        let texts = vector_files(path).map_err(failed)?;
        let requirements = requirements_for(path).map_err(failed)?;
        for (name, text) in &texts {
            let file = Checked::new(name, text, form, &requirements);
            self.files.push(file);
        }
        Ok(self.unless_wrong(Corpus::from_texts(texts, Ok(requirements))))
    }

    /// Notes errors.
    fn unless_wrong<T>(&mut self, read: Result<T, VectorErrors>) -> Option<T> {
        let errors = match read {
            Ok(read) => return Some(read),
            Err(errors) => errors,
        };
        for error in errors {
            match self.files.iter_mut().find(|file| file.name == error.file) {
                Some(file) => file.add(&error),
                None => self.others.push(error),
            }
        }
        None
    }

    fn are_clean(&self) -> bool {
        self.others.is_empty() && self.files.iter().all(|file| file.problems.is_empty())
    }

    /// Shows the problems.
    fn show(self) -> Failure {
        let mut errors = self.others.len();
        for error in self.others {
            anstream::eprintln!("{error}");
        }
        let mut wrong = 0;
        for file in self.files {
            let shown = source::show(&file.name, &file.text, file.problems);
            errors += shown;
            wrong += usize::from(shown > 0);
        }
        Failure::usage(format!(
            "{} in {}",
            counted(errors, "error"),
            counted(wrong, "file")
        ))
    }

    /// Shows the vectors that do not hold, where they are written.
    fn blame(&self, broken: &[BrokenVector]) {
        let mut of_files: Vec<Vec<Problem>> = vec![Vec::new(); self.files.len()];
        let positions: Vec<BTreeMap<String, usize>> = self
            .files
            .iter()
            .map(|file| VectorFile::read(&file.name, &file.text))
            .map(|file| file.map(|file| file.positions()).unwrap_or_default())
            .collect();
        for one in broken {
            let found = positions
                .iter()
                .enumerate()
                .find_map(|(file, ids)| Some((file, *ids.get(&one.id)?)));
            match found {
                None => anstream::eprintln!("{one}"),
                Some((file, index)) => {
                    let checked = &self.files[file];
                    of_files[file].extend(checked.problem(
                        &[Segment::Key("cases".into()), Segment::Index(index)],
                        Part::Value,
                        one.to_string(),
                        None,
                    ));
                }
            }
        }
        for (file, problems) in self.files.iter().zip(of_files) {
            source::show(&file.name, &file.text, problems);
        }
    }
}

fn counted(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// A file and what is wrong in it.
struct Checked {
    name: String,
    text: String,
    problems: Vec<Problem>,
    /// Positions of the cases whose form is wrong; `None` stands for the rest of the file.
    misformed: BTreeSet<Option<usize>>,
}

impl Checked {
    fn new(name: &str, text: &str, form: &Form, requirements: &Requirements) -> Checked {
        let mut checked = Checked {
            name: name.to_owned(),
            text: text.to_owned(),
            problems: Vec::new(),
            misformed: BTreeSet::new(),
        };
        let file: Value = match serde_json::from_str(text) {
            Ok(file) => file,
            Err(error) => {
                checked.problems.push(source::syntax(text, &error));
                checked.misformed.insert(None);
                return checked;
            }
        };
        let tree = Tree::read(text);
        for (span, key) in tree.iter().flat_map(Tree::repeated) {
            checked.problems.push(Problem {
                span,
                message: format!("the key `{key}` is written twice"),
                help: None,
                case: None,
            });
        }
        for wrong in form.mistakes(&file) {
            checked.misformed.insert(case_of(&wrong.path));
            let problem = checked.problem(&wrong.path, wrong.part, wrong.message, wrong.help);
            checked.problems.extend(problem);
        }
        checked.check_requirements(&file, requirements);
        checked
    }

    /// Notes requirements that do not exist, with those that are alike.
    fn check_requirements(&mut self, file: &Value, requirements: &Requirements) {
        let cases = file["cases"].as_array().into_iter().flatten();
        for (index, case) in cases.enumerate() {
            let cited = case["requirements"].as_array().into_iter().flatten();
            for (i, id) in cited.enumerate() {
                let Some(id) = id.as_str().filter(|id| requirements.get(id).is_none()) else {
                    continue;
                };
                if id.starts_with('{') {
                    continue;
                }
                let near = alike(id, requirements);
                let path = [
                    Segment::Key("cases".into()),
                    Segment::Index(index),
                    Segment::Key("requirements".into()),
                    Segment::Index(i),
                ];
                let message = format!("there is no requirement {id}");
                let help = hint(&near, "`wsspec vectors trace` lists them");
                let problem = self.problem(&path, Part::Value, message, Some(help));
                self.problems.extend(problem);
            }
        }
    }

    /// Notes an error of the reader, unless it is about what the schema refused already.
    fn add(&mut self, error: &VectorError) {
        if self.misformed.contains(&error.index) || self.misformed.contains(&None) {
            return;
        }
        let mut path = Vec::new();
        if let Some(index) = error.index {
            path = vec![Segment::Key("cases".into()), Segment::Index(index)];
        }
        path.extend(error.field.iter().flat_map(|field| field.0.clone()));
        let problem = self.problem(&path, Part::Value, error.message.clone(), None);
        self.problems.extend(problem);
    }

    fn problem(
        &self,
        path: &[Segment],
        part: Part,
        message: String,
        help: Option<String>,
    ) -> Option<Problem> {
        let tree = Tree::read(&self.text)?;
        let case = path.get(..2).filter(|_| case_of(path).is_some());
        Some(Problem {
            span: tree.span(path, part),
            message,
            help,
            case: case.map(|case| {
                let id = [case, &[Segment::Key("id".into())]].concat();
                tree.span(&id, Part::Value)
            }),
        })
    }
}

/// Requirements that may be meant: those of the same section, or else those whose ids are alike.
fn alike(id: &str, requirements: &Requirements) -> Vec<String> {
    let ids = || requirements.iter().map(|one| one.id.as_str());
    let section = id.rsplit_once('-').map_or(id, |(section, _)| section);
    let same = ids().filter(|of| of.rsplit_once('-').is_some_and(|(of, _)| of == section));
    let same: Vec<String> = same.take(SHOWN).map(str::to_owned).collect();
    if same.is_empty() {
        near(id, ids())
    } else {
        same
    }
}

/// The position of the case that a path leads into.
fn case_of(path: &[Segment]) -> Option<usize> {
    match path {
        [Segment::Key(cases), Segment::Index(index), ..] if cases == "cases" => Some(*index),
        _ => None,
    }
}

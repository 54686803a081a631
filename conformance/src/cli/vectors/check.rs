//! `wsspec vectors check`: everything that is wrong in vector files, with the lines it is in.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;
use tokio::runtime::Runtime;
use wsspec::check::{self, BrokenVector};
use wsspec::near::{hint, near};
use wsspec_reports::counted;
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

/// Most problems of one file that are noted; further ones are counted.
const MAX_PROBLEMS: usize = 1_000;

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
    let read = own.iter().copied().chain(also).map(|path| Read::of(path));
    let read = read.collect::<Result<Vec<Read>, VectorError>>();
    let read = read.map_err(|error| Failure::Vectors(error.into()))?;
    let mut files = Files::default();
    let mut corpus = if own.is_empty() {
        Some(Corpus::embedded().map_err(Failure::Vectors)?)
    } else {
        None
    };
    for one in &read {
        let more = files.check(one, &form);
        corpus = match (corpus, more) {
            (Some(corpus), Some(more)) => files.unless_wrong(corpus.with(more)),
            (None, more) => more,
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
    let (parses, throughs) = (corpus.parses.len(), corpus.throughs.len());
    let gateways = match throughs {
        0 => String::new(),
        n => format!(", {n} for gateways"),
    };
    out!(
        "{exchanges} exchange and {parses} parse vectors{gateways}: {} hold, {} do not",
        (exchanges + parses + throughs).saturating_sub(ids.len()),
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

/// What is at a path.
struct Read {
    /// Path and text of each file.
    texts: Vec<(String, String)>,
    requirements: Requirements,
}

impl Read {
    fn of(path: &Path) -> Result<Read, VectorError> {
        Ok(Read {
            texts: vector_files(path)?,
            requirements: requirements_for(path)?,
        })
    }
}

/// The files that are checked.
#[derive(Default)]
struct Files<'a> {
    files: Vec<Checked<'a>>,
    /// Errors in no place of these files.
    others: Vec<VectorError>,
}

impl<'a> Files<'a> {
    /// Notes what is wrong in these files. Returns what they make if nothing is.
    fn check(&mut self, read: &'a Read, form: &Form) -> Option<Corpus> {
        for (name, text) in &read.texts {
            let file = Checked::new(name, text, form, &read.requirements);
            self.files.push(file);
        }
        let corpus = Corpus::from_texts(read.texts.clone(), Ok(read.requirements.clone()));
        self.unless_wrong(corpus)
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
            let shown = source::show(file.name, file.text, file.problems, file.beyond);
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
            .map(|file| VectorFile::read(file.name, file.text))
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
                        &path_of_case(index),
                        Part::Value,
                        one.to_string(),
                        None,
                    ));
                }
            }
        }
        for (file, problems) in self.files.iter().zip(of_files) {
            source::show(file.name, file.text, problems, 0);
        }
    }
}

/// A file and what is wrong in it.
struct Checked<'a> {
    name: &'a str,
    text: &'a str,
    /// `None`: it is not JSON.
    tree: Option<Tree<'a>>,
    problems: Vec<Problem>,
    /// Number of problems beyond those.
    beyond: usize,
    /// Positions of the cases whose form is wrong; `None` stands for the rest of the file.
    misformed: BTreeSet<Option<usize>>,
}

impl<'a> Checked<'a> {
    fn new(name: &'a str, text: &'a str, form: &Form, requirements: &Requirements) -> Checked<'a> {
        let mut checked = Checked {
            name,
            text,
            tree: None,
            problems: Vec::new(),
            beyond: 0,
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
        checked.tree = Tree::read(text);
        let repeated = checked.tree.iter().flat_map(Tree::repeated);
        checked
            .problems
            .extend(repeated.take(MAX_PROBLEMS).map(|(span, key)| Problem {
                span,
                message: format!("the key `{key}` is written twice"),
                help: None,
                case: None,
            }));
        for wrong in form.mistakes(&file) {
            checked.misformed.insert(case_of(&wrong.path));
            checked.note(&wrong.path, wrong.part, wrong.message, wrong.help);
        }
        checked.check_requirements(&file, requirements);
        checked
    }

    /// Notes a problem at a place.
    fn note(&mut self, path: &[Segment], part: Part, message: String, help: Option<String>) {
        if self.problems.len() < MAX_PROBLEMS {
            let problem = self.problem(path, part, message, help);
            self.problems.extend(problem);
        } else {
            self.beyond += 1;
        }
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
                let field = [Segment::Key("requirements".into()), Segment::Index(i)];
                let path = [path_of_case(index), field].concat();
                let message = format!("there is no requirement {id}");
                let help = hint(&near, "`wsspec vectors trace` lists them");
                self.note(&path, Part::Value, message, Some(help));
            }
        }
    }

    /// Notes an error of the reader, unless it is about what the schema refused already.
    fn add(&mut self, error: &VectorError) {
        if self.misformed.contains(&error.index) || self.misformed.contains(&None) {
            return;
        }
        let mut path: Vec<Segment> = error.index.into_iter().flat_map(path_of_case).collect();
        path.extend(error.field.iter().flat_map(|field| field.0.clone()));
        self.note(&path, Part::Value, error.message.clone(), None);
    }

    fn problem(
        &self,
        path: &[Segment],
        part: Part,
        message: String,
        help: Option<String>,
    ) -> Option<Problem> {
        let tree = self.tree.as_ref()?;
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

/// The path to the case at this position.
fn path_of_case(index: usize) -> [Segment; 2] {
    [Segment::Key("cases".into()), Segment::Index(index)]
}

/// The position of the case that a path leads into.
fn case_of(path: &[Segment]) -> Option<usize> {
    match path {
        [Segment::Key(cases), Segment::Index(index), ..] if cases == "cases" => Some(*index),
        _ => None,
    }
}

//! What the JSON Schema says of a vector file, as problems with a place and a suggestion.
//!
//! The schema offers alternatives in many places: one frame or a list of them, a value or a name
//! that the matrix fills in. A value that fits none fails in each of them, and what it says is the
//! failure in the alternative that was meant: the one that takes a value of this kind at all.

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::paths::LocationSegment;
use jsonschema::{JsonType, ValidationError, Validator};
use serde_json::Value;
use wsspec::near::{hint, near};
use wsspec_vectors::{Segment, schema};

use super::super::source::Part;

/// Most errors of the schema that are looked at in one file.
const MAX_ERRORS: usize = 1_000;

/// Longest part of a value that a sentence has, in characters.
const SHOWN: usize = 40;

/// What is wrong, and what would be right.
type Said = (String, Option<String>);

/// A mistake in the form of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Misformed {
    pub(super) path: Vec<Segment>,
    pub(super) part: Part,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

/// The schema of each kind of file.
pub(super) struct Form(Vec<OfKind>);

struct OfKind {
    /// The value of `kind`.
    name: String,
    schema: Value,
    validator: Validator,
}

impl Form {
    /// `None` if the schema is broken, which a test excludes.
    pub(super) fn new() -> Option<Form> {
        let all = schema::schema();
        let kinds = all["oneOf"].as_array()?.iter().map(|of_kind| {
            let mut schema = of_kind.clone();
            schema["$defs"] = all["$defs"].clone();
            Some(OfKind {
                name: schema
                    .pointer("/properties/kind/const")?
                    .as_str()?
                    .to_owned(),
                validator: jsonschema::draft202012::new(&schema).ok()?,
                schema,
            })
        });
        kinds.collect::<Option<Vec<OfKind>>>().map(Form)
    }

    /// The mistakes in the form of a file.
    pub(super) fn mistakes(&self, file: &Value) -> Vec<Misformed> {
        let kind = file.get("kind").and_then(Value::as_str);
        let Some(of_kind) = self.0.iter().find(|of| Some(&*of.name) == kind) else {
            return vec![self.of_no_kind(file)];
        };
        let mut reader = Reader {
            schema: &of_kind.schema,
            mistakes: Vec::new(),
        };
        let errors = of_kind.validator.iter_errors(file).take(MAX_ERRORS);
        let errors: Vec<ValidationError<'_>> = errors.collect();
        reader.all(&errors.iter().collect::<Vec<_>>());
        reader.mistakes
    }

    /// A file that does not say what kind it is, so that no schema is for it.
    fn of_no_kind(&self, file: &Value) -> Misformed {
        let names: Vec<&str> = self.0.iter().map(|of| &*of.name).collect();
        let kind = file.get("kind");
        let (message, help) = match kind {
            _ if !file.is_object() => ("a vector file is an object".into(), None),
            None => (
                "the key `kind` is missing".into(),
                Some(format!("it is {}", list(&names))),
            ),
            Some(kind) => unfit(kind, &names, &[]),
        };
        Misformed {
            path: kind.map_or(Vec::new(), |_| vec![Segment::Key("kind".into())]),
            part: Part::Value,
            message,
            help,
        }
    }
}

struct Reader<'s> {
    schema: &'s Value,
    mistakes: Vec<Misformed>,
}

impl Reader<'_> {
    /// Reads errors that hold at the same time.
    fn all(&mut self, errors: &[&ValidationError<'_>]) {
        for error in errors {
            // A word that is written wrongly is missing too; only the first is worth saying.
            if !(is_missing(error) && has_unknown_key(error, errors)) {
                self.one(error);
            }
        }
    }

    fn one(&mut self, error: &ValidationError<'_>) {
        match error.kind() {
            Kind::AdditionalProperties { unexpected } => self.unknown_keys(error, unexpected),
            Kind::AnyOf { .. } | Kind::OneOfNotValid { .. } => self.alternatives(error),
            Kind::PropertyNames { error: of_name } => {
                let name = of_name.instance().as_str().unwrap_or_default().to_owned();
                let mut path = path(error);
                path.push(Segment::Key(name));
                let (message, help) = said(of_name);
                self.mistakes.push(Misformed {
                    path,
                    part: Part::Key,
                    message,
                    help,
                });
            }
            _ => {
                let (message, help) = said(error);
                self.push(error, message, help);
            }
        }
    }

    fn push(&mut self, error: &ValidationError<'_>, message: String, help: Option<String>) {
        self.mistakes.push(Misformed {
            path: path(error),
            part: Part::Value,
            message,
            help,
        });
    }

    fn unknown_keys(&mut self, error: &ValidationError<'_>, unexpected: &[String]) {
        let object = error.schema_path().as_str().rsplit_once('/');
        let object = object.map_or("", |(object, _)| object);
        let known = self.schema.pointer(&format!("{object}/properties"));
        let known: Vec<&str> = known
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(key, _)| key.as_str())
            .collect();
        for key in unexpected {
            let mut path = path(error);
            path.push(Segment::Key(key.clone()));
            self.mistakes.push(Misformed {
                path,
                part: Part::Key,
                message: format!("there is no key `{key}` here"),
                help: Some(hint(
                    &near(key, known.iter().copied()),
                    &format!("the keys are {}", known.join(", ")),
                )),
            });
        }
    }

    /// A value that fits none of several alternatives.
    fn alternatives(&mut self, error: &ValidationError<'_>) {
        let branches = flattened(error);
        let needed: Vec<&str> = branches
            .iter()
            .filter_map(|branch| required(branch))
            .collect();
        if needed.len() == branches.len() {
            let message = format!("one of {} is missing", list(&needed));
            return self.push(error, message, None);
        }
        let meant = branches
            .iter()
            .filter(|branch| !is_other_kind(branch, error));
        // Of several, the one that gets furthest into the value.
        let meant = meant.max_by_key(|branch| {
            let depth = branch.iter().map(|e| depth(e)).max();
            (depth, std::cmp::Reverse(branch.len()))
        });
        if let Some(meant) = meant {
            return self.all(meant);
        }
        let (message, help) = none_of(error.instance(), &branches.concat());
        self.push(error, message, help);
    }
}

/// The errors of one alternative.
type Branch<'e> = Vec<&'e ValidationError<'static>>;

/// The alternatives of an error, and those of alternatives that are alternatives themselves.
fn flattened<'e>(error: &'e ValidationError<'_>) -> Vec<Branch<'e>> {
    let (Kind::AnyOf { context } | Kind::OneOfNotValid { context }) = error.kind() else {
        return Vec::new();
    };
    let mut branches = Vec::new();
    for branch in context {
        match branch.as_slice() {
            [only]
                if only.instance_path() == error.instance_path() && required(&[only]).is_none() =>
            {
                match flattened(only) {
                    none if none.is_empty() => branches.push(vec![only]),
                    inner => branches.extend(inner),
                }
            }
            several => branches.push(several.iter().collect()),
        }
    }
    branches
}

/// Whether an alternative is for values of another kind, or for other words.
fn is_other_kind(branch: &Branch<'_>, error: &ValidationError<'_>) -> bool {
    branch.iter().any(|e| {
        e.instance_path() == error.instance_path()
            && matches!(
                e.kind(),
                Kind::Type { .. }
                    | Kind::Enum { .. }
                    | Kind::Constant { .. }
                    | Kind::Pattern { .. }
            )
    })
}

/// The key without which an alternative does not hold, if that is all it wants.
fn required<'e>(branch: &[&'e ValidationError<'_>]) -> Option<&'e str> {
    match branch {
        [only] => match only.kind() {
            Kind::Required { property } => property.as_str(),
            _ => None,
        },
        _ => None,
    }
}

/// Whether the object of an error has a key that is not known.
fn has_unknown_key(error: &ValidationError<'_>, errors: &[&ValidationError<'_>]) -> bool {
    errors.iter().any(|other| {
        matches!(other.kind(), Kind::AdditionalProperties { .. })
            && other.instance_path() == error.instance_path()
    })
}

/// Whether an error is about words that are not there.
fn is_missing(error: &ValidationError<'_>) -> bool {
    match error.kind() {
        Kind::Required { .. } => true,
        Kind::OneOfNotValid { context } => context
            .iter()
            .flatten()
            .all(|e| matches!(e.kind(), Kind::Required { .. })),
        _ => false,
    }
}

fn depth(error: &ValidationError<'_>) -> usize {
    error.instance_path().iter().count()
}

/// What is said of a value that is of none of the kinds, and none of the words, that these errors
/// want.
fn none_of(value: &Value, errors: &[&ValidationError<'_>]) -> Said {
    let mut words = Vec::new();
    let mut kinds = Vec::new();
    for error in errors {
        match error.kind() {
            Kind::Enum { options } => words.extend(options.as_array().into_iter().flatten()),
            Kind::Constant { expected_value } => words.push(&**expected_value),
            Kind::Type { kind } => kinds.extend(kind_names(kind)),
            Kind::Pattern { pattern } if pattern != schema::NAME => {
                kinds.push(format!("a text like {pattern}"));
            }
            _ => {}
        }
    }
    // A word is a text already.
    kinds.retain(|kind| words.is_empty() || kind != "a text");
    kinds.sort_unstable();
    kinds.dedup();
    let plain: Vec<&str> = words.iter().filter_map(|word| word.as_str()).collect();
    let others = words.iter().filter(|word| !word.is_string());
    kinds.extend(others.map(ToString::to_string));
    let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
    unfit(value, &plain, &kinds)
}

/// That a value fits neither of these words nor of these kinds of values.
fn unfit(value: &Value, words: &[&str], kinds: &[&str]) -> Said {
    let near = near(value.as_str().unwrap_or_default(), words.iter().copied());
    let options = list(&[words, kinds].concat());
    let message = format!("{} does not fit here", shown(value));
    let help = hint(&near, &format!("it is {options}"));
    (message, Some(help))
}

/// What a plain error says.
fn said(error: &ValidationError<'_>) -> Said {
    let value = error.instance();
    let (message, help) = match error.kind() {
        Kind::Enum { .. } | Kind::Constant { .. } | Kind::Type { .. } | Kind::Pattern { .. } => {
            return none_of(value, &[error]);
        }
        Kind::Required { property } => {
            let key = property.as_str().unwrap_or_default();
            return (format!("the key `{key}` is missing"), None);
        }
        Kind::MinLength { limit } => ("is too short", format!("at least {limit} characters")),
        Kind::MinItems { limit } => ("is too short", format!("at least {limit} elements")),
        Kind::MinProperties { limit } => ("is too small", format!("at least {limit} keys")),
        Kind::Minimum { limit } => ("is too small", format!("at least {limit}")),
        Kind::Maximum { limit } => ("is too large", format!("at most {limit}")),
        Kind::OneOfMultipleValid { .. } => {
            ("has words that exclude each other", "write one".into())
        }
        // The schema has no other keywords.
        _ => return (error.masked_with("this value").to_string(), None),
    };
    (format!("{} {message}", shown(value)), Some(help))
}

/// The kinds of values that a type is.
fn kind_names(kind: &TypeKind) -> Vec<String> {
    match kind {
        TypeKind::Single(kind) => vec![kind_name(*kind).to_owned()],
        TypeKind::Multiple(kinds) => kinds
            .iter()
            .map(|kind| kind_name(kind).to_owned())
            .collect(),
    }
}

fn kind_name(kind: JsonType) -> &'static str {
    match kind {
        JsonType::Array => "a list",
        JsonType::Boolean => "true or false",
        JsonType::Integer => "a whole number",
        JsonType::Null => "null",
        JsonType::Number => "a number",
        JsonType::Object => "an object",
        JsonType::String => "a text",
    }
}

/// A value in a sentence.
fn shown(value: &Value) -> String {
    match value {
        Value::Array(_) => "this list".into(),
        Value::Object(_) => "this object".into(),
        other => {
            let text = other.to_string();
            match text.char_indices().nth(SHOWN) {
                Some((end, _)) => format!("{}…", &text[..end]),
                None => text,
            }
        }
    }
}

/// `a, b or c`
fn list(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [names @ .., last] => format!("{} or {last}", names.join(", ")),
    }
}

fn path(error: &ValidationError<'_>) -> Vec<Segment> {
    let segments = error.instance_path().iter().map(|segment| match segment {
        LocationSegment::Property(key) => Segment::Key(key.into_owned()),
        LocationSegment::Index(index) => Segment::Index(index),
    });
    segments.collect()
}

//! What the JSON Schema says of a vector file, as problems with a place and a suggestion.
//!
//! The schema offers alternatives in many places: one frame or a list of them, a value or a name
//! that the matrix fills in. A value that fits none fails in each of them, and what it says is the
//! failure in the alternative that was meant: the one that takes a value of this kind at all.

use std::borrow::Cow;

use boon::{
    Compiler, ErrorKind as Kind, InstanceToken, SchemaIndex, Schemas, Type, ValidationError,
};
use serde_json::Value;
use wsspec::near::{hint, near};
use wsspec_vectors::{Segment, schema};

use super::super::source::Part;

/// The address under which the validator knows the schema; nothing is fetched from it.
const ADDRESS: &str = "wsspec:/vector.json";

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
pub(super) struct Form {
    schema: Value,
    compiled: Schemas,
    kinds: Vec<OfKind>,
}

struct OfKind {
    /// The value of `kind`.
    name: String,
    compiled: SchemaIndex,
}

impl Form {
    /// `None` if the schema is broken, which a test excludes.
    pub(super) fn new() -> Option<Form> {
        let schema = schema::schema();
        let mut compiler = Compiler::new();
        compiler.add_resource(ADDRESS, schema.clone()).ok()?;
        let mut compiled = Schemas::new();
        let of_kinds = schema["oneOf"].as_array()?.iter().enumerate();
        let kinds = of_kinds.map(|(index, of_kind)| {
            let name = of_kind.pointer("/properties/kind/const")?.as_str()?;
            let place = format!("{ADDRESS}#/oneOf/{index}");
            Some(OfKind {
                name: name.to_owned(),
                compiled: compiler.compile(&place, &mut compiled).ok()?,
            })
        });
        let kinds = kinds.collect::<Option<Vec<OfKind>>>()?;
        Some(Form {
            schema,
            compiled,
            kinds,
        })
    }

    /// The mistakes in the form of a file.
    pub(super) fn mistakes(&self, file: &Value) -> Vec<Misformed> {
        let kind = file.get("kind").and_then(Value::as_str);
        let Some(of_kind) = self.kinds.iter().find(|of| Some(&*of.name) == kind) else {
            return vec![self.of_no_kind(file)];
        };
        let mut reader = Reader {
            schema: &self.schema,
            file,
            mistakes: Vec::new(),
        };
        if let Err(error) = self.compiled.validate(file, of_kind.compiled) {
            let mut errors = parts(&error);
            errors.truncate(MAX_ERRORS);
            reader.all(&errors);
        }
        reader.mistakes
    }

    /// A file that does not say what kind it is, so that no schema is for it.
    fn of_no_kind(&self, file: &Value) -> Misformed {
        let names: Vec<&str> = self.kinds.iter().map(|of| &*of.name).collect();
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
    file: &'s Value,
    mistakes: Vec<Misformed>,
}

impl<'s> Reader<'s> {
    /// Reads errors that hold at the same time.
    fn all(&mut self, errors: &[&Error<'_>]) {
        for error in errors {
            // A word that is written wrongly is missing too; only the first is worth saying.
            if !(is_missing(error) && has_unknown_key(error, errors)) {
                self.one(error);
            }
        }
    }

    fn one(&mut self, error: &Error<'_>) {
        match &error.kind {
            Kind::AdditionalProperties { got } => self.unknown_keys(error, got),
            Kind::AnyOf | Kind::OneOf(None) => self.alternatives(error),
            Kind::PropertyName { prop } => {
                let name = Value::String(prop.clone());
                let mut path = path(error);
                path.push(Segment::Key(prop.clone()));
                for of_name in parts_of(&error.causes) {
                    let (message, help) = self.said(&name, of_name);
                    self.mistakes.push(Misformed {
                        path: path.clone(),
                        part: Part::Key,
                        message,
                        help,
                    });
                }
            }
            Kind::Required { want } => {
                for key in want {
                    self.push(error, format!("the key `{key}` is missing"), None);
                }
            }
            _ => {
                let (message, help) = self.said(self.value(error), error);
                self.push(error, message, help);
            }
        }
    }

    /// The value that an error is about.
    fn value(&self, error: &Error<'_>) -> &Value {
        let mut value = self.file;
        for token in &error.instance_location.tokens {
            value = match token {
                InstanceToken::Prop(key) => &value[key.as_ref()],
                InstanceToken::Item(index) => &value[*index],
            };
        }
        value
    }

    /// The part of the schema that an error is from.
    fn place(&self, error: &Error<'_>) -> &'s Value {
        let (_, place) = error.schema_url.split_once('#').unwrap_or_default();
        self.schema.pointer(place).unwrap_or(&Value::Null)
    }

    fn push(&mut self, error: &Error<'_>, message: String, help: Option<String>) {
        self.mistakes.push(Misformed {
            path: path(error),
            part: Part::Value,
            message,
            help,
        });
    }

    fn unknown_keys(&mut self, error: &Error<'_>, unexpected: &[Cow<'_, str>]) {
        let known: Vec<&str> = self.place(error)["properties"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, _)| key.as_str())
            .collect();
        for key in unexpected {
            let mut path = path(error);
            path.push(Segment::Key(key.clone().into_owned()));
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
    fn alternatives(&mut self, error: &Error<'_>) {
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
        let (message, help) = self.none_of(self.value(error), &branches.concat());
        self.push(error, message, help);
    }

    /// What is said of a value that is of none of the kinds, and none of the words, that these errors
    /// want.
    fn none_of(&self, value: &Value, errors: &[&Error<'_>]) -> Said {
        let mut words = Vec::new();
        let mut kinds = Vec::new();
        for error in errors {
            if !is_about_kind(error) {
                continue;
            }
            // A value of another kind is not compared with the words.
            let wanted = self.place(error);
            words.extend(wanted["enum"].as_array().into_iter().flatten());
            words.extend(wanted.get("const"));
            match &error.kind {
                Kind::Type { want, .. } => {
                    kinds.extend(want.iter().map(|kind| kind_name(kind).to_owned()));
                }
                Kind::Pattern { want, .. } if *want != schema::NAME => {
                    kinds.push(format!("a text like {want}"));
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

    /// What a plain error says of a value.
    fn said(&self, value: &Value, error: &Error<'_>) -> Said {
        if is_about_kind(error) {
            return self.none_of(value, &[error]);
        }
        let (message, help) = match &error.kind {
            Kind::MinLength { want, .. } => ("is too short", format!("at least {want} characters")),
            Kind::MinItems { want, .. } => ("is too short", format!("at least {want} elements")),
            Kind::MaxItems { want, .. } => ("is too long", format!("at most {want} elements")),
            Kind::MinProperties { want, .. } => ("is too small", format!("at least {want} keys")),
            Kind::Minimum { want, .. } => ("is too small", format!("at least {want}")),
            Kind::Maximum { want, .. } => ("is too large", format!("at most {want}")),
            Kind::OneOf(_) => ("has words that exclude each other", "write one".into()),
            // The schema has no other keywords.
            other => return (format!("{}: {other}", shown(value)), None),
        };
        (format!("{} {message}", shown(value)), Some(help))
    }
}

type Error<'e> = ValidationError<'e, 'e>;

/// The errors of one alternative.
type Branch<'e> = Vec<&'e Error<'e>>;

/// The errors that hold at the same time where this one does: of a `$ref`, those of what it names.
fn parts<'e>(error: &'e Error<'e>) -> Vec<&'e Error<'e>> {
    match error.kind {
        Kind::Group | Kind::Schema { .. } | Kind::Reference { .. } | Kind::AllOf => {
            parts_of(&error.causes)
        }
        _ => vec![error],
    }
}

fn parts_of<'e>(causes: &'e [Error<'e>]) -> Vec<&'e Error<'e>> {
    causes.iter().flat_map(parts).collect()
}

/// The alternatives of an error, and those of alternatives that are alternatives themselves.
fn flattened<'e>(error: &'e Error<'e>) -> Vec<Branch<'e>> {
    if !matches!(error.kind, Kind::AnyOf | Kind::OneOf(None)) {
        return Vec::new();
    }
    let mut branches = Vec::new();
    for branch in error.causes.iter().map(parts) {
        match *branch {
            [only] if is_same_place(only, error) && required(&[only]).is_none() => {
                match flattened(only) {
                    none if none.is_empty() => branches.push(vec![only]),
                    inner => branches.extend(inner),
                }
            }
            _ => branches.push(branch),
        }
    }
    branches
}

fn is_same_place(one: &Error<'_>, other: &Error<'_>) -> bool {
    path(one) == path(other)
}

/// Whether an alternative is for values of another kind, or for other words.
fn is_other_kind(branch: &Branch<'_>, error: &Error<'_>) -> bool {
    branch
        .iter()
        .any(|e| is_same_place(e, error) && is_about_kind(e))
}

/// Whether an error says that a value is of another kind, or another word.
fn is_about_kind(error: &Error<'_>) -> bool {
    matches!(
        error.kind,
        Kind::Type { .. } | Kind::Enum { .. } | Kind::Const { .. } | Kind::Pattern { .. }
    )
}

/// The key without which an alternative does not hold, if that is all it wants.
fn required<'e>(branch: &[&Error<'e>]) -> Option<&'e str> {
    match branch {
        [only] => match &only.kind {
            Kind::Required { want } => match **want {
                [key] => Some(key),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// Whether the object of an error has a key that is not known.
fn has_unknown_key(error: &Error<'_>, errors: &[&Error<'_>]) -> bool {
    errors.iter().any(|other| {
        matches!(other.kind, Kind::AdditionalProperties { .. }) && is_same_place(other, error)
    })
}

/// Whether an error is about words that are not there.
fn is_missing(error: &Error<'_>) -> bool {
    match error.kind {
        Kind::Required { .. } => true,
        Kind::OneOf(None) => parts_of(&error.causes)
            .iter()
            .all(|e| matches!(e.kind, Kind::Required { .. })),
        _ => false,
    }
}

fn depth(error: &Error<'_>) -> usize {
    error.instance_location.tokens.len()
}

/// That a value fits neither of these words nor of these kinds of values.
fn unfit(value: &Value, words: &[&str], kinds: &[&str]) -> Said {
    let near = near(value.as_str().unwrap_or_default(), words.iter().copied());
    let options = list(&[words, kinds].concat());
    let message = format!("{} does not fit here", shown(value));
    let help = hint(&near, &format!("it is {options}"));
    (message, Some(help))
}

fn kind_name(kind: Type) -> &'static str {
    match kind {
        Type::Array => "a list",
        Type::Boolean => "true or false",
        Type::Integer => "a whole number",
        Type::Null => "null",
        Type::Number => "a number",
        Type::Object => "an object",
        Type::String => "a text",
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

fn path(error: &Error<'_>) -> Vec<Segment> {
    let tokens = error.instance_location.tokens.iter();
    let segments = tokens.map(|token| match token {
        InstanceToken::Prop(key) => Segment::Key(key.clone().into_owned()),
        InstanceToken::Item(index) => Segment::Index(*index),
    });
    segments.collect()
}

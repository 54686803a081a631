//! From the path of a field to its bytes in the text of a file.

use std::collections::HashSet;
use std::ops::Range;

use jsonc_parser::ast::{Array, Object, ObjectProp, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use wsspec_vectors::Segment;

/// Which part of a field is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Part {
    /// Its key.
    Key,
    /// Its value.
    Value,
}

/// A JSON document that remembers where its values are.
pub(in crate::cli) struct Tree<'a> {
    text: &'a str,
    root: Value<'a>,
}

impl<'a> Tree<'a> {
    /// `None` if the text is not JSON.
    pub(in crate::cli) fn read(text: &'a str) -> Option<Tree<'a>> {
        let strict = ParseOptions {
            allow_comments: false,
            allow_loose_object_property_names: false,
            allow_trailing_commas: false,
            allow_missing_commas: false,
            allow_single_quoted_strings: false,
            allow_hexadecimal_numbers: false,
            allow_unary_plus_numbers: false,
            allow_bare_decimal_point_numbers: false,
            allow_non_finite_numbers: false,
            allow_extended_string_escapes: false,
        };
        let root = parse_to_ast(text, &CollectOptions::default(), &strict);
        Some(Tree {
            text,
            root: root.ok()?.value?,
        })
    }

    /// The bytes of a field. Of a path that leaves the text (an expanded matrix has what its file
    /// has not) the last part that is there is taken. What takes several lines is represented by
    /// its key or its beginning, so that it can be shown.
    pub(in crate::cli) fn span(&self, path: &[Segment], part: Part) -> Range<usize> {
        let mut value = &self.root;
        let mut key = None;
        let mut part = part;
        for segment in path {
            let found = match (value, segment) {
                (Value::Object(object), Segment::Key(name)) => {
                    property(object, name).map(|found| (Some(found), &found.value))
                }
                (Value::Array(list), Segment::Index(index)) => {
                    element(list, *index).map(|found| (None, found))
                }
                _ => None,
            };
            let Some((found_key, found)) = found else {
                part = Part::Value;
                break;
            };
            (key, value) = (found_key, found);
        }
        let of_key = key.map(|property| bytes(&property.name));
        let of_value = bytes(value);
        match of_key {
            Some(of_key) if part == Part::Key || self.breaks(&of_value) => of_key,
            None if self.breaks(&of_value) => beginning(value),
            _ => of_value,
        }
    }

    fn breaks(&self, range: &Range<usize>) -> bool {
        self.text[range.clone()].contains('\n')
    }

    /// The paths of keys that their objects have twice, each once.
    pub(in crate::cli) fn repeated(&self) -> Vec<(Range<usize>, &str)> {
        let mut found = Vec::new();
        repeated(&self.root, &mut found);
        found
    }
}

fn property<'t, 'a>(object: &'t Object<'a>, name: &str) -> Option<&'t ObjectProp<'a>> {
    let mut all = object.properties.iter();
    all.find(|property| property.name.as_str() == name)
}

/// The element of a list, unless one before it may stand for several: a name that an axis fills in.
fn element<'t, 'a>(list: &'t Array<'a>, index: usize) -> Option<&'t Value<'a>> {
    let before = list.elements.get(..index)?;
    let may_be_several = before.iter().any(|value| match value {
        Value::StringLit(text) => text.value.starts_with('{'),
        Value::Object(object) => object.get("times").is_some(),
        _ => false,
    });
    (!may_be_several).then(|| &list.elements[index])
}

/// What represents a value of several lines: the id of a case, or the bracket.
fn beginning(value: &Value<'_>) -> Range<usize> {
    let id = value.as_object().and_then(|object| object.get("id"));
    let start = bytes(value).start;
    id.map_or(start..start + 1, |id| bytes(&id.value))
}

fn repeated<'t>(value: &'t Value<'_>, found: &mut Vec<(Range<usize>, &'t str)>) {
    match value {
        Value::Object(object) => {
            let mut seen = HashSet::new();
            for property in &object.properties {
                let name = property.name.as_str();
                if !seen.insert(name) {
                    found.push((bytes(&property.name), name));
                }
                repeated(&property.value, found);
            }
        }
        Value::Array(list) => {
            for element in &list.elements {
                repeated(element, found);
            }
        }
        Value::StringLit(_)
        | Value::NumberLit(_)
        | Value::BooleanLit(_)
        | Value::NullKeyword(_) => {}
    }
}

fn bytes(node: &impl Ranged) -> Range<usize> {
    node.start()..node.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"a": [1, {"b": "c"}],
 "cases": [{"id": "one",
  "steps": ["{x}", {"y": 1}]}], "a": 2}"#;

    fn at(path: &[Segment], part: Part) -> &'static str {
        &TEXT[Tree::read(TEXT).unwrap().span(path, part)]
    }

    fn key(name: &str) -> Segment {
        Segment::Key(name.to_owned())
    }

    #[test]
    fn a_path_leads_to_a_key_or_a_value() {
        let path = [key("a"), Segment::Index(1), key("b")];
        assert_eq!(at(&path, Part::Value), r#""c""#);
        assert_eq!(at(&path, Part::Key), r#""b""#);
        assert_eq!(at(&path[..2], Part::Value), r#"{"b": "c"}"#);
    }

    #[test]
    fn what_is_not_in_the_text_is_where_the_path_leaves_it() {
        let case = [key("cases"), Segment::Index(0)];
        assert_eq!(at(&case, Part::Value), r#""one""#);
        let step = [
            case.as_slice(),
            &[key("steps"), Segment::Index(1), key("y")],
        ]
        .concat();
        assert_eq!(at(&step, Part::Key), r#"["{x}", {"y": 1}]"#);
        assert_eq!(at(&[key("z")], Part::Value), "{");
    }

    #[test]
    fn keys_that_are_written_twice_are_found() {
        let tree = Tree::read(TEXT).unwrap();
        let names: Vec<&str> = tree.repeated().into_iter().map(|(_, name)| name).collect();
        assert_eq!(names, ["a"]);
    }
}

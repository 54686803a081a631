//! The JSON Schema of vector files, derived from the types that read them, so that they cannot
//! differ.
//!
//! The types describe a case after matrix expansion. In a file, every value inside a case may be a
//! name in braces that the matrix fills in; that alternative is added to the derived schema
//! everywhere.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};
use wsspec_core::Impact;

use crate::case::{CaseSource, Need};
use crate::parse::ParseSource;
use crate::role::RoleName;
use crate::through::ThroughSource;
use crate::transport::Over;

/// The words of a frame, of which it has exactly one.
const FRAME_WORDS: &[&str] = &[
    "text",
    "binary",
    "continuation",
    "ping",
    "pong",
    "close",
    "opcode",
    "raw",
];

/// The words of a step, of which it has exactly one.
const STEP_WORDS: &[&str] = &[
    "open", "accept", "send", "expect", "end", "read", "tell", "settings", "signal", "times",
];

/// The words of a step for a gateway, of which it has exactly one.
const THROUGH_STEP_WORDS: &[&str] = &["open", "accept", "send", "expect", "end"];

/// The pattern of a name that the matrix fills in, which may stand for any value.
pub const NAME: &str = r"^\{[a-z][a-z0-9-]*(\.[a-z0-9_-]+)?\}$";

/// The schema of a vector file, as written to `vectors/schema.json`.
pub fn schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12()
        .with(|s| s.inline_subschemas = false)
        .into_generator();
    let exchange = generator.subschema_for::<CaseSource>();
    let parse = generator.subschema_for::<ParseSource>();
    let through = generator.subschema_for::<ThroughSource>();
    let of_gateways = json!({"impact": generator.subschema_for::<Impact>()});
    let of_exchanges = json!({
        "group": {
            "description": "row of a summary table that the cases are counted in; the family by default",
            "type": "string",
            "pattern": FAMILY
        },
        "impact": generator.subschema_for::<Impact>(),
        "over": generator.subschema_for::<Over>(),
        "roles": generator.subschema_for::<Vec<RoleName>>(),
        "needs": generator.subschema_for::<Vec<Need>>()
    });
    let mut definitions: Map<String, Value> =
        generator.take_definitions(true).into_iter().collect();
    for (name, definition) in &mut definitions {
        if name != "Impact" {
            allow_names(definition);
        }
    }
    for case in ["exchange", "parse", "through"] {
        replace_case_keys(&mut definitions[case]["properties"]);
    }
    definitions["frame"]["oneOf"] = exactly_one(FRAME_WORDS);
    definitions["step"]["oneOf"] = exactly_one(STEP_WORDS);
    definitions["through-step"]["oneOf"] = exactly_one(THROUGH_STEP_WORDS);
    definitions.insert("name".into(), json!({"type": "string", "pattern": NAME}));
    let exchange_keys = ["family", "kind", "about", "impact", "cases"];
    let parse_keys = ["family", "kind", "about", "cases"];
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "wsspec vectors",
        "oneOf": [
            file("exchange", &json!(exchange), of_exchanges, &exchange_keys),
            file("parse", &json!(parse), json!({}), &parse_keys),
            file("through", &json!(through), of_gateways, &exchange_keys),
        ],
        "$defs": definitions
    });
    join_lines(&mut schema);
    schema
}

/// Makes one line of each description, which comes from a wrapped doc comment.
fn join_lines(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::String(text)) = map.get_mut("description") {
                *text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            }
            map.values_mut().for_each(join_lines);
        }
        Value::Array(list) => list.iter_mut().for_each(join_lines),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

const FAMILY: &str = "^[a-z0-9]+([.-][a-z0-9]+)*$";

/// The keys of a case that matrix expansion reads itself.
fn replace_case_keys(properties: &mut Value) {
    properties["matrix"] = json!({
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": "^[a-z][a-z0-9-]*$"},
        "additionalProperties": {"anyOf": [
            {"type": "array", "minItems": 1},
            {"type": "object", "minProperties": 1, "propertyNames": {"pattern": "^[a-z0-9][a-z0-9._-]*$"}}
        ]}
    });
    properties["id"] = json!({"type": "string", "pattern": "^[a-z0-9{][a-z0-9{}._-]*$"});
    properties["about"] = json!({"type": "string", "minLength": 20});
}

fn exactly_one(words: &[&str]) -> Value {
    words
        .iter()
        .map(|word| json!({"required": [word]}))
        .collect()
}

/// The envelope of a file; `extra` are the keys that only this kind has.
fn file(kind: &str, case: &Value, extra: Value, required: &[&str]) -> Value {
    let mut properties = json!({
        "$schema": {"type": "string"},
        "family": {"type": "string", "pattern": FAMILY},
        "kind": {"const": kind},
        "about": {"type": "string", "minLength": 10},
        "cases": {"type": "array", "items": case, "minItems": 1}
    });
    if let (Some(properties), Value::Object(extra)) = (properties.as_object_mut(), extra) {
        properties.extend(extra);
    }
    json!({"type": "object", "properties": properties, "additionalProperties": false, "required": required})
}

/// Allows a name in braces wherever `schema` has a value.
fn allow_names(schema: &mut Value) {
    let Value::Object(map) = schema else { return };
    for key in ["anyOf", "oneOf", "allOf"] {
        for part in map
            .get_mut(key)
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            allow_names(part);
        }
    }
    map.get_mut("prefixItems")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
        .for_each(or_name);
    for place in map
        .get_mut("properties")
        .and_then(Value::as_object_mut)
        .into_iter()
        .flat_map(Map::values_mut)
    {
        or_name(place);
    }
    for key in ["items", "additionalProperties"] {
        if let Some(place) = map.get_mut(key).filter(|p| p.is_object()) {
            or_name(place);
        }
    }
    if map
        .get("additionalProperties")
        .is_some_and(Value::is_object)
    {
        map.remove("propertyNames");
    }
}

fn or_name(place: &mut Value) {
    allow_names(place);
    let plain_text = place.get("type") == Some(&json!("string"))
        && place
            .as_object()
            .is_some_and(|m| m.keys().all(|k| k == "type" || k == "description"));
    if !plain_text {
        *place = json!({"anyOf": [place.take(), {"$ref": "#/$defs/name"}]});
    }
}

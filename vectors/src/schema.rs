//! The JSON Schema of the vector files, derived from the types that read them, so that the two cannot drift.
//!
//! The types describe a case after expansion. In a file any value inside a case may be a name in braces that
//! a matrix fills in; the derived schema gets that alternative at every place.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};
use wsspec_core::Impact;

use super::Over;
use super::case::{CaseSource, Need, RoleName};
use super::parse::ParseSource;

/// The schema, ready to be written to `vectors/schema.json`.
pub fn schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12()
        .with(|s| s.inline_subschemas = false)
        .into_generator();
    let exchange = generator.subschema_for::<CaseSource>();
    let parse = generator.subschema_for::<ParseSource>();
    let impact = generator.subschema_for::<Impact>();
    let over = generator.subschema_for::<Over>();
    let roles = generator.subschema_for::<Vec<RoleName>>();
    let needs = generator.subschema_for::<Vec<Need>>();
    let mut definitions: Map<String, Value> =
        generator.take_definitions(true).into_iter().collect();
    for (name, definition) in &mut definitions {
        if name != "Impact" {
            allow_names(definition);
        }
    }
    for case in ["exchange", "parse"] {
        let matrix = json!({
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"pattern": "^[a-z][a-z0-9-]*$"},
            "additionalProperties": {"anyOf": [
                {"type": "array", "minItems": 1},
                {"type": "object", "minProperties": 1, "propertyNames": {"pattern": "^[a-z0-9][a-z0-9._-]*$"}}
            ]}
        });
        definitions[case]["properties"]["matrix"] = matrix;
        for (key, plain) in [
            (
                "id",
                json!({"type": "string", "pattern": "^[a-z0-9{][a-z0-9{}._-]*$"}),
            ),
            ("about", json!({"type": "string", "minLength": 20})),
        ] {
            definitions[case]["properties"][key] = plain;
        }
    }
    for (name, words) in [
        (
            "frame",
            &[
                "text",
                "binary",
                "continuation",
                "ping",
                "pong",
                "close",
                "opcode",
                "raw",
            ][..],
        ),
        (
            "step",
            &[
                "open", "accept", "send", "expect", "end", "read", "tell", "settings", "times",
            ],
        ),
    ] {
        let one: Vec<Value> = words
            .iter()
            .map(|word| json!({"required": [word]}))
            .collect();
        definitions[name]["oneOf"] = Value::Array(one);
    }
    definitions.insert(
        "name".into(),
        json!({"type": "string", "pattern": r"^\{[a-z][a-z0-9-]*(\.[a-z0-9_-]+)?\}$"}),
    );
    let file = |kind: &str, case: Value, extra: Value, required: &[&str]| {
        let mut properties = json!({
            "$schema": {"type": "string"},
            "family": {"type": "string", "pattern": "^[a-z0-9]+([.-][a-z0-9]+)*$"},
            "kind": {"const": kind},
            "about": {"type": "string", "minLength": 10},
            "cases": {"type": "array", "items": case, "minItems": 1}
        });
        if let (Some(properties), Value::Object(extra)) = (properties.as_object_mut(), extra) {
            properties.extend(extra);
        }
        json!({"type": "object", "properties": properties, "additionalProperties": false, "required": required})
    };
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "wsspec vectors",
        "oneOf": [
            file("exchange", json!(exchange), json!({"impact": impact, "over": over, "roles": roles, "needs": needs}),
                &["family", "kind", "about", "impact", "cases"]),
            file("parse", json!(parse), json!({}), &["family", "kind", "about", "cases"]),
        ],
        "$defs": definitions
    })
}

/// Lets a name in braces stand for every value inside `schema`.
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

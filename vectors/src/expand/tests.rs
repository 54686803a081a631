//! Matrix expansion.

use super::*;
use serde_json::json;

fn ids(source: &Value) -> Result<Vec<String>, FieldFault> {
    expand(source.as_object().unwrap(), &mut Budget::new())
        .map(|list| list.into_iter().map(|e| e.id).collect())
}

#[test]
fn values_keep_their_type_and_lists_are_spliced() {
    let source = json!({"id": "x-{a}-{b}", "matrix": {"a": {"one": [1, 2]}, "b": [true]},
        "steps": ["{a}", "{c}", {"{b}x": "<{b}>"}], "n": "{a}"});
    let one = &expand(source.as_object().unwrap(), &mut Budget::new()).unwrap()[0].json;
    assert_eq!(one["steps"], json!([1, 2, "{c}", {"truex": "<true>"}]));
    assert_eq!(one["n"], json!([1, 2]));
    assert_eq!(one["id"], "x-one-true");
}

#[test]
fn a_few_lines_do_not_multiply_without_end() {
    let axes: Map<String, Value> = (0..64).map(|n| (format!("a{n}"), json!([1, 2]))).collect();
    let id = axes
        .keys()
        .map(|name| format!("{{{name}}}"))
        .collect::<Vec<_>>()
        .concat();
    assert_eq!(
        ids(&json!({"id": id, "matrix": axes})).unwrap_err().field,
        "matrix"
    );
    let many: Vec<u64> = (0..10_000).collect();
    let text = "x".repeat(40_000);
    assert_eq!(
        ids(&json!({"id": "{a}", "matrix": {"a": many}, "about": text}))
            .unwrap_err()
            .field,
        "about"
    );
}

#[test]
fn every_axis_stands_in_the_id_and_exceptions_are_left_out() {
    assert_eq!(
        ids(&json!({"id": "x", "matrix": {"a": [1]}}))
            .unwrap_err()
            .field,
        "id"
    );
    let source = json!({"id": "{a}.{b}", "matrix": {"a": [1, 2], "b": [3, 4]}, "except": [{"a": 1, "b": 4}]});
    assert_eq!(ids(&source).unwrap(), ["1.3", "2.3", "2.4"]);
    let unknown = json!({"id": "{a}", "matrix": {"a": [1]}, "autobahn": {"2": "1.1.1"}});
    assert_eq!(ids(&unknown).unwrap_err().field, "autobahn");
}

#[test]
fn a_case_of_several_sizes_has_the_largest_and_the_steps_of_the_others() {
    let source = json!({"id": "x-{a}", "matrix": {"a": [1]}, "costs": {"growth": [10, 20, 40]},
        "steps": [{"n": "{size}", "a": "{a}"}], "about": "{size}"});
    let expanded = expand(source.as_object().unwrap(), &mut Budget::new()).unwrap();
    assert_eq!(expanded.len(), 1);
    assert_eq!(expanded[0].json["steps"], json!([{"n": 40, "a": 1}]));
    assert_eq!(expanded[0].json["about"], "{size}");
    let smaller = json!([[{"n": 10, "a": 1}], [{"n": 20, "a": 1}]]);
    assert_eq!(json!(expanded[0].rest.smaller), smaller);
    let twice = json!({"id": "{size}", "matrix": {"size": [1]}, "costs": {"growth": [1, 2, 3]}});
    assert_eq!(ids(&twice).unwrap_err().field, "costs");
}

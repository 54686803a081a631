//! The committed schema is that of the types.

use std::path::Path;

use wsspec_vectors::schema;

/// With WSSPEC_UPDATE set, writes the file.
#[test]
fn the_schema_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.json");
    let schema = serde_json::to_string_pretty(&schema::schema()).unwrap() + "\n";
    if std::env::var_os("WSSPEC_UPDATE").is_some() {
        std::fs::write(&path, &schema).unwrap();
    }
    assert!(
        std::fs::read_to_string(&path).unwrap_or_default() == schema,
        "vectors/schema.json is out of date: run the tests once with WSSPEC_UPDATE=1"
    );
}

//! Values against a JSON Schema.

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;

const ADDRESS: &str = "wsspec:/schema.json";

pub struct Schema {
    compiled: Schemas,
    index: SchemaIndex,
}

impl Schema {
    pub fn new(schema: &Value) -> Schema {
        let mut compiler = Compiler::new();
        compiler.add_resource(ADDRESS, schema.clone()).unwrap();
        let mut compiled = Schemas::new();
        let index = compiler.compile(ADDRESS, &mut compiled).unwrap();
        Schema { compiled, index }
    }

    /// What does not fit, for a person.
    pub fn complaint(&self, value: &Value) -> Option<String> {
        let error = self.compiled.validate(value, self.index).err()?;
        Some(format!("{error:#}"))
    }
}

//! Running the program, and reading what it wrote.

use std::fs;
use std::path::Path;

use serde_json::Value;

pub(crate) use super::echo::Echo;
pub(crate) use super::program::run;
pub(crate) use super::shared::scratch;

/// A few cases of several families, with passive findings to merge.
pub(crate) const FEW: [&str; 4] = ["--filter", "close.*", "--filter", "frame.mask.*"];

pub(crate) fn read(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

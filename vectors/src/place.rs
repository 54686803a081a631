//! Where a field is within a JSON document.

use std::fmt;

use serde_path_to_error::Segment as Traced;

/// One step into a JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// The value of this key of an object.
    Key(String),
    /// The element of a list at this position, from 0.
    Index(usize),
}

/// The path of a field, for example `steps[1].send.rsv`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldPath(pub Vec<Segment>);

impl FieldPath {
    /// The element at `index` of the list under `key`.
    pub(crate) fn element(key: &str, index: usize) -> FieldPath {
        FieldPath(vec![Segment::Key(key.to_owned()), Segment::Index(index)])
    }
}

impl From<&str> for FieldPath {
    fn from(key: &str) -> FieldPath {
        FieldPath(vec![Segment::Key(key.to_owned())])
    }
}

/// As far as the reader knew where it was.
impl From<&serde_path_to_error::Path> for FieldPath {
    fn from(path: &serde_path_to_error::Path) -> FieldPath {
        let known = path.iter().map_while(|segment| match segment {
            Traced::Seq { index } => Some(Segment::Index(*index)),
            Traced::Map { key } => Some(Segment::Key(key.clone())),
            Traced::Enum { variant } => Some(Segment::Key(variant.clone())),
            Traced::Unknown => None,
        });
        FieldPath(known.collect())
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Key(key) if i == 0 => f.write_str(key)?,
                Segment::Key(key) => write!(f, ".{key}")?,
                Segment::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

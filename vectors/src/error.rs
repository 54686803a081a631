//! What is wrong in a vector file, and where.

use std::fmt;
use std::ops::Deref;

use crate::place::FieldPath;

/// A mistake in a vector file. It is the file's author who can fix it, so it says where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VectorError {
    /// Path of the file, as it was given.
    pub file: String,
    /// Id of the case, with matrix names filled in where that was possible.
    pub case: Option<String>,
    /// Position of that case in the `cases` of its file, from 0, where it is known. Every
    /// combination of a matrix has that of the case it is made from.
    pub index: Option<usize>,
    /// Path of the field within the file or the expanded case.
    pub field: Option<FieldPath>,
    /// What is wrong, without the place.
    pub message: String,
}

impl VectorError {
    /// An error that concerns a whole file.
    #[allow(clippy::needless_pass_by_value)] // called with literals, strings and errors alike
    pub(crate) fn of_file(file: impl Into<String>, message: impl ToString) -> VectorError {
        VectorError {
            file: file.into(),
            case: None,
            index: None,
            field: None,
            message: message.to_string(),
        }
    }

    /// The same error in one case of the file.
    pub(crate) fn in_case(mut self, case: impl Into<String>) -> VectorError {
        self.case = Some(case.into());
        self
    }

    /// The same error in one field.
    pub(crate) fn in_field(mut self, field: impl Into<FieldPath>) -> VectorError {
        self.field = Some(field.into());
        self
    }
}

impl fmt::Display for VectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some(case) = &self.case {
            write!(f, ": case {case}")?;
        }
        if let Some(field) = &self.field {
            write!(f, ": field {field}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for VectorError {}

/// Every mistake found while a corpus was loaded; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VectorErrors(Vec<VectorError>);

impl VectorErrors {
    /// `value`, unless there are errors.
    pub(crate) fn none_or<T>(errors: Vec<VectorError>, value: T) -> Result<T, VectorErrors> {
        if errors.is_empty() {
            Ok(value)
        } else {
            Err(VectorErrors(errors))
        }
    }
}

impl From<VectorError> for VectorErrors {
    fn from(error: VectorError) -> VectorErrors {
        VectorErrors(vec![error])
    }
}

impl Deref for VectorErrors {
    type Target = [VectorError];

    fn deref(&self) -> &[VectorError] {
        &self.0
    }
}

impl IntoIterator for VectorErrors {
    type Item = VectorError;
    type IntoIter = std::vec::IntoIter<VectorError>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a VectorErrors {
    type Item = &'a VectorError;
    type IntoIter = std::slice::Iter<'a, VectorError>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

/// One error a line.
impl fmt::Display for VectorErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, error) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            error.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for VectorErrors {}

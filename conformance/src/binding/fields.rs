//! The fields of a head as a case describes them: the usual ones, with its changes.

use wsspec_vectors::{FieldValue, Head};

use super::names::Names;

/// The usual fields, replaced and extended by those of the case.
pub(super) fn overridden(
    mut fields: Vec<(String, FieldValue)>,
    head: &Head,
) -> Vec<(String, FieldValue)> {
    for (name, value) in &head.headers {
        match fields
            .iter_mut()
            .find(|(usual, _)| usual.eq_ignore_ascii_case(name))
        {
            Some(field) => *field = (name.clone(), value.clone()),
            None => fields.push((name.clone(), value.clone())),
        }
    }
    fields
}

/// The lines that a field makes, names in braces filled in.
pub(super) fn field_lines(value: &FieldValue, names: &Names<'_>) -> Vec<Vec<u8>> {
    match value {
        FieldValue::Removed => Vec::new(),
        FieldValue::Lines(values) => values
            .iter()
            .map(|value| names.fill(value).into_bytes())
            .collect(),
        FieldValue::Times(value, times) => vec![names.fill(value).into_bytes(); *times],
        FieldValue::Made(payload) => vec![payload.bytes()],
    }
}

/// Fields of one line each.
pub(super) fn lines_of(fields: &[(&str, &str)]) -> Vec<(String, FieldValue)> {
    fields
        .iter()
        .map(|(name, value)| {
            (
                (*name).to_owned(),
                FieldValue::Lines(vec![(*value).to_owned()]),
            )
        })
        .collect()
}

//! The rules of a field section (RFC 9113 §8.2 to §8.6, RFC 8441 §4).
//!
//! What HTTP/2 has in common with HTTP/3 is found by [`crate::http3::message`];
//! names and values have a rule of their own here, and a request need not have an authority.

pub use crate::http3::message::{Part, is_connect, status, value};

use super::{Field, Violation};
use crate::http3;

/// Finds what is wrong with a field section, each rule once.
pub fn faults(fields: &[Field], part: Part) -> Vec<Violation> {
    let common = http3::message::faults(fields, part)
        .into_iter()
        .filter_map(in_common);
    let mut faults: Vec<Violation> = common.collect();
    let regular = |field: &&Field| !field.0.starts_with(b":");
    let names = || fields.iter().filter(regular).map(|field| &field.0[..]);
    if names().any(|name| name.iter().any(u8::is_ascii_uppercase)) {
        faults.push(Violation::FieldNameUppercase);
    }
    if names().any(|name| !is_name(name)) {
        faults.push(Violation::FieldNameInvalid);
    }
    if fields.iter().any(|field| !is_value(&field.1)) {
        faults.push(Violation::FieldValueInvalid);
    }
    faults
}

/// Upper case has a violation of its own.
fn is_name(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().copied().all(is_name_byte)
}

fn is_name_byte(byte: u8) -> bool {
    matches!(byte, b'!'..=b'~') && byte != b':'
}

fn is_value(value: &[u8]) -> bool {
    let forbidden = value
        .iter()
        .any(|byte| matches!(byte, b'\0' | b'\n' | b'\r'));
    !forbidden && !is_blank(value.first()) && !is_blank(value.last())
}

fn is_blank(byte: Option<&u8>) -> bool {
    matches!(byte, Some(b' ' | b'\t'))
}

/// The rule of HTTP/2 that says the same as one of HTTP/3.
const fn in_common(violation: http3::Violation) -> Option<Violation> {
    use http3::Violation as Http3;
    Some(match violation {
        Http3::FieldOfTheConnection => Violation::FieldOfTheConnection,
        Http3::TeInvalid => Violation::TeInvalid,
        Http3::PseudoUnknown => Violation::PseudoUnknown,
        Http3::PseudoOfTheOther => Violation::PseudoOfTheOther,
        Http3::PseudoInTrailers => Violation::PseudoInTrailers,
        Http3::PseudoLate => Violation::PseudoLate,
        Http3::PseudoRepeated => Violation::PseudoRepeated,
        Http3::MethodMissing => Violation::MethodMissing,
        Http3::SchemeMissing => Violation::SchemeMissing,
        Http3::PathMissing => Violation::PathMissing,
        Http3::AuthorityWithUserinfo => Violation::AuthorityWithUserinfo,
        Http3::AuthorityDiffers => Violation::AuthorityDiffers,
        Http3::ConnectWithoutAuthority => Violation::ConnectWithoutAuthority,
        Http3::ConnectWithTarget => Violation::ConnectWithTarget,
        Http3::ConnectWithoutTarget => Violation::ConnectWithoutTarget,
        Http3::ProtocolWithoutConnect => Violation::ProtocolWithoutConnect,
        Http3::StatusMissing => Violation::StatusMissing,
        Http3::StatusInvalid => Violation::StatusInvalid,
        Http3::Status101 => Violation::Status101,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Violation as V;

    fn check(part: Part, fields: &[(&str, &str)], expected: &[Violation]) {
        let owned: Vec<Field> = fields
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect();
        assert_eq!(faults(&owned, part), expected, "{fields:?}");
    }

    #[test]
    fn a_request_needs_no_authority() {
        let get = [(":method", "GET"), (":scheme", "http"), (":path", "/")];
        check(Part::Request, &get, &[]);
        check(Part::Request, &get[..2], &[V::PathMissing]);
    }

    #[test]
    fn names_and_values() {
        let rows: [(&str, &str, &[Violation]); 12] = [
            ("a", "", &[]),
            ("a", "b\u{7f}\u{1} c", &[]),
            ("a(", "b", &[]),
            ("Upper", "b", &[V::FieldNameUppercase]),
            ("A(", "b", &[V::FieldNameUppercase]),
            ("", "b", &[V::FieldNameInvalid]),
            ("a b", "b", &[V::FieldNameInvalid]),
            ("a:", "b", &[V::FieldNameInvalid]),
            ("a\u{e9}", "b", &[V::FieldNameInvalid]),
            ("a", "b\nc", &[V::FieldValueInvalid]),
            ("a", " b", &[V::FieldValueInvalid]),
            ("a", "b\t", &[V::FieldValueInvalid]),
        ];
        for (name, value, expected) in rows {
            check(Part::Trailers, &[(name, value)], expected);
            check(
                Part::Response,
                &[(":status", "200"), (name, value)],
                expected,
            );
        }
    }

    #[test]
    fn what_http3_has_in_common() {
        check(Part::Response, &[(":status", "101")], &[V::Status101]);
        check(Part::Trailers, &[("te", "gzip")], &[V::TeInvalid]);
        check(
            Part::Trailers,
            &[("upgrade", "x")],
            &[V::FieldOfTheConnection],
        );
    }
}

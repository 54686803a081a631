//! The rules of a field section (RFC 9114 §4.2 to §4.5, RFC 8441 §4).

use super::{Field, Violation};
use crate::handshake::is_token;

/// Which part of a message a field section is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// The head of a request.
    Request,
    /// The head of a response, interim or final.
    Response,
    /// The trailers of either.
    Trailers,
}

/// The pseudo-header fields, and whether a request has them.
const PSEUDO: &[(&[u8], bool)] = &[
    (b":method", true),
    (b":scheme", true),
    (b":authority", true),
    (b":path", true),
    (b":protocol", true),
    (b":status", false),
];

/// Fields that only HTTP/1.1 may have (RFC 9114 §4.2).
const OF_THE_CONNECTION: &[&[u8]] = &[
    b"connection",
    b"keep-alive",
    b"proxy-connection",
    b"transfer-encoding",
    b"upgrade",
];

/// The value of the first field of this name.
pub fn value<'a>(fields: &'a [Field], name: &str) -> Option<&'a [u8]> {
    let named = |field: &&Field| field.0 == name.as_bytes();
    fields.iter().find(named).map(|field| &field.1[..])
}

/// Whether this is the head of a request with the method CONNECT.
pub fn is_connect(fields: &[Field]) -> bool {
    value(fields, ":method") == Some(b"CONNECT")
}

/// The status of a response, if it is a number of three digits.
pub fn status(fields: &[Field]) -> Option<u16> {
    match value(fields, ":status")? {
        [first @ b'1'..=b'9', rest @ ..]
            if rest.len() == 2 && rest.iter().all(u8::is_ascii_digit) =>
        {
            let digits = rest.iter().map(|digit| u16::from(digit - b'0'));
            Some(digits.fold(u16::from(first - b'0'), |number, digit| number * 10 + digit))
        }
        _ => None,
    }
}

/// Finds what is wrong with a field section, each rule once: first field by field, then what is
/// missing or does not fit together.
pub fn faults(fields: &[Field], part: Part) -> Vec<Violation> {
    let mut faults = Faults(Vec::new());
    let mut regular = false;
    for (place, (name, value)) in fields.iter().enumerate() {
        if name.starts_with(b":") {
            faults.add(pseudo_fault(name, part));
            faults.when(regular, Violation::PseudoLate);
            let before = fields[..place].iter().any(|field| field.0 == *name);
            let defined = PSEUDO.iter().any(|row| row.0 == name);
            faults.when(before && defined, Violation::PseudoRepeated);
        } else {
            regular = true;
            faults.add(name_fault(name));
            let is_te = name == b"te" && !value.eq_ignore_ascii_case(b"trailers");
            faults.when(is_te, Violation::TeInvalid);
        }
        let forbidden = |byte: &u8| (*byte < b' ' && *byte != b'\t') || *byte == 0x7f;
        faults.when(value.iter().any(forbidden), Violation::FieldValueInvalid);
    }
    match part {
        Part::Request => request(fields, &mut faults),
        Part::Response => response(fields, &mut faults),
        Part::Trailers => {}
    }
    faults.0
}

struct Faults(Vec<Violation>);

impl Faults {
    fn add(&mut self, fault: Option<Violation>) {
        let new = fault.filter(|fault| !self.0.contains(fault));
        self.0.extend(new);
    }

    fn when(&mut self, broken: bool, fault: Violation) {
        self.add(broken.then_some(fault));
    }
}

fn pseudo_fault(name: &[u8], part: Part) -> Option<Violation> {
    let of_request = PSEUDO.iter().find(|row| row.0 == name).map(|row| row.1);
    match (part, of_request) {
        (Part::Trailers, _) => Some(Violation::PseudoInTrailers),
        (_, None) => Some(Violation::PseudoUnknown),
        (Part::Request, Some(true)) | (Part::Response, Some(false)) => None,
        (Part::Request | Part::Response, Some(_)) => Some(Violation::PseudoOfTheOther),
    }
}

fn name_fault(name: &[u8]) -> Option<Violation> {
    if !is_token(name) {
        Some(Violation::FieldNameInvalid)
    } else if name.iter().any(u8::is_ascii_uppercase) {
        Some(Violation::FieldNameUppercase)
    } else if OF_THE_CONNECTION.contains(&name) {
        Some(Violation::FieldOfTheConnection)
    } else {
        None
    }
}

fn request(fields: &[Field], faults: &mut Faults) {
    let has = |name| value(fields, name).is_some();
    let connect = is_connect(fields);
    let protocol = has(":protocol");
    let (scheme, path) = (has(":scheme"), has(":path"));
    faults.when(!has(":method"), Violation::MethodMissing);
    faults.when(protocol && !connect, Violation::ProtocolWithoutConnect);
    if connect && !protocol {
        faults.when(scheme || path, Violation::ConnectWithTarget);
        faults.when(!has(":authority"), Violation::ConnectWithoutAuthority);
        return;
    }
    if connect {
        faults.when(!scheme || !path, Violation::ConnectWithoutTarget);
    } else {
        faults.when(!scheme, Violation::SchemeMissing);
        faults.when(scheme && !path, Violation::PathMissing);
    }
    let (authority, host) = (value(fields, ":authority"), value(fields, "host"));
    if is_of_http(fields) {
        let without_path = matches!(value(fields, ":path"), Some([] | [b'?', ..]));
        faults.when(without_path, Violation::PathMissing);
        let named = authority.or(host);
        faults.when(named.is_none(), Violation::AuthorityMissing);
        faults.when(named == Some(b""), Violation::AuthorityEmpty);
        let user = authority.is_some_and(|authority| authority.contains(&b'@'));
        faults.when(user, Violation::AuthorityWithUserinfo);
    }
    let differ = authority
        .zip(host)
        .is_some_and(|(a, h)| !a.eq_ignore_ascii_case(h));
    faults.when(differ, Violation::AuthorityDiffers);
}

/// Whether the scheme is one whose path is never empty, which needs an authority, and whose authority
/// names no user (RFC 9114 §4.3.1). What another scheme needs is not known here.
fn is_of_http(fields: &[Field]) -> bool {
    matches!(value(fields, ":scheme"), Some(b"http" | b"https"))
}

fn response(fields: &[Field], faults: &mut Faults) {
    faults.when(value(fields, ":status").is_none(), Violation::StatusMissing);
    let unread = value(fields, ":status").is_some() && status(fields).is_none();
    faults.when(unread, Violation::StatusInvalid);
    faults.when(status(fields) == Some(101), Violation::Status101);
}

#[cfg(test)]
mod tests {
    use super::*;
    use Violation as V;

    fn fields(text: &str) -> Vec<Field> {
        let line = |line: &str| {
            let (name, value) = line.split_once('=').unwrap();
            (name.into(), value.into())
        };
        text.split_whitespace().map(line).collect()
    }

    fn check(part: Part, text: &str, expected: &[Violation]) {
        assert_eq!(faults(&fields(text), part), expected, "{text}");
    }

    const WEBSOCKET: &str =
        ":method=CONNECT :protocol=websocket :scheme=https :path=/ :authority=a";
    const PLAIN: &str = ":method=GET :scheme=https :path=/ :authority=a";

    #[test]
    fn right_heads_have_no_faults() {
        check(Part::Request, WEBSOCKET, &[]);
        check(Part::Request, PLAIN, &[]);
        check(Part::Request, ":method=CONNECT :authority=a:1", &[]);
        check(
            Part::Request,
            ":method=GET :scheme=https :path=/ host=a te=trailers",
            &[],
        );
        check(Part::Response, ":status=200 sec-websocket-protocol=a", &[]);
        check(Part::Response, ":status=999", &[]);
        check(Part::Trailers, "a=b", &[]);
    }

    #[test]
    fn pseudo_header_fields() {
        check(
            Part::Request,
            ":status=200",
            &[V::PseudoOfTheOther, V::MethodMissing, V::SchemeMissing],
        );
        let with = |more: &str| format!("{WEBSOCKET} {more}");
        check(Part::Request, &with(":path=/"), &[V::PseudoRepeated]);
        check(Part::Request, &with(":new=1 :new=1"), &[V::PseudoUnknown]);
        check(
            Part::Request,
            &with("a=b :new=1"),
            &[V::PseudoUnknown, V::PseudoLate],
        );
        check(
            Part::Response,
            ":status=200 :path=/",
            &[V::PseudoOfTheOther],
        );
        check(Part::Response, "a=b", &[V::StatusMissing]);
        check(Part::Response, ":status=20", &[V::StatusInvalid]);
        check(Part::Response, ":status=+20", &[V::StatusInvalid]);
        check(Part::Response, ":status=101", &[V::Status101]);
        check(Part::Trailers, ":status=200", &[V::PseudoInTrailers]);
    }

    #[test]
    fn requests() {
        check(
            Part::Request,
            ":method=CONNECT :authority=a :path=/",
            &[V::ConnectWithTarget],
        );
        check(
            Part::Request,
            ":method=CONNECT",
            &[V::ConnectWithoutAuthority],
        );
        check(
            Part::Request,
            ":method=CONNECT :protocol=websocket :scheme=https :authority=a",
            &[V::ConnectWithoutTarget],
        );
        let get = WEBSOCKET.replace("CONNECT", "GET");
        check(Part::Request, &get, &[V::ProtocolWithoutConnect]);
        check(
            Part::Request,
            &format!("{PLAIN} host=b"),
            &[V::AuthorityDiffers],
        );
        check(
            Part::Request,
            ":method=GET :scheme=https :path= host=a",
            &[V::PathMissing],
        );
        check(
            Part::Request,
            ":method=GET :scheme=coap :path= :authority=u@a",
            &[],
        );
        check(
            Part::Request,
            &WEBSOCKET.replace(":path=/", ":path=?a"),
            &[V::PathMissing],
        );
        check(
            Part::Request,
            &WEBSOCKET.replace(":authority=a", ":authority=u:p@a"),
            &[V::AuthorityWithUserinfo],
        );
        check(
            Part::Request,
            ":method=GET :scheme=https :path=/",
            &[V::AuthorityMissing],
        );
        check(
            Part::Request,
            ":method=GET :scheme=https :path=/ :authority=",
            &[V::AuthorityEmpty],
        );
        // A URI without an authority, such as a URN, has none to send.
        check(Part::Request, ":method=GET :scheme=urn :path=a:b", &[]);
    }

    #[test]
    fn regular_fields() {
        let rows = [
            ("Upper=1", V::FieldNameUppercase),
            ("a(=1", V::FieldNameInvalid),
            ("=1", V::FieldNameInvalid),
            ("upgrade=websocket", V::FieldOfTheConnection),
            ("te=gzip", V::TeInvalid),
            ("a=\u{7f}", V::FieldValueInvalid),
            ("a=\0", V::FieldValueInvalid),
        ];
        for (field, violation) in rows {
            check(
                Part::Response,
                &format!(":status=200 {field}"),
                &[violation],
            );
            check(Part::Trailers, field, &[violation]);
        }
    }
}

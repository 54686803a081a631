//! The rules of HTTP/2 that the other end can break, and what follows (RFC 9113, RFC 8441).

use super::{Field, error};

/// What an error is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The stream alone (RFC 9113 §5.4.2).
    Stream,
    /// The whole connection (RFC 9113 §5.4.1).
    Connection,
}

/// A violation, and where it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// The rule.
    pub violation: Violation,
    /// The stream of the frame; 0 is the connection.
    pub stream: u32,
    /// Offset of the frame in what the other end sent.
    pub at: u64,
}

macro_rules! violations {
    ($($variant:ident $name:literal $clause:literal $scope:ident $code:ident $meaning:literal;)*) => {
        /// A rule of HTTP/2 that an endpoint broke. Each row of the table has the clause, whether the
        /// error is one of the stream or of the connection, its code, and the meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Violation {
            $(#[doc = concat!($clause, ": ", $meaning, ".")] $variant,)*
        }

        impl Violation {
            /// Every rule, in the order of the table.
            pub const ALL: &'static [Violation] = &[$(Violation::$variant),*];

            /// The stable name.
            pub const fn name(self) -> &'static str {
                match self { $(Violation::$variant => $name,)* }
            }

            /// The clause it comes from.
            pub const fn clause(self) -> &'static str {
                match self { $(Violation::$variant => $clause,)* }
            }

            /// What the error is about.
            pub const fn scope(self) -> Scope {
                match self { $(Violation::$variant => Scope::$scope,)* }
            }

            /// The error code it calls for.
            pub const fn code(self) -> u32 {
                match self { $(Violation::$variant => error::$code,)* }
            }

            /// What is wrong, in one line.
            pub const fn meaning(self) -> &'static str {
                match self { $(Violation::$variant => $meaning,)* }
            }
        }
    };
}

violations! {
    PrefaceMissing "h2-preface-missing" "RFC 9113 §3.4" Connection PROTOCOL_ERROR "the connection does not begin with the client's preface";
    SettingsNotFirst "h2-settings-not-first" "RFC 9113 §3.4" Connection PROTOCOL_ERROR "the first frame is not SETTINGS";
    FrameTooLarge "h2-frame-too-large" "RFC 9113 §4.2" Connection FRAME_SIZE_ERROR "a frame is larger than SETTINGS_MAX_FRAME_SIZE";
    FrameSizeWrong "h2-frame-size-wrong" "RFC 9113 §4.2" Connection FRAME_SIZE_ERROR "a frame has a length that its type does not allow";
    PrioritySizeWrong "h2-priority-size-wrong" "RFC 9113 §6.3" Stream FRAME_SIZE_ERROR "a PRIORITY frame is not 5 bytes long";
    BlockUndecodable "h2-block-undecodable" "RFC 9113 §4.3" Connection COMPRESSION_ERROR "a field block cannot be decompressed";
    BlockInterrupted "h2-block-interrupted" "RFC 9113 §4.3" Connection PROTOCOL_ERROR "another frame comes between the frames of a field block";
    BlockTooLarge "h2-block-too-large" "RFC 9113 §10.5.1" Connection ENHANCE_YOUR_CALM "a field block has no end";
    ContinuationOrphan "h2-continuation-orphan" "RFC 9113 §6.10" Connection PROTOCOL_ERROR "a CONTINUATION frame has no field block to continue";
    StreamMissing "h2-stream-missing" "RFC 9113 §6" Connection PROTOCOL_ERROR "a frame that belongs to a stream is on stream 0";
    StreamUnexpected "h2-stream-unexpected" "RFC 9113 §6" Connection PROTOCOL_ERROR "a frame that belongs to the connection is on a stream";
    StreamParity "h2-stream-parity" "RFC 9113 §5.1.1" Connection PROTOCOL_ERROR "a stream has an identifier of the other side";
    StreamNotNew "h2-stream-not-new" "RFC 9113 §5.1.1" Connection PROTOCOL_ERROR "a new stream has a lower identifier than an earlier one";
    StreamIdle "h2-stream-idle" "RFC 9113 §5.1" Connection PROTOCOL_ERROR "a frame is on a stream that was never opened";
    AfterEndStream "h2-after-end-stream" "RFC 9113 §5.1" Stream STREAM_CLOSED "a frame follows END_STREAM";
    AfterReset "h2-after-reset" "RFC 9113 §5.1" Stream STREAM_CLOSED "a frame follows RST_STREAM";
    DataBeforeHeaders "h2-data-before-headers" "RFC 9113 §8.1" Stream PROTOCOL_ERROR "DATA comes before the final response";
    PaddingTooLong "h2-padding-too-long" "RFC 9113 §6.1" Connection PROTOCOL_ERROR "the padding is as long as the frame, or longer";
    PushUnwanted "h2-push-unwanted" "RFC 9113 §8.4" Connection PROTOCOL_ERROR "PUSH_PROMISE where push is disabled, or from a client";
    WindowExceeded "h2-window-exceeded" "RFC 9113 §6.9.1" Stream FLOW_CONTROL_ERROR "DATA exceeds the window of its stream";
    ConnectionWindowExceeded "h2-connection-window-exceeded" "RFC 9113 §6.9.1" Connection FLOW_CONTROL_ERROR "DATA exceeds the window of the connection";
    WindowOverflow "h2-window-overflow" "RFC 9113 §6.9.1" Stream FLOW_CONTROL_ERROR "a window grows beyond 2^31-1";
    IncrementZero "h2-increment-zero" "RFC 9113 §6.9" Stream PROTOCOL_ERROR "WINDOW_UPDATE with an increment of 0";
    SettingsAckWithPayload "h2-settings-ack-with-payload" "RFC 9113 §6.5" Connection FRAME_SIZE_ERROR "an acknowledgement of SETTINGS has a payload";
    SettingsAckUnasked "h2-settings-ack-unasked" "RFC 9113 §6.5" Connection PROTOCOL_ERROR "an acknowledgement of SETTINGS that were not sent";
    EnablePushInvalid "h2-enable-push-invalid" "RFC 9113 §6.5.2" Connection PROTOCOL_ERROR "SETTINGS_ENABLE_PUSH is neither 0 nor 1, or 1 from a server";
    InitialWindowInvalid "h2-initial-window-invalid" "RFC 9113 §6.5.2" Connection FLOW_CONTROL_ERROR "SETTINGS_INITIAL_WINDOW_SIZE is above 2^31-1";
    MaxFrameInvalid "h2-max-frame-invalid" "RFC 9113 §6.5.2" Connection PROTOCOL_ERROR "SETTINGS_MAX_FRAME_SIZE is below 2^14 or above 2^24-1";
    ConnectProtocolInvalid "h2-connect-protocol-invalid" "RFC 8441 §3" Connection PROTOCOL_ERROR "SETTINGS_ENABLE_CONNECT_PROTOCOL is neither 0 nor 1";
    ConnectProtocolWithdrawn "h2-connect-protocol-withdrawn" "RFC 8441 §3" Connection PROTOCOL_ERROR "SETTINGS_ENABLE_CONNECT_PROTOCOL goes back from 1 to 0";
    GoawayGrew "h2-goaway-grew" "RFC 9113 §6.8" Connection PROTOCOL_ERROR "a later GOAWAY names a higher stream";
    FieldNameInvalid "h2-field-name-invalid" "RFC 9113 §8.2.1" Stream PROTOCOL_ERROR "a field name has an upper-case letter, or a character that no name may have";
    FieldValueInvalid "h2-field-value-invalid" "RFC 9113 §8.2.1" Stream PROTOCOL_ERROR "a field value has NUL, CR or LF in it, or white space at an end";
    FieldOfConnection "h2-field-of-connection" "RFC 9113 §8.2.2" Stream PROTOCOL_ERROR "a field that belongs to a connection of HTTP/1.1";
    PseudoUnknown "h2-pseudo-unknown" "RFC 9113 §8.3" Stream PROTOCOL_ERROR "a pseudo-field that is not defined, or not for this message";
    PseudoRepeated "h2-pseudo-repeated" "RFC 9113 §8.3" Stream PROTOCOL_ERROR "a pseudo-field is repeated";
    PseudoLate "h2-pseudo-late" "RFC 9113 §8.3" Stream PROTOCOL_ERROR "a pseudo-field comes after another field";
    PseudoMissing "h2-pseudo-missing" "RFC 9113 §8.3" Stream PROTOCOL_ERROR "a pseudo-field is missing that the message has to have";
    StatusInvalid "h2-status-invalid" "RFC 9113 §8.3.2" Stream PROTOCOL_ERROR ":status is no number of three digits";
    StatusSwitching "h2-status-switching" "RFC 9113 §8.6" Stream PROTOCOL_ERROR ":status 101, which HTTP/2 does not have";
    PathEmpty "h2-path-empty" "RFC 9113 §8.3.1" Stream PROTOCOL_ERROR ":path is empty";
    ProtocolWithoutConnect "h2-protocol-without-connect" "RFC 8441 §4" Stream PROTOCOL_ERROR ":protocol in a request that is no CONNECT";
    ConnectMalformed "h2-connect-malformed" "RFC 9113 §8.5" Stream PROTOCOL_ERROR "a CONNECT without :protocol has :scheme or :path, or no :authority";
}

/// The kinds of field sections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// The head of a request.
    Request,
    /// The head of a response.
    Response,
    /// What follows the content.
    Trailers,
}

/// Fields that belong to a connection (RFC 9113 §8.2.2).
const OF_CONNECTION: [&[u8]; 5] = [
    b"connection",
    b"proxy-connection",
    b"keep-alive",
    b"transfer-encoding",
    b"upgrade",
];

/// The rules that a section of fields breaks, each once. They are those of HTTP/3 as well (RFC 9114
/// §4.2, §4.3).
pub fn field_violations(fields: &[Field], section: Section) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut note = |broken: bool, violation: Violation| {
        if broken && !found.contains(&violation) {
            found.push(violation);
        }
    };
    let known: &[&[u8]] = match section {
        Section::Request => &[
            b":method",
            b":scheme",
            b":path",
            b":authority",
            b":protocol",
        ],
        Section::Response => &[b":status"],
        Section::Trailers => &[],
    };
    let mut seen: Vec<&[u8]> = Vec::new();
    let mut regular = false;
    for (name, value) in fields {
        let name = name.as_slice();
        if name.first() == Some(&b':') {
            note(!known.contains(&name), Violation::PseudoUnknown);
            note(seen.contains(&name), Violation::PseudoRepeated);
            note(regular, Violation::PseudoLate);
            seen.push(name);
        } else {
            regular = true;
            note(!is_name(name), Violation::FieldNameInvalid);
            let other_te = name == b"te" && !value.eq_ignore_ascii_case(b"trailers");
            note(
                OF_CONNECTION.contains(&name) || other_te,
                Violation::FieldOfConnection,
            );
        }
        note(!is_value(value), Violation::FieldValueInvalid);
    }
    match section {
        Section::Request => request(fields, &mut note),
        Section::Response => response(fields, &mut note),
        Section::Trailers => {}
    }
    found
}

fn request(fields: &[Field], note: &mut impl FnMut(bool, Violation)) {
    let method = value(fields, b":method");
    let has = |name: &[u8]| value(fields, name).is_some();
    let connect = method == Some(b"CONNECT");
    note(method.is_none(), Violation::PseudoMissing);
    note(
        has(b":protocol") && !connect,
        Violation::ProtocolWithoutConnect,
    );
    if connect && !has(b":protocol") {
        let odd = has(b":scheme") || has(b":path") || !has(b":authority");
        note(odd, Violation::ConnectMalformed);
        return;
    }
    note(!has(b":scheme") || !has(b":path"), Violation::PseudoMissing);
    note(value(fields, b":path") == Some(b""), Violation::PathEmpty);
}

fn response(fields: &[Field], note: &mut impl FnMut(bool, Violation)) {
    match value(fields, b":status") {
        None => note(true, Violation::PseudoMissing),
        Some(b"101") => note(true, Violation::StatusSwitching),
        Some(status) => {
            let number = status.len() == 3 && status.iter().all(u8::is_ascii_digit);
            note(!number, Violation::StatusInvalid);
        }
    }
}

fn value<'a>(fields: &'a [Field], name: &[u8]) -> Option<&'a [u8]> {
    let found = fields.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_slice())
}

fn is_name(name: &[u8]) -> bool {
    crate::handshake::is_token(name) && !name.iter().any(u8::is_ascii_uppercase)
}

fn is_value(value: &[u8]) -> bool {
    let blank = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
    !value.iter().any(|byte| matches!(byte, 0 | b'\r' | b'\n'))
        && !blank(value.first())
        && !blank(value.last())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(list: &[(&str, &str)]) -> Vec<Field> {
        list.iter()
            .map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec()))
            .collect()
    }

    const RIGHT: [(&str, &str); 5] = [
        (":method", "CONNECT"),
        (":protocol", "websocket"),
        (":scheme", "https"),
        (":path", "/"),
        (":authority", "a"),
    ];

    #[test]
    fn the_fields_of_the_rfc_break_no_rule() {
        assert_eq!(field_violations(&fields(&RIGHT), Section::Request), []);
        let answer = fields(&[(":status", "200"), ("sec-websocket-protocol", "chat")]);
        assert_eq!(field_violations(&answer, Section::Response), []);
    }

    #[test]
    fn each_rule_on_fields_is_found_by_name() {
        let cases: [(&[(&str, &str)], Section, Violation); 14] = [
            (
                &[(":status", "200"), ("A", "")],
                Section::Response,
                Violation::FieldNameInvalid,
            ),
            (
                &[(":status", "200"), ("a", "\n")],
                Section::Response,
                Violation::FieldValueInvalid,
            ),
            (
                &[(":status", "200"), ("a", " b")],
                Section::Response,
                Violation::FieldValueInvalid,
            ),
            (
                &[(":status", "200"), ("upgrade", "x")],
                Section::Response,
                Violation::FieldOfConnection,
            ),
            (
                &[(":status", "200"), ("te", "gzip")],
                Section::Response,
                Violation::FieldOfConnection,
            ),
            (
                &[(":status", "200"), (":path", "/")],
                Section::Response,
                Violation::PseudoUnknown,
            ),
            (
                &[(":status", "200"), (":status", "200")],
                Section::Response,
                Violation::PseudoRepeated,
            ),
            (
                &[("a", "b"), (":status", "200")],
                Section::Response,
                Violation::PseudoLate,
            ),
            (&[("a", "b")], Section::Response, Violation::PseudoMissing),
            (
                &[(":status", "2000")],
                Section::Response,
                Violation::StatusInvalid,
            ),
            (
                &[(":status", "101")],
                Section::Response,
                Violation::StatusSwitching,
            ),
            (
                &[(":method", "GET"), (":scheme", "https"), (":path", "")],
                Section::Request,
                Violation::PathEmpty,
            ),
            (
                &[(":method", "CONNECT"), (":path", "/")],
                Section::Request,
                Violation::ConnectMalformed,
            ),
            (
                &[(":status", "200")],
                Section::Trailers,
                Violation::PseudoUnknown,
            ),
        ];
        for (list, section, violation) in cases {
            assert_eq!(
                field_violations(&fields(list), section),
                [violation],
                "{list:?}"
            );
        }
        let mut get = RIGHT;
        get[0].1 = "GET";
        assert_eq!(
            field_violations(&fields(&get), Section::Request),
            [Violation::ProtocolWithoutConnect]
        );
    }
}

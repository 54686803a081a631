//! Every departure from HTTP/2 that a peer can show on the wire, as one table.
//!
//! A row gives the variant, its stable name, the clause it breaks, how far the error reaches, the
//! error code the clause asks for, and a one-line meaning. What the peer may do, or what frames
//! that crossed on the way could still explain, is not here.

use std::fmt;

use super::ErrorCode;
use crate::violation::Clause;

/// How far an error reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// A rule for the sender; a receiver ignores it.
    Nothing,
    /// One stream is reset; the others live on.
    Stream,
    /// The connection is closed.
    Connection,
}

/// A violation and the place that proves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Found {
    /// The rule that is broken.
    pub violation: Violation,
    /// The stream it is about, or `None` if it is about the connection.
    pub stream: Option<u32>,
    /// Offset in everything the peer sent: the beginning of the frame, or the first byte that is
    /// not the preface.
    pub at: u64,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (meaning, clause) = (self.violation.meaning(), self.violation.clause());
        write!(f, "{meaning} ({clause}) at byte {}", self.at)?;
        match self.stream {
            Some(stream) => write!(f, ", stream {stream}"),
            None => Ok(()),
        }
    }
}

macro_rules! violations {
    ($($variant:ident $name:literal $rfc:literal $section:literal $scope:ident $code:ident => $meaning:literal;)*) => {
        /// A departure from HTTP/2.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Violation {
            $(#[doc = concat!($meaning, " (RFC ", stringify!($rfc), " §", $section, ").")] $variant,)*
        }

        impl Violation {
            /// Every violation, in the order of the table.
            pub const ALL: &'static [Violation] = &[$(Violation::$variant,)*];

            /// The stable name, for example `settings-not-first`.
            pub const fn name(self) -> &'static str {
                match self { $(Violation::$variant => $name,)* }
            }

            /// The clause it breaks.
            pub const fn clause(self) -> Clause {
                match self { $(Violation::$variant => Clause { rfc: $rfc, section: $section },)* }
            }

            /// How far the error reaches.
            pub const fn scope(self) -> Scope {
                match self { $(Violation::$variant => Scope::$scope,)* }
            }

            /// The error code that a conforming endpoint answers with; `NO_ERROR` if it ignores it.
            pub const fn code(self) -> ErrorCode {
                match self { $(Violation::$variant => ErrorCode::$code,)* }
            }

            /// What is wrong, in one line.
            pub const fn meaning(self) -> &'static str {
                match self { $(Violation::$variant => $meaning,)* }
            }
        }
    };
}

violations! {
    // The beginning.
    PrefaceMissing "preface-missing" 9113 "3.4" Connection PROTOCOL_ERROR => "the client does not begin with the preface";
    SettingsNotFirst "settings-not-first" 9113 "3.4" Connection PROTOCOL_ERROR => "the first frame is not SETTINGS";

    // Any frame.
    FrameTooLarge "frame-too-large" 9113 "4.2" Connection FRAME_SIZE_ERROR => "a frame of the connection, or with fields, is larger than MAX_FRAME_SIZE";
    StreamFrameTooLarge "stream-frame-too-large" 9113 "4.2" Stream FRAME_SIZE_ERROR => "a frame of a stream is larger than MAX_FRAME_SIZE";
    ReservedBitSet "reserved-bit-set" 9113 "4.1" Nothing NO_ERROR => "the reserved bit of a frame's stream id is set";
    FlagUndefined "flag-undefined" 9113 "4.1" Nothing NO_ERROR => "a flag is set that the kind of the frame does not have";

    // The length of payloads.
    DataLengthWrong "data-length-wrong" 9113 "4.2" Stream FRAME_SIZE_ERROR => "a padded DATA frame has no length of its padding";
    HeadersLengthWrong "headers-length-wrong" 9113 "4.2" Connection FRAME_SIZE_ERROR => "a HEADERS frame is too short for what its flags announce";
    PriorityLengthWrong "priority-length-wrong" 9113 "6.3" Stream FRAME_SIZE_ERROR => "a PRIORITY frame has not 5 bytes";
    ResetLengthWrong "reset-length-wrong" 9113 "6.4" Connection FRAME_SIZE_ERROR => "an RST_STREAM frame has not 4 bytes";
    SettingsLengthWrong "settings-length-wrong" 9113 "6.5" Connection FRAME_SIZE_ERROR => "the length of a SETTINGS frame is no multiple of 6 bytes";
    SettingsAckNotEmpty "settings-ack-not-empty" 9113 "6.5" Connection FRAME_SIZE_ERROR => "the acknowledgement of SETTINGS has a payload";
    PushPromiseLengthWrong "push-promise-length-wrong" 9113 "4.2" Connection FRAME_SIZE_ERROR => "a PUSH_PROMISE frame is too short for what it has to hold";
    PingLengthWrong "ping-length-wrong" 9113 "6.7" Connection FRAME_SIZE_ERROR => "a PING frame has not 8 bytes";
    GoAwayLengthWrong "goaway-length-wrong" 9113 "4.2" Connection FRAME_SIZE_ERROR => "a GOAWAY frame has fewer than 8 bytes";
    WindowUpdateLengthWrong "window-update-length-wrong" 9113 "6.9" Connection FRAME_SIZE_ERROR => "a WINDOW_UPDATE frame has not 4 bytes";
    DataPaddingTooLong "data-padding-too-long" 9113 "6.1" Connection PROTOCOL_ERROR => "the padding of a DATA frame is longer than its payload";
    HeadersPaddingTooLong "headers-padding-too-long" 9113 "6.2" Connection PROTOCOL_ERROR => "the padding of a HEADERS frame is longer than what is left for it";
    PushPromisePaddingTooLong "push-promise-padding-too-long" 9113 "6.6" Connection PROTOCOL_ERROR => "the padding of a PUSH_PROMISE frame is longer than what is left for it";
    DataPaddingNotZero "data-padding-not-zero" 9113 "6.1" Nothing NO_ERROR => "the padding of a DATA frame is not zero";
    HeadersPaddingNotZero "headers-padding-not-zero" 9113 "6.2" Nothing NO_ERROR => "the padding of a HEADERS frame is not zero";
    PushPromisePaddingNotZero "push-promise-padding-not-zero" 9113 "6.6" Nothing NO_ERROR => "the padding of a PUSH_PROMISE frame is not zero";

    // Where a frame is.
    DataOnConnection "data-on-connection" 9113 "6.1" Connection PROTOCOL_ERROR => "a DATA frame is on stream 0";
    HeadersOnConnection "headers-on-connection" 9113 "6.2" Connection PROTOCOL_ERROR => "a HEADERS frame is on stream 0";
    PriorityOnConnection "priority-on-connection" 9113 "6.3" Connection PROTOCOL_ERROR => "a PRIORITY frame is on stream 0";
    ResetOnConnection "reset-on-connection" 9113 "6.4" Connection PROTOCOL_ERROR => "an RST_STREAM frame is on stream 0";
    SettingsOnStream "settings-on-stream" 9113 "6.5" Connection PROTOCOL_ERROR => "a SETTINGS frame is on a stream";
    PushPromiseOnConnection "push-promise-on-connection" 9113 "6.6" Connection PROTOCOL_ERROR => "a PUSH_PROMISE frame is on stream 0";
    PingOnStream "ping-on-stream" 9113 "6.7" Connection PROTOCOL_ERROR => "a PING frame is on a stream";
    GoAwayOnStream "goaway-on-stream" 9113 "6.8" Connection PROTOCOL_ERROR => "a GOAWAY frame is on a stream";
    ContinuationOnConnection "continuation-on-connection" 9113 "6.10" Connection PROTOCOL_ERROR => "a CONTINUATION frame is on stream 0";
    ContinuationOrphan "continuation-orphan" 9113 "6.10" Connection PROTOCOL_ERROR => "a CONTINUATION frame has no field block to continue";
    ContinuationMissing "continuation-missing" 9113 "6.10" Connection PROTOCOL_ERROR => "another frame comes before a field block is finished";

    // Streams.
    StreamUnexpected "stream-unexpected" 9113 "5.1.1" Connection PROTOCOL_ERROR => "the peer opens a stream whose id is not for it to open";
    StreamIdShrinks "stream-id-shrinks" 9113 "5.1.1" Connection PROTOCOL_ERROR => "a new stream has a smaller id than one before";
    StreamsTooMany "streams-too-many" 9113 "5.1.2" Stream REFUSED_STREAM => "the peer has more streams open than MAX_CONCURRENT_STREAMS";
    FrameOnIdle "frame-on-idle" 9113 "5.1" Connection PROTOCOL_ERROR => "a DATA or WINDOW_UPDATE frame is on a stream that nobody has opened";
    ResetOnIdle "reset-on-idle" 9113 "6.4" Connection PROTOCOL_ERROR => "an RST_STREAM frame is on a stream that nobody has opened";
    FrameAfterEnd "frame-after-end" 9113 "5.1" Stream STREAM_CLOSED => "a DATA or HEADERS frame follows END_STREAM";
    FrameAfterReset "frame-after-reset" 9113 "5.1" Stream STREAM_CLOSED => "a frame follows RST_STREAM";

    // Windows.
    StreamWindowExceeded "stream-window-exceeded" 9113 "6.9.1" Stream FLOW_CONTROL_ERROR => "a DATA frame is larger than the window of its stream";
    ConnectionWindowExceeded "connection-window-exceeded" 9113 "6.9.1" Connection FLOW_CONTROL_ERROR => "a DATA frame is larger than the window of the connection";
    StreamIncrementZero "stream-increment-zero" 9113 "6.9" Stream PROTOCOL_ERROR => "a WINDOW_UPDATE frame of a stream adds 0";
    ConnectionIncrementZero "connection-increment-zero" 9113 "6.9" Connection PROTOCOL_ERROR => "a WINDOW_UPDATE frame of the connection adds 0";
    StreamWindowOverflows "stream-window-overflows" 9113 "6.9.1" Stream FLOW_CONTROL_ERROR => "a WINDOW_UPDATE frame lifts the window of a stream above 2³¹ − 1";
    ConnectionWindowOverflows "connection-window-overflows" 9113 "6.9.1" Connection FLOW_CONTROL_ERROR => "a WINDOW_UPDATE frame lifts the window of the connection above 2³¹ − 1";
    InitialWindowOverflows "initial-window-overflows" 9113 "6.9.2" Connection FLOW_CONTROL_ERROR => "a new INITIAL_WINDOW_SIZE lifts the window of a stream above 2³¹ − 1";

    // Settings.
    EnablePushNotBoolean "enable-push-not-boolean" 9113 "6.5.2" Connection PROTOCOL_ERROR => "ENABLE_PUSH is neither 0 nor 1";
    EnablePushFromServer "enable-push-from-server" 9113 "6.5.2" Connection PROTOCOL_ERROR => "a server announces ENABLE_PUSH as 1";
    InitialWindowTooLarge "initial-window-too-large" 9113 "6.5.2" Connection FLOW_CONTROL_ERROR => "INITIAL_WINDOW_SIZE is above 2³¹ − 1";
    MaxFrameSizeInvalid "max-frame-size-invalid" 9113 "6.5.2" Connection PROTOCOL_ERROR => "MAX_FRAME_SIZE is not from 2¹⁴ to 2²⁴ − 1";
    ConnectProtocolNotBoolean "connect-protocol-not-boolean" 8441 "3" Connection PROTOCOL_ERROR => "ENABLE_CONNECT_PROTOCOL is neither 0 nor 1";
    ConnectProtocolWithdrawn "connect-protocol-withdrawn" 8441 "3" Connection PROTOCOL_ERROR => "ENABLE_CONNECT_PROTOCOL goes from 1 to 0";

    // Push and the end of the connection.
    PushPromiseFromClient "push-promise-from-client" 9113 "8.4" Connection PROTOCOL_ERROR => "a client sends a PUSH_PROMISE frame";
    PushPromiseDisabled "push-promise-disabled" 9113 "6.6" Connection PROTOCOL_ERROR => "a PUSH_PROMISE frame comes though ENABLE_PUSH is 0";
    PushPromiseIdInvalid "push-promise-id-invalid" 9113 "6.6" Connection PROTOCOL_ERROR => "a promised stream has an id that the server cannot open";
    GoAwayGrows "goaway-grows" 9113 "6.8" Connection PROTOCOL_ERROR => "a GOAWAY frame names a larger stream than the one before";

    // Messages.
    DataBeforeHeaders "data-before-headers" 9113 "8.1" Stream PROTOCOL_ERROR => "a DATA frame comes before the final response";
    HeadersInTunnel "headers-in-tunnel" 9113 "8.5" Stream PROTOCOL_ERROR => "a HEADERS frame is sent after CONNECT has succeeded";
    TrailersWithoutEnd "trailers-without-end" 9113 "8.1" Stream PROTOCOL_ERROR => "the HEADERS frame of trailers has no END_STREAM";
    InterimEndsStream "interim-ends-stream" 9113 "8.1" Stream PROTOCOL_ERROR => "an interim response has END_STREAM";
    FieldNameUppercase "field-name-uppercase" 9113 "8.2.1" Stream PROTOCOL_ERROR => "a field name has a letter in upper case";
    FieldNameInvalid "field-name-invalid" 9113 "8.2.1" Stream PROTOCOL_ERROR => "a field name is empty, or has a character that is not permitted";
    FieldValueInvalid "field-value-invalid" 9113 "8.2.1" Stream PROTOCOL_ERROR => "a field value has NUL, CR or LF, or begins or ends with a blank";
    FieldOfTheConnection "field-of-the-connection" 9113 "8.2.2" Stream PROTOCOL_ERROR => "a field is specific to a connection of HTTP/1.1";
    TeInvalid "te-invalid" 9113 "8.2.2" Stream PROTOCOL_ERROR => "the TE field has another value than trailers";
    PseudoUnknown "pseudo-unknown" 9113 "8.3" Stream PROTOCOL_ERROR => "a pseudo-header field is not defined";
    PseudoOfTheOther "pseudo-of-the-other" 9113 "8.3" Stream PROTOCOL_ERROR => "a request has :status, or a response a pseudo-header field of a request";
    PseudoInTrailers "pseudo-in-trailers" 9113 "8.3" Stream PROTOCOL_ERROR => "the trailers have a pseudo-header field";
    PseudoLate "pseudo-late" 9113 "8.3" Stream PROTOCOL_ERROR => "a pseudo-header field follows a regular one";
    PseudoRepeated "pseudo-repeated" 9113 "8.3" Stream PROTOCOL_ERROR => "a pseudo-header field occurs twice";
    MethodMissing "method-missing" 9113 "8.3.1" Stream PROTOCOL_ERROR => "the request has no :method";
    SchemeMissing "scheme-missing" 9113 "8.3.1" Stream PROTOCOL_ERROR => "the request has no :scheme";
    PathMissing "path-missing" 9113 "8.3.1" Stream PROTOCOL_ERROR => "the request has no :path, or an empty one";
    AuthorityDiffers "authority-differs" 9113 "8.3.1" Stream PROTOCOL_ERROR => "the :authority and the Host of the request differ";
    ConnectWithoutAuthority "connect-without-authority" 9113 "8.5" Stream PROTOCOL_ERROR => "a CONNECT without :protocol has no :authority";
    ConnectWithTarget "connect-with-target" 9113 "8.5" Stream PROTOCOL_ERROR => "a CONNECT without :protocol has :scheme or :path";
    ConnectWithoutTarget "connect-without-target" 8441 "4" Stream PROTOCOL_ERROR => "a CONNECT with :protocol lacks :scheme or :path";
    ProtocolWithoutConnect "protocol-without-connect" 8441 "4" Stream PROTOCOL_ERROR => "a request with :protocol is no CONNECT";
    ProtocolNotAnnounced "protocol-not-announced" 8441 "3" Stream PROTOCOL_ERROR => "a client sends :protocol though the server did not announce it";
    StatusMissing "status-missing" 9113 "8.3.2" Stream PROTOCOL_ERROR => "the response has no :status";
    StatusInvalid "status-invalid" 9113 "8.3.2" Stream PROTOCOL_ERROR => "the :status is not a number of three digits";
    Status101 "status-101" 9113 "8.6" Stream PROTOCOL_ERROR => "the :status is 101";

    // HPACK.
    FieldBlockTruncated "field-block-truncated" 9113 "4.3" Connection COMPRESSION_ERROR => "a field block ends within a field";
    IntegerTooLarge "integer-too-large" 7541 "5.1" Connection COMPRESSION_ERROR => "a number in a field block is too large to be true";
    IndexInvalid "index-invalid" 7541 "2.3.3" Connection COMPRESSION_ERROR => "an index is 0 or beyond both tables";
    HuffmanInvalid "huffman-invalid" 7541 "5.2" Connection COMPRESSION_ERROR => "a string is not Huffman code";
    TableSizeTooLarge "table-size-too-large" 7541 "6.3" Connection COMPRESSION_ERROR => "the dynamic table is made larger than HEADER_TABLE_SIZE";
    TableSizeMisplaced "table-size-misplaced" 7541 "4.2" Connection COMPRESSION_ERROR => "the size of the dynamic table changes after the first field of a block";
    TableSizeUnchanged "table-size-unchanged" 9113 "4.3.1" Connection COMPRESSION_ERROR => "the dynamic table is not made smaller after a smaller HEADER_TABLE_SIZE was acknowledged";
}

impl Violation {
    /// Finds a violation by its stable [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Violation> {
        Violation::ALL.iter().copied().find(|v| v.name() == name)
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.meaning())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_unique_slugs_that_lead_back() {
        let names: HashSet<_> = Violation::ALL.iter().map(|v| v.name()).collect();
        assert_eq!(names.len(), Violation::ALL.len());
        for v in Violation::ALL {
            let is_slug = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            assert!(v.name().bytes().all(is_slug), "{}", v.name());
            assert_eq!(Violation::from_name(v.name()), Some(*v));
        }
    }

    #[test]
    fn what_is_ignored_has_no_error_code() {
        for v in Violation::ALL {
            let ignored = v.scope() == Scope::Nothing;
            assert_eq!(v.code() == ErrorCode::NO_ERROR, ignored, "{}", v.name());
        }
    }
}

//! Every departure from HTTP/2 that a peer can show on the wire, as one table.
//!
//! A row gives the variant, its stable name, the clause it breaks, how far the error reaches, the
//! error code the clause asks for, and a one-line meaning. What the peer may do, or what frames
//! that crossed on the way could still explain, is not here.

use std::fmt;

use super::ErrorCode;
use crate::http_tables::violation_table;
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

violation_table! {
    "A departure from HTTP/2.";

    // The beginning.
    PrefaceMissing "h2-preface-missing" 9113 "3.4" Connection PROTOCOL_ERROR => "the client does not begin with the preface";
    SettingsNotFirst "h2-settings-not-first" 9113 "3.4" Connection PROTOCOL_ERROR => "the first frame is not SETTINGS";

    // Any frame.
    FrameTooLarge "h2-frame-too-large" 9113 "4.2" Connection FRAME_SIZE_ERROR => "a frame of the connection, or with fields, is larger than MAX_FRAME_SIZE";
    StreamFrameTooLarge "h2-stream-frame-too-large" 9113 "4.2" Stream FRAME_SIZE_ERROR => "a frame of a stream is larger than MAX_FRAME_SIZE";
    ReservedBitSet "h2-reserved-bit-set" 9113 "4.1" Nothing NO_ERROR => "the reserved bit of a frame's stream id is set";
    FlagUndefined "h2-flag-undefined" 9113 "4.1" Nothing NO_ERROR => "a flag is set that the kind of the frame does not have";

    // The length of payloads.
    DataLengthWrong "h2-data-length-wrong" 9113 "4.2" Stream FRAME_SIZE_ERROR => "a padded DATA frame has no length of its padding";
    HeadersLengthWrong "h2-headers-length-wrong" 9113 "4.2" Connection FRAME_SIZE_ERROR => "a HEADERS frame is too short for what its flags announce";
    PriorityLengthWrong "h2-priority-length-wrong" 9113 "6.3" Stream FRAME_SIZE_ERROR => "a PRIORITY frame has not 5 bytes";
    ResetLengthWrong "h2-reset-length-wrong" 9113 "6.4" Connection FRAME_SIZE_ERROR => "an RST_STREAM frame has not 4 bytes";
    SettingsLengthWrong "h2-settings-length-wrong" 9113 "6.5" Connection FRAME_SIZE_ERROR => "the length of a SETTINGS frame is no multiple of 6 bytes";
    SettingsAckNotEmpty "h2-settings-ack-not-empty" 9113 "6.5" Connection FRAME_SIZE_ERROR => "the acknowledgement of SETTINGS has a payload";
    PushPromiseLengthWrong "h2-push-promise-length-wrong" 9113 "4.2" Connection FRAME_SIZE_ERROR => "a PUSH_PROMISE frame is too short for what it has to hold";
    PingLengthWrong "h2-ping-length-wrong" 9113 "6.7" Connection FRAME_SIZE_ERROR => "a PING frame has not 8 bytes";
    GoAwayLengthWrong "h2-goaway-length-wrong" 9113 "4.2" Connection FRAME_SIZE_ERROR => "a GOAWAY frame has fewer than 8 bytes";
    WindowUpdateLengthWrong "h2-window-update-length-wrong" 9113 "6.9" Connection FRAME_SIZE_ERROR => "a WINDOW_UPDATE frame has not 4 bytes";
    DataPaddingTooLong "h2-data-padding-too-long" 9113 "6.1" Connection PROTOCOL_ERROR => "the padding of a DATA frame is longer than its payload";
    HeadersPaddingTooLong "h2-headers-padding-too-long" 9113 "6.2" Connection PROTOCOL_ERROR => "the padding of a HEADERS frame is longer than what is left for it";
    PushPromisePaddingTooLong "h2-push-promise-padding-too-long" 9113 "6.6" Connection PROTOCOL_ERROR => "the padding of a PUSH_PROMISE frame is longer than what is left for it";
    DataPaddingNotZero "h2-data-padding-not-zero" 9113 "6.1" Nothing NO_ERROR => "the padding of a DATA frame is not zero";
    HeadersPaddingNotZero "h2-headers-padding-not-zero" 9113 "6.2" Nothing NO_ERROR => "the padding of a HEADERS frame is not zero";
    PushPromisePaddingNotZero "h2-push-promise-padding-not-zero" 9113 "6.6" Nothing NO_ERROR => "the padding of a PUSH_PROMISE frame is not zero";

    // Where a frame is.
    DataOnConnection "h2-data-on-connection" 9113 "6.1" Connection PROTOCOL_ERROR => "a DATA frame is on stream 0";
    HeadersOnConnection "h2-headers-on-connection" 9113 "6.2" Connection PROTOCOL_ERROR => "a HEADERS frame is on stream 0";
    PriorityOnConnection "h2-priority-on-connection" 9113 "6.3" Connection PROTOCOL_ERROR => "a PRIORITY frame is on stream 0";
    ResetOnConnection "h2-reset-on-connection" 9113 "6.4" Connection PROTOCOL_ERROR => "an RST_STREAM frame is on stream 0";
    SettingsOnStream "h2-settings-on-stream" 9113 "6.5" Connection PROTOCOL_ERROR => "a SETTINGS frame is on a stream";
    PushPromiseOnConnection "h2-push-promise-on-connection" 9113 "6.6" Connection PROTOCOL_ERROR => "a PUSH_PROMISE frame is on stream 0";
    PingOnStream "h2-ping-on-stream" 9113 "6.7" Connection PROTOCOL_ERROR => "a PING frame is on a stream";
    GoAwayOnStream "h2-goaway-on-stream" 9113 "6.8" Connection PROTOCOL_ERROR => "a GOAWAY frame is on a stream";
    ContinuationOnConnection "h2-continuation-on-connection" 9113 "6.10" Connection PROTOCOL_ERROR => "a CONTINUATION frame is on stream 0";
    ContinuationOrphan "h2-continuation-orphan" 9113 "6.10" Connection PROTOCOL_ERROR => "a CONTINUATION frame has no field block to continue";
    ContinuationMissing "h2-continuation-missing" 9113 "6.10" Connection PROTOCOL_ERROR => "another frame comes before a field block is finished";

    // Streams.
    StreamUnexpected "h2-stream-unexpected" 9113 "5.1.1" Connection PROTOCOL_ERROR => "the peer opens a stream whose id is not for it to open";
    StreamIdShrinks "h2-stream-id-shrinks" 9113 "5.1.1" Connection PROTOCOL_ERROR => "a new stream has a smaller id than one before";
    StreamsTooMany "h2-streams-too-many" 9113 "5.1.2" Stream REFUSED_STREAM => "the peer has more streams open than MAX_CONCURRENT_STREAMS";
    FrameOnIdle "h2-frame-on-idle" 9113 "5.1" Connection PROTOCOL_ERROR => "a DATA or WINDOW_UPDATE frame is on a stream that was never opened";
    ResetOnIdle "h2-reset-on-idle" 9113 "6.4" Connection PROTOCOL_ERROR => "an RST_STREAM frame is on a stream that was never opened";
    FrameAfterEnd "h2-frame-after-end" 9113 "5.1" Stream STREAM_CLOSED => "a DATA or HEADERS frame follows END_STREAM";
    FrameAfterReset "h2-frame-after-reset" 9113 "5.1" Stream STREAM_CLOSED => "a frame follows RST_STREAM";

    // Windows.
    StreamWindowExceeded "h2-stream-window-exceeded" 9113 "6.9.1" Stream FLOW_CONTROL_ERROR => "a DATA frame is larger than the window of its stream";
    ConnectionWindowExceeded "h2-connection-window-exceeded" 9113 "6.9.1" Connection FLOW_CONTROL_ERROR => "a DATA frame is larger than the window of the connection";
    StreamIncrementZero "h2-stream-increment-zero" 9113 "6.9" Stream PROTOCOL_ERROR => "a WINDOW_UPDATE frame of a stream adds 0";
    ConnectionIncrementZero "h2-connection-increment-zero" 9113 "6.9" Connection PROTOCOL_ERROR => "a WINDOW_UPDATE frame of the connection adds 0";
    StreamWindowOverflows "h2-stream-window-overflows" 9113 "6.9.1" Stream FLOW_CONTROL_ERROR => "a WINDOW_UPDATE frame lifts the window of a stream above 2³¹ − 1";
    ConnectionWindowOverflows "h2-connection-window-overflows" 9113 "6.9.1" Connection FLOW_CONTROL_ERROR => "a WINDOW_UPDATE frame lifts the window of the connection above 2³¹ − 1";
    InitialWindowOverflows "h2-initial-window-overflows" 9113 "6.9.2" Connection FLOW_CONTROL_ERROR => "a new INITIAL_WINDOW_SIZE lifts the window of a stream above 2³¹ − 1";

    // Settings.
    EnablePushNotBoolean "h2-enable-push-not-boolean" 9113 "6.5.2" Connection PROTOCOL_ERROR => "ENABLE_PUSH is neither 0 nor 1";
    EnablePushFromServer "h2-enable-push-from-server" 9113 "6.5.2" Connection PROTOCOL_ERROR => "a server announces ENABLE_PUSH as 1";
    InitialWindowTooLarge "h2-initial-window-too-large" 9113 "6.5.2" Connection FLOW_CONTROL_ERROR => "INITIAL_WINDOW_SIZE is above 2³¹ − 1";
    MaxFrameSizeInvalid "h2-max-frame-size-invalid" 9113 "6.5.2" Connection PROTOCOL_ERROR => "MAX_FRAME_SIZE is not from 2¹⁴ to 2²⁴ − 1";
    ConnectProtocolNotBoolean "h2-connect-protocol-not-boolean" 8441 "3" Connection PROTOCOL_ERROR => "ENABLE_CONNECT_PROTOCOL is neither 0 nor 1";
    ConnectProtocolWithdrawn "h2-connect-protocol-withdrawn" 8441 "3" Connection PROTOCOL_ERROR => "ENABLE_CONNECT_PROTOCOL goes from 1 to 0";

    // Push and the end of the connection.
    PushPromiseFromClient "h2-push-promise-from-client" 9113 "8.4" Connection PROTOCOL_ERROR => "a client sends a PUSH_PROMISE frame";
    PushPromiseDisabled "h2-push-promise-disabled" 9113 "6.6" Connection PROTOCOL_ERROR => "a PUSH_PROMISE frame comes though ENABLE_PUSH is 0";
    PushPromiseMisplaced "h2-push-promise-misplaced" 9113 "6.6" Connection PROTOCOL_ERROR => "a PUSH_PROMISE frame is on a stream that the client did not open, or that the server has left";
    PushPromiseIdInvalid "h2-push-promise-id-invalid" 9113 "6.6" Connection PROTOCOL_ERROR => "a promised stream has an id that the server cannot open";
    GoAwayGrows "h2-goaway-grows" 9113 "6.8" Connection PROTOCOL_ERROR => "a GOAWAY frame names a larger stream than the one before";

    // Messages.
    DataBeforeHeaders "h2-data-before-headers" 9113 "8.1" Stream PROTOCOL_ERROR => "a DATA frame comes before the final response";
    HeadersInTunnel "h2-headers-in-tunnel" 9113 "8.5" Stream PROTOCOL_ERROR => "a HEADERS frame is sent after CONNECT has succeeded";
    TrailersWithoutEnd "h2-trailers-without-end" 9113 "8.1" Stream PROTOCOL_ERROR => "the HEADERS frame of trailers has no END_STREAM";
    InterimEndsStream "h2-interim-ends-stream" 9113 "8.1" Stream PROTOCOL_ERROR => "an interim response has END_STREAM";
    ContentLengthWrong "h2-content-length-wrong" 9113 "8.1.1" Stream PROTOCOL_ERROR => "the content of a message is not as long as its Content-Length says";
    FieldNameUppercase "h2-field-name-uppercase" 9113 "8.2.1" Stream PROTOCOL_ERROR => "a field name has a letter in upper case";
    FieldNameInvalid "h2-field-name-invalid" 9113 "8.2.1" Stream PROTOCOL_ERROR => "a field name is empty, or has a character that is not permitted";
    FieldValueInvalid "h2-field-value-invalid" 9113 "8.2.1" Stream PROTOCOL_ERROR => "a field value has NUL, CR or LF, or begins or ends with a blank";
    FieldOfTheConnection "h2-field-of-the-connection" 9113 "8.2.2" Stream PROTOCOL_ERROR => "a field is specific to a connection of HTTP/1.1";
    TeInvalid "h2-te-invalid" 9113 "8.2.2" Stream PROTOCOL_ERROR => "the TE field has another value than trailers";
    PseudoUnknown "h2-pseudo-unknown" 9113 "8.3" Stream PROTOCOL_ERROR => "a pseudo-header field is not defined";
    PseudoOfTheOther "h2-pseudo-of-the-other" 9113 "8.3" Stream PROTOCOL_ERROR => "a request has :status, or a response a pseudo-header field of a request";
    PseudoInTrailers "h2-pseudo-in-trailers" 9113 "8.3" Stream PROTOCOL_ERROR => "the trailers have a pseudo-header field";
    PseudoLate "h2-pseudo-late" 9113 "8.3" Stream PROTOCOL_ERROR => "a pseudo-header field follows a regular one";
    PseudoRepeated "h2-pseudo-repeated" 9113 "8.3" Stream PROTOCOL_ERROR => "a pseudo-header field occurs twice";
    MethodMissing "h2-method-missing" 9113 "8.3.1" Stream PROTOCOL_ERROR => "the request has no :method";
    SchemeMissing "h2-scheme-missing" 9113 "8.3.1" Stream PROTOCOL_ERROR => "the request has no :scheme";
    PathMissing "h2-path-missing" 9113 "8.3.1" Stream PROTOCOL_ERROR => "the request has no :path, or one without a path";
    AuthorityWithUserinfo "h2-authority-with-userinfo" 9113 "8.3.1" Stream PROTOCOL_ERROR => "the :authority of the request names a user";
    AuthorityDiffers "h2-authority-differs" 9113 "8.3.1" Stream PROTOCOL_ERROR => "the :authority and the Host of the request differ";
    ConnectWithoutAuthority "h2-connect-without-authority" 9113 "8.5" Stream PROTOCOL_ERROR => "a CONNECT without :protocol has no :authority";
    ConnectWithTarget "h2-connect-with-target" 9113 "8.5" Stream PROTOCOL_ERROR => "a CONNECT without :protocol has :scheme or :path";
    ConnectWithoutTarget "h2-connect-without-target" 8441 "4" Stream PROTOCOL_ERROR => "a CONNECT with :protocol lacks :scheme or :path";
    ProtocolWithoutConnect "h2-protocol-without-connect" 8441 "4" Stream PROTOCOL_ERROR => "a request with :protocol is no CONNECT";
    ProtocolNotAnnounced "h2-protocol-not-announced" 8441 "3" Stream PROTOCOL_ERROR => "a client sends :protocol though the server did not announce it";
    StatusMissing "h2-status-missing" 9113 "8.3.2" Stream PROTOCOL_ERROR => "the response has no :status";
    StatusInvalid "h2-status-invalid" 9113 "8.3.2" Stream PROTOCOL_ERROR => "the :status is not a number of three digits";
    Status101 "h2-status-101" 9113 "8.6" Stream PROTOCOL_ERROR => "the :status is 101";

    // HPACK.
    FieldBlockTruncated "h2-field-block-truncated" 9113 "4.3" Connection COMPRESSION_ERROR => "a field block ends within a field";
    IntegerTooLarge "h2-integer-too-large" 7541 "5.1" Connection COMPRESSION_ERROR => "a number in a field block is too large to be true";
    IndexInvalid "h2-index-invalid" 7541 "2.3.3" Connection COMPRESSION_ERROR => "an index is 0 or beyond both tables";
    HuffmanInvalid "h2-huffman-invalid" 7541 "5.2" Connection COMPRESSION_ERROR => "a string is not Huffman code";
    TableSizeTooLarge "h2-table-size-too-large" 7541 "6.3" Connection COMPRESSION_ERROR => "the dynamic table is made larger than HEADER_TABLE_SIZE";
    TableSizeMisplaced "h2-table-size-misplaced" 7541 "4.2" Connection COMPRESSION_ERROR => "the size of the dynamic table changes after the first field of a block";
    TableSizeUnchanged "h2-table-size-unchanged" 9113 "4.3.1" Connection COMPRESSION_ERROR => "the dynamic table is not made smaller after a smaller HEADER_TABLE_SIZE was acknowledged";
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

//! Every departure from HTTP/3 that a peer can show on the wire, as one table.
//!
//! A row gives the variant, its stable name, the clause it breaks, how far the error reaches, the
//! error code the clause asks for, and a one-line meaning. What the peer may do, or what another
//! stream of its could still explain, is not here.

use std::fmt;

use super::ErrorCode;
use crate::http_tables::violation_table;
use crate::violation::Clause;

/// How far an error reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
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
    /// The stream on which it shows.
    pub stream: u64,
    /// Offset in what the peer sent on that stream: the beginning of the frame, the first byte of
    /// the stream, or its end. 0 for a reset.
    pub at: u64,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} ({}) at byte {} of stream {}",
            self.violation.meaning(),
            self.violation.clause(),
            self.at,
            self.stream
        )
    }
}

violation_table! {
    "A departure from HTTP/3.";

    // Streams.
    ServerOpensBidirectional "h3-server-opens-bidirectional" 9114 "6.1" Connection STREAM_CREATION_ERROR => "the server opens a bidirectional stream";
    ControlStreamRepeated "h3-control-stream-repeated" 9114 "6.2.1" Connection STREAM_CREATION_ERROR => "a second control stream is opened";
    ControlStreamClosed "h3-control-stream-closed" 9114 "6.2.1" Connection CLOSED_CRITICAL_STREAM => "the control stream is ended or reset";
    ControlStreamStopped "h3-control-stream-stopped" 9114 "6.2.1" Connection CLOSED_CRITICAL_STREAM => "the peer asks for the end of our control stream";
    PushStreamFromClient "h3-push-stream-from-client" 9114 "6.2.2" Connection STREAM_CREATION_ERROR => "a client opens a push stream";
    PushStreamUnasked "h3-push-stream-unasked" 9114 "4.6" Connection ID_ERROR => "a push stream is opened though no push was allowed";
    EncoderStreamRepeated "h3-encoder-stream-repeated" 9204 "4.2" Connection STREAM_CREATION_ERROR => "a second QPACK encoder stream is opened";
    DecoderStreamRepeated "h3-decoder-stream-repeated" 9204 "4.2" Connection STREAM_CREATION_ERROR => "a second QPACK decoder stream is opened";
    QpackStreamClosed "h3-qpack-stream-closed" 9204 "4.2" Connection CLOSED_CRITICAL_STREAM => "a QPACK stream is ended or reset";

    // Frames.
    FrameTruncated "h3-frame-truncated" 9114 "7.1" Connection FRAME_ERROR => "the stream ends within a frame";
    FrameLengthWrong "h3-frame-length-wrong" 9114 "7.1" Connection FRAME_ERROR => "the payload of a frame is longer or shorter than its fields";
    FrameOfHttp2 "h3-frame-of-http2" 9114 "7.2.8" Connection FRAME_UNEXPECTED => "the frame type is one that only HTTP/2 has";
    DataOnControl "h3-data-on-control" 9114 "7.2.1" Connection FRAME_UNEXPECTED => "a DATA frame is on the control stream";
    HeadersOnControl "h3-headers-on-control" 9114 "7.2.2" Connection FRAME_UNEXPECTED => "a HEADERS frame is on the control stream";
    CancelPushMisplaced "h3-cancel-push-misplaced" 9114 "7.2.3" Connection FRAME_UNEXPECTED => "a CANCEL_PUSH frame is not on the control stream";
    CancelPushUnknown "h3-cancel-push-unknown" 9114 "7.2.3" Connection ID_ERROR => "a CANCEL_PUSH frame names a push that was not promised";
    SettingsMisplaced "h3-settings-misplaced" 9114 "7.2.4" Connection FRAME_UNEXPECTED => "a SETTINGS frame is not on the control stream";
    PushPromiseOnControl "h3-push-promise-on-control" 9114 "7.2.5" Connection FRAME_UNEXPECTED => "a PUSH_PROMISE frame is on the control stream";
    PushPromiseFromClient "h3-push-promise-from-client" 9114 "7.2.5" Connection FRAME_UNEXPECTED => "a client sends a PUSH_PROMISE frame";
    PushPromiseUnasked "h3-push-promise-unasked" 9114 "7.2.5" Connection ID_ERROR => "a PUSH_PROMISE frame comes though no push was allowed";
    GoAwayMisplaced "h3-goaway-misplaced" 9114 "7.2.6" Connection FRAME_UNEXPECTED => "a GOAWAY frame is not on the control stream";
    GoAwayWrongId "h3-goaway-wrong-id" 9114 "7.2.6" Connection ID_ERROR => "the GOAWAY frame of a server does not name a request stream";
    GoAwayGrows "h3-goaway-grows" 9114 "5.2" Connection ID_ERROR => "a GOAWAY frame names a larger id than the one before";
    MaxPushIdMisplaced "h3-max-push-id-misplaced" 9114 "7.2.7" Connection FRAME_UNEXPECTED => "a MAX_PUSH_ID frame is not on the control stream";
    MaxPushIdFromServer "h3-max-push-id-from-server" 9114 "7.2.7" Connection FRAME_UNEXPECTED => "a server sends a MAX_PUSH_ID frame";
    MaxPushIdShrinks "h3-max-push-id-shrinks" 9114 "7.2.7" Connection ID_ERROR => "a MAX_PUSH_ID frame names a smaller id than the one before";

    // Settings.
    SettingsMissing "h3-settings-missing" 9114 "6.2.1" Connection MISSING_SETTINGS => "the first frame of the control stream is not SETTINGS";
    SettingsRepeated "h3-settings-repeated" 9114 "7.2.4" Connection FRAME_UNEXPECTED => "a second SETTINGS frame is sent";
    SettingRepeated "h3-setting-repeated" 9114 "7.2.4" Connection SETTINGS_ERROR => "a setting occurs twice";
    SettingOfHttp2 "h3-setting-of-http2" 9114 "7.2.4.1" Connection SETTINGS_ERROR => "the setting is one that only HTTP/2 has";
    ConnectProtocolNotBoolean "h3-connect-protocol-not-boolean" 8441 "3" Connection SETTINGS_ERROR => "ENABLE_CONNECT_PROTOCOL is neither 0 nor 1";
    DatagramNotBoolean "h3-datagram-not-boolean" 9297 "2.1.1" Connection SETTINGS_ERROR => "H3_DATAGRAM is neither 0 nor 1";

    // Messages.
    DataBeforeHeaders "h3-data-before-headers" 9114 "4.1" Connection FRAME_UNEXPECTED => "a DATA frame comes before the HEADERS frame";
    FrameAfterTrailers "h3-frame-after-trailers" 9114 "4.1" Connection FRAME_UNEXPECTED => "a HEADERS or DATA frame follows the trailers";
    FrameInTunnel "h3-frame-in-tunnel" 9114 "4.4" Connection FRAME_UNEXPECTED => "another frame than DATA is sent after CONNECT has succeeded";
    RequestIncomplete "h3-request-incomplete" 9114 "4.1" Stream REQUEST_INCOMPLETE => "the stream ends before a request is complete";
    ResponseIncomplete "h3-response-incomplete" 9114 "4.1" Stream MESSAGE_ERROR => "the stream ends before a final response";
    FieldNameUppercase "h3-field-name-uppercase" 9114 "4.2" Stream MESSAGE_ERROR => "a field name has a letter in upper case";
    FieldNameInvalid "h3-field-name-invalid" 9114 "10.3" Stream MESSAGE_ERROR => "a field name is no token";
    FieldValueInvalid "h3-field-value-invalid" 9114 "10.3" Stream MESSAGE_ERROR => "a field value has a character that is not permitted";
    FieldOfTheConnection "h3-field-of-the-connection" 9114 "4.2" Stream MESSAGE_ERROR => "a field is specific to a connection of HTTP/1.1";
    TeInvalid "h3-te-invalid" 9114 "4.2" Stream MESSAGE_ERROR => "the TE field has another value than trailers";
    PseudoUnknown "h3-pseudo-unknown" 9114 "4.3" Stream MESSAGE_ERROR => "a pseudo-header field is not defined";
    PseudoOfTheOther "h3-pseudo-of-the-other" 9114 "4.3" Stream MESSAGE_ERROR => "a request has :status, or a response a pseudo-header field of a request";
    PseudoInTrailers "h3-pseudo-in-trailers" 9114 "4.3" Stream MESSAGE_ERROR => "the trailers have a pseudo-header field";
    PseudoLate "h3-pseudo-late" 9114 "4.3" Stream MESSAGE_ERROR => "a pseudo-header field follows a regular one";
    PseudoRepeated "h3-pseudo-repeated" 9114 "4.3.1" Stream MESSAGE_ERROR => "a pseudo-header field occurs twice";
    MethodMissing "h3-method-missing" 9114 "4.3.1" Stream MESSAGE_ERROR => "the request has no :method";
    SchemeMissing "h3-scheme-missing" 9114 "4.3.1" Stream MESSAGE_ERROR => "the request has no :scheme";
    PathMissing "h3-path-missing" 9114 "4.3.1" Stream MESSAGE_ERROR => "the request has no :path, or one without a path";
    AuthorityMissing "h3-authority-missing" 9114 "4.3.1" Stream MESSAGE_ERROR => "a request for http or https has neither :authority nor Host";
    AuthorityEmpty "h3-authority-empty" 9114 "4.3.1" Stream MESSAGE_ERROR => "the :authority or the Host of a request for http or https is empty";
    AuthorityWithUserinfo "h3-authority-with-userinfo" 9114 "4.3.1" Stream MESSAGE_ERROR => "the :authority of the request names a user";
    AuthorityDiffers "h3-authority-differs" 9114 "4.3.1" Stream MESSAGE_ERROR => "the :authority and the Host of the request differ";
    ConnectWithoutAuthority "h3-connect-without-authority" 9114 "4.4" Stream MESSAGE_ERROR => "a CONNECT without :protocol has no :authority";
    ConnectWithTarget "h3-connect-with-target" 9114 "4.4" Stream MESSAGE_ERROR => "a CONNECT without :protocol has :scheme or :path";
    ConnectWithoutTarget "h3-connect-without-target" 8441 "4" Stream MESSAGE_ERROR => "a CONNECT with :protocol lacks :scheme or :path";
    ProtocolWithoutConnect "h3-protocol-without-connect" 8441 "4" Stream MESSAGE_ERROR => "a request with :protocol is no CONNECT";
    ProtocolNotAnnounced "h3-protocol-not-announced" 8441 "3" Stream MESSAGE_ERROR => "a client sends :protocol though the server did not announce it";
    StatusMissing "h3-status-missing" 9114 "4.3.2" Stream MESSAGE_ERROR => "the response has no :status";
    StatusInvalid "h3-status-invalid" 9114 "4.3.2" Stream MESSAGE_ERROR => "the :status is not a number of three digits";
    Status101 "h3-status-101" 9114 "4.5" Stream MESSAGE_ERROR => "the :status is 101";

    // QPACK.
    FieldSectionMalformed "h3-field-section-malformed" 9204 "4.5" Connection QPACK_DECOMPRESSION_FAILED => "a field section ends within a line, or has a number of more than 62 bits";
    FieldSectionDynamic "h3-field-section-dynamic" 9204 "4.5.1.1" Connection QPACK_DECOMPRESSION_FAILED => "a field section refers to the dynamic table, which has no room";
    FieldSectionBase "h3-field-section-base" 9204 "4.5.1.2" Connection QPACK_DECOMPRESSION_FAILED => "the Base of a field section is negative";
    StaticIndexInvalid "h3-static-index-invalid" 9204 "3.1" Connection QPACK_DECOMPRESSION_FAILED => "an index is beyond the static table";
    HuffmanInvalid "h3-huffman-invalid" 7541 "5.2" Connection QPACK_DECOMPRESSION_FAILED => "a string is not Huffman code";
    EncoderInstructionInvalid "h3-encoder-instruction-invalid" 9204 "4.3" Connection QPACK_ENCODER_STREAM_ERROR => "the QPACK encoder changes a dynamic table that has no room";
    DecoderInstructionInvalid "h3-decoder-instruction-invalid" 9204 "4.4" Connection QPACK_DECODER_STREAM_ERROR => "the QPACK decoder acknowledges what was never inserted";
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
            assert!(v.code().name().is_some());
        }
    }
}

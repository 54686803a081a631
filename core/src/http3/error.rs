//! Error codes of HTTP/3 (RFC 9114 §8.1) and QPACK (RFC 9204 §6).

use crate::http_tables::error_codes;

/// The code of a reset, of STOP_SENDING or of CONNECTION_CLOSE: any number below 2⁶².
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ErrorCode(pub u64);

error_codes! {
    NO_ERROR "H3_NO_ERROR" 0x100;
    GENERAL_PROTOCOL_ERROR "H3_GENERAL_PROTOCOL_ERROR" 0x101;
    INTERNAL_ERROR "H3_INTERNAL_ERROR" 0x102;
    STREAM_CREATION_ERROR "H3_STREAM_CREATION_ERROR" 0x103;
    CLOSED_CRITICAL_STREAM "H3_CLOSED_CRITICAL_STREAM" 0x104;
    FRAME_UNEXPECTED "H3_FRAME_UNEXPECTED" 0x105;
    FRAME_ERROR "H3_FRAME_ERROR" 0x106;
    EXCESSIVE_LOAD "H3_EXCESSIVE_LOAD" 0x107;
    ID_ERROR "H3_ID_ERROR" 0x108;
    SETTINGS_ERROR "H3_SETTINGS_ERROR" 0x109;
    MISSING_SETTINGS "H3_MISSING_SETTINGS" 0x10a;
    REQUEST_REJECTED "H3_REQUEST_REJECTED" 0x10b;
    REQUEST_CANCELLED "H3_REQUEST_CANCELLED" 0x10c;
    REQUEST_INCOMPLETE "H3_REQUEST_INCOMPLETE" 0x10d;
    MESSAGE_ERROR "H3_MESSAGE_ERROR" 0x10e;
    CONNECT_ERROR "H3_CONNECT_ERROR" 0x10f;
    VERSION_FALLBACK "H3_VERSION_FALLBACK" 0x110;
    QPACK_DECOMPRESSION_FAILED "QPACK_DECOMPRESSION_FAILED" 0x200;
    QPACK_ENCODER_STREAM_ERROR "QPACK_ENCODER_STREAM_ERROR" 0x201;
    QPACK_DECODER_STREAM_ERROR "QPACK_DECODER_STREAM_ERROR" 0x202;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back() {
        for code in ErrorCode::NAMED {
            assert_eq!(code.name().and_then(ErrorCode::from_name), Some(*code));
        }
        assert_eq!(ErrorCode(0x21).name(), None);
        assert_eq!(ErrorCode(0x21).to_string(), "0x21");
    }
}
